// Package stv is the database of the federation STV-FSG, as one club sees it with its token, as a system of the engine.
//
// It speaks OData v4 as WIRE.md 1 assumes it and knows nothing of members: an entity comes and goes as the bytes of its
// JSON. Only what is mapped is asked for ($select). What real servers do besides the contract is settled towards caution: a
// refusal counts as the federation's only in the contract's form, so that a stranger's 404 never looks like a member who is
// gone; a list is a list or an error; a write whose answer is not the contract's is of unknown outcome.
package stv

import (
	"context"
	_ "embed" // The description of the contract is part of the package.
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
)

// base is the path of the contract at the federation's address.
const base = "/api/stv/club/v1.0"

// The wire kinds: the names of the entity sets.
const (
	kindMembers       = "members"
	kindAffiliations  = "affiliations"
	kindFunctions     = "functions"
	kindSubscriptions = "subscriptions"
)

// largestPage is the most rows that the federation puts on a page.
const largestPage = 1000

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document, in YAML, of the contract that is assumed of the federation.
func OpenAPI() []byte { return slices.Clone(openAPI) }

// Config says which club's view of the federation a [System] is. URL, Club, Token, HTTP and Now are required.
type Config struct {
	URL  string // where the federation's database is, without the path of the contract: https://…
	Club string // the club's number, such as 1.01.05.4521.00-0
	// Token returns the club's token. It is asked for every request, and the token is not kept. Without one every request
	// is an error with Next Token.
	Token func(ctx context.Context) (string, error)
	HTTP  *httpx.Client
	// Select names, per wire kind, the properties to ask for. The id and the version come with every entity; of a kind
	// without any there is nothing else.
	Select map[string][]string
	// PageSize is the most rows to ask for at once, up to 1000. Default: 1000.
	PageSize int
	Now      func() time.Time
}

// A System is what one club sees of the federation. It implements [port.System] and is safe for concurrent use; make it
// with [New].
//
// Every error of its methods that is not the caller's own has a [*port.Error] in its chain, in one sentence and without any
// value of a person: what the federation says in words is not passed on, because it may quote what it was sent.
type System struct {
	http     *httpx.Client
	now      func() time.Time
	token    func(ctx context.Context) (string, error)
	base     *url.URL
	club     string
	selected map[string][]string // per wire kind, never empty
	pageSize int
	checked  atomic.Bool // the token was seen to be the club's

	reads, writes atomic.Int64 // requests sent
}

var (
	_ port.System  = (*System)(nil)
	_ port.Counter = (*System)(nil)
)

// New returns the system that c describes. No request is sent. The error names everything that is wrong with c.
func New(c Config) (*System, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("stv: %w", err)
	}
	// Joining to an address without a path would give a path that does not begin with a slash.
	address, err := url.Parse(strings.TrimRight(c.URL, "/") + base)
	if err != nil {
		return nil, errors.New("stv: url: cannot be read") // the parser's own words would repeat it
	}
	s := &System{
		http:     c.HTTP,
		now:      c.Now,
		token:    c.Token,
		base:     address,
		club:     c.Club,
		selected: map[string][]string{},
		pageSize: c.PageSize,
	}
	if s.pageSize == 0 {
		s.pageSize = largestPage
	}
	for _, kind := range s.Kinds() {
		names := append([]string{"id"}, c.Select[kind]...)
		slices.Sort(names)
		s.selected[kind] = slices.Compact(names)
	}
	return s, nil
}

func (c Config) validate() error {
	var wrong []error
	if err := c.HTTP.CheckURL(c.URL); err != nil {
		wrong = append(wrong, fmt.Errorf("url: %w", err))
	} else if strings.ContainsAny(c.URL, "?#") {
		wrong = append(wrong, errors.New("url: must not have a query or a fragment"))
	}
	if c.Club == "" {
		wrong = append(wrong, errors.New("club: a club number is required"))
	}
	if c.Token == nil || c.HTTP == nil || c.Now == nil {
		wrong = append(wrong, errors.New("a token, an HTTP client and a clock are required"))
	}
	if c.PageSize < 0 || c.PageSize > largestPage {
		wrong = append(wrong, fmt.Errorf("page size: must be from 1 to %d", largestPage))
	}
	for kind, names := range c.Select {
		if !slices.Contains((*System)(nil).Kinds(), kind) {
			wrong = append(wrong, fmt.Errorf("select: there is no kind %q", kind))
		}
		for _, name := range names {
			if !isName(name) {
				wrong = append(wrong, fmt.Errorf("select: %s: %q is no name of a property", kind, name))
			}
		}
	}
	return errors.Join(wrong...)
}

// Kinds returns the four entity sets, members first, so that a child's member has been seen before it.
func (*System) Kinds() []string {
	return []string{kindMembers, kindAffiliations, kindFunctions, kindSubscriptions}
}

// call sends one request with the token. An error is a [*port.Error]: there is no answer, or one that means the same for
// every request. The rest is for the caller to read.
func (s *System) call(ctx context.Context, r httpx.Request) (httpx.Response, error) {
	token, err := s.token(ctx)
	switch {
	case err != nil || token == "":
		return httpx.Response{}, &port.Error{Next: port.Token, Reason: "there is no token for the federation", Advice: connect, Err: err}
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return httpx.Response{}, &port.Error{Next: port.Token, Reason: "the token for the federation has characters that no token has", Advice: connect}
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	if len(r.Body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	lost, count := port.Look, &s.writes
	if r.Method == http.MethodGet {
		lost, count = port.Again, &s.reads
	}
	count.Add(1)
	answer, err := s.http.Do(ctx, r)
	if err != nil {
		return httpx.Response{}, unreachable(err, lost)
	}
	if e := s.putOff(answer, lost); e != nil {
		return httpx.Response{}, e
	}
	return answer, nil
}

// Requests returns how many requests have been sent so far. What the client repeats by itself counts once.
func (s *System) Requests() (read, write int) { return int(s.reads.Load()), int(s.writes.Load()) }

// get reads a resource below the base.
func (s *System) get(ctx context.Context, path string) (httpx.Response, error) {
	return s.call(ctx, httpx.Request{Method: http.MethodGet, URL: s.base.JoinPath(path).String()})
}
