package propose

import (
	"fmt"
	"strings"

	"passerelle/internal/record"
)

// A tally counts what a place holds, read as a field.
type tally struct {
	filled   int // people with something there
	readable int // of them, with something that has the form of the field
	distinct map[string]bool
	compared int // of them, with a twin whose field holds something
	equal    int // of them, with the same
	kinds    map[string]bool
	listed   int // federation numbers that are listed
	short    int // numbers of fewer than five digits
	later    int // dates after the entry
	entered  int // dates of people with an entry
	past     int // dates that are not ahead
	ended    int // of people who are archived
}

func (s *survey) tally(place string, k record.Kind, def *record.FieldDef) tally {
	t := tally{distinct: map[string]bool{}, kinds: map[string]bool{}}
	for i := range s.contacts {
		c := &s.contacts[i]
		text := c.texts[place]
		if text == "" {
			continue
		}
		t.filled++
		value := s.canonical(def.Type, text)
		if value == "" {
			continue
		}
		t.readable++
		t.distinct[value] = true
		t.seen(s, c, def, value, text)
		if c.twin == nil || !c.twin.fields[k][def.Name].HasText() {
			continue
		}
		t.compared++
		if c.twin.fields[k][def.Name].Text() == value {
			t.equal++
			t.kinds[value] = true
		}
	}
	return t
}

// seen counts what the form of a value alone says.
func (t *tally) seen(s *survey, c *contact, def *record.FieldDef, value, text string) {
	switch def.Type {
	case record.MemberNumber:
		if s.numbers[value] {
			t.listed++
		}
		if len(text) < 5 {
			t.short++
		}
	case record.CivilDate:
		if entry := c.fields["affiliation"]["entryDate"]; entry.HasText() {
			t.entered++
			if value >= entry.Text() {
				t.later++
			}
		}
		if value <= s.today.String() {
			t.past++
		}
		if c.ended {
			t.ended++
		}
	default:
	}
}

// agrees reports whether a place says of people what the federation says: enough of them, of enough different values, and the
// place holds little else.
func (t *tally) agrees() bool {
	return t.equal >= enough && len(t.kinds) >= enough && share(t.equal, t.compared, most) && share(t.readable, t.filled, most)
}

// speaksAgainst reports whether the federation says something else of too many people.
func (t *tally) speaksAgainst() bool {
	return t.compared >= enough && !share(t.equal, t.compared, most)
}

// field looks for the place of a field of the member, or of what stands beside it.
func (s *survey) field(k record.Kind, name record.Field) []Place {
	def := s.schema.Kind(k).Field(name)
	if def.Derived != "" && name != "memberNumber" || def.Type == record.Code || def.Type == record.YesNo {
		return nil
	}
	var found []Place
	for _, at := range s.free() {
		t := s.tally(at, k, def)
		p := Place{Field: name, At: at, Sure: t.agrees(), Why: t.why(name, len(s.contacts))}
		switch {
		case p.Sure:
		case name == "memberNumber" && t.numbers():
			p.Sure = t.listed >= enough && share(t.listed, t.readable, most)
		case def.End && t.ends(len(s.contacts)):
			p.Sure = t.filled >= enough && share(t.ended, t.filled, most)
		default:
			continue
		}
		found = append(found, p)
	}
	return settle(found)
}

// numbers reports whether a place looks like that of the federation number: five or six digits, mostly distinct (WIRE.md 1).
func (t *tally) numbers() bool {
	return t.readable >= enough && share(t.readable-t.short, t.filled, most) && share(len(t.distinct), t.readable, most) && !t.speaksAgainst()
}

// ends reports whether a place looks like that of the end: dates, mostly empty, none ahead, after the entry.
func (t *tally) ends(people int) bool {
	return share(t.readable, t.filled, most) && !share(t.filled, people, half) && share(t.past, t.readable, most) &&
		share(t.later, t.entered, most) && !t.speaksAgainst()
}

// why says what a place was found to hold.
func (t *tally) why(name record.Field, people int) string {
	what := "something that can be read as one"
	switch name {
	case "memberNumber":
		what = "a number of 5 or 6 digits"
	case "exitDate":
		what = "a date"
	}
	parts := []string{fmt.Sprintf("%d of %s have %s there", t.readable, count(people, "person", "people"), what)}
	if name == "memberNumber" && t.listed > 0 {
		parts = append(parts, fmt.Sprintf("%d of them are numbers that the federation lists", t.listed))
	}
	if name == "exitDate" {
		parts = append(parts, fmt.Sprintf("%d of them are archived", t.ended))
	}
	if t.compared > 0 {
		parts = append(parts, fmt.Sprintf("of %d whom the federation knows by name and birth date %d have the same there", t.compared, t.equal))
	}
	return strings.Join(parts, ", ")
}
