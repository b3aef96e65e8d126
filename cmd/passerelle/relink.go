package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
)

// A relinkQuestion names who is to be taken apart, or which two are to be joined.
type relinkQuestion struct {
	Person     string `json:"person,omitempty"` // to be taken apart
	Club       string `json:"club,omitempty"`   // to be joined with Federation
	Federation string `json:"federation,omitempty"`
	Yes        bool   `json:"yes"`
	By         string `json:"by"`
}

// A peopleQuestion asks who is not linked, or with All for everybody; of them those whose name contains Name.
type peopleQuestion struct {
	Name   string `json:"name"`
	All    bool   `json:"all"`
	Values bool   `json:"values"`
}

// A peopleAnswer lists people.
type peopleAnswer struct {
	Link    string              `json:"link"`
	All     bool                `json:"all"` // also who is linked
	People  []connector.Someone `json:"people"`
	Stopped *connector.Stopped  `json:"stopped,omitempty"`
}

func (a *app) relinkCommand() *cobra.Command {
	var yes bool
	var people peopleQuestion
	cmd := &cobra.Command{
		Use:   "relink LINK [CLUB FEDERATION --yes]",
		Short: "Find who is linked with whom, and join two who are one person",
		Long: `With LINK alone it reads both sides and lists who is linked with nobody, and why; with --all, everybody. --find narrows
the list to those whose name contains NAME.

With two people it joins them, whatever their names and numbers say: who of them is linked with somebody else is taken
apart first. CLUB is a document at the club (contact/123, or just 123) and FEDERATION one at the federation (members/…); of
somebody who is linked, the federation number does as well. Without --yes nothing is done, and what would be is printed
(exit code 2).

Nothing is written to either side and nothing is deleted there. What the two had agreed on with others is forgotten: where
they differ, the next run asks, and what it would write for them is held until you have looked at it. Who is left over is
asked about. To take it back, relink them as they were.`,
		Example: `  passerelle relink tv-beispiel --values
  passerelle relink tv-beispiel --all --find muster --values
  passerelle relink tv-beispiel contact/1234 members/5b0c7a52-4d7e-4a34-9a57-0f6f3a1d2c11
  passerelle relink tv-beispiel contact/1234 members/5b0c7a52-4d7e-4a34-9a57-0f6f3a1d2c11 --yes`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 3 {
				return errors.New("name the link alone, or the link, somebody at the club and somebody at the federation")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return errand[peopleAnswer]{links: args, what: "people", question: people, tell: tellPeople}.run(cmd.Context(), a)
			}
			question := relinkQuestion{Club: args[1], Federation: args[2], Yes: yes, By: a.getenv("USER")}
			return errand[connector.Regrouping]{links: args[:1], what: "relink", question: question, tell: tellRegrouping}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it; without, what would be done is printed")
	cmd.Flags().BoolVar(&people.All, "all", false, "list also who is linked")
	cmd.Flags().StringVar(&people.Name, "find", "", "list only people whose name contains `NAME`")
	cmd.Flags().BoolVar(&people.Values, "values", false, "also what people in the list are called: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (a *app) unlinkCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "unlink LINK PERSON --yes",
		Short: "Take apart two who were taken for one person",
		Long: `Takes a linked person apart: PERSON is a document at the club (contact/123), one at the federation (members/…), or the
federation number. Without --yes nothing is done, and what would be is printed (exit code 2); passerelle explain shows what
both sides hold.

Nothing is written to either side and nothing is deleted there. The ledger forgets that the two are one, and what they had
agreed on. From then on they are asked about: the same (they are linked again), different (for good), or later (nothing
happens). After "different" each may be created on the other side; that is held until you have approved it.`,
		Example: `  passerelle unlink tv-beispiel 012345
  passerelle unlink tv-beispiel 012345 --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			question := relinkQuestion{Person: args[1], Yes: yes, By: a.getenv("USER")}
			return errand[connector.Regrouping]{links: args[:1], what: "relink", question: question, tell: tellRegrouping}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do it; without, what would be done is printed")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (*desk) relink(ctx context.Context, l *opened, q relinkQuestion) (done connector.Regrouping, code int, err error) {
	if q.Person != "" {
		done, err = l.link.Unlink(ctx, q.Person, q.By, !q.Yes)
	} else {
		done, err = l.link.Relink(ctx, q.Club, q.Federation, q.By, !q.Yes)
	}
	done.Evidence = withoutValues(done.Evidence)
	switch {
	case errors.Is(err, connector.ErrPerson), errors.Is(err, connector.ErrRegroup):
		return done, 0, usage(fmt.Errorf("link %s: %w", l.ID, err))
	case err != nil:
		return done, 0, fmt.Errorf("link %s: %w", l.ID, systemError(l.ID, advised(err)))
	case !q.Yes:
		return done, exitUsage, nil
	}
	return done, exitDone, nil
}

func (*desk) people(ctx context.Context, l *opened, q peopleQuestion) (peopleAnswer, int, error) {
	found, stopped, err := l.link.People(ctx, q.Name, q.All)
	if err != nil {
		return peopleAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, advised(err))
	}
	for i := range found {
		if !q.Values {
			found[i].Name = ""
		}
	}
	answer := peopleAnswer{Link: l.ID, All: q.All, People: found, Stopped: stopped}
	if stopped != nil {
		return answer, codeOfStop(stopped), nil
	}
	return answer, exitDone, nil
}

func tellRegrouping(text *strings.Builder, g connector.Regrouping) {
	line := lines(text)
	apart, join := "would be taken apart", "would be joined"
	if g.Done {
		apart, join = "taken apart", "joined"
	}
	for _, c := range g.Apart {
		line("%s: %s: %s and %s%s", g.Link, apart, c.Club, c.Federation, because(c.Number))
	}
	if c := g.Join; c != nil {
		line("%s: %s: %s and %s", g.Link, join, c.Club, c.Federation)
	}
	for i := range g.Evidence {
		tellEvidence(line, &g.Evidence[i])
	}
	for _, id := range g.Asked {
		line("  asked from the next run on, whether two who are left are the same person: question %s", id)
	}
	if !g.Done {
		line("  nothing was done. See what both sides hold with passerelle explain; if that is what you want, say it with --yes")
		return
	}
	line("  nothing was written to either side; next: passerelle sync %s", g.Link)
}

func tellPeople(text *strings.Builder, answer peopleAnswer) {
	line := lines(text)
	if answer.Stopped != nil {
		line("%s: it cannot be said who there is", answer.Link)
		tellStopped(line, answer.Stopped)
		return
	}
	line("%s: people: %d", answer.Link, len(answer.People))
	if len(answer.People) == 0 && !answer.All {
		line("  nobody like that is without a link; --all looks among those who are linked as well")
	}
	for i := range answer.People {
		s := &answer.People[i]
		state := "linked"
		if !s.Linked {
			state = "not linked" + because(whyAlone(s.Why))
		}
		line("  %-14s  %-46s  %-6s  %s%s", cmp.Or(s.Club, "-"), cmp.Or(s.Federation, "-"), cmp.Or(s.Number, "-"), state, because(s.Name))
	}
}
