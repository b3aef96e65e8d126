package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// Results are committed in groups: whichever comes first (DESIGN decision 15).
const (
	groupSize = 64
	groupTime = 50 * time.Millisecond
)

// A request is one write to one document of one person: everything that goes there in this round.
type request struct {
	w       *work
	side    record.Side
	doc     string // "" for a creation
	kind    string // the wire kind that was written last
	changes []planned
	intent  port.Intent
}

// apply writes the changes, one request per document, and returns the persons that were touched. Every request is in the
// journal before the first is sent (DESIGN decision 10).
func (r *run) apply(ctx context.Context, going []planned) ([]*work, error) {
	requests := r.requests(going)
	if len(requests) == 0 {
		return nil, nil
	}
	r.journal(requests)
	if err := r.commit(ctx); err != nil {
		return nil, err
	}
	var touched []*work
	for i, q := range requests {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if r.draining.Load() {
			return nil, nil
		}
		r.progress("writing", i, len(requests))
		for _, c := range q.changes {
			r.tried[c.ID] = true
		}
		if err := r.send(ctx, q); err != nil {
			return nil, err
		}
		if !slices.Contains(touched, q.w) {
			touched = append(touched, q.w)
		}
		if err := r.grouped(ctx); err != nil {
			return nil, err
		}
	}
	return touched, nil
}

// grouped commits the results gathered so far, once there are enough of them or the oldest has waited long enough.
func (r *run) grouped(ctx context.Context) error {
	now := r.cfg.Now()
	if r.batch.results++; r.batch.results == 1 {
		r.batch.since = now
	}
	if r.batch.results < groupSize && now.Sub(r.batch.since) < groupTime {
		return nil
	}
	return r.commit(ctx)
}

// requests groups changes by document. What creates a member goes into one request; a member is never created without
// what leads its life.
func (r *run) requests(going []planned) []*request {
	var out []*request
	at := map[string]*request{}
	for _, c := range going {
		doc := c.Ref.Document
		inside := r.cfg.Sides[c.Side].Profile.Inside(c.Kind)
		key := fmt.Sprintf("%p %s %s", c.w, c.Side, doc)
		switch {
		case c.Op == record.Create && c.Parent != "" && inside:
			doc = c.Parent
			key = fmt.Sprintf("%p %s %s", c.w, c.Side, doc)
		case c.Op == record.Ask, c.Op == record.Create && c.Parent != "":
			key = c.ID
		}
		q := at[key]
		if q == nil {
			q = &request{w: c.w, side: c.Side, doc: doc}
			at[key] = q
			out = append(out, q)
		}
		q.changes = append(q.changes, c)
	}
	return slices.DeleteFunc(out, func(q *request) bool { return !r.whole(q) })
}

// whole reports whether a request that creates a member brings the lead as well.
func (r *run) whole(q *request) bool {
	if q.changes[0].Op != record.Create || q.changes[0].Parent != "" {
		return true
	}
	kinds := map[record.Kind]bool{}
	for _, c := range q.changes {
		kinds[c.Kind] = true
	}
	return kinds[r.cfg.Schema.Kinds[0].Name] && kinds[r.cfg.Schema.Lead()]
}

// journal writes down every request that is about to be sent.
func (r *run) journal(requests []*request) {
	r.counted()
	for _, q := range requests {
		r.sequence++
		c := q.changes[0]
		q.intent = port.Intent{
			ID: fmt.Sprintf("%08d-%06d", r.report.Run, r.sequence), Run: r.report.Run, Side: q.side, Person: q.w.person.ID,
			Document: q.doc, Kind: c.Kind, Op: c.Op, Repeat: q.w.repeat,
		}
		if q.w.person.ID == 0 {
			q.intent.Origin = q.w.firstRef()
			q.intent.Values = maps.Clone(c.Set)
		}
		for _, c := range q.changes {
			q.intent.Changes = append(q.intent.Changes, c.ID)
		}
		stored := q.intent
		r.batch.Intents[q.intent.ID] = &stored
	}
}

// send looks, writes, and records what came back. An error ends the run.
func (r *run) send(ctx context.Context, q *request) error {
	var doc record.Document
	if q.doc != "" {
		found, same, err := r.lookFirst(ctx, q)
		if err != nil {
			return err
		}
		if !same {
			r.batch.Intents[q.intent.ID] = nil // planned anew in the next cycle
			return nil
		}
		doc = found
	}
	alternative := map[record.Field]bool{}
	for attempt := 1; ; attempt++ {
		documents, defaulted, failed := r.write(ctx, q, doc, alternative)
		if failed == nil {
			return r.record(q, documents, defaulted)
		}
		r.cfg.Log.Debug().Str("side", string(q.side)).Str("ref", q.w.firstRef()).Str("next", string(failed.Next)).Msg("a write was not carried out")
		if failed.Next == port.Ask && attempt == 1 && r.without(q, failed, alternative) {
			continue // once more, with what was not refused
		}
		return r.failed(ctx, q, failed)
	}
}

// lookFirst reads the document once more and reports whether it still holds what the plan saw.
func (r *run) lookFirst(ctx context.Context, q *request) (record.Document, bool, error) {
	end := r.cfg.Sides[q.side]
	doc, err := end.System.Read(ctx, q.doc)
	if err != nil {
		e := port.As(err)
		switch {
		case ctx.Err() != nil:
			return doc, false, context.Cause(ctx)
		case e.Next == port.Token || e.Next == port.Stop:
			return doc, false, r.sides[q.side].stopped(ctx, "look", err)
		case e.Next != port.Gone:
			r.report.Failed++
		}
		return doc, false, nil
	}
	taken, err := end.Profile.Take(doc, r.today)
	if err != nil {
		r.report.Failed++
		return doc, false, nil //nolint:nilerr // a document that has no form any more is left alone, and counted
	}
	return doc, r.unchanged(q, taken), nil
}

// unchanged reports whether a document that was just read holds what the decision was made on: what was listed, what this
// run has read back, or what the base says of a document at rest.
func (r *run) unchanged(q *request, now record.Taken) bool {
	var expected []record.Record
	if taken, in := q.w.taken[q.side][q.doc]; in {
		expected = taken.Records
	} else {
		for i := range q.w.person.Pairs {
			p := &q.w.person.Pairs[i]
			stage := p.Base.Life[q.side]
			if p.Ref(q.side).Document == q.doc && stage != record.Unknown && stage != record.Gone {
				expected = append(expected, *held(r.cfg.Schema.Kind(p.Kind), p, q.side))
			}
		}
	}
	if len(expected) != len(now.Records) {
		return false
	}
	for i := range expected {
		same := slices.ContainsFunc(now.Records, func(rec record.Record) bool { return sameRecord(&expected[i], &rec) })
		if !same {
			return false
		}
	}
	return true
}

func sameRecord(a, b *record.Record) bool {
	if a.Kind != b.Kind || a.Identity != b.Identity || a.Life.Stage != b.Life.Stage || len(a.Issues) != len(b.Issues) {
		return false
	}
	for _, f := range slices.Concat(slices.Collect(maps.Keys(a.Fields)), slices.Collect(maps.Keys(b.Fields))) {
		if a.Value(f) != b.Value(f) {
			return false
		}
	}
	return true
}

// write sends one request and returns the documents as they now stand.
func (r *run) write(ctx context.Context, q *request, doc record.Document, alternative map[record.Field]bool) ([]record.Document, mapping.Created, *port.Error) {
	end := r.cfg.Sides[q.side]
	changes := make([]record.Change, len(q.changes))
	for i := range q.changes {
		changes[i] = q.changes[i].Change.Change
	}
	if first := q.changes[0]; q.doc == "" && first.Op == record.Create && first.Parent != "" { // what a child's defaults may follow from
		changes = append(changes, record.Change{Kind: r.cfg.Schema.Kinds[0].Name, Op: record.Update, Set: r.memberOf(q).Fields})
	}
	var created mapping.Created
	var err error
	if q.doc == "" {
		says := map[string]string{"clubLanguage": r.sides[q.side].account.Language}
		created, err = end.Profile.With(says).Create(changes, r.today, alternative)
	} else {
		created.Write, err = end.Profile.Fold(doc, changes, r.today, alternative)
	}
	if err != nil {
		return nil, created, &port.Error{Next: port.Ask, Reason: "it has no form on this side", Err: err}
	}
	q.kind = created.Write.Kind
	if created.Write.Op == record.ChangeDocument && created.Write.Body == nil {
		return []record.Document{doc}, created, nil // it says all that already
	}
	documents, err := end.System.Write(ctx, created.Write)
	if err != nil {
		return nil, created, port.As(err)
	}
	return documents, created, nil
}

// failed decides what follows from a write that was not carried out.
func (r *run) failed(ctx context.Context, q *request, e *port.Error) error {
	switch e.Next {
	case port.Look: // the journal keeps it; the next certified listing tells
		r.report.Unknown++
		return nil
	case port.Stop, port.Token:
		r.batch.Intents[q.intent.ID] = nil
		return r.sides[q.side].stopped(ctx, "write", e)
	case port.Ask:
		r.refuse(q, e)
	case port.Exists:
		if err := r.exists(ctx, q, e.Number); err != nil {
			return err
		}
	case port.Wait:
		r.report.Waiting++
		r.closeSide(q.side, e.Reason)
	case port.Again:
		r.report.Failed++
	case port.Replan, port.Gone: // planned anew in the next cycle
	}
	r.batch.Intents[q.intent.ID] = nil
	return nil
}

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
func (r *run) record(q *request, documents []record.Document, created mapping.Created) error {
	l := r.sides[q.side]
	r.closeSide(q.side, "")
	r.batch.Intents[q.intent.ID] = nil
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
	rule := c.Rule
	if _, approved := r.approved[c.ID]; approved {
		rule += ", approved"
		r.batch.Approve[c.ID] = time.Time{}
	}
	if c.Question != "" {
		rule += " " + c.Question
	}
	ref := c.Ref.String()
	if c.Ref.Zero() {
		ref = first(q.w.person.Documents(q.side))
	}
	after := maps.Clone(c.Set)
	if c.Op == record.End {
		after = map[record.Field]record.Value{r.cfg.Schema.Kind(c.Kind).End(): record.Of(c.On.String())}
	}
	r.batch.History = append(r.batch.History, port.Entry{
		At: r.now, Run: r.report.Run, Person: q.w.person.ID, Side: q.side, Ref: ref, Kind: c.Kind, Identity: c.Identity,
		Op: c.Op, Rule: rule, Before: c.Before, After: after,
	})
}
