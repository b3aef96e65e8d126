package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/internal/record"
)

func (a *app) conflictsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "conflicts",
		Short: "Show and answer the questions that wait for a person",
		Long: `What the two sides disagree on, and no rule settles, waits here. An answer writes to no system: the next run does.
An answer holds for the values it was given on; when they change, the question is open again.`,
		Example: `  passerelle conflicts list
  passerelle conflicts show tv-beispiel 1a2b3c4d --values
  passerelle conflicts decide tv-beispiel 1a2b3c4d club`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.conflictsListCommand(), a.conflictsShowCommand(), a.conflictsDecideCommand())
	return cmd
}

func (a *app) conflictsListCommand() *cobra.Command {
	var question conflictsQuestion
	cmd := &cobra.Command{
		Use:   "list [LINK]",
		Short: "List the open questions",
		Example: `  passerelle conflicts list
  passerelle conflicts list tv-beispiel --json --values`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return errand[conflictsAnswer]{links: args, what: "conflicts/list", question: question, tell: tellConflicts}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&question.All, "all", false, "also those that are answered or closed")
	cmd.Flags().BoolVar(&question.Values, "values", false, "also what both sides hold: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (a *app) conflictsShowCommand() *cobra.Command {
	var values bool
	cmd := &cobra.Command{
		Use:   "show LINK ID",
		Short: "Show one question",
		Example: `  passerelle conflicts show tv-beispiel 1a2b3c4d
  passerelle conflicts show tv-beispiel 1a2b3c4d --values`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			question := conflictQuestion{ID: args[1], Values: values}
			return errand[conflictAnswer]{links: args[:1], what: "conflicts/show", question: question, tell: func(text *strings.Builder, c conflictAnswer) {
				tellConflict(text, &c.conflict)
				if len(c.Answers) > 0 {
					lines(text)("next: passerelle conflicts decide %s %s %s", c.Link, c.ID, offered(c.Answers, "|"))
				}
			}}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().BoolVar(&values, "values", false, "also what both sides hold: personal data")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (a *app) conflictsDecideCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "decide LINK ID ANSWER",
		Short: "Answer a question",
		Long: `Answers a question; the next run carries it out. ANSWER is one of those that the question offers:

  club, federation   the value, or the end, of that side
  value=…            another value, which is checked; value= with nothing after it empties the field on both sides
  leave              both keep what they have
  same, different    who is who: it is, or is not, the same person
  new                the other side does not have this person yet: create them there
  later              decide another day; until then nothing happens

ID field:NAME answers all open questions at once that are about just that field, and match:alike all about two who agree in
everything that both sides have and resemble nobody else, as conflicts list counts them.`,
		Example: `  passerelle conflicts decide tv-beispiel 1a2b3c4d federation
  passerelle conflicts decide tv-beispiel 1a2b3c4d value=+41791234567
  passerelle conflicts decide tv-beispiel field:phoneMobile club
  passerelle conflicts decide tv-beispiel match:alike same`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			question, err := decision(args[1], args[2])
			if err != nil {
				return err
			}
			question.By = a.getenv("USER")
			return errand[decideAnswer]{links: args[:1], what: "conflicts/decide", question: question, tell: tellDecided}.run(cmd.Context(), a)
		},
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// decision reads an answer as it is typed.
func decision(id, answer string) (decideQuestion, error) {
	word, value, typed := strings.Cut(answer, "=")
	verb := conflicts.Verb(word)
	verbs := []conflicts.Verb{
		conflicts.TakeClub, conflicts.TakeFederation, conflicts.TakeValue, conflicts.Leave,
		conflicts.Same, conflicts.Different, conflicts.New, conflicts.Later,
	}
	if !slices.Contains(verbs, verb) || typed != (verb == conflicts.TakeValue) {
		return decideQuestion{}, usage(fmt.Errorf("this is no answer; answers are %s", offered(verbs, ", ")))
	}
	return decideQuestion{ID: id, Verb: verb, Value: value}, nil
}

// offered lists answers as they are typed.
func offered(verbs []conflicts.Verb, between string) string {
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
		if v == conflicts.TakeValue {
			words[i] = "value=…"
		}
	}
	return strings.Join(words, between)
}

func tellConflicts(text *strings.Builder, answer conflictsAnswer) {
	line := lines(text)
	if len(answer.Conflicts) == 0 {
		line("%s: no questions", answer.Link)
		return
	}
	line("%s: questions: %d", answer.Link, len(answer.Conflicts))
	for i := range answer.Conflicts {
		tellConflict(text, &answer.Conflicts[i])
	}
	if answer.Alike > 1 {
		line("%d of them are about two who agree in everything; to answer them at once: passerelle conflicts decide %s %s same",
			answer.Alike, answer.Link, connector.AllAlike)
	}
	for _, b := range answer.Bulk {
		if common := answer.common(b.Field); b.Count > 1 && len(common) > 0 {
			line("%d of them are about %s alone; to answer them at once: passerelle conflicts decide %s field:%s %s",
				b.Count, b.Field, answer.Link, b.Field, strings.Join(common, "|"))
		}
	}
}

// common returns the answers that every open question about a field alone takes, but for a value, which is for one person.
func (a *conflictsAnswer) common(field record.Field) []string {
	var common []string
	for _, verb := range []conflicts.Verb{conflicts.TakeClub, conflicts.TakeFederation, conflicts.Leave} {
		refuses := func(c conflict) bool {
			return c.State == conflicts.Open && slices.Equal(c.Fields, []record.Field{field}) && !slices.Contains(c.Answers, verb)
		}
		if !slices.ContainsFunc(a.Conflicts, refuses) {
			common = append(common, string(verb))
		}
	}
	return common
}

func tellConflict(text *strings.Builder, c *conflict) {
	line := lines(text)
	place := string(c.Record)
	if c.Identity != "" {
		place += " " + c.Identity
	}
	if len(c.Fields) > 0 {
		place += ": " + fieldNames(c.Fields)
	}
	line("  %s  %s  %s  %s", c.ID, c.State, c.Kind, place)
	line("            %s", strings.Join(slices.DeleteFunc([]string{c.Club, c.Federation}, func(ref string) bool { return ref == "" }), " and "))
	line("            %s", c.Reason)
	for _, f := range sortedKeys(c.Values) {
		v := c.Values[f]
		line("            %s: before %s, club %s, federation %s", f, held(v.Base), held(v.Club), held(v.Federation))
	}
	for _, e := range c.Evidence {
		tellEvidence(line, &e)
	}
	switch {
	case c.How != "":
		line("            %s", c.How)
	case c.Answer != "":
		line("            answered: %s", c.answered())
	case len(c.Answers) > 0:
		line("            answers: %s", offered(c.Answers, ", "))
	}
}

// answered tells an answer, with a typed value where values are shown.
func (c *conflict) answered() string {
	if c.AnswerValue == nil {
		return offered([]conflicts.Verb{c.Answer}, "")
	}
	return string(c.Answer) + "=" + c.AnswerValue.Text()
}

// tellEvidence tells one line of what speaks for two being one person, or against it.
func tellEvidence(line func(string, ...any), e *conflicts.Evidence) {
	values := ""
	if e.Club.Carried() || e.Federation.Carried() {
		values = fmt.Sprintf(": club %s, federation %s", held(e.Club), held(e.Federation))
	}
	line("            %-13s %s%s%s", e.Field, cmp.Or(e.Verdict, "unknown"), because(e.Rule), values)
}

// held tells a value.
func held(v record.Value) string {
	switch {
	case !v.Carried():
		return "unknown"
	case v.IsEmpty():
		return "nothing"
	}
	return fmt.Sprintf("%q", v.Text())
}

func tellDecided(text *strings.Builder, answer decideAnswer) {
	line := lines(text)
	if answer.Before != "" {
		line("%s: answered before: %s; that counts no more", answer.Link, offered([]conflicts.Verb{answer.Before}, ""))
	}
	line("%s: questions answered: %d; the next run carries it out", answer.Link, answer.Answered)
}
