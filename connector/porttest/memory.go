package porttest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Memory is a store that keeps everything in maps and searches them from end to end: slow with many people, and plain
// enough to be believed. It is safe for concurrent use. The zero value is an empty store.
type Memory struct {
	mu    sync.RWMutex
	state state
}

var _ port.Store = (*Memory)(nil)

// state is what a Memory holds. A commit makes a new one; what a state holds never changes.
type state struct {
	people    map[uint64]port.Person
	sights    map[sighted]port.Sight
	last      map[record.Side]uint32 // the highest ordinal given
	strangers map[sighted]port.Stranger
	journal   []port.Intent
	questions map[string]conflicts.Question
	held      port.Plan
	approved  map[string]time.Time
	refusals  map[string]port.Refusal
	runs      port.Runs
	history   []port.Entry
}

// sighted is a document of a side.
type sighted struct {
	side     record.Side
	document string
}

// copied returns a value that shares nothing with v, by way of JSON.
func copied[T any](v T) T {
	text, err := json.Marshal(v)
	if err != nil {
		panic("porttest: a value that cannot be written as JSON: " + err.Error())
	}
	var out T
	if err := json.Unmarshal(text, &out); err != nil {
		panic("porttest: a value that cannot be read back: " + err.Error())
	}
	return out
}

// now returns the state as it is last committed.
func (m *Memory) now(ctx context.Context) (state, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state, ctx.Err()
}

// Person implements port.People.
func (m *Memory) Person(ctx context.Context, id uint64) (port.Person, error) {
	return m.first(ctx, func(p port.Person) bool { return p.ID == id })
}

// PersonOf implements port.People.
func (m *Memory) PersonOf(ctx context.Context, s record.Side, document string) (port.Person, error) {
	return m.first(ctx, func(p port.Person) bool { return slices.Contains(p.Documents(s), document) })
}

func (m *Memory) first(ctx context.Context, is func(port.Person) bool) (port.Person, error) {
	now, err := m.now(ctx)
	if err != nil {
		return port.Person{}, err
	}
	for _, p := range now.people {
		if is(p) {
			return copied(p), nil
		}
	}
	return port.Person{}, port.ErrNone
}

// Numbered implements port.People.
func (m *Memory) Numbered(ctx context.Context, number string) ([]uint64, error) {
	var ids []uint64
	err := m.EachPerson(ctx, func(p port.Person) error {
		if p.Number == number && number != "" {
			ids = append(ids, p.ID)
		}
		return nil
	})
	return ids, err
}

// EachPerson implements port.People.
func (m *Memory) EachPerson(ctx context.Context, fn func(port.Person) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(now.people)) {
		if err := fn(copied(now.people[id])); err != nil {
			return err
		}
	}
	return nil
}

// Candidates implements port.People.
func (m *Memory) Candidates(ctx context.Context, s record.Side, keys []string) ([]port.Stranger, error) {
	now, err := m.now(ctx)
	if err != nil {
		return nil, err
	}
	var found []port.Stranger
	for at, is := range now.strangers {
		if at.side == s && slices.ContainsFunc(is.Keys, func(key string) bool { return slices.Contains(keys, key) }) {
			found = append(found, copied(is))
		}
	}
	slices.SortFunc(found, func(a, b port.Stranger) int { return cmp.Compare(a.Ref, b.Ref) })
	return found, nil
}

// Sights implements port.Sights.
func (m *Memory) Sights(ctx context.Context, s record.Side, documents []string) (map[string]port.Sight, error) {
	found := map[string]port.Sight{}
	err := m.EachSight(ctx, s, func(document string, sight port.Sight) error {
		if slices.Contains(documents, document) {
			found[document] = sight
		}
		return nil
	})
	return found, err
}

// EachSight implements port.Sights.
func (m *Memory) EachSight(ctx context.Context, s record.Side, fn func(document string, sight port.Sight) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	for _, at := range slices.SortedFunc(maps.Keys(now.sights), func(a, b sighted) int { return cmp.Compare(a.document, b.document) }) {
		if at.side != s {
			continue
		}
		if err := fn(at.document, copied(now.sights[at])); err != nil {
			return err
		}
	}
	return nil
}

// SightCount implements port.Sights.
func (m *Memory) SightCount(ctx context.Context, s record.Side) (uint32, error) {
	now, err := m.now(ctx)
	return now.last[s] + 1, err
}

// Pending implements port.Journal.
func (m *Memory) Pending(ctx context.Context) ([]port.Intent, error) {
	now, err := m.now(ctx)
	return copied(now.journal), err
}

// Question implements port.Queue.
func (m *Memory) Question(ctx context.Context, id string) (conflicts.Question, error) {
	now, err := m.now(ctx)
	if err != nil {
		return conflicts.Question{}, err
	}
	q, ok := now.questions[id]
	if !ok {
		return conflicts.Question{}, port.ErrNone
	}
	return copied(q), nil
}

// Questions implements port.Queue.
func (m *Memory) Questions(ctx context.Context, states ...conflicts.State) ([]conflicts.Question, error) {
	now, err := m.now(ctx)
	if err != nil {
		return nil, err
	}
	var list []conflicts.Question
	for _, q := range now.questions {
		if len(states) == 0 || slices.Contains(states, q.State) {
			list = append(list, copied(q))
		}
	}
	slices.SortFunc(list, func(a, b conflicts.Question) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Held implements port.Plans.
func (m *Memory) Held(ctx context.Context) (port.Plan, error) {
	now, err := m.now(ctx)
	return copied(now.held), err
}

// Approved implements port.Plans.
func (m *Memory) Approved(ctx context.Context) (map[string]time.Time, error) {
	now, err := m.now(ctx)
	return copied(now.approved), err
}

// Refusals implements port.Plans.
func (m *Memory) Refusals(ctx context.Context) (map[string]port.Refusal, error) {
	now, err := m.now(ctx)
	return copied(now.refusals), err
}

// Runs implements port.Plans.
func (m *Memory) Runs(ctx context.Context) (port.Runs, error) {
	now, err := m.now(ctx)
	return copied(now.runs), err
}

// History implements port.Plans.
func (m *Memory) History(ctx context.Context, fn func(port.Entry) error) error {
	now, err := m.now(ctx)
	if err != nil {
		return err
	}
	for _, e := range slices.Backward(now.history) {
		if err := fn(copied(e)); err != nil {
			return err
		}
	}
	return nil
}

// Commit implements port.Committer.
func (m *Memory) Commit(ctx context.Context, b port.Batch) error {
	if b.Empty() {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := misplaced(b); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next, err := m.state.with(b)
	if err != nil {
		return err
	}
	m.state = next
	return nil
}

// misplaced finds an entry of a batch that stands under another's key.
func misplaced(b port.Batch) error {
	for id, p := range b.People {
		if p != nil && (p.ID != id || id == 0 || strings.Contains(p.Number, "\x00")) {
			return fmt.Errorf("person %d: not fit to be kept", id)
		}
	}
	for id, in := range b.Intents {
		if in != nil && (in.ID != id || id == "") {
			return fmt.Errorf("intent %q: not fit to be kept", id)
		}
	}
	for s, strangers := range b.Strangers {
		for document, is := range strangers {
			if is != nil && (is.Side != s || is.Ref != document || slices.ContainsFunc(is.Keys, unfit)) {
				return fmt.Errorf("stranger %s: not fit to be kept", document)
			}
		}
	}
	return nil
}

func unfit(key string) bool { return key == "" || strings.Contains(key, "\x00") }

// with returns the state that a batch makes of this one.
func (s *state) with(b port.Batch) (state, error) {
	next := *s
	next.people = merged(next.people, b.People)
	holders := map[sighted]uint64{}
	for id, p := range next.people {
		for _, side := range record.Sides() {
			for _, document := range p.Documents(side) {
				at := sighted{side, document}
				if holder, ok := holders[at]; ok {
					return state{}, fmt.Errorf("%w: %s: persons %d and %d", port.ErrClaimed, document, holder, id)
				}
				holders[at] = id
			}
		}
	}
	next.sights, next.last = maps.Clone(next.sights), maps.Clone(next.last)
	for side, seen := range b.Sights {
		next.see(side, seen)
	}
	for side, strangers := range b.Strangers {
		placed := map[sighted]*port.Stranger{}
		for document, is := range strangers {
			placed[sighted{side, document}] = is
		}
		next.strangers = merged(next.strangers, placed)
	}
	next.journal = slices.Clone(next.journal)
	for _, id := range slices.Sorted(maps.Keys(b.Intents)) {
		next.intend(id, b.Intents[id])
	}
	for _, q := range b.Questions {
		next.questions = merged(next.questions, map[string]*conflicts.Question{q.ID: &q})
	}
	next.approved = maps.Clone(next.approved)
	for id, until := range b.Approve {
		next.approved = merged(next.approved, map[string]*time.Time{id: zeroIsNil(until)})
	}
	next.refusals = merged(next.refusals, b.Refusals)
	if b.Held != nil {
		next.held = copied(*b.Held)
	}
	if len(next.held.Changes) == 0 {
		next.held = port.Plan{}
	}
	if b.Runs != nil {
		next.runs = copied(*b.Runs)
	}
	next.history = append(slices.Clip(next.history), copied(b.History)...)
	return next, nil
}

// see puts sights; what is new gets the next ordinals, in the order of the documents.
func (s *state) see(side record.Side, seen map[string]*port.Sight) {
	for _, document := range slices.Sorted(maps.Keys(seen)) {
		at := sighted{side, document}
		if seen[document] == nil {
			delete(s.sights, at)
			continue
		}
		sight := copied(*seen[document])
		if was, ok := s.sights[at]; ok {
			sight.Ordinal = was.Ordinal
		} else {
			if s.last == nil {
				s.last = map[record.Side]uint32{}
			}
			s.last[side]++
			sight.Ordinal = s.last[side]
		}
		if s.sights == nil {
			s.sights = map[sighted]port.Sight{}
		}
		s.sights[at] = sight
	}
}

// intend puts an intent, where it was or at the end, or takes it out.
func (s *state) intend(id string, in *port.Intent) {
	at := slices.IndexFunc(s.journal, func(was port.Intent) bool { return was.ID == id })
	switch {
	case in == nil && at >= 0:
		s.journal = slices.Delete(s.journal, at, at+1)
	case in == nil:
	case at >= 0:
		s.journal[at] = copied(*in)
	default:
		s.journal = append(s.journal, copied(*in))
	}
}

// merged returns the entries with the changes made to them; nil takes one out.
func merged[K comparable, V any](entries map[K]V, changes map[K]*V) map[K]V {
	out := maps.Clone(entries)
	if out == nil {
		out = map[K]V{}
	}
	for key, value := range changes {
		if value == nil {
			delete(out, key)
		} else {
			out[key] = copied(*value)
		}
	}
	return out
}

func zeroIsNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
