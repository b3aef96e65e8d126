package connector_test

import (
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
	"passerelle/internal/simulation"
)

// A twosome is somebody whom the club has, without a number, and somebody whom the federation has.
type twosome struct{ club, federation population.Person }

// newcomer is somebody whom neither side knows yet.
func newcomer(b *bench) population.Person {
	p := b.world.People.Of(population.Newcomer)[0]
	p.Category = map[string]string{"M": "01", "F": "04"}[p.Gender]
	return p
}

// add puts both into their systems, and returns the references.
func (b *bench) add(two twosome) (contact, member string) {
	b.tb.Helper()
	c, f := two.club, two.federation
	membership := map[string]string{"01": "Aktive Turner", "04": "Aktive Turnerin"}
	id := b.world.ClubSystem.Add(fairgatetest.Contact{
		Status: "active",
		Basefields: fairgatetest.Basefields{
			FirstName: c.FirstName, LastName: c.LastName, ContactType: "singleperson", Salutation: "informal",
			CorrespondenceLanguage: c.Language, Gender: map[string]string{"M": "male", "F": "female"}[c.Gender], Birthday: string(c.BirthDate),
		},
		Membership:    fairgatetest.Membership{Membership: membership[c.Category], FirstJoiningDate: "2026-03-01"},
		CorrAddress:   fairgatetest.Address{Street: c.Street, City: c.City, PostaleCode: c.PostalCode, Country: "CH"},
		Communication: fairgatetest.Communication{PrimaryEmail: c.Email},
		CustomFields:  map[string]any{},
	})
	m := b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: f.LastName, FirstName: f.FirstName, BirthDate: string(f.BirthDate), Gender: f.Gender, Language: f.Language,
		Street: f.Street, PostalCode: f.PostalCode, City: f.City, Country: "CH", Email: f.Email,
	}, stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: f.Category, EntryDate: "2026-03-01", Primary: true})
	return id, m.ID
}

// married is somebody with another last name at the federation.
func married(b *bench) twosome {
	p := newcomer(b)
	q := p
	q.LastName = "Bodenturner"
	return twosome{p, q}
}

// size is how many people each side holds.
func (b *bench) size() (club, federation int) {
	return len(b.world.ClubSystem.Contacts()), len(b.world.FederationSystem.Members())
}

func (b *bench) grew(club, federation, byClub, byFederation int) {
	b.tb.Helper()
	gotClub, gotFederation := b.size()
	if gotClub != club+byClub || gotFederation != federation+byFederation {
		b.tb.Errorf("%d contacts and %d members came to be, want %d and %d", gotClub-club, gotFederation-federation, byClub, byFederation)
	}
}

func TestPerhapsTheSamePerson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                     string
		answer                   conflicts.Verb
		byClub, byFederation     int
		linked                   bool
		openAfterwards, answered int
	}{
		{"the same: the two are linked and the club has the number", conflicts.Same, 0, 0, true, 0, 0},
		{"different: each is created on the other side", conflicts.Different, 1, 1, false, 0, 0},
		{"new: as different", conflicts.New, 1, 1, false, 0, 0},
		{"later: nothing happens", conflicts.Later, 0, 0, false, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			contact, member := b.add(married(b))
			club, federation := b.size()
			b.run()
			b.untouched()
			q := b.question(conflicts.Match)
			if q.Club != "contact/"+contact || q.Federation != "members/"+member {
				t.Fatalf("asked about %s and %s", q.Club, q.Federation)
			}
			b.run()
			b.untouched()
			b.decide(q.ID, conflicts.Answer{Verb: c.answer})
			b.settle()
			b.grew(club, federation, c.byClub, c.byFederation)
			if got := len(b.queue(conflicts.Match, conflicts.Answered)); got != c.answered {
				t.Errorf("%d questions stay answered, want %d", got, c.answered)
			}
			number := ""
			for _, m := range b.world.FederationSystem.Members() {
				if m.ID == member {
					number = m.MemberNumber
				}
			}
			got := ""
			for _, k := range b.world.ClubSystem.Contacts() {
				if k.Basefields.ContactID == contact {
					got, _ = k.CustomFields["101"].(string)
				}
			}
			if (got == number) != c.linked {
				t.Errorf("linked with the number: %v, want %v", got == number, c.linked)
			}
		})
	}
}

// TestEqualInEverythingIsStillAsked holds that no number of equal fields links by itself.
func TestEqualInEverythingIsStillAsked(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	p := newcomer(b)
	b.add(twosome{p, p})
	b.run()
	b.untouched()
	b.question(conflicts.Match)
}

// TestHouseholds is INCIDENTS 17: what a household shares is never evidence of a person.
func TestHouseholds(t *testing.T) {
	t.Parallel()
	t.Run("a shared e-mail, address and last name make no candidates", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		elder := newcomer(b)
		younger := elder
		younger.FirstName, younger.BirthDate = "Reckwart", elder.BirthDate.Add(2, 1, 3)
		b.add(twosome{elder, younger})
		club, federation := b.size()
		b.settle()
		if asked := b.queue(conflicts.Match); len(asked) > 0 {
			t.Errorf("it is asked whether they are the same: %s", b.kinds())
		}
		b.grew(club, federation, 1, 1)
	})
	t.Run("twins are asked about and never linked", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		one := newcomer(b)
		other := one
		other.FirstName = "Reckwart"
		b.add(twosome{one, other})
		club, federation := b.size()
		b.run()
		b.run()
		b.untouched()
		b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Different})
		b.settle()
		b.grew(club, federation, 1, 1)
	})
}

// TestDifferentAlthoughEqual is an answer that the federation contradicts: it refuses a second person of one name and birth
// date. Nobody is linked against the answer, and nobody is doubled.
func TestDifferentAlthoughEqual(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	p := newcomer(b)
	b.add(twosome{p, p})
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Different})
	_, federation := b.size()
	b.settle()
	if _, now := b.size(); now != federation {
		t.Errorf("%d members came to be", now-federation)
	}
	b.question(conflicts.AlreadyExists)
	if n := len(b.queue(conflicts.Match, conflicts.Open)); n > 0 {
		t.Errorf("%d are asked about again", n)
	}
}

// TestSameOfSomebodyWhoHasLeft answers that the club's member is one who has left the federation and came to rest: what the
// person was there counts, so it is a question, and nobody waits for good.
func TestSameOfSomebodyWhoHasLeft(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.world.Invent(recruit(len(b.world.People.People)))
	for _, side := range []simulation.Side{simulation.Club, simulation.Federation} {
		if err := b.world.Join(side, n); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.world.Type(simulation.Federation, n, "affiliation.exitDate", string(b.world.Today())); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Same})
	b.run()
	if r := b.run(); r.Waiting != 0 {
		t.Errorf("%d changes wait for what does not come", r.Waiting)
	}
	b.question(conflicts.EndedAndChanged)
	b.explained("asked")
}
