package stvtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/faults"
)

// veil applies the quiet faults that hit a call. Afterwards the caller calls present, which ends them. An error says that
// a fault hides a field that there is not: one that does nothing would let the client under test pass for the wrong
// reason.
func (s *Server) veil(method string, c *call) (present func(), err error) {
	present = func() {}
	if method == http.MethodPost {
		return present, nil
	}
	if method == http.MethodGet {
		if _, stale := s.faults.Take(c.route.op, faults.Stale); stale {
			now, last := s.state, s.last
			s.state = s.past()
			present = func() { s.state, s.last = now, last }
		}
	}
	if rule, hit := s.faults.Take(c.route.op, faults.HiddenRows); hit {
		var known []string
		for m := range rows[*Member](&s.state) {
			if s.state.affiliationAt(m.ID, c.grant.Club) != nil {
				known = append(known, m.ID)
			}
		}
		c.hidden = rule.Share(known)
	}
	if method == http.MethodDelete {
		return present, nil
	}
	if rule, hit := s.faults.Take(c.route.op, faults.HiddenFields); hit {
		c.left = strings.Split(rule.Fields, ",")
	}
	for _, name := range c.left {
		hasIt := func(t *set) bool { _, ok := t.field(name); return ok }
		if !slices.ContainsFunc(slices.Collect(maps.Values(s.sets)), hasIt) {
			return present, refuse(http.StatusInternalServerError, "BadFault", "a fault hides a field that there is not", name)
		}
	}
	return present, nil
}

// sees says whether the call is shown an entity.
func (s *Server) sees(c *call, e entity) bool {
	person := e.meta().ID
	if _, ok := e.(*Member); !ok {
		person = *owner(e)
	}
	return s.state.visible(e, c.grant.Club) && !c.hidden[person]
}

// shown says of each property whether the answer to the call has it: one that is asked for and not left out.
func (c *call) shown(asked func(name string) bool) func(name string) bool {
	return func(name string) bool { return asked(name) && !slices.Contains(c.left, name) }
}

// doubled returns a page with a share of its rows repeated; rows are all that are listed, in their order, from is where the
// page begins in them.
func doubled(rows []entry, from int, page []entry, rule faults.Rule, size int) []entry {
	n := rule.Count(len(page))
	repeats := page[:n]
	if from > 0 {
		repeats = rows[max(0, from-n):from]
	}
	twice := slices.Concat(repeats, page)
	return twice[:min(len(twice), size)]
}
