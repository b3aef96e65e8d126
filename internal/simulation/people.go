package simulation

import "passerelle/internal/population"

// Seen is where one person stands in the two systems: with one sighting on each side if all is well.
type Seen struct {
	// N is the person, 0 for somebody whom the population does not have.
	N                int
	Club, Federation []Sighting
}

// name is what tells people apart here: folded names and birth date.
type name struct {
	first, last string
	born        population.Date
}

// Everybody returns everybody whom either store holds, companies excepted: the population in the order of N, then people
// whom nobody invented. Sightings are one person's if they have the same folded name and birth date, or if the person was
// put there by this world under that reference.
func (w *World) Everybody() []Seen {
	sightings := w.sightings()
	byName := make(map[name]int)
	for _, p := range w.People.People {
		if p.Standing != population.Company {
			byName[name{population.Fold(p.FirstName), population.Fold(p.LastName), p.BirthDate}] = p.N
		}
	}
	byRef := make(map[string]int)
	for n, id := range w.contacts {
		byRef["contact/"+id] = n
	}
	for n, id := range w.members {
		byRef["members/"+id] = n
	}
	for i := range sightings {
		// A person who was renamed is known by the new name as well, so that a double under it is found.
		s := &sightings[i]
		if n, ok := byRef[s.Ref]; ok {
			s.N = n
			if who := (name{s.first, s.last, s.born}); byName[who] == 0 {
				byName[who] = n
			}
		}
	}
	seen := make([]Seen, len(w.People.People))
	strangers := make(map[name]int) // place in seen
	for _, s := range sightings {
		who := name{s.first, s.last, s.born}
		if s.N == 0 {
			s.N = byName[who]
		}
		at := s.N - 1
		if s.N == 0 {
			place, ok := strangers[who]
			if !ok {
				place = len(seen)
				strangers[who], seen = place, append(seen, Seen{})
			}
			at = place
		}
		seen[at].add(s)
	}
	var found []Seen
	for _, s := range seen {
		if len(s.Club)+len(s.Federation) > 0 {
			found = append(found, s)
		}
	}
	return found
}

func (s *Seen) add(sighting Sighting) {
	s.N = sighting.N
	if sighting.Side == Club {
		s.Club = append(s.Club, sighting)
	} else {
		s.Federation = append(s.Federation, sighting)
	}
}

// Person returns where person n stands in the two systems.
func (w *World) Person(n int) Seen {
	for _, s := range w.Everybody() {
		if s.N == n {
			return s
		}
	}
	return Seen{N: n}
}

// Twice returns who stands more than once on a side, whatever has become of the doubles.
func (w *World) Twice() []Seen {
	return w.those(func(s Seen) bool { return len(s.Club) > 1 || len(s.Federation) > 1 })
}

// Missing returns who is a member in scope on one side and not there at all on the other.
func (w *World) Missing() []Seen {
	present := func(sightings []Sighting) bool {
		for _, s := range sightings {
			if s.Life == Present {
				return true
			}
		}
		return false
	}
	return w.those(func(s Seen) bool {
		return present(s.Club) && len(s.Federation) == 0 || present(s.Federation) && len(s.Club) == 0
	})
}

func (w *World) those(are func(Seen) bool) []Seen {
	var those []Seen
	for _, s := range w.Everybody() {
		if are(s) {
			those = append(those, s)
		}
	}
	return those
}
