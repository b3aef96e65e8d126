package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Tally keeps the number of a link's runs outside the ledger. A ledger that remembers fewer was set back in time: put
// back from a copy by hand, say (INCIDENTS N13).
type Tally interface {
	// Noted returns the number that was noted last, 0 when none was.
	Noted() (uint64, error)
	// Note notes a number, on disk before it returns.
	Note(uint64) error
}

// setBackAfter is how many persons, of those to whom we wrote last on a side, have to hold again what they held before, for
// the side to count as set back in time.
const setBackAfter = 3

// rememberedWrites is how long ago a write may be to be looked for when a side may have been set back.
const rememberedWrites = 60 * 24 * time.Hour

// recovering reports whether the ledger, or a side, was set back in time, and nobody has approved yet what follows.
func (r *run) recovering() bool { return !r.runs.Restored.IsZero() || len(r.runs.SetBack) > 0 }

// whyRecovering says why everything is held.
func (r *run) whyRecovering() []string {
	var reasons []string
	if !r.runs.Restored.IsZero() {
		reasons = append(reasons, "the ledger was restored and remembers nothing after "+r.day(r.runs.Restored)+", this would follow")
	}
	for _, side := range record.Sides() {
		if before, back := r.runs.SetBack[side]; back {
			reasons = append(reasons, fmt.Sprintf("the %s holds again what it held before %s, as if another backup had been restored there; this would follow", side, r.day(before)))
		}
	}
	return reasons
}

func (r *run) day(at time.Time) string { return at.In(r.zone).Format("2006-01-02 15:04 MST") }

// recognise finds out whether the ledger was set back behind the number of runs that was noted outside it. Then what was
// approved before counts no more, and runs are counted on from the number that was noted.
func (r *run) recognise(ctx context.Context) error {
	if r.cfg.Tally == nil {
		return nil
	}
	noted, err := r.cfg.Tally.Noted()
	if err != nil {
		return fmt.Errorf("the number of runs that was noted: %w", err)
	}
	if r.tallied = noted; r.runs.Count >= noted {
		return nil
	}
	if r.runs.Restored.IsZero() && !r.runs.Linked.IsZero() { // one that has never been linked holds everything anyway
		if r.runs.Restored, err = r.newest(ctx); err != nil {
			return err
		}
		for id := range r.approved {
			r.batch.Approve[id] = time.Time{}
		}
		r.approved = map[string]time.Time{}
	}
	r.runs.Count, r.report.Run = noted, noted
	r.batch.runs = true
	return nil
}

// newest returns the time of the newest thing that the ledger remembers, at the least that of the first link.
func (r *run) newest(ctx context.Context) (time.Time, error) {
	at := r.runs.Linked
	err := r.cfg.Store.History(ctx, func(e port.Entry) error {
		at = e.At
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return at, fmt.Errorf("ledger: history: %w", err)
	}
	return at, nil
}

// tally notes the number of runs outside the ledger, once the ledger has it and before anything is sent.
func (r *run) tally() error {
	if r.cfg.Tally == nil || r.opt.DryRun || r.runs.Count <= r.tallied {
		return nil
	}
	if err := r.cfg.Tally.Note(r.runs.Count); err != nil {
		return fmt.Errorf("note the number of runs: %w", err)
	}
	r.tallied = r.runs.Count
	return nil
}

// awaits reports whether a document is missing of which it is not known yet whether it is gone: until then nobody can say
// what follows from a ledger, or a side, that was set back.
func (r *run) awaits() bool { return r.sides[record.Club].awaits || r.sides[record.Federation].awaits }

// A written is one person to whom we wrote on a side: what became of it.
type written struct {
	w      *work
	run    uint64
	at     time.Time
	kept   bool          // one of our writes stands
	undone bool          // one of our writes does not, and what was there before is there again
	fields map[leaf]bool // that hold again what they held before
	absent bool          // created by us, and not there
}

// A leaf is one field of one of a person's records.
type leaf struct {
	kind     record.Kind
	identity string
	field    record.Field
}

// setBack recognises a side that was set back in time: the persons to whom we wrote last, three at the least and without
// one exception, hold again what they held before our writes, or are not there again. What they hold now is no edit:
// the fields that went back have no base any more, so that they are asked about, and everything else is held.
func (r *run) setBack(ctx context.Context) error {
	for _, side := range record.Sides() {
		sequence, err := r.lastWritten(ctx, side)
		if err != nil {
			return err
		}
		back := 0
		var oldest time.Time
		var judged uint64
		for _, p := range sequence {
			if p.kept {
				break
			}
			if p.undone || p.absent {
				back++
				oldest = p.at
			}
			judged = max(judged, p.run)
		}
		if back < setBackAfter {
			continue
		}
		for _, p := range sequence {
			if p.kept {
				break
			}
			p.lose(side)
			stored := p.w.person // also of one about whom nothing can be decided in this run: the writes are judged once
			r.batch.People[stored.ID] = &stored
		}
		r.runs.SetBack, r.runs.Judged = with(r.runs.SetBack, side, oldest), with(r.runs.Judged, side, judged)
		r.batch.runs = true
		r.cfg.Log.Warn().Str("side", string(side)).Int("persons", back).Msg("the side holds again what it held before our last writes: everything is held")
	}
	return nil
}

// with returns a copy of m with one more entry.
func with[V any](m map[record.Side]V, side record.Side, v V) map[record.Side]V {
	out := maps.Clone(m)
	if out == nil {
		out = map[record.Side]V{}
	}
	out[side] = v
	return out
}

// lastWritten returns the persons to whom we wrote on a side, newest first. It reads the history only when enough of the
// side is in sight, or missing, to matter.
func (r *run) lastWritten(ctx context.Context, side record.Side) ([]*written, error) {
	l, stirred := r.sides[side], 0
	for _, w := range r.works {
		if w.person.ID != 0 && (len(w.docs[side]) > 0 || l.lacks(w)) {
			stirred++
		}
	}
	if stirred < setBackAfter {
		return nil, nil
	}
	var sequence []*written
	byID := map[uint64]*written{}
	judged := map[string]bool{}
	err := r.cfg.Store.History(ctx, func(e port.Entry) error {
		if e.At.Before(r.now.Add(-rememberedWrites)) || e.Run <= r.runs.Judged[side] {
			return errEnough
		}
		if e.Side != side || e.Person == 0 {
			return nil
		}
		p := byID[e.Person]
		if p == nil {
			p = &written{w: r.byID[e.Person], run: e.Run, at: e.At, fields: map[leaf]bool{}}
			byID[e.Person] = p
			sequence = append(sequence, p)
		}
		r.judge(p, l, &e, judged)
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return sequence, nil
}

// lacks reports whether the side does not show the document that holds a person of the ledger.
func (l *listing) lacks(w *work) bool {
	docs := w.person.Documents(l.side)
	if len(docs) == 0 {
		return false
	}
	e, gone := l.gone[docs[0]]
	return gone && e.Into == "" || l.hidden[docs[0]]
}

// judge holds one of our writes against what the side shows now. Of several to one field the newest counts. A person who is
// at rest, or of whom nothing of the side is in sight, holds what we wrote.
func (r *run) judge(p *written, l *listing, e *port.Entry, judged map[string]bool) {
	if p.w == nil || len(p.w.docs[l.side]) == 0 && !l.lacks(p.w) {
		p.kept = true
		return
	}
	if e.Op == record.Create && e.Kind == r.cfg.Schema.Kinds[0].Name {
		p.absent = l.lacks(p.w)
		p.kept = p.kept || !p.absent && !p.undone
		return
	}
	rec := p.w.record(l.side, e.Kind, e.Identity)
	if e.Op != record.Update && e.Op != record.Clear || rec == nil {
		return // a child that is not there, an end: neither proves anything
	}
	for f, wrote := range e.After {
		key := fmt.Sprint(e.Person, " ", e.Kind, " ", e.Identity, " ", f)
		before, known := e.Before[f]
		if judged[key] || !known || !before.Carried() || before == wrote {
			continue
		}
		judged[key] = true
		switch rec.Value(f) {
		case wrote:
			p.kept = true
		case before:
			p.undone, p.fields[leaf{e.Kind, e.Identity, f}] = true, true
		}
	}
}

// lose takes the base of what went back from a person: that the fields, with the groups they are in, were agreed, or that
// one who is not there was on the side. What each side held stays known: the other side's document may be at rest.
func (p *written) lose(side record.Side) {
	for i := range p.w.person.Pairs {
		pair := &p.w.person.Pairs[i]
		base := pair.Base.Clone()
		if p.absent {
			delete(base.Life, side)
		}
		for at := range p.fields {
			if at.kind == pair.Kind && at.identity == pair.Identity {
				part(&base, p.w.schema.Kind(pair.Kind), at.field)
			}
		}
		pair.Base = base
	}
	p.w.known = false
}

// part makes of what was agreed on in a field, and in its group, what each side held by itself.
func part(base *port.Base, kind *record.KindDef, field record.Field) {
	for _, unit := range kind.Units() {
		if !slices.Contains(unit, field) {
			continue
		}
		for _, f := range unit {
			held := map[record.Side]record.Value{}
			for _, side := range record.Sides() {
				held[side] = base.Held(side, f)
			}
			delete(base.Agreed, f)
			for side, v := range held {
				base.SetOwn(side, f, v)
			}
		}
	}
}
