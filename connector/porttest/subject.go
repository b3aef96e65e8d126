package porttest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Request is a kind of request as a server tells them apart.
type Request string

// The requests. CheckRequest is the one that says who we are; the others are those of SystemUnderTest.Kind.
const (
	CheckRequest  Request = "check"
	ListRequest   Request = "list"
	ReadRequest   Request = "read"
	CreateRequest Request = "create"
	ChangeRequest Request = "change"
)

// A Fault is a way in which a request goes wrong, spelled as internal/faults does.
type Fault string

// The faults. Those with After in their name, and Truncated, happen when the request has taken effect.
const (
	CutBefore    Fault = "cut-before"
	CutAfter     Fault = "cut-after"
	Unauthorized Fault = "unauthorized"
	Forbidden    Fault = "forbidden"
	TooMany      Fault = "too-many"
	ServerError  Fault = "server-error"
	Unavailable  Fault = "unavailable"
	HTML         Fault = "html"
	HTMLAfter    Fault = "html-after"
	ErrorAfter   Fault = "error-after"
	Truncated    Fault = "truncated"
	EmptyObject  Fault = "empty"
	LostNext     Fault = "lost-next"
	LostRows     Fault = "lost-rows" // about half of them, the total as if they were there
)

// A SystemUnderTest is a system together with the server that it talks to, and ways to reach around it. The server has
// no documents of Kind at first. Hooks that say so may be nil, and what needs them is skipped.
//
// The client must not wait for long between attempts: give it a clock, or no repetition.
type SystemUnderTest struct {
	System       port.System
	Organisation string   // as Check and every certificate must say it
	Kind         string   // the wire kind that the hooks are about
	Page         int      // the most documents that the server puts on a page; the suite makes two pages and one
	Secrets      []string // texts that no error may hold: the token, and the values that Make, Create and Change use

	Make   func(tb testing.TB) (ref string)       // makes a document of Kind on the server
	Edit   func(tb testing.TB, ref string)        // changes it there
	Remove func(tb testing.TB, ref string)        // takes it away without a trace
	Merge  func(tb testing.TB, from, into string) // merges two of them; nil: the server knows no merge
	Count  func(tb testing.TB) int                // how many there are

	Create func(tb testing.TB) record.Write                    // a create that is accepted, every time anew
	Change func(tb testing.TB, d record.Document) record.Write // a change that is accepted and makes a difference
	Refuse func(tb testing.TB, d record.Document) record.Write // a change that is refused, with the place named
	Taken  func(tb testing.TB, d record.Document) record.Write // one refused as not unique; nil: nothing is unique
	Known  func(tb testing.TB) (w record.Write, number string) // a create of somebody known elsewhere; nil: never
	Delete func(tb testing.TB) (ref string)                    // makes a document that may be deleted; nil: none

	Break    func(tb testing.TB, at Request, f Fault) // breaks every such request until Mend
	Mend     func(tb testing.TB)                      // ends what Break and Arrives began
	Arrives  func(at Request, fn func())              // calls fn on the arrival of such a request, before it is served
	Requests func(at Request) int                     // how many have arrived
}

// made makes n documents.
func (u *SystemUnderTest) made(tb testing.TB, n int) []string {
	tb.Helper()
	refs := make([]string, n)
	for i := range refs {
		refs[i] = u.Make(tb)
	}
	return refs
}

// checked asks the system who we are, which comes first in every run.
func (u *SystemUnderTest) checked(tb testing.TB) port.Account {
	tb.Helper()
	a, err := u.System.Check(tb.Context())
	if err != nil {
		tb.Fatalf("check: %v", err)
	}
	return a
}

// read reads a document that is there.
func (u *SystemUnderTest) read(tb testing.TB, ref string) record.Document {
	tb.Helper()
	d, err := u.System.Read(tb.Context(), ref)
	if err != nil {
		tb.Fatalf("read %s: %v", ref, err)
	}
	return d
}

// listed lists the kind of the hooks, and returns the certificate, the references in the order of pages, and how many
// pages came.
func (u *SystemUnderTest) listed(ctx context.Context) (c port.Certificate, refs []string, pages int, err error) {
	c, err = u.System.List(ctx, u.Kind, func(page []record.Document) error {
		pages++
		for _, d := range page {
			refs = append(refs, d.Ref)
		}
		return nil
	})
	return c, refs, pages, err
}

// sent is how many writes have arrived.
func (u *SystemUnderTest) sent() int { return u.Requests(CreateRequest) + u.Requests(ChangeRequest) }

// failed sees that an error says what to do next, in words, and nothing that is secret.
func (u *SystemUnderTest) failed(tb testing.TB, what string, err error, next ...port.Next) {
	tb.Helper()
	if err == nil {
		tb.Errorf("%s: got no error, want one with Next %q", what, next)
		return
	}
	e := port.As(err)
	if e.Reason == "" {
		tb.Errorf("%s: the error gives no reason: %v", what, err)
	}
	for _, secret := range u.Secrets {
		if strings.Contains(err.Error()+e.Reason+e.Advice, secret) {
			tb.Errorf("%s: the error holds a text that is secret: %v", what, err)
		}
	}
	if len(next) > 0 && !slices.Contains(next, e.Next) {
		tb.Errorf("%s: got Next %q (%v), want one of %q", what, e.Next, err, next)
	}
}
