package stvtest_test

import (
	"net/http"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
)

func TestWhoAmI(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) {
		c.Tokens["ends"] = stvtest.Grant{Club: neighbour, Expires: time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)}
	})
	for _, tt := range []struct {
		name, token string
		closed      bool
		want        object
	}{
		{"a token that writes and never ends", token, false, object{
			"clubNumber": home, "name": "TV Beispiel", "canton": "BE", "language": "de",
			"tokenExpires": nil, "rights": []any{"read", "write"}, "writeWindow": "open",
		}},
		{"a token that only reads", reader, false, object{
			"clubNumber": home, "name": "TV Beispiel", "canton": "BE", "language": "de",
			"tokenExpires": nil, "rights": []any{"read"}, "writeWindow": "open",
		}},
		{"a token that ends, in a closed window", "ends", true, object{
			"clubNumber": neighbour, "name": "TV Nachbar", "canton": "BE", "language": "fr",
			"tokenExpires": "2026-12-31T23:00:00Z", "rights": []any{"read", "write"}, "writeWindow": "closed",
		}},
	} {
		if tt.closed {
			h.SetWriteWindow(stvtest.WindowClosed)
		}
		same(t, tt.name, tt.want, h.want(t, ask{path: "club", token: tt.token}, http.StatusOK).body)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) {
		c.Tokens["ended"] = stvtest.Grant{Club: home, Expires: time.Date(2026, 3, 10, 9, 0, 0, 500_000_000, time.UTC)} // now
		c.Tokens["revoked"] = stvtest.Grant{Club: home, Revoked: true}
		c.Tokens["ends"] = stvtest.Grant{Club: home, Expires: time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)}
	})
	for name, token := range map[string]string{
		"no token": "-", "an unknown token": "guess", "a token that has ended": "ended", "a revoked token": "revoked",
	} {
		for _, path := range []string{"club", "members", "nothing"} {
			got := h.want(t, ask{path: path, token: token}, http.StatusUnauthorized, "Unauthorized")
			same(t, name+": the challenge", "Bearer", got.header.Get("WWW-Authenticate"))
		}
	}
	h.want(t, ask{path: "members", token: "ends"}, http.StatusOK)
	h.clock.Add(time.Hour)
	h.want(t, ask{path: "members", token: "ends"}, http.StatusUnauthorized)
	h.SetGrant("ends", stvtest.Grant{Club: home})
	h.want(t, ask{path: "members", token: "ends"}, http.StatusOK)
}

func TestWriteWindow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) { c.WriteWindow = stvtest.WindowClosed })
	create := ask{method: http.MethodPost, path: "members", body: person(nil)}
	h.want(t, create, http.StatusForbidden, "WriteWindowClosed")
	h.want(t, ask{path: "members"}, http.StatusOK)
	h.SetWriteWindow(stvtest.WindowOpen)
	h.want(t, create, http.StatusCreated)
}

func TestReadingTokenWritesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
	for _, a := range []ask{
		{method: http.MethodPost, path: "members", body: person(nil)},
		{method: http.MethodPost, path: "affiliations", body: object{}},
		{method: http.MethodPost, path: "functions", body: object{}},
		{method: http.MethodPost, path: "subscriptions", body: object{}},
		{method: http.MethodPatch, path: "members(" + m.ID + ")", body: object{}},
		{method: http.MethodDelete, path: "functions(" + f.ID + ")", match: f.ETag},
	} {
		a.token = reader
		h.want(t, a, http.StatusForbidden, "ReadOnly")
	}
	h.SetGrant("blind", stvtest.Grant{Club: home, Rights: []string{"write"}})
	h.want(t, ask{path: "members", token: "blind"}, http.StatusForbidden, "Forbidden")
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	a := h.tie(t, m.ID, home)
	for _, tt := range []struct {
		name   string
		method string
		path   string
		status int
		allow  string
	}{
		{"a set that is not there", http.MethodGet, "people", 404, ""},
		{"a set in another case", http.MethodGet, "Members", 404, ""},
		{"a path with a slash for a key", http.MethodGet, "members/" + m.ID, 404, ""},
		{"a key in quotes", http.MethodGet, "members('" + m.ID + "')", 404, ""},
		{"a key that is not closed", http.MethodGet, "members(" + m.ID, 404, ""},
		{"a key that is not one", http.MethodGet, "members(1)", 404, ""},
		{"something below an entity", http.MethodGet, "members(" + m.ID + ")/affiliations", 404, ""},
		{"an id of another set", http.MethodGet, "affiliations(" + m.ID + ")", 404, ""},
		{"a path beside the base", http.MethodGet, "../v2.0/members", 404, ""},
		{"deleting a member", http.MethodDelete, "members(" + m.ID + ")", 405, "GET, PATCH"},
		{"deleting an affiliation", http.MethodDelete, "affiliations(" + a.ID + ")", 405, "GET, PATCH"},
		{"replacing a member", http.MethodPut, "members(" + m.ID + ")", 405, "GET, PATCH"},
		{"replacing a function", http.MethodPut, "functions(" + m.ID + ")", 405, "DELETE, GET, PATCH"},
		{"changing a set", http.MethodPatch, "members", 405, "GET, POST"},
		{"writing who one is", http.MethodPost, "club", 405, "GET"},
		{"writing a code table", http.MethodPost, "categories", 405, "GET"},
		{"reading a batch", http.MethodGet, "$batch", 405, "POST"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := h.want(t, ask{method: tt.method, path: tt.path}, tt.status)
			same(t, "Allow", tt.allow, got.header.Get("Allow"))
		})
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for kind, status := range map[string]int{
		"application/json":                   http.StatusBadRequest,
		"application/json; charset=utf-8":    http.StatusBadRequest,
		"Application/JSON;odata.metadata=no": http.StatusBadRequest,
		"text/plain":                         http.StatusUnsupportedMediaType,
		"application/xml":                    http.StatusUnsupportedMediaType,
		"application/merge-patch+json":       http.StatusUnsupportedMediaType,
	} {
		// An empty object is a bad request once it is read at all.
		h.want(t, ask{method: http.MethodPost, path: "functions", body: object{}, kind: kind}, status)
	}
	h.want(t, ask{method: http.MethodPost, path: "functions"}, http.StatusUnsupportedMediaType)
}

func TestCodeTables(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) {
		c.Publications = []stvtest.Code{
			{Code: "OLD", Name: stvtest.Names{De: "Alt", Fr: "Ancien", It: "Vecchio"}, ValidFrom: "2000-01-01", ValidTo: "2025-12-31"},
			{Code: "NEW", Name: stvtest.Names{De: "Neu", Fr: "Nouveau", It: "Nuovo"}, ValidFrom: "2026-01-01"},
		}
	})
	codes := func(table string) []string { return each(h.want(t, ask{path: table}, http.StatusOK).rows(), "code") }
	same(t, "categories", []string{
		"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "28", "29",
	}, codes("categories"))
	same(t, "function codes", []string{"PRA", "KAS", "LEI", "TEC"}, codes("functionCodes"))
	same(t, "a row that ends and one that does not", []object{
		{"code": "OLD", "name": object{"de": "Alt", "fr": "Ancien", "it": "Vecchio"}, "validFrom": "2000-01-01", "validTo": "2025-12-31"},
		{"code": "NEW", "name": object{"de": "Neu", "fr": "Nouveau", "it": "Nuovo"}, "validFrom": "2026-01-01", "validTo": nil},
	}, h.do(t, ask{path: "publications"}).rows())
	h.want(t, ask{path: "categories?$top=1"}, http.StatusBadRequest, "UnknownOption")
	h.want(t, ask{path: "club?$select=name"}, http.StatusBadRequest, "UnknownOption")

	same(t, "the publications without a configuration", []string{"GYMLIVE", "STVAKTUELL"},
		each(newHouse(t).do(t, ask{path: "publications"}).rows(), "code"))
}

func TestTokenSeesItsClubAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ours, theirs := h.seed("Muster", home), h.seed("Nachbar", neighbour)
	for _, id := range []string{ours.ID, theirs.ID} {
		h.AddFunction(stvtest.Function{MemberID: id, ClubNumber: home, FunctionCode: "PRA", StartDate: "2026-01-01"})
		h.AddFunction(stvtest.Function{MemberID: id, ClubNumber: neighbour, FunctionCode: "PRA", StartDate: "2026-01-01"})
		h.AddSubscription(stvtest.Subscription{MemberID: id, Publication: "GYMLIVE", Language: "de", StartDate: "2026-01-01"})
	}
	for _, tt := range []struct{ token, member, club string }{{token, ours.ID, home}, {other, theirs.ID, neighbour}} {
		list := func(path, property string) []string {
			return each(h.want(t, ask{path: path + query("$select", property), token: tt.token}, http.StatusOK).rows(), property)
		}
		same(t, "members", []string{tt.member}, list("members", "id"))
		same(t, "affiliations", []string{tt.member}, list("affiliations", "memberId"))
		same(t, "whose functions", []string{tt.member}, list("functions", "memberId"))
		same(t, "the functions' club", []string{tt.club}, list("functions", "clubNumber"))
		same(t, "subscriptions", []string{tt.member}, list("subscriptions", "memberId"))
	}
	h.want(t, ask{path: "members(" + theirs.ID + ")"}, http.StatusNotFound)
	h.want(t, ask{path: "affiliations(" + h.tie(t, theirs.ID, neighbour).ID + ")"}, http.StatusNotFound)
}
