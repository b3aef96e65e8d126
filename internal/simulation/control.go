package simulation

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
)

// maxKnobs bounds the text of one request to the control endpoint.
const maxKnobs = 1 << 20

// Control returns the handler of the knobs, which stands on a listener of its own, so that neither API has a path that the
// real one lacks:
//
//	POST   /_simulate/faults    adds rules, one a line, as faults.Parse reads them; 204, or 400 and nothing added
//	GET    /_simulate/faults    the rules in force, one a line, each behind its side
//	DELETE /_simulate/faults    drops them all
//	POST   /_simulate/staff     does what staff can do to a system, one act a line, as World.Staff reads them; 204, 400 and
//	                            nothing done where a line cannot be read, 409 where an act cannot be done
//	GET    /_simulate/requests  what was asked of each side so far: {"club":[…],"federation":[…]}
//	DELETE /_simulate/requests  forgets it
//
// The two sides share no name of an operation, so a rule finds its side by itself; a rule for * breaks both.
func (w *World) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /_simulate/faults", w.addFaults)
	mux.HandleFunc("GET /_simulate/faults", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, s := range w.sides() {
			for _, rule := range s.faults.List() {
				// The answer goes to a person at the knobs; one who went away misses nothing.
				_, _ = fmt.Fprintf(rw, "%s %s\n", s.name, rule)
			}
		}
	})
	mux.HandleFunc("DELETE /_simulate/faults", func(rw http.ResponseWriter, _ *http.Request) {
		for _, s := range w.sides() {
			s.faults.Clear()
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_simulate/staff", w.staffActs)
	mux.HandleFunc("GET /_simulate/requests", func(rw http.ResponseWriter, _ *http.Request) {
		asked := make(map[Side][]Request)
		for _, s := range w.sides() {
			asked[s.name] = s.requests()
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(asked) // As above.
	})
	mux.HandleFunc("DELETE /_simulate/requests", func(rw http.ResponseWriter, _ *http.Request) {
		w.ClubSystem.ResetRequests()
		w.FederationSystem.ResetRequests()
		rw.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// knobs are what the control endpoint knows of one side.
type knobs struct {
	name     Side
	faults   *faults.Set
	ops      []string
	requests func() []Request
}

// Request is one request that a simulator got, as the control endpoint tells it. Status is 0 where the connection was cut.
type Request struct {
	Op     string `json:"op"` // as fault rules name it
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query"`
	Status int    `json:"status"`
}

// told brings the requests of either simulator into one form.
func told[R fairgatetest.Request | stvtest.Request](requests []R) []Request {
	out := make([]Request, len(requests)) // Never nil: none is [] in JSON.
	for i, r := range requests {
		out[i] = Request(r)
	}
	return out
}

func (w *World) sides() []knobs {
	return []knobs{
		{Club, w.ClubSystem.Faults(), clubOps(), func() []Request { return told(w.ClubSystem.Requests()) }},
		{Federation, w.FederationSystem.Faults(), federationOps(), func() []Request { return told(w.FederationSystem.Requests()) }},
	}
}

// clubOps names what the club's software can be asked, as fault rules do.
func clubOps() []string {
	return []string{"token", "contacts.list", "contacts.read", "contacts.create", "contacts.change", "contacts.delete"}
}

// federationOps names what the federation can be asked.
func federationOps() []string {
	ops := []string{"club", "batch", "categories", "functionCodes", "publications", "functions.delete", "subscriptions.delete"}
	for _, set := range []string{"members", "affiliations", "functions", "subscriptions"} {
		for _, verb := range []string{"list", "read", "create", "change"} {
			ops = append(ops, set+"."+verb)
		}
	}
	return ops
}

func (w *World) addFaults(rw http.ResponseWriter, r *http.Request) {
	rules, err := readRules(http.MaxBytesReader(rw, r.Body, maxKnobs))
	if err == nil {
		err = w.AddFaults(rules...)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

func (w *World) staffActs(rw http.ResponseWriter, r *http.Request) {
	err := w.Staff(http.MaxBytesReader(rw, r.Body, maxKnobs))
	switch {
	case err == nil:
		rw.WriteHeader(http.StatusNoContent)
	case errors.Is(err, errNotDone):
		http.Error(rw, err.Error(), http.StatusConflict)
	default:
		http.Error(rw, err.Error(), http.StatusBadRequest)
	}
}

// readRules reads one rule a line; empty lines count for nothing. Its error names every line that is no rule.
func readRules(from io.Reader) ([]faults.Rule, error) {
	var rules []faults.Rule
	var wrong []error
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		rule, err := faults.Parse(line)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
		}
		rules = append(rules, rule)
	}
	return rules, errors.Join(append(wrong, lines.Err())...)
}

// AddFaults puts rules in force, each at the side that has its operation. An error names an operation that neither has;
// then none is in force.
func (w *World) AddFaults(rules ...faults.Rule) error {
	sides := w.sides()
	var known []string
	for _, s := range sides {
		known = append(known, s.ops...)
	}
	for _, rule := range rules {
		if rule.Op != "" && !slices.Contains(known, rule.Op) {
			return fmt.Errorf("no operation %q; operations: *, %s", rule.Op, strings.Join(known, ", "))
		}
	}
	for _, rule := range rules {
		for _, s := range sides {
			if rule.Op == "" || slices.Contains(s.ops, rule.Op) {
				s.faults.Add(rule)
			}
		}
	}
	return nil
}
