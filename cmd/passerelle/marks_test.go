package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// mark is in what every person is called, where they live, and how they are reached.
const mark = "qzxmark"

// TestNoPersonShowsOutside plants a mark in every person and looks for it, and for every date of birth and phone number, in
// all that the program says on debug level while it does everything and everything goes wrong.
func TestNoPersonShowsOutside(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60, Mark: mark}, "    poll: 1h\nlog: {level: debug}\n", nil)
	said := map[string]string{}
	do := func(code int, args ...string) {
		t.Helper()
		c := w.begin(t, "", args...)
		out := c.end(code)
		said[strings.Join(args, " ")] += out + c.stderr.String()
	}
	w.connect(t)
	do(exitDone, "check")
	do(exitHeld, "sync", "--dry-run")
	do(exitHeld, "sync")
	do(exitHeld, "plan")
	do(exitHeld, "plan", "--json")
	planned := w.passerelle(t, exitHeld, "plan", "--values")
	w.approveHeld(t)
	breakAll(t, w, "contacts.create html-after times=1", "members.create truncated times=1", "members.change error-after times=1")
	do(exitFailed, "sync", "--json")
	do(exitDone, "sync")
	if _, err := w.Edits(); err != nil {
		t.Fatal(err)
	}
	do(exitDone, "sync")
	for _, fault := range []string{
		"contacts.list truncated times=1", "contacts.list html times=1", "members.list empty times=1", "affiliations.list forbidden times=1",
		"members.list lost-next times=1", "contacts.list lost-rows percent=50 times=2",
	} {
		breakAll(t, w, fault)
		if code := w.try(t, said, "sync"); code != exitDone && code != exitFailed && code != exitHeld {
			t.Errorf("%s: exit code %d", fault, code)
		}
		w.ClubSystem.Faults().Clear()
		w.FederationSystem.Faults().Clear()
	}
	if _, err := w.Plant(); err != nil {
		t.Fatal(err)
	}
	do(exitFailed, "verify")
	do(exitFailed, "verify", "--json")
	do(exitDone, "conflicts", "list", "--all")
	var queue conflictsAnswer
	w.json(t, &queue, exitDone, "conflicts", "list", "--json", "--all")
	for _, c := range queue.Conflicts {
		do(exitDone, "conflicts", "show", simulation.LinkID, c.ID)
	}
	for _, c := range queue.Conflicts {
		if slices.Contains(c.Answers, conflicts.TakeValue) {
			do(exitUsage, "conflicts", "decide", simulation.LinkID, c.ID, "later") // which is not offered
		}
	}
	do(exitDone, "history", "--limit", "0")
	do(exitDone, "history", "--json", "--limit", "0")
	for _, p := range w.People.People[:w.People.Members] {
		for _, s := range w.Person(p.N).Club {
			for _, form := range []string{"--json=true", "--json=false"} {
				if code := w.try(t, said, "explain", simulation.LinkID, s.Ref, form); code != exitDone && code != exitUsage { // who is not linked
					t.Errorf("explain: exit code %d", code)
				}
			}
		}
	}
	do(exitHeld, "undo", simulation.LinkID, lastWritten(t, w))
	do(exitHeld, "undo", simulation.LinkID, lastWritten(t, w), "--json")
	do(exitHeld, "plan", "--json", simulation.LinkID)
	do(exitDone, "undo", simulation.LinkID, lastWritten(t, w), "--withdraw")
	do(exitUsage, "undo", simulation.LinkID, mark)
	do(exitUsage, "explain", simulation.LinkID, mark)
	daemon := w.begin(t, "", "run")
	daemon.stderr.wait("run done")
	do(exitDone, "status")
	do(exitDone, "status", "--json")
	_, said["/metrics"] = daemon.get("/metrics")
	daemon.interrupt()
	said["run"] = daemon.end(exitDone) + daemon.stderr.String()

	for command, text := range said {
		for _, trace := range traces(w) {
			if strings.Contains(strings.ToLower(text), trace) {
				t.Errorf("%s shows %q:\n%s", command, trace, around(text, trace))
			}
		}
	}
	if !strings.Contains(said["sync"], "DBG") {
		t.Error("the runs have logged nothing on debug level")
	}
	// The search finds what is there: where values are asked for, and in the ledger.
	if shown := w.passerelle(t, exitDone, "conflicts", "list", "--values"); !strings.Contains(shown, mark) {
		t.Error("the values of the questions show no mark")
	}
	if !strings.Contains(planned, mark) {
		t.Error("the values of the plan show no mark")
	}
	if shown := w.passerelle(t, exitDone, "history", "--values", "--limit", "0"); !strings.Contains(strings.ToLower(shown), mark) {
		t.Error("the values of the history show no mark")
	}
	if ledger, err := os.ReadFile(filepath.Join(w.folder, "state", simulation.LinkID+".db")); err != nil || !strings.Contains(string(ledger), mark) {
		t.Errorf("the ledger holds no mark: %v", err)
	}
}

// lastWritten returns the number of the last run that wrote something.
func lastWritten(tb testing.TB, w *world) string {
	tb.Helper()
	var past historyAnswer
	w.json(tb, &past, exitDone, "history", "--json")
	for _, m := range past.History {
		if m.Run != 0 && m.Kind == record.Update {
			return strconv.FormatUint(m.Run, 10)
		}
	}
	tb.Fatal("no run has written anything")
	return ""
}

// try calls the program, whatever its end, and keeps what it said.
func (w *world) try(tb testing.TB, said map[string]string, args ...string) int {
	tb.Helper()
	c := w.begin(tb, "", args...)
	code := <-c.code
	said[strings.Join(args, " ")] += c.stdout.String() + c.stderr.String()
	return code
}

func breakAll(tb testing.TB, w *world, rules ...string) {
	tb.Helper()
	for _, text := range rules {
		rule, err := faults.Parse(text)
		if err != nil {
			tb.Fatal(err)
		}
		if err := w.AddFaults(rule); err != nil {
			tb.Fatal(err)
		}
	}
}

// traces are what must not be found, in lower case: the mark, and what cannot hold one.
func traces(w *world) []string {
	all := []string{mark}
	for _, p := range w.People.People {
		for _, value := range []string{string(p.BirthDate), p.PhoneMobile, p.PhonePrivate} {
			if value != "" {
				all = append(all, value)
			}
		}
	}
	return append(all, "intern 23")
}

// around returns the line in which a trace was found.
func around(text, trace string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(strings.ToLower(line), trace) {
			return line
		}
	}
	return ""
}
