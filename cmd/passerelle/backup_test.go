package main

import (
	"os"
	"path/filepath"
	"testing"

	"passerelle/connector/ledger"
	"passerelle/internal/simulation"
)

// TestTheDaemonCopiesItsLedger while it runs, checked and whole.
func TestTheDaemonCopiesItsLedger(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done")
	w.approveHeld(t)
	w.passerelle(t, exitDone, "sync")
	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	var copied backupAnswer
	w.json(t, &copied, exitDone, "backup", "--to", filepath.Join(w.folder, "copies"), "--json")
	d.interrupt()
	d.end(exitDone)
	facts, err := ledger.Inspect(copied.File)
	if err != nil || facts.Link != simulation.LinkID || facts.Persons != status.Pairs || facts.Persons == 0 || facts.Runs != status.LastRun.Run {
		t.Errorf("the copy holds %+v (%v), want %d persons after run %d", facts, err, status.Pairs, status.LastRun.Run)
	}
	if info, err := os.Stat(copied.File); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v; want mode 0600", info, err)
	}
}
