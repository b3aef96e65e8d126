package connector

import (
	"fmt"

	"passerelle/conflicts"
	"passerelle/connector/match"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// anewFrom is how many documents of a side have to carry other people than they did for the side to count as numbered anew.
const anewFrom = 3

// exchanged breaks off documents that carry other people than they did: an id that was removed and given to somebody else,
// or all ids given anew (INCIDENTS 29, N12). It is no edit, so nothing happens to the one who had the document, or to the one
// who has it now, before somebody says that they are the same; and nobody is made there who may be the one who has it now.
// Where there are several the run stops.
func (r *run) exchanged() error {
	kind := &r.cfg.Schema.Kinds[0]
	for _, side := range record.Sides() {
		var docs []string
		for _, w := range r.works {
			pair, now := w.person.Pair(kind.Name, ""), w.member(side)
			if w.pending || pair == nil || now == nil || !another(held(kind, pair, side), now, r.numberField()) {
				continue
			}
			if r.askExchanged(w, side, now) {
				docs = append(docs, now.Ref.Document)
			}
		}
		if len(docs) >= anewFrom {
			return stop{Stopped{
				Side: side, Reason: fmt.Sprintf("%d documents carry other people than they did, %s for one, as if ids had been given anew", len(docs), docs[0]),
				Next: "nothing was changed. If people were typed over others, put those back and enter the new ones under ids of their own. " +
					"If the system has given everybody a new id, set the ledger of link " + r.cfg.ID + " aside and link anew",
			}}
		}
	}
	return nil
}

// another reports whether two records of one document are of two people: they differ in the birth date and in a name, or in
// both names where a birth date is not known. Who marries, or whose birth date is corrected, is the same person, and so is
// whoever still has the federation number.
func another(was, now *record.Record, number record.Field) bool {
	if n := was.Value(number); n.HasText() && n == now.Value(number) {
		return false
	}
	differ := func(f record.Field) bool {
		a, b := was.Value(f), now.Value(f)
		return a.HasText() && b.HasText() && mapping.FoldName(a.Text()) != mapping.FoldName(b.Text())
	}
	family, given := differ(lastName), differ(firstName)
	born := was.Value(birthDate)
	if born.HasText() && now.Value(birthDate).HasText() {
		return born != now.Value(birthDate) && (family || given)
	}
	return family && given
}

// askExchanged asks whether a document of a side still carries its person, and reports whether that is open.
func (r *run) askExchanged(w *work, side record.Side, now *record.Record) bool {
	resembling := r.resembling(side, now)
	q := conflicts.Question{
		Kind: conflicts.Match, Person: w.person.ID, Record: now.Kind, Number: w.person.Number,
		Reason: now.Ref.Document + " carries another name and another birth date than it did, as if its id had been given to somebody else. If so, " +
			"enter that person under an id of their own and remove this one",
		Answers: []conflicts.Verb{conflicts.Same, conflicts.Later},
		Club:    first(w.person.Documents(record.Club)), Federation: first(w.person.Documents(record.Federation)),
		Bound: r.bound(now),
	}
	for _, other := range resembling {
		q.Waiting = append(q.Waiting, other.firstRef())
	}
	q = q.Sealed()
	r.asked = append(r.asked, q)
	if a := r.stored[q.ID].Given(q.Fingerprint); a != nil && a.Verb == conflicts.Same {
		return false
	}
	w.pending = true
	for _, other := range resembling {
		other.pending = true
	}
	return true
}

// resembling returns those of the other side who are not paired and may be the one whom a side's record shows.
func (r *run) resembling(side record.Side, m *record.Record) []*work {
	people := r.strangers(side.Other())
	of := map[record.Side][]*record.Record{side: {m}}
	for _, w := range people {
		of[side.Other()] = append(of[side.Other()], w.member(side.Other()))
	}
	var out []*work
	for _, p := range match.Candidates(of[record.Club], of[record.Federation], func(int, int) bool { return false }) {
		i := map[record.Side]int{record.Club: p.Federation, record.Federation: p.Club}[side]
		out = append(out, people[i])
	}
	return out
}
