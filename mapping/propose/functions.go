package propose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// functions looks for the one place of several choices that holds functions, and for what its choices mean.
func (s *survey) functions(p *Proposal, form mapping.Form) {
	if form.Functions != "" {
		p.FunctionsAt = form.Functions
		p.Functions = s.choices(form.Functions, form.Key)
		return
	}
	most, tied := 0, false
	for _, at := range s.several() {
		choices := s.choices(at, "")
		known := 0
		for _, c := range choices {
			if c.Function != "" {
				known++
			}
		}
		switch {
		case known > most:
			most, tied = known, false
			p.FunctionsAt, p.Functions = at, choices
		case known == most:
			tied = true
		}
	}
	if tied { // nothing says which of them it is
		for i := range p.Functions {
			p.Functions[i].Sure = false
			p.Functions[i].Why = "another place looks the same"
		}
	}
}

// A chosen is what is known of a choice: how many people have it, whom of them the federation knows, and with which functions.
type chosen struct {
	label         string
	people, twins int
	functions     map[string]int
}

// choices tells what each choice at a place means, in the order of the functions, those of unknown meaning last.
func (s *survey) choices(at, key string) []Choice {
	seen := map[string]*chosen{}
	for i := range s.contacts {
		c := &s.contacts[i]
		for _, e := range c.lists[at] {
			text, label := e.choice(key)
			if text == "" {
				continue
			}
			if seen[text] == nil {
				seen[text] = &chosen{label: label, functions: map[string]int{}}
			}
			seen[text].count(c.twin)
		}
	}
	var all []Choice
	for text, what := range seen {
		c := s.choice(text, what)
		if !s.club.HasForm("function", c.Function) { // an overlay would not take it
			c = Choice{Text: text, Label: what.label}
		}
		if c.Function == "" && what.people < shared {
			continue // it may be anything: it is not shown
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Choice) int {
		return cmp.Or(compareFlags(b.Sure, a.Sure), compareFlags(b.Function != "", a.Function != ""),
			cmp.Compare(a.Function, b.Function), cmp.Compare(a.Organ, b.Organ), cmp.Compare(a.Text, b.Text))
	})
	return once(all)
}

func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// choice returns the text of an element and how people read it: another text of it, where the choice is a number.
func (e element) choice(key string) (text, label string) {
	if key == "" {
		return e.text, ""
	}
	for name, other := range e.members {
		if name != key && other > label {
			label = other
		}
	}
	return e.members[key], label
}

func (c *chosen) count(twin *member) {
	c.people++
	if twin == nil {
		return
	}
	c.twins++
	for identity := range twin.functions {
		c.functions[identity]++
	}
}

// choice judges one choice. Its name has to fit one function code and most of the people whom the federation knows have to have
// that function there; without a name, enough people and nearly all of them.
func (s *survey) choice(text string, what *chosen) Choice {
	c := Choice{Text: text, Label: what.label}
	if c.Function = s.functionOf(cmp.Or(what.label, text)); c.Function != "" {
		organs := map[string]int{}
		for identity, n := range what.functions {
			if parts := record.Parts(identity); parts[0] == c.Function {
				organs[parts[1]] = n
			}
		}
		organ, n := best(organs)
		c.Organ = organ
		c.Sure = n > 0 && share(n, what.twins, half)
		c.Why = fmt.Sprintf("by its name; %d of %d who have it are %s at the federation", n, what.twins, c.Function)
		return c
	}
	identity, n := best(what.functions)
	if n > 0 && share(n, what.twins, half) && n >= shared {
		parts := record.Parts(identity)
		c.Function, c.Organ = parts[0], parts[1]
		c.Sure = n >= enough && share(n, what.twins, most)
		c.Why = fmt.Sprintf("%d of %d who have it are %s at the federation", n, what.twins, c.Function)
	}
	return c
}

// stem is how many letters the beginnings of two words have to share for one to fit the other: Leiter, Leitung.
const stem = 4

// functionOf returns the function code of which a choice is a name, by the beginning of its first word; "" where it fits none
// or several.
func (s *survey) functionOf(text string) string {
	word, _, _ := strings.Cut(text, " ")
	begins := letters(mapping.FoldName(word))
	codes := map[string]bool{}
	for _, row := range s.codes["functionCode"] {
		for _, name := range append([]string{row.Code}, row.Names...) {
			name, _, _ = strings.Cut(name, " ")
			if other := letters(mapping.FoldName(name)); begins != "" && begins == other {
				codes[row.Code] = true
			}
		}
	}
	return only(codes)
}

// letters returns the beginning of a folded word.
func letters(word string) string {
	runes := []rune(word)
	return string(runes[:min(len(runes), stem)])
}

// once leaves a function to the surest of the choices that mean it, since an overlay names each function once: what is meant by
// the others is open.
func once(all []Choice) []Choice {
	seen := map[string]bool{}
	for i := range all {
		identity := record.Identity(all[i].Function, all[i].Organ)
		if seen[identity] {
			all[i] = Choice{Text: all[i].Text, Label: all[i].Label}
		}
		seen[identity] = seen[identity] || all[i].Sure
	}
	return all
}
