package connector_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
)

// errCancelled is why a run is cancelled in these tests.
var errCancelled = errors.New("the operator has gone home")

// A canceller ends a run's context before or after one of its calls, and watches what the run does from then on.
type canceller struct {
	killer
	ctx   context.Context //nolint:containedctx // the run's: a call is often given another, which ends with it or does not
	over  atomic.Bool     // the run has come back
	mu    sync.Mutex
	wrong []string
}

// newCanceller returns one that ends the context it comes with, at the call, and calls then.
func newCanceller(parent context.Context, at int, after bool, then func()) *canceller {
	ctx, cancel := context.WithCancelCause(parent)
	c := &canceller{ctx: ctx, killer: killer{at: at, after: after}}
	c.cancels = func() {
		if ctx.Err() == nil {
			cancel(errCancelled)
			then()
		}
	}
	c.told = func(call string) {
		switch {
		case c.over.Load():
			c.finds("a call after the run has come back: " + call)
		case ctx.Err() != nil && call == "write":
			c.finds("a write after the cancel")
		}
	}
	return c
}

func (c *canceller) finds(wrong string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, wrong)
}

// found returns what was wrong.
func (c *canceller) found() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.wrong)
}

// store puts the canceller around a store.
func (c *canceller) store(s port.Store) port.Store { return announced{c.killer.store(s), c} }

// An announced store looks into the batches that come after the cancel: what was done is recorded, and no request is announced.
type announced struct {
	port.Store
	c *canceller
}

// Commit implements port.Committer.
func (a announced) Commit(ctx context.Context, b port.Batch) error {
	for id, in := range b.Intents {
		if in != nil && a.c.ctx.Err() != nil && ctx.Err() == nil { // with a context that has ended, the store refuses it
			a.c.finds("a request is announced after the cancel: " + id)
		}
	}
	return a.Store.Commit(ctx, b)
}

// written is what the history says, without the numbers and references that a system gives.
func (b *bench) written() []string {
	b.tb.Helper()
	var out []string
	for _, e := range porttest.ReadContents(b.tb, b.ledger).History {
		fields := slices.Sorted(maps.Keys(e.After))
		out = append(out, fmt.Sprint(e.Side, " ", e.Kind, " ", e.Identity, " ", e.Op, " ", fields, " ", e.Rule))
	}
	slices.Sort(out)
	return out
}

// TestCancelAtEveryCall cancels the run of edits before or after each single call to system and store (PASSERELLE_DEEP=1: before
// and after). The run comes back with the reason, or is over; it sends nothing more and leaves no goroutine and no transaction.
// The same process brings the world to rest as without it, with everything that was written once in the history.
func TestCancelAtEveryCall(t *testing.T) {
	t.Parallel()
	var calls int
	var want calm
	synctest.Test(t, func(t *testing.T) {
		counted := &killer{}
		b := edited(t, counted, &pipes{})
		want.writes = applied(b.run())
		calls = counted.calls
		b.rest()
		want.state, want.history = b.state(), b.written()
	})
	t.Logf("%d calls", calls)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for at := 1; at <= calls; at++ {
		for _, after := range []bool{false, true} {
			if chosen := at%4 == 1 || at%4 == 2; after != chosen && os.Getenv(deep) != "1" { // of a look and its write, all four
				continue
			}
			group.Go(func() error {
				t.Run(fmt.Sprintf("call %d, after: %v", at, after), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { cancelAt(t, at, after, want) })
				})
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// calm is what comes of the edits when nothing disturbs them.
type calm struct {
	state   state
	history []string
	writes  int // changes that the run of edits carries out
}

// cancelAt cancels a run at a call and lets the world come to rest.
func cancelAt(t *testing.T, at int, after bool, want calm) {
	t.Helper()
	var b *bench
	sent := func() int { return len(b.world.ClubSystem.Requests()) + len(b.world.FederationSystem.Requests()) }
	before := -1
	c := newCanceller(t.Context(), at, after, func() { before = sent() })
	b = edited(t, c, &pipes{})
	b.clock.Add(poll)
	r, err := b.link.RunOnce(c.ctx, connector.Options{})
	c.over.Store(true)
	synctest.Wait() // whatever the run has left goes as far as it can
	for _, wrong := range c.found() {
		t.Error(wrong)
	}
	switch now := sent(); {
	case before < 0:
		t.Fatalf("the run has no call %d", at)
	case now != before:
		t.Errorf("%d requests have reached a system after the cancel", now-before)
	case c.asks(0) != 0:
		t.Error("a system is being asked still")
	case err == nil && (r.Stopped != nil || applied(r) != want.writes):
		t.Errorf("the run is not over, and does not say so: %s", text(r))
	case err != nil && !errors.Is(err, errCancelled):
		t.Errorf("the run does not give the reason: %v", err)
	}
	b.rest()
	b.ended(want.state)
	if diff := cmp.Diff(want.history, b.written()); diff != "" {
		t.Errorf("the history is not the same as without the cancel (-want +got):\n%s", diff)
	}
	if err := b.ledger.Close(); err != nil { // it waits for ever for a transaction that was left open
		t.Error(err)
	}
}
