package mapping

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// An overlayFile is what a club knows about its own system (DESIGN, The outside of the program).
type overlayFile struct {
	Profile   word          `yaml:"profile"`
	Places    map[word]word `yaml:"places"` // a field to its path
	Functions *struct {
		Place   word                `yaml:"place"`
		Key     word                `yaml:"key"` // the member of an element that holds the choice; without it elements are texts
		Choices map[word]choiceFile `yaml:"choices"`
	} `yaml:"functions"`
	Subscriptions []publicationFile          `yaml:"subscriptions"`
	Codes         map[word]map[word]codeFile `yaml:"codes"` // a field to its codes
}

// A choiceFile is the function that a choice means.
type choiceFile struct {
	Function word `yaml:"function"`
	Organ    word `yaml:"organ"`
}

// A publicationFile is the place of one publication.
type publicationFile struct {
	Publication word          `yaml:"publication"`
	Place       word          `yaml:"place"`
	Values      map[word]word `yaml:"values"` // a spelling to the delivery it means; the first of each is written
}

// readOverlay reads an overlay without looking at what it means.
func readOverlay(l layer) (*overlayFile, error) {
	p := &problems{file: l.name}
	var file overlayFile
	p.decode(l.text, &file)
	if file.Profile.text == "" && len(p.found) == 0 {
		p.add(0, "the overlay does not say which profile it overlays", "begin it with profile: and the name of the system")
	}
	return &file, p.err()
}

// A Form is a form in which a system is known to serve its documents besides the usual one, with the overlay that is built in
// for it: what an overlay of a link names as its profile.
type Form struct {
	Name      string
	Places    map[record.Field]string // dotted paths
	Functions string                  // the place of the functions, "" for none
	Key       string                  // the member of an element there that holds the choice
}

// Forms returns the forms of a system that have a built-in overlay. An error is a fault of the program.
func Forms(system string) ([]Form, error) {
	var forms []Form
	for _, name := range shapes(system) {
		text, err := shippedProfile(name)
		if err != nil {
			return nil, err
		}
		file, err := readOverlay(text)
		if err != nil {
			return nil, err
		}
		f := Form{Name: name, Places: map[record.Field]string{}}
		for field, at := range file.Places {
			f.Places[record.Field(field.text)] = at.text
		}
		if file.Functions != nil {
			f.Functions, f.Key = file.Functions.Place.text, file.Functions.Key.text
		}
		forms = append(forms, f)
	}
	return forms, nil
}

// An overlayer lays an overlay over a profile and notes what is wrong with it.
type overlayer struct {
	problems
	profile *Profile
}

// overlay lays a layer over the profile.
func (p *Profile) overlay(l layer) error {
	file, err := readOverlay(l)
	if err != nil {
		return err
	}
	o := &overlayer{problems: problems{file: l.name}, profile: p}
	o.places(file.Places)
	o.functions(file)
	o.subscriptions(file.Subscriptions)
	o.codes(file.Codes)
	o.collisions(file)
	return o.err()
}

func byLine[V any](m map[word]V) []word {
	return slices.SortedFunc(maps.Keys(m), func(a, b word) int { return a.line - b.line })
}

// places gives fields of the member and of what stands beside it at the document's root a place.
func (o *overlayer) places(places map[word]word) {
	seen := map[*record.FieldDef]int{}
	for _, name := range byLine(places) {
		h, def := o.placeable(name)
		if def == nil {
			continue
		}
		if line, twice := seen[def]; twice {
			o.add(name.line, fmt.Sprintf("the field %s has two places, the other on line %d", def.Name, line), "keep one of them")
			continue
		}
		seen[def] = name.line
		at := o.path(places[name])
		f := h.field(def.Name)
		if f == nil {
			f = &field{kind: h.def.Name, def: *def, empty: "text", absent: "hidden", as: "text"}
			h.fields = append(h.fields, f)
			h.sortFields()
		}
		f.reads, f.writes, f.where, f.or, f.assumed = []path{at}, []path{at}, false, nil, false
	}
}

// placeable returns the field that an overlay names, "exitDate" or "affiliation.exitDate".
func (o *overlayer) placeable(name word) (*holding, *record.FieldDef) {
	kind, plain, qualified := strings.Cut(name.text, ".")
	if !qualified {
		kind, plain = "", name.text
	}
	var names []string
	for _, w := range o.profile.wires {
		for _, h := range w.holds {
			if h.at != "root" {
				continue
			}
			for i := range h.def.Fields {
				def := &h.def.Fields[i]
				if string(def.Name) == plain && (kind == "" || kind == string(h.def.Name)) {
					return h, def
				}
				names = append(names, string(def.Name))
			}
		}
	}
	todo := "remove it or name a field that there is"
	if best := nearest(plain, names); best != "" {
		todo = "did you mean " + best + "?"
	}
	o.add(name.line, fmt.Sprintf("there is no field %q to give a place to", name.text), todo)
	return nil, nil
}

// path reads a dotted path.
func (o *overlayer) path(w word) path {
	p := parsePath(w.text)
	if slices.Contains(p, "") || strings.ContainsAny(w.text, " \t[]/") {
		o.add(w.line, fmt.Sprintf("%q is no place", w.text), "write member names with dots between them, as in custom_fields.101")
	}
	return p
}

func (o *overlayer) functions(file *overlayFile) {
	if file.Functions == nil {
		return
	}
	h := o.at("array", file.Functions.Place.line, "functions")
	if h == nil {
		return
	}
	if file.Functions.Place.text != "" {
		h.place, h.key = o.path(file.Functions.Place), file.Functions.Key.text
	}
	if h.place == nil {
		o.add(0, "functions have no place", "name the field under functions: place")
		return
	}
	for _, text := range byLine(file.Functions.Choices) {
		given := file.Functions.Choices[text]
		o.form(given.Function, "function")
		if strings.Contains(given.Organ.text, "|") {
			o.add(given.Organ.line, "an organ has no upright stroke in its name", "write it as the federation does")
		}
		c := choice{text: clean(text.text), identity: record.Identity(given.Function.text, clean(given.Organ.text))}
		if i := slices.IndexFunc(h.choices, func(b choice) bool { return b.identity == c.identity }); i >= 0 {
			o.add(text.line, fmt.Sprintf("two choices, %q and %q, mean the same function", h.choices[i].text, c.text), "keep one of them")
			continue
		}
		h.choices = append(h.choices, c)
	}
}

func (o *overlayer) subscriptions(files []publicationFile) {
	for _, file := range files {
		h := o.at("map", file.Place.line, "subscriptions")
		if h == nil {
			return
		}
		o.form(file.Publication, "publication")
		def := h.def.Field(h.value)
		f := &field{kind: h.def.Name, def: *def, empty: "text", absent: "hidden", as: "text"}
		f.reads = []path{o.path(file.Place)}
		f.writes = f.reads
		for _, spelling := range byLine(file.Values) {
			delivery := file.Values[spelling]
			if !slices.Contains([]string{"print", "digital"}, delivery.text) {
				o.add(delivery.line, fmt.Sprintf("a delivery %q is not known", delivery.text), "write print or digital")
			}
			i := slices.IndexFunc(f.codes, func(c code) bool { return c.code == delivery.text })
			if i < 0 {
				i, f.codes = len(f.codes), append(f.codes, code{code: delivery.text})
			}
			f.codes[i].spellings = append(f.codes[i].spellings, spelling.text)
		}
		if len(f.codes) == 0 {
			o.add(file.Publication.line, "the publication does not say how its delivery is spelled", "add values, as in {Papier: print}")
		}
		if slices.ContainsFunc(h.identities, func(i identified) bool { return i.identity == file.Publication.text }) {
			o.add(file.Publication.line, fmt.Sprintf("the publication %s has two places", file.Publication.text), "keep one of them")
		}
		h.identities = append(h.identities, identified{identity: file.Publication.text, field: f})
	}
}

// at returns the holding that an overlay has to place, and notes that the system has none.
func (o *overlayer) at(way string, line int, what string) *holding {
	for _, w := range o.profile.wires {
		for _, h := range w.holds {
			if h.at == way {
				return h
			}
		}
	}
	o.add(line, fmt.Sprintf("the profile %s has %s where they are", o.profile.system, what), "remove the key "+what)
	return nil
}

// HasForm reports whether a code has the form that an overlay takes: of a category, a function or a publication.
func (p *Profile) HasForm(what, code string) bool {
	return regexp.MustCompile(`^(?:` + p.domain.forms[what] + `)$`).MatchString(code)
}

// form holds a code to the form that the domain gives it.
func (o *overlayer) form(w word, what string) {
	if !o.profile.HasForm(what, w.text) {
		o.add(w.line, fmt.Sprintf("%q does not have the form of a %s code", w.text, what), "take the code from the federation's table")
	}
}

func (o *overlayer) codes(tables map[word]map[word]codeFile) {
	for _, name := range byLine(tables) {
		h, def := o.placeable(name)
		if def == nil {
			continue
		}
		f := h.field(def.Name)
		if f == nil || def.Type != record.Code {
			o.add(name.line, fmt.Sprintf("the field %s has no place that could hold a code", name.text), "give it a place under places, or remove its codes")
			continue
		}
		for _, code := range byLine(tables[name]) {
			o.form(code, name.text)
		}
		f.codes = codesOf(tables[name])
		o.ambiguous(tables[name])
	}
}

// ambiguous finds spellings that mean two codes in the same years.
func (o *overlayer) ambiguous(table map[word]codeFile) {
	type use struct {
		code string
		span span
	}
	seen := map[string][]use{}
	for _, name := range byLine(table) {
		for _, s := range table[name].years {
			for _, spelling := range s.spellings {
				key := strings.ToLower(clean(spelling.text))
				for _, u := range seen[key] {
					if overlap(u.span, s) {
						o.add(spelling.line, fmt.Sprintf("%q is a spelling of %s and of %s at the same time", spelling.text, u.code, name.text),
							"leave it to one of them, or give them years")
					}
				}
				seen[key] = append(seen[key], use{name.text, s})
			}
		}
	}
}

func overlap(a, b span) bool {
	before := func(x, y record.Date) bool { return !x.IsZero() && !y.IsZero() && x.Before(y) }
	return !before(a.until, b.from) && !before(b.until, a.from)
}

// collisions finds places of the overlay that something else uses.
func (o *overlayer) collisions(file *overlayFile) {
	lines := map[string]int{}
	for _, at := range file.Places {
		lines[at.text] = max(lines[at.text], at.line)
	}
	if file.Functions != nil {
		lines[file.Functions.Place.text] = max(lines[file.Functions.Place.text], file.Functions.Place.line)
	}
	for _, s := range file.Subscriptions {
		lines[s.Place.text] = max(lines[s.Place.text], s.Place.line)
	}
	said := map[int]bool{}
	for _, w := range o.profile.wires {
		for _, c := range w.collisions() {
			line, at := lines[c[0]], c[0]
			if lines[c[1]] > line {
				line, at = lines[c[1]], c[1]
			}
			if line > 0 && !said[line] {
				said[line] = true
				o.add(line, fmt.Sprintf("the place %s is used twice", at), "give each field a place of its own")
			}
		}
	}
}
