package stv_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/contract"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

const (
	home      = "1.01.05.4521.00-0"
	neighbour = "1.01.05.4522.00-0"
	token     = "token-home"      // reads and writes for home
	reader    = "token-reader"    // reads for home
	other     = "token-neighbour" // reads and writes for neighbour
)

// noon is the time in every test.
func noon() time.Time { return time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) }

// house is a federation behind a real connection, held to its description, and the system that speaks to it.
type house struct {
	*stvtest.Server
	*stv.System

	client *httpx.Client
	alone  atomic.Bool // no connection comes to be
}

// A tuning changes what a house is made of.
type tuning struct {
	server func(*stvtest.Config)
	system func(*stv.Config)
	client func(*httpx.Config)
	around func(http.Handler) http.Handler // stands in front of the federation, not held to the description
}

func newHouse(tb testing.TB, tune ...tuning) *house {
	tb.Helper()
	h := &house{}
	server := stvtest.Config{
		Tokens: map[string]stvtest.Grant{
			token:  {Club: home, Expires: noon().AddDate(0, 6, 0)},
			reader: {Club: home, Rights: []string{"read"}},
			other:  {Club: neighbour},
		},
		Clubs: []stvtest.Club{
			{Number: home, Name: "TV Beispiel", Canton: "BE", Language: "de"},
			{Number: neighbour, Name: "TV Nachbar", Canton: "BE", Language: "fr"},
		},
		Now: noon, Seed: 7,
	}
	system := stv.Config{Club: home, Token: bearing(token), Now: noon, Select: selected()}
	client := httpx.Config{Now: noon, After: atOnce, Dial: h.dial}
	var around []func(http.Handler) http.Handler
	for _, f := range tune {
		if f.server != nil {
			f.server(&server)
		}
		if f.client != nil {
			f.client(&client)
		}
		if f.around != nil {
			around = append(around, f.around)
		}
	}
	if server.Within == nil {
		server.Within = held(tb)
	}
	h.Server = stvtest.New(server)
	var handler http.Handler = h.Server
	for _, f := range around {
		handler = f(handler)
	}
	srv := httptest.NewServer(handler)
	tb.Cleanup(srv.Close)
	h.client = httpx.New(client)
	tb.Cleanup(h.client.Close)
	system.URL, system.HTTP = srv.URL, h.client
	for _, f := range tune {
		if f.system != nil {
			f.system(&system)
		}
	}
	made, err := stv.New(system)
	if err != nil {
		tb.Fatal(err)
	}
	h.System = made
	return h
}

// Requests returns what the federation was asked so far.
func (h *house) Requests() []stvtest.Request { return h.Server.Requests() }

// bearing returns a token as the adapter asks for it.
func bearing(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

// held returns what holds federations, and all that is asked of them, to the description. Reading the description takes
// longer than a test does: tests with many houses share one.
func held(tb testing.TB) func(http.Handler) http.Handler {
	tb.Helper()
	type key struct{} // of the handler that is held, in a request's context
	checker, err := contract.Check(stv.OpenAPI(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next, ok := r.Context().Value(key{}).(http.Handler)
		if !ok {
			panic("a request without its federation")
		}
		next.ServeHTTP(w, r)
	}))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, v := range checker.Violations() {
			tb.Error(v)
		}
	})
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			checker.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, next)))
		})
	}
}

// sharing returns the tuning for tests that share what holds them to the description.
func sharing(tb testing.TB) tuning {
	tb.Helper()
	hold := held(tb)
	return tuning{server: func(c *stvtest.Config) { c.Within = hold }}
}

func atOnce(time.Duration) <-chan time.Time {
	c := make(chan time.Time, 1)
	c <- noon()
	return c
}

func (h *house) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if h.alone.Load() {
		return nil, errors.New("no route")
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// cutOff takes the network away.
func (h *house) cutOff() {
	h.alone.Store(true)
	h.client.Close() // else an open connection would serve
}

// selected is what a profile maps; the rest of the entities is not asked for.
func selected() map[string][]string {
	return map[string][]string{
		"members":       {"memberNumber", "lastName", "firstName", "birthDate", "email", "phoneMobile", "status"},
		"affiliations":  {"memberId", "clubNumber", "category", "entryDate", "exitDate", "status"},
		"functions":     {"memberId", "clubNumber", "functionCode", "organ", "startDate", "endDate"},
		"subscriptions": {"memberId", "publication", "language", "delivery", "copies", "startDate", "endDate"},
	}
}

// person takes in a member of the home club, as staff do.
func (h *house) person(lastName string) stvtest.Member {
	return h.AddMember(stvtest.Member{
		LastName: lastName, FirstName: "Nora", BirthDate: "1990-05-17", Gender: "F", Nationality: "CH", Language: "de",
		Street: "Dorfgasse 3", PostalCode: "3550", City: "Langnau", Country: "CH",
	}, stvtest.Affiliation{ClubNumber: home, Category: "04", EntryDate: "2010-01-01"})
}

// list returns every document of a kind.
func (h *house) list(t *testing.T, kind string) ([]record.Document, port.Certificate) {
	t.Helper()
	var all []record.Document
	certificate, err := h.List(t.Context(), kind, func(page []record.Document) error {
		all = append(all, page...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, certificate
}

// asked returns how many requests the federation got of each of the operations.
func (h *house) asked(ops ...string) int {
	n := 0
	for _, r := range h.Requests() {
		if slices.Contains(ops, r.Op) {
			n++
		}
	}
	return n
}

// object reads a document's body.
func object(t *testing.T, d record.Document) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(d.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func refs(documents []record.Document) []string {
	var out []string
	for _, d := range documents {
		out = append(out, d.Ref)
	}
	return out
}

// failed returns the error for the engine in err, and checks that there is one.
func failed(t *testing.T, err error) *port.Error {
	t.Helper()
	e := port.As(err)
	if e == nil {
		t.Fatal("no error, want one")
	}
	if strings.Contains(err.Error(), token) {
		t.Error("the token is in the error")
	}
	return e
}
