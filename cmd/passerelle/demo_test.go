package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/quality"
	"passerelle/connector/verify"
	"passerelle/internal/record"
)

// TestDemo holds what the demo prints to what it must show.
func TestDemo(t *testing.T) {
	t.Parallel()
	w := &world{} // the demo has its own
	c := w.beginPlain(t, "demo", "--once", "--json", "--members", "300", "--seed", "7")
	var got struct {
		Runs    []connector.Report `json:"runs"`
		Verify  verify.Report      `json:"verify"`
		Planted verify.Report      `json:"planted"`
	}
	decoder := json.NewDecoder(strings.NewReader(c.end(exitDone)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil || decoder.More() {
		t.Fatalf("standard output is not one JSON object: %v", err)
	}
	if len(got.Runs) != 3 {
		t.Fatalf("runs = %d, want the first, the edits and the quiet one", len(got.Runs))
	}
	if !strings.Contains(c.stderr.String(), "The demo approves plan ") {
		t.Error("the demo does not say that it approves the plan")
	}
	first, edits, quiet := got.Runs[0], got.Runs[1], got.Runs[2]
	for i, r := range got.Runs {
		if r.Stopped != nil || r.Held != nil || r.Failed+r.Unknown != 0 {
			t.Errorf("run %d: stopped %v, held %v, failed %d, unknown %d; want none", i, r.Stopped, r.Held, r.Failed, r.Unknown)
		}
	}
	for _, side := range record.Sides() {
		if n := first.Applied[side]; n.Create == 0 || n.Update == 0 {
			t.Errorf("first run, %s: %d created and %d updated, want both sides completed", side, n.Create, n.Update)
		}
		if edits.Applied[side].Total() == 0 || edits.Requests[side].Write == 0 {
			t.Errorf("the edits run has written nothing to the %s", side)
		}
		if n := quiet.Requests[side].Write + quiet.Planned[side].Total() + quiet.Applied[side].Total(); n != 0 {
			t.Errorf("the quiet run has planned or written something for the %s", side)
		}
	}
	if first.Approved == 0 {
		t.Error("the first run has carried nothing that was approved")
	}
	// The contacts with the token; the four sets with the club and its three tables.
	for side, want := range map[record.Side]int{record.Club: 1 + 4, record.Federation: 4 + 4} {
		if got := quiet.Requests[side].Read; got > want {
			t.Errorf("the quiet run has read the %s with %d requests, want at most %d", side, got, want)
		}
	}
	kinds := []conflicts.Kind{conflicts.BothChanged, conflicts.EndedAndChanged, conflicts.AlreadyExists, conflicts.Unreadable}
	for _, kind := range kinds {
		if edits.Conflicts.ByKind[kind] == 0 {
			t.Errorf("no question of kind %s is open after the edits", kind)
		}
	}
	if got.Verify.Unexplained != 0 || got.Verify.Pairs < 300 {
		t.Errorf("verify: %d pairs, %d unexplained; want at least 300 and none", got.Verify.Pairs, got.Verify.Unexplained)
	}
	if got.Planted.Unexplained != 1 || len(got.Planted.Differences) != 1 || got.Planted.Differences[0].Field != "member.street" {
		t.Errorf("after one value was planted: %+v, want just that one", got.Planted)
	}
}

func TestTheDemoIsTheSameForTheSameSeed(t *testing.T) {
	t.Parallel()
	story := func() string {
		text := (&world{}).beginPlain(t, "demo", "--once", "--members", "60", "--seed", "3").end(exitDone)
		told := strings.Split(text, "\n")
		return strings.Join(slices.DeleteFunc(told, func(line string) bool { return !strings.HasPrefix(line, "  M") }), "\n")
	}
	first, second := story(), story()
	if first == "" || first != second {
		t.Errorf("the same people do other things the second time:\n%s\n---\n%s", first, second)
	}
}

// TestTheDemoGoesOnUntilItIsStopped ends it by one signal.
func TestTheDemoGoesOnUntilItIsStopped(t *testing.T) {
	t.Parallel()
	c := (&world{}).beginPlain(t, "demo", "--members", "60", "--seed", "3")
	c.stdout.wait("The daemon goes on")
	c.stderr.wait("started")
	c.interrupt()
	c.end(exitDone)
	if !strings.Contains(c.stderr.String(), "stopped") {
		t.Errorf("the daemon has not said that it stopped:\n%s", c.stderr)
	}
}

// beginPlain calls a command that takes no configuration.
func (w *world) beginPlain(tb testing.TB, args ...string) *call {
	tb.Helper()
	return w.beginAs(tb, func(p *process) { p.args = args })
}

// TestSceneFirstLink holds the scene to what it must show: a club of 300, a third of whom differ, is linked with few answers and
// without one wrong link, counted against what the two systems were made from.
func TestSceneFirstLink(t *testing.T) {
	t.Parallel()
	for _, seed := range []string{"1", "2", "3"} {
		t.Run("seed "+seed, func(t *testing.T) {
			t.Parallel()
			w := &world{} // the demo has its own
			c := w.beginPlain(t, "demo", "--scene", "first-link", "--once", "--json", "--seed", seed)
			var got sceneReport
			decoder := json.NewDecoder(strings.NewReader(c.end(exitDone)))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&got); err != nil || decoder.More() {
				t.Fatalf("standard output is not one JSON object: %v", err)
			}
			if got.Members != 300 || got.Differ < 100 || got.Differ > 120 {
				t.Errorf("%d of %d people differ, want a third of 300", got.Differ, got.Members)
			}
			if got.Check.People[record.Club] < 290 || got.Check.Severity[quality.Mend][record.Club] < 30 {
				t.Errorf("the report counts %+v, want the missing numbers among what is worth mending", got.Check)
			}
			if got.FalseLinks != 0 || got.Unlinked != 0 || got.Twice != 0 || got.Linked != got.Members {
				t.Errorf("linked %d, wrongly %d, not %d, twice %d; want %d and none", got.Linked, got.FalseLinks, got.Unlinked, got.Twice, got.Members)
			}
			if got.QuestionsByKind[conflicts.Match] < 25 || got.Answers >= got.Questions/2 || got.Answers > 40 {
				t.Errorf("%d answers to %d questions (%v); want who is who among them, and few enough for half an hour", got.Answers, got.Questions, got.QuestionsByKind)
			}
			if got.Outline == nil || got.Outline.Linked+got.Outline.Created[record.Club]+got.Outline.Created[record.Federation] != got.Members {
				t.Errorf("the plan's outline is %+v, want everybody in it", got.Outline)
			}
			first, last := got.Runs[0], got.Runs[len(got.Runs)-1]
			if first.Held == nil || first.Requests[record.Club].Write+first.Requests[record.Federation].Write != 0 {
				t.Error("the first run has written, or holds nothing")
			}
			if !idleRun(&last) || last.Conflicts.Open != 0 || got.Verify.Unexplained != 0 {
				t.Errorf("the last run is not quiet: %+v", last)
			}
		})
	}
}
