package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/record"
)

// Text returns the overlay as a file: what is sure takes effect, everything else is a comment.
func (p *Proposal) Text() string {
	w := &writer{}
	w.line("# Where this club keeps what its software has no place of its own for, as passerelle connect found it in the")
	w.line("# contacts of %s. Look at every line. What begins with # takes no effect: it is a guess, or a question to you.", count(p.People, "person", "people"))
	switch {
	case !p.Asked:
		w.line("# The federation could not be asked: numbers, functions and subscriptions were held against nothing.")
	default:
		w.line("# It was held against the federation for %s whom it knows by the same names and birth date.", count(p.Twins, "person", "people"))
	}
	if p.form.Name != "" {
		w.line("# Built in for contacts in this form: %s.", builtIn(p.form))
	}
	w.line("profile: %s", p.profile)
	p.places(w)
	p.functions(w)
	p.publications(w)
	p.categories(w)
	return w.text.String()
}

// A writer writes an overlay line by line.
type writer struct{ text strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// section begins a part of the file, in effect only where something of it is.
func (w *writer) section(name string, inEffect bool) {
	w.line("")
	w.line("%s%s:", hash(inEffect), name)
}

// hash returns what stands before a line: nothing in effect, else a comment sign.
func hash(inEffect bool) string {
	if inEffect {
		return ""
	}
	return "# "
}

func (p *Proposal) places(w *writer) {
	sure := slices.ContainsFunc(p.Places, func(f Place) bool { return f.Sure })
	if len(p.Places) == 0 && len(p.asked()) == 0 {
		return
	}
	w.section("places", sure)
	for _, f := range p.Places {
		if f.Sure {
			w.line("  # %s", f.Why)
			w.line("  %s: %s", f.Field, place(f.At))
			continue
		}
		w.line("  # %s: %s   # perhaps: %s", f.Field, place(f.At), f.Why)
	}
	for _, sentence := range p.asked() {
		w.line("  # %s", sentence)
	}
	if len(p.Vacant) > 0 {
		w.line("  # places in which nobody has anything: %s", strings.Join(p.Vacant, ", "))
	}
}

// asked returns what only the admin can say: of every field without a place whose lack costs something, what it costs.
func (p *Proposal) asked() []string {
	var all, rest []string
	for _, g := range p.Open {
		switch {
		case g.Field == "" || g.Kind == "function" || g.Kind == "subscription":
		case slices.Contains([]record.Field{"memberNumber", "category", "exitDate"}, g.Field):
			all = append(all, fmt.Sprintf("%s:    # which? No place was found. Without one, %s", g.Field, after(g.Sentence)))
		default:
			rest = append(rest, string(g.Field))
		}
	}
	if len(rest) > 0 {
		all = append(all, "without a place, which is allowed: "+strings.Join(rest, ", "))
	}
	return all
}

// after returns what a sentence says after its colon.
func after(sentence string) string {
	if _, what, found := strings.Cut(sentence, ": "); found {
		return what
	}
	return sentence
}

func (p *Proposal) functions(w *writer) {
	sure := slices.ContainsFunc(p.Functions, func(c Choice) bool { return c.Sure })
	if len(p.Functions) == 0 {
		return
	}
	w.section("functions", sure)
	if p.form.Functions == "" {
		w.line("%s  place: %s", hash(sure), place(p.FunctionsAt))
	}
	w.line("%s  choices:", hash(sure))
	for _, c := range p.Functions {
		why := strings.Join(slices.DeleteFunc([]string{c.Label, c.Why}, func(s string) bool { return s == "" }), ": ")
		switch {
		case c.Sure:
			w.line("    %s: {function: %s, organ: %s}   # %s", quoted(c.Text), c.Function, quoted(c.Organ), oneLine(why))
		case c.Function != "":
			w.line("    # %s: {function: %s, organ: %s}   # perhaps: %s", quoted(c.Text), c.Function, quoted(c.Organ), oneLine(why))
		default:
			w.line("    # %s: {function: , organ: \"\"}   # %s", quoted(c.Text),
				strings.TrimSpace("which? Leave it out where it is the club's own affair. "+oneLine(why)))
		}
	}
}

func (p *Proposal) publications(w *writer) {
	sure := slices.ContainsFunc(p.Publications, func(s Publication) bool { return s.Sure })
	if len(p.Publications) == 0 {
		return
	}
	w.section("subscriptions", sure)
	for _, s := range p.Publications {
		off := hash(s.Sure)
		if s.Sure {
			w.line("  # %s", s.Why)
		} else {
			w.line("  # perhaps: %s", s.Why)
		}
		if s.Publication == "" {
			w.line("%s  - publication:    # which?", off)
		} else {
			w.line("%s  - publication: %s", off, s.Publication)
		}
		w.line("%s    place: %s", off, place(s.At))
		w.line("%s    values:", off)
		for _, v := range s.Values {
			w.line("%s      %s: %s", off, quoted(v.Text), v.Code)
		}
	}
}

func (p *Proposal) categories(w *writer) {
	if len(p.Categories) == 0 {
		return
	}
	sure := slices.ContainsFunc(p.Categories, func(s Spelling) bool { return s.Sure }) && p.placed()
	w.section("codes", sure)
	w.line("%s  category:   # the first spelling of a code is written, all are read", hash(sure))
	for i := 0; i < len(p.Categories); {
		n := i + 1
		for n < len(p.Categories) && p.Categories[i].Sure && p.Categories[n].Sure && p.Categories[n].Code == p.Categories[i].Code {
			n++
		}
		category(w, p.Categories[i:n], sure)
		i = n
	}
	if hidden := p.hidden(); hidden > 0 {
		w.line("    # and %s that fewer than %d people have and that names no category", count(hidden, "text", "texts"), shared)
	}
}

// placed reports whether the category has a place, this proposal's or that of a built-in overlay.
func (p *Proposal) placed() bool {
	for _, f := range p.Places {
		if f.Field == "category" {
			return f.Sure
		}
	}
	return true
}

// category writes the spellings of one code, or one text that is not sure.
func category(w *writer, all []Spelling, sure bool) {
	s := all[0]
	switch {
	case s.Sure:
		people := 0
		var texts []string
		for _, one := range all {
			people += one.People
			texts = append(texts, quoted(one.Text))
		}
		why := count(people, "person", "people")
		if s.Why != "" {
			why += "; " + s.Why
		}
		w.line("%s    %s: [%s]   # %s", hash(sure), quoted(s.Code), strings.Join(texts, ", "), why)
	case s.Text == "":
		w.line("    # %s: []   # %s: nobody is called so; name the club's word, if there is one", quoted(s.Code), oneLine(s.Why))
	case s.Code != "":
		w.line("    # %s: [%s]   # perhaps: %s; %s", quoted(s.Code), quoted(s.Text), count(s.People, "person", "people"), s.Why)
	case s.People >= shared:
		w.line("    # %s   # %s: leave it out where it is none of the federation's, or name it under a code",
			quoted(s.Text), count(s.People, "person", "people"))
	}
}

// hidden counts the texts that are not shown.
func (p *Proposal) hidden() int {
	n := 0
	for _, s := range p.Categories {
		if !s.Sure && s.Text != "" && s.Code == "" && s.People < shared {
			n++
		}
	}
	return n
}

// place writes a place, quoted where YAML would read it as something else.
func place(at string) string {
	if regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`).MatchString(at) {
		return at
	}
	return quoted(at)
}

// quoted writes a text as YAML and Go both read it.
func quoted(text string) string { return strconv.Quote(text) }

// oneLine makes a text that came from outside fit for a comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}
