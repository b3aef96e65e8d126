package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// chunk is how many persons one transaction adopts at the most.
const chunk = 1000

// A batch gathers what a run has to remember until it is committed.
type batch struct {
	port.Batch
	store   port.Store
	dry     bool
	runs    bool // the link's own counters have changed
	counted bool
	since   time.Time // when the oldest result was gathered
	results int
}

func newBatch(store port.Store, dry bool) *batch {
	b := &batch{store: store, dry: dry}
	b.reset()
	return b
}

func (b *batch) reset() {
	b.Batch = port.Batch{
		People:    map[uint64]*port.Person{},
		Sights:    map[record.Side]map[string]*port.Sight{record.Club: {}, record.Federation: {}},
		Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {}, record.Federation: {}},
		Intents:   map[string]*port.Intent{},
		Approve:   map[string]time.Time{},
		Refusals:  map[string]*port.Refusal{},
	}
	b.runs, b.results = false, 0
}

// sight remembers a document.
func (b *batch) sight(side record.Side, ref string, s *port.Sight) { b.Sights[side][ref] = s }

// forget removes what is remembered of a document that belongs to no one.
func (b *batch) forget(side record.Side, ref string) {
	b.Sights[side][ref] = nil
	b.Strangers[side][ref] = nil
}

func (b *batch) empty() bool {
	sights, strangers := 0, 0
	for _, side := range record.Sides() {
		sights += len(b.Sights[side])
		strangers += len(b.Strangers[side])
	}
	return !b.runs && b.Held == nil && len(b.Questions) == 0 && len(b.History) == 0 &&
		len(b.People)+len(b.Intents)+len(b.Approve)+len(b.Refusals)+sights+strangers == 0
}

// flush commits everything gathered, the adoptions in chunks of sorted persons first.
func (b *batch) flush(ctx context.Context, runs *port.Runs) error {
	if len(b.Intents) == 0 && len(b.People) > chunk {
		for part := range slices.Chunk(slices.Sorted(maps.Keys(b.People)), chunk) {
			people := map[uint64]*port.Person{}
			for _, id := range part {
				people[id] = b.People[id]
			}
			counters := *runs
			if err := b.store.Commit(ctx, port.Batch{People: people, Runs: &counters}); err != nil {
				return fmt.Errorf("ledger: %w", err)
			}
			for _, id := range part { // only what is committed may be missing from what is tried again
				delete(b.People, id)
			}
		}
	}
	if b.runs {
		counters := *runs
		b.Runs = &counters
	}
	if err := b.store.Commit(ctx, b.Batch); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	b.reset()
	return nil
}

// question remembers a question, in place of what the batch had of it.
func (b *batch) question(q conflicts.Question) {
	for i := range b.Questions {
		if b.Questions[i].ID == q.ID {
			b.Questions[i] = q
			return
		}
	}
	b.Questions = append(b.Questions, q)
}
