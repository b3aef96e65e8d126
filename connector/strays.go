package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// stray decides about a document at rest that belongs to nobody of the ledger and that the listing does not show. A list
// need not hold archived contacts (WIRE.md 2): who is there is remembered, or the person would be made anew when the other
// side has the same one. It is read once; who is listed again is no stray any more.
func (l *listing) stray(ctx context.Context, ref string, sight port.Sight) error {
	if !sight.Missing.IsZero() {
		return nil
	}
	gone, err := l.isGone(ctx, ref)
	if err != nil {
		return err
	}
	if gone {
		l.r.batch.forget(l.side, ref)
		return nil
	}
	sight.Missing = l.r.now
	l.r.batch.sight(l.side, ref, &sight)
	return nil
}

// strayed reports whether a stray that is remembered is gone meanwhile.
func (r *run) strayed(ctx context.Context, l *listing, ref string) (bool, error) {
	sights, err := r.cfg.Store.Sights(ctx, l.side, []string{ref})
	if err != nil {
		return false, fmt.Errorf("ledger: sights: %w", err)
	}
	if sights[ref].Missing.IsZero() {
		return false, nil
	}
	gone, err := l.isGone(ctx, ref)
	if gone {
		r.batch.forget(l.side, ref)
	}
	return gone, err
}

// isGone reads a document that no listing shows and reports whether it is proven that it is not there. Any answer but that
// leaves it where it was.
func (l *listing) isGone(ctx context.Context, ref string) (bool, error) {
	_, err := l.end.System.Read(ctx, ref)
	switch {
	case ctx.Err() != nil:
		return false, fmt.Errorf("%s: read: %w", l.side, context.Cause(ctx))
	case err != nil:
		return l.r.answered(l.side, err).Next == port.Gone, nil
	default:
		return false, nil
	}
}

// awaited brings those into sight whom a question about who is who names and whom the listing does not show any more: who never
// came to rest, and who was taken apart or joined by hand. Nobody is made anew over such a question: who cannot be read is awaited.
func (r *run) awaited(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(r.stored)) {
		q := r.stored[id]
		if q.Kind != conflicts.Match || q.Person != 0 {
			continue
		}
		for side, ref := range map[record.Side]string{record.Club: q.Club, record.Federation: q.Federation} {
			l := r.sides[side]
			sights, err := r.cfg.Store.Sights(ctx, side, []string{ref})
			if err != nil {
				return fmt.Errorf("ledger: sights: %w", err)
			}
			if _, rests := sights[ref]; rests && q.Bound != byHand || l.shown(ref) {
				continue
			}
			if _, err := r.cfg.Store.PersonOf(ctx, side, ref); !errors.Is(err, port.ErrNone) {
				if err != nil {
					return fmt.Errorf("ledger: person of %s: %w", ref, err)
				}
				continue
			}
			if err := r.await(ctx, l, ref, q); err != nil {
				return err
			}
		}
	}
	return nil
}

// await shows one of them, or lets the question stand.
func (r *run) await(ctx context.Context, l *listing, ref string, q conflicts.Question) error {
	doc, err := l.end.System.Read(ctx, ref)
	if ctx.Err() != nil {
		return fmt.Errorf("%s: read: %w", l.side, context.Cause(ctx))
	}
	if err != nil && r.answered(l.side, err).Next == port.Gone {
		return nil
	}
	var taken record.Taken
	if err == nil {
		taken, err = l.end.Profile.Take(doc, r.today)
	}
	if err != nil { // unknown: whoever else is named waits
		r.asked = append(r.asked, q)
		for _, w := range r.strangers(l.side.Other()) {
			if m := w.member(l.side.Other()); m.Ref.Document == q.Club || m.Ref.Document == q.Federation {
				w.pending = true
			}
		}
		return nil
	}
	w := newWork(r.cfg.Schema, port.Person{State: port.Linked})
	w.show(l.side, doc, taken)
	w.outside = !r.active(w)
	l.docs[ref] = doc
	r.works = append(r.works, w)
	return nil
}
