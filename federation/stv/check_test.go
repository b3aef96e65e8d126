package stv_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
)

func TestCheckSaysWhoWeAre(t *testing.T) {
	t.Parallel()
	h := newHouse(t, tuning{server: func(c *stvtest.Config) {
		c.Categories = []stvtest.Code{{
			Code: "04", Name: stvtest.Names{De: "Aktive", Fr: "Actives", It: "Attive"}, ValidFrom: "2016-01-01", ValidTo: "2026-12-31",
		}}
		c.FunctionCodes = []stvtest.Code{{Code: "LEI", Name: stvtest.Names{De: "Leitung"}, ValidFrom: "2020-07-01"}}
		c.Publications = []stvtest.Code{}
	}})
	got, err := h.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := port.Account{
		Organisation: "1.01.05.4521.00-0",
		Name:         "TV Beispiel",
		Language:     "de",
		CanWrite:     true,
		Expires:      time.Date(2026, 9, 10, 12, 0, 0, 0, time.UTC),
		Codes: map[string][]port.Code{
			"category": {{
				Code: "04", Names: map[string]string{"de": "Aktive", "fr": "Actives", "it": "Attive"},
				From: record.Date{Year: 2016, Month: 1, Day: 1}, Until: record.Date{Year: 2026, Month: 12, Day: 31},
			}},
			"functionCode": {{
				Code: "LEI", Names: map[string]string{"de": "Leitung", "fr": "", "it": ""},
				From: record.Date{Year: 2020, Month: 7, Day: 1},
			}},
			"publication": {},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	var ops []string
	for _, r := range h.Requests() {
		ops = append(ops, r.Op)
	}
	if diff := cmp.Diff([]string{"club", "categories", "functionCodes", "publications"}, ops); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestCheckSaysWhatTheTokenMayDo(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	tests := map[string]struct {
		tune  tuning
		write bool
		shut  bool
	}{
		"a token for both":       {tuning{}, true, false},
		"a token for reading":    {tuning{system: func(c *stv.Config) { c.Token = bearing(reader) }}, false, false},
		"a closed write window":  {tuning{server: func(c *stvtest.Config) { c.WriteWindow = stvtest.WindowClosed }}, true, true},
		"a window in other word": {answers("GET /club", 200, `{"clubNumber":"`+home+`","rights":["read","write"],"writeWindow":"ajar"}`), true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newHouse(t, shared, tt.tune).Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.CanWrite != tt.write || got.WindowClosed != tt.shut {
				t.Errorf("can write %t, window closed %t; want %t, %t", got.CanWrite, got.WindowClosed, tt.write, tt.shut)
			}
		})
	}
}

func TestCheckRefusesATokenThatIsNotOurs(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	bearer := func(text string) tuning { return tuning{system: func(c *stv.Config) { c.Token = bearing(text) }} }
	tests := map[string]struct {
		tune     tuning
		next     port.Next
		reason   string
		requests int
	}{
		"another club's":            {bearer(other), port.Token, "another club", 1},
		"one that no one knows":     {bearer("unheard-of"), port.Token, "does not accept", 1},
		"none":                      {bearer(""), port.Token, "no token", 0},
		"one with a line end":       {bearer(token + "\n"), port.Token, "characters", 0},
		"a guest's":                 {answers("GET /club", 403, `{"error":{"code":"Forbidden","message":"-"}}`), port.Token, "which club", 0},
		"no club in the answer":     {answers("GET /club", 200, `{}`), port.Stop, "not the federation", 0},
		"no rights in the answer":   {answers("GET /club", 200, `{"clubNumber":"`+home+`"}`), port.Stop, "not the federation", 0},
		"a list for an answer":      {answers("GET /club", 200, `[]`), port.Stop, "not the federation", 0},
		"nothing at the address":    {answers("GET /club", 404, `not found`), port.Stop, "not the federation", 0},
		"a table without rows":      {answers("GET /categories", 200, `{"value":null}`), port.Stop, "categories", 1},
		"a code that has no code":   {answers("GET /categories", 200, `{"value":[{"name":{}}]}`), port.Stop, "categories", 1},
		"a date that has no day":    {answers("GET /publications", 200, `{"value":[{"code":"A","validFrom":"2016"}]}`), port.Stop, "publications", 3},
		"a table that is forbidden": {answers("GET /functionCodes", 403, `{}`), port.Stop, "functionCodes", 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, tt.tune)
			account, err := h.Check(t.Context())
			e := failed(t, err)
			if e.Next != tt.next || !strings.Contains(err.Error(), tt.reason) || e.Advice == "" {
				t.Errorf("next = %q, error = %q, advice = %q; want %q, about %q, with advice", e.Next, err, e.Advice, tt.next, tt.reason)
			}
			if diff := cmp.Diff(port.Account{}, account); diff != "" {
				t.Errorf("an error leaves an account behind:\n%s", diff)
			}
			if got := len(h.Requests()); got != tt.requests {
				t.Errorf("requests = %d, want %d", got, tt.requests)
			}
		})
	}
}

// TestAListingIsOnlyVouchedForAfterACheck makes the token another club's between two runs.
func TestAListingIsOnlyVouchedForAfterACheck(t *testing.T) {
	t.Parallel()
	var stolen bool
	h := newHouse(t, tuning{around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if stolen {
				r.Header.Set("Authorization", "Bearer "+other)
			}
			next.ServeHTTP(w, r)
		})
	}})
	var got []string
	look := func() {
		_, c := h.list(t, "members")
		got = append(got, c.Organisation)
	}
	look()
	if _, err := h.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	look()
	stolen = true
	if e := failed(t, second(h.Check(t.Context()))); e.Next != port.Token {
		t.Errorf("next = %q, want token", e.Next)
	}
	look()
	if want := []string{"", home, ""}; !slices.Equal(got, want) {
		t.Errorf("organisations = %q, want %q", got, want)
	}
}

// second returns the error of a call.
func second[T any](_ T, err error) error { return err }

// answers puts an answer of JSON, or of text where it is none, in the place of the federation's. In it, {host} stands for
// the host and port of the federation.
func answers(request string, status int, body string) tuning {
	method, path, _ := strings.Cut(request, " ")
	return tuning{around: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != method || r.URL.Path != stvtest.Base+path {
				next.ServeHTTP(w, r)
				return
			}
			kind := "text/html"
			if strings.ContainsAny(body[:min(1, len(body))], "{[") {
				kind = "application/json; odata.metadata=minimal"
			}
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "{host}", r.Host)))
		})
	}}
}
