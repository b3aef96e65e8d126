package connector

import (
	"testing"
	"time"

	"passerelle/internal/record"
)

func TestTheDaysOfAWave(t *testing.T) {
	t.Parallel()
	for on, want := range map[string]bool{
		"2025-12-31": false, "2026-01-01": true, "2026-01-31": true, "2026-02-14": true, "2026-02-15": false, "2027-01-15": false,
	} {
		day, err := record.ParseDate(on)
		if err != nil {
			t.Fatal(err)
		}
		wave := Wave{Year: 2026, Month: time.January}
		if got := wave.passes(day); got != want {
			t.Errorf("on %s: %v, want %v", on, got, want)
		}
	}
}
