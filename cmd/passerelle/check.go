package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/connector/port"
	"passerelle/internal/config"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

func (a *app) checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [LINK]",
		Short: "See whether both sides can be reached, and what the link has no place for",
		Long: `Asks both systems who you are to them, with the secrets that connect has sealed, and says which fields have no
place on a side and what that makes impossible. It lists nobody, writes nothing, and opens no ledger.`,
		Example: `  passerelle check
  passerelle check tv-beispiel --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := a.untilInterrupted(cmd.Context())
			defer stop()
			return a.check(ctx, args)
		},
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// A checked is what check finds out about a link.
type checked struct {
	Link  string                      `json:"link"`
	Sides map[record.Side]checkedSide `json:"sides"`
	Gaps  []gap                       `json:"gaps"`
}

// A checkedSide is what a system says of us, or why it does not.
type checkedSide struct {
	Reached      bool      `json:"reached"`
	Organisation string    `json:"organisation,omitempty"`
	Name         string    `json:"name,omitempty"`
	CanWrite     bool      `json:"canWrite"`
	WindowClosed bool      `json:"windowClosed"`
	Expires      time.Time `json:"expires,omitzero"`
	Reason       string    `json:"reason,omitempty"` // why not
	Next         string    `json:"next,omitempty"`
}

// A gap is a field, or a kind, that has no place on a side.
type gap struct {
	Side     record.Side  `json:"side"`
	Record   record.Kind  `json:"record"`
	Field    record.Field `json:"field,omitempty"`
	Sentence string       `json:"sentence"`
}

func (a *app) check(ctx context.Context, args []string) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	links, err := chosen(c, args)
	if err != nil {
		return err
	}
	client := a.network(c, a.logger(c.Log))
	defer client.Close()
	code := exitDone
	var results []json.RawMessage
	for _, l := range links {
		found, ended, err := a.checkLink(ctx, c, l, client)
		if err != nil {
			return err
		}
		result, err := json.Marshal(found)
		if err != nil {
			return err
		}
		results, code = append(results, result), worst(code, ended)
	}
	if err := a.print(results, len(links) > 1, errand[checked]{tell: tellChecked}.text); err != nil {
		return err
	}
	return exitWith(code)
}

func (a *app) checkLink(ctx context.Context, c config.Config, l config.Link, client *httpx.Client) (checked, int, error) {
	found := checked{Link: l.ID, Sides: map[record.Side]checkedSide{}, Gaps: []gap{}}
	s, err := a.setting(c, l, client)
	if err != nil {
		return found, 0, err
	}
	code := exitDone
	for _, side := range record.Sides() {
		end := s.sides[side]
		account, err := end.System.Check(ctx)
		if ctx.Err() != nil {
			return found, 0, context.Cause(ctx)
		}
		if err == nil && account.Organisation != end.Organisation {
			err = &port.Error{Next: port.Token, Reason: "the secret is another organisation's", Advice: "run passerelle connect LINK " + string(side)}
		}
		found.Sides[side] = checkedSide{
			Reached: err == nil, Organisation: account.Organisation, Name: account.Name, CanWrite: account.CanWrite,
			WindowClosed: account.WindowClosed, Expires: account.Expires,
		}
		if err != nil {
			found.Sides[side] = checkedSide{Reason: err.Error(), Next: port.As(err).Advice}
			code = worst(code, max(codeOf(systemError(l.ID, err)), exitFailed))
		}
		for _, g := range end.Profile.Gaps() {
			found.Gaps = append(found.Gaps, gap{Side: side, Record: g.Kind, Field: g.Field, Sentence: g.Sentence})
		}
	}
	return found, code, nil
}

func tellChecked(text *strings.Builder, found checked) {
	line := lines(text)
	line("%s:", found.Link)
	for _, side := range record.Sides() {
		s := found.Sides[side]
		switch {
		case !s.Reached:
			line("  %-11s %s", side, s.Reason)
			if s.Next != "" {
				line("  %-11s next: %s", "", s.Next)
			}
			continue
		case s.CanWrite:
			line("  %-11s reached as %s: may read and write", side, strings.TrimSpace(s.Organisation+" "+s.Name))
		default:
			line("  %-11s reached as %s: may read and not write, so what would be written there waits", side, strings.TrimSpace(s.Organisation+" "+s.Name))
		}
		if s.WindowClosed {
			line("  %-11s takes no changes at the moment: they wait", "")
		}
		if !s.Expires.IsZero() {
			line("  %-11s the secret is good until %s", "", s.Expires.Format(time.DateOnly))
		}
	}
	for _, g := range found.Gaps {
		line("  - %s", g.Sentence)
	}
}
