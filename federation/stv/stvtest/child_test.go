package stvtest_test

import (
	"net/http"
	"testing"

	"passerelle/federation/stv/stvtest"
)

func TestFunctionsAndSubscriptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		set  string
		body object // beside memberId
		want object // beside id, etag, stamp and memberId
	}{
		{
			"a function with all it may have", "functions",
			object{"clubNumber": home, "functionCode": "PRA", "organ": " Vorstand ", "startDate": "2026-01-01", "endDate": "2026-12-31"},
			object{"clubNumber": home, "functionCode": "PRA", "organ": "Vorstand", "startDate": "2026-01-01", "endDate": "2026-12-31"},
		},
		{
			"a function with what it must have", "functions",
			object{"functionCode": "LEI", "startDate": "2026-01-01"},
			object{"clubNumber": home, "functionCode": "LEI", "organ": nil, "startDate": "2026-01-01", "endDate": nil},
		},
		{
			"a subscription with all it may have", "subscriptions",
			object{"publication": "GYMLIVE", "language": "fr", "delivery": "digital", "copies": 2, "startDate": "2026-01-01", "endDate": "2026-12-31"},
			object{"publication": "GYMLIVE", "language": "fr", "delivery": "digital", "copies": 2.0, "startDate": "2026-01-01", "endDate": "2026-12-31"},
		},
		{
			"a subscription with what it must have", "subscriptions",
			object{"publication": "STVAKTUELL", "language": "it", "startDate": "2026-01-01"},
			object{"publication": "STVAKTUELL", "language": "it", "delivery": nil, "copies": nil, "startDate": "2026-01-01", "endDate": nil},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			m := h.seed("Muster", home)
			tt.body["memberId"] = m.ID
			got := h.want(t, ask{method: http.MethodPost, path: tt.set, body: tt.body}, http.StatusCreated)
			id, etag := text(got.body["id"]), text(got.body["@odata.etag"])
			tt.want["id"], tt.want["@odata.etag"], tt.want["memberId"] = id, etag, m.ID
			tt.want["lastModifiedDateTime"] = "2026-03-10T09:00:00Z"
			same(t, "created", tt.want, got.body)
			path := tt.set + "(" + id + ")"
			same(t, "read", tt.want, h.want(t, ask{path: path}, http.StatusOK).body)

			changed := h.want(t, ask{method: http.MethodPatch, path: path, body: object{"endDate": "2026-06-30"}, match: etag}, http.StatusOK)
			same(t, "the end", "2026-06-30", text(changed.body["endDate"]))
			gone := ask{method: http.MethodDelete, path: path}
			h.want(t, gone, http.StatusPreconditionRequired)
			gone.match = "*"
			h.want(t, gone, http.StatusBadRequest)
			gone.match = etag
			h.want(t, gone, http.StatusPreconditionFailed)
			gone.match, gone.token = text(changed.body["@odata.etag"]), other
			h.want(t, gone, http.StatusNotFound)
			gone.token = ""
			if got := h.want(t, gone, http.StatusNoContent); got.text != "" {
				t.Errorf("204 with a body: %q", got.text)
			}
			h.want(t, gone, http.StatusNotFound)
			h.want(t, ask{path: path}, http.StatusNotFound)
			h.want(t, ask{method: http.MethodPost, path: tt.set, body: tt.body}, http.StatusCreated)
		})
	}
}

func TestFunctionsAndSubscriptionsRefuse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) {
		c.FunctionCodes = []stvtest.Code{{Code: "PRA", ValidFrom: "2016-01-01"}, {Code: "OLD", ValidFrom: "2016-01-01", ValidTo: "2025-12-31"}}
	})
	m := h.seed("Muster", home)
	theirs := h.seed("Nachbar", neighbour)
	h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "PRA", Organ: "VST", StartDate: "2020-01-01"})
	h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", StartDate: "2020-01-01", EndDate: "2021-12-31"})
	for _, tt := range []struct {
		name    string
		set     string
		changes object
		status  int
		code    string
		target  string
	}{
		{"a function for no one", "functions", object{"memberId": nil}, 400, "Required", "memberId"},
		{"a function for someone who is not there", "functions", object{"memberId": "00000000-0000-4000-8000-000000000000"}, 400, "UnknownMember", "memberId"},
		{"a function for another club's member", "functions", object{"memberId": theirs.ID}, 400, "UnknownMember", "memberId"},
		{"a function in another club", "functions", object{"clubNumber": neighbour}, 403, "OtherClub", ""},
		{"a function without a code", "functions", object{"functionCode": nil}, 400, "Required", "functionCode"},
		{"a function that is not in the table", "functions", object{"functionCode": "XXX"}, 400, "UnknownCode", "functionCode"},
		{"a function that is no more", "functions", object{"functionCode": "OLD"}, 400, "UnknownCode", "functionCode"},
		{"a function without a start", "functions", object{"startDate": nil}, 400, "Required", "startDate"},
		{"a function that ends before it starts", "functions", object{"endDate": "2025-12-31"}, 400, "Format", "endDate"},
		{"the same function, organ and start", "functions", object{"organ": "VST", "startDate": "2020-01-01"}, 409, "FunctionExists", ""},
		{"the same function from another day", "functions", object{"organ": "VST"}, 201, "", ""},
		{"the same function in another organ", "functions", object{"organ": "TK", "startDate": "2020-01-01"}, 201, "", ""},

		{"a subscription for no one", "subscriptions", object{"memberId": nil}, 400, "Required", "memberId"},
		{"a subscription for another club's member", "subscriptions", object{"memberId": theirs.ID}, 400, "UnknownMember", "memberId"},
		{"a subscription of a club", "subscriptions", object{"clubNumber": home}, 400, "UnknownProperty", "clubNumber"},
		{"a publication that is not in the table", "subscriptions", object{"publication": "NZZ"}, 400, "UnknownCode", "publication"},
		{"a publication that the member has had", "subscriptions", object{"publication": "GYMLIVE"}, 409, "SubscriptionExists", ""},
		{"a subscription in another language", "subscriptions", object{"language": "rm"}, 400, "Format", "language"},
		{"a subscription without a language", "subscriptions", object{"language": nil}, 400, "Required", "language"},
		{"a subscription without a start", "subscriptions", object{"startDate": nil}, 400, "Required", "startDate"},
		{"a subscription by pigeon", "subscriptions", object{"delivery": "pigeon"}, 400, "Format", "delivery"},
		{"no copies", "subscriptions", object{"copies": 0}, 400, "Format", "copies"},
		{"half a copy", "subscriptions", object{"copies": 1.5}, 400, "Type", "copies"},
		{"copies as text", "subscriptions", object{"copies": "2"}, 400, "Type", "copies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := object{"memberId": m.ID, "functionCode": "PRA", "startDate": "2026-01-01"}
			if tt.set == "subscriptions" {
				body = object{"memberId": m.ID, "publication": "STVAKTUELL", "language": "de", "startDate": "2026-01-01"}
			}
			for k, v := range tt.changes {
				body[k] = v
				if v == nil {
					delete(body, k)
				}
			}
			h.want(t, ask{method: http.MethodPost, path: tt.set, body: body}, tt.status, tt.code, tt.target)
		})
	}
}

func TestChangeFunctionsAndSubscriptions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "PRA", StartDate: "2020-01-01"})
	h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "KAS", StartDate: "2020-01-01"})
	sub := h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", Copies: 2, StartDate: "2020-01-01"})
	h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "STVAKTUELL", Language: "de", StartDate: "2020-01-01"})
	function, subscription := "functions("+f.ID+")", "subscriptions("+sub.ID+")"
	for _, tt := range []struct {
		name   string
		path   string
		etag   string
		body   object
		status int
		code   string
	}{
		{"a function into one that is there", function, f.ETag, object{"functionCode": "KAS"}, 409, "FunctionExists"},
		{"a subscription into one that is there", subscription, sub.ETag, object{"publication": "STVAKTUELL"}, 409, "SubscriptionExists"},
		{"a function to another club", function, f.ETag, object{"clubNumber": neighbour}, 403, "OtherClub"},
		{"a function to another member", function, f.ETag, object{"memberId": sub.ID}, 400, "NotWritable"},
		{"a function with its own member and club", function, f.ETag, object{"memberId": m.ID, "clubNumber": home}, 200, ""},
		{"a subscription without a start", subscription, sub.ETag, object{"startDate": nil}, 400, "Required"},
		{"a subscription without a language", subscription, sub.ETag, object{"language": nil}, 400, "Required"},
		{"a subscription with the copies it has", subscription, sub.ETag, object{"copies": 2}, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h.want(t, ask{method: http.MethodPatch, path: tt.path, body: tt.body, match: tt.etag}, tt.status, tt.code)
		})
	}
	t.Run("a subscription without copies", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		m := h.seed("Muster", home)
		sub := h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", Copies: 2, StartDate: "2020-01-01"})
		got := h.want(t, ask{method: http.MethodPatch, path: "subscriptions(" + sub.ID + ")", body: object{"copies": nil}, match: sub.ETag}, http.StatusOK)
		same(t, "copies", nil, got.body["copies"])
	})
}
