package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A work is one person in sight, with what the ledger knows and what the two sides showed. A person without an ID is not
// paired: known on one side only.
type work struct {
	schema    *record.Schema
	person    port.Person
	known     bool // the ledger has it as it is in person
	docs      map[record.Side]map[string]record.Document
	taken     map[record.Side]map[string]record.Taken
	outcome   reconcile.Outcome
	undo      []reconcile.Undo     // what is to be set back of it
	circles   []reconcile.Circle   // what we have been writing to and fro
	ask       *planned             // the request for someone whom the federation knows elsewhere
	born      map[record.Side]bool // sides on which the member has come to be in this run
	held      map[string]bool      // what the guard holds of it in this run
	repeat    bool                 // its creation is sent for the second time
	absorbed  bool                 // another has taken over what it showed
	pending   bool                 // an answer, a number or a confirmation is awaited: nothing is decided for it
	outside   bool                 // not paired, and taking no part
	byHand    bool                 // a person has taken it apart, or joined it: what follows is held
	forgotten bool                 // not paired, and a person said to forget them
	skipped   bool                 // something of it could not be read: nothing was decided
}

func newWork(schema *record.Schema, p port.Person) *work {
	w := &work{schema: schema, born: map[record.Side]bool{}, held: map[string]bool{}, person: p, known: p.ID != 0, docs: map[record.Side]map[string]record.Document{}, taken: map[record.Side]map[string]record.Taken{}}
	for _, side := range record.Sides() {
		w.docs[side], w.taken[side] = map[string]record.Document{}, map[string]record.Taken{}
	}
	return w
}

// takeApart maps every document in sight to records and gathers them by person.
func (r *run) takeApart(ctx context.Context) error {
	orphans := map[string][]string{} // the federation's children whose member is in no ledger: parent to documents
	for _, side := range record.Sides() {
		l := r.sides[side]
		for _, ref := range slices.Sorted(maps.Keys(l.docs)) {
			doc := l.docs[ref]
			taken, err := l.end.Profile.Take(doc, r.today)
			if err != nil {
				if err := r.unmapped(ctx, side, ref); err != nil {
					return err
				}
				continue
			}
			for i := range taken.Records {
				r.report.Read[side][taken.Records[i].Kind]++
			}
			if err := r.place(ctx, side, doc, taken, orphans); err != nil {
				return err
			}
		}
		if err := r.touch(ctx, side, slices.Concat(slices.Collect(maps.Keys(l.gone)), slices.Collect(maps.Keys(l.hidden)))); err != nil {
			return err
		}
	}
	if err := r.wakeParents(ctx, orphans); err != nil {
		return err
	}
	r.adoptOrphans(orphans)
	r.sortWorks()
	return nil
}

// unmapped leaves the person of a document alone that could not be taken apart.
func (r *run) unmapped(ctx context.Context, side record.Side, ref string) error {
	r.sides[side].hidden[ref] = true
	r.cfg.Log.Warn().Str("side", string(side)).Str("ref", ref).Msg("a document has not the form of its kind and is left alone")
	return r.touch(ctx, side, []string{ref})
}

// touch brings the persons of documents into sight.
func (r *run) touch(ctx context.Context, side record.Side, refs []string) error {
	for _, ref := range refs {
		p, err := r.cfg.Store.PersonOf(ctx, side, ref)
		if errors.Is(err, port.ErrNone) {
			continue
		}
		if err != nil {
			return fmt.Errorf("ledger: person of %s: %w", ref, err)
		}
		r.workOf(p)
	}
	return nil
}

// workOf returns the work of a person of the ledger.
func (r *run) workOf(p port.Person) *work {
	w := r.byID[p.ID]
	if w == nil {
		w = newWork(r.cfg.Schema, p)
		r.byID[p.ID] = w
		r.works = append(r.works, w)
	}
	return w
}

// place puts a document with the person it belongs to: the one that the ledger names, else that of its member, else a new
// one of its own.
func (r *run) place(ctx context.Context, side record.Side, doc record.Document, taken record.Taken, orphans map[string][]string) error {
	p, err := r.cfg.Store.PersonOf(ctx, side, doc.Ref)
	if err == nil {
		r.workOf(p).show(side, doc, taken)
		return nil
	}
	if !errors.Is(err, port.ErrNone) {
		return fmt.Errorf("ledger: person of %s: %w", doc.Ref, err)
	}
	if len(taken.Records) == 0 { // another club's, say
		r.atRest(side, doc, taken)
		return nil
	}
	parent := taken.Records[0].Parent
	if parent == "" || parent == doc.Ref {
		w := newWork(r.cfg.Schema, port.Person{State: port.Linked})
		w.show(side, doc, taken)
		r.works = append(r.works, w)
		return nil
	}
	p, err = r.cfg.Store.PersonOf(ctx, side, parent)
	if errors.Is(err, port.ErrNone) {
		orphans[parent] = append(orphans[parent], doc.Ref)
		return nil
	}
	if err != nil {
		return fmt.Errorf("ledger: person of %s: %w", parent, err)
	}
	r.workOf(p).show(side, doc, taken)
	return nil
}

// show adds a document with its records to the person.
func (w *work) show(side record.Side, doc record.Document, taken record.Taken) {
	w.docs[side][doc.Ref] = doc
	w.taken[side][doc.Ref] = taken
}

// wakeParents brings those of the federation's members into sight who are at rest, belong to nobody, and have got a child since: an
// affiliation that a list showed later than its member, say.
func (r *run) wakeParents(ctx context.Context, orphans map[string][]string) error {
	l := r.sides[record.Federation]
	sights, err := r.cfg.Store.Sights(ctx, record.Federation, slices.Sorted(maps.Keys(orphans)))
	if err != nil {
		return fmt.Errorf("ledger: sights: %w", err)
	}
	for _, ref := range slices.Sorted(maps.Keys(sights)) {
		if l.shown(ref) {
			continue
		}
		doc, err := l.end.System.Read(ctx, ref)
		if ctx.Err() != nil {
			return fmt.Errorf("%s: read: %w", record.Federation, context.Cause(ctx))
		}
		if err != nil {
			continue // the child stays in sight, so the next run tries again
		}
		if taken, err := l.end.Profile.Take(doc, r.today); err == nil {
			w := newWork(r.cfg.Schema, port.Person{State: port.Linked})
			w.show(record.Federation, doc, taken)
			l.docs[ref], l.sights[ref] = doc, sights[ref]
			r.works = append(r.works, w)
		}
	}
	return nil
}

// adoptOrphans gives the federation's children to the members of this listing who are new to the ledger. Children of
// members whom nobody shows yet (a requested affiliation) are kept aside for the linking.
func (r *run) adoptOrphans(orphans map[string][]string) {
	l := r.sides[record.Federation]
	for _, w := range r.works {
		for ref := range maps.Clone(w.docs[record.Federation]) {
			for _, child := range orphans[ref] {
				taken, err := l.end.Profile.Take(l.docs[child], r.today)
				if err == nil {
					w.show(record.Federation, l.docs[child], taken)
				}
			}
			delete(orphans, ref)
		}
	}
	for _, children := range orphans {
		for _, child := range children {
			w := newWork(r.cfg.Schema, port.Person{State: port.Linked})
			taken, err := l.end.Profile.Take(l.docs[child], r.today)
			if err == nil {
				w.show(record.Federation, l.docs[child], taken)
				r.works = append(r.works, w)
			}
		}
	}
}

// sortWorks puts the persons of the ledger first, by ID, and the others after them, by document.
func (r *run) sortWorks() {
	slices.SortFunc(r.works, func(a, b *work) int {
		paired := func(w *work) uint64 { return w.person.ID - 1 } // who is not paired comes last
		return cmp.Or(cmp.Compare(paired(a), paired(b)), cmp.Compare(a.firstDoc(), b.firstDoc()))
	})
}

// firstDoc names a person who is not paired.
func (w *work) firstDoc() string {
	for _, side := range record.Sides() {
		if m := w.member(side); m != nil {
			return string(side) + " " + m.Ref.Document
		}
	}
	for _, side := range record.Sides() {
		for _, ref := range slices.Sorted(maps.Keys(w.docs[side])) {
			return string(side) + " " + ref
		}
	}
	return ""
}

// records returns the person's records of a side that are in sight.
func (w *work) records(side record.Side) []*record.Record {
	var out []*record.Record
	for _, ref := range slices.Sorted(maps.Keys(w.taken[side])) {
		taken := w.taken[side][ref]
		for i := range taken.Records {
			out = append(out, &taken.Records[i])
		}
	}
	return out
}

// record returns the record of a kind and identity that is in sight on a side; of several (a function that ended and began
// again) the one that takes part, else the last.
func (w *work) record(side record.Side, k record.Kind, identity string) *record.Record {
	var found *record.Record
	for _, rec := range w.records(side) {
		if rec.Kind == k && rec.Identity == identity && (found == nil || !found.Life.Active()) {
			found = rec
		}
	}
	return found
}

// member returns the member record in sight on a side.
func (w *work) member(side record.Side) *record.Record {
	return w.record(side, w.schema.Kinds[0].Name, "")
}

// questionsOf reports whether a stored question is about this person.
func (w *work) questionsOf(q *conflicts.Question) bool {
	if w.person.ID != 0 && q.Person == w.person.ID {
		return true
	}
	for _, side := range record.Sides() {
		ref := q.Club
		if side == record.Federation {
			ref = q.Federation
		}
		if ref == "" {
			continue
		}
		if _, in := w.docs[side][ref]; in || slices.Contains(w.person.Documents(side), ref) {
			return true
		}
	}
	return false
}
