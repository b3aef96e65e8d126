package connector

import (
	"context"
	"errors"
	"testing"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

type failing struct {
	port.Store
	left   int
	people map[uint64]bool
	sights int
}

func (f *failing) Commit(_ context.Context, b port.Batch) error {
	if f.left--; f.left < 0 && f.left > -2 {
		return errors.New("cancelled")
	}
	for id := range b.People {
		f.people[id] = true
	}
	f.sights += len(b.Sights[record.Club])
	return nil
}

// TestAFailedChunkLosesNobody: a chunk that could not be committed (a cancelled context) is committed by finish, or nothing that depends on it is.
func TestAFailedChunkLosesNobody(t *testing.T) {
	store := &failing{left: 1, people: map[uint64]bool{}}
	b := newBatch(store, false)
	for id := uint64(1); id <= 2500; id++ {
		b.People[id] = &port.Person{ID: id}
		b.sight(record.Club, "contact/"+string(rune(id)), &port.Sight{Digest: []byte{1}})
	}
	runs := port.Runs{}
	if err := b.flush(t.Context(), &runs); err == nil {
		t.Fatal("no error")
	}
	if err := b.flush(t.Context(), &runs); err != nil {
		t.Fatal(err)
	}
	if len(store.people) != 2500 {
		t.Errorf("%d of 2500 people are in the ledger, and %d documents are at rest", len(store.people), store.sights)
	}
}
