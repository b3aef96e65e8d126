package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/connector"
	"passerelle/internal/record"
)

// An explainQuestion names a person.
type explainQuestion struct {
	Person string `json:"person"`
	Values bool   `json:"values"`
}

// An explainAnswer is what is to be said of a person.
type explainAnswer struct {
	connector.Explanation
	Questions []conflict `json:"questions"`
}

func (*desk) explain(ctx context.Context, l *opened, q explainQuestion) (explainAnswer, int, error) {
	e, err := l.link.Explain(ctx, q.Person)
	if err != nil {
		return explainAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	answer := explainAnswer{Explanation: e, Questions: conflictsOf(l.ID, e.Questions, q.Values).Conflicts}
	if !q.Values {
		mask(&answer.Explanation)
	}
	code := exitDone
	if len(e.Unread) > 0 {
		code = exitFailed
	}
	return answer, code, nil
}

// mask takes the values out, and leaves what they show.
func mask(e *connector.Explanation) {
	for i := range e.Records {
		for j := range e.Records[i].Fields {
			f := &e.Records[i].Fields[j]
			f.Club.Value, f.Federation.Value, f.Base.Value = record.NotCarried(), record.NotCarried(), record.NotCarried()
		}
	}
}

func (a *app) explainCommand() *cobra.Command {
	var values bool
	cmd := &cobra.Command{
		Use:   "explain LINK PERSON",
		Short: "Say what both sides hold of a person, whose it is, and who wrote it last",
		Long: `Reads what both sides hold of one person, and says of every field who leads, whether the two are alike, what was
last agreed, who wrote it last (the club, the federation, or passerelle in which run and by which rule), and what
waits: questions, held changes, refusals. It changes nothing. Fields that are alike and that nobody has written since
the two sides were linked are only named; --json tells everything of them as well.

PERSON is the club's document (contact/123, or just 123), the federation's (members/…), or the federation number
(012345); never a name. Without --values nothing is shown but whether a value is there and whether the two are alike.`,
		Example: `  passerelle explain tv-beispiel 123
  passerelle explain tv-beispiel 012345 --values
  passerelle explain tv-beispiel contact/123 --json | jq '.records[].fields[] | select(.club.shows == "different")'`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			question := explainQuestion{Person: args[1], Values: values}
			return errand[explainAnswer]{links: args[:1], what: "explain", question: question, tell: tellExplained}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&values, "values", false, "also what both sides hold: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func tellExplained(text *strings.Builder, e explainAnswer) {
	line := lines(text)
	line("%s: %s and %s, %s%s", e.Link, orNothing(e.Club), orNothing(e.Federation), e.State, because(e.Why))
	for _, side := range sortedKeys(e.Unread) {
		line("  the %s could not be read: %s", side, e.Unread[side])
	}
	for i := range e.Records {
		tellRecord(text, &e.Records[i])
	}
	for _, w := range e.Waits {
		line("  waits: %s %s at the %s: %s", w.Record, w.Identity, w.Side, w.Reason)
	}
	for _, r := range e.Refusals {
		line("  refused: the %s refused %s.%s on %s: %s", r.Side, r.Record, r.Field, day(r.At), r.Reason)
	}
	for _, c := range e.Held {
		line("  held: %s  %s at the %s of %s  %s%s", c.ID, c.Kind, c.Side, c.Record, fieldNames(c.Fields), because(undoing(c.Undoes)))
	}
	for i := range e.Questions {
		tellConflict(text, &e.Questions[i])
	}
}

// because adds a reason where there is one.
func because(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// undoing says what is undone, where something is.
func undoing(of string) string {
	if of == "" {
		return ""
	}
	return "undoes " + of
}

func tellRecord(text *strings.Builder, r *connector.ExplainedRecord) {
	line := lines(text)
	line("  %s: club %s, federation %s", strings.TrimSpace(string(r.Record)+" "+r.Identity), lived(r, record.Club), lived(r, record.Federation))
	var alike, empty []string
	for i := range r.Fields {
		f := &r.Fields[i]
		switch {
		case f.Club.Shows == "notCarried" && f.Federation.Shows == "notCarried":
			continue
		case holdsNothing(f):
			empty = append(empty, string(f.Field))
			continue
		case restsAlike(f):
			alike = append(alike, strings.TrimSpace(string(f.Field)+" "+valueOf(f)))
			continue
		}
		line("    %-18s club %s, federation %s, agreed %s%s", f.Field, seen(f.Club), seen(f.Federation), seen(f.Base), because(undone(f.Undone)))
		line("    %-18s %s", "", writers(f.Written[record.Club], f.Written[record.Federation]))
		line("    %-18s %s", "", f.Rule)
	}
	if alike != nil {
		line("    alike on both sides and agreed, and not written since they were linked: %s", strings.Join(alike, ", "))
	}
	if empty != nil {
		line("    nothing on either side: %s", strings.Join(empty, ", "))
	}
}

// restsAlike reports whether nothing is to be explained of a field: both sides and what is agreed are one, and nobody is known to have
// written it.
func restsAlike(f *connector.ExplainedField) bool {
	return f.Club.Shows == "same" && f.Federation.Shows == "same" && f.Base.Shows == "value" && f.Undone == "" &&
		f.Written[record.Club].By == unknownWriter && f.Written[record.Federation].By == unknownWriter
}

// holdsNothing reports whether neither side holds anything in a field, and nothing was ever agreed on it.
func holdsNothing(f *connector.ExplainedField) bool {
	nothing := func(s connector.Shown) bool {
		return s.Shows == "empty" || s.Shows == "notCarried" || s.Shows == "none"
	}
	return nothing(f.Club) && nothing(f.Federation) && nothing(f.Base) && f.Undone == "" &&
		f.Written[record.Club].By == unknownWriter && f.Written[record.Federation].By == unknownWriter
}

// valueOf tells the value that both sides hold, where it was asked for.
func valueOf(f *connector.ExplainedField) string {
	if !f.Base.Value.HasText() {
		return ""
	}
	return held(f.Base.Value)
}

func undone(of string) string {
	if of == "" {
		return ""
	}
	return of + " was undone"
}

// lived tells the life of a record on a side.
func lived(r *connector.ExplainedRecord, side record.Side) string {
	stage, there := r.Life[side]
	switch {
	case !there:
		return "does not have it"
	case stage == record.Unknown:
		return "unknown"
	}
	return string(stage)
}

// seen tells what is held, and the value where it was asked for.
func seen(s connector.Shown) string {
	word := map[string]string{"notCarried": "does not carry it", "none": "on nothing"}[s.Shows]
	if word == "" {
		word = s.Shows
	}
	if s.Value.HasText() {
		word += " " + held(s.Value)
	}
	return word
}

// writers tells who wrote a field last, on the two sides.
func writers(club, federation connector.Writer) string {
	if club.By == unknownWriter && federation.By == unknownWriter {
		return "nothing is known to have been written since the two sides were linked"
	}
	return fmt.Sprintf("written at the club by %s, at the federation by %s", wrote(club), wrote(federation))
}

// unknownWriter is who wrote what the history does not have: it was there before, or is older than what is kept.
const unknownWriter = "notKnown"

// wrote tells a writer.
func wrote(w connector.Writer) string {
	switch w.By {
	case "passerelle":
		return fmt.Sprintf("passerelle, run %d of %s (%s)", w.Run, day(w.At), w.Rule)
	case unknownWriter:
		return "somebody not known"
	}
	return "the " + w.By
}

// changesOf tells what a memory says of its fields, with the values where there are any.
func changesOf(m *connector.Memory, values bool) string {
	if !values || len(m.Before)+len(m.After) == 0 {
		return fieldNames(m.Fields)
	}
	var parts []string
	for _, f := range slices.Sorted(maps.Keys(m.After)) {
		parts = append(parts, fmt.Sprintf("%s: %s, then %s", f, held(m.Before[f]), held(m.After[f])))
	}
	return strings.Join(parts, "; ")
}
