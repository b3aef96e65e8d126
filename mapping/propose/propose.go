// Package propose reads the contacts of a club's software and proposes the overlay that only the club can name: which place
// holds the federation number, the category, the exit, each function and each subscription (DESIGN decision 2, WIRE.md 2).
//
// What decides is whether a place says of people what the federation says of them. The people that are compared are twins:
// folded first and last name and birth date are equal, and stand once on each side. That is evidence about a place and
// links nobody. Without the federation only the spellings of the categories decide.
//
// A place is sure by the measures at the head of propose.go. Whatever else is found is a comment in the overlay, which
// takes nothing. No value of a person is in a proposal: a spelling is shown where it names something that the federation
// knows, or where enough people share it.
package propose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// The measures of certainty.
const (
	// enough is how many people, and how many different values, have to agree with the federation: fewer may be chance.
	enough = 5
	// most is the share, in percent, of the compared people for whom a place has to say what the federation says. The two
	// systems have grown apart, so it is not all of them.
	most = 90
	// many is that share for the category: a whole birth year moves in January, on one side first (WIRE.md 1).
	many = 80
	// half is the share of the people with something at a place for whom it has to be the name of a category.
	half = 50
	// shared is how many people have to share a spelling that names nothing known before it is shown.
	shared = 3
)

// A Side is a side of the link: how its documents are read, and all of them. Without documents it could not be asked.
type Side struct {
	Profile   *mapping.Profile
	Documents []record.Document
}

// A Code is a row of a code table of the federation, with its names in all languages.
type Code struct {
	Code  string
	Names []string
}

// An Input is what a proposal rests on. The club's profile says what has a place already: nothing else is proposed. Codes are
// the tables that are in force on the day Today, by the names under which the federation has them (WIRE.md 1): category,
// functionCode, publication.
type Input struct {
	Club, Federation Side
	Codes            map[string][]Code
	Today            record.Date
}

// A Proposal is an overlay with what each part of it rests on.
type Proposal struct {
	People    int  // whose contacts were read: companies do not count
	Twins     int  // of them, who was compared with the federation
	Asked     bool // the federation could be asked
	Places    []Place
	Functions []Choice
	// FunctionsAt is the place of the functions.
	FunctionsAt  string
	Publications []Publication
	Categories   []Spelling
	Open         []mapping.Gap // what no place was found for
	Vacant       []string      // places in which nobody has anything

	profile string       // that the overlay names
	form    mapping.Form // what is built in for it; the zero Form for nothing
}

// A Place is where a field seems to stand.
type Place struct {
	Field record.Field
	At    string
	Sure  bool
	Why   string
}

// A Choice is what a choice of the functions seems to mean. Label is how people read it where the choice is a number.
type Choice struct {
	Text, Label     string
	Function, Organ string
	Sure            bool
	Why             string
}

// A Publication is where a subscription seems to stand, and how its delivery is spelled there. Publication is empty where only
// the spellings were recognised.
type Publication struct {
	Publication, At string
	Values          []Spelling
	Sure            bool
	Why             string
}

// A Spelling is what a text seems to mean: a category, or a delivery. A category that nobody is spelled as has no text, and a
// text that means nothing known has no code.
type Spelling struct {
	Text, Code string
	People     int
	Sure       bool
	Why        string
}

// Overlay proposes places for what the club's profile has none for. An error is a fault of the program.
func Overlay(in Input) (Proposal, error) {
	s, err := read(in)
	if err != nil {
		return Proposal{}, err
	}
	p := Proposal{
		People: len(s.contacts), Twins: s.twins, Asked: len(in.Federation.Documents) > 0, profile: in.Club.Profile.System(),
	}
	form, err := s.form()
	if err != nil {
		return Proposal{}, err
	}
	if form.Name != "" {
		p.profile, p.form = form.Name, form
		s.taken = append(s.taken, form.Functions)
		for _, at := range form.Places {
			s.taken = append(s.taken, at)
		}
	}
	for _, gap := range in.Club.Profile.Gaps() {
		if !s.fill(&p, gap, form) {
			p.Open = append(p.Open, gap)
		}
	}
	if len(p.Open) > 0 {
		p.Vacant = s.vacant(p.found())
	}
	return p, nil
}

// found returns all places that were found.
func (p *Proposal) found() []string {
	all := []string{p.FunctionsAt}
	for _, f := range p.Places {
		all = append(all, f.At)
	}
	for _, f := range p.Publications {
		all = append(all, f.At)
	}
	return slices.DeleteFunc(all, func(at string) bool { return at == "" })
}

// builtIn says what a built-in overlay has a place for.
func builtIn(form mapping.Form) string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(form.Places)) {
		all = append(all, string(field)+" in "+form.Places[field])
	}
	if form.Functions != "" {
		all = append(all, "functions in "+form.Functions)
	}
	return strings.Join(all, ", ")
}

// fill looks for a place for what has none, and reports whether there is one, be it a perhaps.
func (s *survey) fill(p *Proposal, gap mapping.Gap, form mapping.Form) bool {
	switch {
	case gap.Kind == "function" && gap.Field == "":
		s.functions(p, form)
		return len(p.Functions) > 0
	case gap.Kind == "subscription" && gap.Field == "":
		p.Publications = s.publications()
		return len(p.Publications) > 0
	case gap.Field == "" || gap.Kind == "function" || gap.Kind == "subscription":
		return false
	}
	if at, built := form.Places[gap.Field]; built {
		if gap.Field == "category" {
			p.Categories = s.spellings(at)
		}
		return true
	}
	if gap.Field == "category" {
		return s.category(p)
	}
	found := s.field(gap.Kind, gap.Field)
	p.Places = append(p.Places, found...)
	return len(found) > 0
}

// settle makes a sure place a perhaps where another one is as sure, and drops the others where one is sure.
func settle(found []Place) []Place {
	var sure []Place
	for _, f := range found {
		if f.Sure {
			sure = append(sure, f)
		}
	}
	switch {
	case len(sure) == 1:
		return sure
	case len(sure) > 1:
		for i := range sure {
			sure[i].Sure = false
			sure[i].Why += fmt.Sprintf("; %d places say the same", len(sure))
		}
		return sure
	}
	return found
}

// share reports whether a part is at least so many percent of a whole, and not nothing.
func share(part, whole, percent int) bool { return part > 0 && part*100 >= whole*percent }

// count says a number of something.
func count(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, several)
}

// plain returns a text as it is compared and shown: in one line, its spaces collapsed.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }

// best returns the key that is counted most often, with its count; a tie has none.
func best[K comparable](counts map[K]int) (key K, n int) {
	tied := false
	for k, c := range counts {
		switch {
		case c > n:
			key, n, tied = k, c, false
		case c == n:
			tied = true
		}
	}
	if tied {
		var none K
		return none, 0
	}
	return key, n
}

// lacks reports whether the club's profile has no place for a field of a kind.
func lacks(p *mapping.Profile, k record.Kind, f record.Field) bool {
	return slices.ContainsFunc(p.Gaps(), func(g mapping.Gap) bool { return g.Kind == k && (g.Field == f || g.Field == "") })
}
