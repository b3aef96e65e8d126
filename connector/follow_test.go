package connector_test

import (
	"testing"

	"passerelle/conflicts"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
)

// TestThePairFollowsWhoIsTheSame enters a member anew at the federation and says that it is the same person: the pair goes
// on with the new member, and edits flow as before.
func TestThePairFollowsWhoIsTheSame(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	m, a := b.dump(b.member(n)), b.affiliation(n)
	if err := b.world.FederationSystem.RemoveMember(m.ID); err != nil {
		t.Fatal(err)
	}
	m.Meta, a.Meta = stvtest.Meta{}, stvtest.Meta{}
	b.world.FederationSystem.AddMember(m, a)
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Same})
	b.run()
	want := b.mobile(record.Club, n, "790001111")
	b.run()
	b.both(n, "member.phoneMobile", want, want)
	if open := b.kinds(); open != "" {
		t.Errorf("questions are left: %s", open)
	}
	b.explained("followed")
	b.once()
}
