package fairgatetest

import (
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/faults"
)

const (
	maxPage = 100     // contacts on a page, whatever is asked for
	maxBody = 1 << 20 // bytes of a request
)

func (s *Server) createToken(w http.ResponseWriter, r *http.Request) {
	s.exchange(w, r, "access_key", s.tokens.fromKey)
}

func (s *Server) refreshToken(w http.ResponseWriter, r *http.Request) {
	s.exchange(w, r, "refresh_token", s.tokens.fromRefresh)
}

// exchange answers tokens for the secret that the body holds under name.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, name string, issue func(string) (pair, bool)) {
	body, refused := readObject(w, r)
	if refused != nil {
		refused.answer(w)
		return
	}
	secret, ok := body[name].(string)
	if !ok || secret == "" || len(body) != 1 {
		invalid(fieldError{Field: name, Message: "is required, a text, and the only field"}).answer(w)
		return
	}
	var p pair
	if ok = r.PathValue("oid") == s.config.Organisation; ok {
		p, ok = issue(secret)
	}
	switch {
	case !ok:
		refusal{status: http.StatusUnauthorized, message: "not known to this organisation"}.answer(w)
	case s.config.Tokens == Enveloped:
		succeed(w, http.StatusOK, map[string]any{"token": p.access, "refresh_token": p.refresh})
	default:
		answer(w, http.StatusOK, map[string]any{
			"access_token": p.access, "refresh_token": p.refresh,
			"expires_in": int(s.config.TokenLife / time.Second),
		})
	}
}

// list is what a list has for data.
type list struct {
	TotalRecords int   `json:"totalRecords"`
	TotalPages   int   `json:"totalPages"`
	PageNo       int   `json:"pageNo"`
	PageLimit    int   `json:"pageLimit"`
	Contacts     []any `json:"contacts"`
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, v view) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		invalid(fieldError{Message: "the query cannot be read"}).answer(w)
		return
	}
	var wrong []fieldError
	for name := range query {
		if name != "pageNo" && name != "pageLimit" {
			wrong = append(wrong, fieldError{Field: name, Message: "is not a known option"})
		}
	}
	number := func(name string) int {
		n, err := 0, error(nil)
		if len(query[name]) == 1 {
			n, err = strconv.Atoi(query[name][0])
		}
		if err != nil || n < 1 {
			wrong = append(wrong, fieldError{Field: name, Message: "is required, once, as an integer from 1 on"})
		}
		return n
	}
	l := list{PageNo: number("pageNo"), PageLimit: min(number("pageLimit"), maxPage), Contacts: []any{}}
	if len(wrong) > 0 {
		invalid(wrong...).answer(w)
		return
	}
	// However large the page number is, the product must not overflow.
	offset := min(l.PageNo-1, math.MaxInt/maxPage) * l.PageLimit
	page, total := s.contacts.page(offset, l.PageLimit, v.sight)
	for _, c := range page {
		l.Contacts = append(l.Contacts, s.served(c, v))
	}
	l.TotalRecords, l.TotalPages = total, (total+l.PageLimit-1)/l.PageLimit
	s.spoil(&l)
	s.double(&l, v)
	succeed(w, http.StatusOK, l)
}

// spoil applies the faults of a list.
func (s *Server) spoil(l *list) {
	if _, ok := s.faults.Take(OpList, faults.LostNext); ok {
		l.TotalPages = min(l.TotalPages, l.PageNo)
	}
	rule, ok := s.faults.Take(OpList, faults.LostRows)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	left := []any{}
	for _, c := range l.Contacts {
		if rule.Percent != 0 && s.lost.IntN(100) >= rule.Percent {
			left = append(left, c)
		}
	}
	l.Contacts = left
}

// double applies the fault that repeats rows.
func (s *Server) double(l *list, v view) {
	if len(l.Contacts) == 0 {
		return
	}
	rule, ok := s.faults.Take(OpList, faults.DoubleRows)
	if !ok {
		return
	}
	n := rule.Count(len(l.Contacts))
	repeats := slices.Clone(l.Contacts[:n])
	if l.PageNo > 1 {
		repeats = nil
		page, _ := s.contacts.page((l.PageNo-1)*l.PageLimit-n, n, v.sight)
		for _, c := range page {
			repeats = append(repeats, s.served(c, v))
		}
	}
	l.Contacts = append(repeats, l.Contacts...)
	l.Contacts = l.Contacts[:min(len(l.Contacts), l.PageLimit)]
}

func (s *Server) read(w http.ResponseWriter, r *http.Request, v view) {
	c, ok := s.contacts.get(r.PathValue("id"), v.sight)
	if !ok {
		s.missing(v.op).answer(w)
		return
	}
	succeed(w, http.StatusOK, s.served(c, v))
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, v view) {
	patch, refused := s.readPatch(w, r)
	if refused == nil {
		var c Contact
		c, refused = s.contacts.create(func() (Contact, *refusal) {
			return s.changed(Contact{Status: "active"}, patch, true)
		})
		if refused == nil {
			succeed(w, http.StatusCreated, s.served(c, v))
			return
		}
	}
	refused.answer(w)
}

func (s *Server) change(w http.ResponseWriter, r *http.Request, v view) {
	patch, refused := s.readPatch(w, r)
	if _, seen := s.contacts.get(r.PathValue("id"), v.sight); refused == nil && !seen {
		refused = s.missing(v.op)
	}
	if refused == nil {
		c, no, ok := s.contacts.change(r.PathValue("id"), func(before Contact) (Contact, *refusal) {
			return s.changed(before, patch, false)
		})
		switch {
		case !ok:
			refused = s.missing(v.op)
		case no != nil:
			refused = no
		default:
			succeed(w, http.StatusOK, s.served(c, v))
			return
		}
	}
	refused.answer(w)
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request, v view) {
	id := r.PathValue("id")
	if _, seen := s.contacts.get(id, v.sight); !seen || !s.contacts.remove(id) {
		s.missing(v.op).answer(w)
		return
	}
	succeed(w, http.StatusOK, nil)
}

// served returns a contact as the wire has it, for a view.
func (s *Server) served(c Contact, v view) any {
	doc, _ := s.form().serve(c.document()).(map[string]any)
	if base, ok := doc["basefields"].(map[string]any); ok {
		base["last_update"] = c.Basefields.LastUpdate.In(s.zone).Format(time.RFC3339)
	}
	leaveOut(doc, v.fields)
	return doc
}

// form returns the contact as it is shaped at present.
func (s *Server) form() field {
	if s.rewrites.Load() {
		return s.rewritten
	}
	return s.fields
}

// readPatch reads what a client wants to write, every field checked by itself.
func (s *Server) readPatch(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	body, refused := readObject(w, r)
	if refused != nil {
		return nil, refused
	}
	a := &accepting{today: s.config.Now().In(s.zone).Format(time.DateOnly)}
	patch, _ := s.form().accept(a, "", body).(map[string]any)
	if len(a.errors) > 0 {
		return nil, invalid(a.errors...)
	}
	return patch, nil
}

// readObject reads the body, which must be one JSON object and nothing else.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{status: http.StatusUnsupportedMediaType, message: "the body is to be application/json"}
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.UseNumber()
	var body map[string]any
	err := decoder.Decode(&body)
	if err != nil || body == nil || decoder.More() {
		return nil, invalid(fieldError{Message: "the body is not one JSON object"})
	}
	return body, nil
}
