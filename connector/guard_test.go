package connector_test

import (
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/internal/record"
)

// guarded returns a bench whose guards let pass two of one thing and plenty of everything else.
func guarded(t *testing.T, few func(*connector.Guards) *connector.Limit) *bench {
	t.Helper()
	b := linked(t, smallest)
	plenty := connector.Limit{Count: 50}
	b.guards = connector.Guards{Ends: plenty, Clears: plenty, Categories: plenty, Changes: plenty}
	*few(&b.guards) = connector.Limit{Count: 2}
	b.link = connector.New(b.config())
	return b
}

func TestGuards(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		few    func(*connector.Guards) *connector.Limit
		edit   func(*bench, int)
		done   func(*bench, int) bool
		reason string
		all    bool // every change counts, so that none flows beside them
	}{
		{
			"ends", func(g *connector.Guards) *connector.Limit { return &g.Ends },
			func(b *bench, n int) {
				b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
			},
			func(b *bench, n int) bool { return b.holds(record.Federation, n, "affiliation.exitDate") != "" },
			"ends of kind affiliation in this run", false,
		},
		{
			"clears", func(g *connector.Guards) *connector.Limit { return &g.Clears },
			func(b *bench, n int) { b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "" }) },
			func(b *bench, n int) bool { return b.holds(record.Federation, n, "member.phoneMobile") == "" },
			"values cleared in this run", false,
		},
		{
			"categories", func(g *connector.Guards) *connector.Limit { return &g.Categories },
			func(b *bench, n int) {
				b.atClub(n, func(c *fairgatetest.Contact) { c.Membership.Membership = older(b.world.M(n).Category) })
			},
			func(b *bench, n int) bool {
				return b.holds(record.Federation, n, "affiliation.category") != b.world.M(n).Category
			},
			"categories changed in this run", false,
		},
		{
			"changes", func(g *connector.Guards) *connector.Limit { return &g.Changes },
			func(b *bench, n int) { b.mobile(record.Club, n, "790001111") },
			func(b *bench, n int) bool {
				return b.holds(record.Federation, n, "member.phoneMobile") == "+41790001111"
			},
			"changes in this run", true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			t.Run("as many as the limit flow", func(t *testing.T) {
				t.Parallel()
				b := guarded(t, c.few)
				people := b.people(2)
				for _, n := range people {
					c.edit(b, n)
				}
				b.flows(b.run())
				for _, n := range people {
					if !c.done(b, n) {
						t.Errorf("M%d was not carried", n)
					}
				}
			})
			t.Run("one more holds them all, until they are approved", func(t *testing.T) {
				t.Parallel()
				b := guarded(t, c.few)
				people := b.people(4)
				for _, n := range people[:3] {
					c.edit(b, n)
				}
				b.atClub(people[3], func(k *fairgatetest.Contact) { k.CorrAddress.Street = "Barrenweg 9" })
				for range 3 {
					r := b.run()
					if r.Held == nil || !strings.Contains(strings.Join(r.Held.Reasons, "; "), c.reason) {
						t.Fatalf("not held for it: %s", text(r))
					}
				}
				for _, n := range people[:3] {
					if c.done(b, n) {
						t.Errorf("M%d was carried without approval", n)
					}
				}
				if flowed := b.holds(record.Federation, people[3], "member.street") == "Barrenweg 9"; flowed == c.all {
					t.Errorf("the other change flowed: %v", flowed)
				}
				b.approve()
				b.run()
				for _, n := range people[:3] {
					if !c.done(b, n) {
						t.Errorf("M%d was not carried when it was approved", n)
					}
				}
			})
		})
	}
}

// older returns the membership of the category after one of an adult.
func older(category string) string {
	return map[string]string{"01": "Männer", "02": "Senioren", "04": "Frauen", "05": "Seniorin"}[category]
}

// TestHeldStaysHeld: what waits for approval does not slip through because some of it went away.
func TestHeldStaysHeld(t *testing.T) {
	t.Parallel()
	b := guarded(t, func(g *connector.Guards) *connector.Limit { return &g.Clears })
	people := b.people(3)
	was := b.holds(record.Federation, people[0], "member.phoneMobile")
	for _, n := range people {
		b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "" })
	}
	b.run()
	b.atClub(people[0], func(c *fairgatetest.Contact) { c.Communication.Mobile = was })
	r := b.run()
	if r.Held == nil || r.Held.Changes != 2 {
		t.Fatalf("two of three do not wait any more: %s", text(r))
	}
	b.untouched()
}

// TestAPinnedPersonMadeAnew is INCIDENTS 10: to put somebody back who must be in a listing is no way past a guard.
func TestAPinnedPersonMadeAnew(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := oldest(b)
	again := contactOf(b, b.contact(n))
	b.mobile(record.Federation, b.people(1)[0], "790001111")
	b.remove(record.Club, n)
	b.forget()
	if r := b.run(); r.Stopped == nil {
		t.Fatalf("not stopped: %s", text(r))
	}
	again.Basefields.ContactID = ""
	b.world.ClubSystem.Add(again)
	if r := b.run(); r.Stopped == nil {
		t.Errorf("another contact of the same name lets everything pass: %s", text(r))
	}
	b.untouched()
}
