package connector_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/population"
	"passerelle/internal/record"
)

// joined adds a newcomer on a side alone.
func (b *bench) joined(side record.Side) population.Person {
	b.tb.Helper()
	p := newcomer(b)
	contact, member := b.add(twosome{p, p})
	if side == record.Federation {
		b.world.ClubSystem.Remove(contact)
	} else if err := b.world.FederationSystem.RemoveMember(member); err != nil {
		b.tb.Fatal(err)
	}
	return p
}

func TestACreationOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	ops := map[record.Side]string{record.Club: "contacts.create", record.Federation: "members.create"}
	for _, side := range record.Sides() {
		for _, c := range []struct {
			name  string
			kind  faults.Kind
			sends int // how often it is sent in all
		}{
			{"cut before the effect: it is sent once more when two lists lack the person", faults.CutBefore, 2},
			{"cut after the effect: it is found and not sent again", faults.CutAfter, 1},
			{"an error after the effect: the same", faults.ErrorAfter, 1},
			{"a page of a proxy after the effect: the same", faults.HTMLAfter, 1},
			{"half an answer: the same", faults.Truncated, 1},
			{"out of order before the effect: it is sent once more", faults.ServerError, 2},
		} {
			t.Run(string(side)+" "+c.name, func(t *testing.T) {
				t.Parallel()
				b := linked(t, 34)
				b.joined(side.Other())
				club, federation := b.size()
				b.forget()
				if err := b.world.AddFaults(faults.Rule{Op: ops[side], Kind: c.kind, Times: 1}); err != nil {
					t.Fatal(err)
				}
				r := b.run()
				if r.Unknown != 1 || len(b.sent(side)) != 1 {
					t.Fatalf("%v was sent: %s", b.sent(side), text(r))
				}
				b.run()
				if n := len(b.sent(side)); n != 1 && c.sends == 2 {
					t.Errorf("it was sent again after one look: %v", b.sent(side))
				}
				b.run()
				creations := 0
				for _, op := range b.sent(side) {
					if op == ops[side] {
						creations++
					}
				}
				if creations != c.sends {
					t.Errorf("it was sent %d times, want %d", creations, c.sends)
				}
				b.settle()
				want := map[record.Side][2]int{record.Club: {1, 0}, record.Federation: {0, 1}}[side]
				b.grew(club, federation, want[0], want[1])
				b.once()
				if open := b.kinds(); open != "" {
					t.Errorf("it is asked about: %s", open)
				}
			})
		}
	}
}

// TestALateReplicaMakesNobodyTwice loses the answer to a creation, and then a list comes from before it.
func TestALateReplicaMakesNobodyTwice(t *testing.T) {
	t.Parallel()
	for side, ops := range map[record.Side][2]string{
		record.Club: {"contacts.create", "contacts.list"}, record.Federation: {"members.create", "members.list"},
	} {
		t.Run(string(side), func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			b.joined(side.Other())
			club, federation := b.size()
			if err := b.world.AddFaults(faults.Rule{Op: ops[0], Kind: faults.CutAfter, Times: 1}, faults.Rule{Op: ops[1], Kind: faults.Stale, After: 1, Times: 1}); err != nil {
				t.Fatal(err)
			}
			for range 5 {
				b.run()
			}
			want := map[record.Side][2]int{record.Club: {1, 0}, record.Federation: {0, 1}}[side]
			b.grew(club, federation, want[0], want[1])
			b.once()
			if open := b.kinds(); open != "" {
				t.Errorf("it is asked about: %s", open)
			}
		})
	}
}

// TestACreationThatIsNeverAnswered is sent twice and then asked about.
func TestACreationThatIsNeverAnswered(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.joined(record.Club)
	club, federation := b.size()
	b.forget()
	if err := b.world.AddFaults(faults.Rule{Op: "members.create", Kind: faults.ServerError}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		b.run()
	}
	if sent := b.sent(record.Federation); len(sent) != 2 {
		t.Errorf("sent %v, want two", sent)
	}
	q := b.question(conflicts.Refused)
	b.world.FederationSystem.Faults().Clear()
	b.run()
	b.grew(club, federation, 0, 0)
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.New})
	b.settle()
	b.grew(club, federation, 0, 1)
	b.once()
}

// TestARefusedField is taken out, the rest is sent, and it is not sent again before its value changes (DESIGN decision 11).
func TestARefusedField(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(2)
	id := b.contact(n[0])
	taken := contactOf(b, b.contact(n[1])).Communication.PrimaryEmail
	if taken == "" {
		t.Fatal("nobody to take an e-mail from")
	}
	b.policy = map[string]conflicts.Rule{"member.email": {Owner: conflicts.OwnerBoth}}
	b.link = connector.New(b.config())
	was := contactOf(b, id).Communication.PrimaryEmail
	b.atFederation(n[0], func(m *stvtest.Member) { m.Email, m.PhoneMobile = taken, "+41790001111" })
	b.run()
	if got := contactOf(b, id).Communication; got.PrimaryEmail != was || got.Mobile == "" {
		t.Errorf("the rest was not written, or what is refused was")
	}
	b.both(n[0], "member.phoneMobile", "+41790001111", "+41790001111")
	if sent := b.sent(record.Club); len(sent) != 2 {
		t.Errorf("sent %v, want the whole once and the rest once", sent)
	}
	q := b.question(conflicts.Refused)
	if !slices.Equal(q.Fields, []record.Field{"email"}) {
		t.Errorf("asked about %v", q.Fields)
	}
	b.settle() // without sending it again
	b.atFederation(n[0], func(m *stvtest.Member) { m.Email = "frei.7@example.org" })
	b.run()
	b.both(n[0], "member.email", "frei.7@example.org", "frei.7@example.org")
	if open := b.kinds(); open != "" {
		t.Errorf("still asked: %s", open)
	}
}

// TestAnEditBetweenListAndWrite is not written over.
func TestAnEditBetweenListAndWrite(t *testing.T) {
	t.Parallel()
	t.Run("at the federation", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		n := b.people(1)[0]
		id := b.member(n)
		club := b.mobile(record.Club, n, "790001111")
		b.world.FederationSystem.BeforeEach(onceAt("subscriptions.list", func() {
			if err := b.world.FederationSystem.EditMember(id, func(m *stvtest.Member) { m.PhoneMobile = "+41790002222" }); err != nil {
				t.Error(err)
			}
		}))
		b.run()
		b.untouched()
		b.both(n, "member.phoneMobile", club, "+41790002222")
		b.run()
		b.question(conflicts.BothChanged)
		b.untouched()
	})
	t.Run("between the look and the write at the federation, where the version does not stand any more", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		n := b.people(1)[0]
		id := b.member(n)
		club := b.mobile(record.Club, n, "790001111")
		b.world.FederationSystem.BeforeEach(onceAt("members.change", func() {
			if err := b.world.FederationSystem.EditMember(id, func(m *stvtest.Member) { m.PhoneMobile = "+41790002222" }); err != nil {
				t.Error(err)
			}
		}))
		b.run()
		b.both(n, "member.phoneMobile", club, "+41790002222")
		b.run()
		b.question(conflicts.BothChanged)
		b.both(n, "member.phoneMobile", club, "+41790002222")
	})
	t.Run("another field of the same contact at the club", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		n := b.people(1)[0]
		id := b.contact(n)
		want := b.mobile(record.Federation, n, "790001111")
		b.world.ClubSystem.BeforeEach(onceAt(fairgatetest.OpRead, func() {
			b.world.ClubSystem.Edit(id, func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Barrenweg 3" })
		}))
		b.run()
		if got := b.holds(record.Club, n, "member.street"); got != "Barrenweg 3" {
			t.Fatal("the street was written over")
		}
		b.settle()
		b.both(n, "member.street", "Barrenweg 3", "Barrenweg 3")
		b.both(n, "member.phoneMobile", want, want)
	})
}

// onceAt calls fn before the first request of an operation.
func onceAt(op string, fn func()) func(string) {
	var first sync.Once
	return func(got string) {
		if got == op {
			first.Do(fn)
		}
	}
}

// TestSomebodyMadeBetweenListAndCreation is a person whom staff of the federation enter while the run is under way: the
// federation's refusal names a number that no listing has shown as ours.
func TestSomebodyMadeBetweenListAndCreation(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	p := b.joined(record.Club)
	club, federation := b.size()
	b.world.FederationSystem.BeforeEach(onceAt("members.create", func() {
		b.world.FederationSystem.AddMember(stvtest.Member{
			LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
			Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: "CH",
		}, stvtest.Affiliation{ClubNumber: "1.01.05.4521.00-0", Category: p.Category, EntryDate: "2026-03-01", Primary: true})
	}))
	b.run()
	b.question(conflicts.AlreadyExists)
	b.run()
	b.run()
	b.grew(club, federation, 0, 1)
	match := b.question(conflicts.Match)
	b.decide(match.ID, conflicts.Answer{Verb: conflicts.Same})
	b.settle()
	b.grew(club, federation, 0, 1)
	b.once()
	if open := b.kinds(); open != "" {
		t.Errorf("still asked: %s", open)
	}
}

// TestNothingElseIsWritten holds that a write touches nothing that nobody maps.
func TestNothingElseIsWritten(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	id := b.contact(n)
	before := contactOf(b, id)
	b.mobile(record.Federation, n, "790001111")
	b.run()
	after := contactOf(b, id)
	before.Communication.Mobile, after.Communication.Mobile = "", ""
	before.Basefields.LastUpdate = after.Basefields.LastUpdate
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("more than the phone was changed:\n%s", diff)
	}
	if ops := b.sent(record.Club); !slices.Equal(ops, []string{fairgatetest.OpChange}) {
		t.Errorf("sent %v", ops)
	}
}

func contactOf(b *bench, id string) fairgatetest.Contact {
	for _, c := range b.world.ClubSystem.Contacts() {
		if c.Basefields.ContactID == id {
			return c
		}
	}
	b.tb.Fatalf("no contact %s", id)
	return fairgatetest.Contact{}
}
