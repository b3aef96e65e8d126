package porttest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
)

const (
	kind  = "people"
	token = "swordfish"
	page  = 3
)

// A server is what a well-behaved system would talk to, and the system itself in one: a request is a call of arrive.
type server struct {
	wrong string // a way to misbehave, "" for none

	mu       sync.Mutex
	people   map[string]map[string]any // by reference
	versions map[string]int
	merged   map[string]string
	next     int
	broken   map[porttest.Request]porttest.Fault
	arrives  map[porttest.Request]func()
	arrived  map[porttest.Request]int
}

var (
	_ port.System = (*server)(nil)

	errCut = errors.New("connection cut")
)

func newServer(wrong string) *server {
	return &server{
		wrong: wrong, people: map[string]map[string]any{}, versions: map[string]int{}, merged: map[string]string{},
		broken: map[porttest.Request]porttest.Fault{}, arrives: map[porttest.Request]func(){}, arrived: map[porttest.Request]int{},
	}
}

// arrive is one request: its faults, and in between what it does.
func (s *server) arrive(ctx context.Context, at porttest.Request, effect func() error) error {
	if ctx.Err() != nil && s.wrong != "sends although the context has ended" {
		return &port.Error{Next: port.Again, Reason: "not sent", Err: ctx.Err()}
	}
	s.mu.Lock()
	s.arrived[at]++
	f, arrives := s.broken[at], s.arrives[at]
	s.mu.Unlock()
	if arrives != nil {
		arrives()
	}
	write := at == porttest.CreateRequest || at == porttest.ChangeRequest
	unknown := &port.Error{Next: port.Look, Reason: "the answer was lost", Err: errCut}
	switch f {
	case porttest.Unauthorized:
		e := &port.Error{Next: port.Token, Reason: "the token is refused"}
		if s.wrong == "an error holds the token" {
			e.Reason += ": " + token
		}
		return e
	case porttest.Forbidden:
		if s.wrong == "a 403 is taken for gone" && at == porttest.ReadRequest {
			return &port.Error{Next: port.Gone, Reason: "gone"}
		}
		if write {
			return &port.Error{Next: port.Wait, Reason: "the key is read-only"}
		}
		return &port.Error{Next: port.Stop, Reason: "the right to read is missing"}
	case porttest.LostNext, porttest.LostRows: // List has them
	case porttest.TooMany:
		return &port.Error{Next: port.Again, Reason: "too many requests"}
	case porttest.CutBefore, porttest.ServerError, porttest.Unavailable, porttest.HTML, porttest.EmptyObject:
		return unknown
	case porttest.CutAfter, porttest.ErrorAfter, porttest.HTMLAfter, porttest.Truncated:
		return errors.Join(s.locked(effect), unknown)
	}
	if err := s.locked(effect); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return unknown
	}
	return nil
}

func (s *server) locked(fn func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn()
}

// Check implements port.System.
func (s *server) Check(ctx context.Context) (port.Account, error) {
	err := s.arrive(ctx, porttest.CheckRequest, func() error { return nil })
	if err != nil {
		return port.Account{}, err
	}
	return port.Account{Organisation: "club", CanWrite: true}, nil
}

// Kinds implements port.System.
func (s *server) Kinds() []string { return []string{kind} }

// List implements port.System.
func (s *server) List(ctx context.Context, _ string, fn func([]record.Document) error) (port.Certificate, error) {
	s.mu.Lock()
	refs, fault := slices.Sorted(maps.Keys(s.people)), s.broken[porttest.ListRequest]
	s.mu.Unlock()
	c := port.Certificate{Organisation: "club", First: len(refs), Last: len(refs), Closed: true}
	for chunk := range slices.Chunk(refs, page) {
		var documents []record.Document
		err := s.arrive(ctx, porttest.ListRequest, func() error {
			for i, ref := range chunk {
				if fault != porttest.LostRows || i%2 == 0 {
					documents = append(documents, s.document(ref))
				}
			}
			return nil
		})
		if err != nil && s.wrong == "a listing that breaks is certified" {
			return c, err
		}
		if err != nil {
			return port.Certificate{}, err
		}
		if err := fn(documents); err != nil {
			return port.Certificate{}, err
		}
		if fault == porttest.LostNext {
			if s.wrong == "a lost page is not missed" {
				c.First, c.Last = len(chunk), len(chunk)
			}
			return c, nil
		}
	}
	if len(refs) == 0 {
		return c, s.arrive(ctx, porttest.ListRequest, func() error { return nil })
	}
	return c, nil
}

// document is a person as documents go. The caller holds the lock.
func (s *server) document(ref string) record.Document {
	body, err := json.Marshal(s.people[ref])
	if err != nil {
		panic(err)
	}
	return record.Document{Kind: kind, Ref: ref, Version: strconv.Itoa(s.versions[ref]), Body: body}
}

// Read implements port.System.
func (s *server) Read(ctx context.Context, ref string) (d record.Document, err error) {
	err = s.arrive(ctx, porttest.ReadRequest, func() error {
		if _, ok := s.people[ref]; !ok {
			return &port.Error{Next: port.Gone, Reason: "there is no such person", Into: s.merged[ref]}
		}
		d = s.document(ref)
		return nil
	})
	return d, err
}

// Write implements port.System.
func (s *server) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	at := map[record.WriteOp]porttest.Request{
		record.CreateDocument: porttest.CreateRequest, record.ChangeDocument: porttest.ChangeRequest,
	}[w.Op]
	var body map[string]any
	if w.Op != record.DeleteDocument {
		if err := json.Unmarshal(w.Body, &body); err != nil {
			return nil, err
		}
	}
	var written []record.Document
	effect := func() (err error) {
		written, err = s.take(w, body)
		return err
	}
	err := s.arrive(ctx, at, effect)
	if s.wrong == "a write is repeated" && port.As(err) != nil && port.As(err).Next == port.Look {
		err = s.arrive(ctx, at, effect)
	}
	if err != nil {
		return nil, err
	}
	if s.wrong == "a write gives back what was sent" && len(written) > 0 {
		written[0].Body = w.Body
	}
	return written, nil
}

// take carries out a write. The caller holds the lock.
func (s *server) take(w record.Write, body map[string]any) ([]record.Document, error) {
	switch body["name"] {
	case "":
		return nil, &port.Error{Next: port.Ask, Reason: "the name is missing", Fields: []string{"name"}}
	case "taken":
		return nil, &port.Error{Next: port.Ask, Reason: "not unique", Fields: []string{"name"}, Unique: true}
	case "known":
		return nil, &port.Error{Next: port.Exists, Reason: "known elsewhere", Number: "000077"}
	}
	if w.Op == record.CreateDocument {
		w.Ref = s.place(body)
		return []record.Document{s.document(w.Ref)}, nil
	}
	_, ok := s.people[w.Ref]
	switch {
	case !ok:
		return nil, &port.Error{Next: port.Gone, Reason: "there is no such person"}
	case w.Version != strconv.Itoa(s.versions[w.Ref]) && s.wrong != "a stale change goes through":
		return nil, &port.Error{Next: port.Replan, Reason: "changed meanwhile"}
	case w.Op == record.DeleteDocument:
		delete(s.people, w.Ref)
		return nil, nil
	}
	maps.Copy(s.people[w.Ref], body)
	s.versions[w.Ref]++
	return []record.Document{s.document(w.Ref)}, nil
}

// place makes a person. The caller holds the lock.
func (s *server) place(body map[string]any) string {
	s.next++
	ref := fmt.Sprintf("people/%d", s.next)
	s.people[ref] = map[string]any{"number": strconv.Itoa(s.next)}
	maps.Copy(s.people[ref], body)
	return ref
}

// underTest is a server with the hooks.
func underTest(s *server) *porttest.SystemUnderTest {
	body := func(name string) []byte { return []byte(`{"name":"` + name + `"}`) }
	change := func(name string) func(testing.TB, record.Document) record.Write {
		return func(_ testing.TB, d record.Document) record.Write {
			return record.Write{Op: record.ChangeDocument, Kind: kind, Ref: d.Ref, Version: d.Version, Body: body(name)}
		}
	}
	write := func(fn func()) { s.mu.Lock(); defer s.mu.Unlock(); fn() }
	add := func(testing.TB) (ref string) {
		write(func() { ref = s.place(map[string]any{"name": "Muster"}) })
		return ref
	}
	return &porttest.SystemUnderTest{
		System: s, Organisation: "club", Kind: kind, Page: page, Secrets: []string{token, "Muster"},
		Make: add, Delete: add,
		Edit: func(_ testing.TB, ref string) {
			write(func() { s.people[ref]["town"] = "Bern"; s.versions[ref]++ })
		},
		Remove: func(_ testing.TB, ref string) { write(func() { delete(s.people, ref) }) },
		Merge: func(_ testing.TB, from, into string) {
			write(func() { delete(s.people, from); s.merged[from] = into })
		},
		Count: func(testing.TB) (n int) { write(func() { n = len(s.people) }); return n },
		Create: func(testing.TB) record.Write {
			return record.Write{Op: record.CreateDocument, Kind: kind, Body: body("Muster")}
		},
		Change: change("Keller"), Refuse: change(""), Taken: change("taken"),
		Known: func(testing.TB) (record.Write, string) {
			return record.Write{Op: record.CreateDocument, Kind: kind, Body: body("known")}, "000077"
		},
		Break: func(_ testing.TB, at porttest.Request, f porttest.Fault) { write(func() { s.broken[at] = f }) },
		Mend:  func(testing.TB) { write(func() { clear(s.broken); clear(s.arrives) }) },
		Arrives: func(at porttest.Request, fn func()) {
			write(func() { s.arrives[at] = fn })
		},
		Requests: func(at porttest.Request) (n int) { write(func() { n = s.arrived[at] }); return n },
	}
}

func TestSystem(t *testing.T) {
	t.Parallel()
	porttest.System(t, func(testing.TB) *porttest.SystemUnderTest { return underTest(newServer("")) })
}

func TestSystemNotices(t *testing.T) {
	t.Parallel()
	notices(t, map[string]string{
		"a write is repeated":                  "a_create_of_unknown_outcome_is_sent_once",
		"a write gives back what was sent":     "a_change_gives_back_what_is_there_now",
		"a stale change goes through":          "a_change_of_what_has_changed_is_planned_anew",
		"a 403 is taken for gone":              "no_failure_to_read_is_taken_for_gone",
		"a listing that breaks is certified":   "a_listing_that_breaks_has_no_certificate",
		"a lost page is not missed":            "a_listing_that_loses_something_is_not_whole",
		"an error holds the token":             "a_token_that_is_refused_stops",
		"sends although the context has ended": "an_ended_context_sends_nothing",
	}, func(t *testing.T, wrong string) {
		t.Helper()
		porttest.System(t, func(testing.TB) *porttest.SystemUnderTest { return underTest(newServer(wrong)) })
	})
}
