package stv

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// mark stands for a value of a person and is planted in what comes for every hash: only a quote brings it into an error. It
// can be no name of a property and no code.
const mark = "Qzx@mark"

func planted(text []byte) []byte {
	return []byte(strings.ReplaceAll(string(text), "#", mark))
}

// answered is an answer that says it is JSON.
func answered(status int, body []byte) httpx.Response {
	return httpx.Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// quotesNothing holds err to the rule that what the federation says in words is not passed on.
func quotesNothing(t *testing.T, err error) {
	t.Helper()
	said, ok := errors.AsType[*port.Error](err)
	switch {
	case !ok:
		t.Errorf("the error is none of a system: %v", err)
	case strings.Contains(err.Error()+said.Advice+said.Into+said.Number+strings.Join(said.Fields, " "), mark):
		t.Errorf("the error quotes what came: %v", err)
	}
}

// aSystem asks for some properties of members.
func aSystem(f *testing.F) *System {
	f.Helper()
	s, err := New(Config{
		URL: "https://stv.example", Club: "1.01.05.4521.00-0", Token: func(context.Context) (string, error) { return "t", nil },
		HTTP: httpx.New(httpx.Config{Now: time.Now}), Now: time.Now,
		Select: map[string][]string{kindMembers: {"lastName", "email"}},
	})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// isDocument holds a document to what every reader of one relies on: a place, a version, an object with what was asked for
// and nothing else.
func isDocument(t *testing.T, s *System, d record.Document) {
	t.Helper()
	var entity map[string]json.RawMessage
	if at, err := s.placeOf(d.Ref); err != nil || at.kind != d.Kind || d.Version == "" {
		t.Errorf("%q, version %q, is no document: %v", d.Ref, d.Version, err)
	}
	if err := json.Unmarshal(d.Body, &entity); err != nil {
		t.Errorf("%s is no JSON object: %s", d.Ref, d.Body)
	}
	for name := range entity {
		if name != "id" && name != "@odata.etag" && name != "lastName" && name != "email" {
			t.Errorf("%s comes with %q, which nobody asked for", d.Ref, name)
		}
	}
}

const anID = "6f9619ff-8b86-d011-b42d-00c04fc964ff"

// FuzzPage reads anything as a page of members: what is taken holds documents and leads on to the same list, and a refusal
// quotes nothing.
func FuzzPage(f *testing.F) {
	const row = `{"@odata.etag":"W/\"1\"","id":"` + anID + `","lastName":"#","email":null,"lastModifiedDateTime":"2026-01-31T00:00:00Z"}`
	for _, body := range []string{
		`{"@odata.count":263,"value":[` + row + `],"@odata.nextLink":"https://stv.example/api/stv/club/v1.0/members?$skiptoken=2"}`,
		`{"@odata.count":0,"value":[]}`,
		`{"value":[` + row + `],"@odata.nextLink":"?$skiptoken=#"}`,
		`{"value":[` + row + `],"@odata.nextLink":"https://#/api/stv/club/v1.0/members"}`,
		`{"value":[` + row + `],"@odata.nextLink":"https://%#"}`,
		`{"value":[` + row + `],"@odata.nextLink":"https://stv.example/api/stv/club/v1.0/affiliations?$skiptoken=2"}`,
		`{"@odata.count":-5,"value":[` + row + `,` + row + `]}`,
		`{"@odata.count":"#","value":[]}`,
		`{"value":[{"id":"#","@odata.etag":"1"}]}`,
		`{"value":[{"id":"` + anID + `"},null,[],"#"]}`,
		`{"value":[{"id":"` + anID + `","ID":"` + anID + `","@odata.etag":"#","@ODATA.ETAG":"","phoneMobile":"#"}]}`,
		`{"value":[{"id":"` + anID + `","@odata.etag":"1","lastModifiedDateTime":"#"}]}`,
		`{"value":null}`, `{"value":{}}`, `{}`, `[]`, `<html>#</html>`,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(403, []byte(`{"error":{"code":"Forbidden","message":"#"}}`))
	f.Add(400, []byte(`{"error":{"code":"#","message":"#","target":"#"}}`))
	s := aSystem(f)
	at := s.base.JoinPath(kindMembers)
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		body = planted(body)
		p, err := s.pageOf(kindMembers, at, answered(status, body))
		if err != nil {
			quotesNothing(t, err)
			return
		}
		if status != http.StatusOK || !json.Valid(body) {
			t.Errorf("status %d, and a page: %s", status, body)
		}
		for _, d := range p.documents {
			isDocument(t, s, d)
		}
		if p.next != nil && (p.next.Host != at.Host || p.next.Path != at.Path || p.next.Scheme != at.Scheme) {
			t.Errorf("the next page is at %s", p.next)
		}
		c := chain{visited: map[string]bool{}}
		if err := c.add(at, p); err != nil {
			quotesNothing(t, err)
		}
	})
}

// FuzzEntity reads anything as one member that was asked for: it is that member, with what was asked for and nothing else,
// or it is none.
func FuzzEntity(f *testing.F) {
	for _, body := range []string{
		`{"@odata.context":"$metadata#members/$entity","@odata.etag":"W/\"1\"","id":"` + anID + `","lastName":"#","email":"a@b.ch"}`,
		`{"id":"` + anID + `","@odata.etag":""}`,
		`{"id":"` + anID + `","@odata.etag":"1","id":"00000000-0000-0000-0000-000000000000"}`,
		`{"id":"6F9619FF-8B86-D011-B42D-00C04FC964FF","@odata.etag":"1"}`,
		`{"id":"` + anID + `","@odata.etag":"1","last\u004eame":"#","lastname":"#","\ud800":1}`,
		`{"id":["` + anID + `"],"@odata.etag":{}}`, `{"id":"#","@odata.etag":"1"}`, `{"lastName":[[[[[[1e999]]]]]]`, `null`, `[]`, `#`, ``,
	} {
		f.Add(200, []byte(body))
	}
	f.Add(404, []byte(`{"error":{"code":"NotFound"}}`))
	s := aSystem(f)
	at := place{kindMembers, anID}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		body = planted(body)
		a := answered(status, body)
		d, ok := s.entity(at, a)
		if ok {
			if status != http.StatusOK || d.Ref != at.ref() {
				t.Errorf("status %d: %s in place of %s", status, d.Ref, at.ref())
			}
			isDocument(t, s, d)
			again, err := s.trimmed(kindMembers, d.Body)
			if diff := cmp.Diff(d, again); err != nil || diff != "" {
				t.Errorf("the document, read again: %v (-want +got):\n%s", err, diff)
			}
		}
		quotesNothing(t, notShown(at.kind, a))
	})
}

// FuzzRefusal reads anything as a refusal: of what it says, only names, codes, numbers and references that can be none of a
// person's values reach the error.
func FuzzRefusal(f *testing.F) {
	for _, body := range []string{
		`{"error":{"code":"Invalid","message":"# is no category","target":"category","details":[{"code":"Invalid","target":"affiliations/category"},{"target":"#"}]}}`,
		`{"error":{"code":"#","target":"#/#","details":[{"target":"lastName"},{"target":"lastName"}]}}`,
		`{"error":{"code":"MemberExists","message":"#","memberNumber":"012345"}}`,
		`{"error":{"code":"MemberExists","memberNumber":"#"}}`,
		`{"error":{"code":"Merged","mergedInto":"` + anID + `"}}`, `{"error":{"code":"Merged","mergedInto":"#"}}`,
		`{"error":{"code":"WriteWindowClosed"}}`, `{"error":{"code":"Invalid","details":"#"}}`, `{"error":{"code":7}}`, `{"error":"#"}`, `{}`, `[]`, `<html>#</html>`,
	} {
		for _, status := range []int{400, 403, 404, 409, 410, 412, 428} {
			f.Add(status, []byte(body))
		}
	}
	writes := []record.Write{
		{Kind: kindMembers, Op: record.CreateDocument},
		{Kind: kindMembers, Ref: kindMembers + "/" + anID, Op: record.ChangeDocument},
		{Kind: kindFunctions, Ref: kindFunctions + "/" + anID, Op: record.DeleteDocument},
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := answered(status, planted(body))
		r, own := refusalIn(a)
		if own && (status < 400 || status > 499 || !json.Valid(a.Body)) {
			t.Errorf("status %d, a refusal: %s", status, a.Body)
		}
		for _, e := range []*port.Error{notListed(a), notShown(kindMembers, a), r.gone(kindMembers)} {
			quotesNothing(t, e)
		}
		for _, w := range writes {
			e := notWritten(w, a)
			quotesNothing(t, e)
			if !own && e.Next != port.Look {
				t.Errorf("%s: what is not the federation's settles the outcome of a write: %q", w.Op, e.Next)
			}
			if e.Next == port.Gone && w.Op == record.CreateDocument {
				t.Error("what is created is gone")
			}
			if e.Next == port.Exists && !isNumber(e.Number) {
				t.Errorf("%q is the number of a person who exists", e.Number)
			}
			if e.Into != "" {
				if _, err := (*System)(nil).placeOf(e.Into); err != nil {
					t.Errorf("merged into %q: %v", e.Into, err)
				}
			}
		}
	})
}
