package connector_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// A chronicle remembers who was there and what people entered, so that neither can be lost unnoticed. It is kept by hand,
// beside the engine: nothing in it comes from a run.
type chronicle struct {
	roster  map[int]map[simulation.Side]simulation.Life
	typed   map[typing]string
	excused map[int]bool // who was ended, removed or merged by people on purpose
	doubled map[int]bool // whom people themselves entered twice, or whom nobody can know of
	shelved map[int]bool // who was archived at the club, and so is in no list
}

// A typing is the last thing that a side's people entered in a field.
type typing struct {
	side  simulation.Side
	n     int
	field string // as in simulation.Sighting
}

func (b *bench) chronicle() *chronicle {
	c := &chronicle{
		roster: map[int]map[simulation.Side]simulation.Life{}, typed: map[typing]string{},
		excused: map[int]bool{}, doubled: map[int]bool{}, shelved: map[int]bool{},
	}
	for _, seen := range b.world.Everybody() {
		c.roster[seen.N] = livesOf(seen)
	}
	return c
}

func livesOf(seen simulation.Seen) map[simulation.Side]simulation.Life {
	lives := map[simulation.Side]simulation.Life{}
	for _, s := range slices.Concat(seen.Club, seen.Federation) {
		lives[s.Side] = s.Life
	}
	return lives
}

// enters has a side's people enter a value, and remembers it.
func (c *chronicle) enters(b *bench, side simulation.Side, n int, field, value string) error {
	if err := b.world.Type(side, n, field, value); err != nil {
		return err
	}
	switch {
	case field == "member.emailParent": // the other place of the same address
		field = "member.email"
	case field == "member.memberNumber" && value == "0": // how a number says that there is none
		value = ""
	}
	c.typed[typing{side, n, field}] = value
	return nil
}

// joins has a side take somebody in, and remembers that.
func (c *chronicle) joins(b *bench, side simulation.Side, n int) error {
	if err := b.world.Join(side, n); err != nil {
		return err
	}
	if c.roster[n] == nil {
		c.roster[n] = map[simulation.Side]simulation.Life{}
	}
	c.roster[n][side] = simulation.Present
	return nil
}

// removes has a side delete somebody, with all that was entered there: nobody else need have seen it.
func (c *chronicle) removes(b *bench, side simulation.Side, n int) error {
	c.excused[n] = true
	maps.DeleteFunc(c.typed, func(t typing, _ string) bool { return t.n == n && t.side == side })
	return b.world.Remove(side, n)
}

// merges takes note that a side makes one of two persons, and drops what it had of the first.
func (c *chronicle) merges(side simulation.Side, loser, survivor int) {
	c.excused[loser], c.excused[survivor] = true, true
	maps.DeleteFunc(c.typed, func(t typing, _ string) bool { return t.n == loser && t.side == side })
}

// forgets takes note that a ledger is put back, and its history with it: what is on no side any more was in there alone.
// Who was archived and is not in that ledger is in no list either: nobody knows of the contact any more.
func (c *chronicle) forgets(b *bench) error {
	now := map[int]simulation.Seen{}
	for _, seen := range b.world.Everybody() {
		now[seen.N] = seen
		known, _, err := b.personOf(seen)
		if err != nil {
			return err
		}
		if c.shelved[seen.N] && known == 0 {
			c.doubled[seen.N] = true
		}
	}
	maps.DeleteFunc(c.typed, func(t typing, value string) bool { return !standing(now[t.n], t.field, value) })
	return nil
}

// copied returns who was there and what was entered until now.
func (c *chronicle) copied() *chronicle {
	roster := map[int]map[simulation.Side]simulation.Life{}
	for n, lives := range c.roster {
		roster[n] = maps.Clone(lives)
	}
	return &chronicle{roster: roster, typed: maps.Clone(c.typed), shelved: maps.Clone(c.shelved)}
}

// setsBack takes note that a side is what it was at an earlier time, having been what it was before. What its people entered
// since counts only where the link has carried it; who stands there no more may have been deleted, as far as anybody can tell
// (ADR 13).
func (c *chronicle) setsBack(b *bench, side simulation.Side, then *chronicle, before []simulation.Seen) error {
	now := map[int]simulation.Seen{}
	for _, seen := range b.world.Everybody() {
		now[seen.N] = seen
	}
	for _, seen := range before {
		if len(at(seen, side)) > 0 && len(at(now[seen.N], side)) == 0 {
			c.excused[seen.N] = true
		}
	}
	for n, lives := range c.roster {
		delete(lives, side)
		if life, ok := then.roster[n][side]; ok {
			lives[side] = life
		}
	}
	if side == simulation.Club {
		c.shelved = maps.Clone(then.shelved)
	}
	for t, value := range c.typed {
		was, typed := then.typed[t]
		if t.side != side || typed && was == value {
			continue
		}
		found, err := b.recorded(now[t.n], t, value)
		switch {
		case err != nil:
			return err
		case found:
		case typed:
			c.typed[t] = was
		default:
			delete(c.typed, t)
		}
	}
	return nil
}

// at returns what one side has of somebody.
func at(seen simulation.Seen, side simulation.Side) []simulation.Sighting {
	return map[simulation.Side][]simulation.Sighting{simulation.Club: seen.Club, simulation.Federation: seen.Federation}[side]
}

// standing reports whether a side holds a value.
func standing(seen simulation.Seen, field, value string) bool {
	return slices.ContainsFunc(slices.Concat(seen.Club, seen.Federation), func(s simulation.Sighting) bool { return stands(s, field) == value })
}

// lost returns whom, and what of that which people entered, nobody can find again: everybody has to stand once on each side
// that had them, and live as before unless people ended it; every value has to be on a side, in the history, or in a
// question that is open.
func (c *chronicle) lost(b *bench) error {
	var wrong []error
	now := map[int]simulation.Seen{}
	for _, seen := range b.world.Everybody() {
		now[seen.N] = seen
		if max(len(seen.Club), len(seen.Federation)) > 1 && !c.doubled[seen.N] {
			wrong = append(wrong, fmt.Errorf("M%d stands %d times at the club and %d times at the federation", seen.N, len(seen.Club), len(seen.Federation)))
		}
	}
	for _, n := range slices.Sorted(maps.Keys(c.roster)) {
		if c.excused[n] || c.doubled[n] {
			continue
		}
		lives := livesOf(now[n])
		for side, life := range c.roster[n] {
			if lives[side] != life {
				wrong = append(wrong, fmt.Errorf("M%d was %s at the %s and is %q", n, life, side, lives[side]))
			}
		}
	}
	for t, value := range c.typed {
		if found, err := b.found(now[t.n], t, value); err != nil {
			wrong = append(wrong, err)
		} else if !found {
			wrong = append(wrong, fmt.Errorf("what the %s entered for M%d in %s is nowhere", t.side, t.n, t.field))
		}
	}
	return errors.Join(wrong...)
}

// found looks for a value that was entered: on the sides, in the questions, in the history.
func (b *bench) found(seen simulation.Seen, t typing, value string) (bool, error) {
	if standing(seen, t.field, value) {
		return true, nil
	}
	if found, err := b.disputed(seen, t, value); found || err != nil {
		return found, err
	}
	return b.recorded(seen, t, value)
}

// A sought value is one of a field of records of a kind; of a function only whether there is one.
type sought struct {
	kind, identity string
	field          record.Field
	is             func(record.Value) bool
}

func seeks(t typing, value string) sought {
	kind, name, _ := strings.Cut(t.field, ".")
	s := sought{kind: kind, field: record.Field(name), is: func(v record.Value) bool { return v.Carried() && v.Text() == value }}
	switch kind {
	case "subscription": // none is what was before one began, and after it has ended
		s.identity, s.field, s.is = name, "delivery", func(v record.Value) bool { return v.Text() == value }
	case "function":
		s.identity, s.is = name, func(record.Value) bool { return true }
	}
	return s
}

// disputed looks for a value in the questions about somebody that are not settled.
func (b *bench) disputed(seen simulation.Seen, t typing, value string) (bool, error) {
	want := seeks(t, value)
	_, refs, err := b.personOf(seen)
	if err != nil {
		return false, err
	}
	questions, err := b.link.Questions(b.tb.Context(), conflicts.Open, conflicts.Answered)
	return slices.ContainsFunc(questions, func(q conflicts.Question) bool {
		h, named := q.Holds[want.field]
		switch {
		case !slices.Contains(refs, q.Club) && !slices.Contains(refs, q.Federation):
			return false
		case len(q.Fields) == 0:
			return true
		default:
			return string(q.Record) == want.kind && strings.Contains(q.Identity, want.identity) && named && (want.is(h.Club) || want.is(h.Federation))
		}
	}), err
}

// recorded looks for a value in the history of somebody, under whatever number the ledger has had the person.
func (b *bench) recorded(seen simulation.Seen, t typing, value string) (bool, error) {
	want, found := seeks(t, value), map[uint64]bool{}
	about, refs, err := b.personOf(seen)
	if err != nil {
		return false, err
	}
	theirs := map[uint64]bool{about: true}
	err = b.ledger.History(b.tb.Context(), func(e port.Entry) error {
		ref, _, _ := strings.Cut(e.Ref, "#")
		theirs[e.Person] = theirs[e.Person] || slices.Contains(refs, ref)
		of := string(e.Kind) == want.kind && strings.Contains(e.Identity, want.identity)
		found[e.Person] = found[e.Person] || of && (want.is(e.Before[want.field]) || want.is(e.After[want.field]))
		return nil
	})
	for id := range found {
		if found[id] && theirs[id] {
			return true, err
		}
	}
	return false, err
}

// personOf returns the ledger's number of somebody, 0 for none, and the references under which the two sides have the person.
func (b *bench) personOf(seen simulation.Seen) (id uint64, refs []string, err error) {
	for _, s := range slices.Concat(seen.Club, seen.Federation) {
		refs = append(refs, s.Ref)
		p, err := b.ledger.PersonOf(b.tb.Context(), record.Side(s.Side), s.Ref)
		switch {
		case err == nil:
			id = p.ID
		case !errors.Is(err, port.ErrNone):
			return 0, nil, err
		}
	}
	return id, refs, nil
}
