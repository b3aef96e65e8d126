package connector_test

import (
	"errors"
	"slices"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
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
	return b.addContact(two.club, ""), b.addMember(two.federation)
}

// addContact puts somebody into the club's software, with a federation number or without, and returns the reference.
func (b *bench) addContact(c population.Person, number string) string {
	custom := map[string]any{}
	if number != "" {
		custom["101"] = number
	}
	membership := map[string]string{"01": "Aktive Turner", "04": "Aktive Turnerin"}
	return b.world.ClubSystem.Add(fairgatetest.Contact{
		Status: "active",
		Basefields: fairgatetest.Basefields{
			FirstName: c.FirstName, LastName: c.LastName, ContactType: "singleperson", Salutation: "informal",
			CorrespondenceLanguage: c.Language, Gender: map[string]string{"M": "male", "F": "female"}[c.Gender], Birthday: string(c.BirthDate),
		},
		Membership:    fairgatetest.Membership{Membership: membership[c.Category], FirstJoiningDate: "2026-03-01"},
		CorrAddress:   fairgatetest.Address{Street: c.Street, City: c.City, PostaleCode: c.PostalCode, Country: "CH"},
		Communication: fairgatetest.Communication{PrimaryEmail: c.Email},
		CustomFields:  custom,
	})
}

// addMember puts somebody into the federation, and returns the reference.
func (b *bench) addMember(f population.Person) string {
	return b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: f.LastName, FirstName: f.FirstName, BirthDate: string(f.BirthDate), Gender: f.Gender, Language: f.Language,
		Street: f.Street, PostalCode: f.PostalCode, City: f.City, Country: "CH", Email: f.Email,
	}, stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: f.Category, EntryDate: "2026-03-01", Primary: true}).ID
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

// TestAlikeAnsweredAtOnce answers for all who agree in everything at once, and for nobody else.
func TestAlikeAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	for _, name := range []string{"Reckwart", "Barrena"} {
		p := newcomer(b)
		p.LastName, p.FirstName, p.Email, p.BirthDate = name, name, name+"@example.org", p.BirthDate.Add(-len(name), 0, 0)
		b.add(twosome{p, p})
	}
	moved := newcomer(b)
	moved.Street = "Ringeweg 3"
	b.add(twosome{newcomer(b), moved})
	b.run()
	if open := b.queue(conflicts.Match, conflicts.Open); len(open) != 3 {
		t.Fatalf("%d questions are open, want 3: %s", len(open), b.kinds())
	}
	for _, verb := range []conflicts.Verb{conflicts.Different, conflicts.New} {
		if n, err := b.link.Decide(t.Context(), connector.AllAlike, conflicts.Answer{Verb: verb}); !errors.Is(err, connector.ErrAnswer) {
			t.Errorf("%s was said of %d at once: %v", verb, n, err)
		}
	}
	n, err := b.link.Decide(t.Context(), connector.AllAlike, conflicts.Answer{Verb: conflicts.Same})
	if err != nil || n != 2 {
		t.Errorf("answered %d questions, %v; want 2", n, err)
	}
	if left := b.question(conflicts.Match); left.Group != "" || !slices.ContainsFunc(left.Evidence, func(e conflicts.Evidence) bool {
		return e.Field == "street" && e.Verdict == "differs" && e.Federation.Text() == moved.Street
	}) {
		t.Errorf("left is %+v; want the one who has moved, with what speaks against it", left)
	}
	if r := b.run(); r.Linked != 2 {
		t.Errorf("%d were linked, want 2", r.Linked)
	}
}

// TestTwinsAreAskedAboutOnceEach has twins entered twins on both sides without numbers: two questions, not four, and nobody is created over a
// question that waits for a better one. Answered that the likeliest are different, those that waited are asked.
func TestTwinsAreAskedAboutOnceEach(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	one := newcomer(b)
	other := one
	other.FirstName, other.Email = "Reckwart", "reckwart@example.org"
	contact, _ := b.add(twosome{one, one})
	_, brother := b.add(twosome{other, other})
	club, federation := b.size()
	b.run()
	b.run()
	b.untouched()
	open := b.queue(conflicts.Match, conflicts.Open)
	if len(open) != 2 {
		t.Fatalf("%d questions are open, want 2: %s", len(open), b.kinds())
	}
	for _, q := range open {
		b.decide(q.ID, conflicts.Answer{Verb: conflicts.Different})
	}
	b.run()
	b.grew(club, federation, 0, 0)
	crossed := func(q conflicts.Question) bool {
		return q.Club == "contact/"+contact && q.Federation == "members/"+brother
	}
	if open := b.queue(conflicts.Match, conflicts.Open); !slices.ContainsFunc(open, crossed) {
		t.Errorf("the pair that waited is not asked about: %s", b.kinds())
	}
}

// TestNobodyIsCreatedOverAPairThatWaits enters at the federation twins of whom the club has one. The other is nobody's likeliest,
// and is not created at the club before it is said who the club's is.
func TestNobodyIsCreatedOverAPairThatWaits(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	one := newcomer(b)
	b.add(twosome{one, one})
	sister := one
	sister.FirstName, sister.Email = "Reckwart", "reckwart@example.org"
	b.addMember(sister)
	club, federation := b.size()
	b.run()
	b.run()
	b.untouched()
	b.explained("she waits for her sister")
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Same})
	b.run()
	b.grew(club, federation, 1, 0)
	b.settle()
	b.grew(club, federation, 1, 0)
}
