package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/match"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// keys returns the hashes of what makes a person a candidate for another: whoever shares one may be the same person.
func (r *run) keys(m *record.Record) []string {
	keys := match.Keys(m)
	for i := range keys {
		keys[i] = reconcile.Hash(keys[i])
	}
	if n := m.Value(r.numberField()).Text(); n != "" {
		keys = append(keys, numberKey(n))
	}
	return keys
}

func numberKey(n string) string { return reconcile.Hash("number\n" + n) }

// bound returns a hash of what people are recognised by. An answer about who they are holds as long as it stands.
func (r *run) bound(members ...*record.Record) string {
	var parts []string
	for _, m := range members {
		for _, f := range []record.Field{lastName, firstName, birthDate, r.numberField()} {
			parts = append(parts, m.Value(f).Text())
		}
	}
	return reconcile.Hash(record.Identity(parts...))
}

// paired reports whether a work is a person of the ledger, or has become part of one.
func (w *work) paired() bool { return w.person.ID != 0 || w.absorbed }

// An alike is two of those who are not paired, one of each side, who may be one person.
type alike struct {
	club, federation *work
	match.Pair
}

// alikes returns who may be whom among those who are in sight and not paired, the best first for each of the club's people. Two
// who have both left take no part, and two of whom a person has said something are not looked at again.
func (r *run) alikes(ctx context.Context) ([]alike, error) {
	people, records := map[record.Side][]*work{}, map[record.Side][]*record.Record{}
	for _, side := range record.Sides() {
		people[side] = r.strangers(side)
		for _, w := range people[side] {
			records[side] = append(records[side], w.member(side))
		}
	}
	var failed error
	never := func(c, f int) bool {
		one, other := people[record.Club][c], people[record.Federation][f]
		if one.outside && other.outside {
			return true
		}
		if r.runs.Count == 0 { // the first run of all, which compares everybody: nobody has said anything yet
			return false
		}
		apart, err := r.apart(ctx, one, other)
		failed = cmp.Or(failed, err)
		return apart
	}
	var out []alike
	for _, p := range match.Candidates(records[record.Club], records[record.Federation], never) {
		out = append(out, alike{club: people[record.Club][p.Club], federation: people[record.Federation][p.Federation], Pair: p})
	}
	return out, failed
}

// linkByNumber pairs those whose federation number stands once on each side and has its second proof (ADR 0025).
func (r *run) linkByNumber(ctx context.Context, found []alike) error {
	for i := range found {
		p := &found[i]
		if !p.Links {
			continue
		}
		alone, err := r.standsOnce(ctx, r.number(p.club, record.Club), p.club, p.federation)
		if err != nil {
			return err
		}
		if !alone {
			continue
		}
		rivalled, err := r.rivalled(ctx, p)
		if err != nil {
			return err
		}
		if !rivalled {
			r.pair(p.club, p.federation)
		}
	}
	return nil
}

// rivalled reports whether a side has somebody at rest who shares with one of two whatever the two share with each other, the
// number left aside: then the number alone would decide between them (ADR 0025).
func (r *run) rivalled(ctx context.Context, p *alike) (bool, error) {
	of := map[record.Side]*record.Record{record.Club: p.club.member(record.Club), record.Federation: p.federation.member(record.Federation)}
	theirs := r.keys(of[record.Federation])
	shared := slices.DeleteFunc(r.keys(of[record.Club]), func(k string) bool {
		return k == numberKey(of[record.Club].Value(r.numberField()).Text()) || !slices.Contains(theirs, k)
	})
	for _, side := range record.Sides() {
		atRest, err := r.cfg.Store.Candidates(ctx, side, shared)
		if err != nil {
			return false, fmt.Errorf("ledger: candidates: %w", err)
		}
		for _, s := range atRest {
			missing := func(k string) bool { return !slices.Contains(s.Keys, k) }
			if r.sides[side].shown(s.Ref) || slices.ContainsFunc(shared, missing) {
				continue // in sight, and compared as well; or less like
			}
			couple := Couple{}
			couple.set(side, s.Ref)
			couple.set(side.Other(), of[side.Other()].Ref.Document)
			q := matchOf(r.cfg.Schema, couple.Club, couple.Federation).Sealed()
			if said, err := r.said(ctx, q.ID); err != nil || !said.Never() {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// linkByAnswer asks about everyone who has a candidate, and carries out what was answered. Who waits for a better pair of one
// of the two to be settled is not asked about, and not created.
func (r *run) linkByAnswer(ctx context.Context, found []alike) error {
	asked, waiting := map[*work]int{}, map[*work][]string{}
	for i := range found {
		p := &found[i]
		switch {
		case p.club.paired() || p.federation.paired():
		case p.Waits:
			waiting[p.club] = append(waiting[p.club], p.federation.firstRef())
			waiting[p.federation] = append(waiting[p.federation], p.club.firstRef())
		default:
			asked[p.club]++
			asked[p.federation]++
		}
	}
	for i := range found {
		p := &found[i]
		if p.Waits || p.club.paired() || p.federation.paired() {
			continue // in the meantime: whatever was answered of others, nobody is linked twice
		}
		r.askAlike(p, asked[p.club] == 1 && asked[p.federation] == 1, slices.Concat(waiting[p.club], waiting[p.federation]))
	}
	for i := range found {
		if p := &found[i]; p.Waits && !p.club.paired() && !p.federation.paired() {
			p.club.pending, p.federation.pending = true, true
		}
	}
	for _, side := range record.Sides() {
		for _, w := range r.strangers(side) {
			if err := r.linkAtRest(ctx, w, side); err != nil {
				return err
			}
		}
	}
	return nil
}

// askAlike asks whether two in sight are the same person and carries out the answer, where there is one for just these two.
// only says that neither has another candidate; waiting are those who are not asked about before this is answered.
func (r *run) askAlike(p *alike, only bool, waiting []string) {
	c, f := p.club.member(record.Club), p.federation.member(record.Federation)
	q := matchOf(r.cfg.Schema, c.Ref.Document, f.Ref.Document)
	r.askedOf(&q, p.club, p.federation)
	q.Evidence = evidence(p.Likeness, c, f)
	slices.Sort(waiting)
	q.Waiting = slices.Compact(waiting)
	if only && p.inEverything() {
		q.Group = conflicts.Alike
	}
	q = q.Sealed()
	if r.answeredSame(&q) {
		r.pair(p.club, p.federation)
		return
	}
	p.club.pending, p.federation.pending = true, true
}

// evidence tells what speaks for two being one person, and against it, with the values of both.
func evidence(l match.Likeness, c, f *record.Record) []conflicts.Evidence {
	var out []conflicts.Evidence
	for _, row := range l.Rows {
		out = append(out, conflicts.Evidence{
			Field: row.Field, Verdict: string(row.Verdict), Rule: row.Rule, Club: c.Value(row.Field), Federation: f.Value(row.Field),
		})
	}
	return out
}

// askedOf binds a question about who is who to those of them who take part. Who does not may go out of sight while it is open.
func (r *run) askedOf(q *conflicts.Question, people ...*work) {
	q.Reason = "perhaps the same person"
	var members []*record.Record
	for _, w := range people {
		for _, side := range record.Sides() {
			if m := w.member(side); m != nil && !w.outside {
				members = append(members, m)
				q.Number = cmp.Or(q.Number, r.number(w, side))
			}
		}
	}
	q.Bound = r.bound(members...)
}

// inEverything reports whether two agree in all that both sides have of them.
func (p *alike) inEverything() bool {
	return p.Parts == match.AllParts && !slices.ContainsFunc(p.Rows, func(row match.Row) bool {
		return row.Verdict != match.Equal && row.Verdict != match.Unknown
	})
}

// answeredSame raises a question about who is who, and reports whether it is answered that they are the same.
func (r *run) answeredSame(q *conflicts.Question) bool {
	r.asked = append(r.asked, *q)
	a := r.stored[q.ID].Given(q.Fingerprint)
	return a != nil && a.Verb == conflicts.Same
}

// linkAtRest asks about somebody and those whom the other side has at rest, who have left or are out of scope, and of whom
// the ledger has nothing but hashes.
func (r *run) linkAtRest(ctx context.Context, w *work, side record.Side) error {
	if w.outside || w.paired() {
		return nil
	}
	m := w.member(side)
	atRest, err := r.cfg.Store.Candidates(ctx, side.Other(), r.keys(m))
	if err != nil {
		return fmt.Errorf("ledger: candidates: %w", err)
	}
	for _, s := range atRest {
		l := r.sides[side.Other()]
		if l.shown(s.Ref) || w.paired() {
			continue
		}
		gone, err := r.strayed(ctx, l, s.Ref)
		if err != nil {
			return err
		}
		if gone {
			continue
		}
		if err := r.askAtRest(ctx, w, side, s.Ref); err != nil {
			return err
		}
	}
	return nil
}

// askAtRest asks whether somebody is one whom the other side has at rest.
func (r *run) askAtRest(ctx context.Context, w *work, side record.Side, ref string) error {
	m := w.member(side)
	couple := Couple{}
	couple.set(side, m.Ref.Document)
	couple.set(side.Other(), ref)
	q := matchOf(r.cfg.Schema, couple.Club, couple.Federation)
	r.askedOf(&q, w)
	q = q.Sealed()
	said, err := r.said(ctx, q.ID)
	if err != nil || said.Never() || said.byHand() {
		return err
	}
	if r.answeredSame(&q) {
		return r.sameAtRest(ctx, w, side, ref)
	}
	w.pending = true
	return nil
}

// errAtRest begins a run anew that looks at every document: of somebody at rest more has to be known than the ledger does. Who
// is said to be the same, for one, is known by the member alone, without what refers to it.
var errAtRest = errors.New("somebody at rest has to be looked at")

// sameAtRest pairs two whom a person has said to be one, of whom no list shows the other, who is read by itself.
func (r *run) sameAtRest(ctx context.Context, w *work, side record.Side, ref string) error {
	if !r.opt.Full {
		return errAtRest
	}
	l := r.sides[side.Other()]
	doc, err := l.end.System.Read(ctx, ref)
	if err != nil {
		w.pending = true
		return nil //nolint:nilerr // one who cannot be read waits; the question stays answered
	}
	taken, err := l.end.Profile.Take(doc, r.today)
	if err != nil {
		w.pending = true
		return nil //nolint:nilerr // as above
	}
	other := newWork(r.cfg.Schema, port.Person{State: port.Linked})
	other.show(side.Other(), doc, taken)
	l.docs[doc.Ref] = doc
	if side == record.Club {
		r.pair(w, other)
	} else {
		r.pair(other, w)
		r.works = append(r.works, other)
	}
	return nil
}
