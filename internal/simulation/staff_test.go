package simulation_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/simulation"
)

// TestStaff has each act done over HTTP and looks at what the system holds then.
func TestStaff(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	c := call(t, w.Control())
	do := func(want int, says string, lines ...string) {
		t.Helper()
		status, text := c.do("POST", "/_simulate/staff", strings.Join(lines, "\n"))
		if status != want || !strings.Contains(text, says) {
			t.Errorf("%q: %d %q, want %d with %q", lines, status, text, want, says)
		}
	}
	do(http.StatusConflict, "club backup makes one", "club restore")
	do(http.StatusNoContent, "", "club backup", "", "federation backup")
	contacts, members := w.ClubSystem.Contacts(), w.FederationSystem.Members()
	loser, survivor := contacts[0].Basefields.ContactID, contacts[1].Basefields.ContactID

	do(http.StatusNoContent, "", "club merge "+loser+" "+survivor, "federation merge "+members[0].ID+" "+members[1].ID)
	if got := len(w.ClubSystem.Contacts()); got != len(contacts)-1 {
		t.Errorf("%d contacts after a merge of %d", got, len(contacts))
	}
	if got := len(w.FederationSystem.Members()); got != len(members)-1 {
		t.Errorf("%d members after a merge of %d", got, len(members))
	}
	do(http.StatusConflict, "no such contact", "club reuse-ids on", "club merge "+loser+" "+survivor)
	do(http.StatusNoContent, "", "club restore", "federation restore")
	if diff := cmp.Diff(contacts, w.ClubSystem.Contacts()); diff != "" {
		t.Errorf("the club restored (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(members, w.FederationSystem.Members()); diff != "" {
		t.Errorf("the federation restored (-want +got):\n%s", diff)
	}
	do(http.StatusNoContent, "", "club renumber", "federation renumber")
	if w.ClubSystem.Contacts()[0].Basefields.ContactID == loser || w.FederationSystem.Members()[0].ID == members[0].ID {
		t.Error("ids are the same after a new numbering")
	}
	do(http.StatusNoContent, "", "club reuse-ids on", "club freeze-stamps on", "club rewrite off", "club skew -3h",
		"federation reuse-ids off", "federation freeze-stamps off", "federation skew 36h")
	kept := w.ClubSystem.Contacts()
	for _, wrong := range []string{
		"club", "moon renumber", "club renumber 7", "club merge 7", "federation rewrite on", "club rewrite", "club rewrite maybe", "club skew far",
	} {
		do(http.StatusBadRequest, "line 2", "club renumber", wrong)
	}
	if diff := cmp.Diff(kept, w.ClubSystem.Contacts()); diff != "" {
		t.Errorf("a line beside a wrong one was carried out (-want +got):\n%s", diff)
	}
}

// TestHabits: each habit is the one that it is called, at the system that it is told to.
func TestHabits(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	c := call(t, w.Control())
	do := func(line string) {
		t.Helper()
		if status, text := c.do("POST", "/_simulate/staff", line); status != http.StatusNoContent {
			t.Errorf("%s: %d %s", line, status, text)
		}
	}
	is := func(what string, got, want any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	contact, member := w.ClubSystem.Contacts()[0], w.FederationSystem.Members()[0]
	edit := func(street string) (club, federation time.Time) {
		t.Helper()
		w.ClubSystem.Edit(contact.Basefields.ContactID, func(c *fairgatetest.Contact) { c.CorrAddress.Street = street })
		if err := w.FederationSystem.EditMember(member.ID, func(m *stvtest.Member) { m.Street = street }); err != nil {
			t.Fatal(err)
		}
		return w.ClubSystem.Contacts()[0].Basefields.LastUpdate.UTC(), w.FederationSystem.Members()[0].LastModified
	}
	do("club skew 3h")
	do("federation skew -2h")
	club, federation := edit("Hinterweg 1")
	is("the club's clock", club, contact.Basefields.LastUpdate.UTC().Add(3*time.Hour))
	is("the federation's clock", federation, member.LastModified.Add(-2*time.Hour))
	do("club skew 0s")
	do("club freeze-stamps on")
	frozen, federation := edit("Hinterweg 2")
	is("the club's stamp, frozen", frozen, club)
	do("club freeze-stamps off")
	do("federation skew 1h")
	do("federation freeze-stamps on")
	club, same := edit("Hinterweg 3")
	is("the club's stamp, thawed", club, contact.Basefields.LastUpdate.UTC())
	is("the federation's stamp, frozen", same, federation)

	do("club reuse-ids on")
	do("federation reuse-ids on")
	w.ClubSystem.Remove(contact.Basefields.ContactID)
	is("the next contact", w.ClubSystem.Add(fairgatetest.Contact{}), contact.Basefields.ContactID)
	if err := w.FederationSystem.RemoveMember(member.ID); err != nil {
		t.Fatal(err)
	}
	is("the next member", w.FederationSystem.AddMember(stvtest.Member{}).ID, member.ID)
}

// TestANewNumberingIsFollowed: the truth about people and edits of them still find their records.
func TestANewNumberingIsFollowed(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34, InStep: true})
	w.Renumber(simulation.Club)
	w.Renumber(simulation.Federation)
	planted, err := w.Plant()
	if err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, d := range w.Differences() {
		refs = append(refs, d.Federation)
	}
	if diff := cmp.Diff([]string{planted.Ref}, refs); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}
