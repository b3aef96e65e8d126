package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // the calendar days of a link are those of Europe/Zurich on every machine

	"golang.org/x/sync/errgroup"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// maxRounds bounds how often the persons that a run touched are reconciled again with what was read back.
const maxRounds = 3

// A run is one cycle on its way through the steps.
type run struct {
	*Link
	opt      Options
	now      time.Time
	today    record.Date
	runs     port.Runs
	report   Report
	sides    map[record.Side]*listing
	works    []*work // the persons in sight, those of the ledger by ID, then those who are not paired
	byID     map[uint64]*work
	asked    []conflicts.Question // what the linking could not settle
	stored   map[string]conflicts.Question
	refusals map[string]port.Refusal
	approved map[string]time.Time
	held     port.Plan // as the ledger has it, then as this run would have it
	waiting  port.Plan // as the ledger had it when the run began
	intents  []port.Intent
	shown    func(*run, []planned) // may be nil
	entire   bool                  // no side is read by its changes
	carries  bool                  // everything is read and decided: what is not carried is left
	began    map[record.Side]Requests
	planned  []planned // in every round
	sequence int
	zone     *time.Location
	tallied  uint64          // the number of runs that is noted outside the ledger
	tried    map[string]bool // changes and creations that this run has sent once
	batch    *batch
	errors   sync.Mutex // guards the report's errors: both sides are listed at once
	undoings []*undoing // what people want undone
	trail    trail      // nil until something is planned that may go to and fro
}

// stop is the error by which a step ends the run: no more writes on this link, on either side (DESIGN decision 12).
type stop struct{ Stopped }

func (s stop) Error() string { return string(s.Side) + ": " + s.Reason }

// RunOnce carries out one cycle and reports what it did. A cycle that had to stop is a Report with Stopped and no error;
// an error is a failure of our own (the ledger, a cancelled context), after which the next run finds its way by reading.
func (l *Link) RunOnce(ctx context.Context, opt Options) (Report, error) {
	began := l.cfg.Now()
	report, err := l.once(ctx, opt, nil)
	ended := l.cfg.Now()
	l.last.Store(&lastRun{report: report, err: err, at: ended, dry: opt.DryRun})
	if l.cfg.Observe != nil {
		l.cfg.Observe(Ran{Options: opt, Report: report, Err: err, Took: ended.Sub(began)})
	}
	if t := l.told.Load(); t != nil && !opt.DryRun {
		t.after(ctx, report, err)
	}
	return report, err
}

// once carries out one cycle when its turn has come. plan is shown what is about to be written.
func (l *Link) once(ctx context.Context, opt Options, plan func(*run, []planned)) (Report, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return Report{}, context.Cause(ctx)
	}
	began := l.sent()
	r, err := l.start(ctx, opt)
	if err != nil {
		return Report{}, err
	}
	r.began, r.shown = began, plan
	err = r.cycle(ctx)
	for errors.Is(err, errPartial) || errors.Is(err, errAtRest) { // from the beginning: nothing of it is left
		opt.Full = opt.Full || errors.Is(err, errAtRest)
		if r, err = l.start(ctx, opt); err != nil {
			return Report{}, err
		}
		r.began, r.shown, r.entire = began, plan, true
		err = r.cycle(ctx)
	}
	if errors.Is(err, errDrained) {
		if r.shown != nil { // there is nothing to show
			return r.report, err
		}
		return r.unread(), nil
	}
	if halted, ok := errors.AsType[stop](err); ok {
		r.report.Stopped = &halted.Stopped
		err = nil
	}
	return r.finish(ctx, err)
}

// cycle is the picture in DESIGN, one call per arrow: up to guard it only finds out, and ends at once when it is told to;
// from then on it writes.
func (r *run) cycle(ctx context.Context) error {
	reading, read := r.untilDrained(ctx)
	going, err := r.find(reading)
	drained := ctx.Err() == nil && errors.Is(context.Cause(reading), errDrained)
	read()
	switch {
	case drained: // whatever the side said of the request that was given up
		return errDrained
	case err != nil || r.opt.DryRun:
		return err
	}
	return r.carry(ctx, going)
}

// find reads both sides and returns the changes that go.
func (r *run) find(ctx context.Context) ([]planned, error) {
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	if err := r.takeApart(ctx); err != nil {
		return nil, err
	}
	if r.newcomers() {
		return nil, errPartial
	}
	if err := r.wanted(ctx); err != nil {
		return nil, err
	}
	if err := r.link(ctx); err != nil {
		return nil, err
	}
	if err := r.setBack(ctx); err != nil {
		return nil, err
	}
	changes, err := r.reconcile(ctx, r.works)
	if err != nil {
		return nil, err
	}
	if r.creates(changes) {
		return nil, errPartial
	}
	r.planned = changes
	r.note(r.works, true)
	r.echo()
	going, err := r.guard(ctx, changes)
	if r.shown != nil {
		r.shown(r, changes)
	}
	return going, err
}

// carry writes the changes, and what follows at once from what was read back.
func (r *run) carry(ctx context.Context, going []planned) error {
	r.carries = true
	for round := 1; ; round++ {
		if err := r.commit(ctx); err != nil {
			return err
		}
		touched, err := r.apply(ctx, going)
		if len(touched) == 0 {
			return err
		}
		changes, failed := r.reconcile(context.WithoutCancel(ctx), touched)
		if failed != nil {
			return errors.Join(err, failed)
		}
		r.planned = slices.Concat(r.planned, changes)
		r.note(touched, false) // also in a run that is cut short: what was set back is asked about
		if err != nil || r.report.Cut != "" || round == maxRounds {
			return err
		}
		going = r.later(changes)
	}
}

// start reads what the ledger knows of the link itself.
func (l *Link) start(ctx context.Context, opt Options) (*run, error) {
	r := &run{Link: l, opt: opt, now: l.cfg.Now(), byID: map[uint64]*work{}, tried: map[string]bool{}, stored: map[string]conflicts.Question{}}
	zurich, err := calendar()
	if err != nil {
		return nil, err
	}
	r.today, r.zone = record.DateOf(r.now.In(zurich)), zurich
	store := l.cfg.Store
	if r.runs, err = store.Runs(ctx); err != nil {
		return nil, fmt.Errorf("ledger: runs: %w", err)
	}
	questions, err := store.Questions(ctx, conflicts.Open, conflicts.Answered)
	if err != nil {
		return nil, fmt.Errorf("ledger: questions: %w", err)
	}
	for _, q := range questions {
		r.stored[q.ID] = q
	}
	if r.refusals, err = store.Refusals(ctx); err != nil {
		return nil, fmt.Errorf("ledger: refusals: %w", err)
	}
	if r.approved, err = store.Approved(ctx); err != nil {
		return nil, fmt.Errorf("ledger: approvals: %w", err)
	}
	if r.held, err = store.Held(ctx); err != nil {
		return nil, fmt.Errorf("ledger: held plan: %w", err)
	}
	r.waiting = r.held
	if r.intents, err = store.Pending(ctx); err != nil {
		return nil, fmt.Errorf("ledger: journal: %w", err)
	}
	r.batch = newBatch(store, opt.DryRun)
	r.report = Report{
		Link: l.cfg.ID, Run: r.runs.Count,
		Read:     map[record.Side]map[record.Kind]int{record.Club: {}, record.Federation: {}},
		Planned:  map[record.Side]Counts{record.Club: {}, record.Federation: {}},
		Applied:  map[record.Side]Counts{record.Club: {}, record.Federation: {}},
		Requests: map[record.Side]Requests{},
		Errors:   map[record.Side]map[port.Next]int{record.Club: {}, record.Federation: {}},
	}
	if err := r.recognise(ctx); err != nil {
		return nil, err
	}
	r.opt.Full = opt.Full || r.unseen()
	return r, nil
}

// calendar returns the zone whose days are those of every link.
func calendar() (*time.Location, error) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return zurich, nil
}

// list reads both sides at once. Either listing fails the whole run: nothing may be concluded from one side alone.
func (r *run) list(ctx context.Context) error {
	r.sides = map[record.Side]*listing{}
	for _, side := range record.Sides() {
		r.sides[side] = newListing(side, r)
	}
	group, together := errgroup.WithContext(ctx)
	for _, l := range r.sides {
		group.Go(func() error { return l.read(together) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, side := range record.Sides() {
		if err := r.sides[side].missing(ctx); err != nil {
			return err
		}
	}
	return nil
}

// finish commits what is still to be remembered and completes the report. A failed or stopped run commits too: what a side
// holds after a write that was carried out is true whatever came later (STYLE, mutagen).
func (r *run) finish(ctx context.Context, err error) (Report, error) {
	ctx = context.WithoutCancel(ctx)
	done := err == nil && r.report.Stopped == nil && !r.draining()
	if done && !r.opt.DryRun {
		r.settleRuns()
		r.settleUndo()
	}
	committed := r.commit(ctx)
	if committed == nil { // else the ledger does not have the number yet, and would look as if it had been set back
		committed = r.tally()
	}
	if committed != nil && err == nil {
		err = committed
	}
	if err == nil {
		err = r.noteStanding(ctx)
	}
	switch {
	case r.opt.DryRun:
	case done && err == nil:
		r.settleCursors()
	default: // what it has remembered may go beyond the cursors
		clear(r.cursors)
	}
	r.countRequests()
	for _, w := range r.works { // what waits still, after every round
		if !w.pending && !w.outside {
			r.report.Waiting += len(w.outcome.Waits)
		}
	}
	r.countQuestions()
	return r.report, err
}

// unread ends a run that was told to end while it was reading. Nothing has been sent, and nothing of what it saw is
// remembered: half a listing tells nothing.
func (r *run) unread() Report {
	clear(r.cursors)
	r.countRequests()
	r.report.Cut = CutReading
	return r.report
}

func (r *run) countRequests() {
	for side, now := range r.sent() {
		r.report.Requests[side] = Requests{Read: now.Read - r.began[side].Read, Write: now.Write - r.began[side].Write}
	}
}

// sent returns how many requests the sides that count have sent.
func (l *Link) sent() map[record.Side]Requests {
	sent := map[record.Side]Requests{}
	for side, end := range l.cfg.Sides {
		if c, ok := end.System.(port.Counter); ok {
			read, write := c.Requests()
			sent[side] = Requests{Read: read, Write: write}
		}
	}
	return sent
}

// settleRuns notes that the link is linked, and under which settings, once a run leaves nothing held.
func (r *run) settleRuns() {
	if r.report.Held != nil {
		return
	}
	if r.recovering() && !r.awaits() {
		r.runs.Restored, r.runs.SetBack = time.Time{}, nil
		r.batch.runs = true
	}
	if r.runs.Linked.IsZero() || !maps.Equal(r.runs.Settings, r.cfg.Settings) {
		if r.runs.Linked.IsZero() {
			r.runs.Linked = r.now
		}
		r.runs.Settings = maps.Clone(r.cfg.Settings)
		r.batch.runs = true
	}
}

// commit writes what the run has gathered. The first batch of a run that changes anything counts the run.
func (r *run) commit(ctx context.Context) error {
	if r.opt.DryRun || r.batch.empty() {
		return nil
	}
	r.counted()
	if err := r.batch.flush(ctx, &r.runs); err != nil {
		return err
	}
	return r.tally()
}

// counted gives the run its number, once.
func (r *run) counted() {
	if r.report.Run == r.runs.Count && !r.batch.counted {
		r.runs.Count++
		r.runs.Link = r.cfg.ID
		r.report.Run = r.runs.Count
		r.batch.counted, r.report.Counted = true, true
		r.batch.runs = true
	}
}
