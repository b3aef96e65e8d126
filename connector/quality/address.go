package quality

import "passerelle/internal/record"

// address finds postal codes that have not the form of their country and, in Switzerland and Liechtenstein, that are not those
// of the town. Where the country is not known nothing is said.
func (c *check) address(side record.Side, p *person) {
	code, town, land := p.text(postalCode), p.text(city), p.text(country)
	form, known := c.rules.forms[land]
	if code == "" || !known {
		return
	}
	held := code + " " + town
	found := Finding{Kind: PostalTown, Side: side, Record: memberKind, Field: postalCode, Held: held}
	switch {
	case !form.MatchString(code):
		found.Kind, found.Note, found.Held = PostalForm, "", code
	case !listed(land):
		return
	case !c.directory.knows(code):
		found.Note = "unlisted"
		if right := c.directory.code(town); right != "" {
			found.Proposed = right + " " + town
		}
	case c.countryOf(code) != land:
		found.Note, found.Field, found.Held, found.Proposed = "abroad", country, land, c.countryOf(code)
	case town == "" || c.directory.agree(code, town):
		return
	default:
		found.Note, found.Proposed = "apart", c.together(code, town)
	}
	c.note(p, found)
}

// together proposes what to make of a code and a town that do not belong together. A town that there is has its own code, if it
// has just one; one that there is not was misspelled, and the code may tell which it is. Else nobody can know.
func (c *check) together(code, town string) string {
	if right := c.directory.code(town); right != "" {
		return right + " " + town
	}
	if right := c.directory.town(code); right != "" && !c.directory.has(town) {
		return code + " " + right
	}
	return ""
}

// listed reports whether the directory has a country's codes.
func listed(land string) bool { return land == "CH" || land == "LI" }

// countryOf returns the country of a code of the directory.
func (c *check) countryOf(code string) string {
	const first, last = "9485", "9498" // of Liechtenstein
	if code >= first && code <= last {
		return "LI"
	}
	return "CH"
}
