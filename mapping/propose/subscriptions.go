package propose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"passerelle/mapping"
)

// publications looks for the places of subscriptions, one for each publication.
func (s *survey) publications() []Publication {
	var found []Publication
	for _, at := range s.free() {
		if p, ok := s.publicationAt(at); ok {
			found = append(found, p)
		}
	}
	sure := map[string]int{}
	for _, p := range found {
		if p.Sure {
			sure[p.Publication]++
		}
	}
	for i := range found {
		if found[i].Sure && sure[found[i].Publication] > 1 {
			found[i].Sure = false
			found[i].Why += fmt.Sprintf("; %d places say the same", sure[found[i].Publication])
		}
	}
	slices.SortStableFunc(found, func(a, b Publication) int { return cmp.Compare(a.Publication, b.Publication) })
	return found
}

// publicationAt judges one place: the people with something there have to be those who have one publication at the federation,
// and what is there has to be spellings of how it is delivered.
func (s *survey) publicationAt(at string) (Publication, bool) {
	values, filled, twins := map[string]int{}, 0, 0
	hits, theirs := map[string]int{}, map[string]int{}
	for i := range s.contacts {
		c := &s.contacts[i]
		text := c.texts[at]
		if text != "" {
			values[text]++
			filled++
		}
		if c.twin == nil {
			continue
		}
		if text != "" {
			twins++
		}
		for publication := range c.twin.subscriptions {
			theirs[publication]++
			if text != "" {
				hits[publication]++
			}
		}
	}
	spelled := s.deliveries(values)
	if filled < shared || len(spelled) == 0 {
		return Publication{}, false
	}
	p := Publication{At: at, Values: spelled, Why: have(filled) + " something there that says how a paper is delivered"}
	publication, n := best(hits)
	if !s.club.HasForm("publication", publication) || !share(n, twins, half) || !share(n, theirs[publication], half) {
		return p, true
	}
	p.Publication = publication
	p.Sure = n >= enough && share(n, twins, most)
	p.Why = fmt.Sprintf("%s something there; of %d whom the federation knows %d have %s there", have(filled), twins, n, publication)
	return p, true
}

func have(n int) string {
	if n == 1 {
		return "1 person has"
	}
	return fmt.Sprintf("%d people have", n)
}

// deliveries tells what the texts of a place mean as deliveries: by their name. Where one of them means none, the place is none
// of a subscription.
func (s *survey) deliveries(values map[string]int) []Spelling {
	var all []Spelling
	for text, people := range values {
		word := s.names.delivery[mapping.FoldName(text)]
		if word == "" {
			return nil
		}
		all = append(all, Spelling{Text: text, Code: word, People: people, Sure: true})
	}
	slices.SortFunc(all, func(a, b Spelling) int {
		return cmp.Or(-strings.Compare(a.Code, b.Code), cmp.Compare(b.People, a.People), strings.Compare(a.Text, b.Text))
	})
	return all
}
