package conflicts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// plainly compares values by what they are.
func plainly() cmp.Option {
	return cmp.Comparer(func(a, b record.Value) bool { return a == b })
}

// about is a question about someone's phone, of which the club holds this value.
func about(club string) conflicts.Question {
	return conflicts.Question{
		Kind: conflicts.BothChanged, Person: 7, Club: "contact/7", Federation: "members/7", Record: "member",
		Fields: []record.Field{"phone"}, Reason: "both sides changed it", Answers: []conflicts.Verb{conflicts.TakeClub, conflicts.Leave},
		Holds: map[record.Field]conflicts.Holding{"phone": {Base: record.Of("1"), Club: record.Of(club), Federation: record.Of("3")}},
	}.Sealed()
}

func TestNote(t *testing.T) {
	t.Parallel()
	first, now := time.Unix(1000, 0), time.Unix(2000, 0)
	with := func(q conflicts.Question, change func(*conflicts.Question)) conflicts.Question {
		change(&q)
		return q
	}
	open := with(about("2"), func(q *conflicts.Question) { q.State, q.Opened = conflicts.Open, first })
	answered := with(open, func(q *conflicts.Question) {
		q.State, q.Answer = conflicts.Answered, &conflicts.Answer{Verb: conflicts.TakeClub, By: "An Admin", At: first}
	})
	closed := with(answered, func(q *conflicts.Question) {
		q.State, q.Ended, q.How = conflicts.Closed, first, "carried out as answered"
	})
	notYours := with(open, func(q *conflicts.Question) { q.Kind = conflicts.NotYours; *q = q.Sealed() })
	seen := with(notYours, func(q *conflicts.Question) {
		q.State, q.Answer = conflicts.Answered, &conflicts.Answer{Verb: conflicts.Leave}
	})
	moved := with(answered, func(q *conflicts.Question) { q.Person = 9 })
	rows := []struct {
		name           string
		stored, raised []conflicts.Question
		want           []conflicts.Question
	}{
		{name: "a quiet cycle stores nothing", stored: []conflicts.Question{open}, raised: []conflicts.Question{about("2")}},
		{name: "an answered one whose values stand stays answered", stored: []conflicts.Question{answered}, raised: []conflicts.Question{about("2")}},
		{name: "a closed one stays closed", stored: []conflicts.Question{closed}},
		{
			name: "a new one opens now", raised: []conflicts.Question{about("2")},
			want: []conflicts.Question{with(about("2"), func(q *conflicts.Question) { q.Opened = now })},
		},
		{
			name: "one that is raised twice is stored once", raised: []conflicts.Question{about("2"), about("4")},
			want: []conflicts.Question{with(about("2"), func(q *conflicts.Question) { q.Opened = now })},
		},
		{
			name: "a closed one that comes again opens anew, without its answer", stored: []conflicts.Question{closed}, raised: []conflicts.Question{about("2")},
			want: []conflicts.Question{with(about("2"), func(q *conflicts.Question) { q.Opened = now })},
		},
		{
			name: "one whose values changed has been open since it was first", stored: []conflicts.Question{open}, raised: []conflicts.Question{about("4")},
			want: []conflicts.Question{with(about("4"), func(q *conflicts.Question) { q.Opened = first })},
		},
		{
			name: "an answered one whose values changed stands open again", stored: []conflicts.Question{answered}, raised: []conflicts.Question{about("4")},
			want: []conflicts.Question{with(about("4"), func(q *conflicts.Question) { q.Opened = first })},
		},
		{
			name: "one that came to another person keeps its answer", stored: []conflicts.Question{moved}, raised: []conflicts.Question{about("2")},
			want: []conflicts.Question{answered},
		},
		{
			name: "one that is not raised any more dissolves", stored: []conflicts.Question{open},
			want: []conflicts.Question{with(open, func(q *conflicts.Question) {
				q.State, q.Ended, q.How = conflicts.Closed, now, "dissolved: the two sides no longer disagree"
			})},
		},
		{
			name: "an answered one that is not raised any more was carried out", stored: []conflicts.Question{answered},
			want: []conflicts.Question{with(answered, func(q *conflicts.Question) {
				q.State, q.Ended, q.How = conflicts.Closed, now, "carried out as answered"
			})},
		},
		{name: "what was set back is shown until someone has seen it", stored: []conflicts.Question{notYours}},
		{
			name: "what was set back closes when someone has seen it", stored: []conflicts.Question{seen},
			want: []conflicts.Question{with(seen, func(q *conflicts.Question) {
				q.State, q.Ended, q.How = conflicts.Closed, now, "carried out as answered"
			})},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := conflicts.Note(tt.stored, tt.raised, now)
			if diff := cmp.Diff(tt.want, got, plainly()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
