package fairgate_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/porttest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	tests := map[string]func(s *settings){
		"club shape, deep merge":    func(*settings) {},
		"club shape, shallow merge": func(s *settings) { s.sim.Merge = fairgatetest.Shallow },
		"federation shape, the other way to answer tokens, ids as numbers": func(s *settings) {
			s.sim.Shape, s.sim.Tokens, s.sim.NumericIDs = fairgatetest.FederationShape, fairgatetest.Enveloped, true
		},
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			porttest.System(t, func(tb testing.TB) *porttest.SystemUnderTest {
				tb.Helper()
				return subject(tb, set)
			})
		})
	}
}

// operations are the simulator's names for the requests of the suite.
func operations() map[porttest.Request]string {
	return map[porttest.Request]string{
		porttest.CheckRequest:  fairgatetest.OpToken,
		porttest.ListRequest:   fairgatetest.OpList,
		porttest.ReadRequest:   fairgatetest.OpRead,
		porttest.CreateRequest: fairgatetest.OpCreate,
		porttest.ChangeRequest: fairgatetest.OpChange,
	}
}

// subject is a club as the suite wants it.
func subject(tb testing.TB, shape func(*settings)) *porttest.SystemUnderTest {
	tb.Helper()
	const size = 3
	arrivals := &arrivals{}
	c := open(tb, shape, atMost(size), func(s *settings) {
		inner := s.between
		s.between = func(next http.Handler) http.Handler { return arrivals.watch(inner(next)) }
	})
	id := func(ref string) string { return strings.TrimPrefix(ref, "contact/") }
	made := 0
	return &porttest.SystemUnderTest{
		System: c.System, Organisation: "tvb", Kind: "contact", Page: size,
		Secrets: []string{writeKey, "Oberhänsli", "Zumstein", "example.org", "079 000"},

		Make: func(testing.TB) string {
			made++
			return "contact/" + c.sim.Add(person("Vreni", "Oberhänsli", fmt.Sprintf("vreni%d@example.org", made)))
		},
		Edit: func(_ testing.TB, ref string) {
			c.sim.Edit(id(ref), func(p *fairgatetest.Contact) { p.Communication.Mobile = "079 000 00 03" })
		},
		Remove: func(_ testing.TB, ref string) { c.sim.Remove(id(ref)) },
		Count:  func(testing.TB) int { return len(c.sim.Contacts()) },

		Create: func(testing.TB) record.Write { return create(beat) },
		Change: func(tb testing.TB, d record.Document) record.Write {
			tb.Helper()
			return change(d.Ref, member(tb, d, "communication", "mobile", "079 000 00 04"))
		},
		Refuse: func(_ testing.TB, d record.Document) record.Write { return change(d.Ref, `{"status":"retired"}`) },
		Taken: func(tb testing.TB, d record.Document) record.Write {
			tb.Helper()
			c.sim.Add(person("Trudi", "Oberhänsli", "trudi@example.org"))
			return change(d.Ref, member(tb, d, "communication", "primary_email", "trudi@example.org"))
		},

		Break: func(_ testing.TB, at porttest.Request, f porttest.Fault) {
			rule := faults.Rule{Op: operations()[at], Kind: faults.Kind(f)}
			if rule.Kind == faults.LostRows {
				rule.Percent = 50
			}
			c.config.HTTP.Close() // on a used connection, Go itself repeats a read that is cut
			c.sim.Faults().Add(rule)
		},
		Mend: func(testing.TB) {
			c.sim.Faults().Clear()
			arrivals.set("", nil)
		},
		Arrives:  func(at porttest.Request, fn func()) { arrivals.set(operations()[at], fn) },
		Requests: func(at porttest.Request) int { return c.asked(operations()[at]) },
	}
}

// arrivals calls a function when a request arrives, and lets the client go before it is served.
type arrivals struct {
	mu sync.Mutex
	op string
	fn func()
}

func (a *arrivals) set(op string, fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.op, a.fn = op, fn
}

func (a *arrivals) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		op, fn := a.op, a.fn
		a.mu.Unlock()
		if fn != nil && op == operation(r) {
			// A server sees that a client leaves only when it has read what that sent.
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			fn()
			<-r.Context().Done()
		}
		next.ServeHTTP(w, r)
	})
}
