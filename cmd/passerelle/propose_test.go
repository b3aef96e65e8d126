package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"passerelle/club/fairgate"
	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
	"passerelle/mapping"
)

// proposalFile is what connect writes for the simulated link.
const proposalFile = simulation.LinkID + "-profile.yaml"

// unprofiled takes the overlay out of the configuration of a world.
func (w *world) unprofiled(tb testing.TB) *world {
	tb.Helper()
	w.edit(tb, ", profile: "+simulation.OverlayFile, "")
	return w
}

// edit replaces a text of the configuration.
func (w *world) edit(tb testing.TB, before, after string) {
	tb.Helper()
	path := filepath.Join(w.folder, "passerelle.yaml")
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// TestAProposalReadsLikeTheClubsOwnProfile takes the proposal for the overlay that an admin who knows the club has written: every
// contact has to be read the same, whichever secret came first.
func TestAProposalReadsLikeTheClubsOwnProfile(t *testing.T) {
	t.Parallel()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		for _, first := range record.Sides() {
			t.Run(string(shape)+" shape, "+string(first)+" first", func(t *testing.T) {
				t.Parallel()
				w := served(t, simulation.Config{Seed: 7, Members: 300, Shape: shape, Tune: func(c *fairgatetest.Config, _ *stvtest.Config) {
					c.ListArchived = true
				}}, "", nil).unprofiled(t)
				w.leave(8)
				secret := map[record.Side]string{record.Club: simulation.AccessKey, record.Federation: simulation.Token}
				for _, side := range []record.Side{first, first.Other()} {
					w.begin(t, secret[side], "connect", simulation.LinkID, string(side)).end(exitDone)
				}
				want, got := overlaid(t, w, simulation.OverlayFile), overlaid(t, w, proposalFile)
				read := 0
				for _, doc := range w.contacts(t) {
					expected, err := want.Take(doc, record.Date{Year: 2026, Month: 11, Day: 27})
					if err != nil {
						t.Fatal(err)
					}
					taken, err := got.Take(doc, record.Date{Year: 2026, Month: 11, Day: 27})
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(expected, taken, cmp.Comparer(func(a, b record.Value) bool { return a == b })); diff != "" {
						t.Fatalf("%s (-own profile +proposal):\n%s", doc.Ref, diff)
					}
					read += len(taken.Records)
				}
				if read < 600 { // a member and an affiliation each
					t.Errorf("%d records were read", read)
				}
			})
		}
	}
}

// leave archives members at the club, each with the date of the exit in the custom field that the club has for it.
func (w *world) leave(n int) {
	for _, c := range w.ClubSystem.Contacts()[:n] {
		w.ClubSystem.Edit(c.Basefields.ContactID, func(c *fairgatetest.Contact) {
			c.Status, c.CustomFields["103"] = "archived", "2026-06-30"
		})
	}
}

func overlaid(tb testing.TB, w *world, file string) *mapping.Profile {
	tb.Helper()
	p, err := mapping.Load("fairgate", filepath.Join(w.folder, file), mapping.Link{Constants: map[string]string{"clubNumber": simulation.ClubNumber}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// contacts reads every contact of the club.
func (w *world) contacts(tb testing.TB) []record.Document {
	tb.Helper()
	client := httpx.New(httpx.Config{Now: time.Now, After: time.After, Log: zerolog.Nop()})
	tb.Cleanup(client.Close)
	key := func(context.Context) (string, error) { return simulation.AccessKey, nil }
	system, err := fairgate.New(fairgate.Config{URL: w.club.URL, Organisation: simulation.Organisation, Key: key, HTTP: client, Now: time.Now})
	if err != nil {
		tb.Fatal(err)
	}
	var all []record.Document
	for _, kind := range system.Kinds() {
		if _, err := system.List(tb.Context(), kind, func(page []record.Document) error {
			all = append(all, page...)
			return nil
		}); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}
