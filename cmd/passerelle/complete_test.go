package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"passerelle/connector"
	"passerelle/internal/secrets"
	"passerelle/internal/simulation"
)

// TestCompletion completes links without a daemon, and IDs, without values, with one.
func TestCompletion(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	complete := func(args ...string) []string {
		t.Helper()
		last := len(args) - 1 // what is to be completed
		words := slices.Concat([]string{"__complete"}, args[:last], []string{"--config", filepath.Join(w.folder, "passerelle.yaml")}, args[last:])
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
	want(complete("undo", simulation.LinkID, ""))
	if got := strings.Join(complete("restore", simulation.LinkID, ""), "|"); got != "db|:8" {
		t.Errorf("restore offers %q, want files that end in db", got)
	}
	if _, err := os.Stat(filepath.Join(w.folder, "state")); !os.IsNotExist(err) {
		t.Errorf("completion has made the state folder: %v", err)
	}

	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done") // and holds its plan
	var status statusAnswer
	w.json(t, &status, exitDone, "status", "--json")
	want(complete("approve", simulation.LinkID, ""), status.Held.Plan)

	w.approveHeld(t)
	var report connector.Report
	w.json(t, &report, exitDone, "sync", "--json")
	number := itoa(int(report.Run))
	if got := complete("undo", simulation.LinkID, ""); !strings.HasPrefix(got[0], number+"\trun of ") || len(got) != 2 {
		t.Errorf("undo offers %q, want run %s alone: what wrote it, once", got, number)
	}
	asked := w.questions(t)[0]
	decide := func(id string) []string { return complete("conflicts", "decide", simulation.LinkID, id, "") }
	var answers []string
	for _, verb := range asked.Answers {
		answers = append(answers, strings.Replace(string(verb), "value", "value=", 1))
	}
	want(decide(asked.ID), answers...)
	want(decide("00000000"))
	w.passerelle(t, exitDone, "conflicts", "decide", simulation.LinkID, asked.ID, string(asked.Answers[0]))
	if got := complete("undo", simulation.LinkID, ""); !strings.HasPrefix(got[0], asked.ID+"\tanswered ") || len(got) != 3 {
		t.Errorf("undo offers %q, want the answer to %s first", got, asked.ID)
	}
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
