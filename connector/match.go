package connector

import (
	"context"
	"fmt"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// The fields by which people are recognised (DESIGN decision 7).
const (
	lastName  record.Field = "lastName"
	firstName record.Field = "firstName"
	birthDate record.Field = "birthDate"
)

// link finds out who is who among those whom the ledger does not know. Only a proven number links by itself; everything
// that looks alike is a question; who has no candidate is created by reconcile.
func (r *run) link(ctx context.Context) error {
	for _, w := range r.works {
		w.forgotten = r.forgotten(w)
		w.outside = w.person.ID == 0 && (w.forgotten || !r.active(w))
		w.pending = w.person.State == port.Parked
	}
	if err := r.merged(ctx); err != nil {
		return err
	}
	if err := r.exchanged(); err != nil {
		return err
	}
	if err := r.reappeared(ctx); err != nil {
		return err
	}
	if err := r.twice(ctx); err != nil {
		return err
	}
	r.confirmAsked()
	if err := r.settleJournal(); err != nil {
		return err
	}
	if err := r.awaited(ctx); err != nil {
		return err
	}
	if err := r.linkByHand(); err != nil {
		return err
	}
	found, err := r.alikes(ctx)
	if err != nil {
		return err
	}
	if err := r.linkByNumber(ctx, found); err != nil {
		return err
	}
	if err := r.linkByAnswer(ctx, found); err != nil {
		return err
	}
	if err := r.strangersWithNumber(ctx); err != nil {
		return err
	}
	r.works = slices.DeleteFunc(r.works, func(w *work) bool { return w.absorbed })
	r.restStrangers()
	return nil
}

// active reports whether a person who is not paired takes part: the lead's life on the side that shows it.
func (r *run) active(w *work) bool {
	for _, side := range record.Sides() {
		if lead := w.record(side, r.cfg.Schema.Lead(), ""); lead != nil && lead.Life.Active() && w.member(side) != nil {
			return true
		}
	}
	return false
}

// strangers returns those of a side who are not paired, whether they take part or not.
func (r *run) strangers(side record.Side) []*work {
	var out []*work
	for _, w := range r.works {
		if w.person.ID == 0 && !w.absorbed && !w.forgotten && w.member(side) != nil {
			out = append(out, w)
		}
	}
	return out
}

// number returns the federation number that a side shows of a person, "" for none.
func (r *run) number(w *work, side record.Side) string {
	m := w.member(side)
	if m == nil {
		return ""
	}
	return m.Value(r.numberField()).Text()
}

func (r *run) numberField() record.Field { return numberField(r.cfg.Schema) }

func numberField(schema *record.Schema) record.Field {
	for _, f := range schema.Kinds[0].Fields {
		if f.Type == record.MemberNumber {
			return f.Name
		}
	}
	return ""
}

// standsOnce reports whether nobody in the ledger, paired or at rest, has the number besides these two.
func (r *run) standsOnce(ctx context.Context, n string, c, f *work) (bool, error) {
	ids, err := r.cfg.Store.Numbered(ctx, n)
	if err != nil {
		return false, fmt.Errorf("ledger: number: %w", err)
	}
	if len(ids) > 0 {
		return false, nil
	}
	for side, w := range map[record.Side]*work{record.Club: c, record.Federation: f} {
		others, err := r.cfg.Store.Candidates(ctx, side, []string{numberKey(n)})
		if err != nil {
			return false, fmt.Errorf("ledger: candidates: %w", err)
		}
		for _, o := range others {
			if _, itself := w.docs[side][o.Ref]; !itself {
				return false, nil
			}
		}
	}
	return true, nil
}

// pair makes one person of a club's and a federation's.
func (r *run) pair(c, f *work) {
	r.countFromOne()
	c.person = port.Person{ID: r.runs.NextID, State: port.Linked, Number: r.number(f, record.Federation)}
	r.runs.NextID++
	r.batch.runs = true
	r.byID[c.person.ID] = c
	c.absorb(f)
	c.outside, c.pending = false, false
	f.absorbed = true
	for _, side := range record.Sides() {
		for ref := range c.docs[side] {
			r.batch.Strangers[side][ref] = nil
		}
	}
	r.report.Linked++
}

// countFromOne lets the persons of a ledger count from one.
func (r *run) countFromOne() {
	r.runs.NextID = max(r.runs.NextID, 1)
}

// absorb takes over what another work showed.
func (w *work) absorb(other *work) {
	for _, side := range record.Sides() {
		for ref, doc := range other.docs[side] {
			w.show(side, doc, other.taken[side][ref])
		}
	}
}
