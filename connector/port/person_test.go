package port_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// plainly compares values by what they are.
func plainly() cmp.Options {
	return cmp.Options{cmp.Comparer(func(a, b record.Value) bool { return a == b }), cmpopts.EquateEmpty()}
}

func TestBaseHeld(t *testing.T) {
	t.Parallel()
	var b port.Base
	b.Agree("phone", record.Of("1"), map[record.Side]record.Value{record.Federation: record.Of("+1"), record.Club: record.Of("1")})
	b.SetOwn(record.Club, "city", record.Of("Wil"))
	rows := []struct {
		name  string
		side  record.Side
		field record.Field
		want  record.Value
	}{
		{"what was agreed", record.Club, "phone", record.Of("1")},
		{"the side's own spelling", record.Federation, "phone", record.Of("+1")},
		{"what only this side carries", record.Club, "city", record.Of("Wil")},
		{"what only the other side carries", record.Federation, "city", record.NotCarried()},
		{"what nothing is known of", record.Club, "email", record.NotCarried()},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := b.Held(tt.side, tt.field); got != tt.want {
				t.Errorf("got %v %q, want %v %q", got, got.Text(), tt.want, tt.want.Text())
			}
		})
	}
	if _, own := b.Own[record.Club]["phone"]; own {
		t.Error("a spelling that is the agreed one is kept as the side's own")
	}
}

func TestBaseAgreeForgetsTheOwnSpelling(t *testing.T) {
	t.Parallel()
	var b port.Base
	b.SetOwn(record.Club, "phone", record.Of("1"))
	b.Agree("phone", record.Of("2"), nil)
	want := port.Base{Agreed: map[record.Field]record.Value{"phone": record.Of("2")}, Own: map[record.Side]map[record.Field]record.Value{record.Club: {}}}
	if diff := cmp.Diff(want, b, plainly()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Not carried is worth an entry only where a value is agreed.
func TestBaseSetOwnNotCarried(t *testing.T) {
	t.Parallel()
	var b port.Base
	b.SetOwn(record.Club, "phone", record.NotCarried())
	if diff := cmp.Diff(port.Base{}, b, plainly()); diff != "" {
		t.Errorf("of an unknown field (-want +got):\n%s", diff)
	}
	b.SetOwn(record.Club, "phone", record.Of("1"))
	b.SetOwn(record.Club, "phone", record.NotCarried())
	if got := b.Held(record.Club, "phone"); got.Carried() {
		t.Errorf("after it was taken back: got %q", got.Text())
	}
	b.Agree("phone", record.Of("1"), map[record.Side]record.Value{record.Federation: record.NotCarried()})
	if got := b.Held(record.Federation, "phone"); got.Carried() {
		t.Errorf("agreed, and hidden on one side: that side held %q", got.Text())
	}
}

func TestBaseNever(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		life map[record.Side]record.Stage
		want bool
	}{
		{"nobody was seen", nil, true},
		{"one side was seen", map[record.Side]record.Stage{record.Club: record.Present}, true},
		{"both were seen", map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Ended}, false},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (&port.Base{Life: tt.life}).Never(); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func pair() port.Pair {
	p := port.Pair{Kind: "member", Club: record.Ref{Document: "contact/7"}, Base: port.Base{
		Life: map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Present},
	}}
	p.Base.Agree("phone", record.Of("1"), map[record.Side]record.Value{record.Federation: record.Of("+1")})
	p.Base.Agree("city", record.Empty(), nil)
	return p
}

func TestPairCloneSharesNothing(t *testing.T) {
	t.Parallel()
	p := pair()
	c := p.Clone()
	if diff := cmp.Diff(p, c, plainly()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	c.Base.Agree("phone", record.Of("2"), nil)
	c.Base.SetOwn(record.Club, "city", record.Of("Wil"))
	c.Base.Life[record.Club] = record.Ended
	if diff := cmp.Diff(pair(), p, plainly()); diff != "" {
		t.Errorf("changing the copy changed the pair:\n%s", diff)
	}
}

// What a ledger stores comes back as it was: not carried and empty stay apart, also in a side's own spelling.
func TestPersonAsJSON(t *testing.T) {
	t.Parallel()
	p := pair()
	p.Base.Agree("email", record.Of("a@example.org"), map[record.Side]record.Value{record.Club: record.NotCarried()})
	want := port.Person{ID: 7, State: port.Asked, Number: "012345", Pairs: []port.Pair{p}}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got port.Person
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, plainly()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := got.Pairs[0].Base.Held(record.Club, "email"); got.Carried() {
		t.Error("what was not carried came back as a value")
	}
}

func TestPersonFindsItsPairs(t *testing.T) {
	t.Parallel()
	p := port.Person{Pairs: []port.Pair{
		{Kind: "member", Club: record.Ref{Document: "contact/7"}, Federation: record.Ref{Document: "members/7"}},
		{Kind: "function", Identity: "LEI", Club: record.Ref{Document: "contact/7", Key: "LEI"}},
		{Kind: "function", Identity: "PRA", Federation: record.Ref{Document: "functions/1"}},
	}}
	if got := p.Pair("function", "PRA"); got != &p.Pairs[2] {
		t.Errorf("got %v, want the third pair itself", got)
	}
	if got := p.Pair("function", "KAS"); got != nil {
		t.Errorf("got %v, want none", got)
	}
	if diff := cmp.Diff([]string{"contact/7"}, p.Documents(record.Club)); diff != "" {
		t.Errorf("the club's documents (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"members/7", "functions/1"}, p.Documents(record.Federation)); diff != "" {
		t.Errorf("the federation's documents (-want +got):\n%s", diff)
	}
	for _, side := range record.Sides() {
		p.Pairs[0].SetRef(side, record.Ref{Document: "new/" + string(side)})
	}
	for _, side := range record.Sides() {
		if got, want := p.Pairs[0].Ref(side).Document, "new/"+string(side); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What was set back is agreed by nobody, until both sides hold the same.
func TestSetBack(t *testing.T) {
	t.Parallel()
	var b port.Base
	b.Agree("city", record.Of("Wil"), map[record.Side]record.Value{record.Club: record.Of("9500 Wil")})
	before := b.Clone()
	b.SetBack("city", "run 12", map[record.Side]record.Value{record.Club: record.Of("Wil"), record.Federation: record.Empty()})
	if b.Agreed["city"].Carried() || b.Undone["city"] != "run 12" || b.Held(record.Club, "city") != record.Of("Wil") || b.Held(record.Federation, "city") != record.Empty() {
		t.Errorf("after it was set back: %v, undone %v", b, b.Undone)
	}
	if before.Undone["city"] != "" || before.Agreed["city"] != record.Of("Wil") {
		t.Error("a copy has changed with it")
	}
	kept := b.Clone()
	b.Agree("city", record.Of("Wil"), nil)
	if b.Undone["city"] != "" || kept.Undone["city"] != "run 12" {
		t.Errorf("after they agree: undone %v, in the copy %v", b.Undone, kept.Undone)
	}
}
