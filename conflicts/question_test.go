package conflicts_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// The ID says what a question is about, the fingerprint what everyone held.
func TestSealed(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name             string
		change           func(*conflicts.Question)
		sameID, sameHeld bool
	}{
		{name: "nothing changed", change: func(*conflicts.Question) {}, sameID: true, sameHeld: true},
		{name: "the fields come in another order", change: func(q *conflicts.Question) { q.Fields = []record.Field{"street", "city"} }, sameID: true, sameHeld: true},
		{name: "it got another state", change: func(q *conflicts.Question) { q.State = conflicts.Answered }, sameID: true, sameHeld: true},
		{name: "it came to another person", change: func(q *conflicts.Question) { q.Person = 9 }, sameID: true, sameHeld: true},
		{name: "another value", change: func(q *conflicts.Question) {
			q.Holds = map[record.Field]conflicts.Holding{"city": {Club: record.Of("2")}}
		}, sameID: true},
		{name: "a value that is empty and not hidden", change: func(q *conflicts.Question) {
			q.Holds = map[record.Field]conflicts.Holding{"city": {Club: record.Of("1"), Federation: record.Empty()}}
		}, sameID: true},
		{name: "another reason", change: func(q *conflicts.Question) { q.Reason = "refused" }, sameID: true},
		{name: "another number", change: func(q *conflicts.Question) { q.Number = "012345" }, sameID: true},
		{name: "something else that it is bound to", change: func(q *conflicts.Question) { q.Bound = "b" }, sameID: true},
		{name: "another kind", change: func(q *conflicts.Question) { q.Kind = conflicts.Refused }, sameHeld: true},
		{name: "another field", change: func(q *conflicts.Question) { q.Fields = []record.Field{"city"} }, sameHeld: true},
		{name: "another contact", change: func(q *conflicts.Question) { q.Club = "contact/8" }, sameHeld: true},
		{name: "another member", change: func(q *conflicts.Question) { q.Federation = "members/8" }, sameHeld: true},
		{name: "another child", change: func(q *conflicts.Question) { q.Identity = "LEI" }, sameHeld: true},
		{name: "another kind of record", change: func(q *conflicts.Question) { q.Record = "function" }, sameHeld: true},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			one := conflicts.Question{
				Kind: conflicts.BothChanged, Club: "contact/7", Federation: "members/7", Record: "member", Fields: []record.Field{"city", "street"},
				Holds: map[record.Field]conflicts.Holding{"city": {Club: record.Of("1")}},
			}
			other := one
			tt.change(&other)
			one, other = one.Sealed(), other.Sealed()
			if got := one.ID == other.ID; got != tt.sameID {
				t.Errorf("the same ID: got %t, want %t", got, tt.sameID)
			}
			if got := one.Fingerprint == other.Fingerprint; got != tt.sameHeld {
				t.Errorf("the same fingerprint: got %t, want %t", got, tt.sameHeld)
			}
		})
	}
	if got := (conflicts.Question{}).Sealed().State; got != conflicts.Open {
		t.Errorf("a question begins %q, want open", got)
	}
}

func TestGiven(t *testing.T) {
	t.Parallel()
	answer := &conflicts.Answer{Verb: conflicts.TakeClub}
	rows := []struct {
		name        string
		question    *conflicts.Question
		fingerprint string
		want        *conflicts.Answer
	}{
		{"an answer on the values that stand", &conflicts.Question{State: conflicts.Answered, Fingerprint: "f", Answer: answer}, "f", answer},
		{"an answer on other values", &conflicts.Question{State: conflicts.Answered, Fingerprint: "f", Answer: answer}, "g", nil},
		{"an answer that was carried out", &conflicts.Question{State: conflicts.Closed, Fingerprint: "f", Answer: answer}, "f", nil},
		{"no answer", &conflicts.Question{State: conflicts.Open, Fingerprint: "f"}, "f", nil},
		{"no question", &conflicts.Question{}, "f", nil},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.question.Given(tt.fingerprint); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOffers(t *testing.T) {
	t.Parallel()
	q := about("2")
	if !q.Offers(conflicts.TakeClub) || q.Offers(conflicts.TakeValue) {
		t.Errorf("of %v it offers club %t and value %t", q.Answers, q.Offers(conflicts.TakeClub), q.Offers(conflicts.TakeValue))
	}
}

// What a ledger stores comes back as it was: not carried and empty stay apart.
func TestQuestionAsJSON(t *testing.T) {
	t.Parallel()
	want := about("2")
	want.Holds["phone"] = conflicts.Holding{Base: record.NotCarried(), Club: record.Empty(), Federation: record.Of("3")}
	want.State, want.Opened = conflicts.Answered, time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	want.Answer = &conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Empty()}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got conflicts.Question
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, plainly()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
