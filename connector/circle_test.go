package connector_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/internal/record"
)

// toAndFro has the club's phone of somebody go to and fro n times, a day apart, and returns what the last run did.
func (b *bench) toAndFro(person, n int) connector.Report {
	b.tb.Helper()
	var r connector.Report
	for i := range n {
		b.clock.Add(24 * time.Hour)
		b.mobile(record.Club, person, []string{"790001111", "790002222"}[i%2])
		r = b.run()
	}
	return r
}

func TestAFieldThatGoesToAndFro(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	person := b.people(1)[0]
	b.mobile(record.Club, person, "790002222")
	b.flows(b.run())
	b.flows(b.toAndFro(person, 3)) // to the first, back, and to the first again
	b.both(person, "member.phoneMobile", "+41790001111", "+41790001111")

	b.forget()
	b.clock.Add(24 * time.Hour)
	b.mobile(record.Club, person, "790002222")
	b.flows(b.run())
	q := b.question(conflicts.BothChanged)
	if want := "by turns, in the runs 3, 4, 5;"; !strings.Contains(q.Reason, want) {
		t.Errorf("the reason has no trace %q: %s", want, q.Reason)
	}
	for range 3 { // a question that nobody answers does not go away, however long it takes
		b.clock.Add(20 * 24 * time.Hour)
		b.flows(b.run())
	}
	b.untouched()
	b.explained("while it stands still")
	if again := b.question(conflicts.BothChanged); again.Fingerprint != q.Fingerprint {
		t.Errorf("the question has become another: %s", again.Reason)
	}

	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeClub})
	b.flows(b.run())
	b.both(person, "member.phoneMobile", "+41790002222", "+41790002222")
	b.flows(b.toAndFro(person, 1)) // the answer has ended it
	b.both(person, "member.phoneMobile", "+41790001111", "+41790001111")
}

// TestTwoWriters: an interface that sets the club back to its own value each night is seen on the side that we write to.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	person := b.people(1)[0]
	b.mobile(record.Club, person, "790001111")
	b.flows(b.run())
	for range 3 {
		b.mobile(record.Federation, person, "790002222")
		b.flows(b.run()) // to the club
		b.mobile(record.Club, person, "790001111")
		b.flows(b.run()) // to the federation
	}
	b.forget()
	b.mobile(record.Federation, person, "790002222")
	b.flows(b.run())
	b.untouched()
	q := b.question(conflicts.BothChanged)
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeFederation})
	b.flows(b.run())
	b.both(person, "member.phoneMobile", "+41790002222", "+41790002222")
	b.mobile(record.Club, person, "790001111")
	b.flows(b.run()) // the answer was about both sides
	b.both(person, "member.phoneMobile", "+41790001111", "+41790001111")
}

func TestWhatIsNoCircle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(b *bench, person int)
		want string
	}{
		{"changed and changed back once", func(b *bench, person int) { b.toAndFro(person, 2) }, "+41790002222"},
		{"another value after three turns", func(b *bench, person int) {
			b.toAndFro(person, 4)
			b.mobile(record.Club, person, "790003333")
			b.run()
		}, "+41790003333"},
		{"turns that lie months apart", func(b *bench, person int) {
			for i := range 5 {
				b.clock.Add(31 * 24 * time.Hour)
				b.mobile(record.Club, person, []string{"790001111", "790002222"}[i%2])
				b.run()
			}
		}, "+41790001111"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, smallest)
			person := b.people(1)[0]
			c.edit(b, person)
			b.both(person, "member.phoneMobile", c.want, c.want)
			if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) != 0 {
				t.Errorf("%d questions are open", len(open))
			}
		})
	}
}

// TestACircleLeft: whoever leaves it alone is not asked again, and nothing is written.
func TestACircleLeft(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	person := b.people(1)[0]
	b.flows(b.toAndFro(person, 5))
	b.decide(b.question(conflicts.BothChanged).ID, conflicts.Answer{Verb: conflicts.Leave})
	b.forget()
	for range 2 {
		b.clock.Add(40 * 24 * time.Hour)
		b.flows(b.run())
	}
	b.untouched()
	if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) != 0 {
		t.Errorf("%d questions are open", len(open))
	}
}
