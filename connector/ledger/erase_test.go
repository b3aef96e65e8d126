package ledger

import (
	"testing"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// TestPrune sees that what is older than the time goes, but for open questions and the newest entry, from which places are
// counted.
func TestPrune(t *testing.T) {
	t.Parallel()
	l := sound(t)
	limit := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if err := l.Commit(t.Context(), port.Batch{
		History: []port.Entry{{At: limit.Add(-time.Second), Run: 2, Side: record.Club}, {At: limit, Run: 3, Side: record.Club}},
		Questions: []conflicts.Question{
			{ID: "old", State: conflicts.Closed, Ended: limit.Add(-time.Second)},
			{ID: "new", State: conflicts.Closed, Ended: limit},
			{ID: "q", State: conflicts.Open, Person: 1, Opened: limit.Add(-time.Hour)},
		},
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []port.Erased{{History: 2, Questions: 1}, {}} {
		if got, err := l.Prune(t.Context(), limit); err != nil || got != want {
			t.Errorf("pruned: %+v, %v, want %+v", got, err, want)
		}
	}
	if got, err := l.Prune(t.Context(), limit.Add(time.Hour)); err != nil || got.History != 0 || got.Questions != 1 {
		t.Errorf("pruned again: %+v, %v; want the newest entry kept", got, err)
	}
	if found, err := l.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("after pruning: %+v, %v", found, err)
	}
}

// TestEraseLeavesASoundLedger sees that what is left agrees with itself, and that the others keep what is theirs.
func TestEraseLeavesASoundLedger(t *testing.T) {
	t.Parallel()
	l := sound(t)
	got, err := l.Erase(t.Context(), port.Erasure{Person: 1, Salt: "s", Keep: map[string]port.Refusal{"forgotten x": {Reason: "forgotten"}}})
	if want := (port.Erased{Records: 1, Questions: 1, Journal: 1}); err != nil || got != want {
		t.Errorf("erased: %+v, %v, want %+v", got, err, want)
	}
	if found, err := l.Check(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("after erasing: %+v, %v", found, err)
	}
	if _, err := l.Person(t.Context(), 2); err != nil {
		t.Errorf("another person: %v", err)
	}
	runs, err := l.Runs(t.Context())
	kept, refusalsErr := l.Refusals(t.Context())
	if err != nil || refusalsErr != nil || runs.Salt != "s" || runs.NextID != 3 || kept["forgotten x"].Reason != "forgotten" {
		t.Errorf("what stays: %+v, %+v", runs, kept)
	}
}
