package porttest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// Same compares what comes out of a store with what went in: times by their instant, nothing and empty as one.
func Same() cmp.Option {
	return cmp.Options{cmpopts.EquateEmpty(), cmp.AllowUnexported(record.Value{})}
}

// Store holds a store to the contract of port.Store. open returns an empty one and has it closed at the end of the test.
func Store(t *testing.T, open func(tb testing.TB) port.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, port.Store){
		"an empty store has nothing":                           emptyStore,
		"what is committed is read, changed and deleted":       wholeStore,
		"a document leads to the person who has it":            documentsOfPeople,
		"documents move between persons in one batch":          documentsMove,
		"a document that another person has is refused":        documentsClaimed,
		"a number leads to everybody who has it":               numbersOfPeople,
		"keys lead to strangers":                               candidates,
		"the store gives the ordinals, each once":              ordinals,
		"the journal keeps the order of writing":               journalOrder,
		"questions come oldest first, by state":                questionStates,
		"history comes newest first":                           historyOrder,
		"an error of the function handed in ends the walk":     walksEnd,
		"an entry under another's key is refused, all of it":   misplacedEntries,
		"what went in and what came out is the caller's":       nothingShared,
		"an ended context changes nothing":                     endedContext,
		"a batch is seen whole or not at all":                  wholeBatches,
		"values keep the difference of empty and not carried":  threeValues,
		"an approval holds until its time and is then deleted": approvalsEnd,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// noon is an instant with a zone and a fraction, as clocks give them.
func noon() time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
}

// anna is a person on both sides, with a child that only the federation has.
func anna(id uint64) *port.Person {
	return &port.Person{
		ID: id, State: port.Linked, Number: fmt.Sprintf("%06d", id),
		Pairs: []port.Pair{
			{
				Kind: "member",
				Club: record.Ref{Document: fmt.Sprintf("contact/%d", id)}, Federation: record.Ref{Document: fmt.Sprintf("members/%d", id)},
				Base: port.Base{
					Agreed: map[record.Field]record.Value{"lastName": record.Of("Muster"), "email": record.Empty()},
					Own:    map[record.Side]map[record.Field]record.Value{record.Club: {"country": record.Of("CH")}},
					Life:   map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Leaving},
				},
			},
			{
				Kind: "function", Identity: "LEI|VST",
				Club:       record.Ref{Document: fmt.Sprintf("contact/%d", id), Key: "functions/LEI|VST"},
				Federation: record.Ref{Document: fmt.Sprintf("functions/%d", id)},
			},
		},
	}
}

// full is a batch with something of everything.
func full() port.Batch {
	return port.Batch{
		People: map[uint64]*port.Person{1: anna(1), 300: anna(300)},
		Sights: map[record.Side]map[string]*port.Sight{
			record.Club: {"contact/1": {Digest: []byte{1, 0, 255}, Counts: map[record.Kind]int{"member": 1, "function": 200}}},
			record.Federation: {
				"members/1": {Missing: noon()},
				"members/2": {Digest: []byte("digest"), Missing: noon()},
			},
		},
		Strangers: map[record.Side]map[string]*port.Stranger{
			record.Club: {"contact/9": {Side: record.Club, Ref: "contact/9", Keys: []string{"k1", "k2"}, Stage: record.Outside}},
		},
		Intents: map[string]*port.Intent{
			"i1": {
				ID: "i1", Run: 7, Side: record.Federation, Origin: "contact/9", Kind: "member", Op: record.Create,
				Values: map[record.Field]record.Value{"lastName": record.Of("Keller")}, Changes: []string{"c1"},
			},
		},
		Questions: []conflicts.Question{{
			ID: "q1", Kind: conflicts.BothChanged, Person: 1, Record: "member", Fields: []record.Field{"email"},
			Holds:  map[record.Field]conflicts.Holding{"email": {Base: record.Of("a"), Club: record.Empty()}},
			Reason: "both changed", Answers: []conflicts.Verb{conflicts.Leave}, Fingerprint: "f", State: conflicts.Answered,
			Opened: noon(), Answer: &conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("b"), At: noon()},
		}},
		Held: &port.Plan{
			ID: "p1", Persons: 1, Reasons: []string{"first link"},
			Changes: []port.PlannedItem{{ID: "c1", Person: "contact/1", Side: record.Club, Kind: record.Update, Fields: []record.Field{"email"}}},
		},
		Approve:  map[string]time.Time{"c1": noon()},
		Refusals: map[string]*port.Refusal{"r1": {Reason: "not unique", Value: "v", Fields: []record.Field{"email"}, At: noon()}},
		Runs:     &port.Runs{Count: 7, Linked: noon(), Settings: map[string]string{"profile": "x"}, NextID: 301},
		History: []port.Entry{{
			At: noon(), Run: 7, Person: 1, Side: record.Club, Ref: "contact/1", Kind: "member", Op: record.Update, Rule: "policy",
			Before: map[record.Field]record.Value{"email": record.NotCarried()}, After: map[record.Field]record.Value{"email": record.Of("b")},
		}},
	}
}

// contents is what a store holds after the batch full.
func contents() Contents {
	b := full()
	annas := b.Sights[record.Club]["contact/1"]
	annas.Ordinal = 1
	return Contents{
		People: []port.Person{*anna(1), *anna(300)},
		Sights: map[record.Side]map[string]port.Sight{
			record.Club: {"contact/1": *annas},
			record.Federation: {
				"members/1": {Ordinal: 1, Missing: noon()},
				"members/2": {Ordinal: 2, Missing: noon(), Digest: []byte("digest")},
			},
		},
		Count:     map[record.Side]uint32{record.Club: 2, record.Federation: 3},
		Pending:   []port.Intent{*b.Intents["i1"]},
		Questions: b.Questions, Held: *b.Held, Approved: b.Approve,
		Refusals: map[string]port.Refusal{"r1": *b.Refusals["r1"]}, Runs: *b.Runs, History: b.History,
		Strangers: map[record.Side][]port.Stranger{
			record.Club: {*b.Strangers[record.Club]["contact/9"]}, record.Federation: nil,
		},
	}
}

// nothing is what an empty store holds.
func nothing() Contents {
	return Contents{
		Sights:    map[record.Side]map[string]port.Sight{record.Club: {}, record.Federation: {}},
		Count:     map[record.Side]uint32{record.Club: 1, record.Federation: 1},
		Strangers: map[record.Side][]port.Stranger{record.Club: nil, record.Federation: nil},
	}
}

func holds(t *testing.T, s port.Store, want Contents) {
	t.Helper()
	if diff := cmp.Diff(want, ReadContents(t, s, "k1", "k2"), Same()); diff != "" {
		t.Errorf("the store (-want +got):\n%s", diff)
	}
}

func commit(t *testing.T, s port.Store, batches ...port.Batch) {
	t.Helper()
	for i, b := range batches {
		if err := s.Commit(t.Context(), b); err != nil {
			t.Fatalf("commit %d: %v", i+1, err)
		}
	}
}

// refused commits a batch that must not be taken, and sees that it left nothing behind.
func refused(t *testing.T, s port.Store, b port.Batch) error {
	t.Helper()
	before := ReadContents(t, s, "k1", "k2")
	err := s.Commit(t.Context(), b)
	if err == nil {
		t.Error("the batch was taken, want an error")
	}
	holds(t, s, before)
	return err
}

func emptyStore(t *testing.T, s port.Store) {
	t.Helper()
	holds(t, s, nothing())
	commit(t, s, port.Batch{}, port.Batch{ // what is not there can be deleted
		People: map[uint64]*port.Person{1: nil}, Intents: map[string]*port.Intent{"i": nil},
		Sights:    map[record.Side]map[string]*port.Sight{record.Club: {"contact/1": nil}},
		Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"contact/1": nil}},
		Approve:   map[string]time.Time{"c": {}}, Refusals: map[string]*port.Refusal{"r": nil}, Held: &port.Plan{},
	})
	holds(t, s, nothing())
	_, byID := s.Person(t.Context(), 1)
	_, byDocument := s.PersonOf(t.Context(), record.Club, "contact/1")
	_, question := s.Question(t.Context(), "q1")
	for what, err := range map[string]error{"Person": byID, "PersonOf": byDocument, "Question": question} {
		if !errors.Is(err, port.ErrNone) {
			t.Errorf("%s: got %v, want ErrNone", what, err)
		}
	}
	if ids, err := s.Numbered(t.Context(), "000001"); err != nil || len(ids) > 0 {
		t.Errorf("Numbered: got %v, %v, want nobody", ids, err)
	}
}

func wholeStore(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, full())
	holds(t, s, contents())

	again := full()
	again.History = nil
	commit(t, s, again)
	holds(t, s, contents())

	changed, want := full(), contents()
	changed.People[1].Why, want.People[0].Why = "asked twice", "asked twice"
	changed.Refusals["r1"].Context = "x"
	changed.Runs.Count, want.Runs.Count = 8, 8
	changed.Held.ID, want.Held.ID = "p2", "p2"
	changed.History[0].Run = 8
	want.History = append([]port.Entry{changed.History[0]}, want.History...)
	want.Refusals["r1"] = *changed.Refusals["r1"]
	commit(t, s, changed)
	holds(t, s, want)

	commit(t, s, port.Batch{
		People: map[uint64]*port.Person{1: nil, 300: nil},
		Sights: map[record.Side]map[string]*port.Sight{
			record.Club: {"contact/1": nil}, record.Federation: {"members/1": nil, "members/2": nil},
		},
		Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"contact/9": nil}},
		Intents:   map[string]*port.Intent{"i1": nil}, Held: &port.Plan{ID: "p3"},
		Approve: map[string]time.Time{"c1": {}}, Refusals: map[string]*port.Refusal{"r1": nil},
	})
	left := nothing()
	left.Count, left.Questions, left.Runs, left.History = want.Count, want.Questions, want.Runs, want.History
	holds(t, s, left)
}

// has sees that a document leads to a person, or with 0 to nobody.
func has(t *testing.T, s port.Store, side record.Side, document string, id uint64) {
	t.Helper()
	got, err := s.PersonOf(t.Context(), side, document)
	if (id == 0) != errors.Is(err, port.ErrNone) || (id != 0 && err != nil) || got.ID != id {
		t.Errorf("%s of the %s: got person %d, %v, want person %d", document, side, got.ID, err, id)
	}
}

func documentsOfPeople(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: anna(1)}})
	has(t, s, record.Club, "contact/1", 1)
	has(t, s, record.Federation, "functions/1", 1)
	has(t, s, record.Federation, "contact/1", 0) // it is the other side's
	less := anna(1)
	less.Pairs = less.Pairs[:1]
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: less}})
	has(t, s, record.Club, "contact/1", 1)
	has(t, s, record.Federation, "functions/1", 0)
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: nil}})
	has(t, s, record.Club, "contact/1", 0)
}

func documentsMove(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: anna(1), 2: anna(2)}})
	one, two := anna(2), anna(1)
	one.ID, two.ID = 1, 2
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: one, 2: two}})
	has(t, s, record.Club, "contact/1", 2)
	has(t, s, record.Club, "contact/2", 1)
	two.ID = 3
	commit(t, s, port.Batch{People: map[uint64]*port.Person{2: nil, 3: two}})
	has(t, s, record.Club, "contact/1", 3)
}

func documentsClaimed(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: anna(1)}})
	second := anna(2)
	second.Pairs[1].Federation.Document = "functions/1"
	third := anna(2)
	third.ID = 3
	for name, b := range map[string]port.Batch{
		"of one who stands": {
			People: map[uint64]*port.Person{2: second, 4: anna(4)}, Runs: &port.Runs{Count: 1}, History: []port.Entry{{Run: 1}},
		},
		"of one in the same batch": {People: map[uint64]*port.Person{2: anna(2), 3: third}},
	} {
		err := refused(t, s, b)
		if !errors.Is(err, port.ErrClaimed) {
			t.Errorf("a document %s: got %v, want ErrClaimed", name, err)
		} else if !strings.Contains(err.Error(), "functions/1") && !strings.Contains(err.Error(), "/2") {
			t.Errorf("a document %s: %q does not name it", name, err)
		}
	}
	has(t, s, record.Federation, "functions/1", 1)
	has(t, s, record.Club, "contact/4", 0)
}

func numbersOfPeople(t *testing.T, s port.Store) {
	t.Helper()
	numbered := func(number string, want ...uint64) {
		t.Helper()
		got, err := s.Numbered(t.Context(), number)
		if diff := cmp.Diff(want, got, Same()); err != nil || diff != "" {
			t.Errorf("number %q: %v (-want +got):\n%s", number, err, diff)
		}
	}
	twice, none := anna(2), anna(3)
	twice.Number, none.Number = "000001", ""
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: anna(1), 2: twice, 3: none}})
	numbered("000001", 1, 2)
	numbered("00000")
	numbered("")
	commit(t, s, port.Batch{People: map[uint64]*port.Person{1: nil, 2: anna(2)}})
	numbered("000001")
	numbered("000002", 2)
}

func candidates(t *testing.T, s port.Store) {
	t.Helper()
	stranger := func(ref string, keys ...string) *port.Stranger {
		return &port.Stranger{Side: record.Club, Ref: ref, Keys: keys, Stage: record.Ended}
	}
	found := func(side record.Side, keys []string, want ...string) {
		t.Helper()
		list, err := s.Candidates(t.Context(), side, keys)
		var got []string
		for _, is := range list {
			got = append(got, is.Ref)
		}
		if diff := cmp.Diff(want, got, Same()); err != nil || diff != "" {
			t.Errorf("candidates of the %s by %q: %v (-want +got):\n%s", side, keys, err, diff)
		}
	}
	commit(t, s, port.Batch{Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {
		"contact/1": stranger("contact/1", "a", "b"), "contact/2": stranger("contact/2", "b", "bb"), "contact/3": stranger("contact/3"),
	}}})
	found(record.Club, []string{"a", "b"}, "contact/1", "contact/2")
	found(record.Club, []string{"bb"}, "contact/2")
	found(record.Club, nil)
	found(record.Federation, []string{"a"})
	commit(t, s, port.Batch{Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {
		"contact/1": stranger("contact/1", "c"), "contact/2": nil,
	}}})
	found(record.Club, []string{"a", "b", "bb"})
	found(record.Club, []string{"c"}, "contact/1")
}

func ordinals(t *testing.T, s port.Store) {
	t.Helper()
	see := func(documents ...string) {
		t.Helper()
		seen := map[string]*port.Sight{}
		for _, document := range documents {
			seen[document] = &port.Sight{}
		}
		commit(t, s, port.Batch{Sights: map[record.Side]map[string]*port.Sight{record.Federation: seen}})
	}
	see("c", "a", "b")
	see("b", "B")
	commit(t, s, port.Batch{Sights: map[record.Side]map[string]*port.Sight{record.Federation: {"B": nil, "a": {Ordinal: 77}}}})
	see("B") // a document that comes back is a new one
	got, err := s.Sights(t.Context(), record.Federation, []string{"a", "b", "c", "B", "nowhere"})
	want := map[string]port.Sight{"a": {Ordinal: 1}, "b": {Ordinal: 2}, "c": {Ordinal: 3}, "B": {Ordinal: 5}}
	if diff := cmp.Diff(want, got, Same()); err != nil || diff != "" {
		t.Errorf("sights: %v (-want +got):\n%s", err, diff)
	}
	for side, want := range map[record.Side]uint32{record.Federation: 6, record.Club: 1} {
		if got, err := s.SightCount(t.Context(), side); err != nil || got != want {
			t.Errorf("count of the %s: got %d, %v, want %d", side, got, err, want)
		}
	}
}

func journalOrder(t *testing.T, s port.Store) {
	t.Helper()
	pending := func(want ...string) {
		t.Helper()
		list, err := s.Pending(t.Context())
		var got []string
		for _, in := range list {
			got = append(got, in.ID)
		}
		if diff := cmp.Diff(want, got, Same()); err != nil || diff != "" {
			t.Errorf("pending: %v (-want +got):\n%s", err, diff)
		}
	}
	intents := func(ids ...string) port.Batch {
		b := port.Batch{Intents: map[string]*port.Intent{}}
		for _, id := range ids {
			b.Intents[id] = &port.Intent{ID: id}
		}
		return b
	}
	commit(t, s, intents("m", "z", "b"), intents("a"))
	pending("b", "m", "z", "a")
	sent := intents("m", "c")
	sent.Intents["m"].Sent, sent.Intents["a"] = true, nil
	commit(t, s, sent)
	pending("b", "m", "z", "c")
	if list, err := s.Pending(t.Context()); err != nil || !list[1].Sent {
		t.Errorf("the intent written again: got %+v, %v, want it sent", list, err)
	}
}

func questionStates(t *testing.T, s port.Store) {
	t.Helper()
	asked := func(id string, day int, state conflicts.State) conflicts.Question {
		return conflicts.Question{ID: id, State: state, Opened: noon().AddDate(0, 0, day)}
	}
	listed := func(states []conflicts.State, want ...string) {
		t.Helper()
		list, err := s.Questions(t.Context(), states...)
		var got []string
		for _, q := range list {
			got = append(got, q.ID)
		}
		if diff := cmp.Diff(want, got, Same()); err != nil || diff != "" {
			t.Errorf("questions %v: %v (-want +got):\n%s", states, err, diff)
		}
	}
	commit(t, s, port.Batch{Questions: []conflicts.Question{
		asked("d", 0, conflicts.Open), asked("c", 0, conflicts.Closed), asked("b", 1, conflicts.Open), asked("a", 2, conflicts.Answered),
		asked("e", -1, conflicts.Closed), asked("e", -1, conflicts.Open), // the later one counts
	}})
	listed(nil, "e", "c", "d", "b", "a")
	listed([]conflicts.State{conflicts.Open}, "e", "d", "b")
	listed([]conflicts.State{conflicts.Open, conflicts.Closed}, "e", "c", "d", "b")
	commit(t, s, port.Batch{Questions: []conflicts.Question{asked("d", 0, conflicts.Closed), asked("c", 0, conflicts.Open)}})
	listed([]conflicts.State{conflicts.Open, conflicts.Answered}, "e", "c", "b", "a")
	if q, err := s.Question(t.Context(), "d"); err != nil || q.State != conflicts.Closed {
		t.Errorf("question d: got %q, %v, want it closed", q.State, err)
	}
}

func historyOrder(t *testing.T, s port.Store) {
	t.Helper()
	commit(t, s, port.Batch{History: []port.Entry{{Run: 1}, {Run: 2}}}, port.Batch{History: []port.Entry{{Run: 2}}})
	got := ReadContents(t, s).History
	if diff := cmp.Diff([]port.Entry{{Run: 2}, {Run: 2}, {Run: 1}}, got, Same()); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

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
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				why := map[string]int{}
				err := s.EachPerson(t.Context(), func(p port.Person) error { why[p.Why]++; return nil })
				if err != nil || len(why) > 1 {
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

func approvalsEnd(t *testing.T, s port.Store) {
	t.Helper()
	past := time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
	commit(t, s, port.Batch{Approve: map[string]time.Time{"c1": past, "c2": noon()}}, port.Batch{Approve: map[string]time.Time{"c2": {}}})
	got, err := s.Approved(t.Context())
	if diff := cmp.Diff(map[string]time.Time{"c1": past}, got); err != nil || diff != "" {
		t.Errorf("approved: %v (-want +got):\n%s", err, diff)
	}
}
