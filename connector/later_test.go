package connector_test

import (
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/record"
)

// TestALaterRoundCarriesNoOrdinaryEdit lets somebody edit at the club between our look and our write: the answer to the
// write shows the edit, and the same run must not act on it. What a person enters is carried by a cycle that has looked at
// both sides (DESIGN, The cycle).
func TestALaterRoundCarriesNoOrdinaryEdit(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	id := b.contact(n)
	before := b.holds(record.Federation, n, "member.street")
	b.mobile(record.Federation, n, "790001111")
	b.world.ClubSystem.BeforeEach(onceAt(fairgatetest.OpChange, func() {
		b.world.ClubSystem.Edit(id, func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Barrenweg 12" })
	}))
	b.run()
	if got := b.holds(record.Federation, n, "member.street"); got != before {
		t.Errorf("the run that wrote the phone has carried the street as well: %q", got)
	}
	b.run()
	if got := b.holds(record.Federation, n, "member.street"); got != "Barrenweg 12" {
		t.Errorf("the next run has not carried the street: %q", got)
	}
}
