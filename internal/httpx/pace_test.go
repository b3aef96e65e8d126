package httpx_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/httpx"
)

// A pipes is a network without sockets, for simulated clocks: every address leads to its one server.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// A host answers by its script and remembers when it was asked.
type host struct {
	mu    sync.Mutex
	began time.Time
	asked []time.Duration // since the test began
	steps []http.HandlerFunc
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	step := h.steps[min(len(h.asked), len(h.steps)-1)]
	h.asked = append(h.asked, time.Since(h.began))
	h.mu.Unlock()
	step(w, r)
}

func (h *host) seen() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

// paced returns a client on the simulated clock, and the host that it reaches under every name.
func paced(t *testing.T, c httpx.Config, steps ...http.HandlerFunc) (*httpx.Client, *host) {
	t.Helper()
	h := &host{began: time.Now(), steps: steps}
	network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(network) })
	c.Now, c.Dial, c.RetryMax = time.Now, network.dial, -1
	client := httpx.New(c)
	t.Cleanup(func() {
		client.Close()
		_ = server.Close()
		serving.Wait()
	})
	return client, h
}

func get(t *testing.T, c *httpx.Client, url string) (httpx.Response, error) {
	t.Helper()
	return c.Do(t.Context(), httpx.Request{URL: url})
}

// TestAHostThatRefusesIsAskedMoreSlowly holds the pace to what is worked out by hand: 20 a second halved is 10, then 5.
func TestAHostThatRefusesIsAskedMoreSlowly(t *testing.T) {
	t.Parallel()
	for _, refusal := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			ok := status(200)
			c, h := paced(t, httpx.Config{}, ok, ok, status(refusal), status(refusal), ok, ok)
			for range 6 {
				if _, err := get(t, c, "http://localhost/x"); err != nil {
					t.Fatal(err)
				}
			}
			// Good answers before a refusal cost nothing. The refusals leave 5 a second; the next good answer makes it 5.1.
			const ms = time.Millisecond
			want := []time.Duration{0, 0, 0, 0, 100 * ms, 300 * ms}
			if diff := cmp.Diff(want, h.seen()); diff != "" {
				t.Errorf("after %d, asked at (-want +got):\n%s", refusal, diff)
			}
		})
	}
}

func TestThePaceIsBounded(t *testing.T) {
	t.Parallel()
	gap := func(h *host) time.Duration {
		at := h.seen()
		return at[len(at)-1] - at[len(at)-2]
	}
	synctest.Test(t, func(t *testing.T) {
		c, h := paced(t, httpx.Config{}, status(429))
		for range 20 {
			if _, err := get(t, c, "http://localhost/x"); err != nil {
				t.Fatal(err)
			}
		}
		if got := gap(h); got != 5*time.Second {
			t.Errorf("a host that only refuses is asked every %s, want 5s", got)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		c, h := paced(t, httpx.Config{}, status(429), status(200))
		for range 300 {
			if _, err := get(t, c, "http://localhost/x"); err != nil {
				t.Fatal(err)
			}
		}
		if got := gap(h); got != 50*time.Millisecond {
			t.Errorf("a host that has refused once is asked every %s in the end, want 50ms", got)
		}
	})
}

// TestARefusalOfManyAtOnceCountsOnce: four were under way when the host first refused.
func TestARefusalOfManyAtOnceCountsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(time.Second) // in synctest's time
			status(429)(w, r)
		}
		c, h := paced(t, httpx.Config{}, slow, slow, slow, slow, status(200))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { _, _ = get(t, c, "http://localhost/x") })
		}
		all.Wait()
		for range 3 {
			if _, err := get(t, c, "http://localhost/x"); err != nil {
				t.Fatal(err)
			}
		}
		at := h.seen()
		if got := at[5] - at[4]; got != 100*time.Millisecond {
			t.Errorf("asked every %s after one round of refusals, want 100ms", got)
		}
	})
}

func TestAHostIsLeftAloneByEverybodyForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			c, h := paced(t, httpx.Config{}, status(code, "Retry-After", "20"), status(200))
			_, _ = get(t, c, "http://localhost/x")
			_, _ = get(t, c, "http://localhost:81/another/host") // its own pace
			var links sync.WaitGroup
			for range 3 {
				links.Go(func() { _, _ = get(t, c, "http://localhost/x") })
			}
			links.Wait()
			const ms = time.Millisecond
			want := []time.Duration{0, 0, 20 * time.Second, 20*time.Second + 100*ms, 20*time.Second + 200*ms}
			if diff := cmp.Diff(want, h.seen()); diff != "" {
				t.Errorf("asked at (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAHostThatAsksForTooLongIsSentNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		asked string
		until time.Duration
	}{
		"31 s, beyond the cap of a wait": {"31", 31 * time.Second},
		"a day is an hour":               {"86400", time.Hour},
		"three centuries are an hour":    {"9300000000", time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, h := paced(t, httpx.Config{}, status(503, "Retry-After", tt.asked), status(200))
				began := time.Now()
				_, _ = get(t, c, "http://localhost/x")
				_, err := c.Do(t.Context(), httpx.Request{Method: "POST", URL: "http://localhost/x"})
				away, ok := errors.AsType[*httpx.AwayError](err)
				if outcome(err) != "not sent" || !ok || !away.Until.Equal(began.Add(tt.until)) {
					t.Errorf("error = %v, want not sent, and until %s", err, began.Add(tt.until))
				}
				if len(h.seen()) != 1 || time.Since(began) != 0 {
					t.Errorf("%d requests after %s, want 1 and no wait", len(h.seen()), time.Since(began))
				}
				time.Sleep(tt.until) // in synctest's time
				if r, err := get(t, c, "http://localhost/x"); err != nil || r.Status != 200 {
					t.Errorf("after that time: status %d, error %v", r.Status, err)
				}
			})
		})
	}
}

// TestWhoIsTurnedAwayTakesNoTurn: a run that asks for many things while the host wants to be left alone does not wait for
// all of them afterwards.
func TestWhoIsTurnedAwayTakesNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, h := paced(t, httpx.Config{}, status(503, "Retry-After", "60"), status(200))
		_, _ = get(t, c, "http://localhost/x")
		for range 1000 {
			if _, err := get(t, c, "http://localhost/x"); outcome(err) != "not sent" {
				t.Fatalf("error = %v, want not sent", err)
			}
		}
		time.Sleep(time.Minute) // in synctest's time
		if _, err := get(t, c, "http://localhost/x"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{0, time.Minute}, h.seen()); diff != "" {
			t.Errorf("asked at (-want +got):\n%s", diff)
		}
	})
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, h := paced(t, httpx.Config{}, status(429, "Retry-After", "20"), status(200))
		_, _ = get(t, c, "http://localhost/x")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Do(ctx, httpx.Request{Method: "POST", URL: "http://localhost/x"})
		if outcome(err) != "not sent" || !errors.Is(err, context.DeadlineExceeded) || len(h.seen()) != 1 {
			t.Errorf("error = %v after %d requests, want not sent after 1", err, len(h.seen()))
		}
	})
}

// TestAnAnswerThatDripsForeverIsCut: every byte comes in time, the last never.
func TestAnAnswerThatDripsForeverIsCut(t *testing.T) {
	t.Parallel()
	for _, header := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			drip := func(w http.ResponseWriter, r *http.Request) {
				conn, _, err := w.(http.Hijacker).Hijack() //nolint:forcetypeassert // net/http's own can be hijacked
				if err != nil {
					panic(err)
				}
				text := "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
				if header {
					text = "HTTP/1.1 200 OK\r\nX-Drip: "
				}
				for _, err := io.WriteString(conn, text); err == nil; _, err = io.WriteString(conn, ".") {
					time.Sleep(time.Second) // in synctest's time
				}
				_ = conn.Close()
			}
			c, _ := paced(t, httpx.Config{Timeout: 10 * time.Second}, drip)
			began := time.Now()
			_, err := get(t, c, "http://localhost/x")
			if outcome(err) != "unknown" || time.Since(began) != 10*time.Second {
				t.Errorf("error = %v after %s, want unknown after 10s", err, time.Since(began))
			}
			time.Sleep(2 * time.Second) // the host sees that nobody reads
		})
	}
}

// TestAnAnswerThatGrowsIsTooLarge: 100 KB of zip, 100 MB of zeros; and a header of 2 MB.
func TestAnAnswerThatGrowsIsTooLarge(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	for range 100 {
		_, _ = zip.Write(make([]byte, 1<<20))
	}
	_ = zip.Close()
	packed := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}
	long := status(200, "X-Long", string(bytes.Repeat([]byte("x"), 2<<20)))
	s := serve(t, packed, long)
	c := httpx.New(httpx.Config{Now: noon, After: new(pauses).after, RetryMax: -1, MaxBody: 1 << 20})
	defer c.Close()
	if _, err := get(t, c, s.URL); !errors.Is(err, httpx.ErrTooLarge) {
		t.Errorf("a bomb: error = %v, want too large", err)
	}
	if _, err := get(t, c, s.URL); outcome(err) != "unknown" {
		t.Errorf("a header of 2 MB: error = %v, want unknown", err)
	}
}
