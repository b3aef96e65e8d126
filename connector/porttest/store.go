package porttest

import (
	"errors"
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

func approvalsEnd(t *testing.T, s port.Store) {
	t.Helper()
	past := time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)
	commit(t, s, port.Batch{Approve: map[string]time.Time{"c1": past, "c2": noon()}}, port.Batch{Approve: map[string]time.Time{"c2": {}}})
	got, err := s.Approved(t.Context())
	if diff := cmp.Diff(map[string]time.Time{"c1": past}, got); err != nil || diff != "" {
		t.Errorf("approved: %v (-want +got):\n%s", err, diff)
	}
}
