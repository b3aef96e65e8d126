package main

import (
	"strings"
	"testing"

	"passerelle/internal/simulation"
)

// TestADocumentThatIsNotThere is found by fsck, and named: the ledger has it, and the federation has lost it.
func TestADocumentThatIsNotThere(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60, InStep: true}, "", nil)
	w.connect(t)
	w.passerelle(t, exitDone, "sync")
	w.passerelle(t, exitDone, "fsck")
	lost := w.Person(30).Federation[0].Ref
	if err := w.FederationSystem.RemoveMember(strings.TrimPrefix(lost, "members/")); err != nil {
		t.Fatal(err)
	}
	var found fsckAnswer
	w.json(t, &found, exitFailed, "fsck", "--json")
	places := map[string]bool{}
	for _, f := range found.Findings {
		places[f.Place] = true
	}
	if !places["federation "+lost] {
		t.Errorf("found %+v, want %s", found.Findings, lost)
	}
}
