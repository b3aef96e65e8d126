package stvtest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
)

// TestCategories holds each category to whom it is for. The year is 2026: who is born in 2009 is in the 17th year of
// age, who is born in 2010 in the 16th.
func TestCategories(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	type who struct {
		gender string
		born   int
	}
	all := map[who]string{{"M", 2009}: "adult man", {"F", 2009}: "adult woman", {"M", 2010}: "boy", {"F", 2010}: "girl"}
	for category, takes := range map[string]string{
		"01": "adult man", "02": "adult man", "03": "adult man", "08": "adult man",
		"04": "adult woman", "05": "adult woman", "06": "adult woman", "09": "adult woman",
		"07": "adult man, adult woman", "28": "adult man, adult woman",
		"10": "adult man, adult woman, boy, girl", "11": "adult man, adult woman, boy, girl",
		"12": "boy", "13": "girl",
		"14": "boy, girl", "15": "boy, girl", "29": "boy, girl",
		"16": "", "1": "", "AA": "",
	} {
		for w, kind := range all {
			t.Run(fmt.Sprintf("a %s in category %s", kind, category), func(t *testing.T) {
				t.Parallel()
				a := ask{method: http.MethodPost, path: "members", body: person(object{
					"lastName": kind + category, "gender": w.gender, "birthDate": fmt.Sprintf("%d-12-31", w.born),
					"affiliations": []object{{"category": category, "entryDate": "2026-01-01"}},
				})}
				if slices.Contains(strings.Split(takes, ", "), kind) {
					h.want(t, a, http.StatusCreated)
					return
				}
				code := "CategoryMismatch"
				if takes == "" {
					code = "UnknownCode"
				}
				h.want(t, a, http.StatusBadRequest, code, "affiliations/category")
			})
		}
	}
}

func TestCategoryYearsOfValidity(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) {
		c.Categories = []stvtest.Code{
			{Code: "04", ValidFrom: "2016-01-01", ValidTo: "2026-12-31"},
			{Code: "07", ValidFrom: "2027-01-01"},
		}
	})
	create := func(name, category string) ask {
		return ask{method: http.MethodPost, path: "members", body: person(object{
			"lastName": name, "affiliations": []object{{"category": category, "entryDate": "2026-01-01"}},
		})}
	}
	h.want(t, create("Ab", "04"), http.StatusCreated)
	h.want(t, create("Be", "07"), http.StatusBadRequest, "UnknownCode", "affiliations/category")
	h.clock.Add(296 * 24 * time.Hour) // 31 December 2026
	h.want(t, create("Fe", "04"), http.StatusCreated)
	h.want(t, create("Ge", "07"), http.StatusBadRequest, "UnknownCode", "affiliations/category")
	h.clock.Add(24 * time.Hour)
	h.want(t, create("Ce", "07"), http.StatusCreated)
	h.want(t, create("De", "04"), http.StatusBadRequest, "UnknownCode", "affiliations/category")
}

func TestChangeAffiliation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		held   stvtest.Affiliation // what staff had set
		born   string
		body   object
		status int
		want   any // the answer's body where it is 200, in part; else code and target
	}{
		{"another category", stvtest.Affiliation{}, "", object{"category": "05"}, 200, object{"category": "05", "status": "active"}},
		{"a category for the other sex", stvtest.Affiliation{}, "", object{"category": "01"}, 400, [2]string{"CategoryMismatch", "category"}},
		{"no category", stvtest.Affiliation{}, "", object{"category": nil}, 400, [2]string{"Required", "category"}},
		{"primary", stvtest.Affiliation{}, "", object{"primary": true}, 200, object{"primary": true}},
		{"not primary by null", stvtest.Affiliation{Primary: true}, "", object{"primary": nil}, 200, object{"primary": false}},
		{"a text for primary", stvtest.Affiliation{}, "", object{"primary": "yes"}, 400, [2]string{"Type", "primary"}},
		{"an exit yesterday", stvtest.Affiliation{}, "", object{"exitDate": "2026-03-09"}, 200, object{"exitDate": "2026-03-09", "status": "left"}},
		{"an exit today", stvtest.Affiliation{}, "", object{"exitDate": "2026-03-10"}, 200, object{"status": "left"}},
		{"an exit ahead", stvtest.Affiliation{}, "", object{"exitDate": "2026-03-11"}, 200, object{"exitDate": "2026-03-11", "status": "active"}},
		{"an exit taken back", stvtest.Affiliation{ExitDate: "2026-01-31"}, "", object{"exitDate": nil}, 200, object{"exitDate": nil, "status": "active"}},
		{"an exit before the entry", stvtest.Affiliation{}, "", object{"exitDate": "2019-12-31"}, 400, [2]string{"Format", "exitDate"}},
		{"an entry after the exit", stvtest.Affiliation{ExitDate: "2026-01-31"}, "", object{"entryDate": "2026-02-01"}, 400, [2]string{"Format", "exitDate"}},
		{"its own club", stvtest.Affiliation{}, "", object{"clubNumber": home, "primary": true}, 200, object{"clubNumber": home}},
		{"another club", stvtest.Affiliation{}, "", object{"clubNumber": neighbour}, 403, [2]string{"OtherClub", ""}},
		{"another member", stvtest.Affiliation{}, "", object{"memberId": "00000000-0000-4000-8000-000000000000"}, 400, [2]string{"NotWritable", "memberId"}},
		{"a status", stvtest.Affiliation{}, "", object{"status": "left"}, 400, [2]string{"NotWritable", "status"}},
		{
			"the entry of a girl who is 17 by now and still in 13",
			stvtest.Affiliation{Category: "13"},
			"2009-06-01",
			object{"entryDate": "2021-01-01"},
			400,
			[2]string{"CategoryMismatch", "category"},
		},
		{
			"the exit of a girl who is 17 by now and still in 13",
			stvtest.Affiliation{Category: "13"},
			"2009-06-01",
			object{"exitDate": "2026-02-28"},
			200,
			object{"status": "left"},
		},
		{
			"the category of a girl who is 17 by now",
			stvtest.Affiliation{Category: "13"},
			"2009-06-01",
			object{"category": "04"},
			200,
			object{"category": "04"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			m := h.seed("Muster", home)
			a := h.tie(t, m.ID, home)
			if tt.born != "" {
				if err := h.EditMember(m.ID, func(m *stvtest.Member) { m.BirthDate = tt.born }); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.EditAffiliation(a.ID, func(a *stvtest.Affiliation) {
				a.ExitDate, a.Primary = tt.held.ExitDate, tt.held.Primary
				if tt.held.Category != "" {
					a.Category = tt.held.Category
				}
			}); err != nil {
				t.Fatal(err)
			}
			change := ask{method: http.MethodPatch, path: "affiliations(" + a.ID + ")", body: tt.body, match: h.tie(t, m.ID, home).ETag}
			got := h.want(t, change, tt.status)
			if no, ok := tt.want.([2]string); ok {
				same(t, "code and target", no, [2]string{got.code(), got.target()})
				return
			}
			want, _ := tt.want.(object)
			for k, v := range want {
				same(t, k, v, got.body[k])
			}
			same(t, "the affiliation as read", got.body, h.do(t, ask{path: "affiliations(" + a.ID + ")"}).body)
		})
	}
}

// TestMemberFollowsItsAffiliations also holds that the member's etag moves with what is derived.
func TestMemberFollowsItsAffiliations(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.AddMember(
		stvtest.Member{LastName: "Muster", FirstName: "Vreni", BirthDate: "1990-05-17", Gender: "F"},
		stvtest.Affiliation{ClubNumber: home, Category: "04", EntryDate: "2020-01-01"},
		stvtest.Affiliation{ClubNumber: neighbour, Category: "04", EntryDate: "2022-01-01"},
	)
	see := func(token string) object {
		got := h.want(t, ask{path: "members(" + m.ID + ")?$select=status,entryDate,exitDate,homeClubNumber", token: token}, http.StatusOK).body
		delete(got, "id")
		delete(got, "@odata.etag")
		return got
	}
	leave := func(token, club, day string) {
		t.Helper()
		a, before := h.tie(t, m.ID, club), h.member(t, m.ID).ETag
		h.want(t, ask{method: http.MethodPatch, path: "affiliations(" + a.ID + ")", token: token, body: object{"exitDate": day}, match: a.ETag}, http.StatusOK)
		if h.member(t, m.ID).ETag == before {
			t.Error("the member's etag did not move")
		}
	}
	same(t, "at first", object{"status": "active", "entryDate": "2020-01-01", "exitDate": nil, "homeClubNumber": home}, see(token))
	same(t, "at first, at the neighbour", object{"status": "active", "entryDate": "2022-01-01", "exitDate": nil, "homeClubNumber": home}, see(other))
	leave(token, home, "2026-02-28")
	same(t, "having left home", object{"status": "active", "entryDate": "2020-01-01", "exitDate": "2026-02-28", "homeClubNumber": home}, see(token))
	leave(other, neighbour, "2026-03-11")
	same(t, "about to leave both", object{"status": "active", "entryDate": "2020-01-01", "exitDate": "2026-02-28", "homeClubNumber": home}, see(token))

	etag := h.member(t, m.ID).ETag
	h.clock.Add(14 * time.Hour) // 23:00 UTC on 10 March is midnight in Switzerland.
	same(t, "having left both", object{"status": "left", "entryDate": "2020-01-01", "exitDate": "2026-02-28", "homeClubNumber": home}, see(token))
	same(t, "the etag when a day comes", etag, h.member(t, m.ID).ETag)
}

func TestAffiliationsWithOtherClubs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.AddMember(stvtest.Member{LastName: "Muster", FirstName: "Vreni", BirthDate: "1990-05-17", Gender: "F"},
		stvtest.Affiliation{ClubNumber: home, Category: "04", EntryDate: "2020-01-01"},
		stvtest.Affiliation{ClubNumber: neighbour, Category: "04", EntryDate: "2022-01-01"})
	h.AddAffiliation(stvtest.Affiliation{MemberID: m.ID, ClubNumber: "1.01.05.4523.00-0", Category: "04", EntryDate: "2026-01-01", Status: stvtest.Requested})
	rows := h.want(t, ask{path: "affiliations?$select=clubNumber,status&$orderby=clubNumber"}, http.StatusOK).rows()
	same(t, "clubs", []string{home, neighbour}, each(rows, "clubNumber"))

	theirs := h.tie(t, m.ID, neighbour)
	path := "affiliations(" + theirs.ID + ")"
	h.want(t, ask{path: path}, http.StatusOK)
	h.want(t, ask{method: http.MethodPatch, path: path, body: object{"primary": true}, match: theirs.ETag}, http.StatusForbidden, "OtherClub")
	h.want(t, ask{method: http.MethodPatch, path: path, body: object{"primary": true}, match: theirs.ETag, token: other}, http.StatusOK)
}

// request asks for Nina Nachbar, whom the neighbour has.
func request(h *house, changes object) ask {
	m := h.Members()[0]
	body := object{"memberNumber": m.MemberNumber, "birthDate": m.BirthDate, "category": "04", "entryDate": "2026-03-01"}
	for k, v := range changes {
		body[k] = v
		if v == nil {
			delete(body, k)
		}
	}
	return ask{method: http.MethodPost, path: "affiliations", body: body}
}

func TestRequestAffiliation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		settle  func(*stvtest.Server, string) error
		status  string
		visible int
	}{
		{"requested", nil, "requested", http.StatusNotFound},
		{"accepted", (*stvtest.Server).Accept, "active", http.StatusOK},
		{"refused", (*stvtest.Server).Refuse, "refused", http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			m := h.seed("Nachbar", neighbour)
			got := h.want(t, request(h, nil), http.StatusAccepted)
			id := text(got.body["id"])
			same(t, "the answer", object{
				"id": id, "@odata.etag": got.body["@odata.etag"], "lastModifiedDateTime": "2026-03-10T09:00:00Z", "memberId": m.ID,
				"clubNumber": home, "category": "04", "primary": false, "entryDate": "2026-03-01", "exitDate": nil, "status": "requested",
			}, got.body)
			if tt.settle != nil {
				if err := tt.settle(h.Server, id); err != nil {
					t.Fatal(err)
				}
				if err := tt.settle(h.Server, id); err == nil {
					t.Error("settled twice")
				}
			}
			var listed []string
			for _, row := range h.want(t, ask{path: "affiliations?$select=clubNumber,status"}, http.StatusOK).rows() {
				if row["clubNumber"] == home {
					listed = append(listed, text(row["status"]))
				}
			}
			same(t, "listed as", []string{tt.status}, listed)
			h.want(t, ask{path: "members(" + m.ID + ")"}, tt.visible)
			want := 0
			if tt.visible == http.StatusOK {
				want = 1
			}
			same(t, "members listed", want, len(h.do(t, ask{path: "members"}).rows()))
			same(t, "the member's status", "active", text(h.want(t, ask{path: "members(" + m.ID + ")", token: other}, http.StatusOK).body["status"]))
		})
	}
}

func TestRequestAffiliationRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nina := h.seed("Nachbar", neighbour)
	ours := h.seed("Muster", home)
	for _, tt := range []struct {
		name    string
		changes object
		status  int
		code    string
		target  string
	}{
		{"another birth date", object{"birthDate": "1990-05-18"}, 400, "UnknownMember", "memberNumber"},
		{"a number that no one has", object{"memberNumber": "000001"}, 400, "UnknownMember", "memberNumber"},
		{"a number without its leading zero", object{"memberNumber": nina.MemberNumber[1:]}, 400, "UnknownMember", "memberNumber"},
		{"no birth date", object{"birthDate": nil}, 400, "Required", "birthDate"},
		{"no number", object{"memberNumber": nil}, 400, "Required", "memberNumber"},
		{"no one at all", object{"memberNumber": nil, "birthDate": nil}, 400, "Required", "memberNumber"},
		{"a number that is a number", object{"memberNumber": 98001}, 400, "Type", "memberNumber"},
		{"number and id", object{"memberId": nina.ID}, 400, "Ambiguous", "memberId"},
		{"the id of another club's member", object{"memberId": nina.ID, "memberNumber": nil, "birthDate": nil}, 400, "UnknownMember", "memberId"},
		{"the id of one's own", object{"memberId": ours.ID, "memberNumber": nil, "birthDate": nil}, 409, "AffiliationExists", ""},
		{"a member of one's own", object{"memberNumber": ours.MemberNumber}, 409, "AffiliationExists", ""},
		{"another club", object{"clubNumber": neighbour}, 403, "OtherClub", ""},
		{"no category", object{"category": nil}, 400, "Required", "category"},
		{"a category for the other sex", object{"category": "01"}, 400, "CategoryMismatch", "category"},
		{"no entry date", object{"entryDate": nil}, 400, "Required", "entryDate"},
		{"an exit before the entry", object{"exitDate": "2026-02-28"}, 400, "Format", "exitDate"},
		{"a status", object{"status": "active"}, 400, "NotWritable", "status"},
		{"a property that is not there", object{"organ": "x"}, 400, "UnknownProperty", "organ"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h.want(t, request(h, tt.changes), tt.status, tt.code, tt.target)
		})
	}
}

func TestRequestAffiliationAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seed("Nachbar", neighbour)
	first := h.want(t, request(h, object{"clubNumber": home}), http.StatusAccepted)
	h.want(t, request(h, nil), http.StatusConflict, "AffiliationExists")
	if err := h.Refuse(text(first.body["id"])); err != nil {
		t.Fatal(err)
	}
	again := h.want(t, request(h, object{"category": "05"}), http.StatusAccepted)
	same(t, "the id of the second request", first.body["id"], again.body["id"])
	same(t, "its status", "requested", text(again.body["status"]))
	same(t, "its category", "05", text(again.body["category"]))
}

// TestRequestAffiliationByID asks for a person of one's own whom staff let the club ask for once before.
func TestRequestAffiliationByID(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Nachbar", neighbour)
	h.AddAffiliation(stvtest.Affiliation{MemberID: m.ID, ClubNumber: home, Category: "04", EntryDate: "2025-01-01", Status: stvtest.Refused})
	got := h.want(t, request(h, object{"memberId": m.ID, "memberNumber": nil, "birthDate": nil}), http.StatusAccepted)
	same(t, "whose", m.ID, text(got.body["memberId"]))
}

func TestAcceptAfterPolls(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) { c.AcceptAfter, c.PageSize = 2, 1 })
	h.seed("Nachbar", neighbour)
	h.want(t, request(h, nil), http.StatusAccepted)
	var got []string
	for range 4 {
		h.want(t, ask{path: "affiliations", token: other}, http.StatusOK) // another club's poll does not count.
		page := h.want(t, ask{path: "affiliations?$select=status&$filter=lastModifiedDateTime%20ge%202026-01-01T00:00:00Z&$orderby=clubNumber"}, http.StatusOK)
		got = append(got, text(page.rows()[0]["status"]))
		if next, more := page.body["@odata.nextLink"]; more {
			h.pages(t, ask{path: text(next)}) // a further page is the same poll.
		}
	}
	same(t, "the status poll by poll", []string{"requested", "requested", "active", "active"}, got)
}
