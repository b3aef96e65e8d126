package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/config"
	"passerelle/internal/httpx"
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

Before it seals, it names what the link exchanges: about whom, which fields, which way, as profile, policy and scope
say it. On a terminal it asks once whether you agree (no: exit code 1, nothing sealed), and again when more would
leave the club; state/LINK.consent remembers to what you agreed. Without a terminal it says the same on standard
error, asks nothing and remembers nothing.

Then it reads the contacts of the club, and with both secrets the federation's lists, and keeps none of it:
- Where people have changed on both sides within a minute, hour after hour, another interface is active: exit code 1,
  nothing sealed. Switch it off and connect a day later. A link that has written before leaves such stamps itself and is
  not looked at: its runs notice another interface.
- What only your club can name (which field holds the federation number, the category, the exit, functions,
  subscriptions) is proposed. A link without a profile gets LINK-profile.yaml beside the configuration, with what every
  place rests on; what is not sure is a comment. A file that you have touched is never written over. For a link with a
  profile it only says what is missing. It does not touch the configuration.
What cannot be read prevents nothing: the secret is sealed, and the reason is said.

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
	client := a.network(c, a.logger(c.Log))
	defer client.Close()
	s, err := a.settingWith(c, links[0], client, side, text)
	if err != nil {
		return err
	}
	account, err := a.whose(ctx, &s, side)
	if err != nil {
		return err
	}
	found, err := a.look(ctx, c.State, &s, side)
	if err != nil {
		return err
	}
	agreed, err := a.consent(ctx, c.State, &s)
	if err != nil {
		return err
	}
	if err := a.seal(c.State, id, side, text); err != nil {
		return err
	}
	if err := rememberConsent(c.State, id, agreed); err != nil {
		return fmt.Errorf("the secret is sealed; what you agreed to could not be remembered: %w", err)
	}
	woken, err := a.wakeDaemon(ctx, c, id)
	if err != nil {
		_, _ = fmt.Fprintf(a.stderr, "passerelle: the secret is sealed; the daemon could not be told of it and uses it from its next run on: %v\n", err)
	}
	return a.tellConnected(c.State, connected{setting: &s, side: side, account: account, woken: woken, lists: found})
}

// settingWith makes a link of its configuration, with a secret for one side that is not sealed yet.
func (a *app) settingWith(c config.Config, l config.Link, client *httpx.Client, side record.Side, text string) (setting, error) {
	s, err := a.setting(c, l, client)
	if err != nil {
		return s, err
	}
	end := s.sides[side]
	given := func(context.Context) (string, error) { return text, nil }
	if end.System, err = a.system(l, side, end.Profile, client, given); err != nil {
		return s, usage(err)
	}
	s.sides[side] = end
	return s, nil
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
	*setting
	side    record.Side
	account port.Account
	woken   bool                 // a daemon has been told
	lists   map[record.Side]list // the sides that were read
}

// whose asks the system whose a secret is, and refuses another organisation's.
func (a *app) whose(ctx context.Context, s *setting, side record.Side) (port.Account, error) {
	account, err := s.sides[side].System.Check(ctx)
	switch {
	case ctx.Err() != nil:
		return account, context.Cause(ctx)
	case err != nil:
		return account, nothingSealed(systemError(s.ID, err))
	case account.Organisation != s.sides[side].Organisation:
		return account, &exitError{code: exitSecret, cause: nothingSealed(errors.New("this is the secret of another organisation"))}
	}
	return account, nil
}

// look reads what there is to read with the secrets that are known, and refuses a link between whose sides another interface
// writes. What cannot be read prevents nothing: the reason is said. Where the link has written already it leaves such stamps
// itself, so that they are no sign; its runs notice another interface by what it writes.
func (a *app) look(ctx context.Context, state string, s *setting, side record.Side) (map[record.Side]list, error) {
	written, err := tally(filepath.Join(state, s.ID+".runs")).Noted()
	if err != nil {
		return nil, err
	}
	lists := map[record.Side]list{}
	if written > 0 && side == record.Federation {
		return lists, nil
	}
	bar := newBar(a.stderr)
	defer bar.close()
	for _, at := range record.Sides() { // the club first: without its contacts there is nothing to look at
		l, err := wholeList(ctx, s.sides[at], func(read int) { bar.progress("reading "+string(at), read, 0) })
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			if at == side || !errors.Is(err, secrets.ErrMissing) {
				_, _ = fmt.Fprintf(a.stderr, "passerelle: what the %s holds could not be looked at, which prevents nothing: %v\n", at, err)
			}
			break
		}
		lists[at] = l
	}
	if written == 0 && len(lists) == len(record.Sides()) {
		return lists, refuseOtherInterface(s, lists, a.now())
	}
	return lists, nil
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
	var text strings.Builder
	c.tellAccount(&text, state)
	line := lines(&text)
	if c.woken {
		line("The daemon has been told and runs the link with it now.")
	}
	line("The seal protects a copy of the folder without its key, such as a backup. It does not protect against somebody")
	line("who can read the key (%s, the credential %s, or %s/key), as root on this machine can.", secrets.KeyVariable, secrets.CredentialName, state)
	if len(c.lists[record.Club].docs) > 0 {
		places, err := a.proposed(c.setting, c.lists)
		if err != nil {
			_, _ = fmt.Fprintf(a.stderr, "passerelle: the secret is sealed; no places could be proposed: %v\n", err)
		}
		text.WriteString(places)
		if places == "" && !c.woken {
			line("next: %s", c.next())
		}
	}
	_, err := io.WriteString(a.stdout, text.String())
	return err
}

// next says what comes after a secret, where nothing has to be done about the profile first.
func (c *connected) next() string {
	if _, known := c.lists[c.side.Other()]; known {
		return "passerelle check " + c.ID
	}
	return fmt.Sprintf("passerelle connect %s %s", c.ID, c.side.Other())
}

// tellAccount says whose the secret is, what it may do and until when, and what that makes of the link.
func (c *connected) tellAccount(text *strings.Builder, state string) {
	account := c.account
	line := lines(text)
	name := account.Organisation
	if account.Name != "" {
		name += " (" + account.Name + ")"
	}
	line("%s: the %s knows this secret as %s's; it is sealed in %s", c.ID, c.side, name, state)
	if !account.CanWrite {
		line("It may read and not write: everything that would be written there waits.")
	}
	if account.WindowClosed {
		line("The %s takes no changes at the moment: what is to be written there waits until it does.", c.side)
	}
	if other, known := c.lists[c.side.Other()]; known {
		rights := map[record.Side]bool{c.side: account.CanWrite, c.side.Other(): other.account.CanWrite}
		line("Data flow: %s.", connector.Mode(rights[record.Club], rights[record.Federation]))
	}
	if !account.Expires.IsZero() {
		line("It is good until %s.", account.Expires.Format(time.DateOnly))
	}
}
