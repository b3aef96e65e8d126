package fairgate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// populate adds n contacts and returns their references.
func (c *club) populate(n int) []string {
	refs := make([]string, 0, n)
	for i := range n {
		id := c.sim.Add(person("Vreni", "Oberhänsli", "vreni"+strconv.Itoa(i)+"@example.org"))
		refs = append(refs, "contact/"+id)
	}
	return refs
}

// listed is what a listing brought.
type listed struct {
	pages       [][]string // references
	certificate port.Certificate
	err         error
}

func (l listed) refs() []string {
	refs := []string{}
	for _, p := range l.pages {
		refs = append(refs, p...)
	}
	return refs
}

func (c *club) listing(t *testing.T) listed {
	t.Helper()
	var l listed
	l.certificate, l.err = c.List(t.Context(), "contact", func(docs []record.Document) error {
		var refs []string
		for _, d := range docs {
			refs = append(refs, d.Ref)
		}
		l.pages = append(l.pages, refs)
		return nil
	})
	return l
}

// atMost cuts the page size of a list to n, as Fairgate does at 100.
func atMost(n int) func(*settings) {
	return func(s *settings) {
		s.between = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query := r.URL.Query()
				if limit, err := strconv.Atoi(query.Get("pageLimit")); err == nil && limit > n {
					query.Set("pageLimit", strconv.Itoa(n))
					r.URL.RawQuery = query.Encode()
				}
				next.ServeHTTP(w, r)
			})
		}
	}
}

func TestAListingIsWholeAtAnySize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		contacts, size int
		pages          int // with contacts on them
	}{
		"nobody":                              {0, 100, 0},
		"one":                                 {1, 100, 1},
		"one page, to the last row":           {100, 100, 1},
		"one more":                            {101, 100, 2},
		"three pages":                         {250, 100, 3},
		"a server that gives forty at most":   {101, 40, 3},
		"a server that gives a row at a time": {3, 1, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, atMost(tt.size))
			want := c.populate(tt.contacts)
			got := c.listing(t)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if diff := cmp.Diff(want, got.refs()); diff != "" {
				t.Errorf("references (-want +got):\n%s", diff)
			}
			certificate := port.Certificate{Organisation: "tvb", First: tt.contacts, Last: tt.contacts, Closed: true}
			if diff := cmp.Diff(certificate, got.certificate); diff != "" {
				t.Errorf("certificate (-want +got):\n%s", diff)
			}
			if len(got.pages) != tt.pages || c.asked(fairgatetest.OpList) != max(tt.pages, 1) {
				t.Errorf("%d pages of %d requests, want %d", len(got.pages), c.asked(fairgatetest.OpList), tt.pages)
			}
		})
	}
}

func TestACertificateShowsWhatAListingLacks(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(c *club)
		seen  int
		want  port.Certificate
	}{
		"the mark of the next page is lost": {
			func(c *club) {
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.LostNext, After: 1, Times: 1})
			},
			200,
			port.Certificate{Organisation: "tvb", First: 263, Last: 263},
		},
		"rows of the last page are lost": {
			func(c *club) {
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.LostRows, After: 2, Times: 1})
			},
			200,
			port.Certificate{Organisation: "tvb", First: 263, Last: 263},
		},
		"a whole page in the middle is lost": {
			func(c *club) {
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.LostRows, After: 1, Times: 1})
			},
			100,
			port.Certificate{Organisation: "tvb", First: 263, Last: 263},
		},
		"all is lost": {
			func(c *club) { c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.LostRows}) },
			0,
			port.Certificate{Organisation: "tvb", First: 263, Last: 263},
		},
		"one joins while the pages are read": {
			func(c *club) {
				n := 0
				c.sim.BeforeEach(func(op string) {
					if n++; op == fairgatetest.OpList && n == 4 {
						c.sim.Add(person("Beat", "Zumstein", ""))
					}
				})
			},
			264,
			port.Certificate{Organisation: "tvb", First: 263, Last: 264, Closed: true},
		},
		"one leaves, and another one slips through between two pages": {
			func(c *club) {
				first, n := c.sim.Contacts()[0].Basefields.ContactID, 0
				c.sim.BeforeEach(func(op string) {
					if n++; op == fairgatetest.OpList && n == 4 {
						c.sim.Remove(first)
					}
				})
			},
			262,
			port.Certificate{Organisation: "tvb", First: 263, Last: 262, Closed: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.populate(263)
			tt.spoil(c)
			got := c.listing(t)
			if got.err != nil {
				t.Fatal(got.err)
			}
			if len(got.refs()) != tt.seen {
				t.Errorf("%d contacts, want %d", len(got.refs()), tt.seen)
			}
			if diff := cmp.Diff(tt.want, got.certificate); diff != "" {
				t.Errorf("certificate (-want +got):\n%s", diff)
			}
		})
	}
}

// aPage is what a list of two contacts answers, with one thing replaced.
func aPage(change map[string]any) string {
	data := map[string]any{
		"totalRecords": 2, "totalPages": 1, "pageNo": 1, "pageLimit": 100,
		"contacts": []any{
			map[string]any{"basefields": map[string]any{"contact_id": "1001"}},
			map[string]any{"basefields": map[string]any{"contact_id": 1002}},
		},
	}
	maps.Copy(data, change)
	body, err := json.Marshal(map[string]any{"code": 200, "success": true, "message": "", "data": data, "errors": []any{}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestWhatIsNoPageOfContactsStops(t *testing.T) {
	t.Parallel()
	world := open(t)
	one := func(v any) map[string]any { return map[string]any{"contacts": []any{v}} }
	tests := map[string]struct {
		status int
		body   string
		want   port.Next
	}{
		"a page of contacts, to begin with":  {200, aPage(nil), fine},
		"a sign-in page":                     {200, "<html>", port.Stop},
		"an empty object":                    {200, `{}`, port.Stop},
		"an empty list":                      {200, `[]`, port.Stop},
		"null":                               {200, `null`, port.Stop},
		"nothing":                            {200, ``, port.Stop},
		"half a page":                        {200, aPage(nil)[:80], port.Stop},
		"no success":                         {200, strings.Replace(aPage(nil), "true", "false", 1), port.Stop},
		"nobody says whether with success":   {200, strings.Replace(aPage(nil), "success", "done", 1), port.Stop},
		"success and no data":                {200, `{"success":true,"data":null}`, port.Stop},
		"success and a list for data":        {200, `{"success":true,"data":[]}`, port.Stop},
		"success and an empty object":        {200, `{"success":true,"data":{}}`, port.Stop},
		"contacts that are null":             {200, aPage(map[string]any{"contacts": nil}), port.Stop},
		"contacts that are an object":        {200, aPage(map[string]any{"contacts": map[string]any{}}), port.Stop},
		"no total":                           {200, aPage(map[string]any{"totalRecords": nil}), port.Stop},
		"a total below zero":                 {200, aPage(map[string]any{"totalRecords": -1}), port.Stop},
		"no number of pages":                 {200, aPage(map[string]any{"totalPages": nil}), port.Stop},
		"no page number":                     {200, aPage(map[string]any{"pageNo": nil}), port.Stop},
		"another page":                       {200, aPage(map[string]any{"pageNo": 2}), port.Stop},
		"no page size":                       {200, aPage(map[string]any{"pageLimit": nil}), port.Stop},
		"a page size of nothing":             {200, aPage(map[string]any{"pageLimit": 0}), port.Stop},
		"more than the page holds":           {200, aPage(map[string]any{"pageLimit": 1}), port.Stop},
		"a contact without an id":            {200, aPage(one(map[string]any{"basefields": map[string]any{}})), port.Stop},
		"a contact with an empty id":         {200, aPage(one(map[string]any{"basefields": map[string]any{"contact_id": ""}})), port.Stop},
		"a contact with an id of letters":    {200, aPage(one(map[string]any{"basefields": map[string]any{"contact_id": "../1"}})), port.Stop},
		"a contact with a broken number":     {200, aPage(one(map[string]any{"basefields": map[string]any{"contact_id": 1.5}})), port.Stop},
		"a contact that is null":             {200, aPage(one(nil)), port.Stop},
		"a contact that is a text":           {200, aPage(one("1001")), port.Stop},
		"a refusal of the request":           {400, json403, port.Stop},
		"a refusal of the key":               {403, json403, port.Stop},
		"a page that says forbidden":         {403, "<html>", port.Stop},
		"a server that has no such path":     {404, "<html>", port.Stop},
		"a Fairgate that has no such path":   {404, json403, port.Stop},
		"a page of contacts without content": {204, ``, port.Stop},
		"a page of contacts, created":        {201, aPage(nil), port.Stop},
		"a way to another host":              {302, ``, port.Stop},
		"out of order":                       {500, json403, port.Again},
		"too many":                           {429, json403, port.Again},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := world.behind(t, instead(fairgatetest.OpList, tt.status, tt.body))
			got := c.listing(t)
			if next(got.err) != tt.want {
				t.Errorf("next = %q, want %q (%v)", next(got.err), tt.want, got.err)
			}
			if tt.want != fine && (got.pages != nil || got.certificate != port.Certificate{}) {
				t.Errorf("an error and pages %v, certificate %v", got.pages, got.certificate)
			}
		})
	}
}

func TestAPageSizeThatChangesStops(t *testing.T) {
	t.Parallel()
	n := 0
	c := open(t, func(s *settings) {
		s.between = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if operation(r) == fairgatetest.OpList {
					if n++; n == 2 {
						query := r.URL.Query()
						query.Set("pageLimit", "50")
						r.URL.RawQuery = query.Encode()
					}
				}
				next.ServeHTTP(w, r)
			})
		}
	})
	c.populate(150)
	if got := c.listing(t); next(got.err) != port.Stop || len(got.pages) != 1 {
		t.Errorf("error %v after %d pages, want stop after 1", got.err, len(got.pages))
	}
}

func TestAListingEndsWithWhoeverReadsIt(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.populate(150)
	enough := errors.New("enough")
	_, err := c.List(t.Context(), "contact", func([]record.Document) error { return enough })
	if !errors.Is(err, enough) || c.asked(fairgatetest.OpList) != 1 {
		t.Errorf("error %v after %d requests, want the reader's after 1", err, c.asked(fairgatetest.OpList))
	}
}

func TestAContactComesAsItIs(t *testing.T) {
	t.Parallel()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		for _, numbers := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s shape, ids as numbers %t", shape, numbers), func(t *testing.T) {
				t.Parallel()
				c := open(t, func(s *settings) { s.sim.Shape, s.sim.NumericIDs = shape, numbers })
				vreni := person("Vreni", "Oberhänsli", "vreni@example.org")
				vreni.FederationData.FederationContactID = "012345"
				ref := "contact/" + c.sim.Add(vreni)
				got, err := c.Read(t.Context(), ref)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.all(t), []record.Document{got}); diff != "" {
					t.Errorf("a list and a read (-list +read):\n%s", diff)
				}
				var body map[string]any
				if err := json.Unmarshal(got.Body, &body); err != nil {
					t.Fatal(err)
				}
				_, wide := body["federation_data"]
				if got.Kind != "contact" || got.Ref != ref || got.Version != "" || wide != (shape == fairgatetest.FederationShape) {
					t.Errorf("got %s %s, version %q, federation data %t", got.Kind, got.Ref, got.Version, wide)
				}
			})
		}
	}
}

func TestTheBytesOfAContactAreKept(t *testing.T) {
	t.Parallel()
	const body = `{ "basefields": {"contact_id":1001, "unknown":1.50, "first_name":"Z\u00fcrcher"},"x":[ ] }`
	c := open(t, func(s *settings) {
		s.between = instead(fairgatetest.OpRead, 200, `{"success":true,"data":`+body+`}`)
	})
	got, err := c.Read(t.Context(), "contact/1001")
	if err != nil {
		t.Fatal(err)
	}
	want := record.Document{Kind: "contact", Ref: "contact/1001", Body: []byte(body)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestOneContact(t *testing.T) {
	t.Parallel()
	world := open(t)
	const here = `{"success":true,"data":{"basefields":{"contact_id":"1001"}},"errors":[]}`
	tests := map[string]struct {
		status int
		body   string
		want   port.Next
	}{
		"it is there":                       {200, here, fine},
		"it is not there":                   {404, json403, port.Gone},
		"it is not there any more":          {410, json403, port.Gone},
		"a server that has no such path":    {404, "<html>", port.Look},
		"a server that is not Fairgate":     {404, `{"error":"not found"}`, port.Look},
		"nothing is there, with success":    {404, here, port.Look},
		"it may not be read":                {403, json403, port.Look},
		"another one":                       {200, strings.Replace(here, "1001", "1002", 1), port.Look},
		"nobody":                            {200, `{"success":true,"data":null}`, port.Look},
		"a refusal":                         {200, json403, port.Look},
		"a request that Fairgate refuses":   {400, json403, port.Look},
		"a sign-in page":                    {200, "<html>", port.Look},
		"an empty object":                   {200, `{}`, port.Look},
		"a page of contacts":                {200, aPage(nil), port.Look},
		"out of order":                      {500, json403, port.Again},
		"too many":                          {429, json403, port.Again},
		"a way to another host":             {302, ``, port.Look},
		"a page that asks for a password":   {401, "<html>", port.Token},
		"a page of a proxy out of order":    {502, "<html>", port.Again},
		"a page of a proxy, not Fairgate's": {410, "<html>", port.Look},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := world.behind(t, instead(fairgatetest.OpRead, tt.status, tt.body))
			got, err := c.Read(t.Context(), "contact/1001")
			if next(err) != tt.want || (err == nil) != (got.Ref == "contact/1001") {
				t.Errorf("next = %q, want %q (%v), with %q", next(err), tt.want, err, got.Ref)
			}
		})
	}
}

func TestAnArchivedContactIsReadAndARemovedOneIsGone(t *testing.T) {
	t.Parallel()
	c := open(t)
	refs := c.populate(1)
	id := strings.TrimPrefix(refs[0], "contact/")
	c.sim.Edit(id, func(p *fairgatetest.Contact) { p.Status = "archived" })
	if _, err := c.Read(t.Context(), refs[0]); err != nil {
		t.Errorf("archived: %v", err)
	}
	c.sim.Remove(id)
	if _, err := c.Read(t.Context(), refs[0]); next(err) != port.Gone {
		t.Errorf("removed: %v, want gone", err)
	}
}

func TestWhatNobodyShouldAskFor(t *testing.T) {
	t.Parallel()
	c := open(t)
	read := func(ref string) func() error {
		return func() error { _, err := c.Read(t.Context(), ref); return err }
	}
	write := func(w record.Write) func() error {
		return func() error { _, err := c.Write(t.Context(), w); return err }
	}
	body := []byte(`{}`)
	tests := map[string]func() error{
		"a reference of another kind":      read("members/1001"),
		"a reference without an id":        read("contact/"),
		"a reference that leads elsewhere": read("contact/../1001"),
		"no reference":                     read(""),
		"a kind that is not listed": func() error {
			_, err := c.List(t.Context(), "members", nil)
			return err
		},
		"a kind that is not written":     write(record.Write{Op: record.CreateDocument, Kind: "members", Body: body}),
		"a change of nothing":            write(record.Write{Op: record.ChangeDocument, Kind: "contact", Ref: "contact/1001"}),
		"a change of nobody":             write(record.Write{Op: record.ChangeDocument, Kind: "contact", Body: body}),
		"a contact to be deleted":        write(record.Write{Op: record.DeleteDocument, Kind: "contact", Ref: "contact/1001"}),
		"a request that there is not":    write(record.Write{Op: "replace", Kind: "contact", Ref: "contact/1001", Body: body}),
		"a deletion of what is not ours": write(record.Write{Op: record.DeleteDocument, Kind: "members", Ref: "members/1"}),
	}
	for name, ask := range tests {
		err := ask()
		if next(err) != port.Stop || !strings.Contains(err.Error(), "mistake in the program") {
			t.Errorf("%s: %v, want it to be called a mistake", name, err)
		}
	}
	if got := c.sim.Requests(); len(got) > 0 {
		t.Errorf("requests were sent: %v", got)
	}
}
