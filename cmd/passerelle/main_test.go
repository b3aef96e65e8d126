package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
	"passerelle/internal/simulation"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"passerelle": func() { os.Exit(thisProcess()) }})
}

// Secrets that the simulated systems take besides those of the simulation.
const (
	readingKey     = "simulated-reading-key"
	readingToken   = "simulated-reading-token"
	neighbourToken = "simulated-neighbour-token"
)

// A world is two simulated systems, with a folder in which their link is configured.
type world struct {
	*simulation.World
	folder           string
	club, federation *httptest.Server
}

// newWorld serves a world and writes its configuration, with more at its end. around, which may be nil, stands before both
// systems.
func newWorld(folder string, c simulation.Config, more string, around func(http.Handler) http.Handler) (*world, error) {
	c.Now = time.Now
	tune := c.Tune
	c.Tune = func(club *fairgatetest.Config, federation *stvtest.Config) {
		club.Keys[readingKey] = fairgatetest.Read
		federation.Tokens[readingToken] = stvtest.Grant{Club: simulation.ClubNumber, Rights: []string{"read"}}
		federation.Tokens[neighbourToken] = stvtest.Grant{Club: population.NeighbourClub}
		if tune != nil {
			tune(club, federation)
		}
	}
	if around == nil {
		around = func(h http.Handler) http.Handler { return h }
	}
	w := &world{World: simulation.New(c), folder: folder}
	w.club, w.federation = httptest.NewServer(around(w.ClubSystem)), httptest.NewServer(around(w.FederationSystem))
	return w, writeConfig(folder, w.ConfigYAML(w.club.URL, w.federation.URL, "127.0.0.1:0")+more, w.Overlay())
}

func (w *world) close() {
	w.club.Close()
	w.federation.Close()
}

// served is newWorld for tests in Go.
func served(tb testing.TB, c simulation.Config, more string, around func(http.Handler) http.Handler) *world {
	tb.Helper()
	w, err := newWorld(tb.TempDir(), c, more, around)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(w.close)
	return w
}

// A call is one call of the program in this process, from its start to its end.
type call struct {
	tb      testing.TB
	signals chan os.Signal
	code    chan int
	stdout  *watched
	stderr  *watched
}

// args returns the arguments of a command with the world's configuration.
func (w *world) args(args ...string) []string {
	return append(args, "--config", filepath.Join(w.folder, "passerelle.yaml"))
}

// begin calls the program with the world's configuration.
func (w *world) begin(tb testing.TB, stdin string, args ...string) *call {
	tb.Helper()
	return w.beginAs(tb, func(p *process) { p.args, p.stdin = w.args(args...), bytes.NewBufferString(stdin) })
}

// beginAs calls the program in a process that is as a test wants it.
func (*world) beginAs(tb testing.TB, tune func(*process)) *call {
	tb.Helper()
	c := &call{tb: tb, signals: make(chan os.Signal, 2), code: make(chan int, 1), stdout: newWatched(), stderr: newWatched()}
	p := process{
		stdin: &bytes.Buffer{}, stdout: c.stdout, stderr: c.stderr, signals: c.signals, getenv: func(string) string { return "" },
		now: time.Now, after: time.After, random: rand.Reader, chance: func() float64 { return 0.5 },
		dial: new(net.Dialer).DialContext, listen: new(net.ListenConfig).Listen,
	}
	tune(&p)
	ctx := context.WithoutCancel(tb.Context()) // a daemon ends by its signal
	go func() { c.code <- Main(ctx, p) }()
	return c
}

// interrupt is Ctrl-C.
func (c *call) interrupt() { c.signals <- os.Interrupt }

// end waits until the call has ended with the code.
func (c *call) end(want int) string {
	c.tb.Helper()
	if got := <-c.code; got != want {
		c.tb.Fatalf("exit code %d, want %d; standard error:\n%s", got, want, c.stderr)
	}
	return c.stdout.String()
}

// passerelle calls the program, waits for its end with the code, and returns what it printed.
func (w *world) passerelle(tb testing.TB, want int, args ...string) string {
	tb.Helper()
	return w.begin(tb, "", args...).end(want)
}

// connect seals both secrets.
func (w *world) connect(tb testing.TB) {
	tb.Helper()
	w.begin(tb, simulation.AccessKey, "connect", simulation.LinkID, "club").end(exitDone)
	w.begin(tb, simulation.Token, "connect", simulation.LinkID, "federation").end(exitDone)
}

// A watched is a stream that can be waited on.
type watched struct {
	mu      sync.Mutex
	written *sync.Cond
	text    bytes.Buffer
}

func newWatched() *watched {
	w := &watched{}
	w.written = sync.NewCond(&w.mu)
	return w
}

func (w *watched) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.written.Broadcast()
	return w.text.Write(data)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// reset forgets what has come.
func (w *watched) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text.Reset()
}

// wait returns when the text has come.
func (w *watched) wait(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !bytes.Contains(w.text.Bytes(), []byte(text)) {
		w.written.Wait()
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
