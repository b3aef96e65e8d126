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
	kind, name, _ := strings.Cut(t.field, ".")
	identity := ""
	holds := func(v record.Value) bool { return v.Text() == value }
	switch kind {
	case "subscription":
		identity, name = name, "delivery"
	case "function": // it is there or not: whatever is said of it
		identity, holds = name, func(record.Value) bool { return true }
	}
	about, refs, err := b.personOf(seen)
	if err != nil {
		return false, err
	}
	questions, err := b.link.Questions(b.tb.Context(), conflicts.Open, conflicts.Answered)
	if err != nil {
		return false, err
	}
	for _, q := range questions {
		if !slices.Contains(refs, q.Club) && !slices.Contains(refs, q.Federation) {
			continue
		}
		h, named := q.Holds[record.Field(name)]
		if string(q.Record) == kind && strings.Contains(q.Identity, identity) && named && (holds(h.Club) || holds(h.Federation)) || len(q.Fields) == 0 {
			return true, nil
		}
	}
	found := false
	err = b.ledger.History(b.tb.Context(), func(e port.Entry) error {
		field := record.Field(name)
		of := e.Person == about && string(e.Kind) == kind && strings.Contains(e.Identity, identity)
		if of && (holds(e.Before[field]) || holds(e.After[field])) {
			found = true
		}
		return nil
	})
	return found, err
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
