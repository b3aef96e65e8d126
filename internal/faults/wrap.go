package faults

import (
	"bytes"
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// Form is how a host words the faults of its own.
type Form struct {
	// Refuse answers with one of the statuses 401, 403, 429, 500 and 503, with the body and the headers of the host.
	// Where retryAfter is not 0 the answer carries the host's hint when to come back.
	Refuse func(w http.ResponseWriter, status int, retryAfter time.Duration)
	// After is the clock of delays; nil is time.After.
	After func(time.Duration) <-chan time.Time
}

// Wrap returns next with the rules of s applied to it, but for those that the simulator applies. The function op names
// the operation of a request.
func (s *Set) Wrap(next http.Handler, op func(*http.Request) string, f Form) http.Handler {
	if f.After == nil {
		f.After = time.After
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := op(r)
		if rule, ok := s.Take(name, Delay); ok {
			select {
			case <-f.After(rule.Delay):
			case <-r.Context().Done():
				return
			}
		}
		rule, ok := s.Take(name, transportKinds()...)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		answer(w, r, next, rule, f)
	})
}

// answer lets the request take effect where the rule says so, then answers as the rule says.
func answer(w http.ResponseWriter, r *http.Request, next http.Handler, rule Rule, f Form) {
	held := &heldAnswer{header: http.Header{}}
	switch rule.Kind {
	case CutAfter, HTMLAfter, ErrorAfter, Truncated:
		next.ServeHTTP(held, r)
	default:
	}
	hint := cmp.Or(rule.Delay, time.Second)
	switch rule.Kind {
	case CutBefore, CutAfter:
		panic(http.ErrAbortHandler)
	case Unauthorized:
		f.Refuse(w, http.StatusUnauthorized, 0)
	case Forbidden:
		f.Refuse(w, http.StatusForbidden, 0)
	case TooMany:
		f.Refuse(w, http.StatusTooManyRequests, hint)
	case TooManyBare:
		f.Refuse(w, http.StatusTooManyRequests, 0)
	case ServerError, ErrorAfter:
		f.Refuse(w, http.StatusInternalServerError, 0)
	case Unavailable:
		f.Refuse(w, http.StatusServiceUnavailable, hint)
	case HTML, HTMLAfter:
		write(w, http.StatusOK, "text/html; charset=utf-8", []byte(page))
	case Empty:
		write(w, http.StatusOK, "application/json", []byte("{}"))
	case Truncated:
		held.cut(w)
	case Delay, LostNext, LostRows, Stale, DoubleRows, HiddenRows, HiddenFields, MissingForbidden, IgnoredIfMatch:
		// Take is not asked for these here.
	}
}

// page is what a proxy or a captive portal says instead of the server.
const page = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>Please sign in</h1></body></html>\n"

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// An error here means that the client has gone, which is its own affair.
	_, _ = w.Write(body)
}

// heldAnswer is an answer that is kept back.
type heldAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *heldAnswer) Header() http.Header { return h.header }

// WriteHeader implements http.ResponseWriter.
func (h *heldAnswer) WriteHeader(status int) { h.status = cmp.Or(h.status, status) }

// Write implements http.ResponseWriter.
func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// cut sends the answer on with the first half of its body.
func (h *heldAnswer) cut(w http.ResponseWriter) {
	maps.Copy(w.Header(), h.header)
	write(w, cmp.Or(h.status, http.StatusOK), h.header.Get("Content-Type"), h.body.Bytes()[:h.body.Len()/2])
}
