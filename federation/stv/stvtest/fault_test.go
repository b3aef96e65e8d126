package stvtest_test

import (
	"net/http"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
)

func TestFaultsSpeakTheFederationsForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, tt := range []struct {
		rule   faults.Rule
		status int
		code   string
		retry  string
	}{
		{faults.Rule{Kind: faults.Unauthorized}, 401, "Unauthorized", ""},
		{faults.Rule{Kind: faults.Forbidden}, 403, "Forbidden", ""},
		{faults.Rule{Kind: faults.TooMany, Delay: 1500 * time.Millisecond}, 429, "TooManyRequests", "2"},
		{faults.Rule{Kind: faults.TooManyBare}, 429, "TooManyRequests", ""},
		{faults.Rule{Kind: faults.ServerError}, 500, "ServerError", ""},
		{faults.Rule{Kind: faults.Unavailable, Delay: 24 * time.Hour}, 503, "Maintenance", "86400"},
	} {
		h.Faults().Add(tt.rule)
		got := h.want(t, ask{path: "members"}, tt.status, tt.code)
		same(t, string(tt.rule.Kind)+": Retry-After", tt.retry, got.header.Get("Retry-After"))
		h.Faults().Clear()
	}
}

func TestFaultsOnOneOperation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	a := h.tie(t, m.ID, home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
	for op, a := range map[string]ask{
		"club":                 {path: "club"},
		"members.list":         {path: "members"},
		"members.read":         {path: "members(" + m.ID + ")"},
		"members.create":       {method: http.MethodPost, path: "members"},
		"members.change":       {method: http.MethodPatch, path: "members(" + m.ID + ")"},
		"affiliations.list":    {path: "affiliations"},
		"affiliations.create":  {method: http.MethodPost, path: "affiliations"},
		"affiliations.change":  {method: http.MethodPatch, path: "affiliations(" + a.ID + ")"},
		"functions.delete":     {method: http.MethodDelete, path: "functions(" + f.ID + ")"},
		"subscriptions.delete": {method: http.MethodDelete, path: "subscriptions(" + f.ID + ")"},
		"categories":           {path: "categories"},
		"functionCodes":        {path: "functionCodes"},
		"publications":         {path: "publications"},
		"batch":                {method: http.MethodPost, path: "$batch"},
	} {
		h.Faults().Add(faults.Rule{Op: op, Kind: faults.Unavailable, Times: 1})
		if got := h.do(t, a); got.status != http.StatusServiceUnavailable {
			t.Errorf("%s: got %d, want 503", op, got.status)
		}
		same(t, op+": rules left", 0, len(h.Faults().List()))
	}
}

// TestLostAnswer is the create that happened and that the client knows nothing of.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Faults().Add(faults.Rule{Op: "members.create", Kind: faults.CutAfter, Times: 1})
	create := ask{method: http.MethodPost, path: "members", body: person(nil)}
	if got, err := h.try(t, create); err == nil {
		t.Fatalf("got %d, want the connection cut", got.status)
	}
	same(t, "what the server got", []stvtest.Request{
		{Op: "members.create", Method: "POST", Path: stvtest.Base + "/members"},
	}, h.Requests())
	got := h.want(t, create, http.StatusConflict, "MemberExists")
	same(t, "the number of the one that is there", h.Members()[0].MemberNumber, text(got.error()["memberNumber"]))
}

func TestLostNext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	crowd(h, 5)
	list := ask{path: "members?$select=lastName&$count=true&$orderby=lastName", prefer: "odata.maxpagesize=2"}
	h.Faults().Add(faults.Rule{Op: "members.list", Kind: faults.LostNext, After: 1, Times: 1})
	same(t, "pages with the mark lost on the second", [][]string{{"Name0000", "Name0001"}, {"Name0002", "Name0003"}}, h.pages(t, list))
	same(t, "pages afterwards", 3, len(h.pages(t, list)))

	// A page that has no mark has none to lose.
	h.Faults().Add(faults.Rule{Op: "members.list", Kind: faults.LostNext, Times: 1})
	list.prefer = ""
	h.want(t, list, http.StatusOK)
	same(t, "rules left", 1, len(h.Faults().List()))
}

func TestLostRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		percent   int
		uncounted bool
		rows      int
		count     any
	}{
		{"a share, the count kept", 40, false, 30, 50.0},
		{"a share, the count with them", 40, true, 30, 30.0},
		{"one row at least", 1, false, 49, 50.0},
		{"all of them", 0, false, 0, 50.0},
		{"all of them, said otherwise", 100, true, 0, 0.0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(c *stvtest.Config) { c.LostRowsUncounted = tt.uncounted })
			crowd(h, 50)
			h.Faults().Add(faults.Rule{Op: "members.list", Kind: faults.LostRows, Percent: tt.percent, Times: 1})
			got := h.want(t, ask{path: "members?$count=true"}, http.StatusOK)
			same(t, "rows", tt.rows, len(got.rows()))
			same(t, "count", tt.count, got.body["@odata.count"])
			same(t, "rows afterwards", 50, len(h.want(t, ask{path: "members"}, http.StatusOK).rows()))
		})
	}
}
