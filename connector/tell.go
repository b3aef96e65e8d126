package connector

import (
	"context"
	"sync"

	"passerelle/internal/record"
)

// A teller logs what became of a link's runs: one line for each run that did something, and one for each change of state.
// What goes on as it was is not said again.
type teller struct {
	link     *Link
	mu       sync.Mutex // a command may ask for a run beside the loop
	trouble  string     // the side and the reason that were last told; empty: all was well
	failures int        // runs in a row that failed or stopped
	held     string     // the plan that was last told
	sides    map[record.Side]told
	echoes   bool // that somebody else writes the same data
}

// told is what was last said of a side's secret.
type told struct {
	canWrite, windowClosed bool
	warning                int // a step of warningAt
}

// after says what is new after a run.
func (t *teller) after(ctx context.Context, report Report, err error) {
	if ctx.Err() != nil || report.Cut == CutReading {
		return // the end that was asked for
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	log := t.link.cfg.Log
	switch {
	case err != nil:
		if t.fails("ours " + err.Error()) {
			log.Error().Err(err).Msg("the run failed")
		}
	case report.Stopped != nil:
		s := report.Stopped
		if t.fails(string(s.Side) + " " + s.Reason) {
			log.Error().Str("side", string(s.Side)).Str("reason", s.Reason).Str("next", s.Next).Msg("the run stopped")
		}
	default:
		if t.failures > 0 {
			log.Info().Int("failures", t.failures).Msg("the link is well again")
		}
		t.trouble, t.failures = "", 0
		t.done(report)
	}
	t.secrets(ctx)
}

// fails counts a run that came to no end, and reports whether the reason is new.
func (t *teller) fails(reason string) bool {
	t.failures++
	if t.trouble == reason {
		t.link.cfg.Log.Debug().Int("failures", t.failures).Msg("the run failed again")
		return false
	}
	t.trouble = reason
	return true
}

// done says what a run did, and when a plan begins to wait and ends.
func (t *teller) done(report Report) {
	log := t.link.cfg.Log
	if changed(report) {
		club, federation := report.Applied[record.Club], report.Applied[record.Federation]
		log.Info().Uint64("run", report.Run).Int("club", club.Total()).Int("federation", federation.Total()).
			Int("open", report.Conflicts.Open).Bool("held", report.Held != nil).Msg("run done")
	}
	plan := ""
	if report.Held != nil {
		plan = report.Held.Plan
	}
	switch plan {
	case t.held:
	case "":
		log.Info().Msg("no plan waits any more")
	default:
		log.Warn().Str("plan", plan).Int("changes", report.Held.Changes).Int("persons", report.Held.Persons).
			Strs("reasons", report.Held.Reasons).Msg("a plan waits for approval")
	}
	t.held = plan
}

// changed reports whether a run did anything.
func changed(report Report) bool {
	return report.Applied[record.Club].Total()+report.Applied[record.Federation].Total()+report.Linked+report.Adopted+
		report.Conflicts.Opened+report.Failed+report.Unknown > 0
}

// secrets says what a side's secret may not do, and that it ends soon, where that is new.
func (t *teller) secrets(ctx context.Context) {
	s, err := t.link.Standing(ctx)
	if err != nil {
		return // the next run meets the same ledger and says so
	}
	if runs, err := t.link.cfg.Store.Runs(ctx); err == nil {
		if now := interferes(runs.Echo, t.link.cfg.Now()); now != t.echoes {
			t.echoes = now
			t.link.cfg.Log.Warn().Bool("another", now).Msg("another interface seems to write the same data")
		}
	}
	if t.sides == nil {
		t.sides = map[record.Side]told{record.Club: {canWrite: true}, record.Federation: {canWrite: true}}
	}
	for side, is := range s.Sides {
		now := told{canWrite: is.CanWrite, windowClosed: is.WindowClosed}
		if is.ExpiresIn != nil {
			now.warning = warningAt(*is.ExpiresIn)
		}
		before := t.sides[side]
		t.sides[side] = now
		log := t.link.cfg.Log.With().Str("side", string(side)).Logger()
		if now.canWrite != before.canWrite {
			log.Warn().Bool("canWrite", now.canWrite).Str("mode", s.Mode).Msg("the right to write has changed")
		}
		if now.windowClosed != before.windowClosed {
			log.Info().Bool("closed", now.windowClosed).Msg("the window for writing has changed")
		}
		if now.warning != before.warning && now.warning != 0 {
			log.Warn().Int("days", *is.ExpiresIn).Str("next", "passerelle connect "+t.link.cfg.ID+" "+string(side)).
				Msg("the secret expires soon")
		}
	}
}
