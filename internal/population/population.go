// Package population invents the people of a Swiss gymnastics club, the same ones for the same seed.
//
// Nobody in it exists: names are drawn from lists of common ones, streets are named after gymnastics elements, phone numbers
// have the block 000, which no operator hands out, and e-mail addresses stand under the domains reserved for examples. The
// people are as awkward as real ones. Households come in forms (see forms.go), each of which exists to make one mistake of
// a synchroniser visible, and the forms repeat, so that any population of at least [Cycle] members has every one of them.
//
// The package knows neither of the two systems: it says who there is, not how somebody writes it down.
package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// NeighbourClub is the number of the club next door, to which a few people belong as well or only.
const NeighbourClub = "1.01.05.4522.00-7"

// Config says which population to invent.
type Config struct {
	// Seed chooses the people. Member N of a seed is the same person whatever the number of members.
	Seed uint64
	// Members is the number of people in the federation's scope.
	Members int
	// Today is the day the population lives in: ages, categories and past exits follow from it.
	Today Date
	// Mark is put into every name, street, place and e-mail address, so that a trace of any of them can be looked for;
	// lower-case letters, "" for none. Who is alike stays alike.
	Mark string
}

// Standing says what somebody is to the club.
type Standing string

// The standings. Only members are in the federation's scope.
const (
	Member    Standing = "member"    // a training member with a federation number
	Passive   Standing = "passive"   // reported to the federation as a bare number (categories 10 and 11)
	Former    Standing = "former"    // a member whose exit lies in the past, known to both sides
	Friend    Standing = "friend"    // a person without a membership
	Company   Standing = "company"   // a sponsor, no person at all
	Neighbour Standing = "neighbour" // a member of OtherClub only, whom the federation knows and this club does not
	Newcomer  Standing = "newcomer"  // known to nobody yet, joins today or later
)

// Person is one invented person, or a company.
type Person struct {
	// N is the person's number in this population, from 1. The members come first, so that M17 is N 17 in every population
	// of the same seed with at least 17 members.
	N        int
	Standing Standing
	// Household is shared by the people who live together; Form names the kind of household, for example "twins".
	Household int
	Form      string

	// LastName and FirstName are in NFC. Decomposed says that the club typed them on a machine that writes NFD.
	LastName, FirstName string
	Decomposed          bool
	// CompanyName is set for companies only, which have no other name.
	CompanyName string
	BirthDate   Date
	Gender      string // M or F
	Nationality string // ISO 3166 alpha-2
	Language    string // de, fr or it

	Street, PostalCode, City, Country string // Country is ISO 3166 alpha-2

	// Email is where the person is reached. It is not the person's own: children and some couples share one.
	Email string
	// PhoneMobile and PhonePrivate are in E.164 form, "" for none. A household shares its private phone.
	PhoneMobile, PhonePrivate string

	// MemberNumber is the federation's, six digits, some with a leading zero; "" for whom the federation does not know.
	MemberNumber string
	// Category is the federation's two-digit code, "" without a membership.
	Category string
	// HomeClub is true when this club, and not OtherClub, is the person's home club.
	HomeClub bool
	// OtherClub is the number of another club that the person is affiliated to as well, mostly "".
	OtherClub string

	EntryDate, ExitDate Date
	Functions           []Function
	Subscriptions       []Subscription
}

// Function is an office that somebody holds in the club.
type Function struct {
	Code, Organ string
	StartDate   Date
}

// Subscription is a publication that somebody receives.
type Subscription struct {
	Publication, Delivery string // Delivery is print or digital
	StartDate             Date
}

// Population is a club's people.
type Population struct {
	Today Date
	// People are in the order of N: the members, then everybody else.
	People []Person
	// Members is how many of them are members: People[:Members].
	Members int
}

// M returns the person with the number n. It panics on a number that nobody has, which is a mistake in the calling test.
func (p Population) M(n int) Person {
	if n < 1 || n > len(p.People) {
		panic(fmt.Sprintf("population: no person %d among %d", n, len(p.People)))
	}
	return p.People[n-1]
}

// Of returns the people of one standing, in the order of N.
func (p Population) Of(s Standing) []Person {
	var of []Person
	for _, person := range p.People {
		if person.Standing == s {
			of = append(of, person)
		}
	}
	return of
}

// Generate invents a population. It panics when Today is not a date: the program, not its user, chooses that.
func Generate(c Config) Population {
	g := &generator{
		config: c, year: c.Today.Year(),
		people: make(map[identity]bool), emails: make(map[string]bool),
	}
	g.households(forms(), c.Members)
	p := Population{Today: c.Today, Members: len(g.all)}
	// One outsider for every ten members, and never fewer than one of each kind.
	outside := outsiders()
	g.households(outside, len(g.all)+max(c.Members/10, size(outside)))
	for i := range g.all {
		g.all[i].mark(c.Mark)
	}
	p.People = g.all
	return p
}

// mark puts the mark into every text of a person that has one.
func (p *Person) mark(mark string) {
	for _, text := range []*string{&p.LastName, &p.FirstName, &p.CompanyName, &p.Street, &p.City} {
		if *text != "" {
			*text += mark
		}
	}
	if p.Email != "" {
		p.Email = mark + p.Email
	}
}

// identity is what two people never share here: the folded name and the birth date.
type identity struct {
	first, last string
	born        Date
}

// generator invents households one after the other.
type generator struct {
	config    Config
	year      int
	household int
	all       []Person
	people    map[identity]bool
	emails    map[string]bool
}

// households goes through the forms, again and again, until there are so many people.
func (g *generator) households(forms []form, until int) {
	for i := 0; len(g.all) < until; i++ {
		f := forms[i%len(forms)]
		g.household++
		// Each household has its own stream, so that one more draw in a form does not change all that follow.
		h := &household{
			generator: g, form: f, first: i < len(forms),
			rand: rand.New(rand.NewPCG(g.config.Seed, uint64(g.household))),
		}
		h.settle()
		for _, r := range f.roles {
			if len(g.all) == until {
				return
			}
			g.all = append(g.all, h.person(r))
		}
	}
}

// number returns the federation number of person n: six digits, no two alike, every tenth with a leading zero.
func (g *generator) number(n int) string {
	const span = 80000 // the five last digits run from 10000 to 89999, so that 09xxxx stays free for new members
	low := (uint64(n/10)*7919 + g.config.Seed%span) % span
	return fmt.Sprintf("%d%05d", n%10, 10000+low)
}

// namesake returns the last person before this household that stands in the form, whose name a stranger takes.
func (g *generator) namesake(form string) (Person, bool) {
	for _, p := range slices.Backward(g.all) {
		if p.Form == form {
			return p, true
		}
	}
	return Person{}, false
}
