package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
	"passerelle/internal/record"
)

func (a *app) syncCommand() *cobra.Command {
	var question syncQuestion
	cmd := &cobra.Command{
		Use:   "sync [LINK]",
		Short: "Bring both sides in step once",
		Long: `Reads both sides, carries what is to be carried, and says what it did. Without LINK, every link of the
configuration in turn.

The first run of a link writes nothing: it holds its plan until you have looked at it and approved it (exit
code 3). So does a run that would change unusually much, or the first after the settings changed.

Ctrl-C ends the reading at once; a write under way is finished and noted first, and the next run goes on with what
is left. A second Ctrl-C ends at once, and the next run finds its way by reading.`,
		Example: `  passerelle sync
  passerelle sync tv-beispiel --dry-run
  passerelle sync tv-beispiel --full --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[connector.Report]{links: args, what: "sync", question: question, finish: true, tell: tellReport}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.DryRun, "dry-run", false, "find out what would be done, and do nothing")
	cmd.Flags().BoolVar(&question.Full, "full", false, "look at every document again, whatever the ledger remembers of it")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// tellReport tells what a run did.
func tellReport(text *strings.Builder, r connector.Report) {
	line := lines(text)
	line("%s: %s", r.Link, runWords(&r))
	for _, side := range record.Sides() {
		line("  %-11s %s; planned: %s; done: %s; requests: %d read, %d write", side, counted(r.Read[side]),
			told(r.Planned[side]), told(r.Applied[side]), r.Requests[side].Read, r.Requests[side].Write)
	}
	if r.Linked+r.Adopted > 0 {
		line("  newly linked persons: %d; values found alike: %d", r.Linked, r.Adopted)
	}
	if r.Waiting > 0 {
		line("  changes that wait for something else to come: %d", r.Waiting)
	}
	if r.Failed+r.Unknown > 0 {
		line("  failed requests: %d; of unknown effect: %d; the next run looks", r.Failed, r.Unknown)
	}
	if r.Conflicts.Open > 0 {
		line("  open questions: %d, new ones: %d: passerelle conflicts list %s", r.Conflicts.Open, r.Conflicts.Opened, r.Link)
	}
	if r.Left > 0 {
		line("  approved changes that are left: %d; the next run goes on with them: passerelle sync %s", r.Left, r.Link)
	}
	if r.Held != nil {
		tellHeld(line, r.Link, r.Held)
	}
	if r.Stopped != nil {
		tellStopped(line, r.Stopped)
	}
}

// runWords names a run. Only one that has changed something has a number: the others would show that of the one before.
func runWords(r *connector.Report) string {
	number := "run " + strconv.FormatUint(r.Run, 10)
	switch {
	case r.Cut == connector.CutReading:
		return "ended while it was reading; nothing was written"
	case r.Counted:
		return number
	case r.Run == 0:
		return "nothing was changed; no run has changed anything yet"
	}
	return "nothing was changed; the last to change something was " + number
}

func tellHeld(line func(string, ...any), link string, h *connector.Held) {
	line("  %s", heldWords(h))
	line("  next: passerelle plan %s", link)
}

// heldWords tells which plan is held, and why.
func heldWords(h *connector.Held) string {
	return fmt.Sprintf("held: plan %s (changes: %d, persons: %d), because %s", h.Plan, h.Changes, h.Persons, strings.Join(h.Reasons, "; "))
}

func tellStopped(line func(string, ...any), s *connector.Stopped) {
	line("  stopped at the %s: %s", s.Side, s.Reason)
	line("  next: %s", s.Next)
}

// lines returns a function that adds a line.
func lines(text *strings.Builder) func(format string, args ...any) {
	return func(format string, args ...any) { fmt.Fprintf(text, format+"\n", args...) }
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// counted tells how many records of each kind there are.
func counted(read map[record.Kind]int) string {
	var parts []string
	for _, kind := range sortedKeys(read) {
		parts = append(parts, fmt.Sprintf("%d %s", read[kind], kind))
	}
	if parts == nil {
		return "nothing read"
	}
	return strings.Join(parts, ", ")
}

// told tells how many changes of each kind there are.
func told(c connector.Counts) string {
	var parts []string
	for _, part := range []struct {
		n    int
		what record.Op
	}{{c.Create, record.Create}, {c.Update, record.Update}, {c.Clear, record.Clear}, {c.End, record.End}, {c.Ask, record.Ask}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if parts == nil {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
