package fairgate_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/club/fairgate"
	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

const (
	writeKey = "key-that-writes"
	readKey  = "key-that-reads"
)

// A club is the adapter in front of a simulator that is held to the adapter's own description of the API.
type club struct {
	*fairgate.System
	sim       *fairgatetest.Server
	clock     *clock
	key       string // what Config.Key returns
	config    fairgate.Config
	transport httpx.Config
}

// settings change what a club is made of, before it is.
type settings struct {
	sim     *fairgatetest.Config
	config  *fairgate.Config
	http    *httpx.Config
	between func(http.Handler) http.Handler // the adapter and the simulator
}

func open(tb testing.TB, change ...func(*settings)) *club {
	tb.Helper()
	c := &club{clock: &clock{now: time.Date(2026, time.March, 15, 12, 0, 0, 0, time.UTC)}, key: writeKey}
	sim := fairgatetest.Config{
		Organisation: "tvb",
		Keys:         map[string]fairgatetest.Right{writeKey: fairgatetest.Write, readKey: fairgatetest.Read},
		Now:          c.clock.Now,
		After:        never,
		Memberships:  []string{"Aktive Turnerin", "Knaben"},
		CustomFields: []fairgatetest.CustomField{{ID: "101", Label: "Verbandsnummer", Type: fairgatetest.CustomText}},
	}
	config := fairgate.Config{
		Organisation: "tvb",
		Key:          func(context.Context) (string, error) { return c.key, nil },
		Now:          c.clock.Now,
	}
	transport := httpx.Config{Now: c.clock.Now, After: atOnce}
	s := settings{sim: &sim, config: &config, http: &transport, between: func(h http.Handler) http.Handler { return h }}
	for _, set := range change {
		set(&s)
	}
	c.sim = fairgatetest.New(sim)
	checker, err := c.sim.Hold(fairgate.OpenAPI())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, violation := range checker.Violations() {
			tb.Errorf("against openapi.yaml: %s", violation)
		}
	})
	c.connect(tb, config, transport, s.between)
	return c
}

// connect makes the adapter, with something between it and the simulator.
func (c *club) connect(tb testing.TB, config fairgate.Config, transport httpx.Config, between func(http.Handler) http.Handler) {
	tb.Helper()
	listening := httptest.NewServer(between(c.sim))
	client := httpx.New(transport)
	tb.Cleanup(func() {
		client.Close()
		listening.Close()
	})
	config.URL, config.HTTP = listening.URL, client
	var err error
	if c.System, err = fairgate.New(config); err != nil {
		tb.Fatal(err)
	}
	c.config, c.transport = config, transport
}

// behind returns the same club with another adapter, and something between that and the simulator.
func (c *club) behind(tb testing.TB, between func(http.Handler) http.Handler) *club {
	tb.Helper()
	other := *c
	other.connect(tb, c.config, c.transport, between)
	return &other
}

// fine is the Next of no error.
const fine = port.Next("fine")

// next returns what an error says to do next.
func next(err error) port.Next {
	if err == nil {
		return fine
	}
	return port.As(err).Next
}

// json403 is a refusal as Fairgate puts it.
const json403 = `{"code":403,"success":false,"message":"no","data":null,"errors":[]}`

// instead answers the requests of an operation with this, and lets the others through. A body that begins with < is a page.
func instead(op string, status int, body string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if operation(r) != op {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			if strings.HasPrefix(body, "<") {
				w.Header().Set("Content-Type", "text/html")
			}
			if status == http.StatusFound {
				w.Header().Set("Location", "https://elsewhere.example/")
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body)) // a client that went away is the test's matter
		})
	}
}

// operation names what a request asks for, by WIRE.md 2.
func operation(r *http.Request) string {
	switch {
	case strings.Contains(r.URL.Path, "/auth/"):
		return fairgatetest.OpToken
	case r.Method == http.MethodPost:
		return fairgatetest.OpCreate
	case r.Method == http.MethodPut:
		return fairgatetest.OpChange
	case strings.HasSuffix(r.URL.Path, "/contacts/extended"):
		return fairgatetest.OpList
	default:
		return fairgatetest.OpRead
	}
}

// all lists every contact.
func (c *club) all(t *testing.T) []record.Document {
	t.Helper()
	var docs []record.Document
	if _, err := c.List(t.Context(), "contact", func(page []record.Document) error {
		docs = append(docs, page...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return docs
}

// atOnce lets no pause pass.
func atOnce(time.Duration) <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

// never waits for a request to be given up.
func never(time.Duration) <-chan time.Time { return nil }

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// person is an invented contact.
func person(first, last, email string) fairgatetest.Contact {
	return fairgatetest.Contact{
		Basefields: fairgatetest.Basefields{
			FirstName: first, LastName: last, ContactType: "singleperson", Gender: "female", Birthday: "1990-07-04",
		},
		Status:        "active",
		Membership:    fairgatetest.Membership{Membership: "Aktive Turnerin"},
		Communication: fairgatetest.Communication{PrimaryEmail: email, Mobile: "079 000 00 01", Handy2: "079 000 00 02"},
		CustomFields:  map[string]any{"101": "012345"},
	}
}
