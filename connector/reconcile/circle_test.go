package reconcile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// round is a circle of a member's field on the federation's side, between two values.
func round(f record.Field, one, other string) []reconcile.Circle {
	return []reconcile.Circle{{
		Side: record.Federation, Kind: "member", Field: f, Values: [2]record.Value{record.Of(one), record.Of(other)}, Runs: []uint64{12, 14, 17},
	}}
}

// Of a field that the club has changed from 1 to 2: what is planned, and what is asked.
func TestCircle(t *testing.T) {
	t.Parallel()
	const ask = "both-changed: member [phone] [club federation value leave]"
	flows := []string{"update member at federation phone=2, by policy"}
	rows := []struct {
		name    string
		circles []reconcile.Circle
		owner   conflicts.Owner
		base    string
		want    []string
	}{
		{"no circle is known", nil, conflicts.OwnerBoth, "1", flows},
		{"the step was made before", round("phone", "1", "2"), conflicts.OwnerBoth, "1", []string{ask}},
		{"the step back was made before", round("phone", "2", "1"), conflicts.OwnerBoth, "1", []string{ask}},
		{"the circle is between other values", round("phone", "1", "3"), conflicts.OwnerBoth, "1", flows},
		{"the circle is of another field", round("street", "1", "2"), conflicts.OwnerBoth, "1", flows},
		{"what is set back is asked about, and not said to be set back", round("phone", "1", "2"), conflicts.OwnerClub, "2", []string{ask}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := paired(t, met(held{"phone": tt.base}), held{"phone": "2"}, held{"phone": "1"})
			in.Policy = owners(t, conflicts.Rule{Owner: tt.owner, Both: conflicts.Ask})
			in.Circles = tt.circles
			out := reconcile.Reconcile(in)
			if diff := cmp.Diff(tt.want, tell(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, q := range out.Questions {
				if !strings.Contains(q.Reason, "the federation by turns, in the runs 12, 14, 17;") {
					t.Errorf("no trace in %q", q.Reason)
				}
			}
		})
	}
}

func TestAnAnswerEndsACircle(t *testing.T) {
	t.Parallel()
	for verb, want := range map[conflicts.Verb][]string{
		conflicts.TakeClub:       {"update member at federation phone=2, by answer"},
		conflicts.TakeFederation: {"update member at club phone=1, by answer"},
		conflicts.Leave:          nil,
	} {
		in := paired(t, met(held{"phone": "1"}), held{"phone": "2"}, held{"phone": "1"})
		in.Circles = round("phone", "1", "2")
		out := reconcile.Reconcile(answered(in, conflicts.Answer{Verb: verb}))
		var got []string
		for _, line := range tell(out) {
			if !strings.HasPrefix(line, "both-changed") {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verb, diff)
		}
	}
}
