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
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// List follows the pages of an entity set, ordered by id, which no edit moves, until the federation names no next one. The
// certificate is closed then; its totals are those of the first page and of the last that gave one. It names no
// organisation unless the last Check went well. What is no such page, and a chain of pages that leads elsewhere, back, or
// beyond the total, is an error with Next Stop.
func (s *System) List(ctx context.Context, kind string, fn func([]record.Document) error) (port.Certificate, error) {
	c, err := s.walk(ctx, kind, "", fn)
	if err != nil {
		return port.Certificate{}, err
	}
	certificate := port.Certificate{First: c.first, Last: c.last, Closed: true, Latest: c.latest}
	if s.checked.Load() {
		certificate.Organisation = s.club
	}
	return certificate, nil
}

// Changed hands out what has changed at or after a time, to the second, which is as fine as the federation's stamps are
// (WIRE.md 4): ask again from the last stamp seen, and take what comes twice. What it does not show is not gone.
func (s *System) Changed(ctx context.Context, kind string, since time.Time, fn func([]record.Document) error) (port.Delta, error) {
	filter := "lastModifiedDateTime ge " + since.UTC().Truncate(time.Second).Format(time.RFC3339)
	c, err := s.walk(ctx, kind, filter, fn)
	return port.Delta{Shown: c.seen, Total: c.first, Latest: c.latest}, err
}

// walk reads the pages of an entity set, all of it or what a filter lets through.
func (s *System) walk(ctx context.Context, kind, filter string, fn func([]record.Document) error) (chain, error) {
	c := chain{visited: map[string]bool{}}
	if !slices.Contains(s.Kinds(), kind) {
		return c, mistake("there is no such kind to list")
	}
	options := s.selection(kind, stampProperty)
	options.Set("$count", "true")
	options.Set("$orderby", "id")
	if filter != "" {
		options.Set("$filter", filter)
	}
	next := s.base.JoinPath(kind)
	next.RawQuery = options.Encode()
	for next != nil {
		p, err := s.page(ctx, kind, next)
		if err == nil {
			err = c.add(next, p)
		}
		if err != nil {
			return c, fmt.Errorf("list %s, after %d rows: %w", kind, c.seen, err)
		}
		if len(p.documents) > 0 {
			if err := fn(p.documents); err != nil {
				return c, err
			}
			c.seen += len(p.documents)
			c.latest = c.latest.Later(p.latest)
		}
		next = p.next
	}
	return c, nil
}

// emptyPages is how many pages of a listing may be empty: OData allows it, and a chain must come to its end.
const emptyPages = 100

// A chain is the pages of a listing that have come so far.
type chain struct {
	visited     map[string]bool
	first, last int // the totals
	seen        int // rows handed on
	latest      port.Stamp
}

// add takes in the page at an address, unless it cannot belong to a list with an end.
func (c *chain) add(at *url.URL, p page) error {
	if len(c.visited) == 0 {
		if p.total < 0 {
			return unlike("the first page does not say how many there are")
		}
		c.first = p.total
	}
	c.visited[at.String()] = true
	if p.total >= 0 {
		c.last = p.total
	}
	switch {
	case c.seen+len(p.documents) > max(c.first, c.last):
		return unlike("there are more than it says")
	case p.next == nil:
		return nil
	case len(c.visited) > max(c.first, c.last)+emptyPages:
		return unlike("its pages do not end")
	case c.visited[p.next.String()]:
		return unlike("the next page was seen already")
	}
	return nil
}

// A page is one answer of a listing.
type page struct {
	total     int // -1: not given
	documents []record.Document
	latest    port.Stamp // the highest of the page
	next      *url.URL   // nil: there is none
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
	return s.pageOf(kind, at, answer)
}

// pageOf reads an answer as the page at an address.
func (s *System) pageOf(kind string, at *url.URL, answer httpx.Response) (page, error) {
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
		d, err := s.trimmed(kind, row) // without the stamp, which is no part of what a document says
		if err != nil {
			return page{}, unlike("it has a row without id or version")
		}
		d.Changed = stampOf(row)
		p.documents = append(p.documents, d)
		p.latest = p.latest.Later(port.Stamp{At: d.Changed, Ref: d.Ref})
	}
	if body.Next == "" {
		return p, nil
	}
	var err error
	p.next, err = follow(at, body.Next)
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
