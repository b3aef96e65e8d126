package connector_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// errCut is an error of which nothing is known.
var errCut = errors.New("the line went dead")

// A spoiler lets one call of a method fail. A method is named by whose it is: "club List", "federation Write create", "Commit".
type spoiler struct {
	method string // the one whose call fails
	nth    int    // which call of it
	lost   bool   // the call is made, and its answer is lost
	err    error

	mu    sync.Mutex
	armed bool // calls count
	calls map[string]int
	done  bool // the error was returned
}

// arm begins to count, and disarm lets everything pass again.
func (s *spoiler) arm(armed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed, s.calls = armed, map[string]int{}
}

// fails counts a call and returns its error, when it is the one.
func (s *spoiler) fails(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.armed {
		return nil
	}
	s.calls[method]++
	if method != s.method || s.calls[method] != s.nth {
		return nil
	}
	s.done = true
	return s.err
}

// spoiled makes a call of a system, or lets it fail.
func spoiled[T any](s *spoiler, method string, call func() (T, error)) (T, error) {
	var none T
	if err := s.fails(method); err != nil {
		if s.lost {
			_, _ = call() // whatever came of it, nobody hears
		}
		return none, err
	}
	return call()
}

// system puts the spoiler around a side's system.
func (s *spoiler) system(side record.Side) func(port.System) port.System {
	return func(of port.System) port.System {
		around := spoiledSystem{of, string(side), s}
		if tells, ok := of.(port.Deltas); ok {
			return spoiledTeller{around, tells}
		}
		return around
	}
}

// store puts the spoiler around a store.
func (s *spoiler) store(of port.Store) port.Store {
	if s.lost {
		return porttest.Tap{Store: of, After: s.fails}
	}
	return porttest.Tap{Store: of, Before: s.fails}
}

type spoiledSystem struct {
	port.System
	side string
	s    *spoiler
}

func (s spoiledSystem) Check(ctx context.Context) (port.Account, error) {
	return spoiled(s.s, s.side+" Check", func() (port.Account, error) { return s.System.Check(ctx) })
}

func (s spoiledSystem) List(ctx context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	return spoiled(s.s, s.side+" List", func() (port.Certificate, error) { return s.System.List(ctx, kind, page) })
}

func (s spoiledSystem) Read(ctx context.Context, ref string) (record.Document, error) {
	return spoiled(s.s, s.side+" Read", func() (record.Document, error) { return s.System.Read(ctx, ref) })
}

func (s spoiledSystem) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	return spoiled(s.s, s.side+" Write "+string(w.Op), func() ([]record.Document, error) { return s.System.Write(ctx, w) })
}

// A spoiledTeller can tell what has changed.
type spoiledTeller struct {
	spoiledSystem
	tells port.Deltas
}

func (s spoiledTeller) Changed(ctx context.Context, kind string, since time.Time, page func([]record.Document) error) (port.Delta, error) {
	return spoiled(s.s, s.side+" Changed", func() (port.Delta, error) { return s.tells.Changed(ctx, kind, since, page) })
}

// everyError is an error of each kind, and one of none. The number is nobody's.
func everyError() map[string]error {
	out := map[string]error{"plain": errCut}
	for _, next := range []port.Next{port.Again, port.Wait, port.Look, port.Ask, port.Exists, port.Replan, port.Gone, port.Token, port.Stop} {
		name := string(next)
		if next == port.Again {
			name = "again"
		}
		out[name] = &port.Error{Next: next, Reason: "it does not want to"}
		if next == port.Exists {
			out[name] = &port.Error{Next: next, Reason: "it knows somebody", Number: "999999"}
		}
	}
	return out
}

// An aftermath is what an error leaves behind once it is over, where that is not one clean cycle and nothing.
type aftermath struct {
	methods string // how a method's name begins, with or without its side
	nth     int    // 0: any call
	errors  string
	cycles  int              // clean ones, until nothing moves any more; 0: one
	asks    []conflicts.Kind // the questions that it rightly raises, about the one person who is not as without it
	why     string
}

// aftermaths are the exceptions; everything else is over after one clean cycle.
func aftermaths() []aftermath {
	return []aftermath{
		{
			methods: "federation Write create", nth: 4, errors: "exists",
			why: "that person the federation knows anyway, and the question is the same",
		},
		{
			methods: "federation Write create", nth: 3, errors: "plain look", cycles: 2,
			why: "two lists have to lack a person before the creation is repeated (ADR 24)",
		},
		{
			methods: "federation Write create", nth: 4, errors: "plain look", cycles: 2,
			why: "the same of somebody whom the federation knows",
		},
		{
			methods: "Numbered", errors: "plain again wait look ask exists replan gone token stop", cycles: 2,
			why: "asked when a creation was answered: without that answer the outcome is unknown",
		},
		{
			methods: "Write", errors: "ask", asks: []conflicts.Kind{conflicts.Refused},
			why: "a refused value is not sent again until it changes (DESIGN decision 11)",
		},
		{
			methods: "Write change", errors: "exists", asks: []conflicts.Kind{conflicts.Refused},
			why: "it is no answer to a change of somebody who is linked: refused, for no reason that anyone understands",
		},
		{
			methods: "Write create", errors: "exists", asks: []conflicts.Kind{conflicts.AlreadyExists, conflicts.Refused},
			why: "who the other one is, a person says (DESIGN decision 7); of a child of somebody who is linked, it is a refusal",
		},
	}
}

// leaves returns what an error of a kind leaves behind.
func (s *spoiler) leaves(kind string) aftermath {
	_, method, _ := strings.Cut(s.method, " ")
	for _, a := range aftermaths() {
		named := strings.HasPrefix(method, a.methods) || s.method == a.methods
		if named && (a.nth == 0 || a.nth == s.nth) && slices.Contains(strings.Fields(a.errors), kind) {
			return a
		}
	}
	return aftermath{}
}

// TestEveryErrorOfEveryMethod lets the first, the second and the last call of every method of the ports fail in the run of
// edits, and every creation, with every kind of error there is. Whatever becomes of that run: one clean cycle later the world is as without the
// error, but for what aftermaths says. PASSERELLE_DEEP=1 tries them all; else each error of a method is one call's, in turn.
func TestEveryErrorOfEveryMethod(t *testing.T) {
	t.Parallel()
	counted := &spoiler{}
	var want state
	synctest.Test(t, func(t *testing.T) {
		b := spoilt(t, counted)
		b.polled()
		counted.mu.Lock()
		calls := counted.calls
		counted.mu.Unlock()
		counted.arm(false)
		counted.calls = calls
		b.polled()
		want = b.state()
		b.rest()
		b.ended(want)
	})
	t.Logf("calls: %v", counted.calls)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for name, s := range spoilers(counted.calls, os.Getenv(deep) == "1") {
		group.Go(func() error {
			t.Run(name, func(t *testing.T) {
				kind := name[strings.LastIndex(name, " ")+1:]
				synctest.Test(t, func(t *testing.T) { s.spoil(t, s.leaves(kind), want) })
			})
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// spoilers are all that can go wrong with the calls, by a name that ends in the kind of the error; or a third of them.
func spoilers(calls map[string]int, all bool) map[string]*spoiler {
	out := map[string]*spoiler{}
	turn := 0
	for _, method := range slices.Sorted(maps.Keys(calls)) {
		places := []int{1, 2, calls[method]}
		if strings.Contains(method, "create") { // each makes something else: a member, a child of one
			for nth := range calls[method] {
				places = append(places, nth+1)
			}
		}
		slices.Sort(places)
		places = slices.DeleteFunc(slices.Compact(places), func(n int) bool { return n > calls[method] })
		system := strings.Contains(method, " ")
		for _, kind := range slices.Sorted(maps.Keys(everyError())) {
			turn++
			unknown := kind == "plain" || kind == "look"
			for i, nth := range places {
				inTurn := i == turn%len(places) || unknown && strings.Contains(method, "create")
				if !system {
					inTurn = kind == "plain" || i == 0 && turn%8 == 0
				}
				if !all && !inTurn {
					continue
				}
				s := spoiler{method: method, nth: nth, err: everyError()[kind]}
				out[fmt.Sprintf("%s, call %d: %s", method, nth, kind)] = &s
				if method == "Commit" || strings.Contains(method, "Write") && unknown {
					out[fmt.Sprintf("%s, call %d, its answer lost: %s", method, nth, kind)] = &spoiler{method: method, nth: nth, err: s.err, lost: true}
				}
			}
		}
	}
	return out
}

// spoilt returns a linked club on which the people of both sides have just worked, with the spoiler armed. The process that
// has linked it goes on.
func spoilt(tb testing.TB, s *spoiler) *bench {
	tb.Helper()
	b := newBenchOn(tb, simulation.Config{Seed: 7, Members: smallest, InStep: true}, &pipes{})
	b.inTurn = true
	b.clubTap, b.federationTap, b.storeTap = s.system(record.Club), s.system(record.Federation), s.store
	b.link = connector.New(b.config())
	if r := b.polled(); r.Held != nil || r.Stopped != nil {
		tb.Fatalf("a club in step was not linked: %s", text(r))
	}
	if _, err := b.world.Edits(); err != nil {
		tb.Fatal(err)
	}
	s.arm(true)
	return b
}

// spoil carries out the run in which a call fails, and holds what comes after it against the aftermath.
func (s *spoiler) spoil(t *testing.T, a aftermath, want state) {
	t.Helper()
	b := spoilt(t, s)
	b.clock.Add(poll)
	r, err := b.link.RunOnce(t.Context(), connector.Options{Deltas: true})
	s.arm(false)
	if !s.done {
		t.Fatal("the run did not come to this call")
	}
	if err != nil && !errors.Is(err, s.err) {
		t.Errorf("the run failed by itself: %v", err)
	}
	if r.Stopped != nil && (r.Stopped.Reason == "" || r.Stopped.Next == "") {
		t.Errorf("the run stopped and does not say why, or what to do: %s", text(r))
	}
	if system := strings.Contains(s.method, " "); !system && err == nil {
		t.Errorf("the ledger failed, and the run does not say so: %s", text(r))
	}
	for range max(a.cycles, 1) {
		b.polled()
	}
	got := b.state()
	if a.asks == nil {
		b.ended(want)
	} else {
		s.asked(t, a, want, got)
	}
	if twice := b.world.Twice(); len(twice) > 0 {
		t.Errorf("%d people stand twice", len(twice))
	}
	if diff := cmp.Diff(got, func() state { b.polled(); return b.state() }(), cmpopts.IgnoreUnexported(simulation.Sighting{})); diff != "" {
		t.Errorf("another cycle changes something (-before +after):\n%s", diff)
	}
	b.explained("at rest")
}

// asked fails the test unless the questions are asked, about the only person who is not as without the error.
func (s *spoiler) asked(t *testing.T, a aftermath, want, got state) {
	t.Helper()
	more := slices.DeleteFunc(slices.Clone(got.Questions), func(q string) bool { return slices.Contains(want.Questions, q) })
	other := slices.ContainsFunc(more, func(q string) bool {
		return !slices.ContainsFunc(a.asks, func(k conflicts.Kind) bool { return strings.HasPrefix(q, string(k)) })
	})
	if len(more) == 0 || other {
		t.Errorf("asked besides: got %v, want %v", more, a.asks)
	}
	differ := 0
	for i := range want.People {
		if i >= len(got.People) || !cmp.Equal(want.People[i], got.People[i], cmpopts.IgnoreUnexported(simulation.Sighting{})) {
			differ++
		}
	}
	if differ > 1 {
		t.Errorf("%d people are not as without the error", differ)
	}
}
