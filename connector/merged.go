package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// merged follows the federation's merges: the pair moves to a survivor who is not paired; where the survivor is paired
// already the same person stands twice, and nothing happens to either but a question (INCIDENTS N12).
func (r *run) merged(ctx context.Context) error {
	l := r.sides[record.Federation]
	for _, w := range slices.Clone(r.works) {
		docs := w.person.Documents(record.Federation)
		parked := w.person.State == port.Parked
		if w.person.ID == 0 || len(docs) == 0 || w.pending && !parked {
			continue
		}
		e, gone := l.gone[docs[0]]
		if !gone || e.Into == "" {
			continue
		}
		other, err := r.cfg.Store.PersonOf(ctx, record.Federation, e.Into)
		switch {
		case err == nil:
			r.park(w, docs[0], other)
		case !errors.Is(err, port.ErrNone):
			return fmt.Errorf("ledger: person of %s: %w", e.Into, err)
		case !parked:
			r.move(ctx, w, e.Into)
		}
	}
	return nil
}

// park takes a person out of all further doing, and asks about it for as long as it stands.
func (r *run) park(w *work, loser string, survivor port.Person) {
	w.pending = true
	p := w.person
	if p.State != port.Parked {
		p.State, p.Why = port.Parked, "merged at the federation into a person who is linked as well"
		w.person = p
		r.batch.People[p.ID] = &p
	}
	q := conflicts.Question{
		Kind: conflicts.Merged, Person: p.ID, Record: r.cfg.Schema.Kinds[0].Name, Number: p.Number, Federation: loser,
		Reason:  "the federation made one person of this one and " + first(survivor.Documents(record.Club)) + ": the club has the person twice",
		Answers: []conflicts.Verb{conflicts.Leave}, Club: first(p.Documents(record.Club)),
	}
	r.asked = append(r.asked, q.Sealed())
}

func first(refs []string) string {
	if len(refs) == 0 {
		return ""
	}
	return refs[0]
}

// move lets a pair follow its federation member into the survivor; what was agreed with the loser is forgotten, and so is
// what the club's document at rest held: it is read anew.
func (r *run) move(ctx context.Context, w *work, into string) {
	for _, s := range r.strangers(record.Federation) {
		if s.member(record.Federation).Ref.Document != into || !r.awake(ctx, w, record.Club) {
			continue
		}
		var kept []port.Pair
		for _, p := range w.person.Pairs {
			p.Federation, p.Base = record.Ref{}, port.Base{}
			kept = append(kept, p)
		}
		w.person.Pairs, w.person.Number = kept, r.number(s, record.Federation)
		w.known = false
		for ref, taken := range w.taken[record.Federation] { // what has moved to the survivor is the person's as before
			if len(taken.Records) == 0 || taken.Records[0].Parent != into {
				delete(w.docs[record.Federation], ref)
				delete(w.taken[record.Federation], ref)
			}
		}
		w.absorb(s)
		s.absorbed = true
		return
	}
	w.pending = true // the survivor, or the club's own document, is not in sight
}

// awake brings the documents of a person that are at rest into sight, and reports whether all could be read.
func (r *run) awake(ctx context.Context, w *work, side record.Side) bool {
	end := r.cfg.Sides[side]
	for _, ref := range w.person.Documents(side) {
		if _, in := w.docs[side][ref]; in {
			continue
		}
		doc, err := end.System.Read(ctx, ref)
		if err != nil {
			return false
		}
		taken, err := end.Profile.Take(doc, r.today)
		if err != nil {
			return false
		}
		sights, err := r.cfg.Store.Sights(ctx, side, []string{ref})
		if err != nil {
			return false
		}
		r.sides[side].sights[ref] = sights[ref]
		w.show(side, doc, taken)
	}
	return true
}
