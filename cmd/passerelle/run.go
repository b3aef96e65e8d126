package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rs/zerolog"

	"passerelle/club/fairgate"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/internal/config"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
	"passerelle/internal/secrets"
	"passerelle/mapping"
)

// domain is what the links of today are about.
const domain = "club"

// A secret is given out whenever it is needed, so that one given anew to `connect` counts without a restart.
type secret func(ctx context.Context) (string, error)

// A setting is what the configuration makes of one link: everything but its ledger.
type setting struct {
	config.Link
	schema *record.Schema
	policy *conflicts.Policy
	sides  map[record.Side]connector.End
	tariff connector.Tariff
	hashes map[string]string
}

// An opened is a link with its ledger.
type opened struct {
	setting
	link   *connector.Link
	ledger *ledger.Ledger
	beat   string // the file that holds the time of the last success
	sign   func() // shows a sign of life to whoever supervises the daemon; nil where nobody does

	verifiedFile string // holds what the last verification came to
}

// network returns the one client through which the systems are asked.
func (a *app) network(c config.Config, log zerolog.Logger) *httpx.Client {
	return httpx.New(httpx.Config{Dial: a.dial, Now: a.now, After: a.after, Plain: plainHosts(c), Log: log})
}

// setting makes a link of its configuration. It opens no file but the profile and sends nothing; its error names
// everything that is wrong.
func (a *app) setting(c config.Config, l config.Link, client *httpx.Client) (setting, error) {
	s := setting{Link: l, sides: map[record.Side]connector.End{}}
	n, err := a.named(l)
	if err != nil {
		return s, usage(err)
	}
	s.schema, s.policy, s.tariff = n.schema, n.policy, n.tariff
	s.sides[record.Club] = connector.End{Profile: n.club, Organisation: l.Club.Organisation}
	s.sides[record.Federation] = connector.End{Profile: n.federation, Organisation: l.Federation.Club}
	s.hashes = map[string]string{"club": n.club.Hash(), "federation": n.federation.Hash(), "policy": hashOfPolicy(s.schema, s.policy)}
	for side, end := range s.sides {
		if end.System, err = a.system(l, side, end.Profile, client, a.sealed(c.State, l.ID, side)); err != nil {
			return s, usage(fmt.Errorf("link %s: %w", l.ID, err))
		}
		s.sides[side] = end
	}
	return s, nil
}

// named is what the configuration of a link names.
type named struct {
	schema           *record.Schema
	club, federation *mapping.Profile
	policy           *conflicts.Policy
	tariff           connector.Tariff
}

// named loads what the configuration of a link names: its profiles, with the overlay, its policy and its tariff. Where a system or the
// club's number is missing, which the configuration has said, what hangs on it is left out. The error names everything that is wrong.
func (a *app) named(l config.Link) (n named, err error) {
	if n.schema, err = mapping.Schema(domain); err != nil {
		return n, err
	}
	fit := mapping.Link{Constants: map[string]string{"clubNumber": l.Federation.Club}, Categories: l.Scope.Categories}
	var wrong []error
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("link %s: %w", l.ID, err))
		}
	}
	if l.Club.System != "" {
		n.club, err = mapping.Load(l.Club.System, l.Club.Profile, fit)
		note(err)
	}
	if l.Federation.System != "" && l.Federation.Club != "" {
		n.federation, err = mapping.Load(l.Federation.System, "", fit)
		note(err)
	}
	if l.Club.System != "" && l.Federation.System != "" {
		n.policy, err = a.policy(n.schema, l)
		note(err)
	}
	n.tariff, err = tariffOf(l)
	note(err)
	return n, errors.Join(wrong...)
}

// system returns one side of a link. Here stands the one line that a new system needs.
func (a *app) system(l config.Link, side record.Side, profile *mapping.Profile, client *httpx.Client, s secret) (port.System, error) {
	switch profile.System() {
	case "fairgate":
		return fairgate.New(fairgate.Config{
			URL: l.Club.URL, Organisation: l.Club.Organisation, Key: s, HTTP: client, Now: a.now,
		})
	case "stv":
		selected := map[string][]string{}
		for _, kind := range (*stv.System)(nil).Kinds() {
			selected[kind] = profile.Select(kind)
		}
		return stv.New(stv.Config{
			URL: l.Federation.URL, Club: l.Federation.Club, Token: s, HTTP: client, Select: selected, Now: a.now,
		})
	}
	return nil, fmt.Errorf("there is no system %q for the %s", profile.System(), side)
}

// sealed returns the secret that `connect` has sealed for one side of a link.
func (a *app) sealed(state, link string, side record.Side) secret {
	return func(context.Context) (string, error) {
		given, err := a.givenKey()
		if err != nil {
			return "", err
		}
		key, err := secrets.OpenKey(state, given)
		if err != nil {
			return "", err
		}
		s, err := secrets.Open(state, key, a.random).Get(link, string(side))
		return s.Reveal(), err
	}
}

// givenKey returns the key that does not lie in the state folder: the environment's, else the service manager's; empty
// without either.
func (a *app) givenKey() (string, error) {
	if given := a.getenv(secrets.KeyVariable); given != "" {
		return given, nil
	}
	return secrets.Credential(a.getenv("CREDENTIALS_DIRECTORY"))
}

// policy returns the policy of the link's pair of systems. An override keeps what it does not name.
func (a *app) policy(schema *record.Schema, l config.Link) (*conflicts.Policy, error) {
	name := l.Club.System + "+" + l.Federation.System
	builtIn, err := conflicts.LoadPolicy(name, schema, nil)
	if err != nil {
		return nil, err
	}
	rules := map[string]conflicts.Rule{}
	for place, given := range l.Policy {
		var rule conflicts.Rule
		kind, field, _ := strings.Cut(place, ".")
		if def := schema.Kind(record.Kind(kind)); def != nil && def.Field(record.Field(field)) != nil {
			rule = builtIn.Of(def.Name, record.Field(field))
		}
		if given.Owner != "" {
			rule.Owner = conflicts.Owner(given.Owner)
		}
		if given.Both != "" {
			rule.Both = conflicts.Verb(given.Both)
		}
		rules[place] = rule
	}
	return conflicts.LoadPolicy(name, schema, rules)
}

// hashOfPolicy returns a digest of every rule: another one means that the settings have changed.
func hashOfPolicy(schema *record.Schema, p *conflicts.Policy) string {
	var rules []any
	for _, k := range schema.Kinds {
		for _, f := range k.Fields {
			rules = append(rules, k.Name, f.Name, p.Of(k.Name, f.Name))
		}
	}
	text, err := json.Marshal(rules)
	if err != nil {
		panic("rules that cannot be written as JSON: " + err.Error()) // they are texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// watching is who is told of runs, under way and ended; each may be nil.
type watching struct {
	progress connector.Progress
	alive    func(link string) // of every step of a run
	ran      func(link string, r connector.Ran)
}

// steps is told of every step of a link's runs.
func (w watching) steps(link string) connector.Progress {
	return func(step string, done, total int) {
		if w.progress != nil {
			w.progress(step, done, total)
		}
		if w.alive != nil {
			w.alive(link)
		}
	}
}

// open opens the ledgers of links and builds the links on them. What it returns is the caller's to
// close; with an error there is nothing to close.
func (a *app) open(
	ctx context.Context, c config.Config, links []config.Link, client *httpx.Client, log zerolog.Logger, w watching,
) ([]*opened, error) {
	settings, err := a.settings(c, links, client)
	if err != nil {
		return nil, err
	}
	var all []*opened
	for _, s := range settings {
		one, err := a.openOne(ctx, c, s, log, w)
		if err != nil {
			return nil, errors.Join(err, closeAll(all))
		}
		all = append(all, one)
	}
	return all, nil
}

// settings makes links of their configuration. Its error names everything that is wrong with any of them.
func (a *app) settings(c config.Config, links []config.Link, client *httpx.Client) ([]setting, error) {
	var all []setting
	var wrong []error
	for _, l := range links {
		s, err := a.setting(c, l, client)
		all, wrong = append(all, s), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, usage(err)
	}
	return all, nil
}

func (a *app) openOne(ctx context.Context, c config.Config, s setting, log zerolog.Logger, w watching) (*opened, error) {
	l := s.Link
	store, err := ledger.Open(ctx, ledgerPath(c.State, l.ID), ledger.Options{})
	if err != nil {
		return nil, fmt.Errorf("link %s: %w", l.ID, advised(err))
	}
	return &opened{
		setting: s, ledger: store, beat: filepath.Join(c.State, l.ID+".beat"), verifiedFile: filepath.Join(c.State, l.ID+".verified"),
		link: connector.New(connector.Config{
			ID: l.ID, Sides: s.sides, Store: store, Schema: s.schema, Policy: s.policy, Settings: s.hashes,
			Guards: connector.Guards{
				Ends: connector.Limit(l.Guards.Ends), Clears: connector.Limit(l.Guards.Clears),
				Categories: connector.Limit(l.Guards.Categories), Changes: connector.Limit(l.Guards.Changes),
				Pinned: l.Guards.Pinned,
			},
			Waves: wavesOf(l.Waves), Tariff: s.tariff,
			Poll: l.Poll, Now: a.now, Log: log.With().Str("link", l.ID).Logger(), Progress: w.steps(l.ID),
			Observe: func(r connector.Ran) {
				if w.ran != nil {
					w.ran(l.ID, r)
				}
			},
			Tally: tally(filepath.Join(c.State, l.ID+".runs")),
		}),
	}, nil
}

// tariffOf reads the tariff that a link names; the zero Tariff where it names none.
func tariffOf(l config.Link) (connector.Tariff, error) {
	if l.Tariff == "" {
		return connector.Tariff{}, nil
	}
	t, err := config.LoadTariff(l.Tariff)
	return connector.Tariff{Currency: t.Currency, Of: t.Of}, err
}

// wavesOf returns the mass changes that the configuration declares.
func wavesOf(given []config.Wave) []connector.Wave {
	waves := make([]connector.Wave, len(given))
	for i, w := range given {
		waves[i] = connector.Wave(w)
	}
	return waves
}

// advised says besides what to do about a ledger that does not open, or cannot be written.
func advised(err error) error {
	switch {
	case errors.Is(err, ledger.ErrBusy):
		return fmt.Errorf("%w; wait until it is done, or stop it", err)
	case errors.Is(err, ledger.ErrNewer):
		return fmt.Errorf("%w; nothing was changed", err)
	case errors.Is(err, ledger.ErrCorrupt):
		return fmt.Errorf("%w; put back your last copy of it with passerelle restore", err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w; free some space and run it again: the next run finds its way by reading", err)
	}
	return err
}

func closeAll(links []*opened) error {
	var errs []error
	for _, l := range links {
		errs = append(errs, l.ledger.Close())
	}
	return errors.Join(errs...)
}
