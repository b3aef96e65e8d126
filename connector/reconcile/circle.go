package reconcile

import (
	"slices"
	"strconv"
	"strings"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// ToAndFro begins the reason of the question about a field that goes to and fro.
const ToAndFro = "the same two values were written to the "

// A Circle is a field of a record that we have been writing to and fro on a side between two values, and the runs that did. It is
// not written so once more by a rule: somebody else writes it as well, and only a person can say who is right (INCIDENTS N6).
type Circle struct {
	Side     record.Side
	Kind     record.Kind
	Identity string
	Field    record.Field
	Values   [2]record.Value // in no order
	Runs     []uint64        // ascending
}

// Between reports whether a step from one value to another is one in the circle.
func (c *Circle) Between(from, to record.Value) bool {
	return [2]record.Value{from, to} == c.Values || [2]record.Value{to, from} == c.Values
}

// reason tells the trace.
func (c *Circle) reason() string {
	runs := make([]string, len(c.Runs))
	for i, run := range c.Runs {
		runs[i] = strconv.FormatUint(run, 10)
	}
	return ToAndFro + string(c.Side) + " by turns, in the runs " + strings.Join(runs, ", ") + "; nothing more is written until it is answered"
}

// circle returns the circle that writing these values to a side would go on with, nil when there is none.
func (d *decision) circle(i int, side record.Side, set map[record.Field]record.Value) *Circle {
	s := &d.in.Subjects[i]
	at := slices.IndexFunc(d.in.Circles, func(c Circle) bool {
		v, written := set[c.Field]
		return written && c.Side == side && c.Kind == s.Kind && c.Identity == s.Identity && c.Between(s.On(side).Value(c.Field), v)
	})
	if at < 0 {
		return nil
	}
	return &d.in.Circles[at]
}

// goesRound asks about a unit that would be written to a side once more in a circle, and reports whether it is one.
func (d *decision) goesRound(u *unit, side record.Side, set map[record.Field]record.Value) bool {
	c := d.circle(u.at, side, set)
	if c == nil {
		return false
	}
	d.askUnit(u, conflicts.BothChanged, c.reason(), d.verbs(u))
	return true
}
