package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// An Undo says what comes of undoing a run or a decision: what would be set back once it is approved, and everything that
// would not, each with the reason.
type Undo struct {
	Link     string     `json:"link"`
	Undo     string     `json:"undo"`              // "run 12", "decision 1a2b3c4d"
	Already  bool       `json:"already"`           // it was asked for before, and waits
	Reopened bool       `json:"reopened"`          // an answer that was not carried out is taken back: the question is open
	Items    []UndoItem `json:"items"`             // in the order in which they were written
	Held     *Held      `json:"held"`              // the plan that holds it; nil when nothing is to be approved
	Others   int        `json:"others"`            // changes in that plan that belong to something else
	Stopped  *Stopped   `json:"stopped,omitempty"` // a side could not be read: nothing was kept
}

// An UndoItem is one write that is to be taken back. State is "setBack", "done", "leftAlone", "byHand" or, for what waits,
// "waiting".
type UndoItem struct {
	State    string         `json:"state"`
	Reason   string         `json:"reason,omitempty"`
	Side     record.Side    `json:"side"`
	Record   record.Kind    `json:"record"`
	Identity string         `json:"identity,omitempty"`
	Ref      string         `json:"ref"`
	Kind     record.Op      `json:"kind"`
	Fields   []record.Field `json:"fields"`
}

// ErrUndo is returned by Undo and Withdraw for what there is not to undo. Its text says what there is.
var ErrUndo = errors.New("there is no such thing to undo")

// Undo asks for what a run wrote, or what followed from an answer, to be set back. what is the run's number or the
// question's ID. It reads both sides as a dry run does and writes to neither: what would be set back is held, and carried by
// the next run once it is approved. An answer that was not carried out yet is taken back at once. It waits for a run under way. Errors:
// ErrUndo.
func (l *Link) Undo(ctx context.Context, what, by string) (Undo, error) {
	out := Undo{Link: l.cfg.ID, Items: []UndoItem{}}
	err := l.Still(ctx, func(ctx context.Context) error {
		r, err := l.start(ctx, Options{DryRun: true, Full: true})
		if err != nil {
			return err
		}
		u, question, err := l.undoable(ctx, what)
		if err != nil {
			return err
		}
		u.By, u.At = by, r.now
		out.Undo = u.Of
		out.Already = r.wants(u.Of)
		if !out.Already {
			r.runs.Undo = append(slices.Clone(r.runs.Undo), u)
		}
		if err := r.foresee(ctx, &out); err != nil || out.Stopped != nil {
			return err
		}
		return l.keepUndo(ctx, r, u, question, &out)
	})
	return out, err
}

// Withdraw forgets an undo that was asked for and not carried out, and takes it out of the plan that waits. Errors: ErrUndo.
func (l *Link) Withdraw(ctx context.Context, what, by string) (string, error) {
	var of string
	err := l.Still(ctx, func(ctx context.Context) error {
		runs, err := l.cfg.Store.Runs(ctx)
		if err != nil {
			return fmt.Errorf("ledger: runs: %w", err)
		}
		i := slices.IndexFunc(runs.Undo, func(u port.Undo) bool { return u.Of == undoRun+what || u.Of == undoDecision+what })
		if i < 0 {
			var waiting []string
			for _, u := range runs.Undo {
				waiting = append(waiting, u.Of)
			}
			return fmt.Errorf("%w: what waits to be undone is %s", ErrUndo, orNone(waiting))
		}
		of = runs.Undo[i].Of
		runs.Undo = slices.Delete(runs.Undo, i, i+1)
		held, err := l.cfg.Store.Held(ctx)
		if err != nil {
			return fmt.Errorf("ledger: held plan: %w", err)
		}
		rest := withdrawn(held, of)
		return l.commit(ctx, port.Batch{Runs: &runs, Held: &rest, History: []port.Entry{{
			At: l.cfg.Now(), Rule: of, Decision: "undo withdrawn", By: by,
		}}})
	})
	return of, err
}

func (l *Link) commit(ctx context.Context, b port.Batch) error {
	if err := l.cfg.Store.Commit(ctx, b); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// undoable finds the decision or the run that is meant.
func (l *Link) undoable(ctx context.Context, what string) (port.Undo, *conflicts.Question, error) {
	q, err := l.cfg.Store.Question(ctx, what)
	switch {
	case err == nil && q.Answer == nil:
		return port.Undo{}, nil, fmt.Errorf("%w: nobody has answered the question %s", ErrUndo, q.ID)
	case err == nil:
		return port.Undo{Of: undoDecision + what, Since: q.Opened}, &q, nil
	case !errors.Is(err, port.ErrNone):
		return port.Undo{}, nil, fmt.Errorf("ledger: %w", err)
	}
	n, err := strconv.ParseUint(what, 10, 64)
	written, walked := l.written(ctx)
	if walked != nil {
		return port.Undo{}, nil, walked
	}
	if err != nil || !slices.Contains(written, n) {
		var words []string
		for _, run := range written[:min(len(written), 10)] {
			words = append(words, strconv.FormatUint(run, 10))
		}
		return port.Undo{}, nil, fmt.Errorf("%w: name the number of a run that wrote something (the last are %s), or the ID of a question that was answered; "+
			"passerelle history %s shows both", ErrUndo, orNone(words), l.cfg.ID)
	}
	return port.Undo{Of: undoRun + strconv.FormatUint(n, 10)}, nil, nil
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// written returns the numbers of the runs that wrote something, newest first.
func (l *Link) written(ctx context.Context) ([]uint64, error) {
	var runs []uint64
	err := l.cfg.Store.History(ctx, func(e port.Entry) error {
		if e.Decision == "" && (len(runs) == 0 || runs[len(runs)-1] != e.Run) {
			runs = append(runs, e.Run)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return runs, nil
}

// wants reports whether something is asked to be undone already.
func (r *run) wants(of string) bool {
	return slices.ContainsFunc(r.runs.Undo, func(u port.Undo) bool { return u.Of == of })
}

// foresee carries out the dry run and tells what it says of the undo.
func (r *run) foresee(ctx context.Context, out *Undo) error {
	err := r.cycle(ctx)
	if halted, ok := errors.AsType[stop](err); ok {
		out.Stopped, err = &halted.Stopped, nil
	}
	if err != nil || out.Stopped != nil {
		return err
	}
	for _, u := range r.undoings {
		if u.Of != out.Undo {
			continue
		}
		for _, h := range slices.Backward(u.items) {
			out.Items = append(out.Items, h.item(r.sides))
		}
	}
	for i := range r.held.Changes {
		if r.held.Changes[i].Undoes == out.Undo {
			out.Held = r.report.Held
		} else {
			out.Others++
		}
	}
	return nil
}

// item tells what comes of a wish. What is to be set back on a side that takes no writes waits for that.
func (h *wish) item(sides map[record.Side]*listing) UndoItem {
	e, is := &h.entry, h.state()
	out := UndoItem{
		State: string(is.State), Reason: is.Reason, Side: e.Side, Record: e.Kind, Identity: e.Identity, Ref: e.Ref, Kind: e.Op,
		Fields: slices.AppendSeq([]record.Field{}, maps.Keys(e.After)),
	}
	slices.Sort(out.Fields)
	if account := sides[e.Side].account; is.State == reconcile.SetBack && (!account.CanWrite || account.WindowClosed) {
		is.State, out.Reason = reconcile.Waits, "the "+string(e.Side)+" takes no writes at the moment"
	}
	if is.State == reconcile.Waits {
		out.State = "waiting"
	}
	return out
}

// keepUndo remembers what is to be undone, with the plan that holds it, in one transaction: all of it or nothing. When nothing is to be
// done, nothing is kept.
func (l *Link) keepUndo(ctx context.Context, r *run, u port.Undo, q *conflicts.Question, out *Undo) error {
	var b port.Batch
	if q != nil && q.State == conflicts.Answered {
		out.Reopened = true
		b.History = append(b.History, l.decided(q, "answer taken back", u.By))
		q.State, q.Answer = conflicts.Open, nil
		b.Questions = []conflicts.Question{*q}
	}
	open := slices.ContainsFunc(out.Items, func(i UndoItem) bool { return i.State == "waiting" || i.State == string(reconcile.SetBack) })
	if open && !out.Already {
		runs, err := l.cfg.Store.Runs(ctx) // a dry run's own counters are not to be kept
		if err != nil {
			return fmt.Errorf("ledger: runs: %w", err)
		}
		runs.Undo = append(runs.Undo, u)
		b.Runs = &runs
		b.History = append(b.History, port.Entry{At: u.At, Rule: u.Of, Decision: "undo asked for", By: u.By})
	}
	if open {
		b.Held = r.batch.Held
	}
	if b.Empty() {
		return nil
	}
	return l.commit(ctx, b)
}
