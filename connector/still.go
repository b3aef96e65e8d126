package connector

import "context"

// Still calls fn while no run is under way, and lets none begin before fn has returned: for whoever looks at both sides and
// the ledger at once. It waits for the run under way, and returns fn's error, or why ctx ended while it waited.
func (l *Link) Still(ctx context.Context, fn func(context.Context) error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return fn(ctx)
}
