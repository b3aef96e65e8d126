package connector

import (
	"cmp"
	"slices"
	"time"
)

// The measure by which another interface is told from people who type (docs/adr/0028). It is seen before the first link, from
// the stamps alone; what writes beside a link that runs is noticed by echo.go.
const (
	// recently is how far back changes count.
	recently = 30 * 24 * time.Hour
	// furthest is by how much the clocks of the two sides may differ.
	furthest = 3 * time.Hour
	// hours is in how many different hours both sides have to have changed somebody together. An import, or a clean-up of
	// an afternoon, stamps everybody on both sides and fills two or three.
	hours = 5
	// regular is the share, in percent, of those hours among all in which something changed. A person who types the same edit
	// twice within a minute does so now and then; an interface does little else.
	regular = 20
	// still is for how long after the last such change an interface counts as active, whatever changes besides.
	still = 24 * time.Hour
)

// Stamps are when the two sides say that they last changed one person: each by its own clock, the federation for each of the
// documents that it holds of the person. Zero times count for nothing.
type Stamps struct {
	Club       time.Time
	Federation []time.Time
}

// A Sign is what speaks for another interface: in how many hours, of how many in which anything changed, both sides changed a
// person within a minute, and when they last did, by the club's clock.
type Sign struct {
	Hours, Of int
	Last      time.Time
}

// A meeting is a change of a person on both sides. Apart is by how much the federation's clock is ahead of the club's in it.
type meeting struct {
	person int
	club   time.Time
	apart  time.Duration
}

// OtherInterface looks in the stamps of people whom both sides have for another interface that writes between them, and reports
// whether one is active. One that has been switched off for a day no longer counts once something changes on one side alone.
func OtherInterface(people []Stamps, now time.Time) (Sign, bool) {
	met := tightest(meetings(people, now))
	var s Sign
	both, with := map[time.Time]bool{}, map[int]bool{}
	for _, m := range met {
		both[m.club.Truncate(time.Hour)], with[m.person] = true, true
		if m.club.After(s.Last) {
			s.Last = m.club
		}
	}
	if len(met) == 0 {
		return s, false
	}
	changed, alone := map[time.Time]bool{}, false
	for i, p := range people {
		for _, at := range p.byClub(met[0].apart) {
			if !recent(at, now) {
				continue
			}
			changed[at.Truncate(time.Hour)] = true
			alone = alone || !with[i] && at.After(s.Last)
		}
	}
	s.Hours, s.Of = len(both), len(changed)
	active := now.Sub(s.Last) <= still || !alone
	return s, s.Hours >= hours && s.Hours*100 >= s.Of*regular && active
}

// recent reports whether a stamp counts.
func recent(at, now time.Time) bool { return !at.IsZero() && now.Sub(at) <= recently }

// byClub returns all stamps of a person by the club's clock, of which the federation's is ahead.
func (p *Stamps) byClub(ahead time.Duration) []time.Time {
	all := []time.Time{p.Club}
	for _, at := range p.Federation {
		if !at.IsZero() {
			all = append(all, at.Add(-ahead))
		}
	}
	return all
}

// meetings returns what could be changes of a person on both sides, by how far the stamps are apart.
func meetings(people []Stamps, now time.Time) []meeting {
	var all []meeting
	for i, p := range people {
		for _, at := range p.Federation {
			if apart := at.Sub(p.Club); recent(p.Club, now) && !at.IsZero() && apart.Abs() <= furthest {
				all = append(all, meeting{person: i, club: p.Club, apart: apart})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b meeting) int { return cmp.Compare(a.apart, b.apart) })
	return all
}

// tightest returns the meetings within one minute of each other that fill the most hours. How far they are from zero is how
// far the two clocks differ.
func tightest(all []meeting) []meeting {
	var found []meeting
	most, first := 0, 0
	filled := map[time.Time]int{}
	for i, m := range all {
		filled[m.club.Truncate(time.Hour)]++
		for ; m.apart-all[first].apart > together; first++ {
			hour := all[first].club.Truncate(time.Hour)
			if filled[hour]--; filled[hour] == 0 {
				delete(filled, hour)
			}
		}
		if len(filled) > most {
			most, found = len(filled), all[first:i+1]
		}
	}
	return found
}
