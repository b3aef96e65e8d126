package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

func TestRecorded(t *testing.T) {
	t.Parallel()
	old := met(held{"phone": "1"})
	rows := []struct {
		name          string
		before, meant string
		back, other   held
		gone          bool // the other side has no record
		want          port.Base
		kept          []record.Field
	}{
		{
			name: "as it was meant", before: "1", meant: "2", back: held{"phone": "2"}, other: held{"phone": "2"},
			want: met(held{"phone": "2"}),
		},
		{
			name: "in the side's own spelling", before: "1", meant: "2", back: held{"phone": "+2"}, other: held{"phone": "2"},
			want: port.Base{
				Agreed: held{"phone": "2"}.values(), Life: old.Life,
				Own: map[record.Side]map[record.Field]record.Value{record.Federation: held{"phone": "+2"}.values()},
			},
		},
		{
			name: "the side kept its own value", before: "1", meant: "2", back: held{"phone": "1"}, other: held{"phone": "2"},
			want: old, kept: []record.Field{"phone"},
		},
		{
			name: "the side emptied it", before: "1", meant: "2", back: held{"phone": ""}, other: held{"phone": "2"},
			want: old, kept: []record.Field{"phone"},
		},
		{
			name: "the side filled what was to be empty", before: "1", meant: "", back: held{"phone": "0"}, other: held{"phone": ""},
			want: old, kept: []record.Field{"phone"},
		},
		{
			name: "cleared", before: "1", meant: "", back: held{"phone": ""}, other: held{"phone": ""},
			want: met(held{"phone": ""}),
		},
		{
			name: "a typed value that only this side holds yet", before: "1", meant: "4", back: held{"phone": "4"}, other: held{"phone": "3"},
			want: old,
		},
		{
			name: "a typed value that the other side got first", before: "1", meant: "4", back: held{"phone": "4"}, other: held{"phone": "4"},
			want: met(held{"phone": "4"}),
		},
		{
			name: "a typed value, and nobody on the other side", before: "1", meant: "4", back: held{"phone": "4"}, gone: true,
			want: old,
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			change := reconcile.Change{
				Change: record.Change{Kind: "member", Op: record.Update, Set: held{"phone": tt.meant}.values()},
				Side:   record.Federation, Before: held{"phone": tt.before}.values(),
			}
			given, other := old.Clone(), there(t, "member", tt.other)
			if tt.gone {
				other = nil
			}
			got, kept := reconcile.Recorded(given, change, there(t, "member", tt.back), other)
			if diff := cmp.Diff(tt.want, got, plainly()); diff != "" {
				t.Errorf("base (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.kept, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(old, given, plainly()); diff != "" {
				t.Errorf("the base handed in changed:\n%s", diff)
			}
		})
	}
}

// A write that was carried out leaves nothing to do, also when the side spells it in its own way; and the base then says
// what each side holds.
func TestRecordedComesToRest(t *testing.T) {
	t.Parallel()
	for _, back := range []string{"2", "+2"} {
		in := paired(t, met(held{"phone": "1"}), held{"phone": "2"}, held{"phone": "1"})
		out := reconcile.Reconcile(in)
		r := in.Subjects[0].FederationRecord
		r.Fields["phone"] = record.Of(back)
		base, _ := reconcile.Recorded(out.Pairs[0].Base, out.Changes[0], r, in.Subjects[0].ClubRecord)
		in.Subjects[0].Base = base
		again := reconcile.Reconcile(in)
		if got := tell(again); len(got) > 0 {
			t.Errorf("read back as %q: got %v, want nothing", back, got)
		}
		for _, side := range record.Sides() {
			if !reconcile.Holds(schema().Kind("member"), &again.Pairs[0].Base, side, in.Subjects[0].On(side)) {
				t.Errorf("read back as %q: the %s is not at rest", back, side)
			}
		}
	}
}

// A base follows what both sides hold alike, and only that.
func TestAdoption(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"name": "A", "phone": "1", "city": "1"}),
		held{"name": "B", "phone": "2", "street": "1"}, held{"name": "B", "phone": "1", "city": "1"})
	out := reconcile.Reconcile(in)
	want := met(held{"name": "B", "phone": "1", "city": "1"})
	want.SetOwn(record.Club, "street", record.Of("1"))
	if diff := cmp.Diff(want, out.Pairs[0].Base, plainly()); diff != "" {
		t.Errorf("base (-want +got):\n%s", diff)
	}
	if out.Adopted != 1 {
		t.Errorf("adopted %d fields, want 1", out.Adopted)
	}
}

func TestHolds(t *testing.T) {
	t.Parallel()
	base := met(held{"phone": "1", "name": "A"})
	base.SetOwn(record.Federation, "phone", record.Of("+1"))
	kind := schema().Kind("member")
	rows := []struct {
		name   string
		base   port.Base
		side   record.Side
		holds  held
		change func(*record.Record)
		want   bool
	}{
		{name: "what was agreed", base: base, side: record.Club, holds: held{"phone": "1", "name": "A"}, want: true},
		{name: "its own spelling", base: base, side: record.Federation, holds: held{"phone": "+1", "name": "A"}, want: true},
		{name: "the other side's spelling", base: base, side: record.Federation, holds: held{"phone": "1", "name": "A"}},
		{name: "another value", base: base, side: record.Club, holds: held{"phone": "2", "name": "A"}},
		{name: "a value more", base: base, side: record.Club, holds: held{"phone": "1", "name": "A", "city": ""}},
		{name: "a value that is not carried any more", base: base, side: record.Club, holds: held{"phone": "1"}},
		{name: "no base at all", side: record.Club, holds: held{}},
		{
			name: "something that cannot be read", base: base, side: record.Club, holds: held{"phone": "1", "name": "A"},
			change: func(r *record.Record) { r.Issues = map[record.Field]record.Issue{"city": record.Unreadable} },
		},
		{
			name: "another life", base: base, side: record.Club, holds: held{"phone": "1", "name": "A"},
			change: func(r *record.Record) { r.Life.Stage = record.Ended },
		},
		{
			name: "a leaving one, whose day comes without a change", side: record.Club, holds: held{},
			base:   port.Base{Life: lives(record.Leaving, record.Leaving)},
			change: func(r *record.Record) { r.Life.Stage = record.Leaving },
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := there(t, "member", tt.holds)
			if tt.change != nil {
				tt.change(r)
			}
			if got := reconcile.Holds(kind, &tt.base, tt.side, r); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

// Someone who has ended on both sides comes to rest there, the day of the end included.
func TestAnEndedPersonComesToRest(t *testing.T) {
	t.Parallel()
	ended := there(t, "affiliation", held{"category": "01", "exit": lastWeek})
	over := staged("member", record.Life{Stage: record.Ended})
	in := person(t, subject("member", "", over, over, met(nil)), subject("affiliation", "", ended, ended, met(held{"category": "01", "exit": ""})))
	out := reconcile.Reconcile(in)
	for i := range in.Subjects {
		for _, side := range record.Sides() {
			if s := &in.Subjects[i]; !reconcile.Holds(schema().Kind(s.Kind), &out.Pairs[i].Base, side, s.On(side)) {
				t.Errorf("the %s of the %s is not at rest", s.Kind, side)
			}
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	r := there(t, "member", held{"phone": "1", "city": "1"})
	none, phone := reconcile.Context(r, nil), reconcile.Context(r, []record.Field{"phone"})
	if none != "" || reconcile.Context(nil, []record.Field{"phone"}) != "" {
		t.Error("a refusal that names nothing, or of nobody, has a context")
	}
	r.Fields["city"] = record.Of("2")
	if reconcile.Context(r, []record.Field{"phone"}) != phone {
		t.Error("a field that was not named alters the context")
	}
	r.Fields["phone"] = record.Of("2")
	if reconcile.Context(r, []record.Field{"phone"}) == phone {
		t.Error("a field that was named does not alter the context")
	}
}
