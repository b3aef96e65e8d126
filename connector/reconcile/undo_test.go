package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// wrote is the wish to have set back what was written to the federation.
func wrote(kind record.Kind, op record.Op, before, after held) reconcile.Undo {
	return reconcile.Undo{Of: "run 12", Entry: port.Entry{Side: record.Federation, Kind: kind, Op: op, Before: before.values(), After: after.values()}}
}

// Of a value that a run wrote to the federation: what is planned, what is asked, and what is said of the wish.
func TestUndoOfAValue(t *testing.T) {
	t.Parallel()
	undone := func(base port.Base) port.Base {
		base.SetBack("phone", "run 12", map[record.Side]record.Value{record.Club: record.Of("2"), record.Federation: record.Of("1")})
		return base
	}
	back := []string{"update member at federation phone=1, by undo of run 12"}
	ask := []string{"both-changed: member [phone] [club federation value leave]"}
	rows := []struct {
		name             string
		before, after    held
		base             port.Base
		club, federation held
		want             []string
		state            reconcile.UndoState
	}{
		{"it stands as it was written", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{"phone": "2"}, back, reconcile.SetBack},
		{"the federation has changed it since", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{"phone": "3"}, []string{"update member at club phone=3, by policy"}, reconcile.LeftAlone},
		{"the club has changed it since", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "3"}, held{"phone": "2"}, []string{"update member at federation phone=3, by policy"}, reconcile.LeftAlone},
		{"another value has flowed since", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "3"}), held{"phone": "3"}, held{"phone": "3"}, nil, reconcile.LeftAlone},
		{"both hold what was there before", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "1"}), held{"phone": "1"}, held{"phone": "1"}, nil, reconcile.Done},
		{"it was set back and no record was made of it", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{"phone": "1"}, ask, reconcile.Done},
		{"it was set back", held{"phone": "1"}, held{"phone": "2"}, undone(met(held{"phone": "2"})), held{"phone": "2"}, held{"phone": "1"}, ask, reconcile.Done},
		{"the undo is undone", held{"phone": "2"}, held{"phone": "1"}, undone(met(held{"phone": "2"})), held{"phone": "2"}, held{"phone": "1"}, []string{"update member at federation phone=2, by undo of run 12"}, reconcile.SetBack},
		{"there was nothing before", held{"phone": ""}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{"phone": "2"}, []string{"clear member at federation phone=, by undo of run 12"}, reconcile.SetBack},
		{"what was before could not be read", held{}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{"phone": "2"}, nil, reconcile.ByHand},
		{"half of the group has changed", held{"street": "a", "city": "b"}, held{"street": "c", "city": "d"}, met(held{"street": "c", "city": "e"}), held{"street": "c", "city": "e"}, held{"street": "c", "city": "e"}, nil, reconcile.LeftAlone},
		{"a side hides it", held{"phone": "1"}, held{"phone": "2"}, met(held{"phone": "2"}), held{"phone": "2"}, held{}, nil, reconcile.LeftAlone},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := paired(t, tt.base, tt.club, tt.federation)
			in.Undo = []reconcile.Undo{wrote("member", record.Update, tt.before, tt.after)}
			out := reconcile.Reconcile(in)
			if diff := cmp.Diff(tt.want, tell(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := out.Undoing[0]; got.State != tt.state || got.State != reconcile.SetBack && got.Reason == "" {
				t.Errorf("got %+v, want %s", got, tt.state)
			}
			for _, c := range out.Changes {
				if (c.Undoes == "run 12") != (tt.state == reconcile.SetBack) {
					t.Errorf("the change undoes %q", c.Undoes)
				}
			}
		})
	}
}

// Of an end that a run wrote to the federation.
func TestUndoOfALife(t *testing.T) {
	t.Parallel()
	over := port.Base{Agreed: held{"exit": lastWeek}.values(), Life: lives(record.Ended, record.Ended)}
	restore := []string{"update affiliation at federation exit=, by undo of run 12"}
	returned := wrote("affiliation", record.Update, held{"exit": lastWeek}, held{"exit": ""})
	returned.Return = true
	rows := []struct {
		name             string
		undo             reconcile.Undo
		base             port.Base
		club, federation held
		want             []string
		state            reconcile.UndoState
	}{
		{"it stands", wrote("affiliation", record.End, held{"exit": ""}, held{"exit": lastWeek}), over, held{"exit": lastWeek}, held{"exit": lastWeek}, restore, reconcile.SetBack},
		{"the club has taken its own back", wrote("affiliation", record.End, held{"exit": ""}, held{"exit": lastWeek}), over, held{"exit": ""}, held{"exit": lastWeek}, restore, reconcile.SetBack},
		{"another day stands there since", wrote("affiliation", record.End, held{"exit": ""}, held{"exit": lastWeek}), over, held{"exit": lastWeek}, held{"exit": longAgo}, nil, reconcile.LeftAlone},
		{
			"the federation has taken it back", wrote("affiliation", record.End, held{"exit": ""}, held{"exit": lastWeek}), over,
			held{"exit": lastWeek},
			held{"exit": ""},
			[]string{"ended-and-changed: affiliation [] [club federation leave]"},
			reconcile.Done,
		},
		{"a return that stands", returned, met(held{"exit": ""}), held{"exit": ""}, held{"exit": ""}, []string{"end affiliation at federation on 2026-03-08, by undo of run 12"}, reconcile.SetBack},
		{"a return that was ended again", returned, over, held{"exit": lastWeek}, held{"exit": lastWeek}, nil, reconcile.Done},
		{
			"an end that lies ahead still", wrote("affiliation", record.End, held{"exit": ""}, held{"exit": nextYear}), met(held{"exit": nextYear}),
			held{"exit": nextYear},
			held{"exit": nextYear},
			[]string{"clear affiliation at federation exit=, by undo of run 12"},
			reconcile.SetBack,
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			member := subject("member", "", there(t, "member", held{}), there(t, "member", held{}), met(held{}))
			in := person(t, member, subject("affiliation", "", there(t, "affiliation", tt.club), there(t, "affiliation", tt.federation), tt.base))
			in.Undo = []reconcile.Undo{tt.undo, wrote("function", record.End, held{}, held{"end": lastWeek})}
			in.Undo[1].Identity = "LEI"
			out := reconcile.Reconcile(in)
			if diff := cmp.Diff(tt.want, tell(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := out.Undoing[0]; got.State != tt.state {
				t.Errorf("got %+v, want %s", got, tt.state)
			}
			for _, c := range out.Changes {
				if c.Op != record.End && c.Return != (in.Undo[0].After["exit"] == record.Of(lastWeek)) {
					t.Errorf("return: %t", c.Return)
				}
			}
			want := reconcile.LeftAlone // a function that there is not
			if tt.state == reconcile.SetBack && tt.name != "an end that lies ahead still" {
				want = reconcile.Waits
			}
			if tt.name != "an end that lies ahead still" && out.Undoing[1].State != want {
				t.Errorf("the other wish: got %+v, want %q", out.Undoing[1], want)
			}
		})
	}
}
