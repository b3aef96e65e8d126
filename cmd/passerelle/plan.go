package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A planQuestion asks for the plan.
type planQuestion struct {
	Values bool `json:"values,omitempty"`
}

// A planAnswer is the plan that waits, or what a run would do now.
type planAnswer struct {
	Link string `json:"link"`
	port.Plan
	Changes []planChange       `json:"changes"`
	Fees    *connector.Fees    `json:"fees,omitempty"`   // of the federation a year, with a tariff
	Others  int                `json:"others,omitempty"` // with values: changes that would be held now besides
	Stopped *connector.Stopped `json:"stopped,omitempty"`
}

// A planChange is one change, with values only when they were asked for. One that has changed since it was held has none.
type planChange struct {
	port.PlannedItem
	*connector.Values
	ChangedSince bool `json:"changedSince,omitempty"`
}

func (*desk) plan(ctx context.Context, l *opened, q planQuestion) (planAnswer, int, error) {
	var seen connector.Preview
	var stopped *connector.Stopped
	var err error
	if q.Values {
		seen, stopped, err = l.link.Preview(ctx)
	} else {
		seen.Plan, stopped, err = l.link.Plan(ctx)
	}
	if err != nil {
		return planAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	fees, err := l.link.Fees(seen.Plan.Consequence)
	if err != nil {
		return planAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	answer := planAnswer{Link: l.ID, Plan: seen.Plan, Changes: []planChange{}, Fees: fees, Others: seen.Others, Stopped: stopped}
	if answer.Reasons == nil {
		answer.Reasons = []string{}
	}
	for _, item := range seen.Plan.Changes {
		c := planChange{PlannedItem: item}
		if values, found := seen.Values[item.ID]; found {
			c.Values = &values
		}
		c.ChangedSince = q.Values && stopped == nil && c.Values == nil
		answer.Changes = append(answer.Changes, c)
	}
	code := exitDone
	if answer.ID != "" {
		code = exitHeld
	}
	if stopped != nil {
		code = worst(code, codeOfStop(stopped))
	}
	return answer, code, nil
}

func (a *app) planCommand() *cobra.Command {
	var question planQuestion
	cmd := &cobra.Command{
		Use:   "plan [LINK]",
		Short: "Show the changes that wait for approval, or what a run would do now",
		Long: `Shows the plan that is held, change by change, and how many people it moves between the fee categories; with a
tariff, in money too. When none is held it shows what a run would do now, and changes nothing. The exit code is 3 while a
plan is held.

With --values it shows of every change what each field holds before and after, also of people who are yet to be
created. No plan is stored with values: both sides are read for them, and a change that would not follow any more,
because somebody has changed something since, is shown as such.`,
		Example: `  passerelle plan tv-beispiel
  passerelle plan tv-beispiel --values
  passerelle plan tv-beispiel --json | jq '.changes[] | select(.kind == "end")'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[planAnswer]{links: args, what: "plan", question: question, tell: tellPlan}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.Values, "values", false, "also what each field holds before and after: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// tellPlan tells a plan change by change.
func tellPlan(text *strings.Builder, p planAnswer) {
	line := lines(text)
	switch {
	case p.ID != "":
		line("%s: plan %s (changes: %d, persons: %d) is held, because %s", p.Link, p.ID, len(p.Changes), p.Persons, strings.Join(p.Reasons, "; "))
	case p.Stopped != nil:
		line("%s: it cannot be said what a run would do", p.Link)
	case len(p.Changes) == 0:
		line("%s: nothing is to be done", p.Link)
	default:
		line("%s: no plan is held; a run now would plan this (changes: %d, persons: %d)", p.Link, len(p.Changes), p.Persons)
	}
	if tellOutline(line, &p); p.Outline != nil {
		line("in detail:")
	}
	for _, c := range p.Changes {
		line("  %s  %-10s  %-6s  %-12s  %s  %s%s", c.ID, c.Side, c.Kind, c.what(), c.whose(), fieldNames(c.Fields), because(undoing(c.Undoes)))
		c.tellValues(line)
	}
	tellConsequence(line, p)
	tellSince(line, p)
	if p.Stopped != nil {
		if p.ID != "" {
			line("  the values cannot be shown, because the two sides cannot be read now")
		}
		tellStopped(line, p.Stopped)
	}
	if p.ID != "" {
		line("next: passerelle approve %s %s --persons %d, then passerelle sync %s", p.Link, p.ID, p.Persons, p.Link)
	}
}

// tellOutline tells what a first link comes to, before its single changes.
func tellOutline(line func(string, ...any), p *planAnswer) {
	o := p.Outline
	if o == nil {
		return
	}
	open := 0
	for _, n := range o.Questions {
		open += n
	}
	line("the first link, in persons:")
	line("  linked:            %5d", o.Linked)
	for _, side := range record.Sides() {
		line("  at the %-11s %5d completed, %d changed, %d created", string(side)+":", o.Completed[side], o.Changed[side], o.Created[side])
	}
	for _, a := range o.Alone {
		line("  left alone at the %s: %d%s", a.Side, a.Persons, because(whyAlone(a.Why)))
	}
	if open > 0 {
		line("  questions open: %d; answer them first, those about one field at once: passerelle conflicts list %s", open, p.Link)
	}
}

// whyAlone says why somebody is linked with nobody.
func whyAlone(why string) string {
	return map[string]string{
		"": "is to be created on the other side", connector.AloneForgotten: "forgotten",
		connector.AloneOutOfScope: "no membership that is kept in step, which never leaves the club",
		connector.AloneLeft:       "had left before", connector.AloneAsked: "a question about them is open",
		connector.AloneWaits: "something else comes first",
	}[why]
}

// what names the record of a change; which one of its kind is known with the values.
func (c *planChange) what() string {
	if c.Values == nil {
		return string(c.Record)
	}
	return strings.TrimSpace(string(c.Record) + " " + c.Identity)
}

// whose names whom a change is about, by name with the values.
func (c *planChange) whose() string {
	if c.Values == nil || c.Name == "" {
		return c.Ref
	}
	return c.Ref + " (" + c.Name + ")"
}

// tellValues tells a change field by field. What is created has held nothing before.
func (c *planChange) tellValues(line func(string, ...any)) {
	switch {
	case c.ChangedSince:
		line("            changed since: it would not follow any more as it was held, and an approval of it carries nothing")
		return
	case c.Values == nil:
		return
	}
	for _, f := range sortedKeys(c.After) {
		if c.Kind == record.Create || c.Kind == record.Ask {
			line("            %s: %s", f, held(c.After[f]))
			continue
		}
		line("            %s: %s, then %s", f, held(c.Before[f]), held(c.After[f]))
	}
}

// tellSince says that a plan that is held is not what would be held now.
func tellSince(line func(string, ...any), p planAnswer) {
	if p.Others > 0 {
		line("changed since: other changes that would be held now: %d", p.Others)
	}
	if p.Others > 0 || slices.ContainsFunc(p.Changes, func(c planChange) bool { return c.ChangedSince }) {
		line("to have the plan made anew: passerelle sync %s", p.Link)
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
