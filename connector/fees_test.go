package connector_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// atTheFederation counts the club's people there by category, as the federation's own tables have them: all but those of the
// bare numbers and those who have left.
func (b *bench) atTheFederation() map[string]int {
	heads := map[string]int{}
	for _, a := range b.world.FederationSystem.Affiliations() {
		bare := a.Category == "10" || a.Category == "11" || a.Category == "14" || a.Category == "15"
		if a.ClubNumber == simulation.ClubNumber && !bare && a.ExitDate == "" && a.Status == "active" {
			heads[a.Category]++
		}
	}
	return heads
}

func (b *bench) plan() port.Plan {
	b.tb.Helper()
	plan, stopped, err := b.link.Plan(b.tb.Context())
	if err != nil || stopped != nil {
		b.tb.Fatal(err, stopped)
	}
	return plan
}

// TestAPlanSaysWhoMoves: one leaves, one comes, one becomes a senior, and one has another phone.
func TestAPlanSaysWhoMoves(t *testing.T) {
	t.Parallel()
	b := linked(t, 120)
	b.guards.Changes = connector.Limit{Count: 1}
	b.link = connector.New(b.config())
	people := b.people(3)
	left, grown := b.world.M(people[0]).Category, b.world.M(people[1]).Category
	next := map[string]string{"01": "02", "02": "03", "04": "05", "05": "06"}[grown]
	before := b.atTheFederation()
	come := b.joined(record.Club).Category
	b.leaves(people[0])
	b.atClub(people[1], func(c *fairgatetest.Contact) { c.Membership.Membership = older(grown) })
	b.mobile(record.Club, people[2], "790001111")

	after := maps.Clone(before)
	after[left]--
	after[come]++
	after[grown]--
	after[next]++
	check := func(when string, got *port.Consequence) {
		t.Helper()
		if got == nil {
			t.Fatalf("%s: the plan has no consequence", when)
		}
		is, will := map[string]int{}, map[string]int{}
		for _, h := range got.Categories {
			if h.Side != record.Federation {
				t.Errorf("%s: nobody moves at the %s", when, h.Side)
			}
			is[h.Category], will[h.Category] = h.Before, h.After
		}
		for code := range after { // a category without people may be told or not
			if is[code] != before[code] || will[code] != after[code] {
				t.Errorf("%s: category %s: got %d before and %d after, want %d and %d", when, code, is[code], will[code], before[code], after[code])
			}
		}
		want := []port.Move{
			{Side: record.Federation, To: come, Persons: 1},
			{Side: record.Federation, From: grown, To: next, Persons: 1},
			{Side: record.Federation, From: left, Persons: 1},
		}
		if left <= grown { // they are in the order of where they come from
			want[1], want[2] = want[2], want[1]
		}
		if diff := cmp.Diff(want, got.Moves); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	check("before any run", b.plan().Consequence)
	if r := b.run(); r.Held == nil {
		t.Fatalf("not held: %s", text(r))
	}
	check("while it is held", b.held().Consequence)
	b.approve()
	b.flows(b.run())
	b.leaves(people[2])
	if got := b.plan().Consequence; got == nil || len(got.Moves) != 1 {
		t.Fatalf("after it: %+v", got)
	}
	for _, h := range b.plan().Consequence.Categories {
		if n := b.atTheFederation()[h.Category]; h.Before != n {
			t.Errorf("category %s: got %d, the federation has %d", h.Category, h.Before, n)
		}
	}
}

func TestAPlanThatMovesNobody(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	b.mobile(record.Club, b.people(1)[0], "790001111")
	if plan := b.plan(); len(plan.Changes) != 1 || plan.Consequence != nil {
		t.Errorf("got %+v", plan)
	}
}

func TestFees(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	plan := &port.Consequence{Categories: []port.Headcount{
		{Side: record.Club, Category: "01", Before: 1000, After: 1000}, // the club's fees are its own
		{Side: record.Federation, Category: "01", Before: 10, After: 12},
		{Side: record.Federation, Category: "12", Before: 4, After: 2},
		{Side: record.Federation, Category: "28", Before: 1, After: 1},
	}}
	if fees, err := b.link.Fees(plan); fees != nil || err != nil {
		t.Errorf("a link without a tariff: %+v, %v", fees, err)
	}
	with := func(codes map[int]map[string]int) *connector.Link {
		config := b.config()
		config.Tariff = connector.Tariff{Currency: "CHF", Of: func(year int) map[string]int { return codes[year] }}
		return connector.New(config)
	}
	of2026 := with(map[int]map[string]int{2025: {"01": 1}, 2026: {"01": 4800, "12": 1605}})
	for _, c := range []struct {
		name string
		link *connector.Link
		plan *port.Consequence
		want *connector.Fees
	}{
		{"the fees of the year", of2026, plan, &connector.Fees{Year: 2026, Currency: "CHF", Before: "544.20", After: "608.10", Unknown: []string{"28"}}},
		{
			"a year without a tariff", with(nil), plan,
			&connector.Fees{Year: 2026, Currency: "CHF", Before: "0.00", After: "0.00", Unknown: []string{"01", "12", "28"}},
		},
		{"a plan that moves people at the club alone", of2026, &port.Consequence{Categories: plan.Categories[:1]}, nil},
		{"a plan that moves nobody", of2026, nil, nil},
	} {
		got, err := c.link.Fees(c.plan)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
