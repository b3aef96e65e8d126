package simulation_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
	"passerelle/internal/simulation"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noon() time.Time { return time.Date(2026, time.March, 15, 11, 0, 0, 0, time.UTC) }

func world(c simulation.Config) *simulation.World {
	c.Now = noon
	return simulation.New(c)
}

// worlds runs a test on small and larger clubs of several seeds and both shapes.
func worlds(t *testing.T, inStep bool, test func(*testing.T, *simulation.World)) {
	t.Helper()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		for _, members := range []int{60, 300} {
			for seed := range uint64(3) {
				t.Run(fmt.Sprintf("%s shape, %d members, seed %d", shape, members, seed), func(t *testing.T) {
					t.Parallel()
					test(t, world(simulation.Config{Seed: seed, Members: members, Shape: shape, InStep: inStep}))
				})
			}
		}
	}
}

func TestTwoSidesInStepHoldTheSame(t *testing.T) {
	t.Parallel()
	worlds(t, true, func(t *testing.T, w *simulation.World) {
		t.Helper()
		if got := w.Differences(); len(got) > 0 {
			t.Errorf("%d differences, the first %+v", len(got), got[0])
		}
		if n := len(w.Twice()) + len(w.Missing()) + len(w.Apart()); n != 0 {
			t.Errorf("%d people twice, missing or apart", n)
		}
		members := 0
		for _, s := range w.Everybody() {
			if len(s.Club) == 1 && len(s.Federation) == 1 && s.Club[0].Life == simulation.Present && s.Federation[0].Life == simulation.Present {
				members++
			}
		}
		if members != w.People.Members {
			t.Errorf("%d members on both sides, want %d", members, w.People.Members)
		}
	})
}

// TestWhatHasGrownApartIsWhatDiffers derives from the list what the stores must show, and looks.
func TestWhatHasGrownApartIsWhatDiffers(t *testing.T) {
	t.Parallel()
	worlds(t, false, func(t *testing.T, w *simulation.World) {
		t.Helper()
		var want, got []string
		var wantMissing, gotMissing []int
		kinds := map[simulation.ApartKind]int{}
		for _, a := range w.Apart() {
			kinds[a.Kind]++
			for _, field := range a.Fields {
				want = append(want, fmt.Sprintf("M%d member.%s", a.N, field))
			}
			if a.Kind == simulation.Unnumbered || a.Kind == simulation.Unlisted {
				wantMissing = append(wantMissing, a.N)
			}
		}
		for _, d := range w.Differences() {
			got = append(got, fmt.Sprintf("M%d %s", d.N, d.Field))
		}
		for _, s := range w.Missing() {
			gotMissing = append(gotMissing, s.N)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what differs is not what has grown apart (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantMissing, gotMissing); diff != "" {
			t.Errorf("who is missing on a side is not who is known to one only (-want +got):\n%s", diff)
		}
		if len(w.Twice()) != 0 {
			t.Error("somebody stands twice")
		}
		m := w.People.Members
		few := map[int]int{60: 2, 300: 3}[m]
		wantKinds := map[simulation.ApartKind]int{
			simulation.Missing: m * 15 / 100, simulation.Differs: max(1, m*2/100),
			simulation.Unnumbered: few, simulation.Unlisted: few, simulation.SharedEmail: 1,
		}
		if diff := cmp.Diff(wantKinds, kinds); diff != "" {
			t.Errorf("how much has grown apart (-want +got):\n%s", diff)
		}
	})
}

func TestAWorldIsDeterminedByItsSeed(t *testing.T) {
	t.Parallel()
	made := func(seed uint64) ([]fairgatetest.Contact, []stvtest.Member) {
		w := world(simulation.Config{Seed: seed, Members: 80})
		if _, err := w.Edits(); err != nil {
			t.Fatal(err)
		}
		return w.ClubSystem.Contacts(), w.FederationSystem.Members()
	}
	contacts, members := made(5)
	again, membersAgain := made(5)
	if diff := cmp.Diff(contacts, again); diff != "" {
		t.Errorf("other contacts for the same seed:\n%s", diff)
	}
	if diff := cmp.Diff(members, membersAgain); diff != "" {
		t.Errorf("other members for the same seed:\n%s", diff)
	}
	if others, _ := made(6); cmp.Equal(contacts, others) {
		t.Error("two seeds gave the same contacts")
	}
}

func TestOutsidersStandWhereTheyBelong(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 60})
	want := map[population.Standing][2]simulation.Life{ // at the club, at the federation; "" is not there
		population.Passive:   {simulation.Outside, ""},
		population.Friend:    {simulation.Outside, ""},
		population.Company:   {"", ""},
		population.Former:    {simulation.Ended, simulation.Ended},
		population.Neighbour: {"", simulation.Outside},
		population.Newcomer:  {"", ""},
	}
	for standing, lives := range want {
		for _, p := range w.People.Of(standing) {
			s := w.Person(p.N)
			var got [2]simulation.Life
			if len(s.Club) > 0 {
				got[0] = s.Club[0].Life
			}
			if len(s.Federation) > 0 {
				got[1] = s.Federation[0].Life
			}
			if got != lives {
				t.Errorf("M%d, %s: is %q, want %q", p.N, standing, got, lives)
			}
		}
	}
	if got, want := len(w.People.Of(population.Company)), companies(w); got != want || want == 0 {
		t.Errorf("%d companies at the club, want %d", want, got)
	}
}

func companies(w *simulation.World) int {
	n := 0
	for _, c := range w.ClubSystem.Contacts() {
		if c.Basefields.ContactType == "company" {
			n++
		}
	}
	return n
}

func TestDoublesAreFound(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 60, InStep: true})
	contact := func(n int) fairgatetest.Contact {
		for _, c := range w.ClubSystem.Contacts() {
			if "contact/"+c.Basefields.ContactID == w.Person(n).Club[0].Ref {
				return c
			}
		}
		t.Fatalf("no contact of M%d", n)
		return fairgatetest.Contact{}
	}
	// The same person again, spelled without the marks; and somebody who was renamed first, under the new name.
	double := contact(6)
	double.Basefields.ContactID, double.Basefields.LastName = "", population.Fold(double.Basefields.LastName)
	w.ClubSystem.Add(double)
	w.ClubSystem.Edit(contact(2).Basefields.ContactID, func(c *fairgatetest.Contact) { c.Basefields.LastName = "Anders" })
	renamed := contact(2)
	renamed.Basefields.ContactID = ""
	w.ClubSystem.Add(renamed)
	// And a member twice at the federation.
	for _, m := range w.FederationSystem.Members() {
		if "members/"+m.ID == w.Person(9).Federation[0].Ref {
			m.ID, m.MemberNumber = "", ""
			w.FederationSystem.AddMember(m)
		}
	}
	var got []int
	for _, s := range w.Twice() {
		got = append(got, s.N)
	}
	if diff := cmp.Diff([]int{2, 6, 9}, got); diff != "" {
		t.Errorf("who stands twice (-want +got):\n%s", diff)
	}
	w.ClubSystem.Remove(contact(11).Basefields.ContactID)
	if got := w.Missing(); len(got) != 1 || got[0].N != 11 {
		t.Errorf("missing: %+v, want M11 alone", got)
	}
}

func TestPlantIsTheOneDifference(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 2, Members: 60, InStep: true})
	planted, err := w.Plant()
	if err != nil {
		t.Fatal(err)
	}
	got := w.Differences()
	want := []simulation.Difference{{
		N: planted.N, Club: fmt.Sprintf("contact/%d", 1000+planted.N), Federation: planted.Ref, Field: planted.Field,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}
