package fairgatetest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// replace puts contacts in the place of all that there are. The caller holds the lock.
func (s *store) replace(contacts []Contact) {
	ids := slices.Collect(maps.Keys(s.contacts))
	for _, c := range contacts {
		ids = append(ids, c.Basefields.ContactID)
	}
	s.note(ids...)
	s.contacts, s.freed = map[string]Contact{}, nil
	for _, c := range contacts {
		s.put(c)
	}
}

func (s *store) restore(contacts []Contact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = firstID
	s.replace(contacts)
}

// renumber gives every contact an id that none had before, in the order of the old ones, and returns the new ids by the old.
func (s *store) renumber() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	given := map[string]string{}
	renumbered := slices.SortedFunc(maps.Values(s.contacts), func(a, b Contact) int { return cmp.Compare(idNumber(a), idNumber(b)) })
	for i := range renumbered {
		id := &renumbered[i].Basefields.ContactID
		given[*id] = strconv.Itoa(s.next + i)
		*id = given[*id]
	}
	s.replace(renumbered)
	return given
}

// merge removes the loser and gives the survivor what it lacks of it; ok is false where these are not two contacts.
func (s *store) merge(loser, survivor string) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone, there := s.contacts[loser]
	kept, both := s.contacts[survivor]
	if !there || !both || loser == survivor {
		return false
	}
	s.note(loser, survivor)
	s.drop(loser)
	doc := kept.document()
	complete(doc, gone.document())
	s.keep(kept, contactOf(doc))
	return true
}

// complete gives a document what it lacks and another has.
func complete(doc, from map[string]any) {
	for name, other := range from {
		inner, isObject := doc[name].(map[string]any)
		given, bothObjects := other.(map[string]any)
		if isObject && bothObjects {
			complete(inner, given)
			continue
		}
		if held := doc[name]; held == nil || held == "" || held == float64(0) {
			doc[name] = other
		}
	}
}
