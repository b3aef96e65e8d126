package connector_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// A journalled store calls fn when requests have been written down, before the first of them is sent.
type journalled struct {
	port.Store

	fn func()
}

func (s journalled) Commit(ctx context.Context, b port.Batch) error {
	err := s.Store.Commit(ctx, b)
	if len(b.Intents) > 0 {
		s.fn()
	}
	return err
}

// TestWhatWasNotSentIsNotInDoubt drains a run at its first write, again and again: what it did not get to was never asked
// of anybody, so nobody is asked whether it took effect. What was approved of it is counted as left.
func TestWhatWasNotSentIsNotInDoubt(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	b.run()
	b.approve()
	approved := len(b.held().Changes)
	for range 3 {
		b.storeTap = func(s port.Store) port.Store { return journalled{s, func() { b.link.Drain() }} }
		b.link = connector.New(b.config())
		if r := b.run(); r.Cut != connector.CutWriting || r.Left != approved || r.Conflicts.ByKind["refused"] != 0 {
			t.Errorf("a run that was drained at once, with %d approved changes: %s", approved, text(r))
		}
		pending, err := b.ledger.Pending(t.Context())
		if err != nil || len(pending) != 0 {
			t.Errorf("%d requests are in doubt, none was sent: %v", len(pending), err)
		}
		b.left(approved)
		b.restart(nil)
	}
	if r := b.run(); r.Held != nil || r.Approved != approved {
		t.Errorf("the run after them has not carried what was approved: %s", text(r))
	}
	b.left(0)
	b.explained("carried")
}

// left checks how many approved changes the status says a run has left.
func (b *bench) left(want int) {
	b.tb.Helper()
	s, err := b.link.Status(b.tb.Context())
	if err != nil || s.Left != want {
		b.tb.Errorf("the status says that %d approved changes are left, want %d: %v", s.Left, want, err)
	}
}

// A caught system is drained when it is listed, and does not answer before its caller gives up.
type caught struct {
	port.System

	fn func()
}

func (s caught) List(ctx context.Context, _ string, _ func([]record.Document) error) (port.Certificate, error) {
	s.fn()
	<-ctx.Done()
	return port.Certificate{}, ctx.Err()
}

// TestReadingEndsAtOnce drains a run while a side is listed: it ends without an answer, is no success, remembers nothing,
// and leaves everything that was approved to the next.
func TestReadingEndsAtOnce(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.approve()
	approved := len(b.held().Changes)
	if err := b.world.AddFaults(faults.Rule{Op: "members.list", Kind: faults.ServerError, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if r := b.run(); r.Stopped == nil {
		t.Fatalf("the run before was not stopped: %s", text(r))
	}
	b.federationTap = func(s port.System) port.System { return caught{s, func() { b.link.Drain() }} }
	b.link = connector.New(b.config())
	b.forget()
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if r := b.run(); r.Cut != connector.CutReading || r.Stopped != nil || r.Counted {
		t.Errorf("the run that was drained: %s", text(r))
	}
	b.untouched()
	if now, err := os.ReadFile(b.path); err != nil || !slices.Equal(before, now) {
		t.Errorf("the ledger has changed: %v", err)
	}
	if s, err := b.link.Status(t.Context()); err != nil || !s.LastSuccess.IsZero() || s.State != connector.Stops {
		t.Errorf("the status takes it for a success, or forgets what stopped the run before: %+v, %v", s, err)
	}
	if _, _, err := b.link.Preview(t.Context()); err == nil {
		t.Error("a link that is drained shows a plan that it cannot have made")
	}
	b.restart(nil)
	if r := b.run(); r.Approved != approved || r.Held != nil {
		t.Errorf("the next run has not carried what was approved: %s", text(r))
	}
	b.once()
}
