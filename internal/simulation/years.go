package simulation

import (
	"math/rand/v2"
	"slices"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/population"
)

// The ways in which a club's own list drifts away over years, besides those of every world. The federation's stays right.
const (
	NoNumber    ApartKind = "no number"         // the club never noted the federation number
	Mistyped    ApartKind = "mistyped"          // nor that, and the last name has a typing error
	Misdated    ApartKind = "misdated"          // nor that, and day and month of the birth date are exchanged
	Married     ApartKind = "married"           // the club has the name after a marriage
	OtherDay    ApartKind = "other day"         // the birth date is another day of the month
	Moved       ApartKind = "moved"             // the club has the new street and mobile phone
	NumberOfKin ApartKind = "number of kin"     // two of a household have each other's number
	SecondFirst ApartKind = "second first name" // the club has both first names, and no number
)

// rare is the share of the members, in per cent, of the rarer kinds.
const rare = 2

// drift adds to what has grown apart what years of keeping two lists by hand do, so that about a third of the people differ.
func (w *World) drift(r *rand.Rand) {
	people := w.People.Of(population.Member)
	r.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	for _, pair := range w.kin(people) {
		w.grow(pair[0], NumberOfKin)
		w.grow(pair[1], NumberOfKin)
	}
	unmistakable := w.unmistakable()
	for _, share := range []struct {
		kind    ApartKind
		percent int
	}{
		{NoNumber, 5}, {Moved, 3}, {Mistyped, rare}, {Misdated, rare}, {Married, rare}, {OtherDay, rare}, {SecondFirst, rare},
	} {
		left := max(1, w.People.Members*share.percent/100) //nolint:mnd // per cent
		for i := range people {
			p := &people[i]
			if left == 0 {
				break
			}
			if w.taken[p.N] || p.OtherClub != "" || p.Form == sharedForm || !easy(*p) || !unmistakable(*p) || !share.kind.fits(p) {
				continue
			}
			w.grow(p.N, share.kind)
			left--
		}
	}
	slices.SortStableFunc(w.apart, func(a, b Apart) int { return a.N - b.N })
}

func (w *World) grow(n int, kind ApartKind) {
	w.apart = append(w.apart, Apart{N: n, Kind: kind})
	w.taken[n] = true
}

// fits reports whether a person can differ in this way.
func (k ApartKind) fits(p *population.Person) bool {
	day, month := p.BirthDate[8:], p.BirthDate[5:7]
	return (k != Misdated || day <= "12" && day != month) && (k != OtherDay || day != "15") &&
		(k != Mistyped || len([]rune(p.LastName)) > len("ab"))
}

// kin returns two of one household each, two such pairs at most, the first of them of the same age where there are such.
func (w *World) kin(people []population.Person) [][2]int {
	var twins, others [][2]int
	for i := range people {
		for j := range people {
			a, b := &people[i], &people[j]
			if a.N >= b.N || a.Household != b.Household || a.LastName != b.LastName || w.taken[a.N] || w.taken[b.N] || a.OtherClub+b.OtherClub != "" {
				continue
			}
			if a.BirthDate == b.BirthDate {
				twins = append(twins, [2]int{a.N, b.N})
			} else if a.Form != sharedForm {
				others = append(others, [2]int{a.N, b.N})
			}
		}
	}
	pairs := twins[:min(1, len(twins))]
	for _, o := range others {
		if len(pairs) < 2 && !slices.ContainsFunc(pairs, func(p [2]int) bool { return slices.Contains(p[:], o[0]) || slices.Contains(p[:], o[1]) }) {
			pairs = append(pairs, o)
		}
	}
	return pairs
}

// driftAtClub makes a contact what years have made of it.
func (w *World) driftAtClub(c *fairgatetest.Contact, p *population.Person, apart []Apart) {
	for _, a := range apart {
		switch a.Kind {
		case NoNumber:
			w.setNumber(c, "")
		case Mistyped:
			letters := []rune(p.LastName)
			letters[1], letters[2] = letters[2], letters[1]
			c.Basefields.LastName = string(letters)
			w.setNumber(c, "")
		case Misdated:
			c.Basefields.Birthday = string(p.BirthDate[:5] + p.BirthDate[8:] + "-" + p.BirthDate[5:7])
			w.setNumber(c, "")
		case SecondFirst:
			c.Basefields.FirstName += map[string]string{"M": " Maria", "F": " Andrea"}[p.Gender]
			w.setNumber(c, "")
		case Married:
			c.Basefields.LastName = "Schwebebalken"
		case OtherDay:
			c.Basefields.Birthday = string(p.BirthDate[:8]) + "15"
		case Moved:
			c.CorrAddress.Street = "Neue " + c.CorrAddress.Street
			c.Communication.Mobile = replacementPhone(p.N, 2) //nolint:mnd // the second other number of a person
		case NumberOfKin:
			w.setNumber(c, w.numberOfKin(p))
		case Missing, Differs, Unnumbered, Unlisted, SharedEmail:
		}
	}
}

func (w *World) setNumber(c *fairgatetest.Contact, number string) {
	if w.federationShape() {
		c.FederationData.FederationContactID = number
		return
	}
	delete(c.CustomFields, numberPlace)
	if number != "" {
		c.CustomFields[numberPlace] = number
	}
}

// numberOfKin returns the number of the other of a household who has this one's.
func (w *World) numberOfKin(p *population.Person) string {
	for _, a := range w.apart {
		if o := w.People.M(a.N); a.Kind == NumberOfKin && o.N != p.N && o.Household == p.Household {
			return o.MemberNumber
		}
	}
	return ""
}

// Differ returns how many people are not alike in both systems.
func (w *World) Differ() int {
	people := map[int]bool{}
	for _, a := range w.apart {
		people[a.N] = true
	}
	return len(people)
}

// Same reports whether a contact and a member, by their references, are of one person.
func (w *World) Same(contact, member string) bool {
	of := map[string]int{}
	for i, seen := range w.Everybody() {
		for _, s := range slices.Concat(seen.Club, seen.Federation) {
			of[s.Ref] = i + 1
		}
	}
	return of[contact] != 0 && of[contact] == of[member]
}
