package connector_test

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestHeldByHandStaysHeld edits, after two were joined by hand, the value that is held: it has not been looked at either.
func TestHeldByHandStaysHeld(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "" })
	b.relinked(n)
	b.run()
	after := b.mobile(record.Federation, n, "790001111")
	b.run()
	b.run()
	b.untouched()
	b.approve()
	b.run()
	b.both(n, "member.phoneMobile", after, after)
}

// TestCreationAfterDifferentStaysHeld edits the one who would be created, after two were said to be different.
func TestCreationAfterDifferentStaysHeld(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	club, federation := b.size()
	b.unlink(n)
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Different})
	b.run()
	b.mobile(record.Federation, n, "790001111")
	if err := b.world.FederationSystem.EditAffiliation(b.affiliation(n).ID, func(a *stvtest.Affiliation) { a.EntryDate = "2019-01-01" }); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	b.untouched()
	b.grew(club, federation, 0, 0)
}

// TestJoinedWhileTheWindowIsClosed holds what follows also where nothing can be written yet.
func TestJoinedWhileTheWindowIsClosed(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = "" })
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed)
	b.relinked(n)
	b.run()
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowOpen)
	b.run()
	b.run()
	b.untouched()
	if held := b.held(); len(held.Changes) != 1 {
		t.Errorf("held is %+v", held)
	}
}

// TestApprovedBeforeTakenApart approves what cannot be written yet, so that it is in no held plan any more, and takes the person
// apart: what was approved is held again.
func TestApprovedBeforeTakenApart(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	n := 0
	for _, a := range b.world.Apart() {
		if a.Kind == simulation.Missing && a.Side == simulation.Federation {
			n = a.N
		}
	}
	b.run()
	b.approve()
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed)
	b.run()
	b.run()
	b.relinked(n)
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowOpen)
	b.run()
	if held := b.held(); !slices.ContainsFunc(held.Changes, func(item port.PlannedItem) bool { return item.Person == "contact/"+b.contact(n) }) {
		t.Errorf("held is %+v, want what was approved of M%d", held.Changes, n)
	}
}

// TestTakenApartAfterTheyHaveLeft is asked about for as long as nothing is said, though neither takes part any more.
func TestTakenApartAfterTheyHaveLeft(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	if err := b.world.Type(simulation.Federation, n, "affiliation.exitDate", string(b.world.Today())); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	b.forget()
	done := b.unlink(n)
	b.run()
	b.run()
	b.run()
	if q := b.question(conflicts.Match); q.ID != done.Asked[0] {
		t.Errorf("asked is %s, want %s", q.ID, done.Asked[0])
	}
	b.decide(done.Asked[0], conflicts.Answer{Verb: conflicts.Same})
	b.run()
	b.run()
	b.untouched()
	if b.partner(n) == "" {
		t.Error("the answer is lost")
	}
}

// TestArchivedAfterTakenApart archives a contact that was taken apart, which the club's list does not show then, and takes that
// back: it does not close the question, and the number does not answer it.
func TestArchivedAfterTakenApart(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	done := b.unlink(n)
	b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "archived" })
	b.run()
	b.run()
	b.untouched()
	if q := b.question(conflicts.Match); q.ID != done.Asked[0] {
		t.Errorf("asked is %s, want %s", q.ID, done.Asked[0])
	}
	b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "active" })
	b.run()
	b.run()
	if b.partner(n) != "" {
		t.Error("they are linked without an answer")
	}
}

// TestTheLastJoiningCounts joins somebody twice before a run, both ways round: whichever comes first by its reference.
func TestTheLastJoiningCounts(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	for _, couple := range [][2]int{{people[0], people[1]}, {people[1], people[0]}} {
		n, m := couple[0], couple[1]
		b.relink(n, m)
		b.relink(n, n)
		b.run()
		if got := b.partner(n); got != "members/"+b.member(n) {
			t.Errorf("M%d is linked with %q", n, got)
		}
		b.relink(m, m)
		b.run()
	}
	b.untouched()
}

// TestAskedIsWhoIsLeft crosses two people: only the two who are left over are asked about.
func TestAskedIsWhoIsLeft(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	done := b.relink(people[0], people[1])
	b.run()
	if diff := cmp.Diff([]string{b.question(conflicts.Match).ID}, done.Asked); diff != "" {
		t.Errorf("asked -, said +:\n%s", diff)
	}
}

// TestJoinedWithSomebodyAtRest looks at what refers to a member who has left long ago: the affiliation is over, which is asked
// about, and is not taken for missing.
func TestJoinedWithSomebodyAtRest(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	former := b.world.People.Of(population.Former)[0].N
	b.relink(n, former)
	b.run()
	b.untouched()
	if got := b.partner(n); got != "members/"+b.member(former) {
		t.Errorf("linked with %q", got)
	}
	if q := b.question(conflicts.EndedAndChanged); q.Club != "contact/"+b.contact(n) {
		t.Errorf("asked about %s", q.Club)
	}
}

func TestNobodyIsJoinedWithWhoTakesNoPart(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	forgotten := "contact/" + b.contact(people[0])
	if _, err := b.link.Forget(t.Context(), forgotten, "salt", false); err != nil {
		t.Fatal(err)
	}
	company := ""
	for _, c := range b.world.ClubSystem.Contacts() {
		if c.Basefields.ContactType == "company" {
			company = "contact/" + c.Basefields.ContactID
		}
	}
	for _, contact := range []string{forgotten, company} {
		if _, err := b.link.Relink(t.Context(), contact, "members/"+b.member(people[1]), "", false); !errors.Is(err, connector.ErrRegroup) {
			t.Errorf("%s was joined: %v", contact, err)
		}
	}
}

// TestUndoneBetweenJoiningAndTheNextRun asks for an undo while a joining waits to be carried out.
func TestUndoneBetweenJoiningAndTheNextRun(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	b.mobile(record.Club, people[0], "790001111")
	r := b.run()
	b.relinked(people[1])
	if _, err := b.link.Undo(t.Context(), strconv.FormatUint(r.Run, 10), ""); err != nil {
		t.Error(err)
	}
}

// TestForgottenAfterRelinking leaves nothing of what was decided by hand.
func TestForgottenAfterRelinking(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.relinked(n)
	b.run()
	ref := "contact/" + b.contact(n)
	if _, err := b.link.Forget(t.Context(), ref, "salt", false); err != nil {
		t.Fatal(err)
	}
	err := b.ledger.Dump(t.Context(), true, func(text []byte) error {
		if strings.Contains(string(text), `"`+ref+`"`) {
			t.Errorf("left is %s", text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRivalAtRest has a member, a contact of the same name without a birth date but with the number, and one who is the member in
// all but the number and takes no part: the number does not decide between them, in sight or not (ADR 0025).
func TestRivalAtRest(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	p := newcomer(b)
	passive, member := b.add(twosome{p, p})
	number := ""
	for _, m := range b.world.FederationSystem.Members() {
		if m.ID == member {
			number = m.MemberNumber
		}
	}
	b.world.ClubSystem.Edit(passive, func(c *fairgatetest.Contact) { c.Membership.Membership = "Passivmitglied" })
	without := p
	without.BirthDate = ""
	numbered := b.addContact(without, number)
	for range 3 {
		b.run()
	}
	b.untouched()
	if _, err := b.ledger.PersonOf(t.Context(), record.Club, "contact/"+numbered); err == nil {
		t.Error("the number has decided")
	}
	if open := b.queue(conflicts.Match, conflicts.Open); len(open) != 2 {
		t.Errorf("%d questions are open, want one for each: %s", len(open), b.kinds())
	}
}

// TestAlikeNoMore moves one of two who agreed in everything: they are not answered with the others any more, and the queue
// shows what both hold now.
func TestAlikeNoMore(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	p := newcomer(b)
	contact, _ := b.add(twosome{p, p})
	b.run()
	b.world.ClubSystem.Edit(contact, func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Anderswo 1" })
	b.run()
	if n, err := b.link.Decide(t.Context(), connector.AllAlike, conflicts.Answer{Verb: conflicts.Same}); !errors.Is(err, port.ErrNone) {
		t.Errorf("answered %d, %v", n, err)
	}
	q := b.question(conflicts.Match)
	if !slices.ContainsFunc(q.Evidence, func(e conflicts.Evidence) bool { return e.Club.Text() == "Anderswo 1" }) {
		t.Error("the evidence is of another day")
	}
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	b.run()
	if after, err := os.ReadFile(b.path); err != nil || !slices.Equal(before, after) {
		t.Errorf("a quiet run has written the ledger, or %v", err)
	}
}
