package main

import (
	"errors"
	"fmt"
	"time"

	"passerelle/connector"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// refuseOtherInterface returns an error where the stamps of the two sides say that another interface writes between them.
func refuseOtherInterface(s *setting, lists map[record.Side]list, now time.Time) error {
	sign, active := connector.OtherInterface(stampsOf(s, lists, now), now)
	if !active {
		return nil
	}
	text := fmt.Sprintf("another interface seems to keep %s and the federation in step already: in %d of %d hours in which something was changed "+
		"lately, both sides changed the same person within a minute, last on %s; two interfaces would write over one another, so switch it off where it "+
		"is set up, and connect a day later, when something has changed in one of the two systems since",
		s.Club.Organisation, sign.Hours, sign.Of, sign.Last.In(zurich()).Format("2006-01-02 15:04"))
	return &exitError{code: exitFailed, cause: nothingSealed(errors.New(text))}
}

// A stamped is a person on one side: by what to find them on the other, the surest first, and when their documents changed.
type stamped struct {
	keys   []string
	stamps []time.Time
}

// stampsOf returns the stamps of the people whom both sides show: with the same federation number, else, where the club has
// no place for it yet, with the same folded names and birth date. Who cannot be told from somebody else is left out.
func stampsOf(s *setting, lists map[record.Side]list, now time.Time) []connector.Stamps {
	here, there := stampedAt(s, lists, record.Club, now), stampedAt(s, lists, record.Federation, now)
	ours, theirs := byKey(here), byKey(there)
	var all []connector.Stamps
	for i := range here {
		for _, key := range here[i].keys {
			if len(ours[key]) == 1 && len(theirs[key]) == 1 {
				all = append(all, connector.Stamps{Club: here[i].stamps[0], Federation: there[theirs[key][0]].stamps})
				break
			}
		}
	}
	return all
}

func byKey(people []stamped) map[string][]int {
	at := map[string][]int{}
	for i := range people {
		for _, key := range people[i].keys {
			at[key] = append(at[key], i)
		}
	}
	return at
}

// stampedAt returns the people of a side. A document of its own that belongs to a person is one of that person's.
func stampedAt(s *setting, lists map[record.Side]list, side record.Side, now time.Time) []stamped {
	var people []stamped
	at := map[string]int{} // by the reference of the member's document
	children := map[string][]time.Time{}
	for _, doc := range lists[side].docs {
		taken, err := s.sides[side].Profile.Take(doc, record.DateOf(now.In(zurich())))
		if err != nil || len(taken.Records) == 0 {
			continue
		}
		if first := &taken.Records[0]; first.Parent == "" {
			at[doc.Ref] = len(people)
			people = append(people, stamped{keysOf(first), []time.Time{doc.Changed}})
		} else {
			children[first.Parent] = append(children[first.Parent], doc.Changed)
		}
	}
	for parent, stamps := range children {
		if i, ok := at[parent]; ok {
			people[i].stamps = append(people[i].stamps, stamps...)
		}
	}
	return people
}

// keysOf returns by what a member is found on the other side, the surest first.
func keysOf(r *record.Record) []string {
	var keys []string
	if number := r.Value("memberNumber"); number.HasText() {
		keys = append(keys, "number "+number.Text())
	}
	first, last, born := r.Value("firstName").Text(), r.Value("lastName").Text(), r.Value("birthDate").Text()
	if first != "" && last != "" && born != "" {
		keys = append(keys, "name "+mapping.FoldName(first)+"|"+mapping.FoldName(last)+"|"+born)
	}
	return keys
}

// zurich is where the calendar days of a link are.
func zurich() *time.Location {
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		panic("the time zones are linked in: " + err.Error())
	}
	return zone
}
