package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// existsKey is the key under which the answer "we know this person already" is remembered with the other refusals.
func existsKey(clubDocument string) string { return "exists " + clubDocument }

// strangersWithNumber asks about the club's people whom the federation is said, or has said itself, to know elsewhere. One
// who was answered to be the same is requested from the federation; nobody is created over such a question.
func (r *run) strangersWithNumber(ctx context.Context) error {
	for _, w := range r.strangers(record.Club) {
		if w.pending || w.outside {
			continue
		}
		if err := r.askNumber(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// askNumber asks about one of them, where there is something to ask.
func (r *run) askNumber(ctx context.Context, w *work) error {
	m := w.member(record.Club)
	n, reason := r.number(w, record.Club), "the club gives a federation number that the federation does not list as yours"
	answers := []conflicts.Verb{conflicts.Same, conflicts.New, conflicts.Later}
	if known, ok := r.refusals[existsKey(m.Ref.Document)]; ok && known.Value == reconcile.Hash(fmt.Sprint(r.keys(m))) {
		n, reason = known.Reason, "the federation knows a person of this name and birth date already"
		answers = []conflicts.Verb{conflicts.Same, conflicts.Different, conflicts.Later}
	}
	if n == "" {
		return nil
	}
	ours, err := r.cfg.Store.Numbered(ctx, n)
	if err != nil {
		return fmt.Errorf("ledger: number: %w", err)
	}
	if len(ours) > 0 {
		reason, answers = "the number is that of somebody who is linked already: perhaps the club has this person twice", []conflicts.Verb{conflicts.Later}
	}
	r.askExists(w, n, reason, answers)
	return nil
}

func (r *run) askExists(w *work, n, reason string, answers []conflicts.Verb) {
	m := w.member(record.Club)
	q := conflicts.Question{
		Kind: conflicts.AlreadyExists, Record: m.Kind, Club: m.Ref.Document, Number: n, Reason: reason, Answers: answers,
		Bound: reconcile.Hash(fmt.Sprint(r.keys(m))),
	}.Sealed()
	r.asked = append(r.asked, q)
	stored := r.stored[q.ID]
	a := stored.Given(q.Fingerprint)
	if a != nil && a.Verb == conflicts.New {
		return // reconcile creates
	}
	w.pending = true
	if a != nil && a.Verb == conflicts.Same {
		w.ask = r.request(w, n, q.ID)
	}
}

// request returns the one request by which the federation is asked for a person whom it knows (WIRE.md 1, create). The
// lead's required values are part of it; without one of them there is no request, and the question of what is missing.
func (r *run) request(w *work, n, question string) *planned {
	lead := w.record(record.Club, r.cfg.Schema.Lead(), "")
	member := w.member(record.Club)
	shape := r.cfg.Sides[record.Federation].Profile.Shape()
	set := map[record.Field]record.Value{r.numberField(): record.Of(n), birthDate: member.Value(birthDate)}
	for _, f := range r.cfg.Schema.Kind(lead.Kind).Fields {
		if v := lead.Value(f.Name); v.HasText() && shape.Writable[lead.Kind][f.Name] {
			set[f.Name] = v
		}
	}
	missing := slices.DeleteFunc(slices.Clone(shape.Required[lead.Kind]), func(f record.Field) bool { return set[f].HasText() })
	if !member.Value(birthDate).HasText() {
		missing = append(missing, birthDate)
	}
	if len(missing) > 0 {
		r.asked = append(r.asked, conflicts.Question{
			Kind: conflicts.Incomplete, Record: lead.Kind, Club: member.Ref.Document, Number: n, Fields: missing,
			Reason: "cannot be requested from the federation without it", Answers: []conflicts.Verb{conflicts.Leave},
		}.Sealed())
		return nil
	}
	for _, f := range slices.Sorted(maps.Keys(set)) {
		known, refused := r.refusals[reconcile.RefusalKey(member.Ref.Document, record.Federation, lead.Kind, lead.Identity, f)]
		if refused && known.Value == reconcile.Hash(set[f].Text()) && known.Context == reconcile.Context(lead, known.Fields) {
			r.asked = append(r.asked, conflicts.Question{
				Kind: conflicts.Refused, Record: lead.Kind, Club: member.Ref.Document, Number: n, Fields: []record.Field{f},
				Reason: "the federation refused the request: " + known.Reason, Answers: []conflicts.Verb{conflicts.Leave},
			}.Sealed())
			return nil
		}
	}
	c := reconcile.Change{
		Change: record.Change{Kind: lead.Kind, Op: record.Ask, Set: set}, Side: record.Federation, Rule: "answer", Question: question,
	}
	c.ID = reconcile.Identify(member.Ref.Document, "", c)
	return &planned{Change: c, w: w}
}

// confirmAsked looks how the federation has answered the requests that are under way: by listing the member, by refusing
// the affiliation, or not yet.
func (r *run) confirmAsked() {
	for _, w := range slices.Clone(r.works) {
		if w.person.State != port.Asked {
			continue
		}
		w.pending = true
		lead := w.record(record.Federation, r.cfg.Schema.Lead(), "")
		if lead == nil {
			r.report.Waiting++
			continue
		}
		if lead.Life.Over() && !r.takenIn(w) {
			r.asked = append(r.asked, conflicts.Question{
				Kind: conflicts.Refused, Person: w.person.ID, Record: lead.Kind, Club: first(w.person.Documents(record.Club)),
				Federation: lead.Ref.Document, Number: w.person.Number, Reason: "the federation refused the affiliation",
				Answers: []conflicts.Verb{conflicts.Leave},
			}.Sealed())
			continue
		}
		if w.pending && !r.confirmed(w, lead) {
			r.report.Waiting++
		}
	}
}

// confirmed links an asked person with the member that the listing now shows, and reports whether it did.
func (r *run) confirmed(w *work, lead *record.Record) bool {
	for _, f := range r.strangers(record.Federation) {
		m := f.member(record.Federation)
		if m.Ref.Document != lead.Parent || r.number(f, record.Federation) != w.person.Number {
			continue
		}
		w.absorb(f)
		w.person.State, w.pending, w.known = port.Linked, false, false
		f.absorbed = true
		r.report.Linked++
		return true
	}
	return false
}

// takenIn links an asked person, once refused, with the member of that number whom the federation now lists as ours.
func (r *run) takenIn(w *work) bool {
	for _, f := range r.strangers(record.Federation) {
		if r.number(f, record.Federation) == w.person.Number && r.active(f) {
			w.absorb(f)
			w.person.State, w.pending, w.known = port.Linked, false, false
			f.absorbed = true
			r.report.Linked++
			return true
		}
	}
	return false
}

// settleJournal settles every request without a record by what the certified listings show. A change is read and compared
// like any other, and kept in the history if it has happened. A creation of unknown outcome adopts the one new person who
// has the written names and birth date; when two listings have none it may be repeated, once (DESIGN decision 10, ADR 24).
func (r *run) settleJournal() {
	for i := range r.intents {
		in := &r.intents[i]
		r.batch.Intents[in.ID] = nil
		switch {
		case in.Op == record.Ask:
			r.settleAsk(in)
		case in.Op == record.Create && in.Origin != "":
			r.settleCreate(in)
		}
		for _, e := range in.Entries {
			r.settleChange(e)
		}
	}
}

// settleChange keeps in the history what a request has changed of which no record was made: or a value that it wrote over
// would be nowhere. A field that holds what was written is agreed: it is our own writing, not an edit of that side.
func (r *run) settleChange(e port.Entry) {
	w := r.byID[e.Person]
	if w == nil || e.Undoes != "" {
		return // at rest: it holds what it held before. What was to be undone is in the history, and is looked at anew
	}
	now, pair := w.record(e.Side, e.Kind, e.Identity), w.person.Pair(e.Kind, e.Identity)
	if pair != nil && e.Op != record.Create {
		now = r.sight(w, pair, e.Side) // at rest on this side alone, it holds what it held before as well
	}
	if !happened(e, now) {
		return
	}
	if now != nil {
		e.Ref = now.Ref.String()
	}
	r.batch.History = append(r.batch.History, e)
	if now == nil || pair == nil || e.Op != record.Update && e.Op != record.Clear {
		return
	}
	for f, v := range e.After {
		if now.Value(f) == v {
			pair.Base.Agree(f, v, nil)
			w.known = false
		}
	}
}

// happened reports whether a side does not show any more what it showed before a change. An entry of another's doing in
// between looks the same; it costs a line of history.
func happened(e port.Entry, now *record.Record) bool {
	switch e.Op {
	case record.Create:
		return now != nil
	case record.End:
		return now == nil || now.Life.Over()
	case record.Update, record.Clear, record.Ask:
	}
	for f := range e.After {
		if now == nil || now.Value(f) != e.Before[f] {
			return true
		}
	}
	return false
}

func (r *run) settleCreate(in *port.Intent) {
	var origin *work
	for _, w := range r.strangers(in.Side.Other()) {
		if m := w.member(in.Side.Other()); m.Ref.Document == in.Origin {
			origin = w
		}
	}
	if origin == nil {
		return // paired, or gone
	}
	var found []*work
	for _, w := range r.strangers(in.Side) {
		m := w.member(in.Side)
		if r.sides[in.Side].fresh[m.Ref.Document] && sameValues(m, in.Values) {
			found = append(found, w)
		}
	}
	switch len(found) {
	case 1:
		if in.Side == record.Federation {
			r.pair(origin, found[0])
		} else {
			r.pair(found[0], origin)
		}
	case 0:
		if in.Repeat || r.lookedTwice(origin, in) {
			r.again(origin, in)
		}
	default: // several: they are candidates of each other, and asked about
	}
}

// lookedTwice reports whether two certified listings, a poll apart, lack whom a request was to create: as with somebody who
// is missing, one alone proves nothing (DESIGN decision 9). Until then the request stands and the person waits.
func (r *run) lookedTwice(origin *work, in *port.Intent) bool {
	if !in.Looked.IsZero() && r.now.Sub(in.Looked) >= r.cfg.Poll {
		return true
	}
	origin.pending = true
	r.report.Waiting++
	delete(r.batch.Intents, in.ID)
	if in.Looked.IsZero() {
		looked := *in
		looked.Looked = r.now
		r.batch.Intents[in.ID] = &looked
	}
	return false
}

// again lets a creation that did not take effect be repeated, once; the second time a person decides.
func (r *run) again(origin *work, in *port.Intent) {
	if !in.Repeat {
		origin.repeat = true
		return
	}
	m := origin.member(in.Side.Other())
	q := conflicts.Question{
		Kind: conflicts.Refused, Record: m.Kind, Reason: "the " + string(in.Side) + " was asked twice to create this person and never answered",
		Answers: []conflicts.Verb{conflicts.New, conflicts.Later}, Bound: reconcile.Hash(fmt.Sprint(r.keys(m))),
		Club: m.Ref.Document,
	}
	if in.Side == record.Club {
		q.Club, q.Federation = "", m.Ref.Document
	}
	q = q.Sealed()
	r.asked = append(r.asked, q)
	stored := r.stored[q.ID]
	if a := stored.Given(q.Fingerprint); a != nil && a.Verb == conflicts.New {
		return
	}
	origin.pending = true
	delete(r.batch.Intents, in.ID) // it stays as it is, so that the question stands as long as it is not answered
}

// sameValues reports whether a record has the names and the birth date that were written.
func sameValues(m *record.Record, values map[record.Field]record.Value) bool {
	for _, f := range []record.Field{lastName, firstName, birthDate} {
		if v, written := values[f]; written && m.Value(f) != v {
			return false
		}
	}
	return true
}

// settleAsk finds the affiliation that a request of unknown outcome has made: a new one whose member nobody shows yet, with
// the written values. The federation itself allows one per member and club, so a repeated request makes no second one.
func (r *run) settleAsk(in *port.Intent) {
	var origin *work
	for _, w := range r.strangers(record.Club) {
		if w.member(record.Club).Ref.Document == in.Origin {
			origin = w
		}
	}
	if origin == nil {
		return
	}
	for _, w := range r.works {
		lead := w.record(record.Federation, r.cfg.Schema.Lead(), "")
		if w.absorbed || w.person.ID != 0 || lead == nil || w.member(record.Federation) != nil || !sameLead(lead, in.Values) {
			continue
		}
		r.adoptAsked(origin, w, in.Values[r.numberField()].Text())
		return
	}
}

func sameLead(lead *record.Record, values map[record.Field]record.Value) bool {
	for f, v := range values {
		if lead.Value(f).Carried() && lead.Value(f) != v {
			return false
		}
	}
	return true
}

// adoptAsked makes an asked person of a club's member and the affiliation that was requested for it.
func (r *run) adoptAsked(origin, found *work, number string) {
	r.countFromOne()
	origin.person = port.Person{ID: r.runs.NextID, State: port.Asked, Number: number}
	r.runs.NextID++
	r.batch.runs = true
	r.byID[origin.person.ID] = origin
	origin.absorb(found)
	origin.pending = true
	origin.person.Pairs = r.bare(origin)
	p := origin.person
	r.batch.People[p.ID] = &p
	found.absorbed = true
}

// bare returns the pairs of a person with references only.
func (r *run) bare(w *work) []port.Pair {
	var out []port.Pair
	for _, s := range r.subjects(w) {
		out = append(out, port.Pair{Kind: s.Kind, Identity: s.Identity, Club: s.Club, Federation: s.Federation})
	}
	return out
}
