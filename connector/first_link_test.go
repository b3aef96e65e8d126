package connector_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// grownApart returns a bench on which the first run has been held.
func grownApart(t *testing.T) *bench {
	t.Helper()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	if r := b.run(); r.Held == nil || r.Stopped != nil {
		t.Fatalf("the first run was not held: %s", text(r))
	}
	b.forget()
	return b
}

func TestFirstLinkWritesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	before := b.world.Everybody()
	r := b.run()
	b.untouched()
	if diff := cmp.Diff(before, b.world.Everybody(), cmpopts.IgnoreUnexported(simulation.Sighting{})); diff != "" {
		t.Errorf("the two systems are not as they were:\n%s", diff)
	}
	if r.Held == nil {
		t.Fatalf("nothing is held: %s", text(r))
	}
	planned := r.Planned[record.Club].Total() + r.Planned[record.Federation].Total()
	if r.Held.Changes != planned || applied(r) != 0 {
		t.Errorf("%d changes are planned, %d held, %d carried: not all are held", planned, r.Held.Changes, applied(r))
	}
	// Whoever lacks something on a side is in the plan; two values, or a person without any, are not.
	concerned := map[int]bool{}
	for _, a := range b.world.Apart() {
		if a.Kind != simulation.Differs {
			concerned[a.N] = true
		}
	}
	var want []string
	for n := range maps.Keys(concerned) {
		var ref string
		if seen := b.world.Person(n); len(seen.Club) == 1 {
			ref = seen.Club[0].Ref
		} else {
			ref = seen.Federation[0].Ref
		}
		want = append(want, ref)
	}
	slices.Sort(want)
	var got []string
	for _, c := range b.held().Changes {
		got = append(got, c.Person)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("who is in the plan (-want +got):\n%s", diff)
	}
	if r.Held.Persons != len(want) {
		t.Errorf("the plan is about %d persons, not %d", r.Held.Persons, len(want))
	}
	if diff := cmp.Diff([]string{"this is the first link: look at what would follow, and approve it"}, r.Held.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

// TestWhoIsOutOfScopeStaysAtTheClub: passive members and friends of the club never reach the federation, not even when
// somebody says yes to all that is planned (DESIGN decision 8).
func TestWhoIsOutOfScopeStaysAtTheClub(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.approve()
	b.run()
	b.run()
	outside := 0
	for _, standing := range []population.Standing{population.Passive, population.Friend} {
		for _, p := range b.world.People.Of(standing) {
			seen := b.world.Person(p.N)
			outside += len(seen.Club)
			if len(seen.Federation) > 0 {
				t.Errorf("M%d, %s, has come to the federation", p.N, standing)
			}
		}
	}
	if outside == 0 {
		t.Error("nobody at the club is out of scope")
	}
}

func TestApprovalNeedsThePlanAndItsPersons(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	plan := b.held()
	for _, c := range []struct {
		name    string
		plan    string
		persons int
		want    error
	}{
		{"one person too few is refused", plan.ID, plan.Persons - 1, connector.ErrPersons},
		{"the number of changes is not that of persons", plan.ID, plan.Persons + 1, connector.ErrPersons},
		{"no number is refused", plan.ID, 0, connector.ErrPersons},
		{"another plan is refused", "00000000", plan.Persons, connector.ErrPlan},
		{"no plan is refused", "", plan.Persons, connector.ErrPlan},
	} {
		if n, err := b.link.Approve(t.Context(), c.plan, c.persons, connector.Only{}); !errors.Is(err, c.want) || n != 0 {
			t.Errorf("%s: got %d, %v; want %v", c.name, n, err, c.want)
		}
	}
	if r := b.run(); r.Held == nil || r.Approved != 0 {
		t.Errorf("a refused approval let something pass: %s", text(r))
	}
	b.untouched()
}

func TestApprovalInPart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		only func(port.Plan) connector.Only
	}{
		{"one side alone", func(port.Plan) connector.Only { return connector.Only{Sides: []record.Side{record.Club}} }},
		{"creations alone", func(port.Plan) connector.Only { return connector.Only{Kinds: []record.Op{record.Create}} }},
		{"one change alone", func(p port.Plan) connector.Only {
			i := slices.IndexFunc(p.Changes, func(c port.PlannedItem) bool { return c.Kind == record.Update })
			return connector.Only{IDs: []string{p.Changes[i].ID}}
		}},
		{"updates of one side", func(port.Plan) connector.Only {
			return connector.Only{Sides: []record.Side{record.Federation}, Kinds: []record.Op{record.Update}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := grownApart(t)
			plan := b.held()
			only := c.only(plan)
			var rest, taken []port.PlannedItem
			for _, item := range plan.Changes {
				if (len(only.IDs) == 0 || slices.Contains(only.IDs, item.ID)) &&
					(len(only.Sides) == 0 || slices.Contains(only.Sides, item.Side)) &&
					(len(only.Kinds) == 0 || slices.Contains(only.Kinds, item.Kind)) {
					taken = append(taken, item)
				} else {
					rest = append(rest, item)
				}
			}
			n, err := b.link.Approve(t.Context(), plan.ID, plan.Persons, only)
			if err != nil || n != len(taken) {
				t.Fatalf("approved %d, %v; want %d", n, err, len(taken))
			}
			r := b.run()
			if r.Approved != len(taken) {
				t.Errorf("%d approved changes were carried, not %d", r.Approved, len(taken))
			}
			if diff := cmp.Diff(ids(rest), ids(b.held().Changes)); diff != "" {
				t.Errorf("what is still held (-want +got):\n%s", diff)
			}
			if len(taken) == 1 && len(b.sent(record.Club))+len(b.sent(record.Federation)) != 1 {
				t.Errorf("one change became %v and %v", b.sent(record.Club), b.sent(record.Federation))
			}
			b.approve()
			b.run()
			if plan := b.held(); plan.ID != "" {
				t.Errorf("%d changes are held when all are approved", len(plan.Changes))
			}
			b.once()
		})
	}
}

func TestApprovalDoesNotCoverWhatChangedSince(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	plan := b.held()
	changed := map[int]record.Side{} // people whose phone a side lacks: where they have one it is another by now
	for _, a := range b.world.Apart() {
		if a.Kind == simulation.Missing && slices.Contains(a.Fields, "phoneMobile") {
			changed[a.N] = record.Side(a.Side)
		}
	}
	if len(changed) == 0 {
		t.Fatal("nobody lacks a phone")
	}
	b.approve()
	const phone = "+41790007777"
	for n, lacking := range changed {
		b.mobile(lacking.Other(), n, "790007777")
	}
	r := b.run()
	if want := len(plan.Changes) - len(changed); r.Approved != want {
		t.Errorf("%d approved changes were carried, want %d of %d", r.Approved, want, len(plan.Changes))
	}
	if r.Held == nil || r.Held.Changes != len(changed) || r.Held.Persons != len(changed) {
		t.Fatalf("what has changed since does not wait: %s", text(r))
	}
	for n, lacking := range changed {
		if got := b.holds(lacking, n, "member.phoneMobile"); got != "" {
			t.Errorf("M%d was written without approval at the %s", n, lacking)
		}
	}
	b.approve()
	b.run()
	for n := range changed {
		b.both(n, "member.phoneMobile", phone, phone)
	}
}

func TestLinkedEditsFlow(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.approve()
	b.flows(b.run())
	if r := b.run(); r.Held != nil || applied(r) != 0 {
		t.Fatalf("the link is not at rest: %s", text(r))
	}
	status, err := b.link.Status(t.Context())
	if err != nil || !status.Linked {
		t.Fatalf("linked: %v, %v", status.Linked, err)
	}
	n := b.people(1)[0]
	want := b.mobile(record.Club, n, "790006666")
	b.flows(b.run())
	b.both(n, "member.phoneMobile", want, want)
}

func TestChangedSettingsAreHeld(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	config := b.config()
	config.Settings = maps.Clone(config.Settings)
	config.Settings["club"] = "another profile"
	n := b.people(1)[0]
	was := b.holds(record.Club, n, "member.phoneMobile")
	want := b.mobile(record.Federation, n, "790006666")
	b.link = connector.New(config)
	r := b.run()
	b.untouched()
	if r.Held == nil || !slices.Equal(r.Held.Reasons, []string{"your settings changed, this would follow"}) {
		t.Fatalf("changed settings do not hold: %s", text(r))
	}
	b.run()
	b.untouched()
	b.both(n, "member.phoneMobile", was, want)
	b.approve()
	b.run()
	b.both(n, "member.phoneMobile", want, want)
	second := b.mobile(record.Club, n, "790005555")
	b.flows(b.run())
	b.both(n, "member.phoneMobile", second, second)
}

func TestChangedSettingsWithoutConsequenceHoldNothing(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	config := b.config()
	config.Settings = map[string]string{"club": "another profile"}
	b.link = connector.New(config)
	b.flows(b.run())
	n := b.people(1)[0]
	want := b.mobile(record.Club, n, "790006666")
	b.flows(b.run())
	b.both(n, "member.phoneMobile", want, want)
}

func TestApprovalHoldsFourteenDays(t *testing.T) {
	t.Parallel()
	const fourteenDays = 14 * 24 * time.Hour
	t.Run("a run just before the end carries it", func(t *testing.T) {
		t.Parallel()
		b := grownApart(t)
		b.approve()
		b.clock.Add(fourteenDays - poll - time.Second)
		if r := b.run(); r.Held != nil || r.Approved == 0 {
			t.Errorf("the approval does not hold: %s", text(r))
		}
	})
	t.Run("a run at the end holds all of it again", func(t *testing.T) {
		t.Parallel()
		b := grownApart(t)
		before := ids(b.held().Changes)
		b.approve()
		b.clock.Add(fourteenDays - poll)
		if r := b.run(); r.Held == nil || r.Approved != 0 {
			t.Errorf("the approval still holds: %s", text(r))
		}
		b.untouched()
		if diff := cmp.Diff(before, ids(b.held().Changes)); diff != "" {
			t.Errorf("what is held (-want +got):\n%s", diff)
		}
	})
}

// TestQuestionsOfAChangedProfileStand maps a field that was not mapped before and that the two sides hold differently,
// while not a byte of the documents has changed.
func TestQuestionsOfAChangedProfileStand(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest, InStep: true})
	b.overlay = func(text string) string {
		before, after, _ := strings.Cut(text, "subscriptions:\n")
		_, codes, _ := strings.Cut(after, "codes:\n")
		return before + "codes:\n" + codes
	}
	b.link = connector.New(b.config())
	for _, p := range b.world.People.People[:b.world.People.Members] {
		if len(p.Subscriptions) == 1 && p.Subscriptions[0].Delivery == "print" && p.Subscriptions[0].Publication == "GYMLIVE" {
			b.atClub(p.N, func(c *fairgatetest.Contact) { c.CustomFields["105"] = "Digital" })
			break
		}
	}
	b.flows(b.run())
	b.overlay = nil
	b.link = connector.New(b.config())
	b.run()
	want := b.question(conflicts.BothChanged)
	for range 2 {
		b.run()
		if got := b.question(conflicts.BothChanged); got.ID != want.ID {
			t.Errorf("another question is open: %s", got.ID)
		}
	}
	b.untouched()
}
