package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"passerelle/internal/config"
)

// An app is one call of the program.
type app struct {
	process

	configPath string
	json       bool
	begun      bool // a command runs: the command line was right

	interrupted <-chan struct{} // closed by the first signal; the second ends the context
}

// Main runs the command that the arguments name and returns the exit code. The first signal lets the write under way
// finish, the second ends everything at once.
func Main(ctx context.Context, p process) int {
	ctx, cancel := context.WithCancel(ctx)
	interrupted := make(chan struct{})
	a := &app{process: p, interrupted: interrupted}
	var watching sync.WaitGroup
	watching.Go(func() {
		select {
		case <-p.signals:
			close(interrupted)
		case <-ctx.Done():
			return
		}
		select {
		case <-p.signals:
			cancel()
		case <-ctx.Done():
		}
	})
	defer watching.Wait()
	defer cancel()

	root := a.root() //nolint:contextcheck // its commands get the context by ExecuteContext
	root.SetArgs(p.args)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.begun {
		err = usage(fmt.Errorf("%w\n%s", err, howTo(cmd)))
	}
	if own, silent := errors.AsType[*exitError](err); err != nil && (!silent || own.cause != nil) {
		_, _ = fmt.Fprintf(p.stderr, "passerelle: %v\n", err) // there is nobody left to tell
	}
	return codeOf(err)
}

// howTo says how a command is used, with one example.
func howTo(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "see passerelle --help"
	}
	example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
	return fmt.Sprintf("usage:   %s\nexample: %s\nsee %s --help", cmd.UseLine(), example, cmd.CommandPath())
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "passerelle",
		Short: "Keep a club's software and its federation's database in step",
		Long: `Passerelle keeps a club's software and its federation's database in step, both ways,
without losing anything. What the two sides disagree on waits for a person.

Try it:        passerelle demo
First link:    passerelle connect LINK club
               passerelle connect LINK federation
               passerelle check
               passerelle sync           (holds what it would do: exit code 3)
               passerelle conflicts list (and answer: passerelle conflicts decide)
               passerelle plan
               passerelle approve LINK PLAN --persons N
               passerelle sync
From then on:  passerelle run

Exit codes: 0 done (open questions alone are 0), 1 failed in whole or in part, or stopped,
2 wrong use or configuration, 3 a plan is held, 4 a secret is missing or refused,
5 another process has the ledger. Where several hold: 4 before 1 before 3.`,
		Example: `  passerelle demo --once
  passerelle status --config /etc/passerelle/passerelle.yaml`,
		SilenceErrors:    true,
		SilenceUsage:     true,
		PersistentPreRun: func(*cobra.Command, []string) { a.begun = true },
		Args:             noSuchCommand,
		RunE:             func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(
		a.demoCommand(), a.simulateCommand(),
		a.connectCommand(), a.checkCommand(),
		a.runCommand(), a.syncCommand(),
		a.planCommand(), a.approveCommand(), a.conflictsCommand(), a.relinkCommand(), a.unlinkCommand(),
		a.statusCommand(), a.verifyCommand(),
		a.explainCommand(), a.historyCommand(), a.undoCommand(),
		a.backupCommand(), a.restoreCommand(), a.fsckCommand(), a.forgetCommand(), a.ledgerCommand(),
		a.configCommand(), a.versionCommand(),
	)
	a.completes(root)
	return root
}

// noSuchCommand refuses arguments of a command that only has commands, and names those that were perhaps meant.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	err := cobra.NoArgs(cmd, args)
	if err == nil {
		return nil
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return fmt.Errorf("%w; did you mean %s?", err, strings.Join(near, " or "))
	}
	return err
}

// takesConfig gives a command the flag that names the configuration.
func (a *app) takesConfig(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.configPath, "config", "passerelle.yaml", "the configuration `FILE`")
}

// takesJSON gives a command the flag that makes it print JSON.
func (a *app) takesJSON(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print one JSON object on standard output, everything else on standard error")
}

// config reads the configuration. Every error of it is a wrong use. What is wrong in the file comes together with what is wrong
// in the profiles, policies and tariffs that it names, as far as they can be told.
func (a *app) config() (config.Config, error) {
	c, err := config.Load(a.configPath)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w; write it, or name it with --config", err)
	}
	if _, invalid := errors.AsType[*config.InvalidError](err); invalid {
		for _, l := range c.Links {
			_, named := a.named(l)
			err = errors.Join(err, named)
		}
	}
	if err != nil {
		return c, usage(err)
	}
	return c, nil
}

// chosen returns the links that the arguments of a command name: the one, or without any all of them.
func chosen(c config.Config, args []string) ([]config.Link, error) {
	if len(args) == 0 {
		return c.Links, nil
	}
	ids := make([]string, len(c.Links))
	for i, l := range c.Links {
		if l.ID == args[0] {
			return []config.Link{l}, nil
		}
		ids[i] = l.ID
	}
	return nil, usage(fmt.Errorf("there is no link %q; the configuration has %s", args[0], strings.Join(ids, ", ")))
}

// logger returns the log that the configuration asks for, on standard error.
func (a *app) logger(c config.Log) zerolog.Logger {
	out := a.stderr
	if c.Format == "console" {
		out = zerolog.ConsoleWriter{Out: a.stderr, TimeFormat: "15:04:05", NoColor: !isTerminal(a.stderr)}
	}
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel // the configuration knows no other levels
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// isTerminal reports whether somebody reads or types there.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// untilInterrupted returns a context that the first signal ends, for what nobody needs to finish.
func (a *app) untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-a.interrupted:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}

// errInterrupted is what a command ends with that a signal has ended.
var errInterrupted = errors.New("interrupted")
