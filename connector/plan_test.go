package connector_test

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// preview returns the plan with its values.
func (b *bench) preview() (connector.Preview, *connector.Stopped) {
	b.tb.Helper()
	p, stopped, err := b.link.Preview(b.tb.Context())
	if err != nil {
		b.tb.Fatal(err)
	}
	return p, stopped
}

// TestTheValuesOfAPlanAreTheSides holds every value of the first plan against what the two systems themselves hold: what a
// side lacks comes from the other, and whoever is created had nothing before.
func TestTheValuesOfAPlanAreTheSides(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	plan := b.held()
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	seen, stopped := b.preview()
	if stopped != nil || seen.Others != 0 {
		t.Fatalf("stopped %v, %d others; want the plan as it is held", stopped, seen.Others)
	}
	if diff := cmp.Diff(plan, seen.Plan); diff != "" {
		t.Errorf("it is not the plan that waits (-want +got):\n%s", diff)
	}
	created := 0
	for _, c := range plan.Changes {
		values, found := seen.Values[c.ID]
		if !found {
			t.Errorf("%s %s of %s has no values", c.Kind, c.Record, c.Ref)
		}
		if c.Record != "member" {
			continue
		}
		if got, want := values.Name, b.called(c.Person); got != want {
			t.Errorf("%s is called %q, want %q", c.Ref, got, want)
		}
		own, other := b.fields(c.Person, c.Side), b.fields(c.Person, c.Side.Other())
		for f, v := range values.After {
			if want := other["member."+string(f)]; v.Text() != want {
				t.Errorf("%s %s: after is not what the %s holds", c.Ref, f, c.Side.Other())
			}
			if got, want := values.Before[f].Text(), own["member."+string(f)]; got != want {
				t.Errorf("%s %s: before is not what the %s holds", c.Ref, f, c.Side)
			}
		}
		if c.Kind == record.Create {
			created++
			if !values.After["lastName"].HasText() || !values.After["birthDate"].HasText() {
				t.Errorf("%s is created without a name or a birth date", c.Ref)
			}
		}
	}
	if created == 0 {
		t.Error("nobody is created")
	}
	if now, err := os.ReadFile(b.path); err != nil || !slices.Equal(before, now) {
		t.Errorf("the ledger has changed: %v", err)
	}
	b.untouched()
}

// fields returns what a side holds of the person whom a reference names, nil for somebody who is not there.
func (b *bench) fields(ref string, side record.Side) map[string]string {
	b.tb.Helper()
	for _, seen := range b.world.Everybody() {
		all := slices.Concat(seen.Club, seen.Federation)
		if !slices.ContainsFunc(all, func(s simulation.Sighting) bool { return s.Ref == ref }) {
			continue
		}
		for _, s := range all {
			if string(s.Side) == string(side) {
				return s.Fields
			}
		}
		return nil
	}
	b.tb.Fatalf("nobody is %s", ref)
	return nil
}

// called returns the name of the person whom a reference names, as the club has it, else the federation.
func (b *bench) called(ref string) string {
	b.tb.Helper()
	fields := b.fields(ref, record.Club)
	if fields == nil {
		fields = b.fields(ref, record.Federation)
	}
	return fields["member.firstName"] + " " + fields["member.lastName"]
}

// TestWhatHasChangedSinceAPlanWasHeld has no value under the change that is held, and is counted as another change.
func TestWhatHasChangedSinceAPlanWasHeld(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	plan := b.held()
	var lacks simulation.Apart
	for _, a := range b.world.Apart() {
		if a.Kind == simulation.Missing && slices.Contains(a.Fields, "phoneMobile") {
			lacks = a
		}
	}
	b.mobile(record.Side(lacks.Side).Other(), lacks.N, "790007777")
	seen, _ := b.preview()
	var without []record.Field
	for _, c := range plan.Changes {
		if _, found := seen.Values[c.ID]; !found {
			without = append(without, c.Fields...)
		}
	}
	if diff := cmp.Diff([]record.Field{"phoneMobile"}, without); diff != "" || seen.Others != 1 {
		t.Errorf("%d others; the fields without values (-want +got):\n%s", seen.Others, diff)
	}
}

// TestAPlanThatWaitsIsShownWhenASideCannotBeRead, with why, and without a value.
func TestAPlanThatWaitsIsShownWhenASideCannotBeRead(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	if err := b.world.AddFaults(faults.Rule{Op: "members.list", Kind: faults.ServerError}); err != nil {
		t.Fatal(err)
	}
	seen, stopped := b.preview()
	if stopped == nil || stopped.Side != record.Federation || len(seen.Values) != 0 {
		t.Errorf("stopped %+v with %d values; want it stopped at the federation, without any", stopped, len(seen.Values))
	}
	if diff := cmp.Diff(b.held(), seen.Plan); diff != "" {
		t.Errorf("it is not the plan that waits (-want +got):\n%s", diff)
	}
}

// TestTheValueOfAnEndIsItsDate: no plan waits, and somebody is archived at the club.
func TestTheValueOfAnEndIsItsDate(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "archived" })
	seen, _ := b.preview()
	at := slices.IndexFunc(seen.Plan.Changes, func(c port.PlannedItem) bool { return c.Kind == record.End })
	if at < 0 {
		t.Fatalf("nothing ends: %+v", seen.Plan.Changes)
	}
	want := connector.Values{
		Name:   b.called("contact/" + b.contact(n)),
		Before: map[record.Field]record.Value{"exitDate": record.Of("")},
		After:  map[record.Field]record.Value{"exitDate": record.Of("2026-03-14")},
	}
	if diff := cmp.Diff(want, seen.Values[seen.Plan.Changes[at].ID], cmp.Comparer(func(a, b record.Value) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.untouched()
}
