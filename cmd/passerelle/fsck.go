package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector/verify"
	"passerelle/internal/record"
)

type fsckQuestion struct {
	Offline bool `json:"offline"`
}

// An fsckAnswer names what cannot be right, without a value.
type fsckAnswer struct {
	Link     string        `json:"link"`
	Offline  bool          `json:"offline"`
	Findings []fsckFinding `json:"findings"`
}

type fsckFinding struct {
	Place   string `json:"place"`
	Problem string `json:"problem"`
	Next    string `json:"next"`
}

func (a *app) fsckCommand() *cobra.Command {
	var question fsckQuestion
	cmd := &cobra.Command{
		Use:   "fsck [LINK]",
		Short: "Look whether the ledger agrees with itself, and with both sides",
		Long: `Holds the parts of the ledger against each other: persons and their pairs, bases, documents and numbers, the journal,
questions, what is remembered of documents; and the file itself. Then it lists both sides and looks whether they have the
documents that the ledger names; --offline leaves that out.

It changes nothing. Each finding says what to do; with any the exit code is 1. Whether the two sides hold the same is
what passerelle verify says.`,
		Example: `  passerelle fsck
  passerelle fsck tv-beispiel --offline --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[fsckAnswer]{links: args, what: "fsck", question: question, tell: tellFsck}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.Offline, "offline", false, "ask neither side")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (d *desk) fsck(ctx context.Context, l *opened, q fsckQuestion) (fsckAnswer, int, error) {
	answer := fsckAnswer{Link: l.ID, Offline: q.Offline, Findings: []fsckFinding{}}
	err := l.link.Still(ctx, func(ctx context.Context) error {
		found, err := l.ledger.Check(ctx)
		if err != nil {
			return err
		}
		for _, f := range found {
			answer.Findings = append(answer.Findings, fsckFinding{
				f.Place, f.Problem, "put back the last good copy: passerelle restore " + l.ID + " FILE; keep this file, and report it as a fault",
			})
		}
		if q.Offline {
			return nil
		}
		strays, err := verify.Documents(ctx, d.verification(l))
		for _, s := range strays {
			answer.Findings = append(answer.Findings, fsckFinding{
				string(s.Side) + " " + s.Ref, s.Problem, "passerelle sync " + l.ID + " --full; what is still there after two of them is a fault: report it",
			})
		}
		return err
	})
	switch {
	case err != nil:
		return answer, 0, fmt.Errorf("link %s: %w", l.ID, systemError(l.ID, err))
	case len(answer.Findings) > 0:
		return answer, exitFailed, nil
	}
	return answer, exitDone, nil
}

// verification is a link as a second opinion sees it.
func (d *desk) verification(l *opened) verify.Config {
	sides := map[record.Side]verify.End{}
	for side, end := range l.sides {
		if l.sign != nil { // no run shows a sign of life while this goes on
			end.System = lively{end.System, l.sign}
		}
		sides[side] = verify.End{System: end.System, Profile: end.Profile}
	}
	return verify.Config{Link: l.ID, Sides: sides, Store: l.ledger, Schema: l.schema, Now: d.now}
}

func tellFsck(text *strings.Builder, f fsckAnswer) {
	line := lines(text)
	line("%s: what cannot be right: %d", f.Link, len(f.Findings))
	for _, finding := range f.Findings {
		line("  %s: %s", finding.Place, finding.Problem)
		line("    next: %s", finding.Next)
	}
}

type dumpQuestion struct {
	Values bool `json:"values"`
}

// A dumpAnswer holds every entry of a ledger.
type dumpAnswer struct {
	Link    string            `json:"link"`
	Entries []json.RawMessage `json:"entries"`
}

func (a *app) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "ledger",
		Short:   "Look into the ledger of a link",
		Example: "  passerelle ledger dump tv-beispiel",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.ledgerDumpCommand())
	return cmd
}

func (a *app) ledgerDumpCommand() *cobra.Command {
	var question dumpQuestion
	cmd := &cobra.Command{
		Use:   "dump LINK",
		Short: "Print every entry of the ledger, values masked",
		Long: `Prints every entry of the ledger as one JSON object in a line: the bucket, the key, and what stands there. Names of
fields, references, kinds, states and times are shown. Values of persons, member numbers, reasons and digests are masked;
--values shows them: personal data.`,
		Example: `  passerelle ledger dump tv-beispiel
  passerelle ledger dump tv-beispiel | grep '"bucket":"questions"'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[dumpAnswer]{links: args, what: "ledger/dump", question: question, tell: func(text *strings.Builder, d dumpAnswer) {
				for _, entry := range d.Entries {
					lines(text)("%s", entry)
				}
			}}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.Values, "values", false, "also what both sides hold: personal data")
	a.takesConfig(cmd)
	return cmd
}

func (*desk) dump(ctx context.Context, l *opened, q dumpQuestion) (dumpAnswer, int, error) {
	answer := dumpAnswer{Link: l.ID}
	err := l.ledger.Dump(ctx, q.Values, func(text []byte) error {
		answer.Entries = append(answer.Entries, text)
		return nil
	})
	if err != nil {
		return answer, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	return answer, exitDone, nil
}
