package porttest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

func walksEnd(t *testing.T, s port.Store) {
	t.Helper()
	b := full()
	b.History = append(b.History, port.Entry{Run: 8})
	commit(t, s, b)
	enough := errors.New("enough")
	calls := 0
	stop := func() error { calls++; return enough }
	for name, err := range map[string]error{
		"EachPerson": s.EachPerson(t.Context(), func(port.Person) error { return stop() }),
		"EachSight":  s.EachSight(t.Context(), record.Federation, func(string, port.Sight) error { return stop() }),
		"History":    s.History(t.Context(), func(port.Entry) error { return stop() }),
	} {
		if !errors.Is(err, enough) {
			t.Errorf("%s: got %v, want the function's error", name, err)
		}
	}
	if calls != 3 {
		t.Errorf("three walks made %d calls, want one each", calls)
	}
}

func misplacedEntries(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, full())
	noID := anna(1)
	noID.ID = 0
	for _, b := range []port.Batch{
		{People: map[uint64]*port.Person{2: anna(3)}},
		{People: map[uint64]*port.Person{0: noID}},
		{Intents: map[string]*port.Intent{"i2": {ID: "i3"}}},
		{Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"contact/8": {Side: record.Federation, Ref: "contact/8"}}}},
		{Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"contact/8": {Side: record.Club, Ref: "contact/7"}}}},
	} {
		b.Runs, b.History = &port.Runs{Count: 99}, []port.Entry{{Run: 99}}
		_ = refused(t, s, b) // that it is refused is all
	}
}

func nothingShared(t *testing.T, s port.Store) {
	t.Helper()
	spoil := func(p *port.Person, sight *port.Sight, q *conflicts.Question) {
		p.Pairs[0].Base.Agreed["lastName"] = record.Of("Spoilt")
		p.Pairs[0].Club.Document = "spoilt"
		sight.Digest[0], sight.Counts["member"] = 99, 99
		q.Fields[0] = "spoilt"
	}
	b := full()
	commit(t, s, b)
	spoil(b.People[1], b.Sights[record.Club]["contact/1"], &b.Questions[0])
	holds(t, s, contents())
	out := ReadContents(t, s, "k1")
	sight := out.Sights[record.Club]["contact/1"]
	spoil(&out.People[0], &sight, &out.Questions[0])
	out.Strangers[record.Club][0].Keys[0] = "spoilt"
	holds(t, s, contents())
}

func endedContext(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, full())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, person := s.Person(ctx, 1)
	_, pending := s.Pending(ctx)
	for name, err := range map[string]error{
		"Commit": s.Commit(ctx, port.Batch{Runs: &port.Runs{Count: 99}}), "Person": person, "Pending": pending,
		"EachSight": s.EachSight(ctx, record.Club, func(string, port.Sight) error { return nil }),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want that the context has ended", name, err)
		}
	}
	holds(t, s, contents())
}

func wholeBatches(t *testing.T, s port.Store) {
	t.Helper()
	const persons, rounds = 20, 10
	done := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(done)
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				why := map[string]int{}
				err := s.EachPerson(t.Context(), func(p port.Person) error { why[p.Why]++; return nil })
				whole := len(why) == 0
				for _, n := range why {
					whole = n == persons
				}
				if err != nil || !whole {
					t.Errorf("a reader saw parts of batches: %v, %v", why, err)
					return
				}
			}
		})
	}
	for round := range rounds {
		b := port.Batch{People: map[uint64]*port.Person{}}
		for id := uint64(1); id <= persons; id++ {
			b.People[id] = anna(id)
			b.People[id].Why = fmt.Sprintf("round %d", round)
		}
		commit(t, s, b)
	}
}

func threeValues(t *testing.T, s port.Store) {
	t.Helper()
	p := anna(1)
	p.Pairs[0].Base.Own = map[record.Side]map[record.Field]record.Value{
		record.Federation: {"lastName": record.NotCarried(), "email": record.Empty(), "city": record.Of("Zürich \u2028 <&>\u0000")},
	}
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: p}})
	got, err := s.Person(t.Context(), 1)
	if diff := cmp.Diff(*p, got, Same()); err != nil || diff != "" {
		t.Errorf("the person: %v (-want +got):\n%s", err, diff)
	}
}
