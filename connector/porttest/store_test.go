package porttest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	porttest.Store(t, func(testing.TB) port.Store { return &porttest.Memory{} })
}

func TestTap(t *testing.T) {
	t.Parallel()
	t.Run("one that lets everything pass is a store", func(t *testing.T) {
		t.Parallel()
		porttest.Store(t, func(testing.TB) port.Store { return porttest.Tap{Store: &porttest.Memory{}} })
	})
	fault := errors.New("fault")
	tests := []struct {
		name          string
		before, after error
		want          uint64 // runs, as the store has them then
	}{
		{name: "a fault before a commit leaves it undone", before: fault, want: 0},
		{name: "a fault after a commit leaves it done", after: fault, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls []string
			store := &porttest.Memory{}
			tap := porttest.Tap{
				Store:  store,
				Before: func(call string) error { calls = append(calls, "before "+call); return tt.before },
				After:  func(call string) error { calls = append(calls, "after "+call); return tt.after },
			}
			if err := tap.Commit(t.Context(), port.Batch{Runs: &port.Runs{Count: 1}}); !errors.Is(err, fault) {
				t.Errorf("commit: got %v, want the fault", err)
			}
			if got, err := store.Runs(t.Context()); err != nil || got.Count != tt.want {
				t.Errorf("runs: got %d, %v, want %d", got.Count, err, tt.want)
			}
			want := []string{"before Commit", "after Commit"}
			if tt.before != nil {
				want = want[:1]
			}
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTapAsksAboutEveryCall(t *testing.T) {
	t.Parallel()
	var calls []string
	tap := porttest.Tap{Store: &porttest.Memory{}, Before: func(call string) error { calls = append(calls, call); return nil }}
	porttest.ReadContents(t, tap, "key")
	for _, err := range []error{
		second(tap.Person(t.Context(), 1)), second(tap.PersonOf(t.Context(), record.Club, "x")), second(tap.Question(t.Context(), "x")),
	} {
		if !errors.Is(err, port.ErrNone) {
			t.Errorf("got %v, want ErrNone", err)
		}
	}
	for _, err := range []error{
		second(tap.Sights(t.Context(), record.Club, nil)), second(tap.Numbered(t.Context(), "x")), tap.Commit(t.Context(), port.Batch{}),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		"Approved", "Candidates", "Commit", "EachPerson", "EachSight", "Held", "History", "Numbered", "Pending", "Person",
		"PersonOf", "Question", "Questions", "Refusals", "Runs", "SightCount", "Sights",
	}
	slices.Sort(calls)
	if diff := cmp.Diff(want, slices.Compact(calls)); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}
}

func second[T any](_ T, err error) error { return err }

func TestStoreNotices(t *testing.T) {
	t.Parallel()
	notices(t, map[string]string{
		"commits half of a refused batch": "a_document_that_another_person_has_is_refused",
		"hands out ordinals again":        "the_store_gives_the_ordinals",
		"forgets to let a document go":    "a_document_leads_to_the_person_who_has_it",
		"keeps what was handed in":        "what_went_in_and_what_came_out_is_the_caller's",
		"looks at no context":             "an_ended_context_changes_nothing",
		"shows a batch in parts":          "a_batch_is_seen_whole_or_not_at_all",
	}, func(t *testing.T, wrong string) {
		t.Helper()
		porttest.Store(t, func(testing.TB) port.Store {
			return &faulty{wrong: wrong, kept: map[uint64]*port.Person{}, walked: make(chan struct{}, 1)}
		})
	})
}

// faulty is a store that is wrong in one way.
type faulty struct {
	porttest.Memory

	wrong  string
	kept   map[uint64]*port.Person
	parted atomic.Bool   // a part of a batch can be seen
	walked chan struct{} // and somebody has seen it
}

// Commit implements port.Committer, wrongly.
func (f *faulty) Commit(ctx context.Context, b port.Batch) error {
	switch f.wrong {
	case "commits half of a refused batch":
		err := f.Memory.Commit(ctx, b)
		if err != nil && b.Runs != nil {
			return errors.Join(err, f.Memory.Commit(ctx, port.Batch{Runs: b.Runs}))
		}
		return err
	case "looks at no context":
		return f.Memory.Commit(context.WithoutCancel(ctx), b)
	case "keeps what was handed in":
		maps.Copy(f.kept, b.People)
	case "shows a batch in parts":
		for id, p := range b.People {
			if err := f.Memory.Commit(ctx, port.Batch{People: map[uint64]*port.Person{id: p}}); err != nil {
				return err
			}
			if len(b.People) > 3 && !f.parted.Swap(true) { // somebody is reading all the time
				<-f.walked
			}
		}
	}
	return f.Memory.Commit(ctx, b)
}

// SightCount implements port.Sights.
func (f *faulty) SightCount(ctx context.Context, s record.Side) (uint32, error) {
	n, err := f.Memory.SightCount(ctx, s)
	if f.wrong == "hands out ordinals again" && n > 1 {
		n--
	}
	return n, err
}

// PersonOf implements port.People.
func (f *faulty) PersonOf(ctx context.Context, s record.Side, document string) (port.Person, error) {
	if f.wrong == "forgets to let a document go" && document == "functions/1" {
		return port.Person{ID: 1}, nil
	}
	return f.Memory.PersonOf(ctx, s, document)
}

// EachPerson implements port.People.
func (f *faulty) EachPerson(ctx context.Context, fn func(port.Person) error) error {
	parted := f.parted.Load()
	err := f.Memory.EachPerson(ctx, func(p port.Person) error {
		if kept := f.kept[p.ID]; f.wrong == "keeps what was handed in" && kept != nil {
			p = *kept
		}
		return fn(p)
	})
	if parted {
		select {
		case f.walked <- struct{}{}:
		default:
		}
	}
	return err
}
