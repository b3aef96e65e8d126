package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// A compiler turns a profile's file into a Profile and notes what is wrong with it.
type compiler struct {
	problems
	profile *Profile
	file    profileFile
	link    Link
}

// compile reads a profile and fits it to a link.
func compile(l layer, link Link) (*Profile, error) {
	c := &compiler{problems: problems{file: l.name}, link: link}
	c.decode(l.text, &c.file)
	if err := c.err(); err != nil {
		return nil, err
	}
	d, err := loadDomain(c.file.Domain.text)
	if err != nil {
		return nil, err
	}
	c.profile = &Profile{
		system: c.file.Profile.text, domain: d, canon: newCanon(), endAhead: c.file.EndAhead, constants: map[string]string{},
	}
	c.constants()
	for i := range c.file.Wire {
		c.wire(&c.file.Wire[i])
	}
	return c.profile, c.err()
}

func (c *compiler) constants() {
	for name, def := range c.file.Constants {
		value := c.link.Constants[name.text]
		if value == "" {
			value = def.Default
		}
		if value == "" {
			c.add(name.line, "the link does not say its constant "+name.text, "name it in the configuration of the link")
		}
		c.profile.constants[name.text] = value
	}
}

func (c *compiler) constant(w word) string {
	value, ok := c.profile.constants[w.text]
	if !ok {
		c.add(w.line, fmt.Sprintf("there is no constant %q", w.text), "name it under constants")
	}
	return value
}

func (c *compiler) wire(file *wireFile) {
	w := &wire{kind: file.Kind.text, id: parsePath(file.ID.text)}
	c.profile.wires = append(c.profile.wires, w)
	if file.Only != nil {
		only := c.condition(file.Only)
		w.only = &only
	}
	w.scope = c.scope(file.Scope)
	for _, cond := range slices.Concat(file.Scope.All, file.Scope.Any) {
		if cond.Path.text == "" {
			c.add(cond.Field.line, "a whole document is judged by a field", "name the path instead")
		}
	}
	w.constants = c.onCreate(file.Constants)
	for i := range file.Holds {
		c.holding(w, &file.Holds[i])
	}
}

func (c *compiler) holding(w *wire, file *holdingFile) {
	def := c.profile.domain.schema.Kind(record.Kind(file.Kind.text))
	if def == nil {
		c.add(file.Kind.line, fmt.Sprintf("the domain has no kind %q", file.Kind.text), "correct its name")
		return
	}
	h := &holding{
		def: def, wire: w, at: c.oneOf(file.At, "root", "array", "map"), assumed: file.Assumed,
		value: record.Field(file.Value.text), scope: c.scope(file.Scope), onCreate: c.onCreate(file.OnCreate), life: c.life(&file.Life),
	}
	w.holds = append(w.holds, h)
	if file.Parent != nil {
		h.parent, h.prefix = parsePath(file.Parent.Path.text), file.Parent.Wire.text+"/"
	}
	if t := file.Together; t != nil {
		h.together = &together{wire: t.Wire.text, array: parsePath(t.Array.text)}
		for _, f := range t.Fields {
			h.together.fields = append(h.together.fields, record.Field(f.text))
		}
	}
	if len(file.Ask) > 0 {
		h.ask = map[record.Field]path{}
		for f, at := range file.Ask {
			h.ask[record.Field(f.text)] = parsePath(at.text)
		}
	}
	c.identity(h, file.Identity)
	c.fields(h, file.Fields)
	c.references(def, file)
}

// references checks that what a holding says of fields is said of fields that there are.
func (c *compiler) references(def *record.KindDef, file *holdingFile) {
	names := []word{file.Value}
	for _, o := range file.OnCreate {
		names = append(names, o.Field)
	}
	for _, s := range slices.Concat(file.Scope.All, file.Scope.Any) {
		names = append(names, s.Field)
	}
	if file.Together != nil {
		names = append(names, file.Together.Fields...)
	}
	for _, name := range names {
		if name.text != "" && def.Field(record.Field(name.text)) == nil {
			c.add(name.line, fmt.Sprintf("the kind %s has no field %q", def.Name, name.text), "correct its name")
		}
	}
	if follows := record.Kind(file.Life.Follows.text); follows != "" && c.profile.domain.schema.Kind(follows) == nil {
		c.add(file.Life.Follows.line, fmt.Sprintf("the domain has no kind %q", follows), "correct its name")
	}
}

func (c *compiler) identity(h *holding, given map[word]word) {
	at := map[string]word{}
	for name, place := range given {
		at[name.text] = place
	}
	for _, name := range h.def.Identity {
		if place, ok := at[string(name)]; ok {
			h.identity = append(h.identity, parsePath(place.text))
		}
	}
	if h.at == "root" && len(h.identity) != len(h.def.Identity) {
		c.add(0, fmt.Sprintf("the kind %s is not told apart", h.def.Name), "give each part of its identity a path")
	}
}

// fields compiles the fields in the order of the schema.
func (c *compiler) fields(h *holding, given map[word]fieldFile) {
	for name, file := range given {
		def := h.def.Field(record.Field(name.text))
		if def == nil {
			c.add(name.line, fmt.Sprintf("the kind %s has no field %q", h.def.Name, name.text), "correct its name")
			continue
		}
		h.fields = append(h.fields, c.field(h, *def, name, &file))
	}
	h.sortFields()
}

func (h *holding) sortFields() {
	order := func(f *field) int {
		return slices.IndexFunc(h.def.Fields, func(d record.FieldDef) bool { return d.Name == f.def.Name })
	}
	slices.SortFunc(h.fields, func(a, b *field) int { return order(a) - order(b) })
}

func (c *compiler) field(h *holding, def record.FieldDef, name word, file *fieldFile) *field {
	f := &field{
		kind: h.def.Name, def: def, unique: file.Unique, longest: file.Longest, assumed: file.Assumed || h.assumed,
		as:       c.oneOf(file.As, "text", "number", "boolean"),
		absent:   c.oneOf(file.Absent, "hidden", "skip", "empty"),
		required: c.oneOf(file.Required, "", "create", "always"),
		lossy:    file.Lossy.texts(),
		codes:    codesOf(file.Codes),
	}
	f.empty = c.oneOf(file.Empty, c.oneOf(c.file.Empty, "null", "text", "out"), "null", "text", "out")
	for _, l := range file.Lossy {
		c.oneOf(l, "lower", "cut")
	}
	for _, p := range file.Read {
		f.reads = append(f.reads, parsePath(p.text))
	}
	if len(f.reads) == 0 {
		c.add(name.line, fmt.Sprintf("the field %s is read from nowhere", name.text), "give it a path under read")
		return f
	}
	c.writes(f, name, file)
	return f
}

func (c *compiler) writes(f *field, name word, file *fieldFile) {
	switch {
	case len(file.Write) == 0:
		f.writes = f.reads[:1]
		if len(f.reads) > 1 {
			c.add(name.line, fmt.Sprintf("the field %s is read from several paths", name.text), "say under write which of them is written")
		}
	case file.Write[0].text == "never":
	case file.Write[0].text == "where read":
		f.writes, f.where = f.reads[:1], true
	default:
		for _, p := range file.Write {
			f.writes = append(f.writes, parsePath(p.text))
		}
	}
	if file.Or != nil {
		f.or, f.when = parsePath(file.Or.Path.text), c.oneOf(file.Or.When, "child")
		if !f.where || !slices.ContainsFunc(f.reads, func(p path) bool { return p.String() == f.or.String() }) {
			c.add(file.Or.Path.line, fmt.Sprintf("what goes to the other place of %s would not be read back", name.text),
				"read that path too, and write where read")
		}
	}
}

func (c *compiler) life(file *lifeFile) life {
	l := life{
		follows: record.Kind(file.Follows.text), present: file.Present.texts(), ended: file.Ended.texts(),
		archive: file.Archive.text, revive: file.Revive.text, unbegun: c.oneOf(file.Unbegun, "", "delete") != "",
	}
	if file.Path.text != "" {
		l.path = parsePath(file.Path.text)
	}
	if file.End.text != "" {
		l.end = parsePath(file.End.text)
	}
	return l
}

func (c *compiler) scope(file scopeFile) scope {
	var s scope
	for i := range file.All {
		s.all = append(s.all, c.condition(&file.All[i]))
	}
	for i := range file.Any {
		s.any = append(s.any, c.condition(&file.Any[i]))
	}
	return s
}

func (c *compiler) condition(file *conditionFile) condition {
	cond := condition{field: record.Field(file.Field.text), values: file.In.texts()}
	if file.Path.text != "" {
		cond.path = parsePath(file.Path.text)
	}
	switch {
	case file.Constant.text != "":
		cond.values = []string{c.constant(file.Constant)}
	case len(file.NotIn) > 0:
		cond.values, cond.not = file.NotIn.texts(), true
	}
	switch c.oneOf(file.Link, "", "categories") {
	case "categories":
		if len(c.link.Categories) > 0 {
			cond.values = c.link.Categories
		}
		cond.values = c.ranges(file.Link, cond.values)
	default:
	}
	return cond
}

// ranges writes out ranges of two-digit codes: 01-03 is 01, 02, 03.
func (c *compiler) ranges(at word, values []string) []string {
	var all []string
	for _, v := range values {
		first, last, isRange := strings.Cut(strings.TrimSpace(v), "-")
		if !isRange {
			all = append(all, first)
			continue
		}
		var from, to int
		if _, err := fmt.Sscanf(first+" "+last, "%d %d", &from, &to); err != nil || len(first) != len(last) || from > to {
			c.add(at.line, fmt.Sprintf("%q is no range of categories", v), `write it as "01-09"`)
			continue
		}
		for n := from; n <= to; n++ {
			all = append(all, fmt.Sprintf("%0*d", len(first), n))
		}
	}
	return all
}

func (c *compiler) onCreate(files []onCreateFile) []onCreate {
	var all []onCreate
	for i := range files {
		file := &files[i]
		o := onCreate{field: record.Field(file.Field.text), value: file.Value.text, member: record.Field(file.Member.text), today: file.Today}
		if file.Path.text != "" {
			o.path = parsePath(file.Path.text)
		}
		if file.Constant.text != "" {
			o.value, o.constant = c.constant(file.Constant), file.Constant.text
		}
		all = append(all, o)
	}
	return all
}

// oneOf returns the word, the first choice where it is missing, and notes a word that is none of the choices.
func (c *compiler) oneOf(w word, choices ...string) string {
	if w.line == 0 {
		return choices[0]
	}
	if !slices.Contains(choices, w.text) {
		c.add(w.line, fmt.Sprintf("%q is not known here", w.text), "write one of "+strings.TrimPrefix(strings.Join(choices, ", "), ", "))
	}
	return w.text
}

// codesOf returns a table of codes, sorted by code and first year.
func codesOf(file map[word]codeFile) []code {
	var codes []code
	for _, name := range slices.SortedFunc(maps.Keys(file), func(a, b word) int { return strings.Compare(a.text, b.text) }) {
		for _, years := range file[name].years {
			codes = append(codes, code{code: name.text, spellings: years.spellings.texts(), from: years.from, until: years.until})
		}
	}
	return codes
}
