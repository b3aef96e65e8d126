package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"passerelle/connector/port"
	"passerelle/internal/config"
	"passerelle/internal/record"
	"passerelle/internal/secrets"
)

func (a *app) connectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "connect LINK club|federation",
		Short: "Take the secret of one side, check it, and seal it",
		Long: `Takes the access key of the club's software, or the club's token for the federation's database, from a prompt
without echo, or as one line from standard input. It asks the system whose it is, and seals it only when it is
your own (else: exit code 4, nothing sealed). A running daemon uses it at once: a link
that was stopped by its old secret goes on where it was. To replace a secret before it ends, connect the new one
while the old one is still good; nothing stops in between.

What the sealing protects: a copy of the state folder without its key, such as a backup, opens nothing. It does
not protect against somebody who can read the key: the variable ` + secrets.KeyVariable + `, the service manager's
credential ` + secrets.CredentialName + `, or the file state/key, in this order.
Whoever is root on this machine can.`,
		Example: `  passerelle connect tv-beispiel club
  pass show fairgate/tvb | passerelle connect tv-beispiel club`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := a.untilInterrupted(cmd.Context())
			defer stop()
			return a.connect(ctx, args[0], record.Side(args[1]))
		},
	}
	a.takesConfig(cmd)
	return cmd
}

func (a *app) connect(ctx context.Context, id string, side record.Side) error {
	if side != record.Club && side != record.Federation {
		return usage(fmt.Errorf("%q is no side of a link: write club or federation", side))
	}
	c, err := a.config()
	if err != nil {
		return err
	}
	links, err := chosen(c, []string{id})
	if err != nil {
		return err
	}
	text, err := a.readSecret(ctx, side)
	if err != nil {
		return err
	}
	account, err := a.whose(ctx, c, links[0], side, text)
	if err != nil {
		return err
	}
	if err := a.seal(c.State, id, side, text); err != nil {
		return err
	}
	woken, err := a.wakeDaemon(ctx, c, id)
	if err != nil {
		_, _ = fmt.Fprintf(a.stderr, "passerelle: the secret is sealed; the daemon could not be told of it and uses it from its next run on: %v\n", err)
	}
	return a.tellConnected(c.State, connected{id: id, side: side, account: account, woken: woken})
}

// wakeDaemon has a running daemon look at a link at once, and reports whether there is one.
func (a *app) wakeDaemon(ctx context.Context, c config.Config, id string) (bool, error) {
	path, serving, err := a.daemon(ctx, c.State)
	if err != nil || !serving {
		return false, err
	}
	d := a.doorOf(path)
	_, _, err = d.call(ctx, id, "wake", wakeQuestion{})
	return err == nil, errors.Join(err, d.close())
}

// connected is what there is to say when a secret has been sealed.
type connected struct {
	id      string
	side    record.Side
	account port.Account
	woken   bool // a daemon has been told
}

// whose asks the system whose a secret is, and refuses another organisation's.
func (a *app) whose(ctx context.Context, c config.Config, l config.Link, side record.Side, text string) (port.Account, error) {
	client := a.network(c, a.logger(c.Log))
	defer client.Close()
	s, err := a.setting(c, l, client)
	if err != nil {
		return port.Account{}, err
	}
	end := s.sides[side]
	given := func(context.Context) (string, error) { return text, nil }
	system, err := a.system(l, side, end.Profile, client, given)
	if err != nil {
		return port.Account{}, usage(err)
	}
	account, err := system.Check(ctx)
	switch {
	case ctx.Err() != nil:
		return account, context.Cause(ctx)
	case err != nil:
		return account, nothingSealed(systemError(l.ID, err))
	case account.Organisation != end.Organisation:
		return account, &exitError{code: exitSecret, cause: nothingSealed(errors.New("this is the secret of another organisation"))}
	}
	return account, nil
}

// nothingSealed says so, whatever the code is.
func nothingSealed(err error) error { return fmt.Errorf("%w; nothing was sealed", err) }

func (a *app) seal(state, id string, side record.Side, text string) error {
	given, err := a.givenKey()
	if err != nil {
		return err
	}
	key, err := secrets.OpenOrCreateKey(state, given, a.random)
	if err != nil {
		return err
	}
	return secrets.Open(state, key, a.random).Put(id, string(side), secrets.NewSecret(text))
}

func (a *app) tellConnected(state string, c connected) error {
	account := c.account
	var text strings.Builder
	line := lines(&text)
	name := account.Organisation
	if account.Name != "" {
		name += " (" + account.Name + ")"
	}
	line("%s: the %s knows this secret as %s's; it is sealed in %s", c.id, c.side, name, state)
	if !account.CanWrite {
		line("It may read and not write: everything that would be written there waits.")
	}
	if !account.Expires.IsZero() {
		line("It is good until %s.", account.Expires.Format(time.DateOnly))
	}
	if c.woken {
		line("The daemon has been told and runs the link with it now.")
	}
	line("The seal protects a copy of the folder without its key, such as a backup. It does not protect against somebody")
	line("who can read the key (%s, the credential %s, or %s/key), as root on this machine can.", secrets.KeyVariable, secrets.CredentialName, state)
	_, err := io.WriteString(a.stdout, text.String())
	return err
}

// longestSecret bounds what is taken for one.
const longestSecret = 1 << 16

// readSecret reads one line, without echo where somebody types.
func (a *app) readSecret(ctx context.Context, side record.Side) (string, error) {
	read := func() (string, error) {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, longestSecret)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return line, err
	}
	if file, ok := a.stdin.(*os.File); ok && isTerminal(file) {
		terminal := int(file.Fd())
		before, err := term.GetState(terminal)
		if err != nil {
			return "", fmt.Errorf("the terminal: %w", err)
		}
		defer func() { _ = term.Restore(terminal, before) }() // interrupted, the echo must come back
		what := map[record.Side]string{record.Club: "access key of the club's software", record.Federation: "token for the federation"}[side]
		_, _ = fmt.Fprintf(a.stderr, "%s (it is not shown): ", what) // the prompt is only a courtesy
		read = func() (string, error) {
			line, err := term.ReadPassword(terminal)
			_, _ = fmt.Fprintln(a.stderr)
			return string(line), err
		}
	}
	type typed struct {
		text string
		err  error
	}
	got := make(chan typed, 1)
	go func() { // a read cannot be cancelled: one that is given up ends with the process
		text, err := read()
		got <- typed{strings.TrimSpace(text), err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case t := <-got:
		if t.err == nil && t.text == "" {
			return "", usage(errors.New("nothing was given: paste the secret, or pipe it in as one line"))
		}
		return t.text, t.err
	}
}
