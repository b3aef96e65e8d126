package connector_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestFirstPlanInPersons counts by hand, from how the two sides were made to grow apart, what the first plan says in numbers.
func TestFirstPlanInPersons(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.run()
	got := b.held().Outline
	if got == nil {
		t.Fatal("the first plan says nothing in numbers")
	}
	want := &port.Outline{
		Completed: map[record.Side]int{}, Changed: map[record.Side]int{record.Club: 0, record.Federation: 0}, Created: map[record.Side]int{},
		Questions: map[conflicts.Kind]int{}, Alone: []port.Alone{},
	}
	asked := 0
	for _, a := range b.world.Apart() {
		side := map[simulation.Side]record.Side{simulation.Club: record.Club, simulation.Federation: record.Federation}[a.Side]
		want.Completed[side] += count(a.Kind == simulation.Missing || a.Kind == simulation.SharedEmail)
		want.Created[side] += count(a.Kind == simulation.Unnumbered || a.Kind == simulation.Unlisted)
		asked += count(a.Kind == simulation.Differs)
	}
	delete(want.Completed, "") // of those in whom the sides differ
	delete(want.Created, "")
	want.Questions[conflicts.BothChanged] = asked
	want.Linked = b.world.People.Members - want.Created[record.Club] - want.Created[record.Federation]
	strangers := 0
	for _, s := range []population.Standing{population.Passive, population.Friend, population.Company} {
		strangers += len(b.world.People.Of(s))
	}
	want.Alone = []port.Alone{
		{Side: record.Club, Why: connector.AloneOutOfScope, Persons: strangers},
		{Side: record.Federation, Why: connector.AloneLeft, Persons: len(b.world.People.Of(population.Former))},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	b.approve()
	b.run()
	b.mobile(record.Club, b.people(1)[0], "790001111")
	if plan, _, err := b.link.Plan(t.Context()); err != nil || plan.Outline != nil || len(plan.Changes) == 0 {
		t.Errorf("a later plan of %d changes has an outline: %+v, %v", len(plan.Changes), plan.Outline, err)
	}
}

// TestApprovalOfOnePerson lets go what was approved for one person, and nothing else.
func TestApprovalOfOnePerson(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.run()
	held := b.held()
	chosen := held.Changes[0].Person
	if _, err := b.link.Approve(t.Context(), held.ID, held.Persons, connector.Only{Persons: []string{"contact/987654"}}); err == nil {
		t.Error("somebody who is not in the plan was approved")
	}
	if _, err := b.link.Approve(t.Context(), held.ID, held.Persons, connector.Only{Persons: []string{chosen}}); err != nil {
		t.Fatal(err)
	}
	b.run()
	left := b.held()
	if len(left.Changes) == 0 || len(left.Changes) == len(held.Changes) {
		t.Fatalf("%d of %d changes are left", len(left.Changes), len(held.Changes))
	}
	for _, item := range held.Changes {
		still := false
		for _, other := range left.Changes {
			still = still || other.ID == item.ID
		}
		if still == (item.Person == chosen) {
			t.Errorf("a change of %s: held still %v", item.Person, still)
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
