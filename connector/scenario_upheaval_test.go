package connector_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// What happens to a system, or at an awkward moment, rather than what people enter.

// A record that was removed, as the system held it.
type removed struct {
	contact       fairgatetest.Contact
	member        stvtest.Member
	affiliations  []stvtest.Affiliation
	functions     []stvtest.Function
	subscriptions []stvtest.Subscription
}

// keepRecord returns all that a side holds of somebody, so that it can be put back.
func (s *scene) keepRecord(side simulation.Side, n int) removed {
	if side == simulation.Club {
		id := s.b.contact(n)
		for _, c := range s.b.world.ClubSystem.Contacts() {
			if c.Basefields.ContactID == id {
				return removed{contact: c}
			}
		}
	}
	r := removed{member: s.b.dump(s.b.member(n))}
	federation := s.b.world.FederationSystem
	r.affiliations = slices.DeleteFunc(federation.Affiliations(), func(a stvtest.Affiliation) bool { return a.MemberID != r.member.ID })
	r.functions = slices.DeleteFunc(federation.Functions(), func(f stvtest.Function) bool { return f.MemberID != r.member.ID })
	r.subscriptions = slices.DeleteFunc(federation.Subscriptions(), func(u stvtest.Subscription) bool { return u.MemberID != r.member.ID })
	return r
}

// returns puts back who was removed: as it was, or under another id.
func (s *scene) returns(side simulation.Side, args []string) error {
	who, err := persons(args[:min(1, len(args))])
	anew := len(args) == 2 && args[1] == "anew"
	if err != nil || len(args) > 1 && !anew {
		return fmt.Errorf("who returns, and anew or as before? %w", err)
	}
	kept, ok := s.removed[side][who[0]]
	if !ok {
		return fmt.Errorf("M%d was not removed", who[0])
	}
	delete(s.past.excused, who[0])
	s.put(side, kept, anew)
	return nil
}

// put enters a kept record and returns the id that it stands under.
func (s *scene) put(side simulation.Side, r removed, anew bool) string {
	if side == simulation.Club {
		if anew {
			r.contact.Basefields.ContactID = ""
		}
		return s.b.world.ClubSystem.Add(r.contact)
	}
	if anew {
		r.member.Meta = stvtest.Meta{}
		for i := range r.affiliations {
			r.affiliations[i].Meta = stvtest.Meta{}
		}
	}
	id := s.b.world.FederationSystem.AddMember(r.member, r.affiliations...).ID
	for _, f := range r.functions {
		f.MemberID = id
		if anew {
			f.Meta = stvtest.Meta{}
		}
		s.b.world.FederationSystem.AddFunction(f)
	}
	for _, u := range r.subscriptions {
		u.MemberID = id
		if anew {
			u.Meta = stvtest.Meta{}
		}
		s.b.world.FederationSystem.AddSubscription(u)
	}
	return id
}

// merges makes one record of two: of two persons, or of somebody's and of another one that the person had there as well.
func (s *scene) merges(side simulation.Side, args []string) error {
	if len(args) != 2 {
		return errors.New("two are merged")
	}
	who, err := persons(args[:1])
	if err != nil {
		return err
	}
	n, merge, id := who[0], s.b.world.FederationSystem.Merge, s.b.member
	if side == simulation.Club {
		merge, id = s.b.world.ClubSystem.Merge, s.b.contact
	}
	loser := id(n)
	if args[1] == "anew" {
		second := s.keepRecord(side, n)
		second.member.MemberNumber = ""
		return merge(loser, s.put(side, second, true))
	}
	other, err := persons(args[1:])
	if err != nil {
		return err
	}
	s.past.merges(side, n, other[0])
	return merge(loser, id(other[0]))
}

// touches moves the stamp and the version of records, and nothing that either side has a place for.
func (s *scene) touches(side simulation.Side, args []string) error {
	who, err := persons(args)
	for _, n := range who {
		if side == simulation.Club {
			s.b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Website += "#" })
		} else {
			s.b.atFederation(n, func(*stvtest.Member) {})
		}
	}
	return err
}

// respells writes what a side holds in other signs that look the same. A script cannot show them, and an editor may lose them.
func (s *scene) respells(side simulation.Side, args []string) error {
	spellings := map[string]func(string) string{
		"decomposed": norm.NFD.String, "composed": norm.NFC.String,
		"spaced": func(text string) string { return strings.ReplaceAll(text, " ", "\u00a0") },
	}
	if len(args) != 3 || spellings[args[2]] == nil {
		return errors.New("who, which field, and how?")
	}
	n, err := person(args[0])
	if err != nil {
		return err
	}
	field := place(args[1])
	was := s.b.holds(record.Side(side), n, field)
	now := spellings[args[2]](was)
	if now == was && args[2] != "composed" {
		return fmt.Errorf("what M%d has in %s is spelt no other way %s", n, args[1], args[2])
	}
	return s.b.world.Type(side, n, field, now)
}

// stamped lets people of a side do something while their clock is off.
func (s *scene) stamped(args []string) error {
	const usage = "stamped -3h club|federation VERB …"
	if len(args) < 2 {
		return errUsage(usage)
	}
	off, err := time.ParseDuration(args[0])
	if err != nil {
		return errUsage(usage)
	}
	do, err := s.atEither(args[1:])
	if err != nil {
		return err
	}
	s.b.stamped(off, func() { err = do() })
	return err
}

// atEither returns what a line that begins with club or federation does.
func (s *scene) atEither(args []string) (func() error, error) {
	side := simulation.Side(args[0])
	if side != simulation.Club && side != simulation.Federation {
		return nil, fmt.Errorf("%q is neither club nor federation", args[0])
	}
	return func() error { return s.side(side, args[1:]) }, nil
}

// An interruption is what happens just before a request of the next sync.
type interruption struct {
	op string
	at int // the request, counted from 1
	do func() error
}

// meanwhile remembers what is to happen in the midst of the next sync.
func (s *scene) meanwhile(args []string) error {
	const usage = "meanwhile OPERATION N club|federation VERB …"
	if len(args) < 4 {
		return errUsage(usage)
	}
	n, err := strconv.Atoi(args[1])
	if err != nil || n < 1 {
		return errUsage(usage)
	}
	do, err := s.atEither(args[2:])
	if err != nil {
		return err
	}
	s.interruptions = append(s.interruptions, interruption{op: args[0], at: n, do: do})
	return nil
}

// interrupted carries out a run in the midst of which things happen, and fails when one of them did not.
func (s *scene) interrupted(run func() error) error {
	planned := s.interruptions
	s.interruptions = nil
	if len(planned) == 0 {
		return run()
	}
	var mu sync.Mutex
	var failed error
	asked := map[string]int{}
	hook := func(op string) {
		mu.Lock()
		defer mu.Unlock()
		asked[op]++
		for _, i := range planned {
			if i.op == op && i.at == asked[op] && failed == nil {
				failed = i.do()
			}
		}
	}
	s.b.world.ClubSystem.BeforeEach(hook)
	s.b.world.FederationSystem.BeforeEach(hook)
	err := run()
	s.b.world.ClubSystem.BeforeEach(func(string) {})
	s.b.world.FederationSystem.BeforeEach(func(string) {})
	for _, i := range planned {
		if asked[i.op] < i.at && failed == nil {
			failed = fmt.Errorf("the run was over before its %s number %d", i.op, i.at)
		}
	}
	if failed != nil {
		return failed
	}
	return err
}

// zone sets the machine that runs the link to another time zone.
func (s *scene) zone(args []string) error {
	if len(args) != 1 {
		return errUsage("zone Pacific/Kiritimati")
	}
	zone, err := time.LoadLocation(args[0])
	if err != nil {
		return err
	}
	s.b.clock.move(zone)
	s.b.restart(nil)
	return nil
}

// expectPaired expects that the ledger has somebody's only record on each side as one person.
func (s *scene) expectPaired(args []string) error {
	who, err := persons(args)
	if err != nil {
		return err
	}
	for _, n := range who {
		seen := s.b.world.Person(n)
		if len(seen.Club) != 1 || len(seen.Federation) != 1 {
			return fmt.Errorf("M%d stands %d times at the club and %d times at the federation", n, len(seen.Club), len(seen.Federation))
		}
		p, err := s.b.ledger.PersonOf(s.tb.Context(), record.Club, seen.Club[0].Ref)
		if err != nil {
			return fmt.Errorf("M%d at the club: %w", n, err)
		}
		if p.State != port.Linked || !slices.Contains(p.Documents(record.Federation), seen.Federation[0].Ref) {
			return fmt.Errorf("M%d is %s, with %v at the federation", n, p.State, p.Documents(record.Federation))
		}
	}
	return nil
}

// expectRead expects how the federation was read since the last sync began.
func (s *scene) expectRead(args []string) error {
	if len(args) != 1 || args[0] != "whole" && args[0] != "changes" {
		return errors.New("whole, or changes?")
	}
	if whole, changes := s.b.pages(); (whole == 0 && changes > 0) != (args[0] == "changes") {
		return fmt.Errorf("%d pages of changes were read, and %d of whole lists", changes, whole)
	}
	return nil
}

// system lets something become of a system itself, in the words of simulation.StaffUsage. Beside those, shuffle gives out the
// club's ids again, each to another contact.
func (s *scene) system(side simulation.Side, args []string) error {
	if side != simulation.Club || !slices.Equal(args, []string{"shuffle"}) {
		return s.b.world.Staff(strings.NewReader(string(side) + " " + strings.Join(args, " ")))
	}
	contacts := s.b.world.ClubSystem.Contacts()
	given := contacts[len(contacts)-1].Basefields.ContactID
	for i := range contacts {
		given, contacts[i].Basefields.ContactID = contacts[i].Basefields.ContactID, given
	}
	s.b.world.ClubSystem.Restore(contacts)
	return nil
}
