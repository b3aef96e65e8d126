package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/internal/config"
)

// completes has the shell complete the arguments of every command under root: links as the configuration has them, and IDs
// of questions and plans as a running daemon knows them. No ledger is opened for it, and no value is shown.
func (a *app) completes(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		a.completes(cmd)
		if names := strings.Fields(strings.ReplaceAll(cmd.Use, "[LINK]", "LINK"))[1:]; len(names) > 0 && names[0] == "LINK" {
			cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
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
	}
	return nil
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
