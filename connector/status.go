package connector

import (
	"context"
	"fmt"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
)

// A Status says how a link stands, in three states: "well", "waits" for a person, or "stopped". Next is what to do.
type Status struct {
	Link        string                 `json:"link"`
	State       string                 `json:"state"`
	Linked      bool                   `json:"linked"`
	LastSuccess time.Time              `json:"lastSuccess,omitzero"` // of this process; zero before its first run
	LastRun     *Report                `json:"lastRun,omitempty"`
	Pairs       int                    `json:"pairs"`
	Open        map[conflicts.Kind]int `json:"open"`
	Held        *Held                  `json:"held"`
	Stopped     *Stopped               `json:"stopped"`
	Next        string                 `json:"next"`
}

// Status reads how the link stands from the ledger and from the last run of this process. It asks no system.
func (l *Link) Status(ctx context.Context) (Status, error) {
	s := Status{Link: l.cfg.ID, State: "well", Open: map[conflicts.Kind]int{}, Next: "nothing: it keeps running"}
	runs, err := l.cfg.Store.Runs(ctx)
	if err != nil {
		return s, fmt.Errorf("ledger: runs: %w", err)
	}
	s.Linked = !runs.Linked.IsZero()
	if err := l.cfg.Store.EachPerson(ctx, func(port.Person) error { s.Pairs++; return nil }); err != nil {
		return s, fmt.Errorf("ledger: people: %w", err)
	}
	open, err := l.cfg.Store.Questions(ctx, conflicts.Open)
	if err != nil {
		return s, fmt.Errorf("ledger: questions: %w", err)
	}
	for _, q := range open {
		s.Open[q.Kind]++
	}
	held, err := l.cfg.Store.Held(ctx)
	if err != nil {
		return s, fmt.Errorf("ledger: held plan: %w", err)
	}
	if len(open) > 0 {
		s.State, s.Next = "waits", "answer the questions: passerelle conflicts list "+l.cfg.ID
	}
	if held.ID != "" {
		s.Held = &Held{Plan: held.ID, Changes: len(held.Changes), Persons: held.Persons, Reasons: held.Reasons}
		s.State, s.Next = "waits", "look at the plan and approve it: passerelle plan "+l.cfg.ID
	}
	l.lastOf(&s)
	return s, nil
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
		s.State, s.Next = "stopped", last.err.Error()
	case report.Stopped != nil:
		s.State, s.Stopped, s.Next = "stopped", report.Stopped, report.Stopped.Next
	case !last.dry:
		s.LastSuccess = last.at
	}
}
