package fairgate_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

func create(body string) record.Write {
	return record.Write{Op: record.CreateDocument, Kind: "contact", Body: []byte(body)}
}

func change(ref, body string) record.Write {
	return record.Write{Op: record.ChangeDocument, Kind: "contact", Ref: ref, Body: []byte(body)}
}

const beat = `{"basefields":{"contact_type":"singleperson","first_name":"Beat","last_name":"Zumstein"}}`

// member returns a top-level member of a document with one value in it changed, as a write carries it: whole.
func member(tb testing.TB, doc record.Document, top, inner string, value any) string {
	tb.Helper()
	var body map[string]json.RawMessage
	var object map[string]any
	if err := json.Unmarshal(doc.Body, &body); err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(body[top], &object); err != nil {
		tb.Fatal(err)
	}
	object[inner] = value
	text, err := json.Marshal(map[string]any{top: object})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func TestAWriteReturnsWhatThereIsNow(t *testing.T) {
	t.Parallel()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		for _, merge := range []fairgatetest.Merge{fairgatetest.Deep, fairgatetest.Shallow} {
			t.Run(fmt.Sprintf("%s shape, %s merge", shape, merge), func(t *testing.T) {
				t.Parallel()
				c := open(t, func(s *settings) { s.sim.Shape, s.sim.Merge = shape, merge })
				ref := c.populate(1)[0]
				before, err := c.Read(t.Context(), ref)
				if err != nil {
					t.Fatal(err)
				}
				changed, err := c.Write(t.Context(), change(ref, member(t, before, "communication", "mobile", "+41790000099")))
				if err != nil {
					t.Fatal(err)
				}
				created, err := c.Write(t.Context(), create(beat))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.all(t), append(changed, created...)); diff != "" {
					t.Errorf("a list and what the writes returned (-list +writes):\n%s", diff)
				}
				want := person("Vreni", "Oberhänsli", "vreni0@example.org")
				want.Communication.Mobile = "+41790000099"
				got := c.sim.Contacts()[0]
				want.Basefields.ContactID, want.Basefields.LastUpdate = got.Basefields.ContactID, got.Basefields.LastUpdate
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("only the phone changes (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAWriteGoesOutByteForByte(t *testing.T) {
	t.Parallel()
	type sent struct{ Method, Path, Type, Body string }
	var got []sent
	c := open(t, func(s *settings) {
		s.between = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if op := operation(r); op == fairgatetest.OpCreate || op == fairgatetest.OpChange {
					body, err := io.ReadAll(r.Body)
					if err != nil {
						t.Error(err)
					}
					got = append(got, sent{r.Method, r.URL.EscapedPath(), r.Header.Get("Content-Type"), string(body)})
				}
				next.ServeHTTP(w, r)
			})
		}
		s.sim.Organisation, s.config.Organisation = "tv/b ü", "tv/b ü"
	})
	const spaced = `{ "status" : "active" }`
	_, _ = c.Write(t.Context(), create(spaced))
	_, _ = c.Write(t.Context(), change("contact/7", spaced))
	const contacts = "/fsa/v2.0/contact/tv%2Fb%20%C3%BC/contacts"
	want := []sent{
		{"POST", contacts, "application/json", spaced},
		{"PUT", contacts + "/7", "application/json", spaced},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestThePathsOfWritesCanBeOthers(t *testing.T) {
	t.Parallel()
	var got []string
	c := open(t, func(s *settings) {
		s.config.Assumed.Create, s.config.Assumed.Change = "/v3/{oid}/new", "/v3/{oid}/{id}/edit"
		s.between = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if operation(r) != fairgatetest.OpToken {
					got = append(got, r.Method+" "+r.URL.Path)
				}
				next.ServeHTTP(w, r)
			})
		}
	})
	_, created := c.Write(t.Context(), create(beat))
	_, changed := c.Write(t.Context(), change("contact/7", beat))
	if diff := cmp.Diff([]string{"POST /v3/tvb/new", "PUT /v3/tvb/7/edit"}, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if next(created) != port.Stop || next(changed) != port.Gone {
		t.Errorf("not served: create %v, change %v; want stop and gone", created, changed)
	}
}

func TestAnEMailThatIsNotUniqueIsAsked(t *testing.T) {
	t.Parallel()
	c := open(t)
	refs := c.populate(2)
	const taken = `"communication":{"primary_email":"VRENI0@example.org"}`
	for name, w := range map[string]record.Write{
		"of a new contact": create(strings.TrimSuffix(beat, "}") + "," + taken + "}"),
		"of an old one":    change(refs[1], "{"+taken+"}"),
	} {
		_, err := c.Write(t.Context(), w)
		e := port.As(err)
		if e == nil || e.Next != port.Ask || !e.Unique || !cmp.Equal(e.Fields, []string{"communication.primary_email"}) {
			t.Errorf("%s: %#v, want asked as not unique", name, e)
		}
	}
	if got := len(c.sim.Contacts()); got != 2 {
		t.Errorf("%d contacts, want 2", got)
	}
}

func TestRefusalsNameTheirFields(t *testing.T) {
	t.Parallel()
	world := open(t)
	refusal := func(fields ...string) string {
		var list []any
		for _, f := range fields {
			list = append(list, map[string]any{"field": f, "message": "079 000 00 01 is wrong"})
		}
		body, err := json.Marshal(map[string]any{"code": 400, "success": false, "message": "Vreni", "data": nil, "errors": list})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	const email = "communication.primary_email"
	tests := map[string]struct {
		status int
		body   string
		fields []string
		unique bool
	}{
		"one field":                            {400, refusal("corr_address.city"), []string{"corr_address.city"}, false},
		"two fields, one of them twice":        {400, refusal("status", "custom_fields.104[0]", "status"), []string{"status", "custom_fields.104[0]"}, false},
		"the e-mail, because it is none":       {400, refusal(email), []string{email}, false},
		"the e-mail, because another has it":   {200, refusal(email), []string{email}, true},
		"the e-mail and something else":        {200, refusal(email, "status"), []string{email, "status"}, false},
		"another field, although with 200":     {200, refusal("status"), []string{"status"}, false},
		"no field":                             {400, refusal(), nil, false},
		"a field without a name":               {400, refusal(""), nil, false},
		"a field that is no place but a value": {400, refusal("Vreni Oberhänsli, 079 000 00 01"), nil, false},
		"a field too long to be one":           {400, refusal(strings.Repeat("a", 101)), nil, false},
		"errors in another form":               {400, `{"success":false,"errors":{"status":"wrong"}}`, nil, false},
		"errors as texts":                      {400, `{"success":false,"errors":["wrong"]}`, nil, false},
		"no errors at all":                     {400, `{"success":false}`, nil, false},
		"a conflict":                           {409, refusal("status"), []string{"status"}, false},
		"a content that cannot be worked upon": {422, refusal("status"), []string{"status"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for op, w := range map[string]record.Write{
				fairgatetest.OpCreate: create(beat), fairgatetest.OpChange: change("contact/1001", beat),
			} {
				c := world.behind(t, instead(op, tt.status, tt.body))
				_, err := c.Write(t.Context(), w)
				e := port.As(err)
				if e == nil || e.Next != port.Ask || e.Unique != tt.unique {
					t.Fatalf("%s: %#v, want asked, unique %t", op, e, tt.unique)
				}
				if diff := cmp.Diff(tt.fields, e.Fields); diff != "" {
					t.Errorf("%s: fields (-want +got):\n%s", op, diff)
				}
				if strings.Contains(err.Error(), "Vreni") || strings.Contains(err.Error(), "079") {
					t.Errorf("%s: a value in the error: %v", op, err)
				}
			}
		})
	}
}

func TestAnswersOfWrites(t *testing.T) {
	t.Parallel()
	world := open(t)
	const done = `{"success":true,"data":{"basefields":{"contact_id":"1001"}},"errors":[]}`
	tests := map[string]struct {
		status         int
		body           string
		create, change port.Next
	}{
		"done":                                   {200, done, fine, fine},
		"done, with its id as a number":          {201, strings.ReplaceAll(done, `"1001"`, "1001"), fine, fine},
		"done to another contact":                {200, strings.Replace(done, "1001", "1002", 1), fine, port.Look},
		"done, and the contact is not shown":     {200, `{"success":true,"data":null}`, port.Look, port.Look},
		"done, and only an id is shown":          {200, `{"success":true,"data":{"contact_id":"1001"}}`, port.Look, port.Look},
		"done, without content":                  {204, ``, port.Look, port.Look},
		"done, says half an answer":              {200, done[:40], port.Look, port.Look},
		"an empty object":                        {200, `{}`, port.Look, port.Look},
		"an empty list":                          {200, `[]`, port.Look, port.Look},
		"a contact without its envelope":         {200, `{"basefields":{"contact_id":"1001"}}`, port.Look, port.Look},
		"a sign-in page":                         {200, "<html>", port.Look, port.Look},
		"a refusal that is called a success":     {400, done, port.Look, port.Look},
		"a refusal by a page":                    {400, "<html>", port.Look, port.Look},
		"a way to elsewhere":                     {302, ``, port.Look, port.Look},
		"out of order":                           {500, json403, port.Look, port.Look},
		"in maintenance":                         {503, json403, port.Look, port.Look},
		"a proxy without an answer":              {504, "<html>", port.Look, port.Look},
		"too many, for longer than one can wait": {429, json403, port.Again, port.Again},
		"no right to write":                      {403, json403, port.Wait, port.Wait},
		"a page that says forbidden":             {403, "<html>", port.Look, port.Look},
		"a token that is not taken":              {401, json403, port.Token, port.Token},
		"no such contact":                        {404, json403, port.Stop, port.Gone},
		"no such contact any more":               {410, json403, port.Stop, port.Gone},
		"a server that has no such path":         {404, "<html>", port.Look, port.Look},
		"a method that is not served":            {405, json403, port.Stop, port.Stop},
		"a type that is not taken":               {415, json403, port.Stop, port.Stop},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			creating := world.behind(t, instead(fairgatetest.OpCreate, tt.status, tt.body))
			docs, err := creating.Write(t.Context(), create(beat))
			if next(err) != tt.create || (err == nil) != (len(docs) == 1) {
				t.Errorf("create: next = %q, want %q (%v), with %d documents", next(err), tt.create, err, len(docs))
			}
			changing := world.behind(t, instead(fairgatetest.OpChange, tt.status, tt.body))
			docs, err = changing.Write(t.Context(), change("contact/1001", beat))
			if next(err) != tt.change || (err == nil) != (len(docs) == 1) {
				t.Errorf("change: next = %q, want %q (%v), with %d documents", next(err), tt.change, err, len(docs))
			}
		})
	}
}

func TestAReadOnlyKeyMakesWritesWait(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.key = readKey
	if _, err := c.Write(t.Context(), create(beat)); next(err) != port.Wait {
		t.Errorf("error = %v, want the write to wait", err)
	}
	if err := c.list(t.Context()); err != nil {
		t.Errorf("reading goes on: %v", err)
	}
}
