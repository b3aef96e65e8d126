package connector_test

import (
	"testing"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestAnArchivedContactWithASubscription leaves the list, which holds no archived contacts, while a subscription still stands
// in it: that is a leaver, and no sign of a list that is not whole (ADR 23).
func TestAnArchivedContactWithASubscription(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	const subscriber = 15
	if err := b.world.Type(simulation.Club, subscriber, "member.status", "archived"); err != nil {
		t.Fatal(err)
	}
	b.flows(b.run())
	if seen := b.world.Person(subscriber); seen.Federation[0].Life != simulation.Ended || seen.Federation[0].Fields["subscription.GYMLIVE"] == "" {
		t.Errorf("at the federation: %s, subscription %q; want ended, with the subscription left as it is", seen.Federation[0].Life, seen.Federation[0].Fields["subscription.GYMLIVE"])
	}
}

// TestWhoIsArchivedUnderAQuestion is not made anew: the question stands, whatever the list shows (ADR 23).
func TestWhoIsArchivedUnderAQuestion(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.world.Invent(recruit(len(b.world.People.People)))
	for _, side := range []simulation.Side{simulation.Club, simulation.Federation} {
		if err := b.world.Join(side, n); err != nil {
			t.Fatal(err)
		}
	}
	b.run()
	q := b.question(conflicts.Match)
	club, federation := b.size()
	if err := b.world.Type(simulation.Club, n, "member.status", "archived"); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b.flows(b.run())
	}
	b.grew(club, federation, 0, 0)
	if again := b.question(conflicts.Match); again.ID != q.ID {
		t.Errorf("question %s became %s", q.ID, again.ID)
	}
}

// TestAWriteWithoutARecord lets the process die between a write and its record: what was written over is in the history, and
// the writing is no edit of that side when the other edits again (ADR 22).
func TestAWriteWithoutARecord(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	old := b.holds(record.Federation, n, "member.phoneMobile")
	b.mobile(record.Club, n, "791110001")
	k := &killer{at: 1, after: true, what: "write"}
	b.restart(k)
	b.clock.Add(poll)
	if _, err := b.link.RunOnce(t.Context(), connector.Options{}); err == nil || !k.dead {
		t.Fatalf("the run was not cut short: %v", err)
	}
	b.restart(nil)
	last := b.mobile(record.Club, n, "791110002")
	b.flows(b.run())
	b.both(n, "member.phoneMobile", last, last)
	if open := b.kinds(); open != "" {
		t.Errorf("it is asked about: %s", open)
	}
	told := 0
	err := b.ledger.History(t.Context(), func(e port.Entry) error {
		if e.Before["phoneMobile"].Text() == old && e.After["phoneMobile"].Text() == "+41791110001" {
			told++
		}
		return nil
	})
	if err != nil || told != 1 {
		t.Errorf("what was written over is in the history %d times, want once (%v)", told, err)
	}
}

// TestAPinnedPersonIsArchivedWithASubscription has one of the oldest pairs leave the club's list with something still standing in
// the contact: one who has left is missed by nobody.
func TestAPinnedPersonIsArchivedWithASubscription(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	const oldest = 1 // with a function and a subscription
	if err := b.world.Type(simulation.Club, oldest, "member.status", "archived"); err != nil {
		t.Fatal(err)
	}
	b.flows(b.run())
	if seen := b.world.Person(oldest); seen.Federation[0].Life != simulation.Ended {
		t.Errorf("at the federation: %s, want ended", seen.Federation[0].Life)
	}
}

// TestAnAffiliationThatIsListedLate comes a poll after its member, from a replica that lags: the member was taken for one of
// no club of ours, and is one of ours after all.
func TestAnAffiliationThatIsListedLate(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.world.Invent(recruit(len(b.world.People.People)))
	if err := b.world.Join(simulation.Federation, n); err != nil {
		t.Fatal(err)
	}
	if err := b.world.AddFaults(faults.Rule{Op: "affiliations.list", Kind: faults.Stale, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.flows(b.run())
	}
	if seen := b.world.Person(n); len(seen.Club) != 1 {
		t.Errorf("who joined at the federation stands %d times at the club, want once", len(seen.Club))
	}
	b.once()
	b.explained("at last")
}

// TestAnEndKeepsWhatStoodThere ends a subscription whose place at the club is emptied with it: how it came is in the history.
func TestAnEndKeepsWhatStoodThere(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	const subscriber = 12
	was := b.holds(record.Club, subscriber, "subscription.GYMLIVE")
	if err := b.world.Type(simulation.Federation, subscriber, "subscription.GYMLIVE", ""); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.flows(b.run())
	b.both(subscriber, "subscription.GYMLIVE", "", "")
	told := ""
	err := b.ledger.History(t.Context(), func(e port.Entry) error {
		if e.Op == record.End && e.Kind == "subscription" && e.Side == record.Club {
			told = e.Before["delivery"].Text()
		}
		return nil
	})
	if err != nil || was == "" || told != was {
		t.Errorf("the history says %q of what stood there, want %q (%v)", told, was, err)
	}
}
