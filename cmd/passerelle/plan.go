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
		Long: `Shows the plan that is held, change by change, without values, and how many people it moves between the fee
categories; with a tariff, in money too. When none is held it shows what a run would do now, and changes nothing. The exit code is 3 while a plan is held.`,
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
	tellConsequence(line, p)
	if p.ID != "" {
		line("next: passerelle approve %s %s --persons %d, then passerelle sync %s", p.Link, p.ID, p.Persons, p.Link)
	}
}

// tellConsequence tells how many people each side has in each category before and after a plan, and what they are billed.
func tellConsequence(line func(string, ...any), p planAnswer) {
	if p.Consequence == nil {
		return
	}
	line("people per fee category, before and after:")
	for _, h := range p.Consequence.Categories {
		line("  %-10s  %-4s  %5d  %5d%s", h.Side, h.Category, h.Before, h.After, because(difference(h.After-h.Before)))
	}
	for _, m := range p.Consequence.Moves {
		line("  %-10s  %s -> %s: %d", m.Side, place(m.From, "new"), place(m.To, "ended"), m.Persons)
	}
	if f := p.Fees; f != nil {
		line("fees of the federation for %d: %s %s before, %s %s after", f.Year, f.Currency, f.Before, f.Currency, f.After)
		if len(f.Unknown) > 0 {
			line("  not in these sums, because the tariff has no fee of %d for it: %s", f.Year, strings.Join(f.Unknown, ", "))
		}
	}
}

// difference writes a number with its sign, and nothing for none.
func difference(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%+d", n)
}

func place(category, none string) string {
	if category == "" {
		return none
	}
	return category
}

func fieldNames(fields []record.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = fmt.Sprint(f)
	}
	return strings.Join(names, " ")
}
