package stv

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
)

// What to do next, in the words of an advice.
const (
	connect   = "run passerelle connect LINK federation"
	lookAt    = "check the federation's address in the configuration, and whether a proxy or a sign-in page answers in its place"
	reportIt  = "report it together with what passerelle version prints"
	askRights = "ask the federation for the right, or for a token that has it, then " + connect
)

// mistake is what the caller should not have asked for. Nothing was sent, or nothing was done.
func mistake(reason string) *port.Error {
	return &port.Error{Next: port.Stop, Reason: "a mistake in the program: " + reason, Advice: reportIt}
}

// unreachable is what to do about err, which came instead of an answer: lost, if the request may have arrived.
func unreachable(err error, lost port.Next) *port.Error {
	if away, ok := errors.AsType[*httpx.AwayError](err); ok {
		return &port.Error{Next: port.Again, Reason: "the federation asked to be left alone for a while, and nothing was sent", Until: away.Until}
	}
	if errors.Is(err, httpx.ErrNotSent) {
		return &port.Error{Next: port.Again, Reason: "the federation cannot be reached", Err: err}
	}
	return &port.Error{Next: lost, Reason: "the federation did not answer in full", Err: err}
}

// putOff returns the error of an answer that means the same whatever was asked: 401, 429 and 5xx. It is nil for every
// other. After the first two nothing was done; after a 5xx that is known of reads only, which is what lost says.
func (s *System) putOff(a httpx.Response, lost port.Next) *port.Error {
	e := &port.Error{Next: lost, Reason: fmt.Sprintf("the federation is out of order (status %d)", a.Status)}
	switch {
	case a.Status == http.StatusUnauthorized:
		return &port.Error{Next: port.Token, Reason: "the federation does not accept the token: it is unknown, revoked or expired", Advice: connect}
	case a.Status == http.StatusTooManyRequests:
		e.Next, e.Reason = port.Again, "the federation takes no more requests for the moment"
	case a.Status == http.StatusServiceUnavailable:
		e.Reason = "the federation is being maintained"
	case a.Status < http.StatusInternalServerError:
		return nil
	}
	if a.RetryAfter > 0 {
		e.Until = s.now().Add(a.RetryAfter)
	}
	return e
}

// A refusal is the content of an answer that says no in the form of the contract (WIRE.md 1, errors).
type refusal struct {
	Code         string    `json:"code"`
	Target       string    `json:"target"`
	Details      []refusal `json:"details"`
	MemberNumber string    `json:"memberNumber"`
	MergedInto   string    `json:"mergedInto"`
}

// refusalIn returns the refusal in an answer of status 4xx. It is false when something else than the federation answered.
func refusalIn(a httpx.Response) (refusal, bool) {
	var body struct {
		Error refusal `json:"error"`
	}
	if a.Status < 400 || a.Status > 499 || !httpx.IsJSON(a) || json.Unmarshal(a.Body, &body) != nil || body.Error.Code == "" {
		return refusal{}, false
	}
	return body.Error, true
}

// code returns the code of the refusal to be shown.
func (r refusal) code() string {
	if isName(r.Code) {
		return r.Code
	}
	return "without a code"
}

// fields returns the properties that the refusal names, each once, in its order: "category", "affiliations/category".
func (r refusal) fields() []string {
	var fields []string
	for _, one := range append([]refusal{r}, r.Details...) {
		parts := strings.Split(one.Target, "/")
		if !slices.ContainsFunc(parts, func(part string) bool { return !isName(part) }) && !slices.Contains(fields, one.Target) {
			fields = append(fields, one.Target)
		}
	}
	return fields
}

// gone is the refusal of a document of a kind that is not there, or not for this club, or merged into another.
func (r refusal) gone(kind string) *port.Error {
	if !isGUID(r.MergedInto) {
		return &port.Error{Next: port.Gone, Reason: "the federation does not have this for the club, or not any more"}
	}
	return &port.Error{Next: port.Gone, Reason: "the federation merged this into another", Into: place{kind, r.MergedInto}.ref()}
}

// foreign is an answer that has not the form that the contract gives to what was asked for.
func foreign(status int, next port.Next) *port.Error {
	return &port.Error{
		Next:   next,
		Reason: fmt.Sprintf("what answered is not the federation, or not in the form that was agreed (status %d)", status),
		Advice: lookAt,
	}
}

// notListed is what to do about an answer to a listing, or to a part of Check, that is not 200: nothing can be known of the
// other side in this run.
func notListed(a httpx.Response) *port.Error {
	r, own := refusalIn(a)
	switch {
	case a.Status == http.StatusForbidden:
		return &port.Error{Next: port.Stop, Reason: "the federation does not let the token read this", Advice: askRights}
	case own:
		return &port.Error{
			Next:   port.Stop,
			Reason: fmt.Sprintf("the federation refuses to list this (status %d, %s)", a.Status, r.code()),
			Advice: lookAt,
			Fields: r.fields(),
		}
	default:
		return foreign(a.Status, port.Stop)
	}
}
