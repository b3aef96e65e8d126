package connector

import (
	"testing"
	"time"
)

// TestOneSweepADay polls for three days around each change of the clocks, for sweeps at hours that exist once, twice, or not
// at all that day.
func TestOneSweepADay(t *testing.T) {
	t.Parallel()
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name         string
		begin        time.Time
		hour, minute int
	}{
		{"an ordinary day", time.Date(2026, 5, 5, 12, 0, 0, 0, zurich), 3, 0},
		{"the clocks go forward", time.Date(2026, 3, 28, 12, 0, 0, 0, zurich), 3, 0},
		{"the hour that there is not", time.Date(2026, 3, 28, 12, 0, 0, 0, zurich), 2, 30},
		{"the clocks go back", time.Date(2026, 10, 24, 12, 0, 0, 0, zurich), 3, 0},
		{"the hour that there is twice", time.Date(2026, 10, 24, 12, 0, 0, 0, zurich), 2, 30},
		{"at midnight", time.Date(2026, 10, 24, 12, 0, 0, 0, zurich), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := Schedule{FullHour: c.hour, FullMinute: c.minute}
			swept, sweeps := c.begin, map[string]int{}
			for now := c.begin; now.Before(c.begin.AddDate(0, 0, 3)); now = now.Add(15 * time.Minute) {
				if s.fullDue(swept, now) {
					swept = now
					sweeps[now.Format(time.DateOnly)]++
				}
			}
			if len(sweeps) != 3 {
				t.Errorf("sweeps on %v, want three days", sweeps)
			}
			for day, n := range sweeps {
				if n != 1 {
					t.Errorf("%d sweeps on %s", n, day)
				}
			}
		})
	}
}
