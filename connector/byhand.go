package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/match"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// matchOf returns the question whether a contact and a member are the same person.
func matchOf(schema *record.Schema, club, federation string) conflicts.Question {
	return conflicts.Question{
		Kind: conflicts.Match, Record: schema.Kinds[0].Name, Club: club, Federation: federation,
		Answers: []conflicts.Verb{conflicts.Same, conflicts.Different, conflicts.New, conflicts.Later},
	}
}

// A verdict is what people have said of two: the question with its answer, open, answered, or closed long ago. The zero
// verdict is of two of whom nobody has said anything.
type verdict struct{ conflicts.Question }

// byHand reports whether a person has taken the two apart or joined them, and that is not carried out yet.
func (v *verdict) byHand() bool { return v.Bound == byHand && v.State != conflicts.Closed }

// said returns what people have said of two, by the ID of the question about them.
func (r *run) said(ctx context.Context, id string) (verdict, error) {
	if q, ok := r.stored[id]; ok {
		return verdict{q}, nil
	}
	q, err := r.cfg.Store.Question(ctx, id)
	if err != nil && !errors.Is(err, port.ErrNone) {
		return verdict{}, fmt.Errorf("ledger: question: %w", err)
	}
	return verdict{q}, nil
}

// apart reports whether two, one of each side, may not be linked without being asked about, because of what a person has said.
func (r *run) apart(ctx context.Context, one, other *work) (bool, error) {
	couple := Couple{}
	for _, w := range []*work{one, other} {
		for _, side := range record.Sides() {
			if m := w.member(side); m != nil {
				couple.set(side, m.Ref.Document)
			}
		}
	}
	q := matchOf(r.cfg.Schema, couple.Club, couple.Federation).Sealed()
	said, err := r.said(ctx, q.ID)
	return said.Never() || said.byHand(), err
}

// linkByHand joins those whom a person has joined, and asks about those whom a person has taken apart until that is answered.
// What follows for any of them is held. Where two are joined, everything is looked at: what refers to them may be at rest.
func (r *run) linkByHand() error {
	at := map[record.Side]map[string]*work{record.Club: {}, record.Federation: {}}
	for _, side := range record.Sides() {
		for _, w := range r.strangers(side) {
			at[side][w.member(side).Ref.Document] = w
		}
	}
	var handled []conflicts.Question
	for _, q := range r.stored {
		if q.Kind == conflicts.Match && q.Bound == byHand {
			handled = append(handled, q)
		}
	}
	slices.SortFunc(handled, func(a, b conflicts.Question) int { return joinsFirst(&a, &b) })
	for i := range handled {
		c, f := at[record.Club][handled[i].Club], at[record.Federation][handled[i].Federation]
		for _, w := range []*work{c, f} {
			if w != nil {
				w.byHand = true
			}
		}
		if c != nil && f != nil && !c.paired() && !f.paired() {
			if joins(&handled[i]) && !r.opt.Full {
				return errAtRest
			}
			r.handle(&handled[i], c, f)
		}
	}
	return nil
}

// joins reports whether a person has said that two are the same.
func joins(q *conflicts.Question) bool { return q.Answer != nil && q.Answer.Verb == conflicts.Same }

// joinsFirst sorts those who are joined before those who are asked about.
func joinsFirst(a, b *conflicts.Question) int {
	if d := one(joins(b)) - one(joins(a)); d != 0 {
		return d
	}
	return slices.Compare([]string{a.Club, a.Federation}, []string{b.Club, b.Federation})
}

// handle carries out what a person has said of two.
func (r *run) handle(q *conflicts.Question, c, f *work) {
	said := verdict{*q}
	switch {
	case said.Never():
		return // the question closes, and is remembered
	case joins(q):
		r.pair(c, f)
	default:
		c.pending, f.pending = true, true
		club, federation := c.member(record.Club), f.member(record.Federation)
		q.Evidence = evidence(match.Compare(club, federation), club, federation)
		r.asked = append(r.asked, *q)
	}
}
