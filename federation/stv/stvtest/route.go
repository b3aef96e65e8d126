package stvtest

import (
	"net/http"
	"slices"
	"strings"
)

// The operations that are not of an entity set.
const (
	opClub    = "club"
	opBatch   = "batch"
	opUnknown = "unknown"
)

// route is where a request leads.
type route struct {
	op  string
	set *set
	id  string
	do  func(*call) (answer, error)
}

// op names the operation of a request as package faults does.
func (s *Server) op(method, path string) string {
	r, err := s.find(method, path)
	if err != nil {
		return opUnknown
	}
	return r.op
}

// find returns the route of a request: 404 where there is nothing at the path, 405 where the method is not one of it.
func (s *Server) find(method, path string) (route, error) {
	rest, ok := strings.CutPrefix(path, Base+"/")
	if !ok {
		return route{}, notFound()
	}
	byMethod := s.resource(rest)
	if byMethod == nil {
		return route{}, notFound()
	}
	r, ok := byMethod[method]
	if !ok {
		var allowed []string
		for m := range byMethod {
			allowed = append(allowed, m)
		}
		slices.Sort(allowed)
		no := refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "this resource has no such method", "")
		no.header = map[string]string{"Allow": strings.Join(allowed, ", ")}
		return route{}, no
	}
	return r, nil
}

// resource returns the routes of a path below the base by method, nil where there is none.
func (s *Server) resource(rest string) map[string]route {
	switch rest {
	case opClub:
		return map[string]route{http.MethodGet: {op: opClub, do: s.whoAmI}}
	case "$batch":
		return map[string]route{http.MethodPost: {op: opBatch, do: s.batch}}
	case categories, functionCodes, publications:
		return map[string]route{http.MethodGet: {op: rest, do: s.codeTable}}
	}
	name, key, keyed := strings.Cut(rest, "(")
	set, ok := s.sets[name]
	if !ok {
		return nil
	}
	if !keyed {
		return map[string]route{
			http.MethodGet:  {op: name + ".list", set: set, do: s.list},
			http.MethodPost: {op: name + ".create", set: set, do: s.create},
		}
	}
	id, ok := strings.CutSuffix(key, ")")
	if !ok {
		return nil
	}
	routes := map[string]route{
		http.MethodGet:   {op: name + ".read", set: set, id: id, do: s.read},
		http.MethodPatch: {op: name + ".change", set: set, id: id, do: s.change},
	}
	if set.deletable {
		routes[http.MethodDelete] = route{op: name + ".delete", set: set, id: id, do: s.remove}
	}
	return routes
}

// whoAmI answers GET /club.
func (s *Server) whoAmI(c *call) (answer, error) {
	if c.query != "" {
		return answer{}, badRequest("UnknownOption", "the club takes no options", "")
	}
	i := slices.IndexFunc(s.config.Clubs, func(club Club) bool { return club.Number == c.grant.Club })
	if i < 0 {
		return answer{}, notFound()
	}
	club := s.config.Clubs[i]
	var expires any
	if !c.grant.Expires.IsZero() {
		expires = stamp(c.grant.Expires)
	}
	return answer{status: http.StatusOK, body: map[string]any{
		"clubNumber": club.Number, "name": club.Name, "canton": club.Canton, "language": club.Language,
		"tokenExpires": expires, "rights": c.grant.Rights, "writeWindow": s.config.WriteWindow,
	}}, nil
}
