package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
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

// apply writes the changes, one request per document, and returns the persons that were touched, also with an error. Every request is in the
// journal before the first is sent (DESIGN decision 10).
func (r *run) apply(ctx context.Context, going []planned) ([]*work, error) {
	requests := r.requests(going)
	if len(requests) == 0 {
		return nil, nil
	}
	unsent := requests
	defer func() { // nothing is known to have happened of them, because nothing was sent
		for _, q := range unsent {
			r.batch.Intents[q.intent.ID] = nil
		}
		r.report.Left += r.approvedIn(unsent)
	}()
	r.journal(requests)
	if err := r.commit(ctx); err != nil {
		return nil, err
	}
	var touched []*work
	for i, q := range requests {
		if ctx.Err() != nil {
			return touched, context.Cause(ctx)
		}
		if r.draining() {
			r.report.Cut = CutWriting
			return touched, nil
		}
		unsent = requests[i+1:]
		r.progress("writing", i, len(requests))
		for _, c := range q.changes {
			r.tried[c.ID] = true
		}
		if err := r.send(ctx, q); err != nil {
			return touched, err
		}
		if !slices.Contains(touched, q.w) {
			touched = append(touched, q.w)
		}
		if err := r.grouped(ctx); err != nil {
			return touched, err
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
	if all := r.approvedIn(requests); r.runs.Left != all { // nobody may get to say how many are left in the end
		r.runs.Left, r.batch.runs = all, true
	}
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
			if q.w.person.ID != 0 && c.Op != record.Ask {
				q.intent.Entries = append(q.intent.Entries, r.entry(q, c))
			}
		}
		stored := q.intent
		r.batch.Intents[q.intent.ID] = &stored
	}
}

// approvedIn counts the approved changes in requests.
func (r *run) approvedIn(requests []*request) int {
	n := 0
	for _, q := range requests {
		for _, c := range q.changes {
			until, approved := r.approved[c.ID]
			n += one(approved && r.now.Before(until))
		}
	}
	return n
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
			r.sides[q.side].doubted = true
			r.batch.Intents[q.intent.ID] = nil // planned anew in the next cycle
			return nil
		}
		doc = found
	}
	alternative := map[record.Field]bool{}
	for attempt := 1; ; attempt++ {
		if ctx.Err() != nil { // not sent, or refused: there is nothing to look for
			r.batch.Intents[q.intent.ID] = nil
			return context.Cause(ctx)
		}
		documents, defaulted, failed := r.write(ctx, q, doc, alternative)
		if failed == nil {
			return r.record(ctx, q, documents, defaulted)
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
		e := r.answered(q.side, err)
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
		return nil, created, r.answered(q.side, err)
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
		if q.side != record.Federation || q.w.person.ID != 0 { // it is no answer to that: a person has to look
			r.refuse(q, e)
			break
		}
		if err := r.exists(ctx, q, e.Number); err != nil {
			return err
		}
	case port.Wait:
		r.report.Waiting++
		r.closeSide(q.side, e.Reason)
	case port.Again:
		r.report.Failed++
	case port.Replan, port.Gone: // planned anew in the next cycle, from a whole listing
		r.sides[q.side].doubted = true
	}
	r.batch.Intents[q.intent.ID] = nil
	return nil
}
