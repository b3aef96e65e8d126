package stvtest

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/faults"
)

// largestPage is the most rows that a page has, whatever the client wishes.
const largestPage = 1000

// question is what a list asks for.
type question struct {
	options url.Values // as given, without the mark
	keep    func(name string) bool
	since   time.Time
	order   *field // nil is by id alone
	down    bool
	count   bool
	size    int
	after   *mark // nil is the first page
}

// mark says where a page ended. Paging goes by key, so that no row is lost when others come or go meanwhile.
type mark struct {
	Set     string `json:"s"`
	Options string `json:"o"` // the other options, which must not change on the way
	Key     string `json:"k"`
	ID      string `json:"i"`
	Size    int    `json:"n"`
}

// list answers GET of an entity set.
func (s *Server) list(c *call) (answer, error) {
	q, err := s.ask(c)
	if err != nil {
		return answer{}, err
	}
	if c.route.set.name == affiliations && q.after == nil {
		s.poll(c.grant.Club)
	}
	entries := s.entries(c, q)
	total := len(entries)
	slices.SortFunc(entries, q.compare)
	from := 0
	if q.after != nil {
		at := entry{key: q.after.Key, id: q.after.ID}
		from, _ = slices.BinarySearchFunc(entries, at, func(e, at entry) int { return cmp.Or(q.compare(e, at), -1) })
	}
	page := entries[from:min(from+q.size, total)]

	body := map[string]any{}
	if from+len(page) < total {
		if _, lost := s.faults.Take(c.route.op, faults.LostNext); !lost {
			body["@odata.nextLink"] = q.next(c, page[len(page)-1])
		}
	}
	kept := page
	if rule, hit := s.faults.Take(c.route.op, faults.LostRows); hit {
		kept = s.lose(page, rule)
		if s.config.LostRowsUncounted {
			total -= len(page) - len(kept)
		}
	}
	if len(kept) > 0 {
		if rule, hit := s.faults.Take(c.route.op, faults.DoubleRows); hit {
			kept = doubled(entries, from, kept, rule, q.size)
		}
	}
	value := []map[string]any{}
	for _, e := range kept {
		value = append(value, c.route.set.render(s.view(e.entity, c.grant.Club), c.shown(q.keep)))
	}
	body["value"] = value
	if q.count {
		body["@odata.count"] = total
	}
	applied := map[string]string{"Preference-Applied": "odata.maxpagesize=" + strconv.Itoa(q.size)}
	return answer{status: http.StatusOK, header: applied, body: body}, nil
}

// entry is a row with what it is ordered by.
type entry struct {
	key, id string
	entity  entity
}

// entries returns the rows that the question is about, in no order.
func (s *Server) entries(c *call, q *question) []entry {
	var out []entry
	for id, e := range s.state.sets[c.route.set.name] {
		if !s.sees(c, e) || e.meta().LastModified.Before(q.since) {
			continue
		}
		key := ""
		if q.order != nil {
			key = sortKey(q.order.get(s.view(e, c.grant.Club)))
		}
		out = append(out, entry{key, id, e})
	}
	return out
}

// compare orders rows by the property asked for, then by id.
func (q *question) compare(a, b entry) int {
	byKey := cmp.Compare(a.key, b.key)
	if q.down {
		byKey = -byKey
	}
	return cmp.Or(byKey, cmp.Compare(a.id, b.id))
}

// sortKey returns a value as text that sorts like it; null comes first.
func sortKey(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case int:
		return fmt.Sprintf("%020d", v)
	default:
		return fmt.Sprint(v)
	}
}

// lose drops a share of the rows, at least one; 0 percent is all of them.
func (s *Server) lose(page []entry, rule faults.Rule) []entry {
	kept := slices.Clone(page)
	for range rule.Count(len(page)) {
		i := s.rand.IntN(len(kept))
		kept = slices.Delete(kept, i, i+1)
	}
	return kept
}

// next returns the link to the page after the row.
func (q *question) next(c *call, last entry) string {
	options := maps.Clone(q.options)
	m, err := json.Marshal(mark{c.route.set.name, q.options.Encode(), last.key, last.id, q.size})
	if err != nil {
		panic(err) // a mark is plain text.
	}
	options.Set("$skiptoken", base64.RawURLEncoding.EncodeToString(m))
	return c.origin + Base + "/" + c.route.set.name + "?" + options.Encode()
}

// ask reads the options and the preference of a list.
func (s *Server) ask(c *call) (*question, error) {
	options, err := optionsOf(c.query)
	if err != nil {
		return nil, err
	}
	q := &question{options: options, keep: func(string) bool { return false }, size: s.config.PageSize}
	token := options.Get("$skiptoken")
	given := options.Has("$skiptoken")
	options.Del("$skiptoken")
	for name := range options {
		if err := q.read(c.route.set, name, options.Get(name)); err != nil {
			return nil, err
		}
	}
	if given {
		if q.after, err = readMark(token, c.route.set.name, options.Encode()); err != nil {
			return nil, err
		}
		q.size = q.after.Size
	}
	wish, ok, err := preferredSize(c.header)
	if err != nil {
		return nil, err
	}
	if ok {
		q.size = wish
	}
	return q, nil
}

// optionsOf returns the query options, each at most once.
func optionsOf(query string) (url.Values, error) {
	options, err := url.ParseQuery(query)
	if err != nil {
		return nil, badRequest("BadQuery", "the query cannot be read", "")
	}
	for name, values := range options {
		if len(values) > 1 {
			return nil, badRequest("BadQuery", "an option stands more than once", name)
		}
	}
	return options, nil
}

// read takes in one option of a list.
func (q *question) read(t *set, name, value string) error {
	var err error
	switch name {
	case "$select":
		q.keep, err = selection(t, value)
	case "$filter":
		text, ok := strings.CutPrefix(value, "lastModifiedDateTime ge ")
		since, perr := time.Parse(time.RFC3339, text)
		if !ok || perr != nil {
			return badRequest("UnknownFilter", "the only filter is lastModifiedDateTime ge TIME", name)
		}
		q.since = since
	case "$orderby":
		property, direction, _ := strings.Cut(value, " ")
		f, ok := t.field(property)
		if !ok || !slices.Contains([]string{"", "asc", "desc"}, direction) {
			return badRequest("UnknownName", "one property to order by, then asc or desc", name)
		}
		q.order, q.down = &f, direction == "desc"
	case "$count":
		if value != "true" && value != "false" {
			return badRequest("BadQuery", "$count is true or false", name)
		}
		q.count = value == "true"
	default:
		return badRequest("UnknownOption", "there is no such option", name)
	}
	return err
}

// selection returns which properties a $select names.
func selection(t *set, value string) (func(string) bool, error) {
	names := strings.Split(value, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if _, ok := t.field(names[i]); !ok {
			return nil, badRequest("UnknownName", "there is no such property", "$select")
		}
	}
	return func(name string) bool { return slices.Contains(names, name) }, nil
}

// readMark reads a $skiptoken that was given out for the same set and options.
func readMark(token, set, options string) (*mark, error) {
	bad := badRequest("BadSkipToken", "the next link was changed or is not of this list", "$skiptoken")
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return nil, bad
	}
	var m mark
	if err := json.Unmarshal(text, &m); err != nil || m.Set != set || m.Options != options || m.Size < 1 {
		return nil, bad
	}
	return &m, nil
}

// preferredSize returns the page size that a Prefer header wishes for, if one does.
func preferredSize(h http.Header) (int, bool, error) {
	for _, line := range h.Values("Prefer") {
		for preference := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
			if name != "odata.maxpagesize" && name != "maxpagesize" {
				continue // a preference that is not known is passed over.
			}
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 {
				return 0, false, badRequest("BadPreference", "odata.maxpagesize is a number from 1 to 1000", "Prefer")
			}
			return min(n, largestPage), true, nil
		}
	}
	return 0, false, nil
}

// poll counts that a club listed its affiliations, and accepts those that it has waited for long enough.
func (s *Server) poll(club string) {
	if s.config.AcceptAfter == 0 {
		return
	}
	var due []*Affiliation
	for a := range rows[*Affiliation](&s.state) {
		if a.ClubNumber != club || a.Status != Requested {
			continue
		}
		s.state.polls[a.ID]++
		if s.state.polls[a.ID] > s.config.AcceptAfter {
			due = append(due, a)
		}
	}
	slices.SortFunc(due, func(a, b *Affiliation) int { return cmp.Compare(a.ID, b.ID) })
	for _, a := range due {
		s.decide(a, Active)
	}
}

// read answers GET of one entity.
func (s *Server) read(c *call) (answer, error) {
	options, err := optionsOf(c.query)
	if err != nil {
		return answer{}, err
	}
	keep := everything
	for name := range options {
		if name != "$select" {
			return answer{}, badRequest("UnknownOption", "a read takes $select only", name)
		}
		if keep, err = selection(c.route.set, options.Get(name)); err != nil {
			return answer{}, err
		}
	}
	e, err := s.seen(c)
	if err != nil {
		return answer{}, err
	}
	return s.found(c, http.StatusOK, e, keep), nil
}

// seen returns the entity that the path names, if the club sees it.
func (s *Server) seen(c *call) (entity, error) {
	name := c.route.set.name
	if e, ok := s.state.sets[name][c.route.id]; ok && s.sees(c, e) {
		return e, nil
	}
	if g, ok := s.state.graves[name][c.route.id]; ok && slices.Contains(g.clubs, c.grant.Club) {
		return nil, merged(g.into)
	}
	if _, hit := s.faults.Take(c.route.op, faults.MissingForbidden); hit {
		return nil, forbidden("Forbidden", "the token has no right to this")
	}
	return nil, notFound()
}

// found returns the answer that carries one entity.
func (s *Server) found(c *call, status int, e entity, keep func(string) bool) answer {
	body := c.route.set.render(s.view(e, c.grant.Club), c.shown(keep))
	return answer{status: status, header: map[string]string{"ETag": e.meta().ETag}, body: body}
}
