package record_test

import (
	"encoding/json"
	"testing"
	"time"

	"passerelle/internal/record"
)

func day(tb testing.TB, text string) record.Date {
	tb.Helper()
	d, err := record.ParseDate(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]record.Date{
		"2026-03-15": {Year: 2026, Month: time.March, Day: 15},
		"1904-02-29": {Year: 1904, Month: time.February, Day: 29},
		"0987-01-02": {Year: 987, Month: time.January, Day: 2},
	} {
		got, err := record.ParseDate(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "15.03.2026", "2026-3-15", "2026-03-15T00:00:00Z", " 2026-03-15", "26-03-15",
	} {
		if got, err := record.ParseDate(text); err == nil || !got.IsZero() {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}

// The civil date is the one that the clock on the wall shows where the time was taken (INCIDENTS 33).
func TestDateOf(t *testing.T) {
	t.Parallel()
	for _, hours := range []int{-12, 0, 1, 14} {
		wall := time.Date(2010, time.May, 3, 0, 0, 0, 0, time.FixedZone("", hours*3600))
		if got, want := record.DateOf(wall), day(t, "2010-05-03"); got != want {
			t.Errorf("midnight at UTC%+d: got %v, want %v", hours, got, want)
		}
	}
}

func TestDateBefore(t *testing.T) {
	t.Parallel()
	days := []string{"1999-12-31", "2000-01-01", "2000-01-02", "2000-02-01", "2001-01-01"}
	for i, a := range days {
		for j, b := range days {
			if got, want := day(t, a).Before(day(t, b)), i < j; got != want {
				t.Errorf("%s before %s: got %t, want %t", a, b, got, want)
			}
		}
	}
}

func TestDateAddYears(t *testing.T) {
	t.Parallel()
	rows := []struct {
		from string
		n    int
		want string
	}{{"2010-05-03", 16, "2026-05-03"}, {"2008-02-29", 16, "2024-02-29"}, {"2008-02-29", 1, "2009-03-01"}, {"2010-05-03", -1, "2009-05-03"}, {"2010-05-03", 0, "2010-05-03"}}
	for _, tt := range rows {
		if got := day(t, tt.from).AddYears(tt.n).String(); got != tt.want {
			t.Errorf("%s and %d years: got %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
}

func TestDateAsJSON(t *testing.T) {
	t.Parallel()
	for _, d := range []record.Date{{}, day(t, "2026-03-15")} {
		data, err := json.Marshal(d)
		if err != nil || string(data) != `"`+d.String()+`"` {
			t.Errorf("%v: got %s, %v", d, data, err)
		}
		back := day(t, "1999-01-01")
		if err := json.Unmarshal(data, &back); err != nil || back != d {
			t.Errorf("read back from %s: got %v, %v", data, back, err)
		}
	}
	d := day(t, "1999-01-01")
	if err := json.Unmarshal([]byte(`"31.12.2026"`), &d); err == nil || d != day(t, "1999-01-01") {
		t.Errorf("a date of another form: got %v, %v, want an error and the date as it was", d, err)
	}
}

func TestLifeUntil(t *testing.T) {
	t.Parallel()
	today := day(t, "2026-03-15")
	rows := []struct {
		name         string
		end          string
		want         record.Stage
		active, over bool
	}{
		{"no end", "", record.Present, true, false},
		{"an end tomorrow", "2026-03-16", record.Leaving, true, false},
		{"an end today", "2026-03-15", record.Ended, false, true},
		{"an end yesterday", "2026-03-14", record.Ended, false, true},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			end := record.Date{}
			if tt.end != "" {
				end = day(t, tt.end)
			}
			got := record.LifeUntil(end, today)
			if got.Stage != tt.want || got.On != end || got.Active() != tt.active || got.Over() != tt.over {
				t.Errorf("got %v, active %t, over %t", got, got.Active(), got.Over())
			}
		})
	}
	for stage, want := range map[record.Stage][2]bool{record.Gone: {false, true}, record.Outside: {false, false}, record.Unknown: {false, false}} {
		if l := (record.Life{Stage: stage}); l.Active() != want[0] || l.Over() != want[1] {
			t.Errorf("%q: active %t, over %t, want %v", stage, l.Active(), l.Over(), want)
		}
	}
}
