package mapping

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"passerelle/internal/record"
)

// A field is where one field of a kind stands in a document and how it is spelled there.
type field struct {
	kind     record.Kind
	def      record.FieldDef
	reads    []path
	writes   []path // none: never written
	where    bool   // written where it was read, else to the first of writes
	or       path   // used instead for those to whom `when` applies
	when     string
	as       string
	absent   string
	empty    string
	codes    []code
	required string
	unique   bool
	longest  int
	lossy    []string
	assumed  bool
}

// A code is how one code is spelled in its years of validity. The first spelling is written, all are read.
type code struct {
	code        string
	spellings   []string
	from, until record.Date // zero: open
}

// valid reports whether the code is in its years on a day.
func (c *code) valid(day record.Date) bool {
	return (c.from.IsZero() || !day.Before(c.from)) && (c.until.IsZero() || !c.until.Before(day))
}

// An env is what reading a document depends on besides the document.
type env struct {
	canon  *canon
	today  record.Date
	region string // in which phone numbers are dialled
}

// A reading is what a field was found to hold. at is the index of the path that it was read from, -1 when none holds
// anything.
type reading struct {
	value record.Value
	issue record.Issue
	at    int
}

// read returns what a document holds in the field: the first path that holds something wins. A path that is absent hides
// the field, unless the profile says to skip it, since a later one might win that should not.
func (f *field) read(root map[string]any, e env) reading {
	carried := false
	for i, p := range f.reads {
		raw, ok := p.get(root)
		if !ok && f.absent == "hidden" {
			return reading{at: -1}
		}
		carried = carried || ok || f.absent == "empty"
		text, isScalar := scalar(raw)
		if !isScalar {
			return reading{issue: record.Unreadable, at: i}
		}
		if text = clean(text); text == "" {
			continue
		}
		r := f.decode(text, e)
		r.at = i
		if r.value.IsEmpty() {
			continue
		}
		return r
	}
	if carried {
		return reading{value: record.Empty(), at: -1}
	}
	return reading{at: -1}
}

func (f *field) decode(text string, e env) reading {
	if len(f.codes) > 0 {
		for i := range f.codes {
			if f.codes[i].valid(e.today) && f.codes[i].reads(text) {
				return reading{value: record.Of(f.codes[i].code)}
			}
		}
		return reading{issue: record.UnknownCode}
	}
	canonical, err := e.canon.text(f.def.Type, text, e.region)
	if err != nil {
		return reading{issue: record.Unreadable}
	}
	return reading{value: record.Of(canonical)}
}

func (c *code) reads(text string) bool {
	return slices.ContainsFunc(c.spellings, func(s string) bool { return strings.EqualFold(clean(s), text) })
}

// express returns why the side has no word for a value, "" when it has one. A zero day stands for any day.
func (f *field) express(v record.Value, day record.Date) record.Issue {
	switch {
	case !v.HasText():
		return ""
	case len(f.codes) > 0:
		if _, ok := f.spell(v.Text(), day); !ok {
			return record.UnknownCode
		}
	case f.as == "number" && digits(v.Text()) != v.Text():
		return record.Unreadable
	case f.longest > 0 && utf8.RuneCountInString(v.Text()) > f.longest && !slices.Contains(f.lossy, "cut"):
		return record.Unreadable
	}
	return ""
}

// spell returns the one spelling in which a code is written on a day.
func (f *field) spell(text string, day record.Date) (string, bool) {
	for i := range f.codes {
		if c := &f.codes[i]; c.code == text && (day.IsZero() || c.valid(day)) {
			return c.spellings[0], true
		}
	}
	return "", false
}

// encode returns the JSON value of a canonical value that express has let pass.
func (f *field) encode(v record.Value, day record.Date) any {
	if !v.HasText() {
		if f.empty == "text" {
			return ""
		}
		return nil
	}
	text := f.lose(v.Text())
	if spelled, ok := f.spell(text, day); ok {
		text = spelled
	}
	switch f.as {
	case "number":
		return json.Number(text)
	case "boolean":
		return text == "yes"
	default:
		return text
	}
}

// lose does to a text what the system is known to do to it.
func (f *field) lose(text string) string {
	if slices.Contains(f.lossy, "lower") {
		text = strings.ToLower(text)
	}
	if runes := []rune(text); slices.Contains(f.lossy, "cut") && len(runes) > f.longest {
		text = clean(string(runes[:f.longest]))
	}
	return text
}

// write puts a value into a document that holds another one, and leaves alone a spelling that already means it. other asks
// for the other place of the field, where there is one and the condition for it holds.
func (f *field) write(d *draft, v record.Value, e env, other, holds bool) {
	now := f.read(d.root, e)
	if len(f.writes) == 0 || !v.Carried() || (now.issue == "" && now.value == v && !other) {
		return
	}
	if !f.where {
		for _, p := range f.writes {
			f.put(d, p, v, e)
		}
		return
	}
	to := f.writes[0]
	switch {
	case other && holds && f.or != nil && v.HasText():
		to = f.or
	case now.at >= 0:
		to = f.reads[now.at]
	case holds && f.or != nil && v.HasText():
		to = f.or
	}
	for _, p := range f.reads {
		if p.String() == to.String() {
			break
		}
		// An earlier place would be read instead of the one written to.
		if raw, ok := p.get(d.root); ok && raw != nil && raw != "" {
			f.put(d, p, record.Empty(), e)
		}
	}
	f.put(d, to, v, e)
}

func (f *field) put(d *draft, p path, v record.Value, e env) {
	if !v.HasText() && f.empty == "out" {
		d.remove(p)
		return
	}
	d.set(p, f.encode(v, e.today))
}

// applies reports whether a named condition holds for a person. A child is under 16, by the day (WIRE.md 2); without a birth
// date nobody is.
func applies(condition string, birthDate record.Value, today record.Date) bool {
	if condition != "child" {
		return false
	}
	born, err := record.ParseDate(birthDate.Text())
	return err == nil && today.Before(born.AddYears(16))
}
