package connector_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
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

// smallest is the smallest club in which every edit of the simulation finds somebody.
const smallest = 60

// errKilled is what a process that is no more gets from everything.
var errKilled = errors.New("killed")

// A killer counts the calls to system and store, and lets the process die before or after one of them: from then on no
// call is made any more. One that cancels ends the run's context instead, and the calls go on as they do then.
type killer struct {
	mu      sync.Mutex
	calls   int
	at      int // the call to die at; 0 never
	after   bool
	what    string // the only calls that count, "write" or "write commit"; "" counts every one
	dead    bool
	cancels func()            // nil: the process dies
	told    func(call string) // of every call that is about to be made; may be nil
	asking  int               // calls to a system that are under way
}

func (k *killer) counts(call string) bool {
	return k.what == "" || slices.Contains(strings.Fields(k.what), strings.ToLower(call))
}

func (k *killer) before(call string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errKilled
	}
	if k.told != nil {
		k.told(call)
	}
	if !k.counts(call) {
		return nil
	}
	k.calls++
	if k.at == k.calls && !k.after {
		return k.strike()
	}
	return nil
}

// strike ends the process, or the run's context.
func (k *killer) strike() error {
	if k.cancels != nil {
		k.cancels()
		return nil
	}
	k.dead = true
	return errKilled
}

func (k *killer) afterwards(call string, n int) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errKilled
	}
	if k.counts(call) && k.after && k.at != 0 && k.at <= n { // a call in which others are made ends after them
		return k.strike()
	}
	return nil
}

// count returns the number of the call that is under way.
func (k *killer) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.calls
}

// asks counts the calls to a system that are under way, and returns how many they are.
func (k *killer) asks(one int) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asking += one
	return k.asking
}

// store puts the killer around a store.
func (k *killer) store(s port.Store) port.Store {
	return porttest.Tap{Store: s, Before: k.before, After: func(call string) error { return k.afterwards(call, k.count()) }}
}

// A mortal is a system that a killer watches.
type mortal struct {
	port.System
	k *killer
}

func (m mortal) Check(ctx context.Context) (port.Account, error) {
	return watch(m.k, "check", func() (port.Account, error) { return m.System.Check(ctx) })
}

func (m mortal) List(ctx context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	return watch(m.k, "list", func() (port.Certificate, error) { return m.System.List(ctx, kind, page) })
}

func (m mortal) Read(ctx context.Context, ref string) (record.Document, error) {
	return watch(m.k, "read", func() (record.Document, error) { return m.System.Read(ctx, ref) })
}

func (m mortal) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	return watch(m.k, "write", func() ([]record.Document, error) { return m.System.Write(ctx, w) })
}

// A mortalTeller is a mortal that can tell what has changed.
type mortalTeller struct {
	mortal
	tells port.Deltas
}

func (m mortalTeller) Changed(ctx context.Context, kind string, since time.Time, page func([]record.Document) error) (port.Delta, error) {
	return watch(m.k, "list", func() (port.Delta, error) { return m.tells.Changed(ctx, kind, since, page) })
}

// system puts the killer around a system.
func (k *killer) system(s port.System) port.System {
	if tells, ok := s.(port.Deltas); ok {
		return mortalTeller{mortal{s, k}, tells}
	}
	return mortal{s, k}
}

func watch[T any](k *killer, name string, call func() (T, error)) (T, error) {
	var none T
	k.asks(1)
	defer k.asks(-1)
	if err := k.before(name); err != nil {
		return none, err
	}
	n := k.count()
	value, err := call()
	if dead := k.afterwards(name, n); dead != nil {
		return none, dead
	}
	return value, err
}

// edited returns a linked club on which the people of both sides have just worked, with somebody who disturbs around everything.
func edited(tb testing.TB, d disturber, over network) *bench {
	tb.Helper()
	b := newBenchOn(tb, simulation.Config{Seed: 7, Members: smallest, InStep: true}, over)
	if r := b.run(); r.Held != nil || r.Stopped != nil {
		tb.Fatalf("a club in step was not linked: %s", text(r))
	}
	if _, err := b.world.Edits(); err != nil {
		tb.Fatal(err)
	}
	_, b.inTurn = over.(*pipes)
	b.restart(d)
	return b
}

// A disturber stands around a store and the systems.
type disturber interface {
	store(s port.Store) port.Store
	system(s port.System) port.System
}

// restart lets a new process take over, with somebody who disturbs around it or nobody.
func (b *bench) restart(d disturber) {
	b.tb.Helper()
	if err := b.ledger.Close(); err != nil {
		b.tb.Fatal(err)
	}
	b.storeTap, b.clubTap, b.federationTap = nil, nil, nil
	if d != nil {
		b.storeTap = d.store
		b.clubTap, b.federationTap = d.system, d.system
	}
	b.open()
}

// rest lets the world come to rest.
func (b *bench) rest() connector.Report {
	b.tb.Helper()
	var r connector.Report
	for range 4 {
		r = b.run()
	}
	return r
}

// A state is what the two systems hold of everybody, and what is open, without what differs from run to run.
type state struct {
	People    []simulation.Seen
	Questions []string
}

func (b *bench) state() state {
	b.tb.Helper()
	s := state{People: b.world.Everybody()}
	for i := range s.People {
		for _, sightings := range [][]simulation.Sighting{s.People[i].Club, s.People[i].Federation} {
			for j := range sightings {
				sightings[j].Ref = ""
			}
		}
	}
	open, err := b.link.Questions(b.tb.Context(), conflicts.Open)
	if err != nil {
		b.tb.Fatal(err)
	}
	for _, q := range open {
		s.Questions = append(s.Questions, fmt.Sprint(q.Kind, q.Club, q.Record, q.Identity, q.Fields))
	}
	slices.Sort(s.Questions)
	return s
}

// TestStopAtEveryCall stops the run of edits before and after each single call to system and store, restarts, and lets
// the world come to rest: it has to be the same as without the stop, with nobody twice and nobody missing.
func TestStopAtEveryCall(t *testing.T) {
	t.Parallel()
	counted := &killer{}
	undisturbed := edited(t, counted, loopback{})
	undisturbed.run()
	calls := counted.calls
	undisturbed.restart(nil)
	quiet := undisturbed.rest()
	want := undisturbed.state()
	if writes := quiet.Applied[record.Club].Total() + quiet.Applied[record.Federation].Total(); writes != 0 {
		t.Fatalf("the world does not come to rest: %s", text(quiet))
	}
	t.Logf("%d calls, each stopped before and after", calls)

	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for at := 1; at <= calls; at++ {
		for _, after := range []bool{false, true} {
			group.Go(func() error {
				t.Run(fmt.Sprintf("call %d, after: %v", at, after), func(t *testing.T) { stopAt(t, at, after, want) })
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func stopAt(t *testing.T, at int, after bool, want state) {
	t.Helper()
	k := &killer{at: at, after: after}
	b := edited(t, k, loopback{})
	b.clock.Add(poll)
	_, err := b.link.RunOnce(t.Context(), connector.Options{})
	if err != nil && !errors.Is(err, errKilled) {
		t.Errorf("the run failed by itself: %v", err)
	}
	b.restart(nil)
	b.rest()
	b.ended(want)
}

// ended fails the test when the end is not what it is without the disturbance, or when somebody stands twice or lacks.
func (b *bench) ended(want state) {
	b.tb.Helper()
	if diff := cmp.Diff(want, b.state(), cmpopts.IgnoreUnexported(simulation.Sighting{})); diff != "" {
		b.tb.Errorf("the end is not the same as without the disturbance (-want +got):\n%s", diff)
	}
	b.once()
}
