package connector

import (
	"context"
	"time"
)

// A Schedule says when a link runs by itself.
type Schedule struct {
	Poll                 time.Duration // the pause between two runs, give or take a tenth
	FullHour, FullMinute int           // the daily sweep of everything, Europe/Zurich
	Random               func() float64
	Beat                 func(time.Time) error // told the time of every success
	Daily                func(context.Context) // called once the daily sweep has gone well; may be nil
}

// longestBackoff bounds the pause after failures, and what a side can ask for.
const longestBackoff = time.Hour

// lastRun is what the most recent run came to.
type lastRun struct {
	report Report
	err    error
	at     time.Time
	dry    bool
}

// Serve runs the link again and again until ctx ends or it is drained: every poll with jitter and by changes where that is
// enough, once a day in full, at longer and longer intervals while runs fail or stop, not before a side that asked to be left
// alone allows it, and at once after Wake. It logs what a teller finds new. The error is a ledger's that cannot be used any
// more; runs that fail outside are no reason to end.
func (l *Link) Serve(ctx context.Context, s Schedule, drain <-chan struct{}) error {
	failures := 0
	l.told.Store(&teller{link: l})
	var swept time.Time // the first run looks at everything: nobody knows how long there was none
	for {
		began := l.cfg.Now()
		due := s.fullDue(swept, began)
		report, err := l.RunOnce(ctx, Options{Full: due, Deltas: true})
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the end that was asked for
		case err != nil || report.Stopped != nil:
			failures++
		case report.Cut != "": // drained: it is no success, and the loop ends below
		default:
			failures = 0
			if due {
				swept = began
			}
			if err := s.Beat(l.cfg.Now()); err != nil {
				l.cfg.Log.Warn().Err(err).Msg("the time of this success could not be written")
			}
		}
		if due && swept.Equal(began) && s.Daily != nil {
			s.Daily(ctx)
		}
		timer := time.NewTimer(max(s.pause(failures), away(report, l.cfg.Now())))
		select {
		case <-timer.C:
		case <-l.wake:
			timer.Stop()
			failures = 0
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

// away returns for how long the side on which a run stopped asked to be left alone.
func away(report Report, now time.Time) time.Duration {
	if report.Stopped == nil || report.Stopped.Until.IsZero() {
		return 0
	}
	return report.Stopped.Until.Sub(now)
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
