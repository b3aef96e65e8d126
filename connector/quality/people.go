package quality

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"passerelle/connector/listing"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// The fields and kinds of the domain that the rules speak of.
const (
	memberKind      record.Kind = "member"
	affiliationKind record.Kind = "affiliation"

	memberNumber record.Field = "memberNumber"
	lastName     record.Field = "lastName"
	firstName    record.Field = "firstName"
	birthDate    record.Field = "birthDate"
	gender       record.Field = "gender"
	postalCode   record.Field = "postalCode"
	city         record.Field = "city"
	country      record.Field = "country"
	email        record.Field = "email"
	category     record.Field = "category"
	entryDate    record.Field = "entryDate"
	exitDate     record.Field = "exitDate"
)

// A people is everybody on a side.
type people struct {
	all      []*person // in scope, by reference
	byNumber map[string][]*person
	byName   map[identity][]*person
	numbers  map[string]bool // of everybody, in scope or not
	outside  int
	unread   []string
}

// A person is what one side shows of somebody in scope.
type person struct {
	ref      string
	number   string
	member   *record.Record
	lead     *record.Record
	children []*record.Record
}

// An identity is what makes somebody out: folded names, and the birth date.
type identity struct{ last, first, born string }

// identity returns the person's, false where a part of it lacks.
func (p *person) identity() (identity, bool) {
	is := identity{mapping.FoldName(p.text(lastName)), mapping.FoldName(p.text(firstName)), p.text(birthDate)}
	return is, is.last != "" && is.first != "" && is.born != ""
}

// value returns what the person's records hold in a field.
func (p *person) value(k record.Kind, f record.Field) record.Value {
	r := p.member
	if k != memberKind {
		r = p.lead
	}
	return r.Value(f)
}

// text is value's text, of the member.
func (p *person) text(f record.Field) string { return p.member.Value(f).Text() }

// who is what the person is called.
func (p *person) who() string { return strings.TrimSpace(p.text(firstName) + " " + p.text(lastName)) }

// day returns a date of the person, false where there is none.
func (p *person) day(k record.Kind, f record.Field) (record.Date, bool) {
	day, err := record.ParseDate(p.value(k, f).Text())
	return day, err == nil
}

// records returns everything of the person, the member first.
func (p *person) records() []*record.Record {
	return append([]*record.Record{p.member, p.lead}, p.children...)
}

// gather makes people of what a side showed. Who has no leading record that takes part, or no member to it, is outside.
func gather(l *listing.Listing, schema *record.Schema) *people {
	homes := map[string]*person{}
	lead := schema.Lead()
	for _, ref := range slices.SortedFunc(maps.Keys(l.Taken), compareRefs) {
		records := l.Taken[ref].Records
		for i := range records {
			r := &records[i]
			home := cmp.Or(r.Parent, ref)
			if homes[home] == nil {
				homes[home] = &person{ref: home}
			}
			homes[home].add(r, lead)
		}
	}
	g := &people{
		byNumber: map[string][]*person{}, byName: map[identity][]*person{}, numbers: map[string]bool{}, unread: slices.SortedFunc(maps.Keys(l.Unread), compareRefs),
	}
	for _, home := range slices.SortedFunc(maps.Keys(homes), compareRefs) {
		g.take(homes[home])
	}
	return g
}

// add gives the person a record. Of several that lead, the one counts that takes part; a child that is over does not.
func (p *person) add(r *record.Record, lead record.Kind) {
	switch {
	case r.Kind == memberKind:
		p.member = r
	case r.Kind == lead:
		if p.lead == nil || !p.lead.Life.Active() {
			p.lead = r
		}
	case r.Life.Active():
		p.children = append(p.children, r)
	}
}

// take counts a person in, or out.
func (g *people) take(p *person) {
	if p.member != nil {
		p.number = p.text(memberNumber)
	}
	if p.number != "" {
		g.numbers[p.number] = true
	}
	if p.member == nil || p.lead == nil || !p.lead.Life.Active() {
		g.outside++
		return
	}
	g.all = append(g.all, p)
	if p.number != "" {
		g.byNumber[p.number] = append(g.byNumber[p.number], p)
	}
	if is, whole := p.identity(); whole {
		g.byName[is] = append(g.byName[is], p)
	}
}

// counterpart returns who the person is on the other side: who has the number there or, where one of the two has none, the name
// and the birth date. nil where nobody does, or several do.
func (g *people) counterpart(p *person) *person {
	if g == nil {
		return nil
	}
	if p.number != "" && len(g.byNumber[p.number]) > 0 {
		return only(g.byNumber[p.number])
	}
	is, _ := p.identity() // of one that is not whole nobody is found
	if other := only(g.byName[is]); other != nil && (p.number == "" || other.number == "") {
		return other
	}
	return nil
}

// only returns the one of a list that has just one, else nil.
func only(list []*person) *person {
	if len(list) != 1 {
		return nil
	}
	return list[0]
}
