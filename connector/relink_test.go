package connector_test

import (
	"errors"
	"slices"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// unlink takes somebody apart.
func (b *bench) unlink(n int) connector.Regrouping {
	b.tb.Helper()
	done, err := b.link.Unlink(b.tb.Context(), "contact/"+b.contact(n), "secretary", false)
	if err != nil {
		b.tb.Fatal(err)
	}
	return done
}

// relink joins a contact and a member.
func (b *bench) relink(club, federation int) connector.Regrouping {
	b.tb.Helper()
	done, err := b.link.Relink(b.tb.Context(), "contact/"+b.contact(club), "members/"+b.member(federation), "secretary", false)
	if err != nil {
		b.tb.Fatal(err)
	}
	return done
}

// partner returns the member with whom somebody's contact is linked, "" for nobody.
func (b *bench) partner(n int) string {
	b.tb.Helper()
	p, err := b.ledger.PersonOf(b.tb.Context(), record.Club, "contact/"+b.contact(n))
	if err != nil {
		return ""
	}
	return p.Pairs[0].Federation.Document
}

func TestTakenApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		answer     conflicts.Verb
		linked     bool
		held, open int
	}{
		{"nothing happens to either until it is said", "", false, 0, 1},
		{"later: nothing happens", conflicts.Later, false, 0, 0},
		{"the same: they are linked again", conflicts.Same, true, 0, 0},
		{"different: what would be created waits to be looked at", conflicts.Different, false, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(1)[0]
			club, federation := b.size()
			done := b.unlink(n)
			if len(done.Apart) != 1 || done.Apart[0].Club != "contact/"+b.contact(n) || len(done.Asked) != 1 || !done.Done {
				t.Errorf("it says %+v", done)
			}
			b.run()
			q := b.question(conflicts.Match)
			if q.ID != done.Asked[0] {
				t.Errorf("asked is %s, said was %s", q.ID, done.Asked[0])
			}
			if b.partner(n) != "" {
				t.Error("the number has linked them again")
			}
			if !slices.ContainsFunc(q.Evidence, func(e conflicts.Evidence) bool {
				return e.Field == "lastName" && e.Club.HasText() && e.Federation.HasText()
			}) {
				t.Errorf("the question does not tell who they are: %+v", q.Evidence)
			}
			if c.answer != "" {
				b.decide(q.ID, conflicts.Answer{Verb: c.answer})
			}
			b.run()
			b.forget()
			r := b.run()
			b.untouched()
			b.grew(club, federation, 0, 0)
			if got := b.partner(n) == "members/"+b.member(n); got != c.linked {
				t.Errorf("linked: %v, want %v", got, c.linked)
			}
			if got := len(b.held().Changes); (got > 0) != (c.held > 0) {
				t.Errorf("%d changes are held: %s", got, text(r))
			}
			if got := len(b.queue(conflicts.Match, conflicts.Open)); got != c.open {
				t.Errorf("%d questions are open, want %d", got, c.open)
			}
			b.explained("taken apart")
		})
	}
}

// TestBaseStartsAnew holds that a value that would have gone to the other side unasked is asked about once the two were
// taken apart: nobody knows any more who has changed it.
func TestBaseStartsAnew(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	before := b.holds(record.Federation, n, "member.phoneMobile")
	after := b.mobile(record.Club, n, "790001111")
	b.relinked(n)
	b.run()
	b.untouched()
	b.both(n, "member.phoneMobile", after, before)
	b.question(conflicts.BothChanged)
}

// relinked takes somebody apart and joins the two again.
func (b *bench) relinked(n int) {
	b.tb.Helper()
	b.unlink(n)
	b.relink(n, n)
}

// TestWhatIsCompletedAfterRelinkingIsHeld holds that an empty field, which the base alone would tell from a cleared one, is
// not filled unasked.
func TestWhatIsCompletedAfterRelinkingIsHeld(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "" })
	b.relinked(n)
	b.run()
	b.untouched()
	b.run()
	b.untouched()
	held := b.held()
	if len(held.Changes) != 1 || held.Changes[0].Side != record.Club || !slices.Contains(held.Changes[0].Fields, "phoneMobile") {
		t.Fatalf("held is %+v", held)
	}
	b.approve()
	b.run()
	b.both(n, "member.phoneMobile", b.holds(record.Federation, n, "member.phoneMobile"), b.holds(record.Federation, n, "member.phoneMobile"))
	b.settle()
}

// TestWhatWasApprovedOfSomebodyTakenApart is not carried after they are joined again: it was approved for a pair with a past.
func TestWhatWasApprovedOfSomebodyTakenApart(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.run()
	n := 0
	for _, a := range b.world.Apart() {
		if a.Kind == simulation.Missing && a.Side == simulation.Federation {
			n = a.N
		}
	}
	b.approve()
	b.relinked(n)
	b.run()
	if held := b.held(); len(held.Changes) == 0 || slices.ContainsFunc(held.Changes, func(item port.PlannedItem) bool { return item.Person != "contact/"+b.contact(n) }) {
		t.Errorf("held is %+v, want what was approved of M%d and nothing else", held.Changes, n)
	}
}

// TestTakenApartBetweenTwoPolls is asked about also by a daemon, which asks the federation only for what has changed.
func TestTakenApartBetweenTwoPolls(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	poll := func() {
		t.Helper()
		if r, err := b.link.RunOnce(t.Context(), connector.Options{Deltas: true}); err != nil || r.Stopped != nil {
			t.Fatalf("%v, %s", err, text(r))
		}
	}
	poll()
	poll()
	done := b.unlink(n)
	poll()
	if q := b.question(conflicts.Match); q.ID != done.Asked[0] || b.partner(n) != "" {
		t.Errorf("asked is %s, want %s; linked with %q", q.ID, done.Asked[0], b.partner(n))
	}
	b.decide(done.Asked[0], conflicts.Answer{Verb: conflicts.Same})
	poll()
	if b.partner(n) == "" {
		t.Error("they are not linked again")
	}
	b.explained("linked again")
}

// TestJoinedWrongAndJoinedRight crosses two people, and puts that right: nothing is written either time, though every field of
// both differs in between.
func TestJoinedWrongAndJoinedRight(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	n, m := people[0], people[1]
	done := b.relink(n, m)
	if len(done.Apart) != 2 || done.Join == nil || done.Join.Club != "contact/"+b.contact(n) || done.Join.Federation != "members/"+b.member(m) {
		t.Fatalf("it says %+v", done)
	}
	b.run()
	b.run()
	b.untouched()
	if got := b.partner(n); got != "members/"+b.member(m) {
		t.Errorf("linked with %q", got)
	}
	if left := b.queue(conflicts.Match, conflicts.Open); len(left) != 1 || left[0].Club != "contact/"+b.contact(m) || left[0].Federation != "members/"+b.member(n) {
		t.Errorf("of those who are left it asks %+v", left)
	}
	b.explained("crossed")
	b.relink(n, n)
	b.relink(m, m)
	if _, err := b.link.Relink(t.Context(), "contact/"+b.contact(n), "members/"+b.member(n), "", false); !errors.Is(err, connector.ErrRegroup) {
		t.Errorf("they are joined a second time: %v", err)
	}
	b.run()
	for _, of := range people {
		if got := b.partner(of); got != "members/"+b.member(of) {
			t.Errorf("M%d is linked with %q", of, got)
		}
	}
	b.settle()
	b.once()
	if held := b.held(); len(held.Changes) > 0 {
		t.Errorf("held still: %+v", held.Changes)
	}
	b.explained("put right")
}

// TestNeverTheSameHolds takes two apart for good: neither another number of runs nor another name brings them together.
func TestNeverTheSameHolds(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.unlink(n)
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Different})
	b.run()
	b.atClub(n, func(c *fairgatetest.Contact) { c.Basefields.FirstName += "-Maria" })
	b.run()
	b.run()
	b.untouched()
	if b.partner(n) != "" || len(b.queue(conflicts.Match, conflicts.Open)) > 0 {
		t.Errorf("linked with %q, open: %s", b.partner(n), b.kinds())
	}
	b.relink(n, n)
	b.run()
	if b.partner(n) == "" {
		t.Error("a person cannot take it back")
	}
}

func TestNobodyTakenApart(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(2)
	dry, err := b.link.Unlink(t.Context(), "contact/"+b.contact(people[0]), "secretary", true)
	if err != nil || dry.Done || len(dry.Apart) != 1 || b.partner(people[0]) == "" {
		t.Errorf("a dry one says %+v, %v, and the two are linked with %q", dry, err, b.partner(people[0]))
	}
	for _, c := range []struct {
		name, club, federation string
		want                   error
	}{
		{"two who are linked with each other", "contact/" + b.contact(people[0]), "members/" + b.member(people[0]), connector.ErrRegroup},
		{"a contact that the club does not have", "contact/987654", "members/" + b.member(people[0]), connector.ErrRegroup},
		{"an affiliation that nobody has", "contact/" + b.contact(people[0]), "affiliations/0d8b4b6e-0000-4000-8000-000000000000", connector.ErrRegroup},
		{"a member where the club's document belongs", "members/0d8b4b6e-0000-4000-8000-000000000000", "members/" + b.member(people[0]), connector.ErrRegroup},
		{"a member whom the federation does not have", "contact/" + b.contact(people[0]), "members/0d8b4b6e-0000-4000-8000-000000000000", connector.ErrRegroup},
		{"nobody", "", "members/" + b.member(people[0]), connector.ErrPerson},
		{"two linked people with the sides exchanged", "members/" + b.member(people[0]), "contact/" + b.contact(people[1]), connector.ErrRegroup},
		{"a reference that nobody could have", "contact/" + b.contact(people[0]), "members/xx", connector.ErrRegroup},
	} {
		if _, err := b.link.Relink(t.Context(), c.club, c.federation, "", false); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := b.link.Unlink(t.Context(), "contact/987654", "", false); !errors.Is(err, connector.ErrPerson) {
		t.Errorf("somebody who is not there is taken apart: %v", err)
	}
	b.run()
	b.untouched()
	for _, n := range people {
		if b.partner(n) != "members/"+b.member(n) {
			t.Errorf("M%d was taken apart", n)
		}
	}
}
