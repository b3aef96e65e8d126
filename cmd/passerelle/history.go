package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/connector"
)

// memories is how much history is shown at once, unless more is asked for.
const memories = 50

// A historyQuestion narrows the history.
type historyQuestion struct {
	Person string `json:"person"`
	Run    uint64 `json:"run"`
	Limit  int    `json:"limit"`
	Values bool   `json:"values"`
}

// A historyAnswer is what happened, newest first. More is how much there is besides.
type historyAnswer struct {
	Link    string             `json:"link"`
	History []connector.Memory `json:"history"`
	More    int                `json:"more"`
}

func (*desk) history(ctx context.Context, l *opened, q historyQuestion) (historyAnswer, int, error) {
	past, more, err := l.link.History(ctx, connector.Past{Person: q.Person, Run: q.Run, Limit: q.Limit})
	if err != nil {
		return historyAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	for i := range past {
		if !q.Values {
			past[i].Before, past[i].After = nil, nil
		}
	}
	return historyAnswer{Link: l.ID, History: past, More: more}, exitDone, nil
}

func (a *app) historyCommand() *cobra.Command {
	question := historyQuestion{}
	cmd := &cobra.Command{
		Use:   "history [LINK]",
		Short: "Show what was written, when and by which rule, and what people decided",
		Long: `Shows, newest first, every record that was written, with the run, the side, the fields and the rule that it followed
from, and everything that people decided: answers, approvals, and what was undone. With --values also what a record
held before and after.`,
		Example: `  passerelle history
  passerelle history tv-beispiel --person 123 --values
  passerelle history tv-beispiel --run 12 --limit 0 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if question.Limit < 0 {
				return usage(fmt.Errorf("--limit %d: give a number of entries, or 0 for all", question.Limit))
			}
			tell := func(text *strings.Builder, answer historyAnswer) { tellHistory(text, answer, question) }
			return errand[historyAnswer]{links: args, what: "history", question: question, tell: tell}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().StringVar(&question.Person, "person", "", "only of this `PERSON`: the club's document, the federation's, or the federation number")
	cmd.Flags().Uint64Var(&question.Run, "run", 0, "only of this run, by its `NUMBER`")
	cmd.Flags().IntVar(&question.Limit, "limit", memories, "at most this `NUMBER` of entries, 0 for all")
	cmd.Flags().BoolVar(&question.Values, "values", false, "also what was held before and after: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func tellHistory(text *strings.Builder, answer historyAnswer, q historyQuestion) {
	line := lines(text)
	if len(answer.History) == 0 {
		line("%s: nothing has happened", answer.Link)
		return
	}
	line("%s: entries: %d", answer.Link, len(answer.History))
	for i := range answer.History {
		m := &answer.History[i]
		if m.Decision != "" {
			by := m.By
			if by == "" {
				by = "somebody"
			}
			line("  %s  %s: %s  %s  %s  %s", moment(m.At), by, m.Decision, strings.TrimSpace(m.Rule+" "+m.Question), m.Ref, changesOf(m, q.Values))
			continue
		}
		line("  %s  run %d: %s at the %s  %s  %s  %s  %s%s", moment(m.At), m.Run, m.Kind, m.Side, strings.TrimSpace(string(m.Record)+" "+m.Identity), placeOf(m),
			changesOf(m, q.Values), m.Rule, because(undoing(m.Undoes)))
	}
	if answer.More > 0 {
		line("there are %d more: passerelle history %s --limit 0", answer.More, answer.Link)
	}
}

// placeOf tells where something was written, and whose it is where that does not say it.
func placeOf(m *connector.Memory) string {
	if m.Club == "" || strings.HasPrefix(m.Ref, m.Club) {
		return m.Ref
	}
	return m.Ref + " of " + m.Club
}

// moment tells a time to the second, day a time to the day.
func moment(at time.Time) string { return at.Local().Format(time.DateTime) }
func day(at time.Time) string    { return at.Local().Format(time.DateOnly) }
