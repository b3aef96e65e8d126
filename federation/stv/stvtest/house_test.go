package stvtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/federation/stv/stvtest"
	"passerelle/internal/contract"
)

const (
	home      = "1.01.05.4521.00-0"
	neighbour = "1.01.05.4522.00-0"
	token     = "token-home"      // reads and writes for home
	reader    = "token-reader"    // reads for home
	other     = "token-neighbour" // reads and writes for neighbour
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is a federation behind a real connection, held to its OpenAPI document.
type house struct {
	*stvtest.Server

	clock  *clock
	url    string
	client *http.Client
}

func newHouse(t *testing.T, tune ...func(*stvtest.Config)) *house {
	t.Helper()
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 3, 10, 9, 0, 0, 500_000_000, time.UTC)}
	config := stvtest.Config{
		Tokens: map[string]stvtest.Grant{
			token:  {Club: home},
			reader: {Club: home, Rights: []string{"read"}},
			other:  {Club: neighbour},
		},
		Clubs: []stvtest.Club{
			{Number: home, Name: "TV Beispiel", Canton: "BE", Language: "de"},
			{Number: neighbour, Name: "TV Nachbar", Canton: "BE", Language: "fr"},
		},
		Now:  c.Now,
		Seed: 7,
		Within: func(next http.Handler) http.Handler {
			checker, err := contract.Check(document, next)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				for _, v := range checker.Violations() {
					t.Error(v)
				}
			})
			return checker
		},
	}
	for _, f := range tune {
		f(&config)
	}
	h := &house{Server: stvtest.New(config), clock: c}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	h.url, h.client = srv.URL, srv.Client()
	return h
}

// object is a JSON object.
type object = map[string]any

// response is what came back.
type response struct {
	status int
	header http.Header
	text   string
	body   object // nil where there is none
}

// code returns the error's code, empty where it is none.
func (r response) code() string { return text(r.error()["code"]) }

func (r response) target() string { return text(r.error()["target"]) }

func (r response) error() object {
	e, _ := r.body["error"].(object)
	return e
}

// rows returns the rows of a page.
func (r response) rows() []object {
	var out []object
	value, _ := r.body["value"].([]any)
	for _, v := range value {
		row, _ := v.(object)
		out = append(out, row)
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// each returns one property of each row.
func each(rows []object, name string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, text(r[name]))
	}
	return out
}

// ask is a request; what is left out is as a well-behaved client has it.
type ask struct {
	method string // GET
	path   string // below the base, with its query; a whole URL as it is
	token  string // the home club's; "-" is none
	body   any    // JSON; a string is sent as it is
	kind   string // the content type of a body
	match  string // If-Match
	prefer string
}

func (h *house) do(t *testing.T, a ask) response {
	t.Helper()
	resp, err := h.try(t, a)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func (h *house) try(t *testing.T, a ask) (response, error) {
	t.Helper()
	var body io.Reader = http.NoBody
	if a.body != nil {
		text, raw := a.body.(string)
		if !raw {
			encoded, err := json.Marshal(a.body)
			if err != nil {
				t.Fatal(err)
			}
			text = string(encoded)
		}
		body = strings.NewReader(text)
	}
	address := a.path
	if !strings.HasPrefix(address, "http") {
		address = h.url + stvtest.Base + "/" + a.path
	}
	if a.method == "" {
		a.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), a.method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	switch a.token {
	case "":
		req.Header.Set("Authorization", "Bearer "+token)
	case "-":
	default:
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.body != nil && a.kind == "" {
		a.kind = "application/json"
	}
	for name, value := range map[string]string{"Content-Type": a.kind, "If-Match": a.match, "Prefer": a.prefer} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return response{}, err
	}
	answer, err := io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	out := response{status: resp.StatusCode, header: resp.Header, text: string(answer)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(answer, &out.body) // a cut body is the test's affair
	}
	return out, nil
}

// want asks and checks the status, and the error's code and target where they are given.
func (h *house) want(t *testing.T, a ask, status int, code ...string) response {
	t.Helper()
	got := h.do(t, a)
	if got.status != status {
		t.Fatalf("%s %s: got %d %s, want %d", a.method, a.path, got.status, got.text, status)
	}
	if len(code) > 0 && got.code() != code[0] {
		t.Errorf("%s %s: code %q, want %q", a.method, a.path, got.code(), code[0])
	}
	if len(code) > 1 && got.target() != code[1] {
		t.Errorf("%s %s: target %q, want %q", a.method, a.path, got.target(), code[1])
	}
	return got
}

// query joins options, name after value.
func query(options ...string) string {
	v := url.Values{}
	for i := 0; i < len(options); i += 2 {
		v.Add(options[i], options[i+1])
	}
	return "?" + v.Encode()
}

// person returns what a member needs, changed by what is given: nil leaves a property out.
func person(changes object) object {
	p := object{
		"lastName": "Muster", "firstName": "Vreni", "birthDate": "1990-05-17", "gender": "F", "language": "de",
		"postalCode": "3011", "city": "Bern", "country": "CH",
		"affiliations": []object{{"category": "04", "entryDate": "2026-01-01"}},
	}
	for k, v := range changes {
		p[k] = v
		if v == nil {
			delete(p, k)
		}
	}
	return p
}

// seed takes in a woman born in 1990 at a club, as staff do.
func (h *house) seed(lastName, club string) stvtest.Member {
	return h.AddMember(stvtest.Member{
		LastName: lastName, FirstName: "Vreni", BirthDate: "1990-05-17", Gender: "F", Language: "de",
		PostalCode: "3011", City: "Bern", Country: "CH",
	}, stvtest.Affiliation{ClubNumber: club, Category: "04", EntryDate: "2020-01-01"})
}

// tie returns the affiliation of a member with a club as it is held.
func (h *house) tie(t *testing.T, memberID, club string) stvtest.Affiliation {
	t.Helper()
	for _, a := range h.Affiliations() {
		if a.MemberID == memberID && a.ClubNumber == club {
			return a
		}
	}
	t.Fatalf("%s has no affiliation with %s", memberID, club)
	return stvtest.Affiliation{}
}

// member returns a member as it is held.
func (h *house) member(t *testing.T, id string) stvtest.Member {
	t.Helper()
	for _, m := range h.Members() {
		if m.ID == id {
			return m
		}
	}
	t.Fatalf("there is no member %s", id)
	return stvtest.Member{}
}

// same fails the test where got is not want.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
