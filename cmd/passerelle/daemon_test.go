package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"passerelle/connector"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

func small() simulation.Config { return simulation.Config{Seed: 7, Members: 60} }

// approveHeld makes the first plan, unless one is held, and approves it.
func (w *world) approveHeld(tb testing.TB) {
	tb.Helper()
	var report connector.Report
	w.json(tb, &report, exitHeld, "sync", "--json")
	w.passerelle(tb, exitDone, "approve", simulation.LinkID, report.Held.Plan, "--persons", itoa(report.Held.Persons))
}

// json calls the program and reads what it prints.
func (w *world) json(tb testing.TB, into any, code int, args ...string) {
	tb.Helper()
	out := w.passerelle(tb, code, args...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		tb.Fatalf("%v prints no JSON: %v\n%s", args, err, out)
	}
}

// TestADaemonAnswersForItsLedger sees the commands reach a running daemon, which has the ledger to itself.
func TestADaemonAnswersForItsLedger(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done") // the first run, which holds its plan

	if info, err := os.Stat(filepath.Join(w.folder, "state", "passerelle.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v; want mode 0600", info, err)
	}
	second := w.begin(t, "", "run")
	second.end(exitBusy)
	if said := second.stderr.String(); !strings.Contains(said, "a daemon is running already") {
		t.Errorf("the second daemon says %q", said)
	}

	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	if !status.Daemon || status.State != "waits" || status.Held == nil {
		t.Errorf("status: %+v; want a daemon whose plan waits", status)
	}
	if code, _ := d.get("/healthz"); code != http.StatusOK || !strings.Contains(d.stderr.String(), "address="+status.Address) {
		t.Errorf("status names the address %q, which is not the daemon's", status.Address)
	}
	if out := w.passerelle(t, exitDone, "status"); !strings.Contains(out, "it answers at http://"+status.Address+"/metrics") || status.Address == "" {
		t.Errorf("status says\n%s\nwant the daemon's address", out)
	}
	w.approveHeld(t)
	var report connector.Report
	w.json(t, &report, exitDone, "sync", "--json")
	if report.Approved == 0 || report.Applied[record.Club].Total() == 0 {
		t.Errorf("sync: %+v; want what was approved carried", report)
	}
	w.passerelle(t, exitDone, "verify")
	w.passerelle(t, exitDone, "conflicts", "list")
	w.json(t, &status, exitDone, "status", "--json")
	if status.State == "stopped" || status.LastSuccess.IsZero() || status.LastRun == nil {
		t.Errorf("status: %+v; want the run that went well", status)
	}

	d.interrupt()
	d.end(exitDone)
	if _, err := os.Stat(filepath.Join(w.folder, "state", "passerelle.sock")); !os.IsNotExist(err) {
		t.Errorf("the daemon has left its socket behind: %v", err)
	}
	if len(w.Twice())+len(w.Missing()) > 0 {
		t.Error("somebody stands twice, or is missing")
	}
}

// TestASecondProcessWithoutASocket sees the ledger itself refuse a second one.
func TestASecondProcessWithoutASocket(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done")
	if err := os.Remove(filepath.Join(w.folder, "state", "passerelle.sock")); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"run", "sync", "status"} {
		c := w.begin(t, "", command)
		c.end(exitBusy)
		if said := c.stderr.String(); !strings.Contains(said, "another process has the ledger") {
			t.Errorf("%s says %q", command, said)
		}
	}
	d.interrupt()
	d.end(exitDone)
}

// TestASocketLeftBehind sees a daemon take the place of one that was killed.
func TestASocketLeftBehind(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	socket := filepath.Join(w.folder, "state", "passerelle.sock")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: socket}); err != nil {
		t.Skipf("a socket at a path of %d bytes: %v", len(socket), err)
	}
	if err := syscall.Close(fd); err != nil { // closed, not removed: as a killed process leaves it
		t.Fatal(err)
	}
	w.passerelle(t, exitHeld, "sync")
	d := w.begin(t, "", "run")
	d.stderr.wait("started")
	w.passerelle(t, exitDone, "status")
	d.interrupt()
	d.end(exitDone)
}

// TestAStateFolderThatOthersMayEnter is refused before anything listens in it.
func TestAStateFolderThatOthersMayEnter(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	if err := os.Chmod(filepath.Join(w.folder, "state"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := w.begin(t, "", "run")
	c.end(exitUsage)
	if said := c.stderr.String(); !strings.Contains(said, "chmod 700") {
		t.Errorf("run says %q", said)
	}
}

// TestASocketPathThatIsTooLong is said in a sentence.
func TestASocketPathThatIsTooLong(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	long := strings.Repeat("long", 30)
	config := filepath.Join(w.folder, "passerelle.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(config, []byte(strings.Replace(string(text), "state: state", "state: "+long, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.begin(t, "", "run")
	c.end(exitUsage)
	if said := c.stderr.String(); !strings.Contains(said, "choose a shorter folder") {
		t.Errorf("run says %q", said)
	}
	w.passerelle(t, exitDone, "status") // which needs no socket
}

// TestInterruptedInTheMiddle ends a run at its third write, and lets the next one do the rest.
func TestInterruptedInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]string{"one run": "sync", "the daemon": "run"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var writes atomic.Int32
			var interrupted atomic.Pointer[call]
			w := served(t, simulation.Config{Seed: 7, Members: 300}, "    poll: 1h\n", func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if c := interrupted.Load(); c != nil && r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/token") {
						if writes.Add(1) == 3 {
							c.interrupt()
						}
					}
					next.ServeHTTP(rw, r)
				})
			})
			w.connect(t)
			w.approveHeld(t)
			gate := make(chan struct{})
			c := w.beginAs(t, func(p *process) {
				p.args = w.args(command)
				getenv := p.getenv
				p.getenv = func(name string) string { // asked for with the first secret, before anything is written
					<-gate
					return getenv(name)
				}
			})
			interrupted.Store(c)
			close(gate)
			if command == "sync" {
				c.end(exitFailed)
				if said := c.stderr.String(); !strings.Contains(said, "interrupted: ") {
					t.Errorf("sync says %q", said)
				}
				if out := c.stdout.String(); !strings.Contains(out, "  approved changes that are left: ") {
					t.Errorf("sync says\n%s\nwant how many approved changes are left", out)
				}
			} else {
				c.end(exitDone)
			}
			if n := writes.Load(); n < 3 || n > 40 {
				t.Errorf("%d writes were sent, want the third to be among the last", n)
			}
			interrupted.Store(nil)

			var status statusAnswer
			w.json(t, &status, exitDone, "status", "--json")
			if out := w.passerelle(t, exitDone, "status"); !strings.Contains(out, "approved changes that a run has left: "+itoa(status.Left)) ||
				!strings.Contains(out, "next: go on with what was approved: passerelle sync") {
				t.Errorf("status says\n%s", out)
			}
			var report connector.Report
			w.json(t, &report, exitDone, "sync", "--json")
			if status.Left == 0 || report.Approved != status.Left {
				t.Errorf("%d approved changes are left, the second start carries %d", status.Left, report.Approved)
			}
			if report.Applied[record.Club].Total()+report.Applied[record.Federation].Total() == 0 {
				t.Error("nothing was left for the second start")
			}
			w.json(t, &report, exitDone, "sync", "--json")
			if n := report.Requests[record.Club].Write + report.Requests[record.Federation].Write; n != 0 {
				t.Errorf("a third start writes %d times, want the second to have done the rest", n)
			}
			w.passerelle(t, exitDone, "verify")
			if len(w.Twice())+len(w.Missing()) > 0 {
				t.Error("somebody stands twice, or is missing")
			}
		})
	}
}

// TestInterruptedTwice ends a run in the middle of a write, whose answer does not come.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	var interrupted atomic.Pointer[call]
	w := served(t, small(), "    poll: 1h\n", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			c := interrupted.Load()
			if c == nil || r.Method == http.MethodGet || strings.HasSuffix(r.URL.Path, "/token") {
				next.ServeHTTP(rw, r)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the caller hangs up
			c.interrupt()
			c.stderr.wait("ending as soon as a write under way is finished")
			c.interrupt()
			<-r.Context().Done()
		})
	})
	w.connect(t)
	w.approveHeld(t)
	gate := make(chan struct{})
	c := w.beginAs(t, func(p *process) {
		p.args = w.args("sync")
		getenv := p.getenv
		p.getenv = func(name string) string {
			<-gate
			return getenv(name)
		}
	})
	interrupted.Store(c)
	close(gate)
	c.end(exitFailed)
	said := c.stderr.String()
	if !strings.Contains(said, "passerelle: interrupted twice: ended at once") || strings.Contains(said, "context canceled") {
		t.Errorf("sync says %q, want a sentence of ours", said)
	}
	interrupted.Store(nil)
	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	var report connector.Report
	w.json(t, &report, exitDone, "sync", "--json")
	if report.Approved == 0 || status.Left < report.Approved {
		t.Errorf("%d approved changes are left, the next run carries %d", status.Left, report.Approved)
	}
	if len(w.Twice())+len(w.Missing()) > 0 {
		t.Error("somebody stands twice, or is missing")
	}
}

// TestInterruptedWhileReading ends a run whose listing does not come.
func TestInterruptedWhileReading(t *testing.T) {
	t.Parallel()
	var interrupted atomic.Pointer[call]
	w := served(t, small(), "    poll: 1h\n", func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if c := interrupted.Load(); c != nil && strings.Contains(r.URL.Path, "/affiliations") {
				c.interrupt()
				<-r.Context().Done()
				return
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.connect(t)
	gate := make(chan struct{})
	c := w.beginAs(t, func(p *process) {
		p.args = w.args("sync")
		getenv := p.getenv
		p.getenv = func(name string) string {
			<-gate
			return getenv(name)
		}
	})
	interrupted.Store(c)
	close(gate)
	if out := c.end(exitFailed); !strings.Contains(out, "ended while it was reading; nothing was written") {
		t.Errorf("sync says\n%s", out)
	}
	if said := c.stderr.String(); !strings.Contains(said, "interrupted: ") || strings.Contains(said, "context canceled") {
		t.Errorf("sync says %q", said)
	}
}

// TestTwoLinks sees the answers of several links in one object, and the worst exit code count.
func TestTwoLinks(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	config := filepath.Join(w.folder, "passerelle.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	_, link, _ := strings.Cut(string(text), "links:\n")
	both := string(text) + strings.Replace(link, "id: "+simulation.LinkID, "id: second", 1)
	if err := os.WriteFile(config, []byte(both), 0o600); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Links []connector.Report `json:"links"`
	}
	w.json(t, &got, exitSecret, "sync", "--json") // the first is held, the second has no secrets
	if len(got.Links) != 2 || got.Links[0].Held == nil || got.Links[1].Stopped == nil {
		t.Errorf("links: %+v; want one held and one stopped", got.Links)
	}
	w.passerelle(t, exitHeld, "sync", simulation.LinkID)
}
