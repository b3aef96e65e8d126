package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

const (
	// turns is how many writes of the same two values to a side make a circle (ADR 0018). A person who changes a phone and
	// changes it back makes two.
	turns = 3
	// circleWithin is within how much time they were written.
	circleWithin = month
)

// A trail is what was written of each field, newest first, since a person last answered about it.
type trail map[spot][]port.Entry

// circle looks whether what a rule would write of a person goes to and fro, and reports whether it does. The history is read
// once a run, and only when a field is to be written.
func (r *run) circle(ctx context.Context, w *work) (found bool, err error) {
	for i := range w.outcome.Changes {
		c := &w.outcome.Changes[i]
		if w.person.ID == 0 || c.Op != record.Update && c.Op != record.Clear || c.Question != "" || c.Undoes != "" {
			continue
		}
		if r.trail == nil {
			if r.trail, err = r.walk(ctx); err != nil {
				return false, err
			}
		}
		for f := range c.Set {
			if circle := r.circleOf(w, c, f); len(circle.Runs) >= turns {
				w.circles = append(w.circles, circle)
				found = true
			}
		}
	}
	return found, nil
}

// circleOf returns the writes that a change of a field would go on with.
func (r *run) circleOf(w *work, c *reconcile.Change, f record.Field) reconcile.Circle {
	out := reconcile.Circle{Side: c.Side, Kind: c.Kind, Identity: c.Identity, Field: f, Values: [2]record.Value{c.Before[f], c.Set[f]}}
	at := spot{w.person.ID, c.Side, c.Kind, c.Identity, f}
	since := r.now.Add(-circleWithin)
	if asked := r.askedRound(w, at); !asked.IsZero() {
		since = asked.Add(-circleWithin) // or the question would go away by itself
	}
	for _, e := range slices.Backward(r.trail[at]) {
		if e.At.After(since) && out.Between(e.Before[f], e.After[f]) {
			out.Runs = append(out.Runs, e.Run)
		}
	}
	return out
}

// askedRound returns since when a person is asked about a field that goes to and fro; the zero time when nobody is.
func (r *run) askedRound(w *work, at spot) time.Time {
	for _, q := range r.stored {
		if strings.HasPrefix(q.Reason, reconcile.ToAndFro+string(at.side)) && q.Record == at.kind && q.Identity == at.identity &&
			slices.Contains(q.Fields, at.field) && w.questionsOf(&q) {
			return q.Opened
		}
	}
	return time.Time{}
}

// walk reads the history as far back as a circle may reach.
func (r *run) walk(ctx context.Context) (trail, error) {
	since := r.now
	for _, q := range r.stored {
		if strings.HasPrefix(q.Reason, reconcile.ToAndFro) && q.Opened.Before(since) {
			since = q.Opened
		}
	}
	since = since.Add(-circleWithin)
	out, answered := trail{}, map[spot]bool{}
	err := r.cfg.Store.History(ctx, func(e port.Entry) error {
		switch {
		case !e.At.After(since):
			return errEnough
		case e.Decision != "" || e.Op != record.Update && e.Op != record.Clear:
			return nil
		}
		for f := range e.After {
			at := spot{e.Person, e.Side, e.Kind, e.Identity, f}
			field := at
			field.side = "" // an answer is about both sides
			switch {
			case answered[field]:
			case e.Question != "":
				answered[field] = true
			default:
				out[at] = append(out[at], e)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return out, nil
}
