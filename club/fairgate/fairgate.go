// Package fairgate is a club's Fairgate, over its Standard API, as a system of the engine.
//
// It speaks the API as WIRE.md 2 describes it and knows nothing of members: a contact comes and goes as the bytes of its
// JSON. What the API leaves open is settled towards caution. A refusal counts as Fairgate's only in the envelope that every
// answer comes in, so that a stranger's 404 never looks like a contact that is gone; a list is a list or an error; a write
// whose answer is not Fairgate's own is of unknown outcome.
package fairgate

import (
	"context"
	_ "embed" // The description of the API is part of the package.
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// kindContact is the one wire kind, and the beginning of every reference: "contact/123".
const kindContact = "contact"

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document, in YAML, of the part of the API that this package uses.
func OpenAPI() []byte { return slices.Clone(openAPI) }

// Config says whose Fairgate a [System] is. All but Assumed is required.
type Config struct {
	URL          string // where the API is, without its path: https://fsa.fairgate.ch
	Organisation string // the organisation id (OID)
	// Key returns the organisation's access key. It is asked whenever a token has to be made anew, and the key is not kept.
	Key  func(ctx context.Context) (string, error)
	HTTP *httpx.Client
	Now  func() time.Time
	// Assumed is what no one publishes; the zero value is what WIRE.md 2 assumes.
	Assumed Assumed
}

// Assumed is what the adapter relies on and Fairgate does not publish. An empty field means the assumption of WIRE.md 2.
// In a path, {oid} stands for the organisation id and {id} for the contact's.
type Assumed struct {
	Create string // the path that a new contact is posted to: /fsa/v2.0/contact/{oid}/contacts
	Change string // the path that a change is put to: /fsa/v2.0/contact/{oid}/contacts/{id}
	Claim  string // what the claim fsa_id of a token holds: the organisation id
}

// The paths of WIRE.md 2.
const (
	pathTokens  = "/fsa/v1.1/auth/{how}/{oid}/token" //nolint:gosec // a path, no secret
	pathList    = "/fsa/v2.0/contact/{oid}/contacts/extended"
	pathContact = "/fsa/v2.0/contact/{oid}/contacts/{id}/extended"
	pathCreate  = "/fsa/v2.0/contact/{oid}/contacts"
	pathChange  = "/fsa/v2.0/contact/{oid}/contacts/{id}"
)

// A System is one organisation's contacts. It implements [port.System] and is safe for concurrent use; make it with [New].
//
// Every error of its methods that is not the caller's own is a [*port.Error], in one sentence and without any value of a
// person: what Fairgate says in words is not passed on, because it may quote what it was sent.
type System struct {
	config  Config
	session *session
	writes  atomic.Int64 // requests sent that may change something
}

var (
	_ port.System  = (*System)(nil)
	_ port.Counter = (*System)(nil)
)

// New returns the system that c describes. No request is sent. The error names everything that is wrong with c.
func New(c Config) (*System, error) {
	c.Assumed = c.Assumed.filled(c.Organisation)
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("fairgate: %w", err)
	}
	c.URL = strings.TrimRight(c.URL, "/")
	return &System{config: c, session: newSession(c)}, nil
}

func (a Assumed) filled(organisation string) Assumed {
	if a.Create == "" {
		a.Create = pathCreate
	}
	if a.Change == "" {
		a.Change = pathChange
	}
	if a.Claim == "" {
		a.Claim = organisation
	}
	return a
}

func (c Config) validate() error {
	var wrong []error
	if err := c.HTTP.CheckURL(c.URL); err != nil {
		wrong = append(wrong, fmt.Errorf("url: %w", err))
	} else if strings.ContainsAny(c.URL, "?#") {
		wrong = append(wrong, errors.New("url: must not have a query or a fragment"))
	}
	if c.Organisation == "" || strings.Trim(c.Organisation, ".") == "" {
		wrong = append(wrong, errors.New("organisation: an organisation id (OID) is required"))
	}
	if !strings.HasPrefix(c.Assumed.Create, "/") {
		wrong = append(wrong, errors.New("the path to create: must begin with a slash"))
	}
	if !strings.HasPrefix(c.Assumed.Change, "/") || !strings.Contains(c.Assumed.Change, "{id}") {
		wrong = append(wrong, errors.New("the path to change: must begin with a slash and have {id} in it"))
	}
	if c.Key == nil || c.HTTP == nil || c.Now == nil {
		wrong = append(wrong, errors.New("an access key, an HTTP client and a clock are required"))
	}
	return errors.Join(wrong...)
}

// address returns the URL of a path for a contact; id is empty where the path has none.
func (c Config) address(path, id string) string {
	return c.URL + strings.NewReplacer("{oid}", url.PathEscape(c.Organisation), "{id}", id).Replace(path)
}

// Check exchanges the access key for a new token, which must be the organisation's by its own claim; a key that gives none
// is an error with Next Token. Nothing else is asked: what the token opens shows in the listing that follows.
//
// Fairgate does not say what a key may do before it is asked to: CanWrite is always true, and with a read-only key each
// write is answered with Next Wait. It does not say when a key ends either; a token ends, and is renewed without anybody's
// doing, so Expires is zero.
func (s *System) Check(ctx context.Context) (port.Account, error) {
	if err := s.session.begin(ctx); err != nil {
		return port.Account{}, err
	}
	return port.Account{Organisation: s.config.Organisation, CanWrite: true}, nil
}

// Requests returns how many requests have been sent so far, those for a token among the reads. What the client repeats by
// itself counts once.
func (s *System) Requests() (read, write int) {
	return int(s.session.reads.Load()), int(s.writes.Load())
}

// Kinds returns the one kind that there is.
func (s *System) Kinds() []string { return []string{kindContact} }

// mistake is what the caller should not have asked for. Nothing was sent.
func mistake(reason string) *port.Error {
	return &port.Error{
		Next:   port.Stop,
		Reason: "a mistake in the program: " + reason,
		Advice: "report it together with what passerelle version prints",
	}
}

// idOf returns the contact id in a reference.
func idOf(ref string) (string, error) {
	id, ok := strings.CutPrefix(ref, kindContact+"/")
	if !ok || !isDigits(id) {
		return "", mistake("this is no reference to a contact")
	}
	return id, nil
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// reference returns the reference of a contact id.
func reference(id string) string { return kindContact + "/" + id }

// document returns the contact in data as it came. It is false for anything that has no contact id.
func document(data []byte) (record.Document, bool) {
	id, changed, ok := identify(data)
	return record.Document{Kind: kindContact, Ref: reference(id), Body: data, Changed: changed}, ok
}
