package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rs/zerolog"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
	"passerelle/mapping/propose"
)

// sealed lists the sides of the link whose secret is sealed.
func (w *world) sealed(tb testing.TB) []string {
	tb.Helper()
	files, err := os.ReadDir(filepath.Join(w.folder, "state", "secrets"))
	if err != nil && !os.IsNotExist(err) {
		tb.Fatal(err)
	}
	sides := []string{}
	for _, f := range files {
		sides = append(sides, strings.TrimPrefix(f.Name(), simulation.LinkID+"."))
	}
	return sides
}

func TestAnotherClubsSecretIsRefusedOnBothSides(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 20, Tune: func(c *fairgatetest.Config, _ *stvtest.Config) { c.Claim = "another" }}, "", nil)
	for side, secret := range map[string]string{"club": simulation.AccessKey, "federation": neighbourToken} {
		c := w.begin(t, secret, "connect", simulation.LinkID, side)
		c.end(exitSecret)
		if !strings.Contains(c.stderr.String(), "nothing was sealed") {
			t.Errorf("%s: it does not say that nothing was sealed: %s", side, c.stderr)
		}
	}
	if got := w.sealed(t); len(got) > 0 {
		t.Errorf("sealed: %v", got)
	}
}

// mirror has another interface carry changes of n people to both sides, one every 25 hours, the last an hour ago.
func (w *world) mirror(tb testing.TB, n int) {
	tb.Helper()
	for i, p := range w.People.Of(population.Member)[10 : 10+n] {
		seen := w.Person(p.N)
		at := -time.Duration(1+25*i) * time.Hour
		w.ClubSystem.SetSkew(at)
		w.ClubSystem.Edit(strings.TrimPrefix(seen.Club[0].Ref, "contact/"), func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Neue Gasse 3" })
		w.FederationSystem.SetSkew(at + 20*time.Second)
		err := w.FederationSystem.EditMember(strings.TrimPrefix(seen.Federation[0].Ref, "members/"), func(m *stvtest.Member) { m.Street = "Neue Gasse 3" })
		if err != nil {
			tb.Fatal(err)
		}
	}
	w.ClubSystem.SetSkew(0)
	w.FederationSystem.SetSkew(0)
}

func TestConnectRefusesAClubWhereAnotherInterfaceIsActive(t *testing.T) {
	t.Parallel()
	for _, profile := range []bool{true, false} { // people are found by their number, and where it has no place by who they are
		for _, first := range record.Sides() {
			w := served(t, simulation.Config{Seed: 7, Members: 60}, "", nil)
			if !profile {
				w.unprofiled(t)
			}
			w.mirror(t, 5)
			secret := map[record.Side]string{record.Club: simulation.AccessKey, record.Federation: simulation.Token}
			w.begin(t, secret[first], "connect", simulation.LinkID, string(first)).end(exitDone)
			c := w.begin(t, secret[first.Other()], "connect", simulation.LinkID, string(first.Other()))
			c.end(exitFailed)
			for _, part := range []string{"another interface", "switch it off", "a day later", "nothing was sealed"} {
				if !strings.Contains(c.stderr.String(), part) {
					t.Errorf("%s first: it does not say %q: %s", first, part, c.stderr)
				}
			}
			if got, want := w.sealed(t), []string{string(first)}; !cmp.Equal(got, want) {
				t.Errorf("sealed: got %v, want %v", got, want)
			}
		}
	}
}

// TestALinkThatHasWrittenIsNotTakenForAnotherInterface connects a new token of a link that has left such stamps by itself.
func TestALinkThatHasWrittenIsNotTakenForAnotherInterface(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60}, "", nil)
	w.connect(t)
	w.passerelle(t, exitHeld, "sync")
	w.mirror(t, 6)
	w.connect(t)
}

func TestConnectSaysWhatTheRightsMakeOfTheLink(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 20}, "", nil)
	w.begin(t, simulation.AccessKey, "connect", simulation.LinkID, "club").end(exitDone)
	w.FederationSystem.SetWriteWindow("closed")
	out := w.begin(t, readingToken, "connect", simulation.LinkID, "federation").end(exitDone)
	for _, part := range []string{
		"It may read and not write", "takes no changes at the moment",
		"Data flow: one way, from the federation to the club: nothing is written to the federation",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("it does not say %q:\n%s", part, out)
		}
	}
}

// TestWhatCannotBeReadPreventsNoSealing breaks the list of either side while a secret is given.
func TestWhatCannotBeReadPreventsNoSealing(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"contacts.list", "members.list"} {
		w := served(t, simulation.Config{Seed: 7, Members: 60}, "", nil).unprofiled(t)
		w.begin(t, simulation.Token, "connect", simulation.LinkID, "federation").end(exitDone)
		w.fault(t, fault+" truncated")
		c := w.begin(t, simulation.AccessKey, "connect", simulation.LinkID, "club")
		c.end(exitDone)
		if !strings.Contains(c.stderr.String(), "could not be looked at, which prevents nothing: list ") {
			t.Errorf("%s: it does not say so: %s", fault, c.stderr)
		}
		if got, want := w.sealed(t), []string{"club", "federation"}; !cmp.Equal(got, want) {
			t.Errorf("%s: sealed: got %v, want %v", fault, got, want)
		}
	}
}

// setting returns what the world's configuration makes of its link.
func (w *world) setting(tb testing.TB) *setting {
	tb.Helper()
	a := &app{process: process{now: time.Now, getenv: func(string) string { return "" }}, configPath: filepath.Join(w.folder, "passerelle.yaml")}
	c, err := a.config()
	if err != nil {
		tb.Fatal(err)
	}
	client := a.network(c, zerolog.Nop())
	tb.Cleanup(client.Close)
	s, err := a.setting(c, c.Links[0], client)
	if err != nil {
		tb.Fatal(err)
	}
	return &s
}

// TestAProposalThatCannotBeWrittenIsPrinted has a configuration in a folder that the service may not write to.
func TestAProposalThatCannotBeWrittenIsPrinted(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60}, "", nil).unprofiled(t)
	s := w.setting(t)
	in := proposalInput(s, map[record.Side]list{record.Club: {docs: w.contacts(t)}}, time.Now())
	p, err := propose.Overlay(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := writeProposal(filepath.Join(w.folder, "nowhere", proposalFile), s, in, &p)
	if err != nil || !strings.HasSuffix(out, "\n\n"+p.Text()) {
		t.Errorf("got %v and:\n%s", err, out)
	}
}

// TestAnExchangeFollowsFromTheConfiguration changes what decides what leaves the club, and looks at what leaves.
func TestAnExchangeFollowsFromTheConfiguration(t *testing.T) {
	t.Parallel()
	placed := []string{
		"member.lastName", "member.firstName", "member.birthDate", "member.gender", "member.language", "member.street", "member.postalCode",
		"member.city", "member.country", "member.email", "member.phoneMobile", "affiliation.category", "affiliation.entryDate",
		"affiliation.exitDate", "function", "subscription", "subscription.delivery",
	}
	ours := []string{"member.nationality", "member.addressSupplement", "member.emailAlternative", "member.phonePrivate", "member.phoneBusiness"}
	rows := []struct {
		name       string
		config     string // replaces the end of the link
		tune       func(*testing.T, *world)
		out, later []string
		gone, come []string // what no longer comes back from the federation, and what does besides
		stays      []string
	}{
		{name: "as it is", out: placed, later: ours},
		{
			name: "the policy leaves the phone to the federation", config: "    policy: {member.phoneMobile: {owner: federation}}\n",
			out: without(placed, "member.phoneMobile"), later: ours, stays: []string{"member.phoneMobile"},
		},
		{
			name: "the policy leaves the phone to the club", config: "    policy: {member.phoneMobile: {owner: club}}\n",
			out: placed, later: ours, gone: []string{"member.phoneMobile"},
		},
		{
			name: "the policy lets the club say who has died", config: "    policy: {member.deceasedOn: {owner: both}}\n",
			out: placed, later: append(slices.Clone(ours), "member.deceasedOn"),
		},
		{
			name: "the overlay places a second phone", tune: func(t *testing.T, w *world) {
				t.Helper()
				w.overlay(t, "places:\n", "places:\n  phonePrivate: communication.handy2\n")
			},
			out: append(slices.Clone(placed), "member.phonePrivate"), later: without(ours, "member.phonePrivate"), come: []string{"member.phonePrivate"},
		},
		{
			name: "there is no overlay", tune: func(t *testing.T, w *world) {
				t.Helper()
				w.unprofiled(t)
			},
			out:   without(placed, "affiliation.category", "affiliation.exitDate", "function", "subscription", "subscription.delivery"),
			later: append(slices.Clone(ours), "affiliation.category", "affiliation.exitDate", "function", "subscription"),
			gone:  []string{"member.memberNumber", "affiliation.category", "affiliation.exitDate", "subscription.delivery"},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := served(t, simulation.Config{Seed: 7, Members: 20}, tt.config, nil)
			if tt.tune != nil {
				tt.tune(t, w)
			}
			back := append(append(without(placed, "member.email"), "member.memberNumber"), tt.come...)
			want := exchange{
				federation: "stv " + simulation.ClubNumber, out: tt.out, later: tt.later, back: without(back, tt.gone...), stays: tt.stays,
				categories: []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "12", "13", "28", "29"},
			}
			sorted := cmpopts.SortSlices(func(a, b string) bool { return a < b })
			if diff := cmp.Diff(want, exchangeOf(w.setting(t)), cmp.AllowUnexported(exchange{}), sorted, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// without returns a list without some of its texts.
func without(list []string, some ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(some, one) })
}

// overlay replaces a text of the overlay.
func (w *world) overlay(tb testing.TB, before, after string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, simulation.OverlayFile), []byte(strings.Replace(w.Overlay(), before, after, 1)), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// fault breaks answers of the world, as faults.Parse reads it.
func (w *world) fault(tb testing.TB, text string) {
	tb.Helper()
	rule, err := faults.Parse(text)
	if err == nil {
		err = w.AddFaults(rule)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
