package quality

import (
	"maps"
	"slices"

	"passerelle/connector/match"
	"passerelle/internal/record"
)

// number finds members of the club without a number, and with one that the federation does not list.
func (c *check) number(side record.Side, p *person) {
	if side != record.Club || c.gap(side, memberKind, memberNumber) || p.member.Issues[memberNumber] != "" {
		return
	}
	found := Finding{Kind: NoNumber, Side: side, Record: memberKind, Field: memberNumber, Proposed: c.numberOf(p)}
	switch other := c.other(side); {
	case p.number == "":
		c.note(p, found)
	case other != nil && !other.numbers[p.number]:
		found.Kind, found.Held = NumberUnknown, p.number
		c.note(p, found)
	}
}

// numberOf proposes a number for a member of the club: that of whoever at the federation has the name and the birth date, if
// nobody else has them on either side, and nobody at the club the number.
func (c *check) numberOf(p *person) string {
	club, federation := c.sides[record.Club], c.sides[record.Federation]
	is, _ := p.identity() // of one that is not whole nobody is found
	if federation == nil || only(club.byName[is]) == nil {
		return ""
	}
	if same := only(federation.byName[is]); same != nil && !club.numbers[same.number] {
		return same.number
	}
	return ""
}

// numbersTwice finds numbers that several people of a side have.
func (c *check) numbersTwice(side record.Side) {
	for _, number := range slices.Sorted(maps.Keys(c.sides[side].byNumber)) {
		c.noteAll(c.sides[side].byNumber[number], Finding{
			Kind: NumberTwice, Side: side, Record: memberKind, Field: memberNumber, Held: number,
		})
	}
}

// doubles finds people who stand twice on a side.
func (c *check) doubles(side record.Side) {
	all := c.sides[side].all
	with := map[int][]string{}
	for _, pair := range twice(all) {
		with[pair[0]] = append(with[pair[0]], all[pair[1]].ref)
		with[pair[1]] = append(with[pair[1]], all[pair[0]].ref)
	}
	for i, others := range with {
		slices.SortFunc(others, compareRefs)
		c.note(all[i], Finding{Kind: Double, Side: side, Record: memberKind, With: others})
	}
}

// twice returns the pairs of those whom nothing tells apart, as indexes.
func twice(all []*person) [][2]int {
	members := make([]*record.Record, len(all))
	for i, p := range all {
		members[i] = p.member
	}
	var pairs [][2]int
	for _, p := range match.Doubles(members) {
		pairs = append(pairs, [2]int{p.Club, p.Federation})
	}
	return pairs
}

// sharedEmails finds members of the federation with one e-mail address that would go to several contacts of the club, where
// it is unique (WIRE.md 2). A child's goes to the place of a parent's, and a contact that has an address keeps it.
func (c *check) sharedEmails() {
	const side = record.Federation
	at := c.in.Sides[side.Other()].Profile
	if c.gap(side.Other(), memberKind, email) {
		return
	}
	sharing := map[string][]*person{}
	for _, p := range c.sides[side].all {
		if address := p.text(email); address != "" && !at.Alternative(memberKind, email, p.member, c.in.Today) {
			sharing[address] = append(sharing[address], p)
		}
	}
	for _, address := range slices.Sorted(maps.Keys(sharing)) {
		written := false
		alike := slices.DeleteFunc(sharing[address], func(p *person) bool {
			counterpart := c.other(side).counterpart(p)
			if counterpart == nil || counterpart.text(email) == "" {
				written = true
				return false
			}
			return counterpart.text(email) != address
		})
		if written {
			c.noteAll(alike, Finding{Kind: SharedEmail, Side: side, Record: memberKind, Field: email, Held: address})
		}
	}
}

// noteAll adds a finding about each of several people who are alike in something; of one alone there is nothing to say.
func (c *check) noteAll(alike []*person, f Finding) {
	if len(alike) < 2 {
		return
	}
	for _, p := range alike {
		f.With = nil
		for _, other := range alike {
			if other != p {
				f.With = append(f.With, other.ref)
			}
		}
		c.note(p, f)
	}
}
