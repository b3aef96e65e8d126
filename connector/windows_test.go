package connector_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// leaves has people leave at the club today.
func (b *bench) leaves(people ...int) {
	for _, n := range people {
		b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
	}
}

// because fails the test when a run does not hold so many changes for a reason.
func (b *bench) because(r connector.Report, changes int, reason string) {
	b.tb.Helper()
	if r.Held == nil || r.Held.Changes != changes || !strings.Contains(strings.Join(r.Held.Reasons, "; "), reason) {
		b.tb.Fatalf("not %d changes held because of %q: %s", changes, reason, text(r))
	}
}

func TestOneLeaverADay(t *testing.T) {
	t.Parallel()
	b := linked(t, 120)
	people := b.people(10)
	for _, n := range people[:9] {
		b.clock.Add(24 * time.Hour)
		b.leaves(n)
		b.flows(b.run())
	}
	b.clock.Add(24 * time.Hour)
	b.leaves(people[9])
	b.because(b.run(), 1, "10 ends of kind affiliation within 30 days, more than 9")
	if b.holds(record.Federation, people[9], "affiliation.exitDate") != "" {
		t.Error("the tenth was ended")
	}
	b.approve()
	b.flows(b.run())
	if b.holds(record.Federation, people[9], "affiliation.exitDate") == "" {
		t.Error("the tenth was not ended when it was approved")
	}
}

func TestTheSameDayCountsTogether(t *testing.T) {
	t.Parallel()
	b := linked(t, 120)
	people := b.people(4)
	b.leaves(people[:3]...)
	b.flows(b.run())
	b.leaves(people[3])
	b.because(b.run(), 1, "4 ends of kind affiliation within 24 hours, more than 3")
}

// TestWhatWasApprovedIsNoDrip: ordinary leavers flow on the day on which many were approved, in the very run, and after it.
func TestWhatWasApprovedIsNoDrip(t *testing.T) {
	t.Parallel()
	b := linked(t, 120)
	people := b.people(9)
	b.leaves(people[:6]...)
	b.because(b.run(), 6, "6 ends of kind affiliation in this run, more than 3")
	b.approve()
	b.leaves(people[6])
	b.flows(b.run())
	b.leaves(people[7:9]...)
	b.flows(b.run())
	for _, n := range people {
		if b.holds(record.Federation, n, "affiliation.exitDate") == "" {
			t.Errorf("M%d was not ended", n)
		}
	}
}

// TestASectionThatVanishes: more than half of a group is held, whatever the club as a whole may end.
func TestASectionThatVanishes(t *testing.T) {
	t.Parallel()
	b := linked(t, 120)
	b.guards.Ends = connector.Limit{Count: 100}
	b.link = connector.New(b.config())
	boys := 0
	for _, p := range b.world.People.People[:b.world.People.Members] {
		if p.Category == "12" && len(p.Functions)+len(p.Subscriptions) == 0 {
			b.leaves(p.N)
			boys++
		}
	}
	if boys < 3 {
		t.Fatalf("the club has %d boys", boys)
	}
	b.because(b.run(), boys, " in category 12 in this run, more than ")
	b.untouched()
}

// A walked store counts how often the history is read.
type walked struct {
	port.Store
	times *int
}

func (w walked) History(ctx context.Context, fn func(port.Entry) error) error {
	*w.times++
	return w.Store.History(ctx, fn)
}

// TestTheHistoryIsReadForACause: a quiet run does not look at what was written; a field that is to be written has one look
// whether it goes to and fro, and an end one at the windows.
func TestTheHistoryIsReadForACause(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	times := 0
	b.storeTap = func(s port.Store) port.Store { return walked{s, &times} }
	b.link = connector.New(b.config())
	person := b.people(1)[0]
	for _, c := range []struct {
		what string
		edit func()
		want int
	}{
		{"nothing", func() {}, 0},
		{"another phone", func() { b.mobile(record.Club, person, "790001111") }, 1},
		{"an end", func() { b.leaves(person) }, 1},
	} {
		times = 0
		c.edit()
		b.flows(b.run())
		if times != c.want {
			t.Errorf("%s: the history was read %d times, want %d", c.what, times, c.want)
		}
	}
}
