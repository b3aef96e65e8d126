package metrics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/metrics"
	"passerelle/internal/record"
)

// read returns the lines of a scrape that are about links, and the whole text.
func read(tb testing.TB, m *metrics.Metrics) (lines []string, text string) {
	tb.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "/metrics", http.NoBody))
	text = w.Body.String()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "passerelle_") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, text
}

// without leaves out the lines of metrics.
func without(lines []string, names ...string) []string {
	var out []string
	for _, line := range lines {
		keep := true
		for _, name := range names {
			keep = keep && !strings.HasPrefix(line, "passerelle_"+name)
		}
		if keep {
			out = append(out, line)
		}
	}
	return out
}

func waiting(now time.Time) connector.Status {
	days := 10
	return connector.Status{
		State: connector.Waits, LastSuccess: now.Add(-90 * time.Second), Oldest: now.Add(-time.Hour),
		Open: map[conflicts.Kind]int{conflicts.Match: 2, conflicts.BothChanged: 1},
		Held: &connector.Held{Changes: 7, Persons: 3}, Approved: 2,
		Sides: map[record.Side]connector.SideStatus{
			record.Club:       {CanWrite: false},
			record.Federation: {CanWrite: true, Expires: now.Add(10*24*time.Hour + time.Minute), ExpiresIn: &days},
		},
	}
}

// never is the answer of a link that was never verified.
func never() (int, bool) { return 0, false }

func TestHowALinkStands(t *testing.T) {
	t.Parallel()
	now := time.Unix(2000000, 0)
	m := metrics.New("v1")
	m.Watch("tvb", func(context.Context) (connector.Status, error) { return waiting(now), nil }, func() (int, bool) { return 4, true }, func() time.Time { return now })
	got, _ := read(t, m)
	want := []string{
		`passerelle_build_info{version="v1"} 1`,
		`passerelle_can_write{link="tvb",side="club"} 0`,
		`passerelle_can_write{link="tvb",side="federation"} 1`,
		`passerelle_held_changes{link="tvb"} 5`,
		`passerelle_held_persons{link="tvb"} 3`,
		`passerelle_lag_seconds{link="tvb"} 90`,
		`passerelle_last_success_timestamp_seconds{link="tvb"} 1.99991e+06`,
		`passerelle_link_state{link="tvb",state="stopped"} 0`,
		`passerelle_link_state{link="tvb",state="waits"} 1`,
		`passerelle_link_state{link="tvb",state="well"} 0`,
		`passerelle_oldest_question_timestamp_seconds{link="tvb"} 1.9964e+06`,
		`passerelle_questions_open{kind="both-changed",link="tvb"} 1`,
		`passerelle_questions_open{kind="match",link="tvb"} 2`,
		`passerelle_secret_expiry_timestamp_seconds{link="tvb",side="federation"} 2.86406e+06`,
		`passerelle_secret_left_days{link="tvb",side="federation"} 10`,
		`passerelle_stopped{link="tvb",side="club"} 0`,
		`passerelle_stopped{link="tvb",side="federation"} 0`,
		`passerelle_unexplained_differences{link="tvb"} 4`,
	}
	if diff := cmp.Diff(want, without(got, "errors_total", "runs_total")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestALinkThatCannotSay is left out; what is known of the others is shown all the same.
func TestALinkThatCannotSay(t *testing.T) {
	t.Parallel()
	m := metrics.New("v1")
	m.Watch("broken", func(context.Context) (connector.Status, error) { return connector.Status{}, errors.New("the disk") }, never, time.Now)
	m.Watch("tvb", func(context.Context) (connector.Status, error) { return waiting(time.Now()), nil }, never, time.Now)
	got, _ := read(t, m)
	all := strings.Join(got, "\n")
	if strings.Contains(all, "passerelle_unexplained") {
		t.Error("a link that was never verified has nothing unexplained")
	}
	if strings.Contains(all, `passerelle_link_state{link="broken"`) || !strings.Contains(all, `passerelle_link_state{link="tvb",state="waits"} 1`) {
		t.Errorf("got\n%s", all)
	}
}

func TestRunsAreCounted(t *testing.T) {
	t.Parallel()
	m := metrics.New("v1")
	report := connector.Report{
		Applied:  map[record.Side]connector.Counts{record.Club: {Update: 2, End: 1}},
		Requests: map[record.Side]connector.Requests{record.Federation: {Read: 4, Write: 1}},
		Errors:   map[record.Side]map[port.Next]int{record.Federation: {port.Again: 1, port.Look: 2}},
	}
	stopped := report
	stopped.Stopped = &connector.Stopped{Side: record.Club}
	cut := connector.Report{Cut: connector.CutWriting, Held: &connector.Held{}}
	for _, ran := range []connector.Ran{
		{Report: report}, {Report: stopped}, {Report: cut}, {Err: errors.New("the disk")}, {Options: connector.Options{DryRun: true}, Report: report},
	} {
		m.Ran("tvb", ran)
	}
	got, _ := read(t, m)
	all := "\n" + strings.Join(got, "\n") + "\n"
	for _, line := range []string{
		`passerelle_runs_total{link="tvb",result="done"} 1`, `passerelle_runs_total{link="tvb",result="stopped"} 1`,
		`passerelle_runs_total{link="tvb",result="failed"} 1`, `passerelle_run_duration_seconds_count{link="tvb"} 4`,
		`passerelle_runs_total{link="tvb",result="cut"} 1`,
		`passerelle_requests_total{link="tvb",op="read",side="federation"} 12`, `passerelle_requests_total{link="tvb",op="write",side="federation"} 3`,
		`passerelle_errors_total{link="tvb",next="again",side="federation"} 3`, `passerelle_errors_total{link="tvb",next="look",side="federation"} 6`,
		`passerelle_changes_total{kind="update",link="tvb",side="club"} 6`, `passerelle_changes_total{kind="end",link="tvb",side="club"} 3`,
	} {
		if !strings.Contains(all, "\n"+line+"\n") {
			t.Errorf("lacks %s in\n%s", line, all)
		}
	}
}

// TestNamesAreAsPrometheusWantsThem holds names, units and help texts to its own linter.
func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	t.Parallel()
	m := metrics.New("v1")
	m.Watch("tvb", func(context.Context) (connector.Status, error) { return waiting(time.Now()), nil }, never, time.Now)
	m.Ran("tvb", connector.Ran{})
	_, text := read(t, m)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "passerelle_") && p.Metric != "passerelle_secret_left_days" { // days are what an admin counts
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}
