package stvtest_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
)

func TestStaffEditsMoveStamps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	a := h.tie(t, m.ID, home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
	sub := h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", StartDate: "2026-01-01"})
	for _, tt := range []struct {
		path string
		edit func() error
	}{
		{"members(" + m.ID + ")", func() error { return h.EditMember(m.ID, func(m *stvtest.Member) { m.Email = "NOT an address" }) }},
		{"members(" + m.ID + ")", func() error { return h.EditMember(m.ID, func(*stvtest.Member) {}) }},
		{"affiliations(" + a.ID + ")", func() error { return h.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.Category = "99" }) }},
		{"members(" + m.ID + ")", func() error {
			return h.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.ExitDate = "2026-01-01" })
		}},
		{"functions(" + f.ID + ")", func() error { return h.EditFunction(f.ID, func(f *stvtest.Function) { f.Organ = "VST" }) }},
		{"subscriptions(" + sub.ID + ")", func() error {
			return h.EditSubscription(sub.ID, func(s *stvtest.Subscription) { s.Delivery = "print" })
		}},
	} {
		before := h.want(t, ask{path: tt.path}, http.StatusOK)
		h.clock.Add(time.Minute)
		if err := tt.edit(); err != nil {
			t.Fatal(err)
		}
		after := h.want(t, ask{path: tt.path}, http.StatusOK)
		if before.body["@odata.etag"] == after.body["@odata.etag"] {
			t.Errorf("%s: the etag did not move", tt.path)
		}
		same(t, tt.path+": the stamp", h.clock.Now().Format("2006-01-02T15:04:05Z"), text(after.body["lastModifiedDateTime"]))
	}
	same(t, "the address that no rule saw", "NOT an address", h.member(t, m.ID).Email)
	same(t, "the stamp as held, in whole seconds", time.Date(2026, 3, 10, 9, 4, 0, 0, time.UTC), h.member(t, m.ID).LastModified)
}

func TestStaffAskForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	for name, err := range map[string]error{
		"edit a member":          h.EditMember("x", func(*stvtest.Member) {}),
		"edit an affiliation":    h.EditAffiliation("x", func(*stvtest.Affiliation) {}),
		"edit a function":        h.EditFunction("x", func(*stvtest.Function) {}),
		"edit a subscription":    h.EditSubscription("x", func(*stvtest.Subscription) {}),
		"remove a member":        h.RemoveMember("x"),
		"remove a function":      h.RemoveFunction("x"),
		"remove a subscription":  h.RemoveSubscription("x"),
		"accept":                 h.Accept("x"),
		"refuse what is active":  h.Refuse(h.tie(t, m.ID, home).ID),
		"merge into no one":      h.Merge(m.ID, "x"),
		"merge no one":           h.Merge("x", m.ID),
		"merge one with oneself": h.Merge(m.ID, m.ID),
	} {
		if !errors.Is(err, stvtest.ErrNotThere) {
			t.Errorf("%s: got %v, want ErrNotThere", name, err)
		}
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m, stays := h.seed("Muster", home), h.seed("Bleibt", home)
	for _, id := range []string{m.ID, stays.ID} {
		h.AddFunction(stvtest.Function{MemberID: id, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
		h.AddSubscription(stvtest.Subscription{MemberID: id, Publication: "GYMLIVE", Language: "de", StartDate: "2026-01-01"})
	}
	if err := h.RemoveMember(m.ID); err != nil {
		t.Fatal(err)
	}
	h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusNotFound)
	counts := func() []int {
		return []int{len(h.Members()), len(h.Affiliations()), len(h.Functions()), len(h.Subscriptions())}
	}
	same(t, "what is left", []int{1, 1, 1, 1}, counts())
	if err := errors.Join(h.RemoveFunction(h.Functions()[0].ID), h.RemoveSubscription(h.Subscriptions()[0].ID)); err != nil {
		t.Fatal(err)
	}
	same(t, "what is left then", []int{1, 1, 0, 0}, counts())
}

func TestMerge(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loser, survivor := h.seed("Muster", home), h.seed("Muster-Meier", home)
	lost := h.tie(t, loser.ID, home)
	kept := h.tie(t, survivor.ID, home)
	moved := h.AddAffiliation(stvtest.Affiliation{MemberID: loser.ID, ClubNumber: neighbour, Category: "04", EntryDate: "2021-01-01"})
	f := h.AddFunction(stvtest.Function{MemberID: loser.ID, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
	twice := h.AddSubscription(stvtest.Subscription{MemberID: loser.ID, Publication: "GYMLIVE", Language: "de", StartDate: "2026-01-01"})
	once := h.AddSubscription(stvtest.Subscription{MemberID: survivor.ID, Publication: "GYMLIVE", Language: "fr", StartDate: "2026-01-01"})
	if err := h.Merge(loser.ID, survivor.ID); err != nil {
		t.Fatal(err)
	}
	for path, into := range map[string]string{
		"members(" + loser.ID + ")":       survivor.ID,
		"affiliations(" + lost.ID + ")":   kept.ID,
		"subscriptions(" + twice.ID + ")": once.ID,
	} {
		got := h.want(t, ask{path: path}, http.StatusGone, "Merged")
		same(t, path+" merged into", into, text(got.error()["mergedInto"]))
		h.want(t, ask{method: http.MethodPatch, path: path, body: object{}, match: `W/"1"`}, http.StatusGone)
	}
	for _, path := range []string{"affiliations(" + moved.ID + ")", "functions(" + f.ID + ")"} {
		same(t, path+" is of", survivor.ID, text(h.want(t, ask{path: path}, http.StatusOK).body["memberId"]))
	}
	// The neighbour had the loser; now it has the survivor.
	h.want(t, ask{path: "members(" + loser.ID + ")", token: other}, http.StatusGone)
	h.want(t, ask{path: "members(" + survivor.ID + ")", token: other}, http.StatusOK)
	h.SetGrant("third", stvtest.Grant{Club: "1.01.05.4523.00-0"})
	h.want(t, ask{path: "members(" + loser.ID + ")", token: "third"}, http.StatusNotFound)
	same(t, "members", 1, len(h.Members()))
}

func TestMoveBirthYear(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	type youth struct{ born, gender, category, exit, want string }
	people := []youth{
		{"2009-01-01", "M", "12", "", "01"},
		{"2009-12-31", "F", "13", "", "04"},
		{"2009-06-01", "F", "29", "", "28"},
		{"2009-06-01", "F", "09", "", "09"},
		{"2009-06-01", "M", "12", "2025-12-31", "12"},
		{"2010-01-01", "M", "12", "", "12"},
		{"2008-12-31", "F", "13", "", "13"},
	}
	var ids []string
	for i, p := range people {
		m := h.AddMember(stvtest.Member{LastName: strconv.Itoa(i), BirthDate: p.born, Gender: p.gender},
			stvtest.Affiliation{ClubNumber: home, Category: p.category, ExitDate: p.exit})
		ids = append(ids, m.ID)
	}
	h.clock.Add(time.Minute)
	same(t, "moved", 3, h.MoveBirthYear(2009))
	for i, p := range people {
		a := h.tie(t, ids[i], home)
		same(t, fmt.Sprintf("the category of %+v", p), p.want, a.Category)
		same(t, "whether the stamp moved", p.want != p.category, a.LastModified.Minute() == 1)
	}
	same(t, "moved the second time", 0, h.MoveBirthYear(2009))
}

func TestBackup(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	backup := h.Backup()
	if err := h.EditMember(m.ID, func(m *stvtest.Member) { m.City = "Thun" }); err != nil {
		t.Fatal(err)
	}
	later := h.seed("Neu", home)
	h.Restore(backup)
	same(t, "the town", "Bern", h.member(t, m.ID).City)
	same(t, "the etag", m.ETag, h.member(t, m.ID).ETag)
	h.want(t, ask{path: "members(" + later.ID + ")"}, http.StatusNotFound)
	again := h.seed("Anders", home)
	same(t, "the number is given again", later.MemberNumber, again.MemberNumber)
	h.Restore(backup)
	same(t, "members after a second restore", 1, len(h.Members()))
	h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusOK)
}

func TestSameSeedSameServer(t *testing.T) {
	t.Parallel()
	seeded := func(seed uint64) stvtest.Member {
		return newHouse(t, func(c *stvtest.Config) { c.Seed = seed }).seed("Muster", home)
	}
	same(t, "two servers of one seed", seeded(1), seeded(1))
	if seeded(1).ID == seeded(2).ID {
		t.Error("two servers of two seeds give the same id")
	}
}

func TestBeforeEachEditsBetweenListAndWrite(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	h.BeforeEach(func(op string) {
		if op == "members.change" {
			if err := h.EditMember(m.ID, func(m *stvtest.Member) { m.City = "Thun" }); err != nil {
				t.Error(err)
			}
		}
	})
	row := h.want(t, ask{path: "members"}, http.StatusOK).rows()[0]
	h.want(t, ask{
		method: http.MethodPatch, path: "members(" + m.ID + ")", body: object{"city": "Biel"}, match: text(row["@odata.etag"]),
	}, http.StatusPreconditionFailed)
	same(t, "the town", "Thun", h.member(t, m.ID).City)
}
