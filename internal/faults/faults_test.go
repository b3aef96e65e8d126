package faults_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/faults"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		text string
		want faults.Rule
	}{
		{"an operation and a kind", "token unauthorized", faults.Rule{Op: "token", Kind: faults.Unauthorized}},
		{"a star is every operation", "* html", faults.Rule{Kind: faults.HTML}},
		{
			"a window of requests", "members.list truncated after=2 times=1",
			faults.Rule{Op: "members.list", Kind: faults.Truncated, After: 2, Times: 1},
		},
		{"a delay", "* delay delay=1m30s", faults.Rule{Kind: faults.Delay, Delay: 90 * time.Second}},
		{"a share of rows", "* lost-rows percent=40", faults.Rule{Kind: faults.LostRows, Percent: 40}},
		{"a quiet kind", "members.list stale times=1", faults.Rule{Op: "members.list", Kind: faults.Stale, Times: 1}},
		{"hidden fields", "* hidden-fields fields=email,street", faults.Rule{Kind: faults.HiddenFields, Fields: "email,street"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := faults.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
			if back, err := faults.Parse(got.String()); err != nil || back != got {
				t.Errorf("Parse(%q) = %+v, %v; want %+v", got.String(), back, err, got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, says string }{
		{"nothing", "", "too-many-bare"},
		{"a kind alone", "html", "lost-next"},
		{"a kind that is not there", "* boom", "cut-before, cut-after"},
		{"a setting that is not there", "* html often=1", "times=N"},
		{"a setting without a value", "* html times", "times"},
		{"a negative count", "* html after=-1", "after"},
		{"a share above the whole", "* lost-rows percent=101", "percent"},
		{"a negative delay", "* delay delay=-1s", "delay"},
		{"a delay without a unit", "* delay delay=5", "delay"},
		{"hidden fields that are not named", "* hidden-fields", "fields=A,B"},
		{"a field without a name", "* hidden-fields fields=email,", "email,"},
		{"fields that nothing hides", "* html fields=email", "hidden-fields"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := faults.Parse(tt.text)
			if err == nil {
				t.Fatalf("Parse(%q) = %+v, want an error", tt.text, got)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Parse(%q): error %q does not say %q", tt.text, err, tt.says)
			}
		})
	}
}

// TestTake shows one request per letter of want to a set and notes which rule hits it, by its Delay; "." is none.
func TestTake(t *testing.T) {
	t.Parallel()
	a := faults.Rule{Op: "list", Kind: faults.HTML, Delay: 'a'}
	b := faults.Rule{Op: "list", Kind: faults.HTML, Delay: 'b'}
	with := func(r faults.Rule, after, times int) faults.Rule {
		r.After, r.Times = after, times
		return r
	}
	for _, tt := range []struct {
		name  string
		rules []faults.Rule
		want  string
	}{
		{"no rule hits nothing", nil, "..."},
		{"times 0 hits until cleared", []faults.Rule{with(a, 0, 0)}, "aaaa"},
		{"times 1 hits once", []faults.Rule{with(a, 0, 1)}, "a..."},
		{"times 2 hits twice", []faults.Rule{with(a, 0, 2)}, "aa.."},
		{"after lets requests through first", []faults.Rule{with(a, 2, 1)}, "..a."},
		{"the first rule goes first", []faults.Rule{with(a, 0, 1), with(b, 0, 1)}, "ab.."},
		{"a rule that waits passes on to the next", []faults.Rule{with(a, 1, 1), with(b, 0, 0)}, "babb"},
		{"another operation is not hit", []faults.Rule{{Op: "read", Kind: faults.HTML, Delay: 'a'}}, ".."},
		{"an empty operation is every one", []faults.Rule{{Kind: faults.HTML, Delay: 'a'}}, "aa"},
		{"a kind that is not asked for is not hit", []faults.Rule{{Op: "list", Kind: faults.LostNext, Delay: 'a'}}, ".."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var set faults.Set
			for _, r := range tt.rules {
				set.Add(r)
			}
			var got strings.Builder
			for range tt.want {
				if r, ok := set.Take("list", faults.HTML); ok {
					got.WriteByte(byte(r.Delay))
				} else {
					got.WriteByte('.')
				}
			}
			if got.String() != tt.want {
				t.Errorf("hits = %q, want %q", got.String(), tt.want)
			}
		})
	}
}

func TestAShareIsRoundedUpAndAlwaysTheSame(t *testing.T) {
	t.Parallel()
	keys := []string{"1001", "1002", "1003", "1004", "1005", "1006", "1007"}
	for _, tt := range []struct {
		name          string
		percent, want int
	}{
		{"nought is all of them", 0, 7},
		{"one percent is one", 1, 1},
		{"a part of one is one more", 30, 3},
		{"the whole is the whole", 100, 7},
	} {
		r := faults.Rule{Kind: faults.HiddenRows, Percent: tt.percent}
		share := r.Share(keys)
		if len(share) != tt.want || r.Count(len(keys)) != tt.want {
			t.Errorf("%s: %d keys, count %d, want %d", tt.name, len(share), r.Count(len(keys)), tt.want)
		}
		backwards := slices.Clone(keys)
		slices.Reverse(backwards)
		if diff := cmp.Diff(share, r.Share(backwards)); diff != "" {
			t.Errorf("%s: the same keys in another order (-first +second):\n%s", tt.name, diff)
		}
	}
	if none := (faults.Rule{Percent: 50}).Share(nil); len(none) != 0 {
		t.Errorf("a share of nothing: %v", none)
	}
}

func TestListSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	var set faults.Set
	set.Add(faults.Rule{Kind: faults.HTML, After: 1, Times: 2})
	for range 2 {
		set.Take("list", faults.HTML)
	}
	want := []faults.Rule{{Kind: faults.HTML, Times: 1}}
	if diff := cmp.Diff(want, set.List()); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	set.Clear()
	if got := set.List(); len(got) != 0 {
		t.Errorf("List after Clear = %v, want none", got)
	}
}
