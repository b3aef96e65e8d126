package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// What can be undone, as it begins in port.Undo.Of.
const (
	undoRun      = "run "
	undoDecision = "decision "
)

// An undoing is what a person wants undone, on its way through a run.
type undoing struct {
	port.Undo
	items []*wish
}

// A wish is one entry of the history that is to be set back. Where the history itself does not say what comes of it, it is
// the person's to say.
type wish struct {
	entry port.Entry
	is    reconcile.Undoing
	w     *work // nil: decided by the history
	at    int   // its place among what is to be set back of w
}

// state returns what comes of it, as far as the run has come.
func (h *wish) state() reconcile.Undoing {
	switch {
	case h.w == nil:
		return h.is
	case h.w.person.State != port.Linked || h.w.pending:
		return reconcile.Undoing{Reason: "the person waits for something else: an answer, the federation, or a merge"}
	case h.w.skipped || h.at >= len(h.w.outcome.Undoing):
		return reconcile.Undoing{Reason: "the person could not be read"}
	}
	return h.w.outcome.Undoing[h.at]
}

// wanted gathers what people want undone, and brings the persons into sight. It enters at reconcile, like an answer.
func (r *run) wanted(ctx context.Context) error {
	for _, u := range r.runs.Undo {
		items, err := r.followed(ctx, u)
		if err != nil {
			return err
		}
		for _, h := range items {
			if h.is.State != reconcile.Waits {
				continue
			}
			p, err := r.cfg.Store.Person(ctx, h.entry.Person)
			switch {
			case errors.Is(err, port.ErrNone):
				h.is = reconcile.Undoing{State: reconcile.LeftAlone, Reason: "the ledger does not know the person any more"}
				continue
			case err != nil:
				return fmt.Errorf("ledger: person: %w", err)
			}
			h.w = r.workOf(p)
			h.at = len(h.w.undo)
			h.w.undo = append(h.w.undo, reconcile.Undo{Entry: h.entry, Of: u.Of})
		}
		r.undoings = append(r.undoings, &undoing{Undo: u, items: items})
	}
	if len(r.undoings) > 0 {
		r.sortWorks()
	}
	return nil
}

// A spot is one field of one record on one side.
type spot struct {
	person   uint64
	side     record.Side
	kind     record.Kind
	identity string
	field    record.Field
}

// followed walks through the history back to a run, or to when a question was opened, and returns what was written then,
// newest first, with what the history itself says of it.
func (r *run) followed(ctx context.Context, u port.Undo) ([]*wish, error) {
	reached, mine := reach(u)
	var items []*wish
	latest := map[spot]port.Entry{}
	err := r.cfg.Store.History(ctx, func(e port.Entry) error {
		switch {
		case e.Decision != "":
			return nil
		case reached(&e):
			return errEnough
		case mine(&e):
			items = append(items, &wish{entry: e, is: said(&e, u.Of, latest)})
		}
		for f := range e.After {
			at := spot{e.Person, e.Side, e.Kind, e.Identity, f}
			if _, later := latest[at]; !later {
				latest[at] = e
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return items, nil
}

// reach returns when the walk through the history is at its end, and which entries belong to what is to be undone.
func reach(u port.Undo) (reached, mine func(*port.Entry) bool) {
	if id, decision := strings.CutPrefix(u.Of, undoDecision); decision {
		return func(e *port.Entry) bool { return e.At.Before(u.Since) }, func(e *port.Entry) bool { return e.Question == id }
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(u.Of, undoRun), 10, 64)
	return func(e *port.Entry) bool { return e.Run < n }, func(e *port.Entry) bool { return err == nil && e.Run == n }
}

// said returns what the history says about setting back an entry; the zero Undoing when the person has to.
func said(e *port.Entry, of string, latest map[spot]port.Entry) reconcile.Undoing {
	switch e.Op {
	case record.Create:
		return reconcile.Undoing{State: reconcile.ByHand, Reason: "nothing that was created is deleted: end it, or remove it there, by hand"}
	case record.Ask:
		return reconcile.Undoing{State: reconcile.ByHand, Reason: "a request cannot be taken back: withdraw the affiliation there by hand"}
	case record.Update, record.Clear, record.End:
	}
	for f := range e.After {
		later, is := latest[spot{e.Person, e.Side, e.Kind, e.Identity, f}]
		switch {
		case is && later.Undoes == of:
			return reconcile.Undoing{State: reconcile.Done, Reason: fmt.Sprintf("run %d has set it back", later.Run)}
		case is:
			return reconcile.Undoing{State: reconcile.LeftAlone, Reason: fmt.Sprintf("%s: run %d has written it since", f, later.Run)}
		}
	}
	return reconcile.Undoing{}
}

// undoes returns what is to be undone by these changes and is not approved yet.
func (r *run) undoes(changes []planned) []string {
	var all []string
	for _, c := range changes {
		_, approved := r.approved[c.ID]
		if c.Undoes != "" && !slices.Contains(all, c.Undoes) && !approved {
			all = append(all, c.Undoes)
		}
	}
	return all
}

// settleUndo forgets what a person wanted undone once nothing of it is to be done any more.
func (r *run) settleUndo() {
	var left []port.Undo
	for _, u := range r.undoings {
		if slices.ContainsFunc(u.items, (*wish).open) {
			left = append(left, u.Undo)
			continue
		}
		r.tellUndone(u)
	}
	if len(left) != len(r.runs.Undo) {
		r.runs.Undo, r.batch.runs = left, true
	}
}

// tellUndone remembers what an undo that is at its end has not set back, record by record: nothing is skipped unsaid.
func (r *run) tellUndone(u *undoing) {
	skipped := 0
	for _, h := range slices.Backward(u.items) {
		is := h.state()
		if is.State != reconcile.LeftAlone && is.State != reconcile.ByHand {
			continue
		}
		skipped++
		e := &h.entry
		fields := map[record.Field]record.Value{}
		for f := range e.After {
			fields[f] = record.NotCarried()
		}
		r.batch.History = append(r.batch.History, port.Entry{
			At: r.now, Person: e.Person, Side: e.Side, Ref: e.Ref, Kind: e.Kind, Identity: e.Identity, Op: e.Op, After: fields,
			Rule: "undo of " + u.Of, Decision: "not set back: " + is.Reason, By: "passerelle",
		})
	}
	r.cfg.Log.Info().Str("undo", u.Of).Int("written", len(u.items)).Int("notSetBack", skipped).Msg("an undo is carried out")
}

// open reports whether something is to be done of it still.
func (h *wish) open() bool {
	s := h.state().State
	return s == reconcile.SetBack || s == reconcile.Waits
}

// withdrawn returns a plan without what would undo something.
func withdrawn(plan port.Plan, of string) port.Plan {
	out := port.Plan{Changes: []port.PlannedItem{}}
	var ids, persons []string
	for i := range plan.Changes {
		c := plan.Changes[i]
		if c.Undoes == of {
			continue
		}
		out.Changes, ids = append(out.Changes, c), append(ids, c.ID)
		if !slices.Contains(persons, c.Person) {
			persons = append(persons, c.Person)
		}
	}
	out.Persons = len(persons)
	if len(ids) > 0 {
		out.ID = planID(ids)
		out.Reasons = slices.DeleteFunc(slices.Clone(plan.Reasons), func(reason string) bool { return strings.HasPrefix(reason, of+" ") })
	}
	return out
}
