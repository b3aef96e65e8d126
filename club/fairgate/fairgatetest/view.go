package fairgatetest

import (
	"net/http"
	"strings"

	"passerelle/internal/faults"
)

// A view is what one request is shown of the contacts, the quiet faults that hit it included.
type view struct {
	sight
	op     string
	fields []string // dotted paths of what is left out
}

// view returns what a request for op is shown. It refuses where a fault hides a field that there is not: a fault that does
// nothing would let the client under test pass for the wrong reason.
func (s *Server) view(op string) (view, *refusal) {
	v := view{sight: sight{archived: s.config.ListArchived}, op: op}
	if op == OpCreate {
		return v, nil
	}
	if rule, hit := s.faults.Take(op, faults.HiddenRows); hit {
		v.hidden = &rule
	}
	if op == OpList || op == OpRead {
		_, v.stale = s.faults.Take(op, faults.Stale)
	}
	if op == OpDelete {
		return v, nil
	}
	if rule, hit := s.faults.Take(op, faults.HiddenFields); hit {
		v.fields = strings.Split(rule.Fields, ",")
	}
	for _, path := range v.fields {
		if !s.fields.has(strings.Split(path, ".")) {
			return v, &refusal{status: http.StatusInternalServerError, message: "a fault hides a field that there is not: " + path}
		}
	}
	return v, nil
}

// has reports whether there is a field at a path.
func (f field) has(path []string) bool {
	if len(path) == 0 {
		return true
	}
	m, ok := f.members[path[0]]
	return ok && m.has(path[1:])
}

// leaveOut takes the fields at dotted paths out of a served document.
func leaveOut(doc map[string]any, paths []string) {
	for _, path := range paths {
		names := strings.Split(path, ".")
		last, object := len(names)-1, doc
		for _, name := range names[:last] {
			object, _ = object[name].(map[string]any)
		}
		delete(object, names[last])
	}
}

// missing refuses a contact that is not there, or not in sight.
func (s *Server) missing(op string) *refusal {
	if _, hit := s.faults.Take(op, faults.MissingForbidden); hit {
		return &refusal{status: http.StatusForbidden, message: "the key has no right to this contact"}
	}
	return &refusal{status: http.StatusNotFound, message: "there is no such contact"}
}
