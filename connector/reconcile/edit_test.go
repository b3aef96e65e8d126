package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// The club has ended someone. What the federation changed since the base stands against that; what it did not change, or
// gives by itself, does not.
func TestWhatStandsAgainstAnEnd(t *testing.T) {
	t.Parallel()
	ends := []string{"end affiliation at federation on 2026-03-08, by policy"}
	asks := []string{"ended-and-changed: affiliation [] [club federation leave]"}
	rows := []struct {
		name   string
		change func(member *record.Record, in *reconcile.Input)
		want   []string
	}{
		{name: "nothing changed", change: func(*record.Record, *reconcile.Input) {}, want: ends},
		{
			name:   "another value",
			change: func(m *record.Record, _ *reconcile.Input) { m.Fields["city"] = record.Of("Gossau") },
			want:   asks,
		},
		{
			name:   "a value taken out",
			change: func(m *record.Record, _ *reconcile.Input) { m.Fields["city"] = record.Empty() },
			want:   asks,
		},
		{
			name: "a value that cannot be read",
			change: func(m *record.Record, _ *reconcile.Input) {
				delete(m.Fields, "city")
				m.Issues = map[record.Field]record.Issue{"city": record.Unreadable}
			},
			want: asks,
		},
		{
			name:   "a value that is hidden now",
			change: func(m *record.Record, _ *reconcile.Input) { delete(m.Fields, "city") },
			want:   ends,
		},
		{
			name:   "a value that the federation gives by itself",
			change: func(m *record.Record, _ *reconcile.Input) { m.Fields["number"] = record.Of("000002") },
			want:   ends,
		},
		{
			name: "its own spelling",
			change: func(m *record.Record, in *reconcile.Input) {
				m.Fields["city"] = record.Of("9500 Wil")
				in.Subjects[0].Base.SetOwn(record.Federation, "city", record.Of("9500 Wil"))
			},
			want: ends,
		},
		{
			name: "a new function",
			change: func(_ *record.Record, in *reconcile.Input) {
				in.Subjects = append(in.Subjects, subject("function", "LEI", nil, there(t, "function", held{"start": lastWeek}), port.Base{}))
			},
			want: asks,
		},
		{
			name: "a function that ended long before",
			change: func(_ *record.Record, in *reconcile.Input) {
				in.Subjects = append(in.Subjects, subject("function", "LEI", nil, there(t, "function", held{"end": longAgo}), port.Base{}))
			},
			want: ends,
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			holds := held{"number": "000001", "city": "Wil"}
			member := subject("member", "", there(t, "member", holds), there(t, "member", holds), met(holds))
			ended, present := there(t, "affiliation", held{"exit": lastWeek}), there(t, "affiliation", held{"exit": ""})
			in := person(t, member, subject("affiliation", "", ended, present, met(held{"exit": ""})))
			tt.change(in.Subjects[0].FederationRecord, &in)
			if diff := cmp.Diff(tt.want, tell(reconcile.Reconcile(in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Where somebody lives who has left on both sides stays with the side that knows it; what both happen to hold is adopted.
func TestNothingPersonalOfALeaverIsSent(t *testing.T) {
	t.Parallel()
	was := held{"name": "A", "street": "1", "city": "1", "phone": "1"}
	for name, base := range map[string]port.Base{"who left since": met(held{"exit": ""}), "who left before": {
		Agreed: held{"exit": lastWeek}.values(), Life: lives(record.Ended, record.Ended),
	}} {
		ended := there(t, "affiliation", held{"exit": lastWeek})
		moved := there(t, "member", held{"name": "B", "street": "2", "city": "2", "phone": "2"})
		in := person(t, subject("member", "", moved, there(t, "member", was), met(was)), subject("affiliation", "", ended, ended, base))
		if got := tell(reconcile.Reconcile(in)); len(got) > 0 {
			t.Errorf("%s: got %v, want nothing", name, got)
		}
	}
}
