package connector_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector"
)

// TestOtherInterface holds the measure to its limits, on both sides of each.
func TestOtherInterface(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	// typed is somebody whom people changed, each side by itself; changed is somebody whom an interface changed, ago hours ago.
	typed := func(ago int) connector.Stamps {
		return connector.Stamps{
			Club: now.Add(-time.Duration(ago) * time.Hour), Federation: []time.Time{now.Add(-1000 * time.Hour)},
		}
	}
	changed := func(ago int, lag time.Duration) connector.Stamps {
		at := now.Add(-time.Duration(ago) * time.Hour)
		return connector.Stamps{Club: at, Federation: []time.Time{at.Add(-1000 * time.Hour), at.Add(lag)}}
	}
	many := func(n int, of func(int) connector.Stamps) (all []connector.Stamps) {
		for i := range n {
			all = append(all, of(i))
		}
		return all
	}
	everyDay := func(n, first int) []connector.Stamps {
		return many(n, func(i int) connector.Stamps { return changed(first+24*i, 20*time.Second) })
	}
	rows := []struct {
		name   string
		people []connector.Stamps
		want   bool
	}{
		{"nobody", nil, false},
		{"five hours, the last an hour ago", everyDay(5, 1), true},
		{"four hours", everyDay(4, 1), false},
		{"five people of one hour", many(5, func(i int) connector.Stamps {
			return changed(1, time.Duration(i)*time.Second)
		}), false},
		{"three hundred people of an import of two hours", many(300, func(i int) connector.Stamps {
			return changed(1+i%2, time.Second)
		}), false},
		{"five hours of twenty-five", append(everyDay(5, 1), many(20, func(i int) connector.Stamps { return typed(2 + 24*i) })...), true},
		{"five hours of twenty-six", append(everyDay(5, 1), many(21, func(i int) connector.Stamps { return typed(2 + 24*i) })...), false},
		{"a minute apart", many(5, func(i int) connector.Stamps {
			return changed(1+24*i, []time.Duration{0, time.Minute}[i%2])
		}), true},
		{"more than a minute apart", many(5, func(i int) connector.Stamps {
			return changed(1+24*i, []time.Duration{0, 61 * time.Second}[i%2])
		}), false},
		{"clocks of which one is three hours ahead", many(5, func(i int) connector.Stamps { return changed(4+24*i, 3*time.Hour) }), true},
		{"clocks of which one is three hours behind", many(5, func(i int) connector.Stamps { return changed(1+24*i, -3*time.Hour) }), true},
		{"clocks that are further apart", many(5, func(i int) connector.Stamps { return changed(5+24*i, 3*time.Hour+time.Second) }), false},
		{"all of it a month ago", everyDay(5, 30*24+1), false},
		{"one of it a month ago", everyDay(5, 26*24+1), false},
		{"switched off for a day, and something changed since", append(everyDay(5, 25), typed(3)), false},
		{"for less than a day, though something changed since", append(everyDay(5, 24), typed(3)), true},
		{"for three days in which nothing changed", append(everyDay(5, 72), typed(73)), true},
		{"for three days, by an interface that takes its time", many(5, func(i int) connector.Stamps {
			return changed(72+24*i, []time.Duration{50 * time.Second, 10 * time.Second}[i%2])
		}), true},
		{"a system without stamps", many(9, func(int) connector.Stamps {
			return connector.Stamps{Federation: []time.Time{{}}}
		}), false},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if sign, got := connector.OtherInterface(tt.people, now); got != tt.want {
				t.Errorf("got %v, want %v; %+v", got, tt.want, sign)
			}
		})
	}
}

func TestASignOfAnotherInterfaceSaysWhatWasSeen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	var people []connector.Stamps
	for day := range 7 {
		at := now.Add(-time.Duration(1+24*day) * time.Hour)
		people = append(people, connector.Stamps{Club: at, Federation: []time.Time{at.Add(time.Hour)}})
	}
	people = append(people, connector.Stamps{Club: now.Add(-2 * time.Hour), Federation: []time.Time{now.Add(-500 * time.Hour)}})
	want := connector.Sign{Hours: 7, Of: 9, Last: now.Add(-time.Hour)}
	if got, _ := connector.OtherInterface(people, now); !cmp.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
