package main

import (
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector/verify"
	"passerelle/internal/record"
)

func (a *app) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [LINK]",
		Short: "Compare both sides anew, and name every difference that nothing explains",
		Long: `Reads both sides from end to end, by code of its own, and compares them. A difference that the ledger knows of (an
open question, a plan that is held, something refused, …) is counted. Every other is named: the exit code is 1.
It changes nothing.`,
		Example: `  passerelle verify
  passerelle verify tv-beispiel --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[verify.Report]{links: args, what: "verify", question: verifyQuestion{}, tell: tellVerified}.run(cmd.Context(), a)
		},
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func tellVerified(text *strings.Builder, r verify.Report) {
	line := lines(text)
	line("%s: linked persons: %d, alike on both sides: %d; not linked: %d at the club, %d at the federation",
		r.Link, r.Pairs, r.Equal, r.Unpaired[record.Club], r.Unpaired[record.Federation])
	e := r.Explained
	line("  differences that are explained: %d by questions, %d waiting, %d held, %d refused, %d parked, %d out of scope",
		e.Conflict, e.Waiting, e.Held, e.Refused, e.Parked, e.OutOfScope)
	line("  differences that nothing explains: %d", r.Unexplained)
	for _, d := range r.Differences {
		line("    %s and %s: %s", orNothing(d.Club), orNothing(d.Federation), d.Field)
	}
	if r.Unexplained > 0 {
		line("  next: passerelle sync %s --full; what is still there afterwards is a fault: report it", r.Link)
	}
}

func orNothing(ref string) string {
	if ref == "" {
		return "nothing"
	}
	return ref
}
