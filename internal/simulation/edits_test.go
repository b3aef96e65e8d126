package simulation_test

import (
	"slices"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/simulation"
)

// byHand carries edits over, as an admin without a synchroniser would: by typing them into the other system.
type byHand struct {
	t *testing.T
	w *simulation.World
}

func (h byHand) contact(n int, change func(*fairgatetest.Contact)) {
	h.t.Helper()
	h.w.ClubSystem.Edit(h.w.Person(n).Club[0].Ref[len("contact/"):], change)
}

func (h byHand) id(n int) string { return h.w.Person(n).Federation[0].Ref[len("members/"):] }

func (h byHand) member(n int, change func(*stvtest.Member)) {
	h.t.Helper()
	if err := h.w.FederationSystem.EditMember(h.id(n), change); err != nil {
		h.t.Fatal(err)
	}
}

func (h byHand) affiliation(n int, change func(*stvtest.Affiliation)) {
	h.t.Helper()
	id := h.id(n)
	for _, a := range h.w.FederationSystem.Affiliations() {
		if a.MemberID == id && a.ClubNumber == simulation.ClubNumber {
			if err := h.w.FederationSystem.EditAffiliation(a.ID, change); err != nil {
				h.t.Fatal(err)
			}
		}
	}
}

// carry is what an admin does about an edit that needs no question.
func (h byHand) carry(e simulation.Edit) {
	h.t.Helper()
	n, w, today := e.N, h.w, string(h.w.Today())
	s := w.Person(n)
	var id string
	if len(s.Federation) == 1 {
		id = h.id(n)
	}
	switch e.What {
	case "different fields of one member on both sides":
		street := s.Federation[0].Fields["member.street"]
		h.contact(n, func(c *fairgatetest.Contact) { c.CorrAddress.Street = street })
		h.member(n, func(m *stvtest.Member) { m.PhoneMobile = s.Club[0].Fields["member.phoneMobile"] })
	case "a new member without a number at the club":
		p := w.M(n)
		made := w.FederationSystem.AddMember(stvtest.Member{
			LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
			Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: p.Country, Email: p.Email, PhoneMobile: p.PhoneMobile,
		}, stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: p.Category, EntryDate: today})
		h.contact(n, func(c *fairgatetest.Contact) { c.CustomFields["101"] = made.MemberNumber })
	case "exit at the club":
		h.affiliation(n, func(a *stvtest.Affiliation) { a.ExitDate = today })
	case "exit at the federation":
		h.contact(n, func(c *fairgatetest.Contact) { c.CustomFields["103"] = today })
	case "one function ends and another begins at the club":
		for _, f := range w.FederationSystem.Functions() {
			if f.MemberID == id {
				if err := w.FederationSystem.EditFunction(f.ID, func(f *stvtest.Function) { f.EndDate = today }); err != nil {
					h.t.Fatal(err)
				}
			}
		}
		w.FederationSystem.AddFunction(stvtest.Function{MemberID: id, ClubNumber: simulation.ClubNumber, FunctionCode: "TEC", StartDate: today})
	case "a function begins at the federation":
		h.contact(n, func(c *fairgatetest.Contact) {
			texts, ok := c.CustomFields["104"].([]string)
			if !ok {
				h.t.Fatalf("M%d has no functions at the club", n)
			}
			c.CustomFields["104"] = append([]string{"Technischer Leiter"}, texts...)
		})
	case "a subscription begins at the club":
		w.FederationSystem.AddSubscription(stvtest.Subscription{MemberID: id, Publication: "GYMLIVE", Delivery: "print", StartDate: today})
	case "a subscription ends at the club":
		for _, sub := range w.FederationSystem.Subscriptions() {
			if sub.MemberID == id && sub.Publication == "GYMLIVE" {
				if err := w.FederationSystem.RemoveSubscription(sub.ID); err != nil {
					h.t.Fatal(err)
				}
			}
		}
	case "another category at the club":
		h.affiliation(n, func(a *stvtest.Affiliation) { a.Category = s.Club[0].Fields["affiliation.category"] })
	case "a phone cleared at the club":
		h.member(n, func(m *stvtest.Member) { m.PhoneMobile = "" })
	case "another e-mail at the club":
		h.member(n, func(m *stvtest.Member) { m.Email = s.Club[0].Fields["member.email"] })
	default:
		h.t.Fatalf("nobody knows what to do about %q", e.What)
	}
}

// spoil does what a synchroniser without questions does: the club wins.
func (h byHand) spoil(e simulation.Edit) {
	h.t.Helper()
	s := h.w.Person(e.N)
	switch e.Question {
	case "already-exists":
		p := h.w.M(e.N)
		h.w.FederationSystem.AddMember(stvtest.Member{LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate)})
	case "ended-and-changed":
		h.affiliation(e.N, func(a *stvtest.Affiliation) { a.ExitDate = string(h.w.Today()) })
	default:
		h.member(e.N, func(m *stvtest.Member) { m.PhoneMobile = s.Club[0].Fields["member.phoneMobile"] })
	}
}

// TestChecksTellDoneFromUndone: an edit to be carried fails its check until it is carried; one that must be asked about
// passes at once, and fails when somebody carried it all the same.
func TestChecksTellDoneFromUndone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		w := world(simulation.Config{Seed: seed, Members: 60})
		before := len(w.Differences())
		edits, err := w.Edits()
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(edits) != 15 {
			t.Errorf("seed %d: %d edits, want 15", seed, len(edits))
		}
		h := byHand{t, w}
		touched := map[int]bool{}
		for _, e := range edits {
			if touched[e.N] || slices.ContainsFunc(w.Apart(), func(a simulation.Apart) bool { return a.N == e.N }) {
				t.Errorf("seed %d: %s: M%d had something else happen as well", seed, e.What, e.N)
			}
			touched[e.N] = true
			if e.Question != "" {
				if err := w.Check(e); err != nil {
					t.Errorf("seed %d: before anybody did anything: %v", seed, err)
				}
				continue
			}
			if w.Check(e) == nil {
				t.Errorf("seed %d: %s: the check passes although nothing was carried", seed, e.What)
			}
			h.carry(e)
			if err := w.Check(e); err != nil {
				t.Errorf("seed %d: after it was carried: %v", seed, err)
			}
		}
		// What is left to differ: what had grown apart, and the questions: two phones, and of who leaves the exit date.
		if got, want := len(w.Differences()), before+3; got != want {
			t.Errorf("seed %d: %d differences are left, want %d", seed, got, want)
		}
		for _, e := range edits {
			if e.Question == "" {
				continue
			}
			h.spoil(e)
			if w.Check(e) == nil {
				t.Errorf("seed %d: %s: the check passes although nobody asked", seed, e.What)
			}
		}
	}
}

// TestChecksSeeWhatMustSurvive: a synchroniser that writes whole contacts loses what it does not know.
func TestChecksSeeWhatMustSurvive(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 60})
	edits, err := w.Edits()
	if err != nil {
		t.Fatal(err)
	}
	h := byHand{t, w}
	for _, e := range edits {
		switch e.What {
		case "exit at the federation":
			h.carry(e)
			h.contact(e.N, func(c *fairgatetest.Contact) { delete(c.CustomFields, "102") })
		case "a function begins at the federation":
			h.contact(e.N, func(c *fairgatetest.Contact) {
				c.CustomFields["104"] = []string{"Leiter", "Präsidentin", "Kassier", "Technischer Leiter"}
			})
		default:
			continue
		}
		if w.Check(e) == nil {
			t.Errorf("%s: the check passes although the contact lost what is nobody's business", e.What)
		}
	}
}

func TestEditsInTheFederationShape(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 60, Shape: fairgatetest.FederationShape})
	if _, err := w.Edits(); err != nil {
		t.Error(err)
	}
}

func TestATinyClubSaysWhatCannotHappen(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 3})
	if edits, err := w.Edits(); err == nil || len(edits) == 0 {
		t.Errorf("%d edits and error %v; want some of them, and an error for the rest", len(edits), err)
	}
}
