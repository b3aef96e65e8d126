package propose

import (
	"cmp"
	"fmt"
	"slices"
)

// category looks for the place of the category and for what is spelled there, and reports whether there is one.
func (s *survey) category(p *Proposal) bool {
	var found []Place
	for _, at := range s.free() {
		if place, ok := s.categoryAt(at); ok {
			found = append(found, place)
		}
	}
	found = settle(found)
	p.Places = append(p.Places, found...)
	if len(found) == 1 {
		p.Categories = s.spellings(found[0].At)
	}
	return len(found) > 0
}

// categoryAt judges one place: most of what stands there has to name categories, several of them, and of people whom the
// federation knows the categories that it has them in.
func (s *survey) categoryAt(at string) (Place, bool) {
	filled, named, compared, equal := 0, 0, 0, 0
	codes := map[string]bool{}
	for i := range s.contacts {
		c := &s.contacts[i]
		if c.texts[at] == "" {
			continue
		}
		filled++
		code := s.names.codeOf(c.texts[at])
		if code == "" {
			continue
		}
		named++
		codes[code] = true
		if theirs := c.categoryThere(); theirs != "" {
			compared++
			if theirs == code {
				equal++
			}
		}
	}
	const several = 2 // of one category alone a word may be chance
	if named < enough || !share(named, filled, half) || len(codes) < several {
		return Place{}, false
	}
	why := fmt.Sprintf("%d of %s have something there, %d of them the name or code of a category", filled, count(len(s.contacts), "person", "people"), named)
	if compared > 0 {
		why += fmt.Sprintf("; of %d whom the federation knows %d are in that category there", compared, equal)
	}
	return Place{Field: "category", At: at, Sure: compared < enough || share(equal, compared, many), Why: why}, true
}

// categoryThere returns the category that the federation has a person in, "" for none that is known.
func (c *contact) categoryThere() string {
	if c.twin == nil {
		return ""
	}
	return c.twin.fields["affiliation"]["category"].Text()
}

// spellings tells what each text at the place of the category means, by code and then by how many people have it. Categories
// that nobody is spelled as come last.
func (s *survey) spellings(at string) []Spelling {
	people, there := map[string]int{}, map[string]map[string]int{}
	for i := range s.contacts {
		c := &s.contacts[i]
		text := c.texts[at]
		if text == "" {
			continue
		}
		people[text]++
		if code := c.categoryThere(); code != "" {
			if there[text] == nil {
				there[text] = map[string]int{}
			}
			there[text][code]++
		}
	}
	var all []Spelling
	spelled := map[string]bool{}
	for text, n := range people {
		one := s.spelling(text, n, there[text])
		if !s.club.HasForm("category", one.Code) { // an overlay would not take it
			one = Spelling{Text: text, People: n}
		}
		all = append(all, one)
		if one.Sure {
			spelled[one.Code] = true
		}
	}
	for _, row := range s.codes["category"] {
		if !spelled[row.Code] {
			all = append(all, Spelling{Code: row.Code, Why: first(row.Names)})
		}
	}
	slices.SortFunc(all, func(a, b Spelling) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Code, b.Code), cmp.Compare(b.People, a.People), cmp.Compare(a.Text, b.Text))
	})
	return all
}

// order puts what is sure before what may be, and that before what is open.
func order(s Spelling) int {
	switch {
	case s.Sure:
		return 0
	case s.Text != "":
		return 1
	default:
		return 2
	}
}

// spelling judges one text: a name counts unless the federation says otherwise, and what the federation says of enough
// people counts without a name.
func (s *survey) spelling(text string, people int, there map[string]int) Spelling {
	one := Spelling{Text: text, People: people, Code: s.names.codeOf(text)}
	code, n := best(there)
	total := 0
	for _, k := range there {
		total += k
	}
	switch {
	case one.Code != "" && (total < enough || share(there[one.Code], total, half)):
		one.Sure = true
	case one.Code == "" && n >= enough && share(n, total, most):
		one.Code, one.Sure = code, true
		one.Why = fmt.Sprintf("%d of the %d whom the federation knows are in %s there", n, total, code)
	case one.Code != "":
		one.Why = fmt.Sprintf("by its name; but only %d of the %d whom the federation knows are in %s there", there[one.Code], total, one.Code)
	case code != "" && people >= shared:
		one.Code = code
		one.Why = fmt.Sprintf("%d of the %d whom the federation knows are in %s there", n, total, code)
	}
	return one
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
