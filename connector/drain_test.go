package connector_test

import (
	"testing"

	"passerelle/internal/simulation"
)

// TestWhatWasNotSentIsNotInDoubt drains a run at its first write, again and again: what it did not get to was never asked
// of anybody, so nobody is asked whether it took effect.
func TestWhatWasNotSentIsNotInDoubt(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	b.run()
	b.approve()
	for range 3 {
		b.link.Drain()
		if r := b.run(); !r.Cut || r.Conflicts.ByKind["refused"] != 0 {
			t.Errorf("a run that was drained at once: %s", text(r))
		}
		pending, err := b.ledger.Pending(t.Context())
		if err != nil || len(pending) != 0 {
			t.Errorf("%d requests are in doubt, none was sent: %v", len(pending), err)
		}
		b.restart(nil)
	}
	if r := b.run(); r.Held != nil || r.Approved == 0 {
		t.Errorf("the run after them has not carried what was approved: %s", text(r))
	}
	b.explained("carried")
}
