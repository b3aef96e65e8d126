package simulation

import (
	"math/rand/v2"
	"slices"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// ApartKind is a way in which two systems that nobody linked grow apart.
type ApartKind string

// The kinds, and what the first link must make of each.
const (
	Missing     ApartKind = "missing"       // one side has no value: it is completed from the other
	Differs     ApartKind = "differs"       // both sides have a value, and not the same: a question
	Unnumbered  ApartKind = "unnumbered"    // the club alone knows the person, without a number: created at the federation
	Unlisted    ApartKind = "unlisted"      // the federation alone knows the member: created at the club
	SharedEmail ApartKind = "shared e-mail" // an e-mail that the club refuses, because it is somebody else's: a question
)

// Apart is one thing in which the two sides did not agree before the first link.
type Apart struct {
	N    int
	Kind ApartKind
	// Side is where something lacks; for Differs it is "".
	Side Side
	// Fields are the member's fields concerned, a whole group where one moves as a whole; nil where the person lacks.
	Fields []string
}

// Apart returns what did not agree before the first link, in the order of N.
func (w *World) Apart() []Apart { return slices.Clone(w.apart) }

// addressFields returns the group of fields that moves as one and that the club has places for.
func addressFields() []string { return []string{"street", "postalCode", "city", "country"} }

// growApart decides what does not agree: about one person in six lacks something on one side, one in fifty differs, and a
// few are known to one side only.
func (w *World) growApart(r *rand.Rand) []Apart {
	people := w.People.Of(population.Member)
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	var apart []Apart
	take := func(count int, is func(population.Person) bool, what func(population.Person) Apart) {
		for _, p := range people {
			if count == 0 {
				return
			}
			if w.taken[p.N] || p.OtherClub != "" || p.Form == sharedForm || !is(p) {
				continue
			}
			a := what(p)
			a.N = p.N
			apart, count = append(apart, a), count-1
			w.taken[p.N] = true
		}
	}
	members := w.People.Members
	few := min(5, max(2, members/100))
	unmistakable := w.unmistakable()
	unnumbered := func(population.Person) Apart { return Apart{Kind: Unnumbered, Side: Federation} }
	// One has a function, which must wait for the member. The other officers are left for edits.
	take(1, func(p population.Person) bool { return unmistakable(p) && !ordinary(p) && reachable(p) }, unnumbered)
	take(few-1, func(p population.Person) bool { return unmistakable(p) && ordinary(p) }, unnumbered)
	take(few, func(p population.Person) bool { return unmistakable(p) && ordinary(p) }, func(population.Person) Apart {
		return Apart{Kind: Unlisted, Side: Club}
	})
	take(max(1, members/50), easy, func(population.Person) Apart {
		return Apart{Kind: Differs, Fields: [][]string{{"phoneMobile"}, {"street"}, {"lastName"}}[r.IntN(3)]}
	})
	take(members*15/100, easy, func(population.Person) Apart {
		side := []Side{Club, Federation}[r.IntN(2)]
		lacking := [][]string{{"phoneMobile"}, {"email"}}
		if side == Club { // The federation insists on these.
			lacking = append(lacking, []string{"gender"}, addressFields())
		}
		return Apart{Kind: Missing, Side: side, Fields: lacking[r.IntN(len(lacking))]}
	})
	if p, ok := w.secondOfCouple(); ok {
		apart = append(apart, Apart{N: p.N, Kind: SharedEmail, Side: Club, Fields: []string{"email"}})
		w.taken[p.N] = true
	}
	slices.SortFunc(apart, func(a, b Apart) int { return a.N - b.N })
	return apart
}

// sharedForm is the form of the households whose adults share an address.
const sharedForm = "one address for two"

// secondOfCouple returns the first person whose address is the primary one of somebody else at the club.
func (w *World) secondOfCouple() (population.Person, bool) {
	for _, p := range w.People.Of(population.Member) {
		if p.Form == sharedForm && w.emailPlace(p) == noPlace {
			return p, true
		}
	}
	return population.Person{}, false
}

// reachable is somebody whose e-mail and mobile phone can change or lack.
func reachable(p population.Person) bool { return p.Email != "" && p.PhoneMobile != "" }

// ordinary is somebody without a function.
func ordinary(p population.Person) bool { return len(p.Functions) == 0 }

func easy(p population.Person) bool { return reachable(p) && ordinary(p) }

// unmistakable returns whether nobody else could be taken for a person: by the same birth date with one equal name, or by
// the same first and last name.
func (w *World) unmistakable() func(population.Person) bool {
	return func(p population.Person) bool {
		return !slices.ContainsFunc(w.People.People, func(o population.Person) bool {
			if o.N == p.N {
				return false
			}
			first := population.Fold(o.FirstName) == population.Fold(p.FirstName)
			last := population.Fold(o.LastName) == population.Fold(p.LastName)
			return first && last || o.BirthDate == p.BirthDate && (first || last)
		})
	}
}

// of reports whether something of the kind is among what has grown apart about a person.
func of(kind ApartKind, apart []Apart) bool {
	return slices.ContainsFunc(apart, func(a Apart) bool { return a.Kind == kind })
}

// about returns what has grown apart about person n.
func (w *World) about(n int) []Apart {
	var about []Apart
	for _, a := range w.apart {
		if a.N == n {
			about = append(about, a)
		}
	}
	return about
}

// dropAtClub makes the contact lack what the club lacks.
func dropAtClub(c *fairgatetest.Contact, apart []Apart) {
	for _, a := range apart {
		if a.Kind != Missing || a.Side != Club {
			continue
		}
		for _, field := range a.Fields {
			switch field {
			case "phoneMobile":
				c.Communication.Mobile = ""
			case "email":
				c.Communication.PrimaryEmail, c.Communication.EmailParent1 = "", ""
			case "gender":
				c.Basefields.Gender = ""
			default: // The rest are the address.
				c.CorrAddress = fairgatetest.Address{}
			}
		}
	}
}

// ageAtFederation makes the member lack what the federation lacks, and hold what was true once.
func ageAtFederation(m *stvtest.Member, apart []Apart) {
	for _, a := range apart {
		for _, field := range a.Fields {
			switch {
			case a.Kind == Missing && a.Side == Federation && field == "phoneMobile":
				m.PhoneMobile = ""
			case a.Kind == Missing && a.Side == Federation && field == "email":
				m.Email = ""
			case a.Kind == Differs && field == "phoneMobile":
				m.PhoneMobile = spacedPhone(replacementPhone(a.N, 1))
			case a.Kind == Differs && field == "street":
				m.Street = "Alte " + m.Street
			case a.Kind == Differs && field == "lastName":
				m.LastName += "-Ledig"
			}
		}
	}
}
