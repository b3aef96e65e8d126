package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
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
			r.park(w, other)
		case !errors.Is(err, port.ErrNone):
			return fmt.Errorf("ledger: person of %s: %w", e.Into, err)
		case !parked:
			r.move(ctx, w, e.Into)
		}
	}
	return nil
}

// park takes a person out of all further doing, and asks about it for as long as it stands.
func (r *run) park(w *work, survivor port.Person) {
	w.pending = true
	p := w.person
	if p.State != port.Parked {
		p.State, p.Why = port.Parked, "merged at the federation into a person who is linked as well"
		w.person = p
		r.batch.People[p.ID] = &p
	}
	r.askMerged(w, record.Federation, first(survivor.Documents(record.Club)))
}

// askMerged asks about somebody whom a side has made one with another person, and whom the other side has twice.
func (r *run) askMerged(w *work, side record.Side, survivor string) {
	q := conflicts.Question{
		Kind: conflicts.Merged, Person: w.person.ID, Record: r.cfg.Schema.Kinds[0].Name, Number: w.person.Number,
		Reason:  "the " + string(side) + " made one person of this one and " + survivor + ": the " + string(side.Other()) + " has the person twice",
		Answers: []conflicts.Verb{conflicts.Leave},
		Club:    first(w.person.Documents(record.Club)), Federation: first(w.person.Documents(record.Federation)),
	}
	r.asked = append(r.asked, q.Sealed())
}

// twice finds those who are gone from a side that does not tell where to, while another pair has the same names and birth
// date there: two records of one person were made one, and nobody has left (INCIDENTS 28, N12). Nothing happens to the one
// who is gone but a question, for as long as it is so.
func (r *run) twice(ctx context.Context) error {
	for _, side := range record.Sides() {
		var remaining map[string]string // who they are to what the other side has of them
		for _, w := range r.works {
			if w.person.ID == 0 || w.pending || !r.sides[side].misses(&w.person) {
				continue
			}
			if remaining == nil {
				var err error
				if remaining, err = r.remaining(ctx, side); err != nil {
					return err
				}
			}
			if survivor := remaining[r.wholeName(&w.person, side)]; survivor != "" {
				w.pending = true
				r.askMerged(w, side, survivor)
			}
		}
	}
	return nil
}

// misses reports whether the document that holds a person is proven not to be there, merged or not.
func (l *listing) misses(p *port.Person) bool {
	_, gone := l.gone[first(p.Documents(l.side))]
	return gone
}

// remaining returns the linked persons whom a side still has, by their whole names, each with its document on the other side.
func (r *run) remaining(ctx context.Context, side record.Side) (map[string]string, error) {
	out := map[string]string{}
	err := r.cfg.Store.EachPerson(ctx, func(p port.Person) error {
		docs := p.Documents(side)
		if name := r.wholeName(&p, side); name != "" && len(docs) > 0 && p.State == port.Linked && takesPart(&p, side, docs[0]) && !r.sides[side].misses(&p) {
			out[name] = first(p.Documents(side.Other()))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: people: %w", err)
	}
	return out, nil
}

// wholeName returns the folded names and the birth date that a side held of a person, "" where one of them is not known.
func (r *run) wholeName(p *port.Person, side record.Side) string {
	kind := &r.cfg.Schema.Kinds[0]
	pair := p.Pair(kind.Name, "")
	if pair == nil {
		return ""
	}
	m := held(kind, pair, side)
	parts := []string{mapping.FoldName(m.Value(lastName).Text()), mapping.FoldName(m.Value(firstName).Text()), m.Value(birthDate).Text()}
	if slices.Contains(parts, "") {
		return ""
	}
	return record.Identity(parts...)
}

func first(refs []string) string {
	if len(refs) == 0 {
		return ""
	}
	return refs[0]
}

// move lets a pair follow its federation member into the survivor.
func (r *run) move(ctx context.Context, w *work, into string) {
	for _, s := range r.strangers(record.Federation) {
		if s.member(record.Federation).Ref.Document == into && r.follow(ctx, w, record.Federation, s) {
			return
		}
	}
	w.pending = true // the survivor, or the club's own document, is not in sight
}

// follow lets a pair take somebody new for its own on a side, and reports whether it could. What was agreed is forgotten,
// and so is what the other side's document at rest held: it is read anew.
func (r *run) follow(ctx context.Context, w *work, side record.Side, s *work) bool {
	if !r.awake(ctx, w, side.Other()) {
		return false
	}
	into := s.member(side).Ref.Document
	var kept []port.Pair
	for _, p := range w.person.Pairs {
		p.SetRef(side, record.Ref{})
		p.Base = port.Base{}
		kept = append(kept, p)
	}
	w.person.Pairs, w.known = kept, false
	for ref, taken := range w.taken[side] { // what has moved to the new one is the person's as before
		if len(taken.Records) == 0 || taken.Records[0].Parent != into {
			delete(w.docs[side], ref)
			delete(w.taken[side], ref)
		}
	}
	w.absorb(s)
	s.absorbed = true
	if n := r.number(w, record.Federation); n != "" {
		w.person.Number = n
	}
	for ref := range s.docs[side] {
		r.batch.Strangers[side][ref] = nil
	}
	return true
}

// reappeared asks about those who stand anew on a side on which somebody of the ledger is missing: who re-enters a person is
// no newcomer, and the one who is missing has not left (INCIDENTS 26, 27). Nothing happens to either before that is
// answered; who is the same keeps the pair.
func (r *run) reappeared(ctx context.Context) error {
	for _, side := range record.Sides() {
		anew := map[string][]*work{}
		for _, s := range r.strangers(side) {
			for _, k := range r.keys(s.member(side)) {
				anew[k] = append(anew[k], s)
			}
		}
		for _, w := range r.works {
			if len(anew) == 0 || !r.vanished(w, side) {
				continue
			}
			if err := r.askAnew(ctx, w, side, anew); err != nil {
				return err
			}
		}
	}
	return nil
}

// vanished reports whether the document that holds a person of the ledger on a side is not there, as far as is known.
func (r *run) vanished(w *work, side record.Side) bool {
	return w.person.ID != 0 && !w.pending && r.sides[side].lacks(w)
}

// askAnew asks whether a person of the ledger is one of those who share a key and stand anew.
func (r *run) askAnew(ctx context.Context, w *work, side record.Side, anew map[string][]*work) error {
	m := held(&r.cfg.Schema.Kinds[0], &w.person.Pairs[0], side)
	asked := map[*work]bool{}
	for _, k := range r.keys(m) {
		for _, s := range anew[k] {
			if asked[s] || s.absorbed {
				continue
			}
			asked[s] = true
			q := conflicts.Question{
				Kind: conflicts.Match, Person: w.person.ID, Record: m.Kind, Number: w.person.Number,
				Reason:  w.person.Documents(side)[0] + " is not there any more: perhaps this is the same person, entered anew",
				Answers: []conflicts.Verb{conflicts.Same, conflicts.Different, conflicts.Later},
				Club:    first(w.person.Documents(record.Club)), Federation: s.member(side).Ref.Document,
				Bound: r.bound(s.member(side)),
			}
			if side == record.Club {
				q.Club, q.Federation = s.member(side).Ref.Document, first(w.person.Documents(record.Federation))
			}
			q = q.Sealed()
			said, err := r.said(ctx, q.ID)
			if err != nil {
				return err
			}
			if said.Never() {
				continue
			}
			r.asked = append(r.asked, q)
			a := r.stored[q.ID].Given(q.Fingerprint)
			if a != nil && a.Verb == conflicts.Same && r.follow(ctx, w, side, s) {
				return nil
			}
			w.pending, s.pending = true, true
		}
	}
	return nil
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
