package main

import (
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/simulation"
)

// TestAChangeThatHasChangedSince fills in, on the side that lacks it, another phone than the plan would: the one change about
// it is shown without a value, and said to carry nothing.
func TestAChangeThatHasChangedSince(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	w.passerelle(t, exitHeld, "sync")
	for _, a := range w.Apart() {
		if a.Kind != simulation.Missing || strings.Join(a.Fields, "") != "phoneMobile" {
			continue
		}
		seen := w.Person(a.N)
		if a.Side == simulation.Club {
			w.ClubSystem.Edit(strings.TrimPrefix(seen.Club[0].Ref, "contact/"), func(c *fairgatetest.Contact) { c.Communication.Mobile = "0790007777" })
		} else if err := w.FederationSystem.EditMember(strings.TrimPrefix(seen.Federation[0].Ref, "members/"), func(m *stvtest.Member) { m.PhoneMobile = "+41790007777" }); err != nil {
			t.Fatal(err)
		}
		break
	}
	var plan planAnswer
	w.json(t, &plan, exitHeld, "plan", "--values", "--json")
	var since []planChange
	for _, c := range plan.Changes {
		if c.ChangedSince {
			since = append(since, c)
		} else if c.Values == nil {
			t.Errorf("%s has no values and is not said to have changed", c.ID)
		}
	}
	if len(since) != 1 || len(since[0].Fields) != 1 || since[0].Fields[0] != "phoneMobile" || since[0].Values != nil {
		t.Errorf("changed since: %+v; want the phone alone, without values", since)
	}
	out := w.passerelle(t, exitHeld, "plan", "--values")
	if n := strings.Count(out, "changed since: it would not follow any more as it was held"); n != 1 {
		t.Errorf("it is said %d times, want once:\n%s", n, out)
	}
}
