package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
)

// saltSize is how many bytes go before what is hashed of somebody who is forgotten.
const saltSize = 16

type forgetQuestion struct {
	Person string `json:"person"`
	Salt   string `json:"salt"` // used by a ledger that has none yet
	Yes    bool   `json:"yes"`
}

func (a *app) forgetCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "forget LINK PERSON --yes",
		Short: "Remove everything that the ledger knows of a person",
		Long: `Removes what the ledger holds of PERSON: what was agreed, the history, questions and answers, refusals, what is held.
PERSON is a document at the club (contact/123), one at the federation (members/…), or the federation number.

Without --yes nothing is removed, and what would be is printed (exit code 2).

Kept is a salted digest of the federation number, and one of the names with the birth date, so that the person is not
created again: a listing that shows them is left alone from then on. Nothing is written to either side. What the club and
the federation hold is theirs to remove; remove it there as well if that is what was asked for. Copies that passerelle
backup has made before hold the person still, and so may free pages of the ledger's file until they are used again.`,
		Example: `  passerelle forget tv-beispiel contact/1234
  passerelle forget tv-beispiel 012345 --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			salt := make([]byte, saltSize)
			if _, err := io.ReadFull(a.random, salt); err != nil {
				return fmt.Errorf("random source: %w", err)
			}
			question := forgetQuestion{Person: args[1], Salt: hex.EncodeToString(salt), Yes: yes}
			return errand[connector.Forgotten]{links: args[:1], what: "forget", question: question, tell: tellForgotten}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it; without, what would be removed is printed")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (*desk) forget(ctx context.Context, l *opened, q forgetQuestion) (connector.Forgotten, int, error) {
	if q.Salt == "" {
		return connector.Forgotten{}, 0, usage(errors.New("forget needs a salt"))
	}
	done, err := l.link.Forget(ctx, q.Person, q.Salt, !q.Yes)
	switch {
	case errors.Is(err, connector.ErrPerson):
		return done, 0, usage(fmt.Errorf("link %s: %w", l.ID, err))
	case err != nil:
		return done, 0, fmt.Errorf("link %s: %w", l.ID, advised(err))
	case !q.Yes:
		return done, exitUsage, nil
	}
	return done, exitDone, nil
}

func tellForgotten(text *strings.Builder, f connector.Forgotten) {
	line := lines(text)
	verb, next := "would remove", "if that is what you want, say it with --yes"
	if f.Done {
		verb, next = "removed", "nothing here. Copies that were made before hold the person still"
	}
	e := f.Removed
	line("%s: %s: %d records, %d entries of the history, %d questions, %d refusals, %d requests, %d changes that are held",
		f.Link, verb, e.Records, e.History, e.Questions, e.Refusals, e.Journal, e.Held)
	line("  the club goes on holding: %s", orNothing(strings.Join(f.Club, ", ")))
	line("  the federation goes on holding: %s", orNothing(strings.Join(f.Federation, ", ")))
	line("  to have them removed there is for the club's secretary and the federation's office")
	line("  next: %s", next)
}
