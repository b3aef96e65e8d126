package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [LINK]",
		Short: "Say whether all is well, and what to do if it is not",
		Long: `Says of each link which of three states it is in, and what to do:

  well      nothing to do
  waits     for you: an approval or an answer
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
	}
	if s.Stopped != nil {
		line("  stopped at the %s: %s", s.Stopped.Side, s.Stopped.Reason)
	}
	line("  next: %s", s.Next)
}
