package connector

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// outline says what a first link comes to when these changes are carried; nil once the link is linked, or when there is
// nothing to carry.
func (r *run) outline(ctx context.Context, changes []planned) (*port.Outline, error) {
	if !r.runs.Linked.IsZero() || len(changes) == 0 {
		return nil, nil //nolint:nilnil // no first link has no outline
	}
	out := &port.Outline{Questions: map[conflicts.Kind]int{}, Alone: []port.Alone{}}
	out.Completed, out.Changed, out.Created = map[record.Side]int{}, map[record.Side]int{}, map[record.Side]int{}
	for _, side := range record.Sides() {
		r.follows(changes, side, out)
	}
	for _, q := range r.stored {
		if q.State == conflicts.Open {
			out.Questions[q.Kind]++
		}
	}
	alone := map[port.Alone]int{}
	for _, w := range r.works {
		s, ok := r.someone(w)
		switch {
		case !ok:
		case s.Linked:
			out.Linked += one(w.person.State == port.Linked)
		case s.Why != "":
			alone[port.Alone{Side: w.onlySide(), Why: s.Why}]++
		}
	}
	for a, n := range alone {
		a.Persons = n
		out.Alone = append(out.Alone, a)
	}
	slices.SortFunc(out.Alone, func(a, b port.Alone) int { return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Why, b.Why)) })
	err := r.cfg.Store.EachPerson(ctx, func(p port.Person) error {
		out.Linked += one(r.byID[p.ID] == nil && p.State == port.Linked)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: people: %w", err)
	}
	return out, nil
}

// follows counts the persons whom the changes concern on a side: who is created, who is changed, who is only completed.
func (r *run) follows(changes []planned, side record.Side, out *port.Outline) {
	const completed, changed, created = 1, 2, 3
	worst := map[*work]int{}
	for i := range changes {
		c := &changes[i]
		if c.Side != side {
			continue
		}
		at := completed
		switch own := c.Kind == r.cfg.Schema.Kinds[0].Name; {
		case own && (c.Op == record.Create || c.Op == record.Ask):
			at = created
		case c.Op != record.Create && !c.fillsOnly():
			at = changed
		}
		worst[c.w] = max(worst[c.w], at)
	}
	for _, at := range worst {
		out.Completed[side] += one(at == completed)
		out.Changed[side] += one(at == changed)
		out.Created[side] += one(at == created)
	}
}

// fillsOnly reports whether a change gives fields a value that had none, and nothing else.
func (c *planned) fillsOnly() bool {
	for f := range c.Set {
		if c.Before[f].HasText() {
			return false
		}
	}
	return c.Op == record.Update
}

// onlySide returns the side on which somebody stands who is not linked.
func (w *work) onlySide() record.Side {
	if w.member(record.Club) != nil {
		return record.Club
	}
	return record.Federation
}
