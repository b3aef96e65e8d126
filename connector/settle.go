package connector

import (
	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// settleJournal settles every request without a record by what the certified listings show. A change is read and compared
// like any other, and kept in the history if it has happened. A creation of unknown outcome adopts the one new person who
// has the written names and birth date; when two listings have none it may be repeated, once (DESIGN decision 10, ADR 24).
func (r *run) settleJournal() error {
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
			if err := r.settleChange(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleChange keeps in the history what a request has changed of which no record was made: or a value that it wrote over
// would be nowhere. A field that holds what was written is agreed: it is our own writing, not an edit of that side. Of the other side,
// where it is at rest, the ledger knows no more than before: everything is looked at again then, to see what holds there now.
func (r *run) settleChange(e port.Entry) error {
	w := r.byID[e.Person]
	if w == nil || e.Undoes != "" {
		return nil // at rest: it holds what it held before. What was to be undone is in the history, and is looked at anew
	}
	now, pair := w.record(e.Side, e.Kind, e.Identity), w.person.Pair(e.Kind, e.Identity)
	if pair != nil && e.Op != record.Create {
		now = r.sight(w, pair, e.Side) // at rest on this side alone, it holds what it held before as well
	}
	if !happened(e, now) {
		return nil
	}
	if now != nil {
		e.Ref = now.Ref.String()
	}
	r.batch.History = append(r.batch.History, e)
	if now == nil || pair == nil || e.Op != record.Update && e.Op != record.Clear {
		return nil
	}
	atRest := w.record(e.Side.Other(), e.Kind, e.Identity) == nil
	for f, v := range e.After {
		if now.Value(f) != v {
			continue
		}
		if atRest && pair.Base.Held(e.Side.Other(), f) != v && !r.opt.Full {
			return errAtRest
		}
		pair.Base.Agree(f, v, nil)
		w.known = false
	}
	return nil
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
		Answers: []conflicts.Verb{conflicts.New, conflicts.Later}, Bound: r.bound(m),
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
