package connector

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
	"passerelle/mapping"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // the time of every lookout here

// usual are the limits that the configuration has by default.
func usual() Guards {
	return Guards{Ends: Limit{3, 1}, Clears: Limit{5, 2}, Categories: Limit{5, 2}, Changes: Limit{20, 10}}
}

func overstep(t *testing.T, o *lookout) []string {
	t.Helper()
	schema, err := mapping.Schema("club")
	if err != nil {
		t.Fatal(err)
	}
	o.schema, o.now = schema, noon
	r := &run{Link: New(Config{Schema: schema, Guards: usual()})}
	reasons, _ := o.overstepped(r.counters())
	return reasons
}

// ends returns n ends in a group, so long ago; planned when that is none.
func ends(n int, group string, ago time.Duration) []event {
	var out []event
	for i := range n {
		out = append(out, event{
			Change: reconcile.Change{ID: fmt.Sprint(group, ago, i), Change: record.Change{Kind: "affiliation", Op: record.End}},
			at:     noon.Add(-ago), planned: ago == 0, groups: []string{group},
		})
	}
	return out
}

// clears returns events that empty a value each.
func clears(n int, group string, ago time.Duration) []event {
	out := ends(n, group, ago)
	for i := range out {
		out[i].Change.Change = record.Change{Kind: "member", Op: record.Clear, Set: map[record.Field]record.Value{"email": record.Empty()}}
		out[i].Before = map[record.Field]record.Value{"email": record.Of("a@example.ch")}
	}
	return out
}

func TestWindowsAndGroups(t *testing.T) {
	t.Parallel()
	const youth = "category 12"
	for _, c := range []struct {
		name   string
		pairs  int
		groups map[string]int
		events [][]event
		want   []string
	}{
		{"as many as a run may end flow", 60, nil, [][]event{ends(3, "a", 0)}, nil},
		{"one more in one run", 60, nil, [][]event{ends(4, "a", 0)}, []string{"4 ends of kind affiliation in this run, more than 3"}},
		{
			"one more over the day",
			60, nil,
			[][]event{ends(1, "a", 0), ends(3, "a", 23*time.Hour)},
			[]string{"4 ends of kind affiliation within 24 hours, more than 3"},
		},
		{"those of yesterday do not count for the day", 60, nil, [][]event{ends(1, "a", 0), ends(3, "a", 24*time.Hour)}, nil},
		{
			"one more over 30 days",
			60, nil,
			[][]event{ends(1, "a", 0), ends(9, "a", 29*day)},
			[]string{"10 ends of kind affiliation within 30 days, more than 9"},
		},
		{"those of the month before do not count", 60, nil, [][]event{ends(1, "a", 0), ends(9, "a", 30*day)}, nil},
		{"a club of 2,000 may end 20 at once", 2000, nil, [][]event{ends(20, "a", 0)}, nil},
		{
			"and 26 in 30 days",
			2000, nil,
			[][]event{ends(1, "a", 0), ends(26, "a", 2*day)},
			[]string{"27 ends of kind affiliation within 30 days, more than 26"},
		},
		{"nothing is held where nothing is planned", 60, nil, [][]event{ends(40, "a", time.Hour)}, nil},
		{
			"more than half of a section",
			2000,
			map[string]int{youth: 5},
			[][]event{ends(3, youth, 0)},
			[]string{"3 ends of kind affiliation in category 12 in this run, more than 2 of 5"},
		},
		{"half of a section flows", 2000, map[string]int{youth: 6}, [][]event{ends(3, youth, 0)}, nil},
		{
			"a section that melts away: five were six, four, and go on",
			2000,
			map[string]int{youth: 4},
			[][]event{ends(2, youth, 0), ends(2, youth, 10*day)},
			[]string{"4 ends of kind affiliation in category 12 within 30 days, more than 3 of 6"},
		},
		{"two are no section", 2000, map[string]int{youth: 2}, [][]event{ends(2, youth, 0)}, nil},
		{
			"another section's ends are not its own",
			2000,
			map[string]int{youth: 3, "category 13": 100},
			[][]event{ends(1, youth, 0), ends(3, "category 13", 0)},
			nil,
		},
		{"a few values cleared in a small group flow", 2000, map[string]int{youth: 3}, [][]event{clears(5, youth, 0)}, nil},
		{
			"more than a run may clear, in one group",
			2000,
			map[string]int{youth: 3},
			[][]event{clears(3, youth, 0), clears(3, youth, 20*time.Hour)},
			[]string{"6 values cleared in category 12 within 24 hours, more than 5"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := &lookout{pairs: c.pairs, groups: map[string]int{"a": 1000}}
			maps.Copy(o.groups, c.groups)
			for _, events := range c.events {
				o.events = append(o.events, events...)
			}
			if diff := cmp.Diff(c.want, overstep(t, o)); diff != "" {
				t.Errorf("reasons (-want +got):\n%s", diff)
			}
		})
	}
}

// TestADripOfOneADay ends one person a day in clubs of three sizes, and wants to know on which day that is held.
func TestADripOfOneADay(t *testing.T) {
	t.Parallel()
	for pairs, want := range map[int]int{60: 10, 300: 10, 2000: 27} {
		o := &lookout{pairs: pairs, groups: map[string]int{"a": 1000}}
		for n := 1; ; n++ {
			o.events = nil
			for ago := range n {
				o.events = append(o.events, ends(1, "a", time.Duration(ago)*day)...)
			}
			if len(overstep(t, o)) == 0 && n < 40 {
				continue
			}
			if n != want {
				t.Errorf("a club of %d: held on day %d, want %d", pairs, n, want)
			}
			break
		}
	}
}

func TestWhatAPersonDecidedDoesNotCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		entry port.Entry
		want  bool
	}{
		{"what a rule wrote counts", port.Entry{Rule: "policy"}, true},
		{"what was set back counts", port.Entry{Rule: "set back"}, true},
		{"what was approved does not", port.Entry{Rule: "policy, approved"}, false},
		{"what was answered does not", port.Entry{Rule: "answer 1a2b3c4d", Question: "1a2b3c4d"}, false},
		{"a decision wrote nothing", port.Entry{Rule: "plan 1a2b", Decision: "approved"}, false},
	} {
		if got := unasked(&c.entry); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestTheWorkedTable holds the table in the documentation to the code.
func TestTheWorkedTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/guards.md")
	if err != nil {
		t.Fatal(err)
	}
	g := usual()
	for pairs, name := range map[int]string{60: "60", 300: "300", 2000: "2,000"} {
		var cells []string
		for _, l := range []Limit{g.Ends, g.Clears, g.Categories} {
			cells = append(cells, fmt.Sprintf("%d · %d · %d", l.of(pairs), l.of(pairs), l.month(pairs)))
		}
		row := fmt.Sprintf("| %s | %s | %d |", name, strings.Join(cells, " | "), g.Changes.of(pairs))
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/guards.md has no row %q", row)
		}
	}
}
