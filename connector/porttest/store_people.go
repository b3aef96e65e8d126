package porttest

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

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
