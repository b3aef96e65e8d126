package connector

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Wave is a mass change of category that an admin has declared (INCIDENTS N4): those born in a year go from one category to
// another. It passes uncounted in its month, and in the first days of the next (ADR 0019).
type Wave struct {
	Year  int
	Month time.Month
	Born  int
	Moves map[string]string // category to the one that follows
}

// waveEbbs is the last day of the next month on which a wave passes: the federation moves a year at the end of January, and a
// link may be stopped then.
const waveEbbs = 14

// byWave ends the rule, in the history, of what a wave has moved; the wave's name follows.
const byWave = ", expected in "

// name names a wave: its month, and the year of birth.
func (v *Wave) name() string { return fmt.Sprintf("%04d-%02d (born %d)", v.Year, int(v.Month), v.Born) }

// passes reports whether the wave is expected on a day.
func (v *Wave) passes(on record.Date) bool {
	first := time.Date(v.Year, v.Month, 1, 0, 0, 0, 0, time.UTC)
	last := record.DateOf(first.AddDate(0, 1, waveEbbs-1))
	return !on.Before(record.DateOf(first)) && !last.Before(on)
}

// carries reports whether a change of somebody born in a year is what the wave does, and no more than that.
func (v *Wave) carries(c planned, born int) bool {
	to, moves := v.Moves[c.Before[category].Text()]
	return moves && born == v.Born && c.Op == record.Update && len(c.Set) == 1 && c.Set[category] == record.Of(to) && !c.Return
}

// expect marks the changes that a wave carries.
func (r *run) expect(changes []planned) {
	for i := range r.cfg.Waves {
		v := &r.cfg.Waves[i]
		if !v.passes(r.today) {
			continue
		}
		for j := range changes {
			if v.carries(changes[j], r.born(changes[j].w)) {
				changes[j].wave = v.name()
			}
		}
	}
}

// born returns a person's year of birth, and 0 where the sides do not agree on one.
func (r *run) born(w *work) int {
	year := 0
	for _, side := range record.Sides() {
		var v record.Value
		if m := w.member(side); m != nil {
			v = m.Value(birthDate)
		} else if p := w.person.Pair(r.cfg.Schema.Kinds[0].Name, ""); p != nil {
			v = p.Base.Held(side, birthDate)
		}
		switch is := yearOf(v); {
		case !v.HasText():
		case year != 0 && is != year:
			return 0
		default:
			year = is
		}
	}
	return year
}

// yearOf returns the year of a civil date, and 0 for anything else.
func yearOf(v record.Value) int {
	text, _, _ := strings.Cut(v.Text(), "-")
	year, _ := strconv.Atoi(text) // a value that is no date has none
	return year
}

// stayed warns of those who did not move with a wave, by the documents of the pairs, when others have: while it passes.
func (l *Link) stayed(ctx context.Context) ([]string, error) {
	var warnings []string
	zurich, err := calendar()
	if err != nil {
		return nil, err
	}
	today := record.DateOf(l.cfg.Now().In(zurich))
	for i := range l.cfg.Waves {
		v := &l.cfg.Waves[i]
		if !v.passes(today) {
			continue
		}
		moved, err := l.moved(ctx, v)
		if err != nil || moved == 0 {
			return warnings, err
		}
		var left []string
		err = l.cfg.Store.EachPerson(ctx, func(p port.Person) error {
			if v.left(l.cfg.Schema, &p) {
				left = append(left, first(p.Documents(record.Club)))
			}
			return nil
		})
		if err != nil {
			return warnings, fmt.Errorf("ledger: people: %w", err)
		}
		if len(left) > 0 {
			warnings = append(warnings, fmt.Sprintf("%s did not move with the wave of %s, which %d others did: see which category is right, and set it on one side",
				strings.Join(left, ", "), v.name(), moved))
		}
	}
	return warnings, nil
}

// moved returns how many a wave has moved.
func (l *Link) moved(ctx context.Context, v *Wave) (int, error) {
	n := 0
	first := time.Date(v.Year, v.Month, 1, 0, 0, 0, 0, time.UTC).Add(-day) // whatever the zone
	err := l.cfg.Store.History(ctx, func(e port.Entry) error {
		if e.At.Before(first) {
			return errEnough
		}
		n += one(strings.Contains(e.Rule, byWave+v.name()))
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return 0, fmt.Errorf("ledger: history: %w", err)
	}
	return n, nil
}

// left reports whether a pair was to move with the wave, and both sides hold what it held before.
func (v *Wave) left(schema *record.Schema, p *port.Person) bool {
	member, lead := p.Pair(schema.Kinds[0].Name, ""), p.Pair(schema.Lead(), "")
	if member == nil || lead == nil || !inStep(lead) || yearOf(member.Base.Held(record.Federation, birthDate)) != v.Born {
		return false
	}
	_, was := v.Moves[lead.Base.Held(record.Federation, category).Text()]
	return was
}
