package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/secrets"
	"passerelle/internal/simulation"
)

// TestCompletion completes links without a daemon, and IDs, without values, with one.
func TestCompletion(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	complete := func(args ...string) []string {
		t.Helper()
		words := append([]string{"__complete"}, args[:1]...)
		words = append(append(words, "--config", filepath.Join(w.folder, "passerelle.yaml")), args[1:]...)
		out := w.beginAs(t, func(p *process) { p.args = words }).end(exitDone)
		return strings.Split(strings.TrimSpace(out), "\n")
	}
	want := func(got []string, candidates ...string) {
		t.Helper()
		if strings.Join(got, "|") != strings.Join(append(candidates, ":4"), "|") {
			t.Errorf("it offers %q, want %q and no files", got, candidates)
		}
	}
	want(complete("sync", ""), simulation.LinkID)
	want(complete("sync", simulation.LinkID, ""))
	want(complete("connect", simulation.LinkID, ""), "club", "federation")
	want(complete("approve", simulation.LinkID, ""))
	if _, err := os.Stat(filepath.Join(w.folder, "state")); !os.IsNotExist(err) {
		t.Errorf("completion has made the state folder: %v", err)
	}

	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done") // and holds its plan
	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	want(complete("approve", simulation.LinkID, ""), status.Held.Plan)
	d.interrupt()
	d.end(exitDone)
}

// TestTheKeyOfTheServiceManager sees connect seal with a credential, and a command without it say which key is missing.
func TestTheKeyOfTheServiceManager(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, secrets.CredentialName), []byte("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	call := func(stdin string, with bool, args ...string) *call {
		t.Helper()
		return w.beginAs(t, func(p *process) {
			p.args, p.stdin = w.args(args...), strings.NewReader(stdin)
			p.getenv = func(name string) string {
				if with && name == "CREDENTIALS_DIRECTORY" {
					return folder
				}
				return ""
			}
		})
	}
	call(simulation.AccessKey, true, "connect", simulation.LinkID, "club").end(exitDone)
	c := call(simulation.Token, false, "connect", simulation.LinkID, "federation")
	c.end(exitSecret)
	if said := c.stderr.String(); !strings.Contains(said, "sealed with a key that is not here") {
		t.Errorf("connect without the key says %s", said)
	}
	if _, err := os.Stat(filepath.Join(w.folder, "state", "key")); !os.IsNotExist(err) {
		t.Errorf("a second key was made: %v", err)
	}
	call(simulation.Token, true, "connect", simulation.LinkID, "federation").end(exitDone)
	call("", true, "sync").end(exitHeld)
	call("", false, "sync").end(exitSecret)
}
