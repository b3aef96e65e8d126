package fairgate

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
)

// mark stands for a value of a person, or a secret, and is planted in what comes for every hash: only a quote brings it
// into an error. It can be no path of a field.
const mark = "Qzx@mark"

// quotesNothing holds err to the rule that what a system says in words is not passed on.
func quotesNothing(t *testing.T, err error) {
	t.Helper()
	said, ok := errors.AsType[*port.Error](err)
	switch {
	case !ok:
		t.Errorf("the error is none of a system: %v", err)
	case strings.Contains(err.Error()+said.Advice+strings.Join(said.Fields, " "), mark):
		t.Errorf("the error quotes what came: %v", err)
	}
}

// planted returns the text with the mark in every place that holds a hash.
func planted(text []byte) []byte {
	return []byte(strings.ReplaceAll(string(text), "#", mark))
}

// answered is an answer of a kind that says it is JSON.
func answered(status int, body []byte) httpx.Response {
	return httpx.Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// jwtOf is an access token with these claims, signed by nobody.
func jwtOf(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"ES512","typ":"JWT"}`)) + "." + part([]byte(claims)) + ".c2ln"
}

// FuzzTokens reads anything as an answer of tokens, with anything for the claims of the token in it: what is taken is this
// organisation's, is not over yet, and a refusal quotes neither.
func FuzzTokens(f *testing.F) {
	const flat = `{"access_token":"JWT","refresh_token":"r","expires_in":900}`
	const own = `{"fsa_id":"oid-1","uniq_id":"u","exp":1772370000}`
	for _, seed := range [][2]string{
		{flat, own},
		{`{"code":200,"success":true,"message":"#","data":{"token":"JWT","refresh_token":"r"},"errors":[]}`, own},
		{`{"success":false,"message":"#","data":{"token":"JWT"},"errors":[]}`, own},
		{flat, `{"fsa_id":"#"}`},
		{flat, `{"exp":1772370000}`},
		{flat, `{"fsa_id":["oid-1"],"exp":"#"}`},
		{flat, `{"fsa_id":"oid-1","exp":1e300}`},
		{flat, `{"fsa_id":"oid-1","":1e700}`},
		{flat, `#`},
		{`{"access_token":"#.#.#","expires_in":9300000000000000000}`, ``},
		{`{"access_token":"JWT","expires_in":9300000000}`, `{"fsa_id":"oid-1","exp":-9300000000000000000}`},
		{`{"access_token":"JWT","expires_in":"#"}`, own},
		{`{"data":{"data":{"token":"JWT"}}}`, own},
		{`{"data":null,"success":null}`, own},
		{`[]`, own},
		{`{}`, own},
		{`<html>#</html>`, own},
	} {
		f.Add(200, []byte(seed[0]), []byte(seed[1]))
	}
	f.Add(401, []byte(`{"success":false,"message":"#"}`), []byte(own))
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	c := Config{Organisation: "oid-1", Now: func() time.Time { return now }, Assumed: Assumed{Claim: "oid-1"}}
	f.Fuzz(func(t *testing.T, status int, body, claims []byte) {
		claims = planted(claims)
		body = planted([]byte(strings.ReplaceAll(string(body), "JWT", jwtOf(string(claims)))))
		given, err := c.readTokens(answered(status, body))
		if err != nil {
			if given != (tokens{}) {
				t.Error("a refused answer gave tokens")
			}
			quotesNothing(t, err)
			return
		}
		if status != http.StatusOK || given.access == "" {
			t.Errorf("tokens of an answer with status %d: %t", status, given.access != "")
		}
		if !given.renew.IsZero() && !given.renew.After(now) {
			t.Error("a token that is taken is at once not used any more")
		}
		// An independent reading of the claims: one object, in base64, between two points.
		parts := strings.Split(given.access, ".")
		var said map[string]json.RawMessage // a number there may be larger than any
		payload, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
		var whose string
		if err != nil || len(parts) != 3 || json.Unmarshal(payload, &said) != nil || json.Unmarshal(said["fsa_id"], &whose) != nil || whose != "oid-1" {
			t.Errorf("a token was taken whose claims are %q", payload)
		}
	})
}

// FuzzContacts reads anything as page 2 of the contacts: what is taken is no more than a page, each contact has its own id and
// comes as it was sent, and a refusal quotes nothing.
func FuzzContacts(f *testing.F) {
	const head = `{"code":200,"success":true,"message":"#","errors":[],"data":`
	for _, body := range []string{
		head + `{"totalRecords":101,"totalPages":2,"pageNo":2,"pageLimit":100,"contacts":[` +
			`{"basefields":{"contact_id":"17","first_name":"#"},"status":"active"}]}}`,
		head + `{"totalRecords":0,"totalPages":0,"pageNo":2,"pageLimit":100,"contacts":[]}}`,
		head + `{"totalRecords":9,"totalPages":9,"pageNo":2,"pageLimit":1,"contacts":[{"basefields":{"contact_id":1}},{"basefields":{"contact_id":2}}]}}`,
		head + `{"totalRecords":1,"totalPages":1,"pageNo":2,"pageLimit":0,"contacts":[]}}`,
		head + `{"totalRecords":-1,"totalPages":1,"pageNo":2,"pageLimit":100,"contacts":null}}`,
		head + `{"totalRecords":"#","pageNo":1e3}}`,
		head + `{"totalRecords":1,"totalPages":1,"pageNo":2,"pageLimit":100,"contacts":[{"basefields":{"contact_id":"#"}}]}}`,
		head + `{"totalRecords":1,"totalPages":1,"pageNo":2,"pageLimit":100,"contacts":[null,"#",{"basefields":{"contact_id":"٣"}}]}}`,
		head + `[]}`, head + `null}`, `{}`, `[]`, `#`,
		`{"code":200,"success":false,"message":"#","data":null,"errors":[{"field":"#","message":"#"}]}`,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(403, []byte(`{"success":false,"message":"#"}`))
	f.Add(404, []byte(`<html>#</html>`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		body = planted(body)
		p, err := pageOf(readReply(answered(status, body)), 2)
		if err != nil {
			if len(p.contacts) > 0 {
				t.Error("a refused page has contacts")
			}
			quotesNothing(t, err)
			return
		}
		if status != http.StatusOK || p.limit < 1 || p.records < 0 || len(p.contacts) > p.limit {
			t.Errorf("status %d: a page of %d contacts, limit %d, %d in all", status, len(p.contacts), p.limit, p.records)
		}
		for _, d := range p.contacts {
			if id, err := idOf(d.Ref); err != nil || reference(id) != d.Ref || !json.Valid(d.Body) || !strings.Contains(string(body), string(d.Body)) {
				t.Errorf("%s is no contact, or not as it came: %s", d.Ref, d.Body)
			}
		}
	})
}

// FuzzReply reads anything as an answer to a read or a write of one contact: Fairgate's own is JSON that says whether it
// went well, the fields that it refuses are paths and stand there once, and nothing else of it is told.
func FuzzReply(f *testing.F) {
	for _, body := range []string{
		`{"code":200,"success":true,"message":"#","data":{"basefields":{"contact_id":17,"last_name":"#"}},"errors":[]}`,
		`{"code":400,"success":false,"data":null,"errors":[{"field":"communication.primary_email","message":"# is not unique"}]}`,
		`{"success":false,"errors":[{"field":"custom_fields[104]"},{"field":"custom_fields[104]"},{"field":"# # #"},{"field":""}]}`,
		`{"success":false,"errors":{"field":"#"}}`, `{"success":false,"errors":"#"}`, `{"success":"#"}`, `{"success":null}`,
		`{"success":true,"data":{"basefields":{"contact_id":1e3}}}`, `{"success":true,"data":{"basefields":[]}}`,
		`{"success":true,"data":{"basefields":{"contact_id":"017"}}}`, `{}`, `[]`, `<html>#</html>`,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(404, []byte(`{"success":false,"message":"#"}`))
	f.Add(410, []byte(`{"success":true}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		body = planted(body)
		r := readReply(answered(status, body))
		if !r.own && (r.success || r.data != nil || r.refused != nil) {
			t.Errorf("something that is not Fairgate's is believed: %+v", r)
		}
		if r.own && !json.Valid(body) {
			t.Error("what is no JSON is Fairgate's own")
		}
		if r.gone() && status != http.StatusNotFound && status != http.StatusGone {
			t.Errorf("a contact is gone by status %d", status)
		}
		for i, field := range r.refused {
			if strings.Contains(field, mark) || len(field) > 100 || slices.Contains(r.refused[:i], field) {
				t.Errorf("%q is passed on as the path of a field", field)
			}
		}
		if doc, ok := document(r.data); ok {
			if id, err := idOf(doc.Ref); err != nil || strings.ContainsAny(id, "+-.eE") {
				t.Errorf("%q is no reference to a contact", doc.Ref)
			}
		}
	})
}
