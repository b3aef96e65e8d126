package httpx

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// The bounds of a pace, in requests per second, and its steps. A host that has never refused is not slowed: a link asks
// one question at a time. The first refusal counts as one at the fastest pace.
const (
	fastest = 20.0
	slowest = 0.2
	faster  = 0.1 // added by every good answer
	slower  = 0.5 // the factor of a refusal
)

// longestAway bounds what a host can ask for: after it, one request may ask anew.
const longestAway = time.Hour

// An AwayError is in the chain, beside [ErrNotSent], when the host has asked everybody to stay away for longer than
// Config.MaxWait. Nothing is sent to it before Until.
type AwayError struct {
	Until time.Time
}

// Error says until when.
func (e *AwayError) Error() string {
	return "the host asked to be left alone until " + e.Until.UTC().Format(time.RFC3339)
}

// A pace is how fast one host may be asked, by everybody who shares the client: additive increase, multiplicative
// decrease.
type pace struct {
	mu      sync.Mutex
	rate    float64   // requests per second; 0: the host has never refused
	next    time.Time // when the next request may leave
	away    time.Time // the host asked to be left alone until then
	reached time.Time // a time that has come: somebody waited until then
	sent    int       // requests let through
	cut     int       // of them, when the pace was last lowered
}

// pace returns the pace of a host.
func (c *Client) pace(host string) *pace {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.paces[host]
	if p == nil {
		p = &pace{}
		c.paces[host] = p
	}
	return p
}

// admit waits for the turn of one request, first come first served, and returns its number. It fails with an [AwayError]
// when the host asked for more than maxWait, and with ctx's error when that ends first.
func (p *pace) admit(ctx context.Context, c Config) (int, error) {
	turn, err := p.reserve(c.Now(), c.MaxWait)
	if err != nil {
		return 0, err
	}
	for {
		wait, n, err := p.due(turn, c.Now(), c.MaxWait)
		if err != nil || wait <= 0 {
			return n, err
		}
		if err := c.wait(ctx, wait, p); err != nil {
			return 0, err
		}
	}
}

// reserve takes the next turn. Who is turned away takes none: the host is not made to wait for longer than it asked for.
func (p *pace) reserve(now time.Time, maxWait time.Duration) (time.Time, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now = p.now(now)
	if p.away.Sub(now) > maxWait {
		return time.Time{}, &AwayError{Until: p.away}
	}
	turn := later(now, p.next)
	if p.rate > 0 {
		p.next = turn.Add(time.Duration(float64(time.Second) / p.rate))
	}
	return turn, nil
}

// due returns how long a request with this turn still has to wait; when it has not, its number.
func (p *pace) due(turn, now time.Time, maxWait time.Duration) (time.Duration, int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now = p.now(now)
	if p.away.Sub(now) > maxWait {
		return 0, 0, &AwayError{Until: p.away}
	}
	if wait := later(turn, p.away).Sub(now); wait > 0 {
		return wait, 0, nil
	}
	p.sent++
	return 0, p.sent, nil
}

// learn takes in the answer to request n. Refusals of requests that had left before the pace was lowered do not lower it
// again.
func (p *pace) learn(n int, answer Response, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !isRefusal(answer.Status) {
		if p.rate > 0 && answer.Status < http.StatusInternalServerError {
			p.rate = math.Min(p.rate+faster, fastest)
		}
		return
	}
	now = p.now(now)
	p.away = later(p.away, now.Add(min(answer.RetryAfter, longestAway)))
	if n <= p.cut {
		return
	}
	p.cut = p.sent
	if p.rate == 0 {
		p.rate = fastest
	}
	p.rate = math.Max(p.rate*slower, slowest)
	p.next = later(p.next, later(p.away, now))
}

// isRefusal reports whether the host says by this status that it is asked too much, or that it is being maintained.
func isRefusal(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// now is the clock, which is never before a time that somebody has waited for.
func (p *pace) now(clock time.Time) time.Time { return later(clock, p.reached) }

// wait lets d pass, or returns ctx's error if that ends first.
func (c Config) wait(ctx context.Context, d time.Duration, p *pace) error {
	p.mu.Lock()
	until := p.now(c.Now()).Add(d)
	p.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.After(d):
	}
	p.mu.Lock()
	p.reached = later(p.reached, until)
	p.mu.Unlock()
	return nil
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// turnedAway says of err, by which a request was not admitted, that nothing was sent.
func turnedAway(err error) error { return fmt.Errorf("%w: %w", ErrNotSent, err) }
