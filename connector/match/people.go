package match

import (
	"strconv"
	"strings"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// A person is one record in the forms in which it is compared. An empty value is none.
type person struct {
	ref         string
	number      string
	last, first name
	born        record.Date
	gender      string
	home        string // street and postal code
	private     string
	mobile      string
	email       string
}

func personOf(m *record.Record) person {
	text := func(f record.Field) string { return m.Value(f).Text() }
	p := person{
		ref: m.Ref.Document, number: text(memberNumber), last: lastNameOf(text(lastName)), first: firstNameOf(text(firstName)),
		born: bornOn(text(birthDate)), gender: text(gender), private: text(phonePrivate), mobile: text(phoneMobile), email: text(email),
	}
	if road := mapping.FoldName(text(street)); road != "" {
		p.home = record.Identity(road, text(postalCode))
	}
	return p
}

// peopleOf returns the people of a list, in its order.
func peopleOf(list []*record.Record) []person {
	people := make([]person, len(list))
	for i, m := range list {
		people[i] = personOf(m)
	}
	return people
}

// bornOn reads a birth date. One up to the first day of 1900 stands for none: programs put it where they have no date.
func bornOn(text string) record.Date {
	d, err := record.ParseDate(text)
	if err != nil || !(record.Date{Year: 1900, Month: 1, Day: 1}).Before(d) {
		return record.Date{}
	}
	return d
}

// Keys returns what makes a record a candidate for another, as plain text: the two names, and the birth date with each of
// them, in every form of the names. Candidates share one of the keys or their federation number. Who shares one is a candidate, but
// for two first names that only have a part or the name behind them in common (Marie-Claude and Marie-Louise, Lisa and
// Elsa), which only Compare tells apart.
func Keys(m *record.Record) []string {
	p := personOf(m)
	return p.keys()
}

func (p *person) keys() []string {
	var keys []string
	for _, last := range p.last.forms {
		for _, first := range p.first.forms {
			keys = append(keys, record.Identity("names", last, first))
		}
	}
	if p.born.IsZero() {
		return keys
	}
	for _, last := range p.last.forms {
		keys = append(keys, record.Identity("born last", p.born.String(), last))
	}
	for _, first := range p.first.forms {
		keys = append(keys, record.Identity("born first", p.born.String(), first))
	}
	return keys
}

// compareBorn returns whether birth dates are the same, or as near as one mistake in writing them down.
func compareBorn(a, b record.Date) (Verdict, string) {
	switch {
	case a.IsZero() || b.IsZero():
		return Unknown, ""
	case a == b:
		return Equal, ""
	case a.Year == b.Year && (a.Month == b.Month || a.Day == b.Day):
		return Near, partOff
	case a.Month == b.Month && a.Day == b.Day && mistyped(strconv.Itoa(a.Year), strconv.Itoa(b.Year)):
		return Near, partOff // another year is a mistake by one digit, and not that of a father and his son
	case a.Year == b.Year && int(a.Month) == b.Day && a.Day == int(b.Month):
		return Near, exchanged
	}
	return Differs, ""
}

// carries reports whether the part of an e-mail address before the @ has the first name in it.
func carries(address string, first name) bool {
	local, _, _ := strings.Cut(address, "@")
	own := withoutUmlauts(first.folded)
	return len(own) > 2 && strings.Contains(withoutUmlauts(mapping.FoldName(local)), own)
}
