package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

func TestAPlanInWords(t *testing.T) {
	t.Parallel()
	p := planAnswer{Link: "tv-beispiel", Plan: port.Plan{
		ID: "1a2b3c4d", Persons: 4, Reasons: []string{"it is much"},
		Consequence: &port.Consequence{
			Categories: []port.Headcount{
				{Side: record.Federation, Category: "01", Before: 118, After: 121},
				{Side: record.Federation, Category: "02", Before: 7, After: 7},
				{Side: record.Federation, Category: "12", Before: 40, After: 36},
			},
			Moves: []port.Move{
				{Side: record.Federation, To: "02", Persons: 1},
				{Side: record.Federation, From: "12", Persons: 1},
				{Side: record.Federation, From: "12", To: "01", Persons: 3},
			},
		},
	}, Changes: []planChange{{PlannedItem: port.PlannedItem{
		ID: "0001", Side: record.Federation, Record: "affiliation", Ref: "affiliations/9", Kind: record.End,
	}}}, Fees: &connector.Fees{Year: 2026, Currency: "CHF", Before: "6304.00", After: "6384.00", Unknown: []string{"02"}}}
	const want = `tv-beispiel: plan 1a2b3c4d (changes: 1, persons: 4) is held, because it is much
  0001  federation  end     affiliation   affiliations/9  
people per fee category, before and after:
  federation  01      118    121 (+3)
  federation  02        7      7
  federation  12       40     36 (-4)
  federation  new -> 02: 1
  federation  12 -> ended: 1
  federation  12 -> 01: 3
fees of the federation for 2026: CHF 6304.00 before, CHF 6384.00 after
  not in these sums, because the tariff has no fee of 2026 for it: 02
next: passerelle approve tv-beispiel 1a2b3c4d --persons 4, then passerelle sync tv-beispiel
`
	var text strings.Builder
	tellPlan(&text, p)
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatAPlanMeans is said of a plan that is held and of what a run would do, with values and without: the same each time.
func TestWhatAPlanMeans(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    tariff: fees.yaml\n", nil)
	fees, err := os.ReadFile("../../deploy/fees.yaml")
	if err != nil {
		t.Fatal(err)
	}
	open := strings.Replace(string(fees), "    to: 2026\n", "", 1) // there are fees for whatever year it is
	if err := os.WriteFile(filepath.Join(w.folder, "fees.yaml"), []byte(open), 0o600); err != nil {
		t.Fatal(err)
	}
	w.connect(t)
	var first planAnswer
	for _, at := range []struct {
		name string
		code int
	}{{"what a run would do", exitDone}, {"a plan that is held", exitHeld}} {
		if at.code == exitHeld {
			w.passerelle(t, exitHeld, "sync")
		}
		for _, flags := range [][]string{nil, {"--values"}} {
			var plan planAnswer
			w.json(t, &plan, at.code, append([]string{"plan", "--json"}, flags...)...)
			if first.Consequence == nil {
				first = plan
			}
			if plan.Consequence == nil || plan.Fees == nil || plan.Fees.Before == plan.Fees.After {
				t.Fatalf("%s %s: it means %+v, %+v", at.name, flags, plan.Consequence, plan.Fees)
			}
			if diff := cmp.Diff([]any{first.Consequence, first.Fees}, []any{plan.Consequence, plan.Fees}); diff != "" {
				t.Errorf("%s %s (-first +got):\n%s", at.name, flags, diff)
			}
			out := w.passerelle(t, at.code, append([]string{"plan"}, flags...)...)
			for _, want := range []string{"\npeople per fee category, before and after:\n", ": CHF " + plan.Fees.Before + " before, CHF " + plan.Fees.After + " after\n"} {
				if !strings.Contains(out, want) {
					t.Errorf("%s %s: lacks %q:\n%s", at.name, flags, want, out)
				}
			}
		}
	}
}
