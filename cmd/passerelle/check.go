package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/connector"
	"passerelle/connector/listing"
	"passerelle/connector/port"
	"passerelle/connector/quality"
	"passerelle/internal/config"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

func (a *app) checkCommand() *cobra.Command {
	var q checkQuestion
	cmd := &cobra.Command{
		Use:   "check [LINK]",
		Short: "See whether both sides can be reached, what has no place, and which data want mending",
		Long: `Asks both systems who you are to them, with the secrets that connect has sealed, and says which fields have no
place on a side and what that makes impossible. Then it reads both sides and reports on their data: what would be
refused or asked about when they are linked, what is worth mending, what is good to know, grouped by what to do. It
writes to no system and opens no ledger. People who are not in scope are counted only.

What to do is said in German, French, Italian or English: --language, else the language of your shell.

With --to FOLDER the whole report is written as LINK-check.html and LINK-check.csv, over older ones: each finding
with the person, what is held, and a proposed correction where one can be known. These files hold personal data, are
readable by you alone, and are yours to delete. On standard output there are values only with --values.`,
		Example: `  passerelle check
  passerelle check tv-beispiel --to report --language de
  passerelle check tv-beispiel --json | jq '.quality.counts'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := a.untilInterrupted(cmd.Context())
			defer stop()
			return a.check(ctx, args, q)
		},
	}
	cmd.Flags().StringVar(&q.folder, "to", "", "write the whole report, with personal data, as HTML and CSV into `FOLDER`; it is made when there is none")
	cmd.Flags().StringVar(&q.language, "language", "", "the `LANGUAGE` of the report: de, fr, it or en")
	cmd.Flags().BoolVar(&q.values, "values", false, "also names, what is held and what is proposed: personal data")
	languages := []string{}
	for _, l := range quality.Languages() {
		languages = append(languages, string(l))
	}
	_ = cmd.RegisterFlagCompletionFunc("language", cobra.FixedCompletions(languages, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

// A checked is what check finds out about a link.
type checked struct {
	Link  string                      `json:"link"`
	Sides map[record.Side]checkedSide `json:"sides"`
	Gaps  []gap                       `json:"gaps"`

	Quality quality.Report `json:"quality"`
	Files   []string       `json:"files,omitempty"` // where the report was written to
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

func (a *app) check(ctx context.Context, args []string, q checkQuestion) error {
	language, err := languageOf(q.language, a.getenv)
	if err != nil {
		return err
	}
	checker, err := quality.New()
	if err != nil {
		return err
	}
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
		found, ended, err := a.checkLink(ctx, c, l, client, checker)
		if err != nil {
			return err
		}
		if q.folder != "" {
			if found.Files, err = writeQuality(q.folder, checker.Catalogue, language, quality.Heading{Link: l.ID, Date: a.today()}, found.Quality); err != nil {
				return fmt.Errorf("link %s: the report could not be written: %w; name another folder with --to", l.ID, err)
			}
		}
		if !q.values {
			found.Quality = found.Quality.WithoutValues()
		}
		result, err := json.Marshal(found)
		if err != nil {
			return err
		}
		results, code = append(results, result), worst(code, ended)
	}
	if err := a.print(results, len(links) > 1, errand[checked]{tell: func(text *strings.Builder, found checked) {
		tellChecked(text, found)
		tellQuality(text, checker.Catalogue, language, found)
	}}.text); err != nil {
		return err
	}
	return exitWith(code)
}

func (a *app) checkLink(
	ctx context.Context, c config.Config, l config.Link, client *httpx.Client, checker *quality.Checker,
) (checked, int, error) {
	found := checked{Link: l.ID, Sides: map[record.Side]checkedSide{}, Gaps: []gap{}}
	s, err := a.setting(c, l, client)
	if err != nil {
		return found, 0, err
	}
	code := exitDone
	in := quality.Input{Today: a.today(), Schema: s.schema, Sides: map[record.Side]quality.Side{}}
	bar := newBar(a.stderr)
	defer bar.close()
	for _, side := range record.Sides() {
		end := s.sides[side]
		account, err := reached(ctx, side, end)
		found.Sides[side] = checkedSide{
			Reached: err == nil, Organisation: account.Organisation, Name: account.Name, CanWrite: account.CanWrite,
			WindowClosed: account.WindowClosed, Expires: account.Expires,
		}
		shown := quality.Side{Profile: end.Profile}
		if err != nil {
			found.Sides[side] = checkedSide{Reason: err.Error(), Next: strings.ReplaceAll(port.As(err).Advice, "LINK", l.ID)}
		} else {
			shown.Listing, err = listing.Read(ctx, end.System, account, end.Profile, in.Today, func(kind string, read int) {
				bar.progress("reading "+string(side)+" "+kind, read, 0)
			})
		}
		if ctx.Err() != nil {
			return found, 0, context.Cause(ctx)
		}
		if err != nil {
			shown.Problem = err.Error()
			code = worst(code, max(codeOf(systemError(l.ID, err)), exitFailed))
		}
		in.Sides[side] = shown
		for _, g := range end.Profile.Gaps() {
			found.Gaps = append(found.Gaps, gap{Side: side, Record: g.Kind, Field: g.Field, Sentence: g.Sentence})
		}
	}
	found.Quality = checker.Check(in)
	return found, code, nil
}

// reached asks a system who we are, and refuses to be somebody else.
func reached(ctx context.Context, side record.Side, end connector.End) (port.Account, error) {
	account, err := end.System.Check(ctx)
	if err == nil && account.Organisation != end.Organisation {
		err = &port.Error{Next: port.Token, Reason: "the secret is another organisation's", Advice: "run passerelle connect LINK " + string(side)}
	}
	return account, err
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
