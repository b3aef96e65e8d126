package stv

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// List follows the pages of an entity set, ordered by id, which no edit moves, until the federation names no next one. The
// certificate is closed then; its totals are those of the first page and of the last that gave one. It names no
// organisation unless the last Check went well. What is no such page, and a next page that is elsewhere or was seen
// already, is an error with Next Stop.
func (s *System) List(ctx context.Context, kind string, fn func([]record.Document) error) (port.Certificate, error) {
	if !slices.Contains(s.Kinds(), kind) {
		return port.Certificate{}, mistake("there is no such kind to list")
	}
	options := s.selection(kind)
	options.Set("$count", "true")
	options.Set("$orderby", "id")
	next := s.base.JoinPath(kind)
	next.RawQuery = options.Encode()

	var certificate port.Certificate
	if s.checked.Load() {
		certificate.Organisation = s.club
	}
	visited := map[string]bool{}
	for n := 1; ; n++ {
		visited[next.String()] = true
		p, err := s.page(ctx, kind, next)
		if err == nil && n == 1 && p.total < 0 {
			err = unlike("the first page does not say how many there are")
		}
		if err != nil {
			return port.Certificate{}, fmt.Errorf("list %s: page %d: %w", kind, n, err)
		}
		if n == 1 {
			certificate.First = p.total
		}
		if p.total >= 0 {
			certificate.Last = p.total
		}
		if len(p.documents) > 0 {
			if err := fn(p.documents); err != nil {
				return port.Certificate{}, err
			}
		}
		if p.next == nil {
			certificate.Closed = true
			return certificate, nil
		}
		if visited[p.next.String()] {
			return port.Certificate{}, fmt.Errorf("list %s: page %d: %w", kind, n, unlike("the next page was seen already"))
		}
		next = p.next
	}
}

// A page is one answer of a listing.
type page struct {
	total     int // -1: not given
	documents []record.Document
	next      *url.URL // nil: there is none
}

func (s *System) page(ctx context.Context, kind string, at *url.URL) (page, error) {
	answer, err := s.call(ctx, httpx.Request{
		Method: http.MethodGet,
		URL:    at.String(),
		Header: http.Header{"Prefer": {"odata.maxpagesize=" + strconv.Itoa(s.pageSize)}},
	})
	if err != nil {
		return page{}, err
	}
	var body struct {
		Count *int              `json:"@odata.count"`
		Next  string            `json:"@odata.nextLink"`
		Value []json.RawMessage `json:"value"`
	}
	if err := read(answer, &body); err != nil {
		return page{}, err
	}
	if body.Value == nil {
		return page{}, foreign(answer.Status, port.Stop)
	}
	p := page{total: -1}
	if body.Count != nil {
		p.total = *body.Count
	}
	for _, row := range body.Value {
		d, err := document(kind, row)
		if err != nil {
			return page{}, unlike("it has a row without id or version")
		}
		p.documents = append(p.documents, d)
	}
	if body.Next != "" {
		p.next, err = follow(at, body.Next)
	}
	return p, err
}

// follow returns the address that a next link leads to from the page it stands on. The token goes there, so it has to be
// the same list at the same host.
func follow(at *url.URL, link string) (*url.URL, error) {
	next, err := at.Parse(link)
	if err != nil || next.Scheme != at.Scheme || !strings.EqualFold(next.Host, at.Host) || next.User != nil || next.Path != at.Path {
		return nil, unlike("the next page is not at the same place")
	}
	next.Fragment = ""
	return next, nil
}

// unlike is a page that the federation answered and that is not one to rely on.
func unlike(reason string) *port.Error {
	return &port.Error{
		Next:   port.Stop,
		Reason: "the federation's list is not to be relied on: " + reason,
		Advice: "wait for the next run; if it stays so, " + reportIt,
	}
}
