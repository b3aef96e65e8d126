package fairgate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
)

// A request is one request that needs a token.
type request struct {
	method, url string
	body        []byte
}

// lost is what to do when nobody knows what became of the request: a read can be repeated, a write must be looked for.
func (r request) lost() port.Next {
	if r.method == http.MethodGet {
		return port.Again
	}
	return port.Look
}

// A reply is what Fairgate, or something in its place, answered.
type reply struct {
	status  int
	own     bool // it came in Fairgate's envelope; the fields below are only filled then
	success bool
	data    json.RawMessage
	refused []string // the places that errors name, as dotted paths
}

// call sends r with a token, and once more with a new one when the token is refused, since a request without a good token
// has done nothing. Every answer that means the same to all requests is an error; the rest is for the caller to read.
func (s *System) call(ctx context.Context, r request) (reply, error) {
	var answer httpx.Response
	var refused string
	for range 2 {
		token, err := s.session.token(ctx, refused)
		if err != nil {
			return reply{}, err
		}
		answer, err = s.send(ctx, r, token)
		if err != nil {
			return reply{}, unreachable(err, r.lost())
		}
		if answer.Status != http.StatusUnauthorized {
			break
		}
		refused = token
	}
	if answer.Status == http.StatusUnauthorized {
		return reply{}, &port.Error{
			Next:   port.Token,
			Reason: "Fairgate gives tokens for the access key and refuses them",
			Advice: "make a new access key in Fairgate and " + connectAgain,
		}
	}
	if busy := s.config.busy(answer, r.lost()); busy != nil {
		return reply{}, busy
	}
	return readReply(answer), nil
}

func (s *System) send(ctx context.Context, r request, token string) (httpx.Response, error) {
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}}
	if r.body != nil {
		header.Set("Content-Type", "application/json")
	}
	if r.method == http.MethodGet {
		s.session.reads.Add(1)
	} else {
		s.writes.Add(1)
	}
	return s.config.HTTP.Do(ctx, httpx.Request{Method: r.method, URL: r.url, Header: header, Body: r.body})
}

// unreachable is what to do about err, which came instead of an answer: lost, if the request may have arrived.
func unreachable(err error, lost port.Next) error {
	if away, ok := errors.AsType[*httpx.AwayError](err); ok {
		return &port.Error{Next: port.Again, Reason: "Fairgate asked to be left alone for a while, and nothing was sent", Until: away.Until}
	}
	if errors.Is(err, httpx.ErrNotSent) {
		return &port.Error{Next: port.Again, Reason: "Fairgate cannot be reached", Err: err}
	}
	return &port.Error{Next: lost, Reason: "Fairgate did not answer in full", Err: err}
}

// busy returns the error of an answer that puts the caller off, nil for every other. After 429 nothing was done; after a
// 5xx that is known of reads only.
func (c Config) busy(r httpx.Response, lost port.Next) error {
	e := &port.Error{Next: lost, Reason: fmt.Sprintf("Fairgate is out of order (status %d)", r.Status)}
	switch {
	case r.Status == http.StatusTooManyRequests:
		e.Next, e.Reason = port.Again, "Fairgate takes no more requests for the moment"
	case r.Status == http.StatusServiceUnavailable:
		e.Reason = "Fairgate is being maintained (status 503)"
	case r.Status < http.StatusInternalServerError:
		return nil
	}
	if r.RetryAfter > 0 {
		e.Until = c.Now().Add(r.RetryAfter)
	}
	return e
}

// foreign is an answer that is not what was asked for, in Fairgate's form.
func foreign(what string, status int, next port.Next) error {
	return &port.Error{
		Next:   next,
		Reason: fmt.Sprintf("instead of %s something came that is not Fairgate's (status %d)", what, status),
		Advice: "check the address and whether a proxy or a sign-in page of the network answers in Fairgate's place",
	}
}

// readReply reads an answer. One that is not JSON in Fairgate's envelope is not own.
func readReply(r httpx.Response) reply {
	answer := reply{status: r.Status}
	var envelope struct {
		Success *bool           `json:"success"`
		Data    json.RawMessage `json:"data"`
		Errors  json.RawMessage `json:"errors"`
	}
	if !httpx.IsJSON(r) || json.Unmarshal(r.Body, &envelope) != nil || envelope.Success == nil {
		return answer
	}
	answer.own, answer.success, answer.data = true, *envelope.Success, envelope.Data
	var refusals []struct {
		Field string `json:"field"`
	}
	if json.Unmarshal(envelope.Errors, &refusals) != nil {
		return answer // a refusal that names nothing
	}
	for _, e := range refusals {
		if isPlace(e.Field) && !slices.Contains(answer.refused, e.Field) {
			answer.refused = append(answer.refused, e.Field)
		}
	}
	return answer
}

// isPlace reports whether text can be the path of a field. Nothing else is passed on: it might hold what was sent.
func isPlace(text string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]"
	return text != "" && len(text) <= 100 && strings.Trim(text, letters) == ""
}

// identify returns the id of the contact in data, digits as a text or a number (WIRE.md 2), and when Fairgate last changed
// it, zero where it does not say.
func identify(data []byte) (id string, changed time.Time, ok bool) {
	var contact struct {
		Basefields struct {
			ContactID  json.RawMessage `json:"contact_id"`
			LastUpdate json.RawMessage `json:"last_update"`
		} `json:"basefields"`
	}
	if json.Unmarshal(data, &contact) != nil {
		return "", time.Time{}, false
	}
	raw := contact.Basefields.ContactID
	if json.Unmarshal(raw, &id) != nil {
		id = string(raw)
	}
	var stamp string
	if json.Unmarshal(contact.Basefields.LastUpdate, &stamp) == nil {
		if at, err := time.Parse(time.RFC3339, stamp); err == nil {
			changed = at.UTC()
		}
	}
	return id, changed, isDigits(id)
}
