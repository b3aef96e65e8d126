package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

const (
	// overlap is how far before the highest stamp changes are asked for again: stamps are whole seconds, and an older one may
	// arrive late (INCIDENTS 30, 31).
	overlap = 10 * time.Minute
	// oneByOne is how many documents that are not at rest are read by themselves; more of them are listed.
	oneByOne = 50
	// longestTrust is how long after a whole listing changes are enough: a day, for a daily sweep.
	longestTrust = 24 * time.Hour
	// farthestAhead is how far ahead of our clock a stamp may lie to be asked from: clocks differ by hours where a zone is
	// wrong, and beyond that every edit would hide behind it until the sweep.
	farthestAhead = 4 * time.Hour
)

// errPartial ends a cycle that needs to know more than a delta tells. Nothing has been remembered or sent by then.
var errPartial = errors.New("a delta is not enough")

// A cursor is from where a side is asked for its changes. It is in memory only: a process begins with a whole listing
// (ADR 0011).
type cursor struct {
	latest port.Stamp // the highest that the side showed, by its own clock
	since  time.Time  // the same, less the time that reading took: what was edited meanwhile may have been read before
	whole  time.Time  // when the side was last listed whole, by ours
	open   []string   // the documents that were not at rest: a delta need not show them, so they are read
}

// cursor returns from where the side can be asked for its changes in this run, nil when it is to be listed whole.
func (l *listing) cursor() *cursor {
	r, c := l.r, l.r.cursors[l.side]
	_, tells := l.end.System.(port.Deltas)
	if !tells || c == nil || !r.opt.Deltas || r.opt.Full || r.entire || r.runs.Linked.IsZero() || len(r.intents)+len(r.runs.Undo) > 0 {
		return nil
	}
	if age := r.now.Sub(c.whole); age < 0 || age >= longestTrust {
		return nil
	}
	return c
}

// changes reads what has changed on the side, and reports whether that is enough for this run. Whatever it does not show is
// what the ledger says of it; nothing is concluded from its absence (DESIGN decision 9).
func (l *listing) changes(ctx context.Context) (bool, error) {
	c := l.cursor()
	if c == nil {
		return false, nil
	}
	l.delta = true
	open, enough, err := l.unsettled(ctx, c)
	for _, step := range []func(context.Context, *cursor, []string) (bool, error){l.shows, l.readOpen, l.staysWithOwner} {
		if err == nil && enough {
			enough, err = step(ctx, c, open)
		}
	}
	if err != nil {
		return false, err
	}
	if !enough {
		l.delta, l.seen, l.latest, l.atRest = false, nil, port.Stamp{}, map[record.Kind]int{}
		clear(l.fresh)
		clear(l.docs)
		clear(l.sights)
		return false, nil
	}
	for ref := range l.docs {
		if s := l.sights[ref]; len(s.Digest) > 0 { // takeApart counts it
			for k, n := range s.Counts {
				l.atRest[k] -= n
			}
		}
	}
	for k, n := range l.atRest {
		l.r.report.Read[l.side][k] += n
	}
	return true, nil
}

// unsettled returns the documents that have to be read whether they have changed or not, and counts the others. It is not
// enough to read them when somebody is missed already, or when they are many.
func (l *listing) unsettled(ctx context.Context, c *cursor) ([]string, bool, error) {
	open := slices.Clone(c.open)
	var missed []string
	err := l.r.cfg.Store.EachSight(ctx, l.side, func(ref string, s port.Sight) error {
		switch {
		case !s.Missing.IsZero():
			missed = append(missed, ref)
		case len(s.Digest) == 0:
			open = append(open, ref)
		default:
			for k, n := range s.Counts {
				l.atRest[k] += n
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("ledger: sights: %w", err)
	}
	for _, ref := range missed {
		if part, err := l.isMissed(ctx, ref); part || err != nil {
			return nil, false, err
		}
	}
	slices.Sort(open)
	open = slices.Compact(open)
	return open, len(open) <= oneByOne, nil
}

// isMissed reports whether a document belongs to somebody who takes part.
func (l *listing) isMissed(ctx context.Context, ref string) (bool, error) {
	p, err := l.r.cfg.Store.PersonOf(ctx, l.side, ref)
	if errors.Is(err, port.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ledger: person of %s: %w", ref, err)
	}
	return takesPart(&p, l.side, ref), nil
}

// shows takes in what the side says has changed. That is not enough when it breaks off or is refused, when it does not show
// the document with the highest stamp any more (the side was set back in time, INCIDENTS 12), and when it shows one that
// nobody knows: who is new is found out from whole listings.
func (l *listing) shows(ctx context.Context, c *cursor, _ []string) (bool, error) {
	system, ok := l.end.System.(port.Deltas)
	if !ok {
		return false, nil
	}
	began := l.r.cfg.Now()
	for _, kind := range l.end.System.Kinds() {
		l.r.progress("reading what changed in "+string(l.side)+" "+kind, 0, 0)
		var ours error // the ledger's: no fault of the side
		delta, err := system.Changed(ctx, kind, c.since.Add(-overlap), func(page []record.Document) error {
			_, ours = l.page(ctx, page)
			return ours
		})
		switch {
		case ours != nil:
			return false, ours
		case err != nil && ctx.Err() == nil && port.As(err).Next == port.Stop:
			return false, nil // the whole listing tells whether it is the side or only the asking
		case err != nil:
			return false, l.stopped(ctx, "list the changes of "+kind, err)
		case delta.Shown < delta.Total:
			return false, nil
		}
		l.latest = l.latest.Later(delta.Latest)
	}
	l.took = l.r.cfg.Now().Sub(began)
	for ref := range l.fresh {
		if !slices.Contains(c.open, ref) {
			return false, nil
		}
	}
	if l.fresh[c.latest.Ref] {
		return true, nil
	}
	return l.remembers(ctx, c.latest.Ref)
}

// readOpen reads the documents that are not at rest and that the delta has not shown. One that cannot be read is not enough,
// unless it belongs to nobody who takes part.
func (l *listing) readOpen(ctx context.Context, c *cursor, open []string) (bool, error) {
	for _, ref := range open {
		if l.shown(ref) {
			continue
		}
		doc, err := l.end.System.Read(ctx, ref)
		if err == nil {
			_, err = l.page(ctx, []record.Document{doc})
			if err != nil {
				return false, err
			}
			continue
		}
		e := port.As(err)
		if ctx.Err() != nil || e.Next == port.Token {
			return false, l.stopped(ctx, "read", err)
		}
		if e.Next != port.Gone || e.Into != "" {
			return false, nil
		}
		if part, err := l.isMissed(ctx, ref); part || err != nil || slices.Contains(c.open, ref) {
			return false, err
		}
	}
	return true, nil
}

// staysWithOwner reports whether every child in sight still refers to the member whom the ledger has it under. One that has
// moved is the trace of a merge, whose loser only a whole listing misses (INCIDENTS N12).
func (l *listing) staysWithOwner(ctx context.Context, _ *cursor, _ []string) (bool, error) {
	for ref, doc := range l.docs {
		taken, err := l.end.Profile.Take(doc, l.r.today)
		if err != nil || len(taken.Records) == 0 {
			continue
		}
		parent := taken.Records[0].Parent
		if parent == "" || parent == ref {
			continue
		}
		p, err := l.r.cfg.Store.PersonOf(ctx, l.side, ref)
		if errors.Is(err, port.ErrNone) {
			continue
		}
		if err != nil {
			return false, fmt.Errorf("ledger: person of %s: %w", ref, err)
		}
		if !slices.Contains(p.Documents(l.side), parent) {
			return false, nil
		}
	}
	return true, nil
}

// newcomers reports whether a side was read by its changes while somebody takes part who is in no ledger: who is who is
// found out from whole listings.
func (r *run) newcomers() bool {
	return r.partly() && slices.ContainsFunc(r.works, func(w *work) bool { return w.person.ID == 0 && r.active(w) })
}

// partly reports whether a side was read by its changes.
func (r *run) partly() bool {
	return slices.ContainsFunc(record.Sides(), func(s record.Side) bool { return r.sides[s].delta })
}

// creates reports whether something is to be made on a side that was read by its changes: that needs a certified listing
// that does not have it.
func (r *run) creates(changes []planned) bool {
	return slices.ContainsFunc(changes, func(c planned) bool { return r.sides[c.Side].delta && makes(c) })
}

func makes(c planned) bool { return c.Op == record.Create || c.Op == record.Ask }

// settleCursors remembers from where the next run can ask for changes.
func (r *run) settleCursors() {
	for side, l := range r.sides {
		if c := r.nextCursor(l); c != nil {
			r.cursors[side] = c
		} else {
			delete(r.cursors, side)
		}
	}
}

// nextCursor returns the cursor that a side is left with, nil when the next run needs its whole listing: somebody is missed,
// asked for, parked, unpaired, waits to be made, or was not what the listing said when it was looked at again.
func (r *run) nextCursor(l *listing) *cursor {
	if l.latest.At.IsZero() || l.lost || l.doubted || l.latest.At.After(r.now.Add(farthestAhead)) {
		return nil
	}
	for _, w := range r.works {
		if w.person.ID == 0 && !w.absorbed && r.active(w) || w.person.ID != 0 && w.person.State != port.Linked {
			return nil
		}
	}
	for _, c := range r.planned {
		if c.Side == l.side && makes(c) && !r.tried[c.ID] {
			return nil
		}
	}
	next := &cursor{latest: l.latest, since: l.latest.At.Add(-l.took), whole: r.now, open: l.open()}
	if l.delta {
		next.whole = r.cursors[l.side].whole
	}
	if len(next.open) > oneByOne {
		return nil
	}
	return next
}

// open returns the documents in sight that are not at rest at the end of the run.
func (l *listing) open() []string {
	now := maps.Clone(l.docs)
	for _, w := range l.r.works {
		maps.Copy(now, w.docs[l.side]) // as read back
	}
	var open []string
	for ref, doc := range now {
		if _, gone := l.gone[ref]; !gone && !bytes.Equal(l.sights[ref].Digest, digest(doc)) {
			open = append(open, ref)
		}
	}
	slices.Sort(open)
	return open
}
