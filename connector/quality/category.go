package quality

import (
	"maps"
	"slices"
	"time"

	"passerelle/internal/record"
)

// category finds categories that are not for somebody's sex or year of birth, and those who move with the next January.
func (c *check) category(side record.Side, p *person) {
	held := p.value(affiliationKind, category).Text()
	whom, known := c.rules.audience(held, c.in.Today.Year)
	if !known {
		return
	}
	found := Finding{Kind: Category, Side: side, Record: affiliationKind, Field: category, Held: held}
	sex := p.text(gender)
	if sex != "" && whom.Sex != "" && sex != whom.Sex {
		found.Note, found.Proposed = "sex", whom.Other
		c.note(p, found)
		return // what follows from the age depends on the right one
	}
	born, ok := p.day(memberKind, birthDate)
	if !ok || c.birth(born) != "" {
		return
	}
	switch years := age(born, c.in.Today.Year); {
	case c.moves(born, whom):
		// Those whom both sides hold are told of once.
		if side == record.Club || c.other(side).counterpart(p) == nil {
			found.Kind, found.Proposed = January, whom.Next
			c.note(p, found)
		}
	case whom.To > 0 && years > whom.To:
		found.Note, found.Proposed = "too-old", whom.Next
		c.note(p, found)
	case years < whom.From:
		found.Note, found.Proposed = "too-young", c.youth(sex)
		c.note(p, found)
	}
}

// moves reports whether the federation moves somebody with the end of the next January, which in January is this month's: who
// grows out of a category that has another one to follow (WIRE.md 1).
func (c *check) moves(born record.Date, whom audience) bool {
	year := c.in.Today.Year
	if c.in.Today.Month != time.January {
		year++
	}
	return whom.Next != "" && age(born, year) == whom.To+1
}

// youth returns the category from which the young of a sex move on, "" where the sex is not known.
func (c *check) youth(sex string) string {
	for _, p := range c.rules.Categories {
		for _, code := range slices.Sorted(maps.Keys(p.Codes)) {
			if a := p.Codes[code]; p.holds(c.in.Today.Year) && a.Next != "" && a.Sex == sex {
				return code
			}
		}
	}
	return ""
}
