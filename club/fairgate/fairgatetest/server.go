package fairgatetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // The organisation lives in Europe/Zurich on every machine.

	"passerelle/internal/contract"
	"passerelle/internal/faults"
)

// The names of the operations, as [faults.Rule], [Server.BeforeEach] and [Request] have them.
const (
	OpToken  = "token" // create and refresh
	OpList   = "contacts.list"
	OpRead   = "contacts.read"
	OpCreate = "contacts.create"
	OpChange = "contacts.change"
	OpDelete = "contacts.delete"
)

// Request is what one request looked like from here. Status 0 is an answer that was cut off. Bodies and headers are not
// kept.
type Request struct {
	Op     string // empty for a path or a method that is not served
	Method string
	Path   string
	Query  string
	Status int
}

// A Server is the club's software. It is an http.Handler and safe for concurrent use; make it with [New].
type Server struct {
	config    Config
	zone      *time.Location
	fields    field // of a contact
	rewritten field // of a contact while the server rewrites
	contacts  *store
	tokens    *issuer
	faults    faults.Set
	mux       *http.ServeMux
	ops       map[string]string // the operation of a pattern of mux
	handler   http.Handler      // mux beneath the faults
	rewrites  atomic.Bool
	skew      atomic.Int64 // a time.Duration

	mu         sync.Mutex
	lost       *rand.Rand // which rows a page loses
	beforeEach func(op string)
	requests   []Request
}

// New returns a server without contacts. It panics on a configuration that contradicts itself.
func New(c Config) *Server {
	c = c.filled()
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		panic(fmt.Sprintf("fairgatetest: %v", err))
	}
	s := &Server{
		zone: zone, fields: fieldsOf(c, zone), rewritten: rewritingFieldsOf(c, zone),
		lost: rand.New(rand.NewPCG(c.Seed, 1)), beforeEach: func(string) {},
	}
	now := c.Now
	c.Now = func() time.Time { return now().Add(time.Duration(s.skew.Load())) }
	s.config, s.contacts, s.tokens = c, newStore(c), newIssuer(c)
	s.route()
	s.serve(s.mux)
	return s
}

// Faults returns the knobs that break answers. Besides what every server has, faults.LostNext makes a list say that its
// page is the last (totalPages too small), and faults.LostRows takes rows out of a page; totalRecords stays true. Of the
// quiet kinds all but faults.IgnoredIfMatch, which has nothing to work on here. Fields are named by their dotted paths
// (communication.mobile, custom_fields.101, federation_data); a rule that names none that there is, is answered 500.
func (s *Server) Faults() *faults.Set { return &s.faults }

// Hold puts every exchange from now on before a judge that holds it to the OpenAPI document given. Injected faults are
// added outside of it and are not judged. Call it before the server serves.
func (s *Server) Hold(document []byte) (*contract.Checker, error) {
	checker, err := contract.Check(document, s.mux)
	if err != nil {
		return nil, fmt.Errorf("hold the club's simulator to its document: %w", err)
	}
	s.serve(checker)
	return checker, nil
}

// BeforeEach sets what runs before each request takes effect, so that a test can change a contact between a list and a
// write. It may use the server's methods. Only the last one set runs.
func (s *Server) BeforeEach(hook func(op string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beforeEach = hook
}

// Requests returns what was asked since the last reset, in the order of the answers.
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

// ServeHTTP answers as the club's software does (WIRE.md 2), faults included.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	hook := s.beforeEach
	s.mu.Unlock()
	asked := Request{Op: s.op(r), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	seen := &statusWriter{ResponseWriter: w}
	defer func() {
		asked.Status = seen.status
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, asked)
	}()
	hook(asked.Op)
	s.handler.ServeHTTP(seen, r)
}

// statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = cmp.Or(w.status, status)
	w.ResponseWriter.WriteHeader(status)
}

// serve puts the layer of faults around what answers.
func (s *Server) serve(inner http.Handler) {
	s.handler = s.faults.Wrap(inner, s.op, faults.Form{Refuse: s.refuseFault, After: s.config.After})
}

// route says which handler answers what.
func (s *Server) route() {
	const (
		tokens   = "/fsa/v1.1/auth/"
		contacts = "/fsa/v2.0/contact/{oid}/contacts"
	)
	s.mux, s.ops = http.NewServeMux(), map[string]string{}
	for _, r := range []struct {
		op, pattern string
		handler     http.HandlerFunc
	}{
		{OpToken, "POST " + tokens + "create/{oid}/token", s.createToken},
		{OpToken, "POST " + tokens + "refresh/{oid}/token", s.refreshToken},
		{OpList, "GET " + contacts + "/extended", s.allow(Read, OpList, s.list)},
		{OpRead, "GET " + contacts + "/{id}/extended", s.allow(Read, OpRead, s.read)},
		{OpCreate, "POST " + contacts, s.allow(Write, OpCreate, s.create)},
		{OpChange, "PUT " + contacts + "/{id}", s.allow(Write, OpChange, s.change)},
		{OpDelete, "DELETE " + contacts + "/{id}", s.allow(Write, OpDelete, s.remove)},
	} {
		s.mux.HandleFunc(r.pattern, r.handler)
		s.ops[r.pattern] = r.op
	}
	for _, path := range []string{
		tokens + "create/{oid}/token", tokens + "refresh/{oid}/token",
		contacts, contacts + "/{id}", contacts + "/{id}/extended",
	} {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			refusal{status: http.StatusMethodNotAllowed, message: "this method is not served here"}.answer(w)
		})
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refusal{status: http.StatusNotFound, message: "this path is not served"}.answer(w)
	})
}

// op returns the operation that a request asks for.
func (s *Server) op(r *http.Request) string {
	_, pattern := s.mux.Handler(r)
	return s.ops[pattern]
}

// allow lets a request for op through to next that carries a token for this organisation and with this right.
func (s *Server) allow(need Right, op string, next func(http.ResponseWriter, *http.Request, view)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		right, known := s.tokens.right(token)
		switch {
		case !ok || !known:
			refusal{status: http.StatusUnauthorized, message: "the token is unknown or has expired"}.answer(w)
		case r.PathValue("oid") != s.config.Organisation:
			refusal{status: http.StatusForbidden, message: "the token is not one of this organisation"}.answer(w)
		case need == Write && right != Write:
			refusal{status: http.StatusForbidden, message: "the key has no right to write"}.answer(w)
		default:
			v, refused := s.view(op)
			if refused != nil {
				refused.answer(w)
				return
			}
			next(w, r, v)
		}
	}
}

// fieldError says what is wrong with one field, named by its dotted path.
type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// envelope is what every answer comes in.
type envelope struct {
	Code    int          `json:"code"`
	Success bool         `json:"success"`
	Message string       `json:"message"`
	Data    any          `json:"data"`
	Errors  []fieldError `json:"errors"`
}

// A refusal is an answer without success.
type refusal struct {
	status  int
	message string
	errors  []fieldError
}

func invalid(errors ...fieldError) *refusal {
	slices.SortFunc(errors, func(a, b fieldError) int { return strings.Compare(a.Field, b.Field) })
	return &refusal{status: http.StatusBadRequest, message: "the request is not valid", errors: errors}
}

func (f refusal) answer(w http.ResponseWriter) {
	answer(w, f.status, envelope{Code: f.status, Message: f.message, Errors: append([]fieldError{}, f.errors...)})
}

func succeed(w http.ResponseWriter, status int, data any) {
	answer(w, status, envelope{Code: status, Success: true, Message: "OK", Data: data, Errors: []fieldError{}})
}

func answer(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("fairgatetest: answer: %v", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that went away is its own affair.
	_, _ = w.Write(encoded)
}

// refuseFault answers an injected refusal as this host does: 429 says with X-Ratelimit-Retry-After at which Unix time to
// come back.
func (s *Server) refuseFault(w http.ResponseWriter, status int, retryAfter time.Duration) {
	switch {
	case retryAfter == 0:
	case status == http.StatusTooManyRequests:
		at := s.config.Now().Add(retryAfter + time.Second - 1).Unix()
		w.Header().Set("X-Ratelimit-Retry-After", strconv.FormatInt(at, 10))
	default:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	refusal{status: status, message: http.StatusText(status)}.answer(w)
}
