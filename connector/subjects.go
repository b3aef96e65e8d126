package connector

import (
	"context"
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// subjects returns the person's records on both sides, each pair of the ledger and each record that is new, the person's
// own kind first.
func (r *run) subjects(w *work) []reconcile.Subject {
	var out []reconcile.Subject
	for _, kind := range r.cfg.Schema.Kinds {
		for _, identity := range r.identities(w, kind.Name) {
			pair := port.Pair{Kind: kind.Name, Identity: identity}
			if known := w.person.Pair(kind.Name, identity); known != nil {
				pair = known.Clone()
			}
			s := reconcile.Subject{Pair: pair}
			s.ClubRecord = r.sight(w, &pair, record.Club)
			s.FederationRecord = r.sight(w, &pair, record.Federation)
			for _, side := range record.Sides() {
				if rec := s.On(side); rec != nil && !rec.Ref.Zero() {
					s.SetRef(side, rec.Ref)
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// identities returns what tells the person's records of a kind apart, sorted: those that the ledger knows and those in
// sight.
func (r *run) identities(w *work, k record.Kind) []string {
	set := map[string]bool{}
	for i := range w.person.Pairs {
		if w.person.Pairs[i].Kind == k {
			set[w.person.Pairs[i].Identity] = true
		}
	}
	for _, side := range record.Sides() {
		for _, rec := range w.records(side) {
			if rec.Kind == k {
				set[rec.Identity] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// sight returns what is to be held of one record on one side: as it was listed; as the base says it was, when its document
// is at rest; gone, hidden, or not there.
func (r *run) sight(w *work, pair *port.Pair, side record.Side) *record.Record {
	if rec := w.record(side, pair.Kind, pair.Identity); rec != nil {
		return rec
	}
	ref := pair.Ref(side)
	if ref.Zero() {
		return r.unpaired(w, pair, side)
	}
	l := r.sides[side]
	if _, gone := l.gone[ref.Document]; gone {
		return &record.Record{Kind: pair.Kind, Identity: pair.Identity, Ref: ref, Life: record.Life{Stage: record.Gone}}
	}
	if l.hidden[ref.Document] {
		return hidden(pair, ref)
	}
	taken, in := w.taken[side][ref.Document]
	switch {
	case !in:
		return held(r.cfg.Schema.Kind(pair.Kind), pair, side)
	case taken.Covers[pair.Kind][pair.Identity]: // the document is there, and does not have it any more
		return &record.Record{Kind: pair.Kind, Identity: pair.Identity, Ref: ref, Life: record.Life{Stage: record.Gone}}
	default:
		return hidden(pair, ref)
	}
}

// unpaired returns what is to be held of a record that a side was never seen to have: nil where that is proven.
func (r *run) unpaired(w *work, pair *port.Pair, side record.Side) *record.Record {
	profile := r.cfg.Sides[side].Profile
	if !profile.Inside(pair.Kind) {
		return nil // the certified listing of its own kind does not show it
	}
	home := w.person.Pairs
	if len(home) == 0 {
		return r.uncovered(w, pair, side)
	}
	doc := home[0].Ref(side).Document
	if doc == "" {
		return r.uncovered(w, pair, side)
	}
	if r.sides[side].hidden[doc] {
		return hidden(pair, record.Ref{Document: doc})
	}
	if _, in := w.taken[side][doc]; in {
		return r.uncovered(w, pair, side)
	}
	if profile.Shape().Children(pair.Kind, pair.Identity) {
		return nil
	}
	return hidden(pair, record.Ref{Document: doc})
}

// uncovered returns nil when a document in sight proves that the side does not have the record, or when nothing of the
// person is on that side; otherwise the record is hidden.
func (r *run) uncovered(w *work, pair *port.Pair, side record.Side) *record.Record {
	if len(w.taken[side]) == 0 {
		return nil
	}
	for _, taken := range w.taken[side] {
		if taken.Covers[pair.Kind][pair.Identity] {
			return nil
		}
	}
	return hidden(pair, record.Ref{})
}

func hidden(pair *port.Pair, ref record.Ref) *record.Record {
	return &record.Record{Kind: pair.Kind, Identity: pair.Identity, Ref: ref}
}

// held returns the record of a document at rest: what the base says its side held (DESIGN decision 14).
func held(kind *record.KindDef, pair *port.Pair, side record.Side) *record.Record {
	rec := &record.Record{
		Kind: pair.Kind, Identity: pair.Identity, Ref: pair.Ref(side), Life: record.Life{Stage: pair.Base.Life[side]},
		Fields: map[record.Field]record.Value{},
	}
	for i := range kind.Fields {
		f := kind.Fields[i]
		v := pair.Base.Held(side, f.Name)
		if !v.Carried() {
			continue
		}
		rec.Fields[f.Name] = v
		if f.End && v.HasText() {
			if on, err := record.ParseDate(v.Text()); err == nil {
				rec.Life.On = on
			}
		}
	}
	return rec
}

// reconcile decides every person and returns the changes that follow, in the order of the persons.
func (r *run) reconcile(ctx context.Context, works []*work) ([]planned, error) {
	var out []planned
	for i, w := range works {
		r.progress("comparing", i, len(works))
		if w.ask != nil {
			out = append(out, *w.ask)
		}
		if w.pending || w.outside {
			continue
		}
		w.outcome = reconcile.Reconcile(r.input(w))
		if found, err := r.circle(ctx, w); err != nil {
			return nil, err
		} else if found {
			w.outcome = reconcile.Reconcile(r.input(w))
		}
		w.skipped = w.outcome.Skipped
		if w.skipped {
			continue
		}
		r.remember(w)
		for _, c := range w.outcome.Changes {
			out = append(out, planned{Change: c, w: w})
		}
	}
	return out, nil
}

// input gathers what the decision about a person depends on.
func (r *run) input(w *work) reconcile.Input {
	in := reconcile.Input{
		Today: r.today, Schema: r.cfg.Schema, Policy: r.cfg.Policy, Person: w.person.ID, Subjects: r.subjects(w),
		Shapes: map[record.Side]record.Shape{}, Express: map[record.Side]func(record.Change) map[record.Field]record.Issue{},
		Questions: r.stored, Refused: r.refusals, Undo: w.undo, Circles: w.circles,
	}
	for _, side := range record.Sides() {
		in.Shapes[side] = r.cfg.Sides[side].Profile.Shape()
		in.Express[side] = r.express(side)
	}
	return in
}

// express says which fields of a change a side has no word for: its profile cannot spell them, or its own code tables do
// not have the code today (WIRE.md 1, codes).
func (r *run) express(side record.Side) func(record.Change) map[record.Field]record.Issue {
	profile, tables := r.cfg.Sides[side].Profile, r.sides[side].account.Codes
	return func(c record.Change) map[record.Field]record.Issue {
		issues := maps.Clone(profile.Express(c))
		for f, v := range c.Set {
			table, coded := tables[string(f)]
			if !coded || !v.HasText() || slices.ContainsFunc(table, func(code port.Code) bool { return code.Is(v.Text(), r.today) }) {
				continue
			}
			if issues == nil {
				issues = map[record.Field]record.Issue{}
			}
			issues[f] = record.UnknownCode
		}
		return issues
	}
}

// planned is a change with the person it belongs to.
type planned struct {
	reconcile.Change
	w    *work
	wave string // the declared mass change that carries it
}
