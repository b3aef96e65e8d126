package stvtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// largestBatch is the most requests that a batch holds.
const largestBatch = 100

// part is one request of a batch.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"` // relative to the base, or a path from the root
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"`
}

// reply is the answer to one of them.
type reply struct {
	ID      string            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    map[string]any    `json:"body,omitempty"`
}

// batch answers POST /$batch: each request by itself, in order, none undone when a later one fails.
func (s *Server) batch(c *call) (answer, error) {
	if c.query != "" {
		return answer{}, badRequest("UnknownOption", "a batch takes no options", "")
	}
	if _, err := object(c); err != nil {
		return answer{}, err
	}
	parts, err := partsOf(c.body)
	if err != nil {
		return answer{}, err
	}
	replies := []reply{}
	for _, p := range parts {
		a := s.answerPart(c, p)
		replies = append(replies, reply{p.ID, a.status, a.header, a.body})
	}
	return answer{status: http.StatusOK, body: map[string]any{"responses": replies}}, nil
}

// partsOf reads the requests of a batch; groups and dependencies are not offered.
func partsOf(text []byte) ([]part, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var batch struct {
		Requests []part `json:"requests"`
	}
	if err := d.Decode(&batch); err != nil {
		return nil, badRequest("BadBatch", "a batch is requests of id, method, url, headers and body", "requests")
	}
	if n := len(batch.Requests); n < 1 || n > largestBatch {
		return nil, badRequest("BadBatch", "a batch holds 1 to 100 requests", "requests")
	}
	ids := map[string]bool{}
	for _, p := range batch.Requests {
		if p.ID == "" || ids[p.ID] {
			return nil, badRequest("BadBatch", "each request of a batch has an id of its own", "requests")
		}
		ids[p.ID] = true
	}
	return batch.Requests, nil
}

// answerPart answers one request of a batch with the token of the whole.
func (s *Server) answerPart(c *call, p part) answer {
	path, query, _ := strings.Cut(p.URL, "?")
	if !strings.HasPrefix(path, "/") {
		path = Base + "/" + path
	}
	inner := &call{origin: c.origin, path: path, query: query, header: http.Header{}, body: p.Body}
	for k, v := range p.Headers {
		inner.header.Set(k, v)
	}
	inner.header.Set("Authorization", c.header.Get("Authorization"))
	if len(p.Body) > 0 && inner.header.Get("Content-Type") == "" {
		inner.header.Set("Content-Type", "application/json")
	}
	method := strings.ToUpper(p.Method)
	op := s.op(method, path)
	var a answer
	if op == opBatch {
		a = badRequest("BadBatch", "a batch holds no batch", "").answer()
	} else {
		a = s.answer(method, inner)
	}
	s.requests = append(s.requests, Request{op, method, path, query, a.status})
	return a
}
