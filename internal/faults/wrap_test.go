package faults_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/faults"
)

// host is a server whose one effect is to count, behind the fault layer.
type host struct {
	faults  faults.Set
	effects atomic.Int32
	url     string
	client  *http.Client
}

func newHost(t *testing.T, after func(time.Duration) <-chan time.Time) *host {
	t.Helper()
	h := &host{}
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h.effects.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"answer":"true"}`)
	})
	form := faults.Form{
		Refuse: func(w http.ResponseWriter, status int, retryAfter time.Duration) {
			if retryAfter > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
			}
			http.Error(w, "refused", status)
		},
		After: after,
	}
	srv := httptest.NewServer(h.faults.Wrap(inner, func(r *http.Request) string { return r.URL.Path[1:] }, form))
	t.Cleanup(srv.Close)
	h.url, h.client = srv.URL, srv.Client()
	return h
}

// post sends one request for the operation "make" and returns what came back, the body read.
func (h *host) post(ctx context.Context, t *testing.T) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/make", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(resp.Body)
	if cerr := resp.Body.Close(); cerr != nil {
		t.Error(cerr)
	}
	return resp, string(body), err
}

func TestWrapAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		rule    faults.Rule
		status  int
		retry   string
		body    string
		effects int32
	}{
		{"without a matching rule the answer is the handler's", faults.Rule{Op: "other", Kind: faults.HTML}, 201, "", `{"answer":"true"}`, 1},
		{"a knob of the simulator changes nothing here", faults.Rule{Kind: faults.LostNext}, 201, "", `{"answer":"true"}`, 1},
		{"unauthorized", faults.Rule{Kind: faults.Unauthorized}, 401, "", "refused\n", 0},
		{"forbidden", faults.Rule{Kind: faults.Forbidden}, 403, "", "refused\n", 0},
		{"too many says when to come back", faults.Rule{Kind: faults.TooMany, Delay: 24 * time.Hour}, 429, "86400", "refused\n", 0},
		{"too many says one second unless told", faults.Rule{Kind: faults.TooMany}, 429, "1", "refused\n", 0},
		{"too many, bare", faults.Rule{Kind: faults.TooManyBare, Delay: time.Hour}, 429, "", "refused\n", 0},
		{"a server error before the effect", faults.Rule{Kind: faults.ServerError}, 500, "", "refused\n", 0},
		{"a server error after the effect", faults.Rule{Kind: faults.ErrorAfter}, 500, "", "refused\n", 1},
		{"unavailable says when to come back", faults.Rule{Kind: faults.Unavailable, Delay: time.Minute}, 503, "60", "refused\n", 0},
		{"empty", faults.Rule{Kind: faults.Empty}, 200, "", "{}", 0},
		{"truncated, after the effect", faults.Rule{Kind: faults.Truncated}, 201, "", `{"answer`, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, nil)
			h.faults.Add(tt.rule)
			resp, body, err := h.post(t.Context(), t)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status || body != tt.body || resp.Header.Get("Retry-After") != tt.retry {
				t.Errorf("got %d, Retry-After %q, %q; want %d, %q, %q",
					resp.StatusCode, resp.Header.Get("Retry-After"), body, tt.status, tt.retry, tt.body)
			}
			if got := h.effects.Load(); got != tt.effects {
				t.Errorf("%d effects, want %d", got, tt.effects)
			}
		})
	}
}

func TestWrapHTML(t *testing.T) {
	t.Parallel()
	for kind, effects := range map[faults.Kind]int32{faults.HTML: 0, faults.HTMLAfter: 1} {
		h := newHost(t, nil)
		h.faults.Add(faults.Rule{Kind: kind})
		resp, body, err := h.post(t.Context(), t)
		if err != nil {
			t.Fatal(err)
		}
		if ct := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(ct, "text/html") {
			t.Errorf("%s: got %d, %q; want 200, text/html", kind, resp.StatusCode, ct)
		}
		if json.Valid([]byte(body)) {
			t.Errorf("%s: the page is JSON", kind)
		}
		if got := h.effects.Load(); got != effects {
			t.Errorf("%s: %d effects, want %d", kind, got, effects)
		}
	}
}

func TestWrapCuts(t *testing.T) {
	t.Parallel()
	for kind, effects := range map[faults.Kind]int32{faults.CutBefore: 0, faults.CutAfter: 1} {
		h := newHost(t, nil)
		h.faults.Add(faults.Rule{Kind: kind, Times: 1})
		if resp, _, err := h.post(t.Context(), t); err == nil {
			t.Errorf("%s: got %d, want the connection closed", kind, resp.StatusCode)
		}
		if got := h.effects.Load(); got != effects {
			t.Errorf("%s: %d effects, want %d", kind, got, effects)
		}
		if _, _, err := h.post(t.Context(), t); err != nil {
			t.Errorf("%s: the next request fails: %v", kind, err)
		}
	}
}

func TestWrapDelays(t *testing.T) {
	t.Parallel()
	asked, release := make(chan time.Duration, 1), make(chan time.Time)
	h := newHost(t, func(d time.Duration) <-chan time.Time {
		asked <- d
		return release
	})
	h.faults.Add(faults.Rule{Kind: faults.Delay, Delay: time.Minute})
	h.faults.Add(faults.Rule{Kind: faults.Forbidden, Times: 1})

	go func() {
		if d := <-asked; d != time.Minute {
			t.Errorf("waits for %s, want 1m", d)
		}
		if got := h.effects.Load(); got != 0 {
			t.Errorf("%d effects before the delay is over", got)
		}
		release <- time.Time{}
	}()
	resp, _, err := h.post(t.Context(), t)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("after the delay the next fault answers %d, want 403", resp.StatusCode)
	}

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if _, _, err := h.post(ctx, t); err == nil {
		t.Error("a request whose client has gone was answered")
	}
	if got := h.effects.Load(); got != 0 {
		t.Errorf("%d effects, want none", got)
	}
}
