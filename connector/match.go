package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// The fields by which people are recognised (DESIGN decision 7).
const (
	lastName  record.Field = "lastName"
	firstName record.Field = "firstName"
	birthDate record.Field = "birthDate"
)

// link finds out who is who among those whom the ledger does not know. Only a proven number links by itself; everything
// that looks alike is a question; who has no candidate is created by reconcile.
func (r *run) link(ctx context.Context) error {
	for _, w := range r.works {
		w.forgotten = r.forgotten(w)
		w.outside = w.person.ID == 0 && (w.forgotten || !r.active(w))
		w.pending = w.person.State == port.Parked
	}
	if err := r.merged(ctx); err != nil {
		return err
	}
	if err := r.exchanged(); err != nil {
		return err
	}
	r.reappeared(ctx)
	if err := r.twice(ctx); err != nil {
		return err
	}
	r.confirmAsked()
	r.settleJournal()
	r.linkByHand()
	if err := r.linkByNumber(ctx); err != nil {
		return err
	}
	if err := r.awaited(ctx); err != nil {
		return err
	}
	if err := r.linkByAnswer(ctx); err != nil {
		return err
	}
	if err := r.strangersWithNumber(ctx); err != nil {
		return err
	}
	r.works = slices.DeleteFunc(r.works, func(w *work) bool { return w.absorbed })
	r.restStrangers()
	return nil
}

// active reports whether a person who is not paired takes part: the lead's life on the side that shows it.
func (r *run) active(w *work) bool {
	for _, side := range record.Sides() {
		if lead := w.record(side, r.cfg.Schema.Lead(), ""); lead != nil && lead.Life.Active() && w.member(side) != nil {
			return true
		}
	}
	return false
}

// strangers returns those of a side who are not paired, whether they take part or not.
func (r *run) strangers(side record.Side) []*work {
	var out []*work
	for _, w := range r.works {
		if w.person.ID == 0 && !w.absorbed && !w.forgotten && w.member(side) != nil {
			out = append(out, w)
		}
	}
	return out
}

// number returns the federation number that a side shows of a person, "" for none.
func (r *run) number(w *work, side record.Side) string {
	m := w.member(side)
	if m == nil {
		return ""
	}
	return m.Value(r.numberField()).Text()
}

func (r *run) numberField() record.Field { return numberField(r.cfg.Schema) }

func numberField(schema *record.Schema) record.Field {
	for _, f := range schema.Kinds[0].Fields {
		if f.Type == record.MemberNumber {
			return f.Name
		}
	}
	return ""
}

// proven reports whether birth date or folded last name agree: the second proof that a number needs.
func proven(a, b *record.Record) bool {
	born := a.Value(birthDate)
	if born.HasText() && born == b.Value(birthDate) {
		return true
	}
	name := mapping.FoldName(a.Value(lastName).Text())
	return name != "" && name == mapping.FoldName(b.Value(lastName).Text())
}

// linkByNumber pairs those whose federation number stands once on each side and has a second proof.
func (r *run) linkByNumber(ctx context.Context) error {
	at := map[record.Side]map[string][]*work{}
	for _, side := range record.Sides() {
		at[side] = map[string][]*work{}
		for _, w := range r.strangers(side) {
			if n := r.number(w, side); n != "" {
				at[side][n] = append(at[side][n], w)
			}
		}
	}
	for _, c := range r.strangers(record.Club) {
		n := r.number(c, record.Club)
		if n == "" || len(at[record.Club][n]) != 1 || len(at[record.Federation][n]) != 1 {
			continue
		}
		f := at[record.Federation][n][0]
		if c.outside && f.outside || !proven(c.member(record.Club), f.member(record.Federation)) {
			continue
		}
		alone, err := r.standsOnce(ctx, n, c, f)
		if err != nil {
			return err
		}
		apart, err := r.apart(ctx, c, f)
		if err != nil {
			return err
		}
		if alone && !apart {
			r.pair(c, f)
		}
	}
	return nil
}

// standsOnce reports whether nobody in the ledger, paired or at rest, has the number besides these two.
func (r *run) standsOnce(ctx context.Context, n string, c, f *work) (bool, error) {
	ids, err := r.cfg.Store.Numbered(ctx, n)
	if err != nil {
		return false, fmt.Errorf("ledger: number: %w", err)
	}
	if len(ids) > 0 {
		return false, nil
	}
	for side, w := range map[record.Side]*work{record.Club: c, record.Federation: f} {
		others, err := r.cfg.Store.Candidates(ctx, side, []string{numberKey(n)})
		if err != nil {
			return false, fmt.Errorf("ledger: candidates: %w", err)
		}
		for _, o := range others {
			if _, itself := w.docs[side][o.Ref]; !itself {
				return false, nil
			}
		}
	}
	return true, nil
}

// pair makes one person of a club's and a federation's.
func (r *run) pair(c, f *work) {
	r.countFromOne()
	c.person = port.Person{ID: r.runs.NextID, State: port.Linked, Number: r.number(f, record.Federation)}
	r.runs.NextID++
	r.batch.runs = true
	r.byID[c.person.ID] = c
	c.absorb(f)
	c.outside, c.pending = false, false
	f.absorbed = true
	for _, side := range record.Sides() {
		for ref := range c.docs[side] {
			r.batch.Strangers[side][ref] = nil
		}
	}
	r.report.Linked++
}

// countFromOne lets the persons of a ledger count from one.
func (r *run) countFromOne() {
	r.runs.NextID = max(r.runs.NextID, 1)
}

// absorb takes over what another work showed.
func (w *work) absorb(other *work) {
	for _, side := range record.Sides() {
		for ref, doc := range other.docs[side] {
			w.show(side, doc, other.taken[side][ref])
		}
	}
}

// keys returns the hashes of what makes a person a candidate for another: the birth date with one folded name, both folded
// names, the number.
func (r *run) keys(m *record.Record) []string {
	last, first := mapping.FoldName(m.Value(lastName).Text()), mapping.FoldName(m.Value(firstName).Text())
	born := m.Value(birthDate).Text()
	var keys []string
	add := func(kind string, parts ...string) {
		if !slices.Contains(parts, "") {
			keys = append(keys, reconcile.Hash(kind+"\n"+record.Identity(parts...)))
		}
	}
	add("names", last, first)
	add("born last", born, last)
	add("born first", born, first)
	if n := m.Value(r.numberField()).Text(); n != "" {
		keys = append(keys, numberKey(n))
	}
	return keys
}

func numberKey(n string) string { return reconcile.Hash("number\n" + n) }

// A candidate is someone on the other side who may be the same person: in sight, or at rest under ref.
type candidate struct {
	w   *work
	ref string
}

// paired reports whether a work is a person of the ledger, or has become part of one.
func (w *work) paired() bool { return w.person.ID != 0 || w.absorbed }

// linkByAnswer asks about everyone who has a candidate, and carries out what was answered.
func (r *run) linkByAnswer(ctx context.Context) error {
	done := map[string]bool{}
	for _, side := range record.Sides() {
		index := map[string][]*work{}
		for _, w := range r.strangers(side.Other()) {
			for _, k := range r.keys(w.member(side.Other())) {
				index[k] = append(index[k], w)
			}
		}
		for _, w := range r.strangers(side) {
			if w.outside || w.person.ID != 0 {
				continue
			}
			found, err := r.candidates(ctx, w, side, index)
			if err != nil {
				return err
			}
			for _, c := range found {
				if w.paired() || c.w != nil && c.w.paired() {
					continue // in the meantime: whatever was answered of others, nobody is linked twice
				}
				if err := r.askMatch(ctx, w, side, c, done); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// candidates returns whoever on the other side shares a key with w, in the order of their documents.
func (r *run) candidates(ctx context.Context, w *work, side record.Side, index map[string][]*work) ([]candidate, error) {
	keys := r.keys(w.member(side))
	var found []candidate
	known := map[string]bool{}
	for _, k := range keys {
		for _, o := range index[k] {
			ref := o.member(side.Other()).Ref.Document
			if o.person.ID == 0 && !known[ref] {
				known[ref] = true
				found = append(found, candidate{w: o, ref: ref})
			}
		}
	}
	atRest, err := r.cfg.Store.Candidates(ctx, side.Other(), keys)
	if err != nil {
		return nil, fmt.Errorf("ledger: candidates: %w", err)
	}
	for _, s := range atRest {
		l := r.sides[side.Other()]
		if l.shown(s.Ref) || known[s.Ref] {
			continue
		}
		gone, err := r.strayed(ctx, l, s.Ref)
		if err != nil {
			return nil, err
		}
		if known[s.Ref] = true; !gone {
			found = append(found, candidate{ref: s.Ref})
		}
	}
	slices.SortFunc(found, func(a, b candidate) int { return cmp.Compare(a.ref, b.ref) })
	return found, nil
}

// askMatch asks whether two are the same person and carries out the answer, where there is one for just these two.
func (r *run) askMatch(ctx context.Context, w *work, side record.Side, c candidate, done map[string]bool) error {
	m := w.member(side)
	couple := Couple{}
	couple.set(side, m.Ref.Document)
	couple.set(side.Other(), c.ref)
	q := matchOf(r.cfg.Schema, couple.Club, couple.Federation)
	q.Number, q.Reason, q.Bound = r.number(w, side), "perhaps the same person", reconcile.Hash(fmt.Sprint(r.keys(m)))
	q = q.Sealed()
	if done[q.ID] {
		return nil
	}
	done[q.ID] = true
	said, err := r.said(ctx, q.ID)
	if err != nil || said.Never() || said.byHand() {
		return err
	}
	r.asked = append(r.asked, q)
	stored := r.stored[q.ID]
	if a := stored.Given(q.Fingerprint); a != nil && a.Verb == conflicts.Same {
		return r.same(ctx, w, side, c)
	}
	w.pending = true
	if c.w != nil {
		c.w.pending = true
	}
	return nil
}

// errAtRest begins a run anew that looks at every document: somebody at rest is said to be the same, of whom only the member
// is known by name, and not what refers to it.
var errAtRest = errors.New("somebody at rest is to be linked")

// same pairs two whom a person has said to be one. Whom no list shows is read by itself.
func (r *run) same(ctx context.Context, w *work, side record.Side, c candidate) error {
	if c.w == nil && !r.opt.Full {
		return errAtRest
	}
	if c.w == nil {
		l := r.sides[side.Other()]
		doc, err := l.end.System.Read(ctx, c.ref)
		if err != nil {
			w.pending = true
			return nil //nolint:nilerr // one who cannot be read waits; the question stays answered
		}
		taken, err := l.end.Profile.Take(doc, r.today)
		if err != nil {
			w.pending = true
			return nil //nolint:nilerr // as above
		}
		c.w = newWork(r.cfg.Schema, port.Person{State: port.Linked})
		c.w.show(side.Other(), doc, taken)
		l.docs[doc.Ref] = doc
	}
	if side == record.Club {
		r.pair(w, c.w)
	} else {
		r.pair(c.w, w)
		r.byID[c.w.person.ID] = c.w
		if !slices.Contains(r.works, c.w) {
			r.works = append(r.works, c.w)
		}
	}
	return nil
}
