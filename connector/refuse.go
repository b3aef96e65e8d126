package connector

import (
	"context"
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// without takes what a refusal names out of a request, or moves it to its other place, and reports whether the rest is
// worth sending once more (DESIGN decision 11).
func (r *run) without(q *request, e *port.Error, alternative map[record.Field]bool) bool {
	named := r.named(q, e)
	if len(named) == 0 {
		return false
	}
	moved := false
	profile := r.cfg.Sides[q.side].Profile
	for _, n := range named {
		if e.Unique && profile.Alternative(n.kind, n.field, r.memberOf(q), r.today) && !alternative[n.field] {
			alternative[n.field], moved = true, true
		}
	}
	if moved {
		return true
	}
	required := profile.Shape().Required
	for _, n := range named {
		for _, c := range q.changes {
			if c.Kind == n.kind && c.Op == record.Create && slices.Contains(required[c.Kind], n.field) {
				return false // it cannot be created without
			}
		}
	}
	r.refuse(q, e)
	q.changes = strip(q.changes, named)
	return len(q.changes) > 0 && r.whole(q)
}

// strip returns the changes without the named fields, and without those that had nothing else.
func strip(changes []planned, named []place) []planned {
	var out []planned
	for _, c := range changes {
		set := maps.Clone(c.Set)
		hit := false
		for _, n := range named {
			if c.Kind != n.kind {
				continue
			}
			if _, in := set[n.field]; in {
				delete(set, n.field)
				hit = true
			}
			hit = hit || c.Op == record.End && n.end
		}
		if hit && len(set) == 0 {
			continue
		}
		c.Set = set
		out = append(out, c)
	}
	return out
}

// A place is a field that a refusal names.
type place struct {
	kind  record.Kind
	field record.Field
	end   bool // it is the field of the record's end
}

// named returns which of the request's fields the refusal is about.
func (r *run) named(q *request, e *port.Error) []place {
	var out []place
	for _, text := range e.Fields {
		k, f, ok := r.cfg.Sides[q.side].Profile.FieldAt(q.kind, text)
		if !ok {
			continue
		}
		p := place{kind: k, field: f, end: r.cfg.Schema.Kind(k).End() == f}
		for _, c := range q.changes {
			_, in := c.Set[f]
			if c.Kind == k && (in || c.Op == record.End && p.end) {
				out = append(out, p)
				break
			}
		}
	}
	return out
}

// memberOf returns the member that a request is about, on the side that shows it best.
func (r *run) memberOf(q *request) *record.Record {
	for _, side := range []record.Side{q.side, q.side.Other()} {
		if m := q.w.member(side); m != nil {
			return m
		}
		if len(q.w.person.Pairs) > 0 && !q.w.person.Pairs[0].Ref(side).Zero() {
			return held(&r.cfg.Schema.Kinds[0], &q.w.person.Pairs[0], side)
		}
	}
	return &record.Record{}
}

// refuse remembers what a side refused: the fields that it names, or everything that the request carried.
func (r *run) refuse(q *request, e *port.Error) {
	named := r.named(q, e)
	for _, c := range q.changes {
		var fields []record.Field
		for _, n := range named {
			if n.kind == c.Kind {
				fields = append(fields, n.field)
			}
		}
		if len(named) == 0 || len(fields) > 0 {
			r.refuseChange(q, c, fields, e.Error())
		}
	}
}

// refuseChange remembers the refusal of a change's fields, all of them when none is named. A child whose creation is refused
// for no field is refused as a whole: it may have none.
func (r *run) refuseChange(q *request, c planned, fields []record.Field, reason string) {
	values := maps.Clone(c.Set)
	if values == nil {
		values = map[record.Field]record.Value{}
	}
	if c.Op == record.End {
		values[r.cfg.Schema.Kind(c.Kind).End()] = record.Of(c.On.String())
	}
	var source *record.Record
	for _, s := range r.subjects(q.w) {
		if s.Kind == c.Kind && s.Identity == c.Identity {
			source = s.On(q.side.Other())
		}
	}
	if c.Op == record.Create && c.Parent != "" && len(fields) == 0 {
		key, refusal := reconcile.RefusedWhole(r.origin(q), q.side, r.cfg.Schema.Kind(c.Kind), c.Identity, source)
		refusal.Reason, refusal.At = reason, r.now
		r.refusals[key], r.batch.Refusals[key] = refusal, &refusal
		return
	}
	for f, v := range values {
		if len(fields) > 0 && !slices.Contains(fields, f) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(fields), func(o record.Field) bool { return o == f })
		key := reconcile.RefusalKey(r.origin(q), q.side, c.Kind, c.Identity, f)
		refusal := port.Refusal{Reason: reason, Value: reconcile.Hash(v.Text()), Fields: others, Context: reconcile.Context(source, others), At: r.now}
		r.refusals[key] = refusal
		r.batch.Refusals[key] = &refusal
	}
}

// origin returns the document on the other side that the person's values come from.
func (r *run) origin(q *request) string {
	if m := q.w.member(q.side.Other()); m != nil {
		return m.Ref.Document
	}
	return first(q.w.person.Documents(q.side.Other()))
}

// exists decides about a creation that the federation refused because it knows the person. When the number is that of one
// who is listed as ours, unpaired and with the written values, this is the answer that was lost; everything else is a
// question (DESIGN decisions 7 and 10).
func (r *run) exists(ctx context.Context, q *request, number string) error {
	for _, f := range r.strangers(q.side) {
		if r.number(f, q.side) != number || !sameValues(f.member(q.side), q.changes[0].Set) {
			continue
		}
		apart, err := r.apart(ctx, q.w, f)
		if err != nil {
			return err
		}
		if !apart {
			r.pair(q.w, f)
			return nil
		}
	}
	m := q.w.member(q.side.Other())
	refusal := port.Refusal{Reason: number, Value: r.bound(m), At: r.now}
	r.refusals[existsKey(m.Ref.Document)] = refusal
	r.batch.Refusals[existsKey(m.Ref.Document)] = &refusal
	return r.askNumber(ctx, q.w)
}
