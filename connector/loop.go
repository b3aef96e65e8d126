package connector

import (
	"context"
	"time"

	"passerelle/internal/record"
)

// A Schedule says when a link runs by itself.
type Schedule struct {
	Poll                 time.Duration // the pause between two runs, give or take a tenth
	FullHour, FullMinute int           // the daily sweep of everything, Europe/Zurich
	Random               func() float64
	Beat                 func(time.Time) error // told the time of every success
	Daily                func(context.Context) // called once the daily sweep has gone well; may be nil
}

// longestBackoff bounds the pause after failures.
const longestBackoff = time.Hour

// lastRun is what the most recent run came to.
type lastRun struct {
	report Report
	err    error
	at     time.Time
	dry    bool
}

// Serve runs the link again and again until ctx ends or it is drained: every poll with jitter, once a day in full, at
// longer and longer intervals while runs fail or stop. It logs a line when a run did something, and one when the link's
// state changes. The error is a ledger's that cannot be used any more; runs that fail outside are no reason to end.
func (l *Link) Serve(ctx context.Context, s Schedule, drain <-chan struct{}) error {
	failures := 0
	var swept time.Time // the first run looks at everything: nobody knows how long there was none
	for {
		due := s.fullDue(swept, l.cfg.Now())
		if due {
			swept = l.cfg.Now()
		}
		report, err := l.RunOnce(ctx, Options{Full: due})
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the end that was asked for
		case err != nil || report.Stopped != nil:
			failures++
			l.tell(report, err, failures)
		default:
			l.tell(report, nil, 0)
			failures = 0
			if err := s.Beat(l.cfg.Now()); err != nil {
				l.cfg.Log.Warn().Err(err).Msg("the time of this success could not be written")
			}
			if due && s.Daily != nil {
				s.Daily(ctx)
			}
		}
		timer := time.NewTimer(s.pause(failures))
		select {
		case <-timer.C:
		case <-drain:
			timer.Stop()
			return nil
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// pause returns the time until the next run: the poll with a tenth of jitter, doubled with every failure in a row.
func (s Schedule) pause(failures int) time.Duration {
	pause := s.Poll
	for range failures {
		if pause *= 2; pause > longestBackoff {
			pause = max(longestBackoff, s.Poll)
			break
		}
	}
	return time.Duration(float64(pause) * (0.9 + 0.2*s.Random()))
}

// fullDue reports whether the daily time lies between the last sweep and now.
func (s Schedule) fullDue(last, now time.Time) bool {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		return false
	}
	now = now.In(zurich)
	at := time.Date(now.Year(), now.Month(), now.Day(), s.FullHour, s.FullMinute, 0, 0, zurich)
	if now.Before(at) {
		at = at.AddDate(0, 0, -1)
	}
	return last.Before(at)
}

// tell logs what a run did, and a failure when it begins and when it ends.
func (l *Link) tell(report Report, err error, failures int) {
	log := l.cfg.Log
	switch {
	case failures == 1 && err != nil:
		log.Error().Err(err).Msg("the run failed")
	case failures == 1:
		log.Error().Str("side", string(report.Stopped.Side)).Str("reason", report.Stopped.Reason).Str("next", report.Stopped.Next).Msg("the run stopped")
	case failures > 1:
		log.Debug().Int("failures", failures).Msg("the run failed again")
	case l.changed(report):
		club, federation := report.Applied[record.Club], report.Applied[record.Federation]
		log.Info().Uint64("run", report.Run).Int("club", club.Total()).Int("federation", federation.Total()).
			Int("open", report.Conflicts.Open).Bool("held", report.Held != nil).Msg("run done")
	}
}

// changed reports whether a run did anything.
func (l *Link) changed(report Report) bool {
	return report.Applied[record.Club].Total()+report.Applied[record.Federation].Total()+report.Linked+report.Adopted+
		report.Conflicts.Opened+report.Failed+report.Unknown > 0
}
