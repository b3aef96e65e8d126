package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// oldestPinned is how many of the oldest pairs every listing must show when the configuration pins no one (INCIDENTS 9).
const oldestPinned = 3

// errEnough ends a walk through the ledger early.
var errEnough = errors.New("enough")

// missing looks at every document that the ledger knows and the listing did not show. A missing record is read by itself;
// no listing alone proves that anyone is gone, and a delta says nothing of it (DESIGN decision 9).
func (l *listing) missing(ctx context.Context) error {
	if l.delta {
		return nil
	}
	if err := l.pinned(ctx); err != nil {
		return err
	}
	absent, err := l.absent(ctx)
	if err != nil {
		return err
	}
	relisted := map[string]bool{}
	for i, ref := range absent {
		l.r.progress("looking for what the "+string(l.side)+"'s listing does not show", i, len(absent))
		if l.shown(ref) {
			continue // the second listing had it
		}
		if err := l.look(ctx, ref, relisted); err != nil {
			return err
		}
	}
	l.lost = len(l.gone)+len(l.hidden) > 0
	return nil
}

// shown reports whether a document has come into sight.
func (l *listing) shown(ref string) bool {
	_, in := l.docs[ref]
	return in
}

// absent returns the documents of persons that take part, and that the listing did not show, sorted. A document of someone
// whose life is over on both sides is not looked for; one that belongs to no one is a stray.
func (l *listing) absent(ctx context.Context) ([]string, error) {
	unseen := map[string]port.Sight{}
	err := l.r.cfg.Store.EachSight(ctx, l.side, func(ref string, sight port.Sight) error {
		if !l.seen.has(sight.Ordinal) {
			unseen[ref] = sight
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: sights: %w", err)
	}
	var absent []string
	for _, ref := range slices.Sorted(maps.Keys(unseen)) {
		person, err := l.r.cfg.Store.PersonOf(ctx, l.side, ref)
		if errors.Is(err, port.ErrNone) {
			if err := l.stray(ctx, ref, unseen[ref]); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("ledger: person of %s: %w", ref, err)
		}
		if takesPart(&person, l.side, ref) {
			absent = append(absent, ref)
		}
	}
	return absent, nil
}

// takesPart reports whether one of the records in a document was not over on both sides when the base was taken.
func takesPart(p *port.Person, side record.Side, ref string) bool {
	for i := range p.Pairs {
		pair := &p.Pairs[i]
		if pair.Ref(side).Document != ref {
			continue
		}
		for _, s := range record.Sides() {
			if !(record.Life{Stage: pair.Base.Life[s]}).Over() {
				return true
			}
		}
	}
	return false
}

// look reads one missing document by itself. What it says of the document is its life; a document that is there and in
// scope means that the listing was not whole, so the kind is listed once more and then the run stops.
func (l *listing) look(ctx context.Context, ref string, relisted map[string]bool) error {
	doc, err := l.end.System.Read(ctx, ref)
	if err != nil {
		return l.unread(ctx, ref, err)
	}
	taken, err := l.end.Profile.Take(doc, l.r.today)
	if err != nil {
		l.hidden[ref] = true
		return nil //nolint:nilerr // nothing is known of a document without form, which is what hidden says
	}
	if !l.inScope(taken) {
		sights, err := l.r.cfg.Store.Sights(ctx, l.side, []string{ref})
		if err != nil {
			return fmt.Errorf("ledger: sights: %w", err)
		}
		l.docs[ref], l.sights[ref] = doc, sights[ref]
		return nil
	}
	if !relisted[doc.Kind] {
		relisted[doc.Kind] = true
		l.seen, l.fresh = nil, map[string]bool{}
		if err := l.kind(ctx, doc.Kind); err != nil {
			return err
		}
		seen, err := l.remembers(ctx, ref)
		if err != nil || seen || l.shown(ref) {
			return err
		}
	}
	return l.uncertified(doc.Kind, "the listing lacks "+ref+", which is there")
}

// inScope reports whether a document shows somebody or something that takes part. What leads the life of a person decides
// where it is in the document: functions and subscriptions of one who has left stay as they are (DESIGN decision 8).
func (l *listing) inScope(taken record.Taken) bool {
	active := false
	for i := range taken.Records {
		rec := &taken.Records[i]
		if rec.Kind == l.r.cfg.Schema.Lead() {
			return rec.Life.Active()
		}
		active = active || rec.Life.Active()
	}
	return active
}

// unread decides about a missing document that could not be read: proven gone only when two certified listings, one poll
// apart, have both missed it; until then nothing is known of it.
func (l *listing) unread(ctx context.Context, ref string, err error) error {
	e := l.r.answered(l.side, err)
	if ctx.Err() != nil {
		return fmt.Errorf("%s: read: %w", l.side, context.Cause(ctx))
	}
	if e.Next == port.Token || e.Next == port.Stop {
		return l.stopped(ctx, "read", err)
	}
	if e.Next != port.Gone {
		l.hidden[ref], l.awaits = true, true
		return nil
	}
	sights, err := l.r.cfg.Store.Sights(ctx, l.side, []string{ref})
	if err != nil {
		return fmt.Errorf("ledger: sights: %w", err)
	}
	sight := sights[ref]
	switch {
	case e.Into != "":
		l.gone[ref] = *e
	case sight.Missing.IsZero():
		sight.Missing = l.r.now
		l.r.batch.sight(l.side, ref, &sight)
		l.hidden[ref], l.awaits = true, true
	case l.r.now.Sub(sight.Missing) < l.r.cfg.Poll:
		l.hidden[ref], l.awaits = true, true
	default:
		l.gone[ref] = *e
	}
	return nil
}

// pinned stops the run when the listing lacks someone who must be in it: those whom the configuration pins, else the
// oldest pairs that take part. One who is read by itself and has left is missed by nobody.
func (l *listing) pinned(ctx context.Context) error {
	people, err := l.pins(ctx)
	if err != nil {
		return fmt.Errorf("ledger: people: %w", err)
	}
	for i := range people {
		docs := people[i].Documents(l.side)
		if len(docs) == 0 || people[i].State != port.Linked || !takesPart(&people[i], l.side, docs[0]) || l.fresh[docs[0]] {
			continue
		}
		seen, err := l.remembers(ctx, docs[0])
		if err != nil {
			return err
		}
		if seen {
			continue
		}
		switch left, err := l.hasLeft(ctx, docs[0]); {
		case err != nil:
			return err
		case left:
			continue
		}
		return stop{Stopped{
			Side: l.side, Reason: "the listing lacks " + docs[0] + ", one of the people who must be in it",
			Next: "look whether " + docs[0] + " is still there. If this person was removed on purpose, name others (federation numbers) under guards.pinned of link " +
				l.r.cfg.ID + " in the configuration",
		}}
	}
	return nil
}

// pins returns the persons whom every listing has to show.
func (l *listing) pins(ctx context.Context) ([]port.Person, error) {
	var people []port.Person
	store := l.r.cfg.Store
	for _, number := range l.r.cfg.Guards.Pinned {
		ids, err := store.Numbered(ctx, number)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			p, err := store.Person(ctx, id)
			if err != nil {
				return nil, err
			}
			people = append(people, p)
		}
	}
	if len(l.r.cfg.Guards.Pinned) > 0 {
		return people, nil
	}
	err := store.EachPerson(ctx, func(p port.Person) error {
		if docs := p.Documents(l.side); len(docs) > 0 && p.State == port.Linked && takesPart(&p, l.side, docs[0]) {
			people = append(people, p)
		}
		if len(people) == oldestPinned {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return people, err
}

// remembers reports whether the listing showed a document that the ledger knows.
func (l *listing) remembers(ctx context.Context, ref string) (bool, error) {
	sights, err := l.r.cfg.Store.Sights(ctx, l.side, []string{ref})
	if err != nil {
		return false, fmt.Errorf("ledger: sights: %w", err)
	}
	sight, known := sights[ref]
	return known && l.seen.has(sight.Ordinal), nil
}

// hasLeft reports whether a document, read by itself, is there and does not take part any more. It fails only when ctx has
// ended: a read that was given up says nothing of anybody.
func (l *listing) hasLeft(ctx context.Context, ref string) (bool, error) {
	doc, err := l.end.System.Read(ctx, ref)
	if err != nil && ctx.Err() != nil {
		return false, fmt.Errorf("%s: read: %w", l.side, context.Cause(ctx))
	}
	if err != nil {
		return false, nil //nolint:nilerr // who cannot be read is not known to have left
	}
	taken, err := l.end.Profile.Take(doc, l.r.today)
	if err != nil || len(taken.Records) == 0 {
		return false, nil //nolint:nilerr // a document without form does not say so either
	}
	return !l.inScope(taken), nil
}
