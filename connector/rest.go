package connector

import (
	"bytes"
	"encoding/json"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// remember keeps what the decision about a person has adopted, and lets the documents that agree with it go out of sight.
func (r *run) remember(w *work) {
	if w.person.ID == 0 {
		return
	}
	next := w.person
	next.Pairs = w.outcome.Pairs
	if n := r.number(w, record.Federation); n != "" {
		next.Number = n
	}
	if !w.known || !equalJSON(next, w.person) {
		stored := next
		r.batch.People[next.ID] = &stored
		r.report.Adopted += w.outcome.Adopted
	}
	w.person, w.known = next, true
	for _, side := range record.Sides() {
		for ref, doc := range w.docs[side] {
			if r.agrees(w, side, ref) {
				r.atRest(side, doc, w.taken[side][ref])
			} else {
				r.keepInSight(side, doc)
			}
		}
	}
}

// agrees reports whether a document is what the base says its side held: every record in it, and every record that used to
// be in it and is not any more.
func (r *run) agrees(w *work, side record.Side, ref string) bool {
	taken := w.taken[side][ref]
	for i := range taken.Records {
		rec := &taken.Records[i]
		pair := w.person.Pair(rec.Kind, rec.Identity)
		if pair == nil {
			return false
		}
		if pair.Ref(side) != rec.Ref {
			if rec.Life.Active() {
				return false
			}
			continue // an older one of the same kind, which takes no part any more
		}
		if !reconcile.Holds(r.cfg.Schema.Kind(rec.Kind), &pair.Base, side, rec) {
			return false
		}
	}
	for i := range w.person.Pairs {
		pair := &w.person.Pairs[i]
		over := record.Life{Stage: pair.Base.Life[side]}.Over()
		if pair.Ref(side).Document == ref && !over && w.record(side, pair.Kind, pair.Identity) == nil {
			return false
		}
	}
	return true
}

// atRest remembers the digest of a document, so that it is dropped unread until it changes.
func (r *run) atRest(side record.Side, doc record.Document, taken record.Taken) {
	l := r.sides[side]
	sum := digest(doc)
	if known, ok := l.sights[doc.Ref]; ok && bytes.Equal(known.Digest, sum) {
		return
	}
	counts := map[record.Kind]int{}
	for i := range taken.Records {
		counts[taken.Records[i].Kind]++
	}
	s := port.Sight{Ordinal: l.sights[doc.Ref].Ordinal, Digest: sum, Counts: counts}
	l.sights[doc.Ref] = s
	r.batch.sight(side, doc.Ref, &s)
}

// keepInSight remembers a person's document that does not agree with the base, so that it is missed when it vanishes, and
// forgets its digest: a side that is put back may show once more what the base held then, and does not hold any more.
func (r *run) keepInSight(side record.Side, doc record.Document) {
	l := r.sides[side]
	known, ok := l.sights[doc.Ref]
	if !ok || known.Digest != nil {
		known.Digest = nil
		l.sights[doc.Ref] = known
		r.batch.sight(side, doc.Ref, &known)
	}
}

// restStrangers lets those go out of sight who are not paired and take no part. Of them the ledger keeps hashes only. Who was
// taken apart stays in sight until it is said who they are.
func (r *run) restStrangers() {
	for _, w := range r.works {
		if !w.outside || w.person.ID != 0 || w.byHand && w.pending {
			continue
		}
		for _, side := range record.Sides() {
			m := w.member(side)
			if m == nil {
				continue // a child whose member nobody shows stays in sight
			}
			for ref, doc := range w.docs[side] {
				if !r.mayRest(w.taken[side][ref]) {
					continue
				}
				known, had := r.sides[side].sights[ref]
				r.atRest(side, doc, w.taken[side][ref])
				if ref == m.Ref.Document && !w.forgotten && (!had || !bytes.Equal(known.Digest, digest(doc))) {
					r.batch.Strangers[side][ref] = &port.Stranger{Side: side, Ref: ref, Keys: r.keys(m), Stage: m.Life.Stage}
				}
			}
		}
	}
}

// mayRest reports whether a stranger's document may go out of sight: that of the member and that of what leads its life. A
// function that has a document of its own stays in sight, or the member would seem to come back without it.
func (r *run) mayRest(taken record.Taken) bool {
	for i := range taken.Records {
		if k := taken.Records[i].Kind; k == r.cfg.Schema.Kinds[0].Name || k == r.cfg.Schema.Lead() {
			return true
		}
	}
	return false
}

func equalJSON(a, b port.Person) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
