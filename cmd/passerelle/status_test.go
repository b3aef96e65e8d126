package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/internal/simulation"
)

// TestWhatWasLeftComesFirst: of a link that is well, the next step is what a run has left, and not that no daemon is running.
func TestWhatWasLeftComesFirst(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 12}, "    poll: 1h\n", nil)
	path := ledgerPath(filepath.Join(w.folder, "state"), simulation.LinkID)
	leave := func(runs port.Runs) {
		t.Helper()
		book, err := ledger.Open(t.Context(), path, ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		batch := port.Batch{Runs: &runs, Approve: map[string]time.Time{"a change": time.Now().Add(time.Hour)}}
		if err := book.Commit(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if err := book.Close(); err != nil {
			t.Fatal(err)
		}
	}
	w.connect(t)
	for left, want := range map[int]string{
		0: "make the first link: passerelle sync",
		1: "go on with what was approved: passerelle sync",
	} {
		leave(port.Runs{Link: simulation.LinkID, Count: 1, Left: left})
		var s statusAnswer
		w.json(t, &s, exitDone, "status", "--json")
		if s.Left != left || !strings.HasPrefix(s.Next, want) {
			t.Errorf("with %d changes left, next is %q (%s, %d left); want %q", left, s.Next, s.State, s.Left, want)
		}
	}
	leave(port.Runs{Link: simulation.LinkID, Count: 1, Left: 1, Linked: time.Now()})
	var s statusAnswer
	w.json(t, &s, exitDone, "status", "--json")
	if s.State != connector.Well || !strings.HasPrefix(s.Next, "go on with what was approved") {
		t.Errorf("a link that is well: %s, next is %q", s.State, s.Next)
	}
}
