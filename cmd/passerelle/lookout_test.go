package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/simulation"
)

// address returns where a daemon says that it answers probes.
func (c *call) address() string {
	c.tb.Helper()
	c.stderr.wait("started")
	found := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(c.stderr.String())
	if found == nil {
		c.tb.Fatalf("the daemon names no address:\n%s", c.stderr)
	}
	return found[1]
}

// get asks the daemon's address for a page.
func (c *call) get(path string) (int, string) {
	c.tb.Helper()
	request, err := http.NewRequestWithContext(c.tb.Context(), http.MethodGet, "http://"+c.address()+path, http.NoBody)
	if err != nil {
		c.tb.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		c.tb.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		c.tb.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// shows reports every line that the metrics lack.
func (c *call) shows(want ...string) {
	c.tb.Helper()
	code, text := c.get("/metrics")
	if code != http.StatusOK {
		c.tb.Fatalf("metrics: status %d\n%s", code, text)
	}
	for _, line := range want {
		if !strings.Contains("\n"+text, "\n"+line+"\n") {
			c.tb.Errorf("the metrics lack %s; they have\n%s", line, alike(text, line))
		}
	}
}

// alike returns the lines of the same metric.
func alike(text, line string) string {
	name, _, _ := strings.Cut(line, "{")
	var out strings.Builder
	for l := range strings.Lines(text) {
		if strings.HasPrefix(l, name) {
			out.WriteString(l)
		}
	}
	return out.String()
}

// TestProbesAndMetrics reads what an operator's tools read, from the first run to a token that was taken back.
func TestProbesAndMetrics(t *testing.T) {
	t.Parallel()
	var shut atomic.Bool
	gate := make(chan struct{})
	w := served(t, small(), "    poll: 1h\n", func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if shut.Load() {
				<-gate
			}
			h.ServeHTTP(rw, r)
		})
	})
	w.connect(t)
	shut.Store(true)
	d := w.begin(t, "", "run")
	if code, said := d.get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(said, simulation.LinkID) {
		t.Errorf("readyz before the first run has ended: %d %s", code, said)
	}
	if code, said := d.get("/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d %s", code, said)
	}
	close(gate)
	d.stderr.wait("a plan waits for approval")
	if code, said := d.get("/readyz"); code != http.StatusOK {
		t.Errorf("readyz after the first run: %d %s", code, said)
	}
	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	link := fmt.Sprintf("link=%q", simulation.LinkID)
	d.shows(
		`passerelle_link_state{`+link+`,state="waits"} 1`, `passerelle_link_state{`+link+`,state="well"} 0`, `passerelle_link_state{`+link+`,state="stopped"} 0`,
		fmt.Sprintf(`passerelle_held_changes{%s} %d`, link, status.Held.Changes), fmt.Sprintf(`passerelle_held_persons{%s} %d`, link, status.Held.Persons),
		`passerelle_runs_total{`+link+`,result="held"} 1`, `passerelle_runs_total{`+link+`,result="done"} 0`,
		`passerelle_stopped{`+link+`,side="federation"} 0`, `passerelle_errors_total{`+link+`,next="token",side="federation"} 0`,
		fmt.Sprintf(`passerelle_requests_total{%s,op="read",side="club"} %d`, link, status.LastRun.Requests["club"].Read),
		`passerelle_requests_total{`+link+`,op="write",side="club"} 0`,
		fmt.Sprintf(`passerelle_last_success_timestamp_seconds{%s} %s`, link, number(status.LastSuccess)),
	)

	w.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: simulation.ClubNumber, Revoked: true})
	w.passerelle(t, exitSecret, "sync")
	d.stderr.wait("the run stopped") // also when somebody has asked for the run
	d.shows(
		`passerelle_link_state{`+link+`,state="stopped"} 1`, `passerelle_stopped{`+link+`,side="federation"} 1`, `passerelle_stopped{`+link+`,side="club"} 0`,
		`passerelle_runs_total{`+link+`,result="stopped"} 1`, `passerelle_errors_total{`+link+`,next="token",side="federation"} 1`,
	)
	if code, _ := d.get("/readyz"); code != http.StatusOK {
		t.Error("a link that waits for a person makes the daemon unready")
	}

	// Another token, good for ten days: the daemon is told, runs at once, and is well.
	const token = "simulated-second-token"
	w.FederationSystem.SetGrant(token, stvtest.Grant{Club: simulation.ClubNumber, Expires: time.Now().Add(10*24*time.Hour + time.Hour)})
	c := w.begin(t, token, "connect", simulation.LinkID, "federation")
	if said := c.end(exitDone); !strings.Contains(said, "The daemon has been told") {
		t.Errorf("connect says\n%s", said)
	}
	d.stderr.wait("the secret expires soon")
	d.shows(`passerelle_link_state{`+link+`,state="stopped"} 0`, `passerelle_secret_left_days{`+link+`,side="federation"} 10`)

	d.interrupt()
	d.end(exitDone)
}

// number writes a time as the metrics do.
func number(at time.Time) string { return strconv.FormatFloat(float64(at.Unix()), 'g', -1, 64) }

// TestAnAddressThatIsTaken is said before anything runs.
func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	w := served(t, small(), "", nil)
	w.connect(t)
	file := filepath.Join(w.folder, "passerelle.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "127.0.0.1:0", taken.Addr().String(), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.begin(t, "", "run")
	c.end(exitFailed)
	if said := c.stderr.String(); !strings.Contains(said, "listen: ") || !strings.Contains(said, "name a free address") {
		t.Errorf("run says %s", said)
	}
}

// TestAHangingRunIsNotHealthy asks a quarter of an hour after the last sign of life, and a moment later.
func TestAHangingRunIsNotHealthy(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	p := newPulse(func() time.Time { return now })
	p.watch("tvb", time.Hour)
	pages := newLookout("v1", p, nil).pages()
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{silence, http.StatusOK}, {silence + time.Second, http.StatusServiceUnavailable}} {
		now = time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC).Add(tt.after)
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", http.NoBody))
		if w.Code != tt.want {
			t.Errorf("%s after the last sign: status %d, want %d: %s", tt.after, w.Code, tt.want, w.Body)
		}
	}
}

// TestASecretIsReplacedWhileItIsGood has a daemon take a new token and a new key before the old ones end: no run stops.
func TestASecretIsReplacedWhileItIsGood(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("a plan waits for approval")
	w.approveHeld(t)
	w.passerelle(t, exitDone, "sync")

	const token, key = "simulated-second-token", "simulated-second-key"
	w.FederationSystem.SetGrant(token, stvtest.Grant{Club: simulation.ClubNumber})
	w.ClubSystem.SetKey(key, fairgatetest.Write)
	w.begin(t, token, "connect", simulation.LinkID, "federation").end(exitDone)
	w.begin(t, key, "connect", simulation.LinkID, "club").end(exitDone)
	w.passerelle(t, exitDone, "sync")
	w.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: simulation.ClubNumber, Revoked: true})
	w.ClubSystem.SetKey(simulation.AccessKey, "")
	w.passerelle(t, exitDone, "sync")
	if said := d.stderr.String(); strings.Contains(said, "the run stopped") {
		t.Errorf("a run has stopped:\n%s", said)
	}
	d.interrupt()
	d.end(exitDone)
}

// TestWhatNothingExplainsWaitsForAPerson reads what the nightly verification has left behind.
func TestWhatNothingExplainsWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60, InStep: true}, "    poll: 1h\n", nil)
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done")
	var status statusAnswer
	file := filepath.Join(w.folder, "state", simulation.LinkID+".verified")
	w.passerelle(t, exitDone, "verify")
	w.json(t, &status, exitDone, "status", "--json")
	if status.Verified == nil || status.Verified.Unexplained != 0 || status.State != connector.Well {
		t.Fatalf("status: %s, verified %+v", status.State, status.Verified)
	}
	d.shows(fmt.Sprintf(`passerelle_unexplained_differences{link=%q} 0`, simulation.LinkID))
	d.interrupt()
	d.end(exitDone)
	if err := os.WriteFile(file, []byte(`{"at":"2026-03-14T02:00:00Z","unexplained":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.json(t, &status, exitDone, "status", "--json")
	if status.State != connector.Waits || !strings.Contains(status.Next, "passerelle verify") {
		t.Errorf("with two differences that nothing explains: %s, next %s", status.State, status.Next)
	}
}
