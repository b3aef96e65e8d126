package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// closeSide remembers that a side takes no writes, and why; "" that it does.
func (r *run) closeSide(side record.Side, reason string) {
	if r.runs.Closed[side] == reason {
		return
	}
	closed := maps.Clone(r.runs.Closed)
	if closed == nil {
		closed = map[record.Side]string{}
	}
	if closed[side] = reason; reason == "" {
		delete(closed, side)
	}
	r.runs.Closed, r.batch.runs = closed, true
}

// record notes what a side holds after a write, change by change, at once: whatever happens to the rest of the run.
func (r *run) record(ctx context.Context, q *request, documents []record.Document, created mapping.Created) error {
	claimed, err := r.claimed(context.WithoutCancel(ctx), q, documents) // what was written is noted, whoever goes away meanwhile
	if err != nil {
		return err
	}
	l := r.sides[q.side]
	r.closeSide(q.side, "")
	r.batch.Intents[q.intent.ID] = nil
	if claimed {
		return nil
	}
	if q.doc != "" && len(documents) == 0 { // deleted
		delete(q.w.docs[q.side], q.doc)
		delete(q.w.taken[q.side], q.doc)
		l.gone[q.doc] = port.Error{Next: port.Gone}
	}
	for _, doc := range documents {
		taken, err := l.end.Profile.Take(doc, r.today)
		if err != nil {
			return fmt.Errorf("%s: read back %s: %w", q.side, doc.Ref, err)
		}
		q.w.show(q.side, doc, taken)
	}
	r.enter(q)
	subjects := r.subjects(q.w)
	pairs := make([]port.Pair, len(subjects))
	for i := range subjects {
		pairs[i] = subjects[i].Pair
	}
	for _, c := range q.changes {
		i := slices.IndexFunc(subjects, func(s reconcile.Subject) bool { return s.Kind == c.Kind && s.Identity == c.Identity })
		if i >= 0 {
			r.recordChange(q, c, &subjects[i], &pairs[i], created.Defaulted[c.Kind])
		}
		r.history(q, c)
	}
	q.w.person.Pairs = pairs
	stored := q.w.person
	r.batch.People[stored.ID] = &stored
	q.w.known = true
	return nil
}

// claimed reports whether a side has put somebody under an id that another person of the ledger had there. Then nothing is
// noted of it: the next run sees whom that id carries now, and asks (INCIDENTS 29).
func (r *run) claimed(ctx context.Context, q *request, documents []record.Document) (bool, error) {
	for _, doc := range documents {
		owner, err := r.cfg.Store.PersonOf(ctx, q.side, doc.Ref)
		switch {
		case errors.Is(err, port.ErrNone):
		case err != nil:
			return false, fmt.Errorf("ledger: person of %s: %w", doc.Ref, err)
		case owner.ID != q.w.person.ID:
			r.cfg.Log.Warn().Str("side", string(q.side)).Str("ref", doc.Ref).Msg("somebody was given an id that another person had")
			r.sides[q.side].doubted = true
			r.report.Waiting++
			return true, nil
		}
	}
	return false, nil
}

// enter gives a person whom the ledger did not know an ID, now that both sides have it.
func (r *run) enter(q *request) {
	if q.changes[0].Op == record.Create && q.changes[0].Parent == "" {
		q.w.born[q.side] = true
	}
	if q.w.person.ID != 0 {
		return
	}
	r.countFromOne()
	q.w.person.ID, q.w.person.State = r.runs.NextID, port.Linked
	r.runs.NextID++
	r.batch.runs = true
	if q.changes[0].Op == record.Ask {
		q.w.person.State, q.w.pending = port.Asked, true
		q.w.person.Number = q.changes[0].Set[r.numberField()].Text()
	}
	r.byID[q.w.person.ID] = q.w
	for _, side := range record.Sides() {
		for ref := range q.w.docs[side] {
			r.batch.Strangers[side][ref] = nil
		}
	}
}

// recordChange moves the base of one record to what was written and read back.
func (r *run) recordChange(q *request, c planned, s *reconcile.Subject, pair *port.Pair, defaulted map[record.Field]record.Value) {
	back, other := s.On(q.side), s.On(q.side.Other())
	if c.Op == record.End {
		if !c.On.IsZero() && !r.today.Before(c.On) && back != nil && back.Life.Active() {
			r.refuseChange(q, c, nil, "it answered yes and did not end it")
		}
		delete(pair.Base.Undone, r.cfg.Schema.Kind(c.Kind).End())
		return
	}
	if back == nil || other == nil || c.Op == record.Ask {
		return
	}
	base, kept := reconcile.Recorded(pair.Base, c.Change, back, other)
	for f := range defaulted { // filled in for the side's sake: never read back as data
		if v := other.Value(f); v.Carried() {
			base.Agree(f, v, map[record.Side]record.Value{q.side: back.Value(f)})
		}
	}
	pair.Base = base
	if len(kept) > 0 {
		r.refuseChange(q, c, kept, "it answered yes and kept its own value")
	}
}

// history remembers what a record held before, and why it was written.
func (r *run) history(q *request, c planned) {
	r.report.Applied[q.side] = r.report.Applied[q.side].with(c.Op)
	r.batch.History = append(r.batch.History, r.entry(q, c))
	if _, approved := r.approved[c.ID]; approved {
		r.batch.Approve[c.ID] = time.Time{}
	}
}

// entry is what the history says of a change.
func (r *run) entry(q *request, c planned) port.Entry {
	rule := c.Rule
	if _, approved := r.approved[c.ID]; approved {
		rule += byApproval
	}
	if c.wave != "" {
		rule += byWave + c.wave
	}
	if c.Question != "" {
		rule += " " + c.Question
	}
	ref := c.Ref.String()
	if made := q.w.record(q.side, c.Kind, c.Identity); c.Ref.Zero() && made != nil {
		ref = made.Ref.String()
	}
	return port.Entry{
		At: r.now, Run: r.report.Run, Person: q.w.person.ID, Side: q.side, Ref: ref, Kind: c.Kind, Identity: c.Identity,
		Op: c.Op, Rule: rule, Before: r.before(q, c), After: maps.Clone(r.after(c)), Return: c.Return, Question: c.Question, Undoes: c.Undoes,
	}
}

// before is what the record held that is written. The end of a function or a subscription may empty the place where it stood, so
// all of it is kept.
func (r *run) before(q *request, c planned) map[record.Field]record.Value {
	if c.Op != record.End || c.Kind == r.cfg.Schema.Kinds[0].Name || c.Kind == r.cfg.Schema.Lead() {
		return c.Before
	}
	held := map[record.Field]record.Value{}
	for i, kind := 0, r.cfg.Schema.Kind(c.Kind); i < len(kind.Fields); i++ {
		if v := q.w.holds(q.side, c.Kind, c.Identity, kind.Fields[i].Name); v.HasText() {
			held[kind.Fields[i].Name] = v
		}
	}
	return held
}
