package main

import (
	"fmt"
	"io"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the configuration",
		Example: `  passerelle config check`,
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	check := &cobra.Command{
		Use:   "check",
		Short: "Say everything that is wrong with the configuration",
		Long: `Reads the configuration with the profiles, policies and tariffs that it names, and says everything that is wrong with them,
with file and line (exit code 2). It asks no system and opens no ledger.`,
		Example: `  passerelle config check
  passerelle config check --config /etc/passerelle/passerelle.yaml --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.configCheck() },
	}
	a.takesConfig(check)
	a.takesJSON(check)
	cmd.AddCommand(check)
	return cmd
}

func (a *app) configCheck() error {
	c, err := a.config()
	if err != nil {
		return err
	}
	client := a.network(c, zerolog.Nop())
	defer client.Close()
	if _, err := a.settings(c, c.Links, client); err != nil {
		return err
	}
	ids := make([]string, len(c.Links))
	for i, l := range c.Links {
		ids[i] = l.ID
	}
	if a.json {
		return a.printJSON(map[string]any{"config": a.configPath, "state": c.State, "links": ids})
	}
	_, err = io.WriteString(a.stdout, fmt.Sprintf("%s is right: links: %d, state in %s\n", a.configPath, len(ids), c.State))
	return err
}
