package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// try compares Reconcile with the oracle for one input and every answer; it returns how many combinations that were.
func try(t *testing.T, cells map[record.Field]cell, owner int, policy *conflicts.Policy) int {
	t.Helper()
	fields := slices.Sorted(maps.Keys(cells))
	in := person(t, cellsOf("member", cells), active())
	in.Policy = policy
	tried := 0
	for _, answer := range []string{"", "club", "federation", "value=b", "value=d", "leave", "stale"} {
		with, o := in, oracle{cells: cells, owner: owner, answer: answer}
		verb, value := split(answer)
		switch answer {
		case "":
		case "stale":
			with, o.answer = stale(answered(in, conflicts.Answer{Verb: conflicts.TakeClub})), ""
		default:
			with = answered(in, conflicts.Answer{Verb: conflicts.Verb(verb), Value: record.Of(value)})
		}
		if diff := cmp.Diff(o.want(), resultOf(reconcile.Reconcile(with), fields)); diff != "" {
			t.Fatalf("%s, owner %q, answer %q (-want +got):\n%s", describe(cells), columns()[owner], answer, diff)
		}
		tried++
	}
	return tried
}

func describe(cells map[record.Field]cell) string {
	var parts []string
	for _, f := range slices.Sorted(maps.Keys(cells)) {
		c := cells[f]
		parts = append(parts, fmt.Sprintf("%s: base %q club %q federation %q", f, c.base, c.club, c.federation))
	}
	return strings.Join(parts, "; ")
}

func TestEveryCombinationOfOneField(t *testing.T) {
	t.Parallel()
	for owner, name := range columns() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			field, policy := record.Field("phone"), owners(t, rules()[name])
			if name == "derived" {
				field = "number"
			}
			tried := 0
			for _, base := range []string{"-", "", "a", "b", "c", "a~c"} {
				for _, club := range []string{"-", "!", "", "a", "b", "c"} {
					for _, federation := range []string{"-", "!", "", "a", "b", "c"} {
						tried += try(t, map[record.Field]cell{field: {base, club, federation}}, owner, policy)
					}
				}
			}
			if want := 6 * 6 * 6 * 7; tried != want {
				t.Errorf("tried %d combinations, want %d", tried, want)
			}
		})
	}
}

func TestEveryCombinationOfAGroup(t *testing.T) {
	t.Parallel()
	situations := []cell{
		{"a", "a", "a"},
		{"a", "b", "b"},
		{"a~c", "a", "c"},
		{"a", "b", "a"},
		{"a", "", "a"},
		{"a", "a", "b"},
		{"a", "b", "c"},
		{"-", "", "a"},
		{"-", "a", ""},
		{"-", "a", "b"},
		{"a", "-", "b"},
		{"a", "b", "-"},
		{"a", "!", "a"},
		{"a", "b", "!"},
	}
	for owner, name := range columns() {
		if name == "derived" {
			continue // no group has one
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := owners(t, rules()[name])
			for _, street := range situations {
				for _, city := range situations {
					try(t, map[record.Field]cell{"street": street, "city": city}, owner, policy)
				}
			}
		})
	}
}
