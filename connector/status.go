package connector

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// The states of a link.
const (
	Well  = "well"    // nothing to do
	Waits = "waits"   // for a person: an approval, an answer, another secret before long
	Stops = "stopped" // nothing is written any more
)

// A Status says how a link stands, in one of three states, and what to do (Next).
type Status struct {
	Link         string                     `json:"link"`
	State        string                     `json:"state"`
	Linked       bool                       `json:"linked"`
	Mode         string                     `json:"mode"` // which way data flow, in words; empty until both sides were heard
	Sides        map[record.Side]SideStatus `json:"sides"`
	LastSuccess  time.Time                  `json:"lastSuccess,omitzero"` // of this process; zero before its first run
	LastRun      *Report                    `json:"lastRun,omitempty"`
	Pairs        int                        `json:"pairs"`
	Open         map[conflicts.Kind]int     `json:"open"`
	Oldest       time.Time                  `json:"oldest,omitzero"` // when the oldest open question was opened
	Held         *Held                      `json:"held"`
	Approved     int                        `json:"approved"`       // changes of the plan that the next run carries out
	Left         int                        `json:"left,omitempty"` // approved changes that the last run had not got to
	Failed       int                        `json:"failed"`         // requests of the last run that the next one takes up again
	Stopped      *Stopped                   `json:"stopped"`
	StoppedSince time.Time                  `json:"stoppedSince,omitzero"`
	Warnings     []string                   `json:"warnings"` // what to see to before it stops the link
	Next         string                     `json:"next"`
}

// A SideStatus is what a side said of our secret when it last took it.
type SideStatus struct {
	Name         string    `json:"name,omitempty"` // the organisation, as the side calls it
	CanWrite     bool      `json:"canWrite"`
	WindowClosed bool      `json:"windowClosed"`
	Expires      time.Time `json:"expires,omitzero"`
	ExpiresIn    *int      `json:"expiresInDays,omitempty"` // whole days left; below 0 when it is over
}

// Status reads how the link stands from the ledger and from the last run of this process. It asks no system.
func (l *Link) Status(ctx context.Context) (Status, error) {
	s, err := l.Standing(ctx)
	if err != nil {
		return s, err
	}
	if err := l.cfg.Store.EachPerson(ctx, func(port.Person) error { s.Pairs++; return nil }); err != nil {
		return s, fmt.Errorf("ledger: people: %w", err)
	}
	stayed, err := l.stayed(ctx)
	s.Warnings = append(s.Warnings, stayed...)
	return s, err
}

// Standing is Status without the number of pairs and those who stayed behind, which cost a look at every person.
func (l *Link) Standing(ctx context.Context) (Status, error) {
	s := Status{
		Link: l.cfg.ID, State: Well, Open: map[conflicts.Kind]int{}, Sides: map[record.Side]SideStatus{}, Warnings: []string{},
		Next: "nothing: it keeps running",
	}
	runs, err := l.cfg.Store.Runs(ctx)
	if err != nil {
		return s, fmt.Errorf("ledger: runs: %w", err)
	}
	s.Linked, s.Failed = !runs.Linked.IsZero(), runs.Failed
	l.secretsOf(&s, runs)
	if interferes(runs.Echo, l.cfg.Now()) {
		warning := fmt.Sprintf("%d runs found both sides changed to the same value within a minute, and not by Passerelle: if another "+
			"interface writes the same data (the club software's own, say), switch one of the two off", runs.Echo.Runs)
		s.Warnings = append(s.Warnings, warning)
		s.wait(warning)
	}
	if err := l.queueOf(ctx, &s); err != nil {
		return s, err
	}
	if err := l.planOf(ctx, &s, runs.Left); err != nil {
		return s, err
	}
	if t := runs.Trouble; t != nil {
		s.StoppedSince = t.Since
		s.stop(Stopped{Side: t.Side, Reason: t.Reason, Next: t.Next, Secret: t.Secret})
	}
	l.lastOf(&s)
	return s, nil
}

func (s *Status) wait(next string) { s.State, s.Next = Waits, next }

func (s *Status) stop(why Stopped) { s.State, s.Stopped, s.Next = Stops, &why, why.Next }

// secretsOf adds what the sides say of our secrets, and warns of what that will stop.
func (l *Link) secretsOf(s *Status, runs port.Runs) {
	for _, side := range record.Sides() {
		a, heard := runs.Accounts[side]
		if !heard {
			continue
		}
		if runs.Closed[side] != "" && !a.WindowClosed {
			a.CanWrite = false // the side does not say so beforehand
		}
		is := SideStatus{Name: a.Name, CanWrite: a.CanWrite, WindowClosed: a.WindowClosed, Expires: a.Expires}
		if !a.Expires.IsZero() {
			days := daysLeft(a.Expires, l.cfg.Now())
			is.ExpiresIn = &days
			if warning := l.expiry(side, days, a.Expires); warning != "" {
				s.Warnings = append(s.Warnings, warning)
				s.wait(warning)
			}
		}
		s.Sides[side] = is
	}
	if len(s.Sides) == len(record.Sides()) {
		s.Mode = Mode(s.Sides[record.Club].CanWrite, s.Sides[record.Federation].CanWrite)
	}
}

// Mode names which way data flow with the rights that the two secrets have.
func Mode(club, federation bool) string {
	switch {
	case club && federation:
		return "both ways"
	case club:
		return "one way, from the federation to the club: nothing is written to the federation, whose secret may only read"
	case federation:
		return "one way, from the club to the federation: nothing is written to the club, whose secret may only read"
	}
	return "report only: both secrets may only read, so nothing is written to either side"
}

// daysLeft returns how many whole days are left until a time, below 0 when it is past.
func daysLeft(until, now time.Time) int { return int(math.Floor(until.Sub(now).Hours() / 24)) }

// expiry returns the warning that a secret ends soon, and nothing where there is time.
func (l *Link) expiry(side record.Side, days int, at time.Time) string {
	renew := fmt.Sprintf("copy a new one from the %s and run `passerelle connect %s %s`; nothing stops meanwhile", side, l.cfg.ID, side)
	switch warningAt(days) {
	case 0:
		return ""
	case expired:
		return fmt.Sprintf("the secret of the %s has expired: copy a new one there and run `passerelle connect %s %s`", side, l.cfg.ID, side)
	}
	return fmt.Sprintf("the secret of the %s expires on %s, in %d days: %s", side, at.Format(time.DateOnly), days, renew)
}

// expired is the last of the steps in which an ending secret is warned of.
const expired = -1

// warningAt returns the step of warning that so many days call for: 30, 14 or 3 days before, expired, or 0, none yet.
func warningAt(days int) int {
	switch {
	case days < 0:
		return expired
	case days <= 3:
		return 3
	case days <= 14:
		return 14
	case days <= 30:
		return 30
	}
	return 0
}

// queueOf adds the open questions.
func (l *Link) queueOf(ctx context.Context, s *Status) error {
	open, err := l.cfg.Store.Questions(ctx, conflicts.Open)
	if err != nil {
		return fmt.Errorf("ledger: questions: %w", err)
	}
	for i := range open {
		s.Open[open[i].Kind]++
	}
	if len(open) > 0 {
		s.Oldest = open[0].Opened
		s.wait("answer the questions: passerelle conflicts list " + l.cfg.ID)
	}
	return nil
}

// planOf adds the plan that is held, how much of it has been approved since, and what a run has left of what was approved
// before: left at the most.
func (l *Link) planOf(ctx context.Context, s *Status, left int) error {
	held, err := l.cfg.Store.Held(ctx)
	if err != nil {
		return fmt.Errorf("ledger: held plan: %w", err)
	}
	approved, err := l.cfg.Store.Approved(ctx)
	if err != nil {
		return fmt.Errorf("ledger: approvals: %w", err)
	}
	for id, until := range approved {
		switch {
		case !l.cfg.Now().Before(until):
		case slices.ContainsFunc(held.Changes, func(item port.PlannedItem) bool { return item.ID == id }):
			s.Approved++
		default:
			s.Left++
		}
	}
	if s.Left = min(s.Left, left); s.Left > 0 {
		s.Next = "go on with what was approved: passerelle sync " + l.cfg.ID + "; a running daemon does so by itself"
	}
	if held.ID == "" {
		return nil
	}
	s.Held = &Held{Plan: held.ID, Changes: len(held.Changes), Persons: held.Persons, Reasons: held.Reasons}
	switch {
	case s.Approved < len(held.Changes):
		s.wait("look at the plan and approve it: passerelle plan " + l.cfg.ID)
	default:
		s.Next = "the next run carries out the plan, which is approved: passerelle sync " + l.cfg.ID + "; a running daemon does so by itself"
	}
	return nil
}

// lastOf adds what this process's own runs came to.
func (l *Link) lastOf(s *Status) {
	last := l.last.Load()
	if last == nil {
		return
	}
	report := last.report
	s.LastRun = &report
	switch {
	case last.err != nil:
		s.State, s.Next = Stops, last.err.Error()
	case report.Stopped != nil:
		s.stop(*report.Stopped)
	case !last.dry && report.Cut == "":
		s.LastSuccess = last.at
	}
}
