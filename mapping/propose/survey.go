package propose

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// A survey is what both sides hold, laid out so that places can be compared with what the federation says.
type survey struct {
	club     *mapping.Profile
	schema   *record.Schema
	contacts []contact
	numbers  map[string]bool // that the federation lists
	twins    int
	codes    map[string][]Code
	today    record.Date
	taken    []string // places that a built-in overlay has
	names    names
	read     map[typed]string // canonical texts, "" for none
}

// A typed is a text read as a type.
type typed struct {
	of   record.Type
	text string
}

// A contact is a person at the club.
type contact struct {
	kind   string
	fields map[record.Kind]map[record.Field]record.Value
	ended  bool
	texts  map[string]string    // by place: what stands there as one value
	lists  map[string][]element // by place: what stands there as several choices
	empty  map[string]bool      // places that are there and hold nothing
	twin   *member              // nil where the federation has none
}

// An element is one of several choices: a text, or an object with texts by member name.
type element struct {
	text    string
	members map[string]string
}

// A member is a person at the federation.
type member struct {
	fields        map[record.Kind]map[record.Field]record.Value
	functions     map[string]bool   // by identity, of those that have not ended
	subscriptions map[string]string // publication to delivery, likewise
}

// read lays out both sides.
func read(in Input) (*survey, error) {
	schema, err := mapping.Schema("club")
	if err != nil {
		return nil, err
	}
	s := &survey{
		club: in.Club.Profile, schema: schema, codes: in.Codes, today: in.Today, numbers: map[string]bool{}, read: map[typed]string{},
	}
	if s.names, err = namesOf(in.Codes["category"]); err != nil {
		return nil, err
	}
	for _, doc := range in.Club.Documents {
		if c, ok := s.contact(doc); ok {
			s.contacts = append(s.contacts, c)
		}
	}
	members := membersOf(in.Federation, in.Today)
	for _, m := range members {
		if number := m.fields["member"]["memberNumber"]; number.HasText() {
			s.numbers[number.Text()] = true
		}
	}
	s.pair(members)
	return s, nil
}

// contact takes a contact apart. A company, and what cannot be read, is nobody.
func (s *survey) contact(doc record.Document) (contact, bool) {
	taken, err := s.club.Take(doc, s.today)
	if err != nil || len(taken.Records) == 0 || len(taken.Records[0].Fields) == 0 {
		return contact{}, false
	}
	c := contact{kind: doc.Kind, fields: map[record.Kind]map[record.Field]record.Value{}, texts: map[string]string{}}
	c.lists, c.empty = map[string][]element{}, map[string]bool{}
	for _, r := range taken.Records {
		c.fields[r.Kind] = r.Fields
		c.ended = c.ended || r.Kind == s.schema.Lead() && r.Life.Stage == record.Ended
	}
	decoder := json.NewDecoder(bytes.NewReader(doc.Body))
	decoder.UseNumber()
	var root map[string]any
	if decoder.Decode(&root) != nil {
		return contact{}, false
	}
	c.walk("", root)
	return c, true
}

// walk notes what stands at each place.
func (c *contact) walk(prefix string, at map[string]any) {
	for name, value := range at {
		if strings.Contains(name, ".") {
			continue // a path has no word for it
		}
		place := prefix + name
		switch v := value.(type) {
		case map[string]any:
			c.walk(place+".", v)
		case []any:
			for _, one := range v {
				c.lists[place] = append(c.lists[place], elementOf(one))
			}
		default:
			if c.texts[place] = scalar(v); c.texts[place] == "" {
				delete(c.texts, place)
				c.empty[place] = true
			}
		}
	}
}

func elementOf(value any) element {
	object, ok := value.(map[string]any)
	if !ok {
		return element{text: scalar(value)}
	}
	e := element{members: map[string]string{}}
	for name, inner := range object {
		e.members[name] = scalar(inner)
	}
	return e
}

// scalar returns a JSON text or number as a text, "" for anything else.
func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return plain(v)
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// membersOf takes the federation's documents apart, in their order. What cannot be read is nobody's.
func membersOf(side Side, today record.Date) []*member {
	var all []*member
	byRef := map[string]*member{}
	var children []record.Record
	for _, doc := range side.Documents {
		taken, err := side.Profile.Take(doc, today)
		if err != nil {
			continue
		}
		for _, r := range taken.Records {
			if r.Kind != "member" {
				children = append(children, r)
				continue
			}
			m := &member{
				fields:    map[record.Kind]map[record.Field]record.Value{r.Kind: r.Fields},
				functions: map[string]bool{}, subscriptions: map[string]string{},
			}
			all, byRef[r.Ref.Document] = append(all, m), m
		}
	}
	for i := range children {
		if m := byRef[children[i].Parent]; m != nil {
			m.add(&children[i])
		}
	}
	return all
}

func (m *member) add(r *record.Record) {
	switch {
	case r.Kind == "function" && r.Life.Stage != record.Ended:
		m.functions[r.Identity] = true
	case r.Kind == "subscription" && r.Life.Stage != record.Ended:
		m.subscriptions[r.Identity] = r.Value("delivery").Text()
	case r.Identity == "":
		m.fields[r.Kind] = r.Fields
	}
}

// pair finds the twins: equal folded names and birth date, once on each side.
func (s *survey) pair(members []*member) {
	contacts, theirs := map[string][]int{}, map[string][]*member{}
	for i := range s.contacts {
		if who := whoIs(s.contacts[i].fields["member"]); who != "" {
			contacts[who] = append(contacts[who], i)
		}
	}
	for _, m := range members {
		if who := whoIs(m.fields["member"]); who != "" {
			theirs[who] = append(theirs[who], m)
		}
	}
	for who, at := range contacts {
		if len(at) == 1 && len(theirs[who]) == 1 {
			s.contacts[at[0]].twin = theirs[who][0]
			s.twins++
		}
	}
}

// whoIs returns folded names with the birth date, "" where one of them is missing.
func whoIs(f map[record.Field]record.Value) string {
	first, last, born := mapping.FoldName(f["firstName"].Text()), mapping.FoldName(f["lastName"].Text()), f["birthDate"].Text()
	if first == "" || last == "" || born == "" {
		return ""
	}
	return first + "|" + last + "|" + born
}

// canonical returns the canonical text of a type, "" where the text has none.
func (s *survey) canonical(t record.Type, text string) string {
	key := typed{t, text}
	if known, ok := s.read[key]; ok {
		return known
	}
	value, err := s.club.Canonical(t, text)
	if err != nil {
		value = record.Empty()
	}
	s.read[key] = value.Text()
	return value.Text()
}

// free returns the places that hold one value and that nothing uses, sorted.
func (s *survey) free() []string {
	return s.places(func(c *contact) []string { return slices.Collect(maps.Keys(c.texts)) })
}

// vacant returns the places in which nobody has anything and that stand beside one of the given places, sorted: what the club's
// software has, and its contacts do not explain.
func (s *survey) vacant(beside []string) []string {
	filled := s.free()
	return slices.DeleteFunc(s.places(func(c *contact) []string { return slices.Collect(maps.Keys(c.empty)) }), func(place string) bool {
		return slices.Contains(filled, place) || !slices.ContainsFunc(beside, func(at string) bool { return folder(at) == folder(place) })
	})
}

// folder returns the object in which a place is.
func folder(place string) string { return place[:strings.LastIndex(place, ".")+1] }

// several returns the places that hold several choices and that nothing uses, sorted.
func (s *survey) several() []string {
	return s.places(func(c *contact) []string { return slices.Collect(maps.Keys(c.lists)) })
}

func (s *survey) places(of func(*contact) []string) []string {
	all := map[string]bool{}
	for i := range s.contacts {
		for _, place := range of(&s.contacts[i]) {
			all[place] = true
		}
	}
	maps.DeleteFunc(all, func(place string, _ bool) bool {
		return !nameable(place) || s.club.Uses(s.contacts[0].kind, place) || slices.Contains(s.taken, place)
	})
	return slices.Sorted(maps.Keys(all))
}

// nameable reports whether an overlay can name a place.
func nameable(place string) bool {
	for _, r := range place {
		if r <= ' ' || r == '[' || r == ']' || r == '/' || r == '#' || r == '"' || r == '\'' || r == ':' || r == ',' || r == '{' || r == '}' {
			return false
		}
	}
	return place != "" && place[0] != '.' && place[len(place)-1] != '.'
}

// form returns the form in which the contacts are served, the zero Form for the usual one.
func (s *survey) form() (mapping.Form, error) {
	forms, err := mapping.Forms(s.club.System())
	if err != nil {
		return mapping.Form{}, err
	}
	for _, f := range forms {
		for _, c := range s.contacts {
			if c.texts[f.Places["memberNumber"]] != "" && lacks(s.club, "member", "memberNumber") {
				return f, nil
			}
		}
	}
	return mapping.Form{}, nil
}
