package quality

import (
	"maps"
	"slices"

	"passerelle/internal/record"
)

// required finds the fields without which the other side would refuse to create the person. What the other side holds
// already need not be here, and what has no place here at all is a gap, not a fault of the person.
func (c *check) required(side record.Side, p *person) {
	other := c.other(side)
	if other == nil && p.number != "" {
		return // the other side may hold them
	}
	counterpart := other.counterpart(p)
	shape := c.shapes[side.Other()]
	for _, r := range []*record.Record{p.member, p.lead} {
		for _, f := range shape.Required[r.Kind] {
			switch {
			case r.Value(f).HasText(), r.Issues[f] != "", c.gap(side, r.Kind, f):
			case counterpart != nil && counterpart.value(r.Kind, f).HasText():
			default:
				c.note(p, Finding{Kind: Missing, Side: side, Record: r.Kind, Field: f, Proposed: c.filled(p, f)})
			}
		}
	}
}

// filled returns what a missing field has to be, where the rest of the address says it: the country of a postal code and a
// town that belong together.
func (c *check) filled(p *person, f record.Field) string {
	if f != country || !c.directory.agree(p.text(postalCode), p.text(city)) {
		return ""
	}
	return c.countryOf(p.text(postalCode))
}

// unreadable finds the values that are there and have no form that could be carried.
func (c *check) unreadable(side record.Side, p *person) {
	for _, r := range p.records() {
		for _, f := range slices.Sorted(maps.Keys(r.Issues)) {
			found := Finding{Kind: Unreadable, Side: side, Record: r.Kind, Field: f}
			if r.Issues[f] == record.UnknownCode {
				found.Kind, found.Note = Code, "unread"
			}
			c.note(p, found)
		}
	}
}

// dates finds dates that cannot be.
func (c *check) dates(side record.Side, p *person) {
	found := func(k record.Kind, f record.Field, note string) {
		c.note(p, Finding{Kind: Date, Side: side, Record: k, Field: f, Note: note, Held: p.value(k, f).Text()})
	}
	born, hasBirth := p.day(memberKind, birthDate)
	if hasBirth {
		if note := c.birth(born); note != "" {
			found(memberKind, birthDate, note)
		}
	}
	entry, hasEntry := p.day(affiliationKind, entryDate)
	exit, hasExit := p.day(affiliationKind, exitDate)
	if hasBirth && hasEntry && entry.Before(born) {
		found(affiliationKind, entryDate, "before-birth")
	}
	if hasEntry && hasExit && exit.Before(entry) {
		found(affiliationKind, exitDate, "before-entry")
	}
}

// birth returns what speaks against a date of birth: a note of the catalogue, "" when nothing does.
func (c *check) birth(born record.Date) string {
	switch {
	case c.in.Today.Before(born):
		return "future"
	case slices.Contains(c.rules.Placeholders, born.String()):
		return "placeholder"
	case born.Before(c.in.Today.AddYears(-c.rules.Oldest)):
		return "too-long-ago"
	}
	return ""
}
