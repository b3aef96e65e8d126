package stvtest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
)

// rule puts the rule that text spells in force.
func (h *house) rule(t *testing.T, text string) {
	t.Helper()
	rule, err := faults.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	h.Faults().Add(rule)
}

// patch changes one property of a member as a client does that has just read it.
func (h *house) patch(t *testing.T, id string, body object) {
	t.Helper()
	etag := h.want(t, ask{path: "members(" + id + ")"}, http.StatusOK).header.Get("ETag")
	h.want(t, ask{method: http.MethodPatch, path: "members(" + id + ")", body: body, match: etag}, http.StatusOK)
}

// TestStale: whatever the last write was, a stale list and a stale read are from before it.
func TestStale(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		write func(t *testing.T, h *house, id string)
		stale []string // the names listed
		city  string   // as read
		live  []string
	}{
		"a creation": {
			func(t *testing.T, h *house, _ string) {
				t.Helper()
				h.want(t, ask{method: http.MethodPost, path: "members", body: person(object{"lastName": "Neu"})}, http.StatusCreated)
			}, []string{"Alt", "Muster"}, "Bern", []string{"Alt", "Muster", "Neu"},
		},
		"a change": {
			func(t *testing.T, h *house, id string) {
				t.Helper()
				h.patch(t, id, object{"lastName": "Zweit", "city": "Thun"})
			},
			[]string{"Alt", "Muster"},
			"Bern",
			[]string{"Alt", "Zweit"},
		},
		"two changes, of which the first shows": {
			func(t *testing.T, h *house, id string) {
				t.Helper()
				h.patch(t, id, object{"city": "Thun"})
				h.patch(t, id, object{"city": "Biel"})
			}, []string{"Alt", "Muster"}, "Thun", []string{"Alt", "Muster"},
		},
		"a change, and one that changes nothing": {
			func(t *testing.T, h *house, id string) {
				t.Helper()
				h.patch(t, id, object{"city": "Thun"})
				h.patch(t, id, object{"city": "Thun"})
			}, []string{"Alt", "Muster"}, "Bern", []string{"Alt", "Muster"},
		},
		"a removal": {
			func(t *testing.T, h *house, id string) { t.Helper(); must(t, h.RemoveMember(id)) },
			[]string{"Alt", "Muster"},
			"Bern",
			[]string{"Alt"},
		},
		"a new numbering": {
			func(_ *testing.T, h *house, _ string) { h.Renumber() }, []string{"Alt", "Muster"}, "Bern", []string{"Alt", "Muster"},
		},
		"a backup put back": {
			func(t *testing.T, h *house, _ string) { t.Helper(); h.Restore(newHouse(t).Backup()) },
			[]string{"Alt", "Muster"},
			"Bern", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.seed("Alt", home)
			id := h.seed("Muster", home).ID
			tt.write(t, h, id)
			h.rule(t, "members.list stale times=1")
			h.rule(t, "members.read stale times=1")
			list := ask{path: "members" + query("$select", "lastName", "$orderby", "lastName", "$count", "true")}
			stale := h.want(t, list, http.StatusOK)
			same(t, "listed, stale", tt.stale, each(stale.rows(), "lastName"))
			same(t, "counted, stale", any(float64(len(tt.stale))), stale.body["@odata.count"])
			same(t, "read, stale", tt.city, text(h.want(t, ask{path: "members(" + id + ")"}, http.StatusOK).body["city"]))
			same(t, "listed afterwards", tt.live, each(h.want(t, list, http.StatusOK).rows(), "lastName"))
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestDoubleRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	crowd(h, 7)
	list := ask{path: "members?$select=lastName&$count=true&$orderby=lastName", prefer: "odata.maxpagesize=5"}
	h.rule(t, "members.list double-rows percent=40 times=2")
	same(t, "its own first rows, then the last of the page before", [][]string{
		{"Name0000", "Name0001", "Name0000", "Name0001", "Name0002"},
		{"Name0004", "Name0005", "Name0006"},
	}, h.pages(t, list))
	h.rule(t, "* double-rows times=1")
	got := h.want(t, list, http.StatusOK)
	same(t, "all of a full page", []string{"Name0000", "Name0001", "Name0002", "Name0003", "Name0004"}, each(got.rows(), "lastName"))
	same(t, "the count", any(7.0), got.body["@odata.count"])
	same(t, "rows of all pages afterwards", 7, len(slices.Concat(h.pages(t, list)...)))
}

// TestHiddenRows: the answers agree with one another, which is what makes them dangerous.
func TestHiddenRows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	crowd(h, 25)
	for _, m := range h.Members() {
		h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2026-01-01"})
	}
	h.rule(t, "* hidden-rows percent=20")
	got := h.want(t, ask{path: "members?$count=true"}, http.StatusOK)
	seen := each(got.rows(), "id")
	same(t, "members", 20, len(seen))
	same(t, "their count", any(20.0), got.body["@odata.count"])
	slices.Sort(seen)
	for set, own := range map[string]string{"members": "id", "affiliations": "memberId", "functions": "memberId"} {
		owners := each(h.want(t, ask{path: set + "?$select=" + own}, http.StatusOK).rows(), own)
		slices.Sort(owners)
		same(t, "whose "+set+" are listed", seen, owners)
	}
	for _, m := range h.Members() {
		want, change := http.StatusNotFound, http.StatusNotFound
		if slices.Contains(seen, m.ID) {
			want, change = http.StatusOK, http.StatusPreconditionRequired
		}
		h.want(t, ask{path: "members(" + m.ID + ")"}, want)
		h.want(t, ask{method: http.MethodPatch, path: "members(" + m.ID + ")", body: object{"city": "Thun"}}, change)
	}
	h.Faults().Clear()
	h.rule(t, "functions.list hidden-rows")
	same(t, "a kind that is hidden", 0, len(h.want(t, ask{path: "functions"}, http.StatusOK).rows()))
	same(t, "the kind beside it", 25, len(h.want(t, ask{path: "members"}, http.StatusOK).rows()))
}

func TestHiddenFields(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	path := "members(" + m.ID + ")"
	h.rule(t, "* hidden-fields fields=street,email")
	for name, a := range map[string]ask{
		"read":             {path: path},
		"read as selected": {path: path + "?$select=email,city"},
		"changed":          {method: http.MethodPatch, path: path, body: object{"street": "Nirgendweg 3"}, match: m.ETag},
	} {
		got := h.want(t, a, http.StatusOK).body
		_, street := got["street"]
		_, email := got["email"]
		same(t, name+": two hidden and one shown", []any{false, false, "Bern"}, []any{street, email, got["city"]})
	}
	row := h.want(t, ask{path: "members?$select=email,lastName"}, http.StatusOK).rows()[0]
	_, email := row["email"]
	same(t, "listed: hidden, shown", []any{false, "Muster"}, []any{email, row["lastName"]})
	h.want(t, ask{path: "affiliations"}, http.StatusOK)
	h.Faults().Clear()
	same(t, "what was written", "Nirgendweg 3", text(h.want(t, ask{path: path}, http.StatusOK).body["street"]))
}

// TestHiddenFieldsThatAreNotThere is a test's own mistake: no document describes the answer, so it goes unjudged.
func TestHiddenFieldsThatAreNotThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) { c.Within = nil })
	h.rule(t, "* hidden-fields fields=email,fax")
	h.want(t, ask{path: "members"}, http.StatusInternalServerError, "BadFault", "fax")
}

func TestMissingForbidden(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	h.rule(t, "* missing-forbidden times=2")
	h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusOK)
	gone := "members(00000000-0000-4000-8000-000000000000)"
	h.want(t, ask{path: gone}, http.StatusForbidden, "Forbidden")
	h.want(t, ask{method: http.MethodPatch, path: gone, body: object{"city": "Thun"}, match: m.ETag}, http.StatusForbidden, "Forbidden")
	h.want(t, ask{path: gone}, http.StatusNotFound)
}

func TestIgnoredIfMatch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2026-01-01"})
	h.patch(t, m.ID, object{"city": "Thun"})
	change := ask{method: http.MethodPatch, path: "members(" + m.ID + ")", body: object{"city": "Biel"}, match: m.ETag}
	h.rule(t, "* ignored-if-match")
	h.want(t, change, http.StatusOK)
	same(t, "the town", "Biel", h.member(t, m.ID).City)
	h.want(t, ask{method: http.MethodDelete, path: "functions(" + f.ID + ")", match: m.ETag}, http.StatusNoContent)
	change.match = ""
	h.want(t, change, http.StatusPreconditionRequired)
	h.Faults().Clear()
	change.match = m.ETag
	h.want(t, change, http.StatusPreconditionFailed)
}

func TestRenumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m, loser := h.seed("Muster", home), h.seed("Doppelt", home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2026-01-01"})
	must(t, h.Merge(loser.ID, m.ID))
	old := map[string]object{}
	for path, id := range map[string]string{"members": m.ID, "functions": f.ID, "affiliations": h.tie(t, m.ID, home).ID} {
		old[path] = h.want(t, ask{path: path + "(" + id + ")"}, http.StatusOK).body
	}
	h.clock.Add(time.Hour)
	given := h.Renumber()
	for path, want := range old {
		id := text(want["id"])
		h.want(t, ask{path: path + "(" + id + ")"}, http.StatusNotFound)
		want["id"] = given[id]
		if owner, ok := want["memberId"]; ok {
			want["memberId"] = given[text(owner)]
		}
		same(t, path, want, h.want(t, ask{path: path + "(" + given[id] + ")"}, http.StatusOK).body)
	}
	gone := h.want(t, ask{path: "members(" + loser.ID + ")"}, http.StatusGone)
	same(t, "where the loser went", given[m.ID], text(gone.error()["mergedInto"]))
}

func TestReuseIDs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first, second, stays := h.seed("Erst", home), h.seed("Zweit", home), h.seed("Bleibt", home)
	must(t, h.RemoveMember(first.ID))
	must(t, h.RemoveMember(second.ID))
	h.ReuseIDs(true)
	created := func(name string) object {
		body := person(object{"lastName": name})
		return h.want(t, ask{method: http.MethodPost, path: "members", body: body}, http.StatusCreated).body
	}
	same(t, "the next is who was removed first", first.ID, text(created("Neu")["id"]))
	h.AddFunction(stvtest.Function{MemberID: stays.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2026-01-01"})
	again := created("Neuer")
	same(t, "then who was removed next", second.ID, text(again["id"]))
	same(t, "under another number", false, text(again["memberNumber"]) == second.MemberNumber)
	same(t, "who it is", "Neuer", text(h.want(t, ask{path: "members(" + second.ID + ")"}, http.StatusOK).body["lastName"]))
	must(t, h.RemoveMember(second.ID))
	h.ReuseIDs(false)
	same(t, "whether it is used once switched off", false, text(created("Letzt")["id"]) == second.ID)
}

func TestFreezeStamps(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	const seeded, later = "2026-03-10T09:00:00Z", "2026-03-10T10:00:00Z"
	h.FreezeStamps(true)
	h.clock.Add(time.Hour)
	read := func() response { return h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusOK) }
	h.patch(t, m.ID, object{"city": "Thun"})
	same(t, "a change through the API", []string{seeded, "Thun"}, []string{text(read().body["lastModifiedDateTime"]), text(read().body["city"])})
	same(t, "whether the etag stayed", false, read().header.Get("ETag") == m.ETag)
	must(t, h.EditMember(m.ID, func(m *stvtest.Member) { m.City = "Biel" }))
	same(t, "an edit of the staff", []string{seeded, "Biel"}, []string{text(read().body["lastModifiedDateTime"]), text(read().body["city"])})
	since := ask{path: "members" + query("$filter", "lastModifiedDateTime ge "+later)}
	same(t, "changed since", 0, len(h.want(t, since, http.StatusOK).rows()))
	same(t, "a new one", later, h.seed("Neu", home).LastModified.Format(time.RFC3339))
	h.FreezeStamps(false)
	h.patch(t, m.ID, object{"city": "Bern"})
	same(t, "thawed", later, text(read().body["lastModifiedDateTime"]))
}

func TestSetSkew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	a := h.tie(t, m.ID, home)
	must(t, h.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.ExitDate = "2026-03-11" }))
	read := func() object { return h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusOK).body }
	same(t, "by the right clock", stvtest.Active, text(read()["status"]))
	h.SetSkew(15 * time.Hour) // It is tomorrow in Switzerland from 14 hours on.
	same(t, "by a clock ahead", stvtest.Left, text(read()["status"]))
	h.patch(t, m.ID, object{"city": "Thun"})
	same(t, "a stamp of a clock ahead", "2026-03-11T00:00:00Z", text(read()["lastModifiedDateTime"]))
	h.SetSkew(-3 * time.Hour)
	h.patch(t, m.ID, object{"city": "Biel"})
	same(t, "a stamp of a clock behind", "2026-03-10T06:00:00Z", text(read()["lastModifiedDateTime"]))
	h.SetSkew(0)
	same(t, "by the right clock again", stvtest.Active, text(read()["status"]))
}
