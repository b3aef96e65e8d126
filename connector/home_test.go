package connector_test

import (
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestMembersOfTwoClubs edits people who are in two clubs: of whom the other is the home club, what our club says of the person
// is set back and told, while the membership with us stays ours to change; of whom we are the home club, all is (INCIDENTS N14).
func TestMembersOfTwoClubs(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	const elsewhere, here = 20, 11
	old, ours := b.holds(record.Club, elsewhere, "member.phoneMobile"), "+41791110011"
	b.mobile(record.Club, elsewhere, "791110020")
	b.mobile(record.Club, here, "791110011")
	if err := b.world.Type(simulation.Club, elsewhere, "affiliation.category", "02"); err != nil {
		t.Fatal(err)
	}
	b.flows(b.run())
	b.both(elsewhere, "member.phoneMobile", old, old)
	b.both(elsewhere, "affiliation.category", "02", "02")
	b.both(here, "member.phoneMobile", ours, ours)
	if q := b.question(conflicts.NotYours); q.Club != "contact/"+b.contact(elsewhere) || !strings.Contains(q.Reason, "home club") {
		t.Errorf("asked: %s, because %s; want the phone of who is at home elsewhere", q.Club, q.Reason)
	}
	for _, rec := range b.explain("contact/" + b.contact(elsewhere)).Records {
		for _, f := range rec.Fields {
			if f.Field == "phoneMobile" && f.Owner != conflicts.OwnerFederation {
				t.Errorf("explain names %s as the owner, want the federation", f.Owner)
			}
		}
	}
	b.atFederation(elsewhere, func(m *stvtest.Member) { m.Street = "Reckweg 4" })
	b.flows(b.run())
	b.both(elsewhere, "member.street", "Reckweg 4", "Reckweg 4")
	b.once()
	b.explained("at last")
}
