package stvtest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/federation/stv/stvtest"
)

func TestListOptions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"Berger", "Ammann", "Caduff"} {
		h.seed(name, home)
		h.clock.Add(time.Minute)
	}
	// The stamps are 09:00:00, 09:01:00 and 09:02:00.
	for _, tt := range []struct {
		name  string
		query string
		want  []string
		count any
	}{
		{"by a name", query("$select", "lastName", "$orderby", "lastName"), []string{"Ammann", "Berger", "Caduff"}, nil},
		{"by a name, said to rise", query("$select", "lastName", "$orderby", "lastName asc"), []string{"Ammann", "Berger", "Caduff"}, nil},
		{"by a name, falling", query("$select", "lastName", "$orderby", "lastName desc"), []string{"Caduff", "Berger", "Ammann"}, nil},
		{"by what is not selected", query("$select", "lastName", "$orderby", "memberNumber"), []string{"Berger", "Ammann", "Caduff"}, nil},
		{
			"by the stamp, from a stamp on, that one included",
			query("$select", "lastName", "$orderby", "lastModifiedDateTime", "$filter", "lastModifiedDateTime ge 2026-03-10T09:01:00Z"),
			[]string{"Ammann", "Caduff"},
			nil,
		},
		{
			"from a second later", query("$select", "lastName", "$filter", "lastModifiedDateTime ge 2026-03-10T09:01:01Z"),
			[]string{"Caduff"},
			nil,
		},
		{
			"from a time in another zone", query("$select", "lastName", "$filter", "lastModifiedDateTime ge 2026-03-10T10:02:00+01:00"),
			[]string{"Caduff"},
			nil,
		},
		{"from after all", query("$select", "lastName", "$filter", "lastModifiedDateTime ge 2027-01-01T00:00:00Z", "$count", "true"), nil, 0.0},
		{"counted", query("$select", "lastName", "$orderby", "lastName", "$count", "true"), []string{"Ammann", "Berger", "Caduff"}, 3.0},
		{"not counted", query("$select", "lastName", "$orderby", "lastName", "$count", "false"), []string{"Ammann", "Berger", "Caduff"}, nil},
		{"with spaces between the names", query("$select", "lastName, id", "$orderby", "lastName"), []string{"Ammann", "Berger", "Caduff"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := h.want(t, ask{path: "members" + tt.query}, http.StatusOK)
			same(t, "last names", tt.want, each(got.rows(), "lastName"))
			same(t, "count", tt.count, got.body["@odata.count"])
			if _, ok := got.body["@odata.nextLink"]; ok {
				t.Error("there is a next page")
			}
		})
	}
}

func TestListGivesWhatIsSelected(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	for query, want := range map[string][]string{
		"":                              {"@odata.etag", "id"},
		"?$select=id":                   {"@odata.etag", "id"},
		"?$select=email":                {"@odata.etag", "email", "id"},
		"?$select=city,exitDate":        {"@odata.etag", "city", "exitDate", "id"},
		"?$select=city,city":            {"@odata.etag", "city", "id"},
		"?%24select=memberNumber":       {"@odata.etag", "id", "memberNumber"},
		"?$select=lastModifiedDateTime": {"@odata.etag", "id", "lastModifiedDateTime"},
	} {
		rows := h.want(t, ask{path: "members" + query}, http.StatusOK).rows()
		same(t, "a row of "+query, want, slices.Sorted(maps.Keys(rows[0])))
	}
	one := h.want(t, ask{path: "members(" + m.ID + ")?$select=email"}, http.StatusOK)
	same(t, "a read", []string{"@odata.etag", "email", "id"}, slices.Sorted(maps.Keys(one.body)))
	if email, ok := one.body["email"]; !ok || email != nil {
		t.Errorf("an empty field that is selected is %v, want null", email)
	}
	if got := len(h.want(t, ask{path: "members(" + m.ID + ")"}, http.StatusOK).body); got != 25 {
		t.Errorf("a read without $select has %d properties, want all 22, the stamp, id and etag", got)
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, query := range map[string]string{
		"an option that is not there":          "$top=10",
		"an option without its sign":           "select=city",
		"an option in another case":            "$Select=city",
		"an option of another kind":            "page=2",
		"an expansion":                         "$expand=affiliations",
		"a property that is not there":         "$select=nickName",
		"a property in another case":           "$select=lastname",
		"a star":                               "$select=*",
		"nothing selected":                     "$select=",
		"an option twice":                      "$select=city&$select=email",
		"a filter by another property":         "$filter=lastName%20ge%20'M'",
		"a filter by another comparison":       "$filter=lastModifiedDateTime%20gt%202026-01-31T00:00:00Z",
		"a filter of two":                      "$filter=lastModifiedDateTime%20ge%202026-01-31T00:00:00Z%20and%20id%20ne%20null",
		"a filter by a date":                   "$filter=lastModifiedDateTime%20ge%202026-01-31",
		"an order of two properties":           "$orderby=lastName,firstName",
		"an order by what is not there":        "$orderby=nickName",
		"an order in a direction not there":    "$orderby=lastName%20down",
		"a count that is neither":              "$count=1",
		"a mark that was not given out":        "$skiptoken=abc",
		"a mark that is empty":                 "$skiptoken=",
		"a query that cannot be read":          "$select=%zz",
		"a property of another set (category)": "$select=category",
	} {
		got := h.do(t, ask{path: "members?" + query})
		if got.status != http.StatusBadRequest || got.code() == "" {
			t.Errorf("%s: got %d %s, want 400 with a code", name, got.status, got.text)
		}
	}
	m := h.seed("Muster", home)
	for _, query := range []string{"$count=true", "$orderby=id", "$select=nickName", "$filter=lastModifiedDateTime%20ge%202026-01-31T00:00:00Z"} {
		h.want(t, ask{path: "members(" + m.ID + ")?" + query}, http.StatusBadRequest)
	}
}

// crowd takes in n members, Name000 and so on.
func crowd(h *house, n int) []string {
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("Name%04d", i))
		h.seed(names[i], home)
	}
	return names
}

// pages follows the next links from a path and returns the last names page by page.
func (h *house) pages(t *testing.T, a ask) [][]string {
	t.Helper()
	var pages [][]string
	for {
		got := h.want(t, a, http.StatusOK)
		pages = append(pages, each(got.rows(), "lastName"))
		next, ok := got.body["@odata.nextLink"].(string)
		if !ok {
			return pages
		}
		if a.path, a.prefer = next, ""; len(pages) > 100 {
			t.Fatal("the pages do not end")
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	names := crowd(h, 250)
	down := slices.Clone(names)
	slices.Reverse(down)
	for _, tt := range []struct {
		name   string
		order  string
		prefer string
		sizes  []int
		want   []string
	}{
		{"a hundred unless the client wishes", "lastName", "", []int{100, 100, 50}, names},
		{"as the client wishes, on every page", "lastName", "odata.maxpagesize=120", []int{120, 120, 10}, names},
		{"a wish among others", "lastName desc", "return=minimal, odata.maxpagesize=200", []int{200, 50}, down},
		{"the last page may be full", "lastName", "odata.maxpagesize=125", []int{125, 125}, names},
		{"one page of exactly all", "lastName", "odata.maxpagesize=250", []int{250}, names},
		{"a property that all share", "city", "odata.maxpagesize=99", []int{99, 99, 52}, names},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pages := h.pages(t, ask{path: "members" + query("$select", "lastName", "$orderby", tt.order), prefer: tt.prefer})
			var sizes []int
			for _, p := range pages {
				sizes = append(sizes, len(p))
			}
			same(t, "page sizes", tt.sizes, sizes)
			got := slices.Concat(pages...)
			if tt.order == "city" {
				slices.Sort(got)
			}
			same(t, "all rows, in order", tt.want, got)
		})
	}
}

func TestPageSizes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *stvtest.Config) { c.PageSize = 2 })
	crowd(h, 1003)
	for prefer, want := range map[string]int{
		"": 2, "odata.maxpagesize=1": 1, "odata.maxpagesize=1000": 1000, "odata.maxpagesize=5000": 1000, "maxpagesize=3": 3, "respond-async": 2,
	} {
		got := h.want(t, ask{path: "members?$count=true", prefer: prefer}, http.StatusOK)
		same(t, "rows with "+prefer, want, len(got.rows()))
		same(t, "count with "+prefer, 1003.0, got.body["@odata.count"])
		same(t, "what was applied with "+prefer, fmt.Sprintf("odata.maxpagesize=%d", want), got.header.Get("Preference-Applied"))
	}
	for _, prefer := range []string{"odata.maxpagesize=0", "odata.maxpagesize=-1", "odata.maxpagesize=many", "odata.maxpagesize"} {
		h.want(t, ask{path: "members", prefer: prefer}, http.StatusBadRequest, "BadPreference")
	}
}

func TestNextLinkCarriesTheQuestion(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	crowd(h, 5)
	first := h.want(t, ask{path: "members" + query(
		"$select", "lastName", "$orderby", "lastName desc", "$count", "true", "$filter", "lastModifiedDateTime ge 2026-01-01T00:00:00Z",
	), prefer: "odata.maxpagesize=2"}, http.StatusOK)
	next := text(first.body["@odata.nextLink"])
	second := h.want(t, ask{path: next}, http.StatusOK)
	same(t, "the second page", []string{"Name0002", "Name0001"}, each(second.rows(), "lastName"))
	same(t, "its count", 5.0, second.body["@odata.count"])
	same(t, "its columns", []string{"@odata.etag", "id", "lastName"}, slices.Sorted(maps.Keys(second.rows()[0])))

	link, err := url.Parse(next)
	if err != nil {
		t.Fatal(err)
	}
	mark := link.Query().Get("$skiptoken")
	if mark == "" || strings.Contains(mark, "Name") {
		t.Errorf("the mark %q is not opaque", mark)
	}
	for name, path := range map[string]string{
		"a mark with another question": "members" + query("$select", "city", "$skiptoken", mark),
		"a mark of another set":        "affiliations" + query("$skiptoken", mark),
		"a mark that was changed":      strings.Replace(next, "skiptoken=", "skiptoken=A", 1),
	} {
		if got := h.do(t, ask{path: path}); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d, want 400", name, got.status)
		}
	}
}

// TestPagingWhileRowsMove holds the pages to what they promise: who was there all the time is listed once.
func TestPagingWhileRowsMove(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	names := crowd(h, 9)
	gone := h.Members()[1] // on the first page, already given out
	lists := 0
	h.BeforeEach(func(op string) {
		if op != "members.list" {
			return
		}
		if lists++; lists == 2 {
			h.seed("Name0000a", home) // before the mark: not seen any more
			h.seed("Name0099", home)  // behind it: seen
			if err := h.RemoveMember(gone.ID); err != nil {
				t.Error(err)
			}
		}
	})
	pages := h.pages(t, ask{path: "members" + query("$select", "lastName", "$orderby", "lastName"), prefer: "odata.maxpagesize=4"})
	same(t, "pages", [][]string{names[:4], names[4:8], {names[8], "Name0099"}}, pages)
}

func TestOrderByEmptyFieldsAndNumbers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	for i, copies := range []int{10, 0, 9} {
		h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: fmt.Sprintf("P%d", i), Copies: copies, Language: "de", StartDate: "2026-01-01"})
	}
	got := h.want(t, ask{path: "subscriptions?$select=publication,copies&$orderby=copies"}, http.StatusOK)
	same(t, "by number, null first", []string{"P1", "P2", "P0"}, each(got.rows(), "publication"))
	same(t, "no copies", nil, got.rows()[0]["copies"])
}
