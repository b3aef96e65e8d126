package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/internal/record"
)

func (a *app) planCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plan [LINK]",
		Short: "Show the changes that wait for approval, or what a run would do now",
		Long: `Shows the plan that is held, change by change, without values. When none is held it shows what a run would do
now, and changes nothing. The exit code is 3 while a plan is held.`,
		Example: `  passerelle plan tv-beispiel
  passerelle plan tv-beispiel --json | jq '.changes[] | select(.kind == "end")'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[planAnswer]{links: args, what: "plan", question: planQuestion{}, tell: tellPlan}.run(cmd.Context(), a)
		},
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// tellPlan tells a plan change by change.
func tellPlan(text *strings.Builder, p planAnswer) {
	line := lines(text)
	switch {
	case p.Stopped != nil:
		line("%s: it cannot be said what a run would do", p.Link)
		tellStopped(line, p.Stopped)
		return
	case p.ID != "":
		line("%s: plan %s (changes: %d, persons: %d) is held, because %s", p.Link, p.ID, len(p.Changes), p.Persons, strings.Join(p.Reasons, "; "))
	case len(p.Changes) == 0:
		line("%s: nothing is to be done", p.Link)
		return
	default:
		line("%s: no plan is held; a run now would plan this (changes: %d, persons: %d)", p.Link, len(p.Changes), p.Persons)
	}
	for _, c := range p.Changes {
		line("  %s  %-10s  %-6s  %-12s  %s  %s%s", c.ID, c.Side, c.Kind, c.Record, c.Ref, fieldNames(c.Fields), because(undoing(c.Undoes)))
	}
	if p.ID != "" {
		line("next: passerelle approve %s %s --persons %d, then passerelle sync %s", p.Link, p.ID, p.Persons, p.Link)
	}
}

func fieldNames(fields []record.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = fmt.Sprint(f)
	}
	return strings.Join(names, " ")
}
