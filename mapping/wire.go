package mapping

import (
	"slices"

	"passerelle/internal/record"
)

// A wire is how the documents of one wire kind are mapped.
type wire struct {
	kind      string
	id        path
	only      *condition
	scope     scope
	constants []onCreate
	holds     []*holding
}

// A holding is how records of one kind stand in the documents of a wire kind.
type holding struct {
	def      *record.KindDef
	wire     *wire
	at       string // root, array or map
	assumed  bool
	parent   path
	prefix   string // of the reference of the parent's document, "members/"
	together *together
	ask      map[record.Field]path
	identity []path // at root, in the order of the kind's identity
	life     life
	scope    scope
	fields   []*field
	onCreate []onCreate

	// At array: the several choices of one place, and the member of an element that holds the choice ("" for a text).
	place   path
	key     string
	choices []choice
	// At map: a place for each identity, which holds one field.
	value      record.Field
	identities []identified
}

// A together says where records are created inside the document of another wire kind, and with which fields.
type together struct {
	wire   string
	array  path
	fields []record.Field
}

// A choice is one element of a several-choices place that means a record.
type choice struct {
	text     string
	identity string
}

// An identified is the place of the record with one identity.
type identified struct {
	identity string
	field    *field
}

// A life is how the stage of a record is read.
type life struct {
	follows record.Kind
	path    path
	present []string
	ended   []string
	end     path
	archive string
	revive  string
	unbegun bool // deleted instead of ended before it has begun
}

// An onCreate fills a field or a path of a new document.
type onCreate struct {
	path   path
	field  record.Field
	value  string // a value of the profile or of the link
	member record.Field
	today  bool
	// constant names the value where it is the link's, so that what the system says of itself can take its place (With).
	constant string
}

// A condition compares what stands at a path, or in a field, with values.
type condition struct {
	path   path
	field  record.Field
	values []string
	not    bool
}

// A scope is a set of conditions of which all, or any, have to hold.
type scope struct {
	all, any []condition
}

// A verdict is what a condition says of a document, where a part of it may be hidden.
type verdict int

const (
	hidden verdict = iota
	no
	yes
)

// judge returns what the scope says: no as soon as one part of it does, hidden when what is missing could tell.
func (s *scope) judge(h *holding, root map[string]any, e env) verdict {
	var all, one []verdict
	for i := range s.all {
		all = append(all, s.all[i].judge(h, root, e))
	}
	for i := range s.any {
		one = append(one, s.any[i].judge(h, root, e))
	}
	switch {
	case slices.Contains(all, no), len(one) > 0 && !slices.Contains(one, yes) && !slices.Contains(one, hidden):
		return no
	case slices.Contains(all, hidden), len(one) > 0 && !slices.Contains(one, yes):
		return hidden
	default:
		return yes
	}
}

func (c *condition) judge(h *holding, root map[string]any, e env) verdict {
	var text string
	if c.path != nil {
		raw, ok := c.path.get(root)
		if !ok {
			return hidden
		}
		if text, ok = scalar(raw); !ok {
			return no
		}
		text = clean(text)
	} else {
		f := h.field(c.field)
		if f == nil {
			return hidden
		}
		r := f.read(root, e)
		if !r.value.Carried() && r.issue == "" {
			return hidden
		}
		text = r.value.Text()
	}
	if slices.Contains(c.values, text) != c.not {
		return yes
	}
	return no
}

// field returns how a field of the kind is mapped, nil when it has no place.
func (h *holding) field(name record.Field) *field {
	for _, f := range h.fields {
		if f.def.Name == name {
			return f
		}
	}
	return nil
}

// end returns how the field is mapped that holds the day of the end, nil when it has no place.
func (h *holding) end() *field {
	for _, f := range h.fields {
		if f.def.End {
			return f
		}
	}
	return nil
}

// stage returns the life of the record at a document's root as it stands today.
func (h *holding) stage(root map[string]any, e env) record.Life {
	over := false
	if h.life.path != nil {
		raw, ok := h.life.path.get(root)
		text, isText := scalar(raw)
		if !ok || !isText {
			return record.Life{}
		}
		text = clean(text)
		over = slices.Contains(h.life.ended, text)
		if !over && len(h.life.present) > 0 && !slices.Contains(h.life.present, text) {
			return record.Life{}
		}
	}
	until := record.LifeUntil(h.endOf(root, e), e.today)
	switch {
	case over && until.Stage != record.Ended:
		return record.Life{Stage: record.Ended} // archived without a day, or before its day
	case until.Stage == record.Ended:
		return until
	}
	switch h.scope.judge(h, root, e) {
	case yes:
		return until
	case no:
		return record.Life{Stage: record.Outside}
	default:
		return record.Life{}
	}
}

// endOf returns the day of the end that a document holds, the zero Date when it holds none that can be read.
func (h *holding) endOf(root map[string]any, e env) record.Date {
	var text string
	if f := h.end(); f != nil {
		text = f.read(root, e).value.Text()
	} else if h.life.end != nil {
		raw, _ := h.life.end.get(root)
		if given, ok := scalar(raw); ok {
			// A text that is no date leaves text empty: it is then no end, and the status alone speaks.
			text, _ = civilDate(clean(given))
		}
	}
	day, err := record.ParseDate(text)
	if err != nil {
		return record.Date{}
	}
	return day
}
