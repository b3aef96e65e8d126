package ledger_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"passerelle/conflicts"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
)

// TestModel commits batches to a ledger and to maps. After each, a copy of the file as it lies on disk, which is what a
// kill leaves, opens and holds what the maps hold.
func TestModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), "ledger")
		l, err := ledger.Open(t.Context(), path, ledger.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		model := &porttest.Memory{}
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			b := anyBatch(rt)
			before := read(t, path)
			want, got := model.Commit(t.Context(), b), l.Commit(t.Context(), b)
			if (want == nil) != (got == nil) {
				rt.Fatalf("commit: got %v, want %v", got, want)
			}
			if got != nil && !bytes.Equal(before, read(t, path)) {
				rt.Fatal("a batch that was refused has changed the file")
			}
			killed(t, rt, path, model)
		}
		closed(t, l)
		sound(t, path)
	})
}

// killed opens a copy of the file and compares it with the model.
func killed(t *testing.T, rt *rapid.T, path string, model port.Store) {
	t.Helper()
	left := path + ".left"
	if err := os.WriteFile(left, read(t, path), 0o600); err != nil {
		rt.Fatal(err)
	}
	l, err := ledger.Open(t.Context(), left, ledger.Options{})
	if err != nil {
		rt.Fatal(err)
	}
	defer closed(t, l)
	if diff := cmp.Diff(everything(t, model), everything(t, l), porttest.Same()); diff != "" {
		rt.Fatalf("what a kill leaves (-want +got):\n%s", diff)
	}
}

// A view is a store as every way of asking shows it.
type view struct {
	Contents porttest.Contents
	Holders  map[string]uint64
	Numbered map[string][]uint64
	Standing []conflicts.Question
}

func everything(t *testing.T, s port.Store) view {
	t.Helper()
	v := view{Contents: porttest.ReadContents(t, s, words()...), Holders: map[string]uint64{}, Numbered: map[string][]uint64{}}
	var err error
	for _, word := range words() {
		for _, side := range record.Sides() {
			if p, err := s.PersonOf(t.Context(), side, word); err == nil {
				v.Holders[string(side)+" "+word] = p.ID
			}
		}
		if v.Numbered[word], err = s.Numbered(t.Context(), word); err != nil {
			t.Error(err)
		}
	}
	if v.Standing, err = s.Questions(t.Context(), conflicts.Open, conflicts.Answered); err != nil {
		t.Error(err)
	}
	return v
}

// words are all texts of the model: documents, numbers, keys, IDs. Few, so that they meet.
func words() []string { return []string{"a", "b", "ab", "c"} }

func anyBatch(rt *rapid.T) port.Batch {
	word, ids := rapid.SampledFrom(words()), rapid.Uint64Range(1, 4)
	n := rapid.IntRange(0, 3)
	b := port.Batch{
		People: map[uint64]*port.Person{}, Intents: map[string]*port.Intent{}, Refusals: map[string]*port.Refusal{},
		Sights: map[record.Side]map[string]*port.Sight{}, Strangers: map[record.Side]map[string]*port.Stranger{},
		Approve: map[string]time.Time{},
	}
	for range n.Draw(rt, "people") {
		id := ids.Draw(rt, "id")
		b.People[id] = maybe(rt, func() port.Person {
			return port.Person{ID: id, Number: rapid.SampledFrom(append(words(), "")).Draw(rt, "number"), Pairs: anyPairs(rt)}
		})
	}
	for _, side := range record.Sides() {
		b.Sights[side], b.Strangers[side] = map[string]*port.Sight{}, map[string]*port.Stranger{}
		for range n.Draw(rt, "sights") {
			b.Sights[side][word.Draw(rt, "document")] = maybe(rt, func() port.Sight { return anySight(rt) })
		}
		for range n.Draw(rt, "strangers") {
			ref := word.Draw(rt, "stranger")
			b.Strangers[side][ref] = maybe(rt, func() port.Stranger {
				return port.Stranger{Side: side, Ref: ref, Keys: rapid.SliceOfN(word, 0, 3).Draw(rt, "keys"), Stage: record.Ended}
			})
		}
	}
	for range n.Draw(rt, "intents") {
		id := word.Draw(rt, "intent")
		b.Intents[id] = maybe(rt, func() port.Intent { return port.Intent{ID: id, Sent: rapid.Bool().Draw(rt, "sent")} })
	}
	for range n.Draw(rt, "questions") {
		b.Questions = append(b.Questions, conflicts.Question{
			ID: word.Draw(rt, "question"), Opened: anyTime(rt),
			State: rapid.SampledFrom([]conflicts.State{conflicts.Open, conflicts.Answered, conflicts.Closed}).Draw(rt, "state"),
		})
	}
	for range n.Draw(rt, "others") {
		b.Approve[word.Draw(rt, "approved")] = anyTime(rt)
		b.Refusals[word.Draw(rt, "refused")] = maybe(rt, func() port.Refusal { return port.Refusal{At: anyTime(rt)} })
		b.History = append(b.History, port.Entry{Ref: word.Draw(rt, "entry")})
	}
	b.Held = maybe(rt, func() port.Plan {
		return port.Plan{ID: word.Draw(rt, "plan"), Changes: make([]port.PlannedItem, n.Draw(rt, "changes"))}
	})
	b.Runs = maybe(rt, func() port.Runs { return port.Runs{Count: ids.Draw(rt, "count")} })
	return b
}

// maybe is what one makes, or nil.
func maybe[T any](rt *rapid.T, one func() T) *T {
	if rapid.IntRange(0, 3).Draw(rt, "none") == 0 {
		return nil
	}
	value := one()
	return &value
}

func anyPairs(rt *rapid.T) []port.Pair {
	document := rapid.SampledFrom(append(words(), "", "", "", ""))
	pairs := make([]port.Pair, rapid.IntRange(0, 2).Draw(rt, "pairs"))
	for i := range pairs {
		for _, side := range record.Sides() {
			pairs[i].SetRef(side, record.Ref{Document: document.Draw(rt, "ref")})
		}
	}
	return pairs
}

func anySight(rt *rapid.T) port.Sight {
	return port.Sight{
		Ordinal: rapid.Uint32().Draw(rt, "ordinal"), Missing: anyTime(rt),
		Digest: rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(rt, "digest"),
		Counts: rapid.MapOfN(rapid.Map(rapid.SampledFrom(words()), func(w string) record.Kind { return record.Kind(w) }),
			rapid.IntRange(0, 300), 0, 3).Draw(rt, "counts"),
	}
}

func anyTime(rt *rapid.T) time.Time {
	return rapid.SampledFrom([]time.Time{
		{}, time.Date(2026, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(1969, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7200)),
	}).Draw(rt, "time")
}
