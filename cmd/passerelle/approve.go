package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/internal/record"
)

func (a *app) approveCommand() *cobra.Command {
	var persons int
	var only []string
	cmd := &cobra.Command{
		Use:   "approve LINK PLAN --persons N",
		Short: "Let the next run carry a plan that is held, or a part of it",
		Long: `Approves the changes of the plan that is held. Nothing is written to a system before the next run, which carries
what still stands as it was approved and plans the rest anew. An approval holds for 14 days.

N is the number of persons in the plan, so that nobody approves what they have not looked at. Without it nothing
is approved, and the number is printed (exit code 2).

--only narrows the approval: to a side (club, federation), to what is done (create, update, clear, end, ask), to
people by their document at the club, else the federation (contact/123), as the plan shows it, or to single changes by their ID. It can be given several
times; of different sorts a change has to be in each.`,
		Example: `  passerelle approve tv-beispiel 1a2b3c4d --persons 298
  passerelle approve tv-beispiel 1a2b3c4d --persons 298 --only federation --only create,update
  passerelle approve tv-beispiel 1a2b3c4d --persons 298 --only contact/1234`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			question := approveQuestion{Plan: args[1], By: a.getenv("USER")}
			if cmd.Flags().Changed("persons") {
				question.Persons = &persons
			}
			question.narrow(only)
			return errand[approveAnswer]{links: args[:1], what: "approve", question: question, tell: tellApproved}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().IntVar(&persons, "persons", 0, "the plan's `NUMBER` of persons")
	cmd.Flags().StringSliceVar(&only, "only", nil, "a `PART` of the plan: side, kind of change, person, or ID of a change")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// narrow sorts the words of --only into sides, kinds, persons and IDs.
func (q *approveQuestion) narrow(words []string) {
	ops := []record.Op{record.Create, record.Update, record.Clear, record.End, record.Ask}
	for _, word := range words {
		switch {
		case slices.Contains(record.Sides(), record.Side(word)):
			q.Sides = append(q.Sides, record.Side(word))
		case slices.Contains(ops, record.Op(word)):
			q.Kinds = append(q.Kinds, record.Op(word))
		case strings.Contains(word, "/"):
			q.Of = append(q.Of, word)
		default:
			q.IDs = append(q.IDs, word)
		}
	}
}

func tellApproved(text *strings.Builder, answer approveAnswer) {
	line := lines(text)
	line("%s: approved changes of plan %s: %d; the next run carries them", answer.Link, answer.Plan, answer.Approved)
	line("next: passerelle sync %s", answer.Link)
}
