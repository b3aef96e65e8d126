package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
)

// An undoQuestion names what is to be undone.
type undoQuestion struct {
	What     string `json:"what"` // the number of a run, the ID of a question
	By       string `json:"by"`
	Withdraw bool   `json:"withdraw"`
}

// An undoAnswer says what comes of it.
type undoAnswer struct {
	connector.Undo
	Withdrawn bool `json:"withdrawn"`
}

func (*desk) undo(ctx context.Context, l *opened, q undoQuestion) (undoAnswer, int, error) {
	if q.Withdraw {
		of, err := l.link.Withdraw(ctx, q.What, q.By)
		if err != nil {
			return undoAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
		}
		return undoAnswer{Undo: connector.Undo{Link: l.ID, Undo: of, Items: []connector.UndoItem{}}, Withdrawn: true}, exitDone, nil
	}
	u, err := l.link.Undo(ctx, q.What, q.By)
	switch {
	case err != nil:
		return undoAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	case u.Stopped != nil:
		return undoAnswer{Undo: u}, codeOfStop(u.Stopped), nil
	case u.Held != nil:
		return undoAnswer{Undo: u}, exitHeld, nil
	}
	return undoAnswer{Undo: u}, exitDone, nil
}

func (a *app) undoCommand() *cobra.Command {
	var question undoQuestion
	cmd := &cobra.Command{
		Use:   "undo LINK RUN|DECISION",
		Short: "Set back what a run wrote, or what followed from an answer",
		Long: `Sets back what a run wrote, or what followed from the answer to a question. It is a plan like any other: it shows
what would be set back, holds it (exit code 3), and the next run carries it once it is approved.

What somebody has changed since is left alone, and named. So is what no plan can set back: nothing that was created
is deleted. Where the two sides hold different values afterwards, the difference is a question, and no run writes it
again by itself. An answer that was not carried out yet is taken back at once.

RUN is the number of a run and DECISION the ID of a question, as passerelle history shows them. An undo waits until it
is carried out, or withdrawn with --withdraw. To undo an undo, undo the run that carried it.`,
		Example: `  passerelle history tv-beispiel
  passerelle undo tv-beispiel 12
  passerelle undo tv-beispiel 1a2b3c4d
  passerelle undo tv-beispiel 12 --withdraw`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			question.What, question.By = args[1], a.getenv("USER")
			return errand[undoAnswer]{links: args[:1], what: "undo", question: question, tell: tellUndo}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.Withdraw, "withdraw", false, "forget an undo that was asked for and not carried out")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func tellUndo(text *strings.Builder, u undoAnswer) {
	line := lines(text)
	switch {
	case u.Withdrawn:
		line("%s: the undo of %s is withdrawn; nothing of it is carried out any more", u.Link, u.Undo.Undo)
		return
	case u.Stopped != nil:
		line("%s: it cannot be said what can be set back, and nothing was kept", u.Link)
		tellStopped(line, u.Stopped)
		return
	case u.Already:
		line("%s: the undo of %s was asked for before, and waits", u.Link, u.Undo.Undo)
	default:
		line("%s: the undo of %s", u.Link, u.Undo.Undo)
	}
	if u.Reopened {
		line("  the answer is taken back; the question is open again")
	}
	words := map[string]string{
		"setBack": "to be set back", "done": "set back already", "leftAlone": "left alone", "byHand": "by hand", "waiting": "waits",
	}
	for _, i := range u.Items {
		line("  %-16s  %s at the %s  %s  %s  %s%s", words[i.State], i.Kind, i.Side, strings.TrimSpace(string(i.Record)+" "+i.Identity), i.Ref, fieldNames(i.Fields), because(i.Reason))
	}
	switch {
	case u.Held != nil:
		line("held: plan %s (changes: %d, persons: %d), because %s", u.Held.Plan, u.Held.Changes, u.Held.Persons, strings.Join(u.Held.Reasons, "; "))
		line("next: passerelle plan %s, passerelle approve %s %s --persons %d, then passerelle sync %s", u.Link, u.Link, u.Held.Plan, u.Held.Persons, u.Link)
		if u.Others > 0 {
			line("  changes in it that belong to something else: %d; to leave them out, approve with --only and the IDs that plan shows", u.Others)
		}
	case slices.ContainsFunc(u.Items, func(i connector.UndoItem) bool { return i.State == "setBack" }):
		line("it is approved already; next: passerelle sync %s", u.Link)
	case len(u.Items) == 0 && !u.Reopened:
		line("  nothing was written that could be set back; that two records are one person is not taken back by an undo")
	case !u.Reopened:
		line("nothing is to be approved")
	}
}
