package fairgate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// pageSize is how many contacts are asked for at once; Fairgate gives no more (WIRE.md 2).
const pageSize = 100

// A page is what a list has for data.
type page struct {
	records, pages, limit int
	contacts              []record.Document
}

// List reads the contacts of the organisation, page by page, with the page size that Fairgate answers. The certificate is
// closed when the last page was reached, Fairgate's count of pages fits its count of contacts, and as many came as it
// counted. Anything else than a page of contacts in its form is an error with Next Stop.
func (s *System) List(ctx context.Context, kind string, fn func([]record.Document) error) (port.Certificate, error) {
	if kind != kindContact {
		return port.Certificate{}, mistake("there is no such kind to list")
	}
	certificate := port.Certificate{Organisation: s.config.Organisation}
	seen, limit := 0, pageSize
	for no := 1; ; no++ {
		p, err := s.page(ctx, no, limit)
		if err != nil {
			return port.Certificate{}, err
		}
		if no == 1 {
			certificate.First, limit = p.records, p.limit
		} else if p.limit != limit {
			// With another size, page n begins at another contact.
			return port.Certificate{}, unlike(fmt.Sprintf("page %d of the contacts has another size than the first", no))
		}
		if len(p.contacts) > 0 {
			if err := fn(p.contacts); err != nil {
				return port.Certificate{}, err
			}
		}
		seen += len(p.contacts)
		certificate.Last = p.records
		if no >= p.pages {
			certificate.Closed = max(p.pages, 1) == pagesOf(p.records, limit) && seen == p.records
			return certificate, nil
		}
		if len(p.contacts) == 0 {
			return certificate, nil // pages without end lead nowhere: the chain broke here
		}
	}
}

// pagesOf returns how many pages the contacts fill. A list of nothing is one page, which Fairgate may count or not.
func pagesOf(records, limit int) int { return max(1, (records+limit-1)/limit) }

// listing returns the address of a page.
func (s *System) listing(no, limit int) string {
	query := url.Values{"pageNo": {strconv.Itoa(no)}, "pageLimit": {strconv.Itoa(limit)}}
	return s.config.address(pathList, "") + "?" + query.Encode()
}

func (s *System) page(ctx context.Context, no, limit int) (page, error) {
	answer, err := s.call(ctx, request{method: http.MethodGet, url: s.listing(no, limit)})
	if err != nil {
		return page{}, err
	}
	return pageOf(answer, no)
}

// pageOf reads an answer as page no of a list.
func pageOf(answer reply, no int) (page, error) {
	switch {
	case !answer.own:
		return page{}, foreign("a page of contacts", answer.status, port.Stop)
	case answer.status == http.StatusForbidden:
		return page{}, &port.Error{
			Next:   port.Stop,
			Reason: "Fairgate does not let this access key list the contacts (status 403)",
			Advice: "check the right of the access key in Fairgate, then " + connectAgain,
		}
	case answer.status != http.StatusOK || !answer.success:
		return page{}, unlike(fmt.Sprintf("Fairgate refuses to list the contacts (status %d)", answer.status))
	}
	var data struct {
		TotalRecords *int              `json:"totalRecords"`
		TotalPages   *int              `json:"totalPages"`
		PageNo       *int              `json:"pageNo"`
		PageLimit    *int              `json:"pageLimit"`
		Contacts     []json.RawMessage `json:"contacts"`
	}
	err := json.Unmarshal(answer.data, &data)
	if err != nil || data.TotalRecords == nil || data.TotalPages == nil || data.PageNo == nil || data.PageLimit == nil || data.Contacts == nil {
		return page{}, unlike("a page of contacts is not in the form that Fairgate describes")
	}
	p := page{records: *data.TotalRecords, pages: *data.TotalPages, limit: *data.PageLimit}
	if *data.PageNo != no || p.limit < 1 || p.records < 0 || len(data.Contacts) > p.limit {
		return page{}, unlike(fmt.Sprintf("page %d of the contacts is not the page that was asked for", no))
	}
	for _, raw := range data.Contacts {
		doc, ok := document(raw)
		if !ok {
			return page{}, unlike(fmt.Sprintf("page %d of the contacts has one without an id", no))
		}
		p.contacts = append(p.contacts, doc)
	}
	return p, nil
}

// unlike is a list that Fairgate answered and that is not one to rely on.
func unlike(reason string) error {
	return &port.Error{
		Next:   port.Stop,
		Reason: reason,
		Advice: "wait for the next run; if it stays so, report it together with what passerelle version prints",
	}
}

// Read reads one contact. It is gone when Fairgate itself says so (404 or 410 in its envelope); any other answer that is
// not the contact, a refusal to show it included, says nothing about it: Next Look.
func (s *System) Read(ctx context.Context, ref string) (record.Document, error) {
	id, err := idOf(ref)
	if err != nil {
		return record.Document{}, err
	}
	answer, err := s.call(ctx, request{method: http.MethodGet, url: s.config.address(pathContact, id)})
	if err != nil {
		return record.Document{}, err
	}
	if answer.gone() {
		return record.Document{}, noContact()
	}
	if answer.own && answer.success && answer.status == http.StatusOK {
		if doc, ok := document(answer.data); ok && doc.Ref == ref {
			return doc, nil
		}
	}
	if answer.own {
		return record.Document{}, &port.Error{
			Next:   port.Look,
			Reason: fmt.Sprintf("Fairgate does not show the contact that was asked for (status %d)", answer.status),
		}
	}
	return record.Document{}, foreign("a contact", answer.status, port.Look)
}

// gone reports whether Fairgate says that there is no such contact.
func (r reply) gone() bool {
	return r.own && !r.success && (r.status == http.StatusNotFound || r.status == http.StatusGone)
}

func noContact() error {
	return &port.Error{Next: port.Gone, Reason: "Fairgate has no such contact any more"}
}
