package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/internal/record"
)

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [LINK]",
		Short: "Say whether all is well, and what to do if it is not",
		Long: `Says of each link which of three states it is in, and what to do:

  well      nothing to do
  waits     for you: an approval, an answer, or a secret that ends within 30 days
  stopped   nothing is written any more, and why

It asks no system, and its exit code is 0 whatever the state.`,
		Example: `  passerelle status
  passerelle status tv-beispiel --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[statusAnswer]{links: args, what: "status", question: statusQuestion{}, tell: tellStatus}.run(cmd.Context(), a)
		},
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func tellStatus(text *strings.Builder, s statusAnswer) {
	line := lines(text)
	line("%s: %s", s.Link, s.State)
	line("  linked persons: %d", s.Pairs)
	if !s.LastSuccess.IsZero() {
		line("  last success: %s", s.LastSuccess.Local().Format(time.DateTime))
	}
	if s.Daemon {
		line("  a daemon keeps it; it answers at http://%s/metrics, /healthz and /readyz", s.Address)
	}
	if s.Mode != "" {
		line("  data flow: %s", s.Mode)
	}
	for _, side := range record.Sides() {
		if is := s.Sides[side]; is.WindowClosed {
			line("  the %s takes no writes at the moment: what is to be written there waits", side)
		}
	}
	if v := s.Verified; v != nil {
		line("  last verified: %s; differences that nothing explains: %d", v.At.Local().Format(time.DateTime), v.Unexplained)
	}
	if len(s.Open) > 0 {
		var parts []string
		for _, kind := range sortedKeys(s.Open) {
			parts = append(parts, fmt.Sprintf("%d %s", s.Open[kind], kind))
		}
		line("  open questions: %s", strings.Join(parts, ", "))
	}
	if s.Held != nil {
		line("  %s", heldWords(s.Held))
		if s.Approved > 0 {
			line("  approved of it: %d changes, which the next run carries out", s.Approved)
		}
	}
	if s.Left > 0 {
		line("  approved changes that a run has left: %d; the next run goes on with them", s.Left)
	}
	if s.Failed > 0 {
		line("  %d requests of the last run were not carried out; the next run takes them up again", s.Failed)
	}
	if s.Stopped != nil {
		line("  stopped at the %s%s: %s", s.Stopped.Side, since(s.StoppedSince), s.Stopped.Reason)
	}
	for _, warning := range s.Warnings {
		line("  warning: %s", warning)
	}
	line("  next: %s", s.Next)
}

// since says since when, where it is known.
func since(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return " since " + at.Local().Format(time.DateTime)
}
