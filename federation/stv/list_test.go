package stv_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// sized is a system that asks for pages of n rows.
func sized(n int) tuning { return tuning{system: func(c *stv.Config) { c.PageSize = n }} }

func TestAListingIsWholeAtEveryPageSize(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	for size, pages := range map[int]int{1: 15, 7: 3, 15: 1, 1000: 1} {
		t.Run(fmt.Sprintf("%d rows on a page", size), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, sized(size))
			var want []string
			for i := range 15 {
				want = append(want, "members/"+h.person(fmt.Sprintf("Muster%02d", i)).ID)
			}
			slices.Sort(want)
			if _, err := h.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, certificate := h.list(t, "members")
			if diff := cmp.Diff(want, refs(got)); diff != "" {
				t.Errorf("documents (-want +got):\n%s", diff)
			}
			if at := certificate.Latest; !at.At.Equal(noon()) || !slices.Contains(want, at.Ref) {
				t.Errorf("the highest stamp is %+v, not noon's of one of them", at)
			}
			certificate.Latest = port.Stamp{}
			if diff := cmp.Diff(port.Certificate{Organisation: home, First: 15, Last: 15, Closed: true}, certificate); diff != "" {
				t.Errorf("certificate (-want +got):\n%s", diff)
			}
			if got := h.asked("members.list"); got != pages {
				t.Errorf("pages = %d, want %d", got, pages)
			}
		})
	}
}

func TestOnlyWhatIsMappedIsAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t, tuning{system: func(c *stv.Config) {
		c.Select = map[string][]string{"members": {"lastName", "id", "lastName", "city"}}
	}})
	m := h.person("Muster")
	h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", StartDate: "2020-01-01"})
	members, _ := h.list(t, "members")
	want := map[string]any{"id": m.ID, "@odata.etag": members[0].Version, "lastName": "Muster", "city": "Langnau"}
	if diff := cmp.Diff(want, object(t, members[0])); diff != "" {
		t.Errorf("a member (-want +got):\n%s", diff)
	}
	subscriptions, _ := h.list(t, "subscriptions")
	if got := object(t, subscriptions[0]); len(got) != 2 {
		t.Errorf("of a kind without mapped properties came %v, want id and version", got)
	}
	if _, err := h.Read(t.Context(), members[0].Ref); err != nil {
		t.Fatal(err)
	}
	queries := map[string]url.Values{}
	for _, r := range h.Requests() {
		query, err := url.ParseQuery(r.Query)
		if err != nil {
			t.Fatal(err)
		}
		queries[r.Op] = query
	}
	wanted := map[string]url.Values{
		"members.list":       {"$select": {"city,id,lastModifiedDateTime,lastName"}, "$count": {"true"}, "$orderby": {"id"}},
		"subscriptions.list": {"$select": {"id,lastModifiedDateTime"}, "$count": {"true"}, "$orderby": {"id"}},
		"members.read":       {"$select": {"city,id,lastName"}},
	}
	if diff := cmp.Diff(wanted, queries); diff != "" {
		t.Errorf("queries (-want +got):\n%s", diff)
	}
}

// TestACertificateShowsWhatIsMissing checks that a broken listing differs from its certificate in number.
func TestACertificateShowsWhatIsMissing(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	tests := map[string]struct {
		rule faults.Rule
		seen int
		want port.Certificate
	}{
		"the mark of the next page is lost": {faults.Rule{Kind: faults.LostNext, After: 1, Times: 1}, 14, port.Certificate{First: 20, Last: 20, Closed: true}},
		"all rows of a page are lost":       {faults.Rule{Kind: faults.LostRows, After: 1, Times: 1}, 13, port.Certificate{First: 20, Last: 20, Closed: true}},
		"some rows are lost":                {faults.Rule{Kind: faults.LostRows, Times: 1, Percent: 10}, 19, port.Certificate{First: 20, Last: 20, Closed: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, sized(7))
			for i := range 20 {
				h.person(fmt.Sprintf("Muster%02d", i))
			}
			tt.rule.Op = "members.list"
			h.Faults().Add(tt.rule)
			got, certificate := h.list(t, "members")
			if len(got) != tt.seen {
				t.Errorf("documents = %d, want %d", len(got), tt.seen)
			}
			certificate.Latest = port.Stamp{}
			if diff := cmp.Diff(tt.want, certificate); diff != "" {
				t.Errorf("certificate (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheTotalsAreThoseOfTheFirstAndTheLastPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t, sized(2))
	for i := range 4 {
		h.person(fmt.Sprintf("Muster%d", i))
	}
	pages := 0
	h.BeforeEach(func(op string) {
		if op != "members.list" {
			return
		}
		if pages++; pages == 2 {
			h.person("Neu")
		}
	})
	_, certificate := h.list(t, "members")
	if certificate.First != 4 || certificate.Last != 5 {
		t.Errorf("totals = %d, %d; want 4, 5", certificate.First, certificate.Last)
	}
}

const row = `{"id":"00000000-0000-4000-8000-000000000001","@odata.etag":"W/\"1\""}`

func TestATotalOfTheFirstPageAloneHoldsForTheLast(t *testing.T) {
	t.Parallel()
	h := newHouse(t, pagesOf(
		`{"@odata.count":7,"value":[`+row+`],"@odata.nextLink":"members?$skiptoken=b"}`,
		`{"value":[],"@odata.nextLink":"?$skiptoken=c"}`,
		`{"value":[`+row+`]}`,
	))
	got, certificate := h.list(t, "members")
	if want := (port.Certificate{First: 7, Last: 7, Closed: true}); certificate != want || len(got) != 2 {
		t.Errorf("certificate = %+v of %d rows, want %+v of 2", certificate, len(got), want)
	}
}

// TestAListingThatCannotBeReliedOnIsAnError shows answers of status 200, after a good first page, that no client of the
// contract may take for the end of a list.
func TestAListingThatCannotBeReliedOnIsAnError(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	elsewhere := func(link string) []string {
		return []string{`{"@odata.count":2,"value":[` + row + `],"@odata.nextLink":"` + link + `"}`}
	}
	tests := map[string][]string{
		"an empty object":             {`{}`},
		"an empty list":               {`[]`},
		"no rows":                     {`{"@odata.count":0}`},
		"rows that are null":          {`{"@odata.count":0,"value":null}`},
		"rows that are an object":     {`{"@odata.count":0,"value":{}}`},
		"an error under 200":          {`{"error":{"code":"Maintenance","message":"-"}}`},
		"JSON cut in the middle":      {`{"@odata.count":1,"value":[` + row},
		"a page for people":           {`<!DOCTYPE html><title>Welcome</title>`},
		"nothing":                     {``},
		"no total":                    {`{"value":[]}`},
		"a row without id":            {`{"@odata.count":1,"value":[{"@odata.etag":"W/\"1\""}]}`},
		"a row without version":       {`{"@odata.count":1,"value":[{"id":"00000000-0000-4000-8000-000000000001"}]}`},
		"a row whose id is a path":    {`{"@odata.count":1,"value":[{"id":"../club","@odata.etag":"W/\"1\""}]}`},
		"a row that is null":          {`{"@odata.count":1,"value":[null]}`},
		"a next page at another host": elsewhere("//elsewhere.example/api/stv/club/v1.0/members?$skiptoken=b"),
		"a next page at another port": elsewhere("//127.0.0.1:1/api/stv/club/v1.0/members?$skiptoken=b"),
		"a next page by other means":  elsewhere("https://{host}/api/stv/club/v1.0/members?$skiptoken=b"),
		"a next page of another set":  elsewhere("affiliations?$skiptoken=b"),
		"a next page above the base":  elsewhere("../../../members"),
		"a next page with a password": elsewhere("//u:p@{host}/api/stv/club/v1.0/members"),
		"a next page that is none":    elsewhere("http://["),
		"the same page again":         elsewhere("?$skiptoken=a"),
		"more rows than there are":    {`{"@odata.count":2,"value":[` + row + `,` + row + `]}`},
	}
	for name, bodies := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := `{"@odata.count":2,"value":[` + row + `],"@odata.nextLink":"?$skiptoken=a"}`
			if name == "no total" {
				first = bodies[0]
			}
			h := newHouse(t, shared, pagesOf(append([]string{first}, bodies...)...))
			_, err := h.List(t.Context(), "members", func([]record.Document) error { return nil })
			if e := failed(t, err); e.Next != port.Stop || e.Advice == "" {
				t.Errorf("next = %q, advice = %q; want stop with advice: %v", e.Next, e.Advice, err)
			}
			if !strings.HasPrefix(err.Error(), "list members, after ") {
				t.Errorf("error %q does not say where", err)
			}
			if len(h.Requests()) != 0 {
				t.Errorf("the listing led elsewhere: %+v", h.Requests())
			}
		})
	}
}

func TestACircleOfPagesEnds(t *testing.T) {
	t.Parallel()
	link := func(mark string) string {
		return `{"@odata.count":9,"value":[` + row + `],"@odata.nextLink":"?$skiptoken=` + mark + `"}`
	}
	h := newHouse(t, pagesOf(link("a"), link("b"), link("a"), link("b"), link("c")))
	pages := 0
	_, err := h.List(t.Context(), "members", func([]record.Document) error { pages++; return nil })
	if e := failed(t, err); e.Next != port.Stop || pages != 2 {
		t.Errorf("next = %q after %d pages, want stop after 2", e.Next, pages)
	}
}

// TestPagesThatNeverEndAreGivenUp answers each page of a list of two with another next one.
func TestPagesThatNeverEndAreGivenUp(t *testing.T) {
	t.Parallel()
	asked := 0
	h := newHouse(t, tuning{around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			body := fmt.Sprintf(`{"@odata.count":2,"value":[],"@odata.nextLink":"?$skiptoken=%d"}`, asked)
			answers("GET /members", http.StatusOK, body).around(next).ServeHTTP(w, r)
		})
	}})
	_, err := h.List(t.Context(), "members", func([]record.Document) error { return nil })
	if e := failed(t, err); e.Next != port.Stop || asked != 103 {
		t.Errorf("next = %q after %d pages, want stop after 103", e.Next, asked)
	}
}

func TestAnErrorOfTheReaderEndsTheListing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, sized(1))
	h.person("Muster")
	h.person("Meier")
	full := errors.New("full")
	_, err := h.List(t.Context(), "members", func([]record.Document) error { return full })
	if !errors.Is(err, full) || h.asked("members.list") != 1 {
		t.Errorf("error = %v after %d pages, want the reader's after 1", err, h.asked("members.list"))
	}
}

func TestThereIsNoOtherKindToList(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.List(t.Context(), "club", func([]record.Document) error { return nil })
	if e := failed(t, err); e.Next != port.Stop || len(h.Requests()) != 0 {
		t.Errorf("next = %q after %d requests, want stop after none", e.Next, len(h.Requests()))
	}
}

// pagesOf answers the pages of members with these bodies, one after the other.
func pagesOf(bodies ...string) tuning {
	return tuning{around: func(next http.Handler) http.Handler {
		asked := 0 // requests of a listing come one by one
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := bodies[min(asked, len(bodies)-1)]
			asked++
			answers("GET /members", http.StatusOK, body).around(next).ServeHTTP(w, r)
		})
	}}
}
