package connector_test

import (
	"fmt"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/simulation"
)

// TestALaterRoundCarriesNothingThatIsHeld: of a creation at the club only the member and the affiliation are approved, not the function.
func TestALaterRoundCarriesNothingThatIsHeld(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest, InStep: true})
	p := newcomer(b)
	m := b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
		Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: "CH", Email: p.Email,
	},
		stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: p.Category, EntryDate: "2020-03-01", Primary: true})
	b.world.FederationSystem.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: simulation.ClubNumber, FunctionCode: "LEI", StartDate: "2020-04-01"})
	b.run()
	plan := b.held()
	var some []string
	for _, c := range plan.Changes {
		t.Log(c.Side, c.Record, c.Kind)
		if c.Record != "function" {
			some = append(some, c.ID)
		}
	}
	if _, err := b.link.Approve(t.Context(), plan.ID, plan.Persons, connector.Only{IDs: some}); err != nil {
		t.Fatal(err)
	}
	r := b.run()
	t.Log(r.Applied, r.Held)
	for _, c := range b.world.ClubSystem.Contacts() {
		if c.Basefields.LastName == p.LastName && c.Basefields.FirstName == p.FirstName {
			if v, ok := c.CustomFields["104"]; ok && len(some) < len(plan.Changes) {
				t.Errorf("the function was written and nobody approved it: %v", v)
			}
		}
	}
}

// TestWhatWasTakenAwayAfterALostAnswerIsNotPutBack: a function begins at the club, its creation takes effect and the answer is lost, the club removes it again.
func TestWhatWasTakenAwayAfterALostAnswerIsNotPutBack(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	if err := b.world.AddFaults(faults.Rule{Op: "functions.create", Kind: "cut-after", Times: 1}); err != nil {
		t.Fatal(err)
	}
	b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields["104"] = []any{"Leiter"} })
	r := b.run()
	t.Log(r.Unknown, r.Applied)
	b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields["104"] = []any{} })
	for range 2 {
		r = b.run()
		t.Log(r.Applied, b.kinds())
	}
	for _, c := range b.world.ClubSystem.Contacts() {
		if c.Basefields.ContactID == b.contact(n) {
			t.Log(c.CustomFields["104"])
			if got := fmt.Sprint(c.CustomFields["104"]); got != "[]" && got != "<nil>" {
				t.Error("what the club removed is back, and nobody was asked")
			}
		}
	}
}
