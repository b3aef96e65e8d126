package connector

import (
	"context"
	"fmt"
	"maps"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// answered returns the error of a system, counted by what to do next.
func (r *run) answered(side record.Side, err error) *port.Error {
	e := port.As(err)
	r.errors.Lock()
	defer r.errors.Unlock()
	r.report.Errors[side][e.Next]++
	return e
}

// noteStanding remembers what the sides said of our secrets and how the run ended, where that is new: `status` knows it
// then without a daemon, and after a restart. It is no change to anybody's data, so it does not count the run, and what is as it was leaves the ledger as it is.
func (r *run) noteStanding(ctx context.Context) error {
	if r.opt.DryRun {
		return nil
	}
	next := r.runs
	next.Accounts = maps.Clone(r.runs.Accounts)
	for side, l := range r.sides {
		if l.account.Organisation == "" {
			continue // it was not heard
		}
		if next.Accounts == nil {
			next.Accounts = map[record.Side]port.Standing{}
		}
		next.Accounts[side] = standing(l.account)
	}
	next.Failed = r.report.Failed + r.report.Unknown
	if r.carries {
		next.Left = r.report.Left
	}
	next.Trouble = r.trouble()
	if err := r.cfg.Store.Commit(ctx, port.Batch{Runs: &next}); err != nil {
		return fmt.Errorf("ledger: how the run ended: %w", err)
	}
	r.runs = next
	return nil
}

func standing(a port.Account) port.Standing {
	return port.Standing{Name: a.Name, CanWrite: a.CanWrite, WindowClosed: a.WindowClosed, Expires: a.Expires.UTC()}
}

// trouble returns why the run stopped. A reason that goes on keeps the time at which it began.
func (r *run) trouble() *port.Trouble {
	s := r.report.Stopped
	if s == nil {
		return nil
	}
	t := port.Trouble{Side: s.Side, Reason: s.Reason, Next: s.Next, Secret: s.Secret, Since: r.now.UTC()}
	if before := r.runs.Trouble; before != nil && before.Side == t.Side && before.Secret == t.Secret {
		t.Since = before.Since
	}
	return &t
}
