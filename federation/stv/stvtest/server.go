// Package stvtest is the federation's side of the wire as a real HTTP server in memory, strict about its contract.
//
// A [Server] is written from WIRE.md 1 alone, so that a client that passes here follows the contract and not the server.
// It holds several clubs; a token sees one of them. Beside HTTP it has the methods of the federation's staff, who edit
// without asking the contract, and the knobs of package faults. Nothing in it looks at a real clock or network.
//
// Where WIRE.md is silent, the server does what a user would expect of such a system:
//   - a list gives id and etag alone unless $select names more; a read without $select gives the whole entity;
//   - a page size above 1000 is cut to 1000; the next link keeps the page size of the first page;
//   - a category is checked on every write that leaves the affiliation running; ending one is always possible;
//   - a refused affiliation may be requested again, and is the same record then;
//   - functions are those of the token's club; of the affiliations with other clubs only running or ended ones show;
//   - a closed write window is a 403 WriteWindowClosed;
//   - a passing exit date moves no stamp: nobody wrote anything.
package stvtest

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // the server's days are those of Europe/Zurich, wherever it runs

	"passerelle/internal/faults"
)

// Base is the path under which the contract is served.
const Base = "/api/stv/club/v1.0"

// The states of the write window.
const (
	WindowOpen   = "open"
	WindowClosed = "closed"
)

// Config is what a Server starts from. Now is required, all else has a default.
type Config struct {
	Tokens      map[string]Grant // by token
	Clubs       []Club
	Now         func() time.Time
	Seed        uint64 // of the GUIDs: the same seed gives the same ones
	PageSize    int    // without a wish of the client; 0 is 100
	WriteWindow string // WindowOpen or WindowClosed; empty is open
	AcceptAfter int    // a requested affiliation becomes active when listed so many times; 0 is never by itself

	Categories    []Code // nil is those of WIRE.md 1
	FunctionCodes []Code // nil is PRA, KAS, LEI, TEC
	Publications  []Code // nil is GYMLIVE, STVAKTUELL

	// LostRowsUncounted makes @odata.count follow what the fault lost-rows leaves. Otherwise it counts the whole.
	LostRowsUncounted bool
	// Within wraps the contract inside of the faults: what it sees is what the server means to say.
	Within func(http.Handler) http.Handler
}

// Request is one request that the server got, those inside a batch included. Status is 0 where the connection was cut.
type Request struct {
	Op     string // as in package faults: members.list; "unknown" is none
	Method string
	Path   string
	Query  string
	Status int
}

// Server is the federation. It implements http.Handler and is safe for concurrent use.
type Server struct {
	handler http.Handler
	faults  faults.Set
	sets    map[string]*set
	codes   map[string][]Code
	zone    *time.Location
	skew    atomic.Int64 // a time.Duration

	mu         sync.Mutex
	config     Config
	rand       *rand.Rand
	state      state
	last       write // the last one
	frozen     bool  // no change moves a stamp
	reuses     bool  // a new member gets the id of a removed one
	requests   []Request
	beforeEach func(op string)
}

// New returns a server without members. It panics without a clock.
func New(c Config) *Server {
	if c.Now == nil {
		panic("stvtest: Config.Now is required")
	}
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		panic(err) // tzdata is linked in.
	}
	c.Tokens = maps.Clone(c.Tokens)
	if c.Tokens == nil {
		c.Tokens = map[string]Grant{}
	}
	if c.PageSize == 0 {
		c.PageSize = 100
	}
	if c.WriteWindow == "" {
		c.WriteWindow = WindowOpen
	}
	s := &Server{
		sets:  newSets(),
		codes: newCodes(c),
		zone:  zone,
		rand:  rand.New(rand.NewPCG(c.Seed, 1)),
		state: newState(),
	}
	now := c.Now
	c.Now = func() time.Time { return now().Add(time.Duration(s.skew.Load())) }
	s.config = c
	var contract http.Handler = http.HandlerFunc(s.serveContract)
	if c.Within != nil {
		contract = c.Within(contract)
	}
	s.handler = s.faults.Wrap(contract, opOf(s), faults.Form{
		Refuse: func(w http.ResponseWriter, status int, retryAfter time.Duration) {
			refusalOf(status, retryAfter).answer().write(w)
		},
	})
	return s
}

func opOf(s *Server) func(*http.Request) string {
	return func(r *http.Request) string { return s.op(r.Method, r.URL.Path) }
}

// Faults returns the knobs. All quiet kinds work here. A rule that hides rows hides members, with their affiliations,
// functions and subscriptions. Fields are named as in the contract (phoneMobile); a rule that names none that any set has,
// is answered 500.
func (s *Server) Faults() *faults.Set { return &s.faults }

// BeforeEach sets a function that is called before each request is looked at, with its operation. It may use the staff's
// methods: an edit between a client's list and its write is made here. Nil is none.
func (s *Server) BeforeEach(f func(op string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beforeEach = f
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op := s.op(r.Method, r.URL.Path)
	s.mu.Lock()
	before := s.beforeEach
	s.mu.Unlock()
	if before != nil {
		before(op)
	}
	seen := &statusWriter{ResponseWriter: w}
	// Deferred, because a cut leaves by a panic.
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, Request{op, r.Method, r.URL.Path, r.URL.RawQuery, seen.status})
	}()
	s.handler.ServeHTTP(seen, r)
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Requests returns what the server got since the last ResetRequests, in the order in which it answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// call is one request as the rules see it, from the wire or out of a batch.
type call struct {
	route  route
	grant  Grant
	origin string // scheme and host, for links
	path   string
	query  string
	header http.Header
	body   []byte
	hidden map[string]bool // by id: the members out of sight
	left   []string        // the properties that are left out
}

// answer is what goes back.
type answer struct {
	status int
	header map[string]string
	body   map[string]any // nil is none
}

func (a answer) write(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	w.Header().Set("OData-Version", "4.0")
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // every body is made of plain values.
	}
	w.Header().Set("Content-Type", "application/json; odata.metadata=minimal")
	w.WriteHeader(a.status)
	// An error here means that the client has gone, which is its own affair.
	_, _ = w.Write(body)
}

// maxBody bounds what a client may send.
const maxBody = 4 << 20

func (s *Server) serveContract(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(http.StatusRequestEntityTooLarge, "TooLarge", "the body cannot be read", "").answer().write(w)
		return
	}
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	c := &call{origin: origin, path: r.URL.Path, query: r.URL.RawQuery, header: r.Header, body: body}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer(r.Method, c).write(w)
}

// answer finds out what is asked and by whom, and has it done. The caller holds the lock.
func (s *Server) answer(method string, c *call) answer {
	a, err := s.handle(method, c)
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.answer()
	}
	return a
}

func (s *Server) handle(method string, c *call) (answer, error) {
	token, ok := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	if c.grant, ok = s.grant(token, ok); !ok {
		return answer{}, refusalOf(http.StatusUnauthorized, 0)
	}
	var err error
	if c.route, err = s.find(method, c.path); err != nil {
		return answer{}, err
	}
	if err := s.allow(method, c); err != nil {
		return answer{}, err
	}
	s.last.over = true
	if c.route.set == nil {
		return c.route.do(c)
	}
	present, err := s.veil(method, c)
	defer present()
	if err != nil {
		return answer{}, err
	}
	return c.route.do(c)
}

// grant returns what the token is good for now.
func (s *Server) grant(token string, ok bool) (Grant, bool) {
	g, known := s.config.Tokens[token]
	expired := !g.Expires.IsZero() && !s.config.Now().Before(g.Expires)
	if !ok || !known || g.Revoked || expired {
		return Grant{}, false
	}
	if g.Rights == nil {
		g.Rights = []string{"read", "write"}
	}
	return g, true
}

// allow checks the right, the window and the form of a request.
func (s *Server) allow(method string, c *call) error {
	if c.route.op == opClub || c.route.op == opBatch {
		return nil
	}
	if method == http.MethodGet {
		if !slices.Contains(c.grant.Rights, "read") {
			return forbidden("Forbidden", "the token may not read")
		}
		return nil
	}
	if !slices.Contains(c.grant.Rights, "write") {
		return forbidden("ReadOnly", "the token may not write")
	}
	if s.config.WriteWindow == WindowClosed {
		return forbidden("WriteWindowClosed", "the federation takes no changes at present")
	}
	if c.query != "" {
		return badRequest("UnknownOption", "a write takes no options", "")
	}
	return nil
}
