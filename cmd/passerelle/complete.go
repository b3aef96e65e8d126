package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/conflicts"
	"passerelle/internal/config"
	"passerelle/internal/record"
)

// completes has the shell complete the arguments of every command under root: links as the configuration has them, and IDs
// of questions, their answers, plans and runs as a running daemon knows them. No ledger is opened for it, and no value is shown.
func (a *app) completes(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		a.completes(cmd)
		if names := strings.Fields(strings.ReplaceAll(cmd.Use, "[LINK]", "LINK"))[1:]; len(names) > 0 && names[0] == "LINK" {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
				if len(args) < len(names) && names[len(args)] == "FILE" {
					return []string{"db"}, cobra.ShellCompDirectiveFilterFileExt
				}
				return a.candidates(cmd, names, args), cobra.ShellCompDirectiveNoFileComp
			}
		}
	}
}

// candidates returns what may stand at the next place of names. What goes wrong only completes nothing: the command says it.
func (a *app) candidates(cmd *cobra.Command, names, args []string) []string {
	c, err := a.config()
	if err != nil || len(args) >= len(names) {
		return nil
	}
	switch names[len(args)] {
	case "LINK":
		var ids []string
		for _, l := range c.Links {
			ids = append(ids, l.ID)
		}
		return ids
	case "club|federation":
		return []string{"club", "federation"}
	case "PLAN":
		var status statusAnswer
		if a.known(cmd, c, args[0], "status", statusQuestion{}, &status) && status.Held != nil {
			return []string{status.Held.Plan}
		}
	case "ID":
		var queue conflictsAnswer
		if a.known(cmd, c, args[0], "conflicts/list", conflictsQuestion{}, &queue) {
			var ids []string
			for _, q := range queue.Conflicts {
				ids = append(ids, q.ID+"\t"+string(q.Kind)+" "+fieldNames(q.Fields))
			}
			return ids
		}
	case "ANSWER":
		return a.answersTo(cmd, c, args[0], args[1])
	case "RUN|DECISION":
		var past historyAnswer
		if a.known(cmd, c, args[0], "history", historyQuestion{Limit: memories}, &past) {
			return undoables(past)
		}
	}
	return nil
}

// answersTo returns the answers that a question takes, or that all questions about a field take. A value is typed after its "=".
func (a *app) answersTo(cmd *cobra.Command, c config.Config, link, id string) []string {
	if field, all := strings.CutPrefix(id, "field:"); all {
		var queue conflictsAnswer
		if a.known(cmd, c, link, "conflicts/list", conflictsQuestion{}, &queue) {
			return queue.common(record.Field(field))
		}
		return nil
	}
	var q conflictAnswer
	if !a.known(cmd, c, link, "conflicts/show", conflictQuestion{ID: id}, &q) {
		return nil
	}
	var words []string
	for _, verb := range q.Answers {
		word := string(verb)
		if verb == conflicts.TakeValue {
			word += "="
		}
		words = append(words, word)
	}
	return words
}

// undoables returns the runs and the answers of a history, newest first, each once.
func undoables(past historyAnswer) []string {
	var all []string
	seen := map[string]bool{}
	for i := range past.History {
		m := &past.History[i]
		name, what := strconv.FormatUint(m.Run, 10), "run of "
		if m.Decision != "" {
			name, what = m.Question, m.Decision+" on "
		}
		if name != "" && name != "0" && !seen[name] {
			seen[name] = true
			all = append(all, name+"\t"+what+moment(m.At))
		}
	}
	return all
}

// known asks the daemon, and reports whether it knew.
func (a *app) known(cmd *cobra.Command, c config.Config, link, what string, question, answer any) bool {
	path, serving, err := a.daemon(cmd.Context(), c.State)
	if err != nil || !serving {
		return false
	}
	d := a.doorOf(path)
	defer func() { _ = d.close() }() // it only lets go of a connection
	result, _, err := d.call(cmd.Context(), link, what, question)
	return err == nil && json.Unmarshal(result, answer) == nil
}
