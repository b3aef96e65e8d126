package mapping

import (
	"fmt"
	"slices"

	"passerelle/internal/record"
)

// Inside reports whether records of a kind live inside the member's document on this system, so that creating one is a
// change of that document.
func (p *Profile) Inside(k record.Kind) bool {
	h := p.holding(k)
	return h != nil && h != h.wire.holds[0] && h.wire.holds[0].def.Name == p.domain.schema.Kinds[0].Name
}

// Shape returns what this side can hold. Required leaves out what a create fills by itself.
func (p *Profile) Shape() record.Shape {
	s := record.Shape{
		Writable: map[record.Kind]map[record.Field]bool{},
		Required: map[record.Kind][]record.Field{},
		Children: p.child,
		EndAhead: p.endAhead,
		Together: map[record.Kind]bool{},
	}
	for _, w := range p.wires {
		for _, h := range w.holds {
			kind := h.def.Name
			s.Writable[kind] = h.writable()
			s.Required[kind] = h.required()
			if p.Inside(kind) || h.together != nil {
				s.Together[kind] = true
			}
		}
	}
	return s
}

func (h *holding) writable() map[record.Field]bool {
	fields := map[record.Field]bool{}
	for _, f := range h.fields {
		if len(f.writes) > 0 {
			fields[f.def.Name] = true
		}
	}
	if len(h.identities) > 0 {
		fields[h.value] = true
	}
	return fields
}

// required returns the fields that a create needs and that no default fills. A default that is the member's may be missing,
// so it fills nothing by itself.
func (h *holding) required() []record.Field {
	var fields []record.Field
	for _, f := range h.fields {
		filled := slices.ContainsFunc(h.onCreate, func(o onCreate) bool { return o.field == f.def.Name && o.member == "" })
		if f.required != "" && !filled {
			fields = append(fields, f.def.Name)
		}
	}
	if h.at == "map" {
		fields = append(fields, h.value)
	}
	return fields
}

// child reports whether a child with an identity has a place on this side.
func (p *Profile) child(k record.Kind, identity string) bool {
	h := p.holding(k)
	switch {
	case h == nil:
		return false
	case h.at == "array":
		return slices.ContainsFunc(h.choices, func(c choice) bool { return c.identity == identity })
	case h.at == "map":
		return slices.ContainsFunc(h.identities, func(i identified) bool { return i.identity == identity })
	default:
		return true
	}
}

// Express returns the fields of a change that this side has no word for, with the reason: UnknownCode for a code without a
// spelling in any year, and for emptying what a record consists of here; Unreadable for a text that is too long. Fields that
// have no place here are not among them.
func (p *Profile) Express(c record.Change) map[record.Field]record.Issue {
	if h := p.holding(c.Kind); h != nil {
		return h.express(&c, record.Date{})
	}
	return nil
}

func (h *holding) express(c *record.Change, day record.Date) map[record.Field]record.Issue {
	issues := map[record.Field]record.Issue{}
	note := func(f *field) {
		if issue := f.express(c.Set[f.def.Name], day); issue != "" && len(f.writes) > 0 {
			issues[f.def.Name] = issue
		}
	}
	for _, f := range h.fields {
		note(f)
	}
	for _, i := range h.identities {
		if i.identity != c.Identity {
			continue
		}
		note(i.field)
		// Where the place holds nothing the record is gone: to empty its value would end it.
		if c.Op != record.End && c.Set[h.value].IsEmpty() {
			issues[h.value] = record.UnknownCode
		}
	}
	return issues
}

// Alternative reports whether a field has another place to go to when its own is refused as not unique, and may go there for
// this member on this day (WIRE.md 2: the e-mail of a child under 16).
func (p *Profile) Alternative(k record.Kind, f record.Field, member *record.Record, today record.Date) bool {
	h := p.holding(k)
	if h == nil || member == nil {
		return false
	}
	at := h.field(f)
	return at != nil && at.or != nil && applies(at.when, member.Value("birthDate"), today)
}

// A Gap is a field, or a whole kind where Field is empty, that has no place on this side of the link. Sentence says what
// that makes impossible.
type Gap struct {
	Kind     record.Kind
	Field    record.Field
	Sentence string
}

// Gaps returns what has no place on this side of the link, in the order of the schema.
func (p *Profile) Gaps() []Gap {
	var gaps []Gap
	for _, def := range p.domain.schema.Kinds {
		h := p.holding(def.Name)
		if h == nil || (h.at == "array" && len(h.choices) == 0) || (h.at == "map" && len(h.identities) == 0) {
			gaps = append(gaps, Gap{def.Name, "", fmt.Sprintf("%s has no place in %s: %s", def.Name, p.system, p.domain.without[string(def.Name)])})
			continue
		}
		for _, f := range def.Fields {
			if h.field(f.Name) != nil || (h.at == "map" && f.Name == h.value) {
				continue
			}
			without := p.domain.without[string(def.Name)+"."+string(f.Name)]
			if without == "" {
				without = "it is neither read nor written there"
			}
			gaps = append(gaps, Gap{def.Name, f.Name, fmt.Sprintf("%s.%s has no place in %s: %s", def.Name, f.Name, p.system, without)})
		}
	}
	return gaps
}
