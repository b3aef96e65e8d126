package connector_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"passerelle/club/fairgate"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
	"passerelle/mapping"
)

// poll is the time between two runs in these tests.
const poll = 15 * time.Minute

// A bench is a link between two simulated systems over real HTTP, with a ledger on disk.
type bench struct {
	tally  connector.Tally // may be nil
	tb     testing.TB
	net    network
	clock  *clock
	world  *simulation.World
	ledger *ledger.Ledger
	path   string
	link   *connector.Link

	clubURL, federationURL string
	clubTap, federationTap func(port.System) port.System
	storeTap               func(port.Store) port.Store
	inTurn                 bool // in a bubble: the federation is not asked before the club has said all
	guards                 connector.Guards
	waves                  []connector.Wave
	policy                 map[string]conflicts.Rule // what the link says otherwise than the built-in policy
	overlay                func(string) string       // what the link's profile says otherwise; may be nil
	log                    zerolog.Logger
	logged                 *lines // all that was logged, at the most talkative level
}

// lines is a text that several goroutines add to.
type lines struct {
	mu   sync.Mutex
	text []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// A clock is told what time it is.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// move sets the clock to another time zone; the moment stays.
func (c *clock) move(zone *time.Location) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.In(zone)
}

// newBench serves a world and links it.
func newBench(tb testing.TB, config simulation.Config) *bench {
	tb.Helper()
	return newBenchOn(tb, config, loopback{})
}

// newBenchOn does that over another network.
func newBenchOn(tb testing.TB, config simulation.Config, over network) *bench {
	tb.Helper()
	logged := &lines{}
	b := &bench{
		tb: tb, net: over, clock: &clock{now: time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)},
		log: zerolog.New(logged).Level(zerolog.DebugLevel), logged: logged,
		path: filepath.Join(tb.TempDir(), "state", "tv-beispiel.db"),
		guards: connector.Guards{
			Ends: connector.Limit{Count: 3, Percent: 1}, Clears: connector.Limit{Count: 5, Percent: 2},
			Categories: connector.Limit{Count: 5, Percent: 2}, Changes: connector.Limit{Count: 20, Percent: 10},
		},
	}
	config.Now = b.clock.Now
	b.world = simulation.New(config)
	b.clubURL, b.federationURL = over.serve(tb, b.world.ClubSystem), over.serve(tb, b.world.FederationSystem)
	b.open()
	tb.Cleanup(func() { _ = b.ledger.Close() })
	tb.Cleanup(func() { b.discreet("the log", logged.String()) })
	return b
}

// open opens the ledger and builds the link on it, as a new process would.
func (b *bench) open() {
	b.tb.Helper()
	opened, err := ledger.Open(b.tb.Context(), b.path, ledger.Options{})
	if err != nil {
		b.tb.Fatal(err)
	}
	b.ledger = opened
	b.link = connector.New(b.config())
}

func (b *bench) config() connector.Config {
	b.tb.Helper()
	schema, err := mapping.Schema("club")
	if err != nil {
		b.tb.Fatal(err)
	}
	policy, err := conflicts.LoadPolicy("fairgate+stv", schema, b.policy)
	if err != nil {
		b.tb.Fatal(err)
	}
	scope := mapping.Link{
		Constants:  map[string]string{"clubNumber": simulation.ClubNumber},
		Categories: []string{"01-09", "12", "13", "28", "29"},
	}
	overlay := b.world.Overlay()
	if b.overlay != nil {
		overlay = b.overlay(overlay)
	}
	clubProfile, err := mapping.LoadText("fairgate", []byte(overlay), simulation.OverlayFile, scope)
	if err != nil {
		b.tb.Fatal(err)
	}
	federationProfile, err := mapping.Load("stv", "", scope)
	if err != nil {
		b.tb.Fatal(err)
	}
	club, federation := b.systems(federationProfile)
	var store port.Store = b.ledger
	if b.storeTap != nil {
		store = b.storeTap(store)
	}
	return connector.Config{
		ID: "tv-beispiel",
		Sides: map[record.Side]connector.End{
			record.Club:       {System: club, Profile: clubProfile, Organisation: simulation.Organisation},
			record.Federation: {System: federation, Profile: federationProfile, Organisation: simulation.ClubNumber},
		},
		Store: store, Schema: schema, Policy: policy, Guards: b.guards, Waves: b.waves,
		Settings: map[string]string{"club": clubProfile.Hash(), "federation": federationProfile.Hash()},
		Poll:     poll, Now: b.clock.Now, Log: b.log, Tally: b.tally,
	}
}

func (b *bench) systems(federationProfile *mapping.Profile) (club, federation port.System) {
	b.tb.Helper()
	client := httpx.New(httpx.Config{Dial: b.net.dial, Now: b.clock.Now, After: atOnce, RetryMax: -1, Log: b.log})
	b.tb.Cleanup(client.Close)
	fg, err := fairgate.New(fairgate.Config{
		URL: b.clubURL, Organisation: simulation.Organisation, HTTP: client, Now: b.clock.Now,
		Key: func(context.Context) (string, error) { return simulation.AccessKey, nil },
	})
	if err != nil {
		b.tb.Fatal(err)
	}
	selected := map[string][]string{}
	for _, kind := range []string{"members", "affiliations", "functions", "subscriptions"} {
		selected[kind] = federationProfile.Select(kind)
	}
	fed, err := stv.New(stv.Config{
		PageSize: 100,
		URL:      b.federationURL, Club: simulation.ClubNumber, HTTP: client, Select: selected, Now: b.clock.Now,
		Token: func(context.Context) (string, error) { return simulation.Token, nil },
	})
	if err != nil {
		b.tb.Fatal(err)
	}
	club, federation = fg, fed
	if b.clubTap != nil {
		club = b.clubTap(club)
	}
	if b.federationTap != nil {
		federation = b.federationTap(federation)
	}
	if b.inTurn {
		federation = patient(federation)
	}
	return club, federation
}

// atOnce lets what a host asks us to wait pass at once.
func atOnce(time.Duration) <-chan time.Time {
	c := make(chan time.Time, 1)
	c <- time.Time{}
	return c
}

// run carries out one cycle, one poll after the last.
func (b *bench) run() connector.Report {
	b.tb.Helper()
	b.clock.Add(poll)
	report, err := b.link.RunOnce(b.tb.Context(), connector.Options{})
	if err != nil {
		b.tb.Fatal(err)
	}
	return report
}

// approve approves everything that waits.
func (b *bench) approve() {
	b.tb.Helper()
	plan, err := b.link.Held(b.tb.Context())
	if err != nil {
		b.tb.Fatal(err)
	}
	if plan.ID == "" {
		b.tb.Fatal("no plan waits")
	}
	if _, err := b.link.Approve(b.tb.Context(), plan.ID, plan.Persons, connector.Only{}); err != nil {
		b.tb.Fatal(err)
	}
}

// text shows a report in a failed test.
func text(r connector.Report) string {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(data)
}
