package connector_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/connector"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
)

// youth returns the year in which most of the youth of the club were born, and who they are.
func (b *bench) youth() (int, []int) {
	b.tb.Helper()
	by := map[int][]int{}
	for _, p := range b.world.People.People[:b.world.People.Members] {
		if (p.Category == "12" || p.Category == "13") && p.OtherClub == "" {
			by[p.BirthDate.Year()] = append(by[p.BirthDate.Year()], p.N)
		}
	}
	most := 0
	for year, people := range by {
		if n := len(by[most]); len(people) > n || len(people) == n && year < most {
			most = year
		}
	}
	if len(by[most]) < 4 {
		b.tb.Fatalf("the largest year of the youth has %d", len(by[most]))
	}
	return most, by[most]
}

// adult are the moves that the federation makes.
func adult() map[string]string { return map[string]string{"12": "01", "13": "04"} }

// waved returns a link whose guards let two changes pass, and a birth year that the federation has moved but for one.
func waved(t *testing.T, wave func(born int) []connector.Wave) (b *bench, moved []int, left int) {
	t.Helper()
	b = linked(t, 200)
	year, people := b.youth()
	plenty := connector.Limit{Count: 500}
	b.guards = connector.Guards{Ends: plenty, Clears: plenty, Categories: connector.Limit{Count: 2}, Changes: connector.Limit{Count: 2}}
	b.waves = wave(year)
	b.link = connector.New(b.config())
	left = people[len(people)-1]
	was := b.affiliation(left)
	b.world.FederationSystem.MoveBirthYear(year)
	if err := b.world.FederationSystem.EditAffiliation(was.ID, func(a *stvtest.Affiliation) { a.Category = was.Category }); err != nil {
		t.Fatal(err)
	}
	return b, people[:len(people)-1], left
}

func (b *bench) category(side record.Side, n int) string {
	return b.holds(side, n, "affiliation.category")
}

func TestAWavePasses(t *testing.T) {
	t.Parallel()
	b, moved, left := waved(t, func(born int) []connector.Wave {
		return []connector.Wave{{Year: 2026, Month: time.March, Born: born, Moves: adult()}}
	})
	if s := b.status(); len(s.Warnings) != 0 {
		t.Errorf("somebody is named before anybody has moved: %v", s.Warnings)
	}
	others := b.people(3)
	change := func(n int) {
		a := b.affiliation(n)
		next := map[string]string{"01": "02", "02": "03", "04": "05", "05": "06"}[a.Category]
		if err := b.world.FederationSystem.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.Category = next }); err != nil {
			t.Fatal(err)
		}
	}
	change(others[0])
	b.flows(b.run()) // the wave does not count against what comes with it
	for _, n := range moved {
		if got := b.category(record.Club, n); got != "01" && got != "04" {
			t.Errorf("M%d has not moved at the club: %q", n, got)
		}
	}
	if got, is := b.category(record.Club, others[0]), b.category(record.Federation, others[0]); got != is {
		t.Errorf("who changed beside the wave has %q at the club, not %q", got, is)
	}
	warning := strings.Join(b.status().Warnings, "; ")
	if want := "contact/" + b.contact(left) + " did not move with the wave of 2026-03"; !strings.HasPrefix(warning, want) {
		t.Errorf("got %q, want %q", warning, want)
	}

	change(others[1])
	b.flows(b.run()) // nor has it used up the limit of the day
	change(others[2])
	b.because(b.run(), 1, "3 categories changed within 24 hours, more than 2")

	b.clock.Add(32 * 24 * time.Hour)
	if s := b.status(); len(s.Warnings) != 0 {
		t.Errorf("somebody is named when the wave is over: %v", s.Warnings)
	}
}

func TestWhatNoWaveCarriesIsHeld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		wave func(born int) []connector.Wave
	}{
		{"none is declared", func(int) []connector.Wave { return nil }},
		{"it is last year's", func(born int) []connector.Wave {
			return []connector.Wave{{Year: 2025, Month: time.March, Born: born, Moves: adult()}}
		}},
		{"it is another month's", func(born int) []connector.Wave {
			return []connector.Wave{{Year: 2026, Month: time.April, Born: born, Moves: adult()}}
		}},
		{"another year was born", func(born int) []connector.Wave {
			return []connector.Wave{{Year: 2026, Month: time.March, Born: born + 1, Moves: adult()}}
		}},
		{"they go elsewhere", func(born int) []connector.Wave {
			return []connector.Wave{{Year: 2026, Month: time.March, Born: born, Moves: map[string]string{"12": "02", "13": "05"}}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b, moved, _ := waved(t, c.wave)
			b.because(b.run(), len(moved), "categories changed in this run, more than 2")
			b.untouched()
		})
	}
}

// TestAWaveDeclaredLate: to declare it lets go what was held without it.
func TestAWaveDeclaredLate(t *testing.T) {
	t.Parallel()
	year := 0
	b, moved, _ := waved(t, func(born int) []connector.Wave { year = born; return nil })
	b.because(b.run(), len(moved), "categories changed in this run, more than 2")
	b.waves = []connector.Wave{{Year: 2026, Month: time.February, Born: year, Moves: adult()}}
	b.link = connector.New(b.config())
	b.flows(b.run()) // on 14 March, the last day of it
}
