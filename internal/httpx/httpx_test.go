package httpx_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"passerelle/internal/httpx"
)

// noon is the clock of every test that does not bring its own.
func noon() time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
}

// pauses is a timer that lets every wait pass at once and remembers how long it was to be.
type pauses struct {
	mu   sync.Mutex
	list []time.Duration
}

func (p *pauses) after(d time.Duration) <-chan time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, d)
	c := make(chan time.Time, 1)
	c <- noon()
	return c
}

// A script is a server that answers request n with its step n, and every later one with its last.
type script struct {
	*httptest.Server
	mu     sync.Mutex
	steps  []http.HandlerFunc
	bodies []string // of the requests seen
}

func serve(t *testing.T, steps ...http.HandlerFunc) *script {
	t.Helper()
	s := &script{steps: steps}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // some steps break off on purpose
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte(err.Error())
	}
	s.mu.Lock()
	step := s.steps[min(len(s.bodies), len(s.steps)-1)]
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	step(w, r)
}

func (s *script) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, "answer %d", code)
	}
}

// cut closes the connection without a word.
func cut(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler)
}

// truncated announces more than it sends.
func truncated(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = io.WriteString(w, "short")
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func hijacked(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack() //nolint:forcetypeassert // a test server's writer can always be hijacked
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, raw)
		_ = conn.Close()
	}
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "answer"
	case errors.Is(err, httpx.ErrNotSent) && errors.Is(err, httpx.ErrUnknown):
		return "both, which cannot be"
	case errors.Is(err, httpx.ErrNotSent):
		return "not sent"
	case errors.Is(err, httpx.ErrUnknown):
		return "unknown"
	}
	return "neither: " + err.Error()
}

func TestRepetitionByMethod(t *testing.T) {
	t.Parallel()
	ok := status(http.StatusOK)
	writes := []string{"POST", "PATCH", "PUT", "DELETE"}
	reads := []string{"", "GET", "HEAD"}
	tests := map[string]struct {
		methods []string
		steps   []http.HandlerFunc
		status  int // 0: an error
		outcome string
		sent    int
	}{
		"a read survives a 429":                            {reads, []http.HandlerFunc{status(429), ok}, 200, "answer", 2},
		"a read survives a 502":                            {reads, []http.HandlerFunc{status(502), ok}, 200, "answer", 2},
		"a read survives a 503":                            {reads, []http.HandlerFunc{status(503), ok}, 200, "answer", 2},
		"a read survives a 504":                            {reads, []http.HandlerFunc{status(504), ok}, 200, "answer", 2},
		"a read survives a cut":                            {reads, []http.HandlerFunc{cut, ok}, 200, "answer", 2},
		"a read survives a body cut in the middle":         {[]string{"GET"}, []http.HandlerFunc{truncated, ok}, 200, "answer", 2},
		"a read that is always cut is given up":            {reads, []http.HandlerFunc{cut}, 0, "unknown", 3},
		"a read keeps the last 503 when attempts ran out":  {reads, []http.HandlerFunc{status(503)}, 503, "answer", 3},
		"a read takes a 500 for an answer":                 {reads, []http.HandlerFunc{status(500), ok}, 500, "answer", 1},
		"a read takes a 404 for an answer":                 {reads, []http.HandlerFunc{status(404), ok}, 404, "answer", 1},
		"a write survives a 429":                           {writes, []http.HandlerFunc{status(429), ok}, 200, "answer", 2},
		"a write keeps the last 429 when attempts ran out": {writes, []http.HandlerFunc{status(429)}, 429, "answer", 3},
		"a write is not repeated after a 500":              {writes, []http.HandlerFunc{status(500), ok}, 500, "answer", 1},
		"a write is not repeated after a 502":              {writes, []http.HandlerFunc{status(502), ok}, 502, "answer", 1},
		"a write is not repeated after a 503":              {writes, []http.HandlerFunc{status(503, "Retry-After", "1"), ok}, 503, "answer", 1},
		"a write is not repeated after a 504":              {writes, []http.HandlerFunc{status(504), ok}, 504, "answer", 1},
		"a write is not repeated after a cut":              {writes, []http.HandlerFunc{cut, ok}, 0, "unknown", 1},
		"a write is not repeated after half an answer":     {writes, []http.HandlerFunc{truncated, ok}, 0, "unknown", 1},
		"a write is not repeated after a 429 and a cut":    {writes, []http.HandlerFunc{status(429), cut, ok}, 0, "unknown", 2},
	}
	for name, tt := range tests {
		for _, method := range tt.methods {
			t.Run(name+"/"+method, func(t *testing.T) {
				t.Parallel()
				s := serve(t, tt.steps...)
				c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after, RetryMax: 2})
				defer c.Close()
				r, err := c.Do(t.Context(), httpx.Request{Method: method, URL: s.URL, Body: []byte("body")})
				if got := outcome(err); got != tt.outcome {
					t.Errorf("outcome = %s, want %s", got, tt.outcome)
				}
				if r.Status != tt.status {
					t.Errorf("status = %d, want %d", r.Status, tt.status)
				}
				if err == nil && method != "HEAD" && string(r.Body) != "answer "+strconv.Itoa(tt.status) {
					t.Errorf("body = %q", r.Body)
				}
				if got := s.seen(); got != tt.sent {
					t.Errorf("requests = %d, want %d", got, tt.sent)
				}
				for _, body := range s.bodies {
					if body != "body" {
						t.Errorf("a request arrived with the body %q", body)
					}
				}
			})
		}
	}
}

func TestADialThatFailsIsRepeatedForAnyMethod(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := serve(t, status(http.StatusCreated))
			fails := 2
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				if fails--; fails >= 0 {
					return nil, errors.New("no route")
				}
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			waits := new(pauses)
			c := httpx.New(httpx.Config{Now: noon, After: waits.after, Dial: dial})
			defer c.Close()
			r, err := c.Do(t.Context(), httpx.Request{Method: method, URL: s.URL})
			if err != nil || r.Status != http.StatusCreated || s.seen() != 1 {
				t.Errorf("status = %d, error = %v, requests = %d; want 201, none, 1", r.Status, err, s.seen())
			}
			if diff := cmp.Diff([]time.Duration{time.Second, 2 * time.Second}, waits.list); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRetryMax(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ max, dials int }{
		"zero is three further attempts": {0, 4},
		"one is one":                     {1, 2},
		"negative is none":               {-1, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dials := 0
			dial := func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, errors.New("no route")
			}
			c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after, Dial: dial, RetryMax: tt.max})
			_, err := c.Do(t.Context(), httpx.Request{Method: "POST", URL: "https://club.example/x"})
			if got := outcome(err); got != "not sent" || dials != tt.dials {
				t.Errorf("outcome = %s after %d dials, want not sent after %d", got, dials, tt.dials)
			}
		})
	}
}

func TestWhatTheHostAsksToWait(t *testing.T) {
	t.Parallel()
	unix := func(d time.Duration) string { return strconv.FormatInt(noon().Add(d).Unix(), 10) }
	const seconds, ratelimit = "Retry-After", "X-Ratelimit-Retry-After"
	tests := map[string]struct {
		header []string
		asked  time.Duration
		waits  []time.Duration // none: the answer is returned at once
	}{
		"no hint":                        {nil, 0, []time.Duration{time.Second}},
		"seconds":                        {[]string{seconds, "7"}, 7 * time.Second, []time.Duration{7 * time.Second}},
		"a date":                         {[]string{seconds, "Sun, 01 Mar 2026 12:00:09 GMT"}, 9 * time.Second, []time.Duration{9 * time.Second}},
		"a Unix time":                    {[]string{ratelimit, unix(11 * time.Second)}, 11 * time.Second, []time.Duration{11 * time.Second}},
		"the later of two":               {[]string{seconds, "5", ratelimit, unix(8 * time.Second)}, 8 * time.Second, []time.Duration{8 * time.Second}},
		"the later of two, other way":    {[]string{seconds, "9", ratelimit, unix(8 * time.Second)}, 9 * time.Second, []time.Duration{9 * time.Second}},
		"just the cap":                   {[]string{seconds, "30"}, 30 * time.Second, []time.Duration{30 * time.Second}},
		"one second beyond the cap":      {[]string{seconds, "31"}, 31 * time.Second, nil},
		"a day":                          {[]string{seconds, "86400"}, 24 * time.Hour, nil},
		"seconds that overflow a wait":   {[]string{seconds, "9300000000"}, math.MaxInt64, nil},
		"seconds that overflow an int64": {[]string{seconds, "99999999999999999999"}, math.MaxInt64, nil},
		"seconds of the largest int64":   {[]string{seconds, "9223372036854775807"}, math.MaxInt64, nil},
		"a date in the year 9999":        {[]string{seconds, "Fri, 31 Dec 9999 23:59:59 GMT"}, math.MaxInt64, nil},
		"a Unix time in milliseconds":    {[]string{ratelimit, "1772366411000"}, math.MaxInt64, nil},
		"a Unix time of the largest int": {[]string{ratelimit, "9223372036854775807"}, math.MaxInt64, nil},
		"zero seconds":                   {[]string{seconds, "0"}, 0, []time.Duration{time.Second}},
		"a negative number":              {[]string{seconds, "-5"}, 0, []time.Duration{time.Second}},
		"words":                          {[]string{seconds, "soon", ratelimit, "later"}, 0, []time.Duration{time.Second}},
		"a date gone by":                 {[]string{seconds, "Sun, 01 Mar 2026 11:00:00 GMT"}, 0, []time.Duration{time.Second}},
		"a Unix time gone by":            {[]string{ratelimit, unix(-time.Hour)}, 0, []time.Duration{time.Second}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, status(429, tt.header...))
			waits := new(pauses)
			c := httpx.New(httpx.Config{Now: noon, After: waits.after, RetryMax: 1})
			defer c.Close()
			r, err := c.Do(t.Context(), httpx.Request{Method: "POST", URL: s.URL})
			if err != nil || r.Status != 429 || string(r.Body) != "answer 429" {
				t.Errorf("got status %d, body %q, error %v", r.Status, r.Body, err)
			}
			if r.RetryAfter != tt.asked {
				t.Errorf("RetryAfter = %s, want %s", r.RetryAfter, tt.asked)
			}
			if diff := cmp.Diff(tt.waits, waits.list); diff != "" {
				t.Errorf("waits (-want +got):\n%s", diff)
			}
			if got, want := s.seen(), 1+len(tt.waits); got != want {
				t.Errorf("requests = %d, want %d", got, want)
			}
		})
	}
}

func TestWaitsGrowUpToTheCap(t *testing.T) {
	t.Parallel()
	s := serve(t, status(503))
	waits := new(pauses)
	c := httpx.New(httpx.Config{Now: noon, After: waits.after, RetryMax: 5, MaxWait: 5 * time.Second})
	defer c.Close()
	if _, err := c.Do(t.Context(), httpx.Request{URL: s.URL}); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{1e9, 2e9, 4e9, 5e9, 5e9}
	if diff := cmp.Diff(want, waits.list); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestAnEndedContextDuringAPauseKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	s := serve(t, status(429))
	ctx, cancel := context.WithCancel(t.Context())
	after := func(time.Duration) <-chan time.Time {
		cancel()
		return nil
	}
	c := httpx.New(httpx.Config{Now: noon, After: after})
	defer c.Close()
	r, err := c.Do(ctx, httpx.Request{Method: "POST", URL: s.URL})
	if err != nil || r.Status != 429 || s.seen() != 1 {
		t.Errorf("status = %d, error = %v, requests = %d; want 429, none, 1", r.Status, err, s.seen())
	}
}

func TestAnEndedContextSaysWhetherTheRequestLeft(t *testing.T) {
	t.Parallel()
	t.Run("ended before", func(t *testing.T) {
		t.Parallel()
		s := serve(t, status(200))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := httpx.New(httpx.Config{Now: noon}).Do(ctx, httpx.Request{Method: "POST", URL: s.URL})
		if outcome(err) != "not sent" || !errors.Is(err, context.Canceled) || s.seen() != 0 {
			t.Errorf("error = %v after %d requests, want not sent and canceled after 0", err, s.seen())
		}
	})
	t.Run("ended while the host works", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		waits := new(pauses)
		_, err := httpx.New(httpx.Config{Now: noon, After: waits.after}).Do(ctx, httpx.Request{URL: s.URL})
		if outcome(err) != "unknown" || !errors.Is(err, context.Canceled) || s.seen() != 1 {
			t.Errorf("error = %v after %d requests, want unknown and canceled after 1", err, s.seen())
		}
		if waits.list != nil {
			t.Errorf("a further attempt was waited for: %v", waits.list)
		}
	})
}

// TestTimeout runs on a simulated clock, over pipes instead of sockets.
func TestTimeout(t *testing.T) {
	t.Parallel()
	const twice = (30 + 1 + 30) * time.Second
	tests := map[string]struct {
		dial        func(context.Context, string, string) (net.Conn, error)
		method, url string
		outcome     string
		took        time.Duration
	}{
		"a host that never answers a write":   {deaf, "POST", "http://localhost/x", "unknown", 30 * time.Second},
		"a host that never answers a read":    {deaf, "GET", "http://localhost/x", "unknown", twice},
		"a host that never greets over TLS":   {deaf, "POST", "https://localhost/x", "not sent", twice},
		"a connection that never comes to be": {unreachable, "POST", "http://localhost/x", "not sent", twice},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx := t.Context()
				c := httpx.New(httpx.Config{Now: time.Now, Dial: tt.dial, RetryMax: 1})
				_, err := c.Do(ctx, httpx.Request{Method: tt.method, URL: tt.url})
				if got := outcome(err); got != tt.outcome {
					t.Errorf("outcome = %s, want %s", got, tt.outcome)
				}
				if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a slow host looks like an ended context: %v", err)
				}
				if got := time.Since(began); got != tt.took {
					t.Errorf("took %s, want %s", got, tt.took)
				}
			})
		})
	}
}

// deaf connects to a host that reads and never answers.
func deaf(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	go func() { _, _ = io.Copy(io.Discard, server) }()
	return client, nil
}

func unreachable(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAnAnswerThatIsTooLargeIsAnError(t *testing.T) {
	t.Parallel()
	page := func(size int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), size)) }
	}
	s := serve(t, page(1000), page(1001))
	c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after, MaxBody: 1000})
	defer c.Close()
	if r, err := c.Do(t.Context(), httpx.Request{URL: s.URL}); err != nil || len(r.Body) != 1000 {
		t.Errorf("just the limit: %d bytes, error %v", len(r.Body), err)
	}
	_, err := c.Do(t.Context(), httpx.Request{URL: s.URL})
	if !errors.Is(err, httpx.ErrTooLarge) || outcome(err) != "unknown" || s.seen() != 2 {
		t.Errorf("error = %v after %d requests, want too large and unknown after 2", err, s.seen())
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	other := serve(t, status(200))
	otherHost := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	tests := map[string]struct {
		method, location string
		status, sent     int
	}{
		"a read follows within the host":     {"GET", "/there", 200, 2},
		"a read does not follow to another":  {"GET", otherHost, 302, 1},
		"a read does not change the scheme":  {"GET", "https://{host}/", 302, 1},
		"a write does not turn into a read":  {"POST", "/there", 302, 1},
		"a place that is none is the answer": {"GET", "http://[", 302, 1},
		"a circle ends after five hops":      {"GET", "/circle", 302, 6},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/there" {
					w.WriteHeader(http.StatusOK)
					return
				}
				w.Header().Set("Location", strings.Replace(tt.location, "{host}", r.Host, 1))
				w.WriteHeader(http.StatusFound)
			})
			c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after})
			defer c.Close()
			r, err := c.Do(t.Context(), httpx.Request{Method: tt.method, URL: s.URL + "/here", Body: []byte("x")})
			if err != nil || r.Status != tt.status || s.seen() != tt.sent {
				t.Errorf("status = %d, error = %v, requests = %d; want %d, none, %d", r.Status, err, s.seen(), tt.status, tt.sent)
			}
		})
	}
	t.Cleanup(func() {
		if other.seen() != 0 {
			t.Error("a redirect led to another host")
		}
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		url  string
		want bool
	}{
		"https":                         {"https://fsa.example.ch/x", true},
		"http to the loopback address":  {"http://127.0.0.1:8080/x", true},
		"http to another loopback":      {"http://127.8.8.8/x", true},
		"http to loopback of version 6": {"http://[::1]:80/x", true},
		"http to localhost":             {"http://localhost:80/x", true},
		"http to another machine":       {"http://fsa.example.ch/x", false},
		"http to a name that pretends":  {"http://localhost.example.ch/x", false},
		"http to an address that does":  {"http://10.0.0.1/x", false},
		"http to what was configured":   {"http://proxy.example.ch:3128/x", true},
		"http to another port of it":    {"http://proxy.example.ch/x", false},
		"another scheme":                {"ftp://127.0.0.1/x", false},
		"no scheme":                     {"fsa.example.ch/x", false},
		"no host":                       {"https:///x", false},
		"nothing":                       {"", false},
		"not an address":                {"https://%zz/?token=hunter2", false},
		"a password in it":              {"https://me:hunter2@fsa.example.ch/", false},
		"a control character in it":     {"https://fsa.example.ch/\x01hunter2", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dials := 0
			dial := func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, errors.New("no route")
			}
			c := httpx.New(httpx.Config{Now: noon, Dial: dial, RetryMax: -1, Plain: []string{"proxy.example.ch:3128"}})
			_, err := c.Do(t.Context(), httpx.Request{URL: tt.url})
			if got := outcome(err); got != "not sent" || (dials > 0) != tt.want {
				t.Errorf("outcome = %s with %d dials, want to get as far as the dial: %v", got, dials, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells the secret: %v", err)
			}
			checked := c.CheckURL(tt.url)
			if (checked == nil) != tt.want {
				t.Errorf("CheckURL = %v, want acceptance: %v", checked, tt.want)
			}
			if checked != nil && strings.Contains(checked.Error(), "hunter2") {
				t.Errorf("CheckURL tells the secret: %v", checked)
			}
		})
	}
}

func TestACertificateThatDoesNotVerifyIsNotSentAndNotRepeated(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(status(200))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	s.StartTLS()
	defer s.Close()
	dials := 0
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after, Dial: dial})
	_, err := c.Do(t.Context(), httpx.Request{URL: s.URL})
	if got := outcome(err); got != "not sent" || dials != 1 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("outcome = %s after %d dials (%v), want not sent after 1, for its certificate", got, dials, err)
	}
}

func TestErrorsAndLogTellNoSecret(t *testing.T) {
	t.Parallel()
	const mark = "hunter2"
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }
	tests := map[string]struct {
		step    http.HandlerFunc
		dial    func(context.Context, string, string) (net.Conn, error)
		header  string
		outcome string
	}{
		"an answer":                {step: status(400, "X-Echo", mark), outcome: "answer"},
		"a cut":                    {step: cut, outcome: "unknown"},
		"a refused connection":     {step: cut, dial: refused, outcome: "not sent"},
		"not HTTP":                 {step: hijacked(mark + " is no status line\r\n\r\n"), outcome: "unknown"},
		"a header that is none":    {step: hijacked("HTTP/1.1 200 OK\r\n" + mark + "\r\n\r\n"), outcome: "unknown"},
		"a length that is none":    {step: hijacked("HTTP/1.1 200 OK\r\nContent-Length: " + mark + "\r\n\r\n"), outcome: "unknown"},
		"a redirect out of it all": {step: status(302, "Location", "http://["+mark), outcome: "answer"},
		"a token with a line end":  {step: cut, header: mark + "\n", outcome: "not sent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines bytes.Buffer
			s := serve(t, tt.step)
			c := httpx.New(httpx.Config{Now: noon, Dial: tt.dial, After: new(pauses).after, Log: zerolog.New(&lines), RetryMax: 1})
			defer c.Close()
			_, err := c.Do(t.Context(), httpx.Request{
				Method: "POST",
				URL:    s.URL + "/members?token=" + mark + "#" + mark,
				Header: http.Header{"Authorization": {"Bearer " + mark + tt.header}},
				Body:   []byte(`{"lastName":"` + mark + `"}`),
			})
			if got := outcome(err); got != tt.outcome {
				t.Errorf("outcome = %s (%v), want %s", got, err, tt.outcome)
			}
			if err != nil && strings.Contains(err.Error(), mark) {
				t.Errorf("the error tells the secret: %v", err)
			}
			if strings.Contains(lines.String(), mark) || !strings.Contains(lines.String(), `"path":"/members"`) {
				t.Errorf("the log tells the secret, or not the path: %s", lines.String())
			}
		})
	}
}

func TestTheLogHasOneDebugLinePerAttempt(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	s := serve(t, status(503), truncated, status(200))
	now := noon()
	clock := func() time.Time { now = now.Add(time.Millisecond); return now }
	c := httpx.New(httpx.Config{Now: clock, After: new(pauses).after, Log: zerolog.New(&lines)})
	defer c.Close()
	if _, err := c.Do(t.Context(), httpx.Request{URL: s.URL + "/a%20b?c=d"}); err != nil {
		t.Fatal(err)
	}
	want := `{"level":"debug","method":"GET","path":"/a b","duration":2,"status":503,"message":"request answered"}
{"level":"debug","method":"GET","path":"/a b","duration":1,"error":"outcome unknown: the connection was closed before the answer was whole","message":"request failed"}
{"level":"debug","method":"GET","path":"/a b","duration":2,"status":200,"message":"request answered"}
`
	if diff := cmp.Diff(want, lines.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestTheRequestArrivesAsGiven(t *testing.T) {
	t.Parallel()
	type request struct {
		Method, URI, Body, Type, Encoding string
		Length                            int64
	}
	var got request
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.Method, got.URI, got.Type = r.Method, r.RequestURI, r.Header.Get("Content-Type")
		got.Encoding, got.Length = strings.Join(r.TransferEncoding, ","), r.ContentLength
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
	})
	c := httpx.New(httpx.Config{Now: noon})
	defer c.Close()
	header := http.Header{"Content-Type": {"application/json"}}
	for _, body := range [][]byte{[]byte("{}"), {}, nil} {
		r, err := c.Do(t.Context(), httpx.Request{Method: "PATCH", URL: s.URL + "/m(1)?$select=a", Header: header, Body: body})
		if err != nil || r.Status != http.StatusTeapot || r.Header.Get("X-Answer") != "yes" {
			t.Errorf("answer = %+v, error = %v", r, err)
		}
		want := request{Method: "PATCH", URI: "/m(1)?$select=a", Type: "application/json", Length: int64(len(body))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request with body %q (-want +got):\n%s", body, diff)
		}
	}
	if diff := cmp.Diff(http.Header{"Content-Type": {"application/json"}}, header); diff != "" {
		t.Errorf("the caller's header was changed:\n%s", diff)
	}
}

func TestAMethodThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := httpx.New(httpx.Config{Now: noon}).Do(t.Context(), httpx.Request{Method: "A B", URL: "http://localhost/?hunter2"})
	if got := outcome(err); got != "not sent" || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("outcome = %s (%v), want not sent", got, err)
	}
}

func TestIsJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		mediaType, body string
		want            bool
	}{
		"an object":                 {"application/json", `{"a":1}`, true},
		"with parameters":           {"application/json; odata.metadata=minimal; charset=utf-8", `[]`, true},
		"a relative of JSON":        {"application/problem+json", `{}`, true},
		"a page that says so":       {"text/html", `<html>`, false},
		"a page that does not":      {"application/json", `<html>`, false},
		"JSON that says it is text": {"text/plain", `{}`, false},
		"no type":                   {"", `{}`, false},
		"cut in the middle":         {"application/json", `{"value":[{"id":1},{"i`, false},
		"empty":                     {"application/json", ``, false},
		"two values":                {"application/json", `{}{}`, false},
		"lines of JSON":             {"application/x-ndjson", `{}`, false},
		"no JSON by name":           {"application/jsonp", `{}`, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httpx.Response{Header: http.Header{"Content-Type": {tt.mediaType}}, Body: []byte(tt.body)}
			if got := httpx.IsJSON(r); got != tt.want {
				t.Errorf("IsJSON = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAClientNeedsAClock(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("New accepted a configuration without a clock")
		}
	}()
	httpx.New(httpx.Config{})
}
