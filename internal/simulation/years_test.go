package simulation_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/population"
	"passerelle/internal/simulation"
)

// TestYears holds a world whose lists were kept apart for years to what it says has become of each person.
func TestYears(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	w := simulation.New(simulation.Config{Seed: 3, Members: 300, Years: true, Now: func() time.Time { return now }})
	if got := w.Differ(); got < 100 || got > 120 {
		t.Errorf("%d of 300 differ, want about a third", got)
	}
	kinds := map[simulation.ApartKind]int{}
	for _, a := range w.Apart() {
		kinds[a.Kind]++
		p, seen := w.M(a.N), w.Person(a.N)
		if len(seen.Club) != 1 || len(seen.Federation) != 1 {
			continue
		}
		club, federation := seen.Club[0].Fields, seen.Federation[0].Fields
		if !w.Same(seen.Club[0].Ref, seen.Federation[0].Ref) {
			t.Errorf("M%d is not said to be one person", a.N)
		}
		number, last, born := club["member.memberNumber"], club["member.lastName"], club["member.birthDate"]
		is := map[simulation.ApartKind]bool{
			simulation.NoNumber:    number == "" && last == p.LastName && born == string(p.BirthDate),
			simulation.Mistyped:    number == "" && last != p.LastName && len(last) == len(p.LastName),
			simulation.Misdated:    number == "" && born == string(p.BirthDate[:5]+p.BirthDate[8:]+"-"+p.BirthDate[5:7]) && born != string(p.BirthDate),
			simulation.SecondFirst: number == "" && strings.HasPrefix(club["member.firstName"], p.FirstName+" "),
			simulation.Married:     number != "" && last != p.LastName && born == string(p.BirthDate),
			simulation.OtherDay:    number != "" && born != string(p.BirthDate) && born[:8] == string(p.BirthDate[:8]),
			simulation.Moved:       number != "" && club["member.street"] == "Neue "+p.Street && club["member.phoneMobile"] != p.PhoneMobile,
			simulation.NumberOfKin: number != "" && number != federation["member.memberNumber"],
		}
		if as, drifted := is[a.Kind]; drifted && !as {
			t.Errorf("M%d, %s: the club has number %q", a.N, a.Kind, number)
		}
		if name := federation["member.lastName"]; a.Kind != simulation.Differs && name != p.LastName {
			t.Errorf("M%d, %s: the federation does not have the right name", a.N, a.Kind)
		}
	}
	for kind, least := range map[simulation.ApartKind]int{
		simulation.NoNumber: 15, simulation.Moved: 9, simulation.Mistyped: 6, simulation.Misdated: 6, simulation.Married: 6,
		simulation.OtherDay: 6, simulation.SecondFirst: 6, simulation.NumberOfKin: 4,
	} {
		if kinds[kind] < least {
			t.Errorf("%s: %d people, want %d", kind, kinds[kind], least)
		}
	}
	members := w.People.Of(population.Member)
	a, b := w.Person(members[0].N), w.Person(members[1].N)
	if w.Same(a.Club[0].Ref, b.Federation[0].Ref) {
		t.Error("two people are said to be one")
	}
}
