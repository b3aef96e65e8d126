package connector_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
	"passerelle/internal/record"
)

// A noted is a number of runs kept beside the ledger.
type noted struct{ count uint64 }

func (n *noted) Noted() (uint64, error) { return n.count, nil }

func (n *noted) Note(count uint64) error {
	n.count = count
	return nil
}

// copied keeps the ledger's file as it is now, and putBack puts such a copy in its place, as somebody would by hand.
func (b *bench) copied() []byte {
	b.tb.Helper()
	path := filepath.Join(b.tb.TempDir(), "copy.db")
	if _, err := b.ledger.Backup(b.tb.Context(), path); err != nil {
		b.tb.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		b.tb.Fatal(err)
	}
	return file
}

func (b *bench) putBack(file []byte) {
	b.tb.Helper()
	if err := b.ledger.Close(); err != nil {
		b.tb.Fatal(err)
	}
	if err := os.WriteFile(b.path, file, 0o600); err != nil {
		b.tb.Fatal(err)
	}
	b.open()
}

// restored puts a copy in place by Restore.
func (b *bench) restored(file []byte) {
	b.tb.Helper()
	from := filepath.Join(b.tb.TempDir(), "from.db")
	if err := os.WriteFile(from, file, 0o600); err != nil {
		b.tb.Fatal(err)
	}
	if err := b.ledger.Close(); err != nil {
		b.tb.Fatal(err)
	}
	if _, err := ledger.Restore(b.tb.Context(), from, b.path, b.clock.Now(), func(ledger.Facts) error { return nil }); err != nil {
		b.tb.Fatal(err)
	}
	b.open()
}

// lived lets a linked club live on after its ledger was copied: an edit that was carried, one that was carried and changed
// again since, an end, and somebody who joined. It returns who they are, and the copy.
func lived(b *bench) (people []int, joined int, file []byte) {
	b.tb.Helper()
	people = b.people(6)
	b.mobile(record.Club, people[0], "791110000")
	b.flows(b.run())
	file = b.copied()
	b.mobile(record.Club, people[0], "791110001")
	b.mobile(record.Club, people[1], "791110002")
	joined = b.joined(record.Club).N
	b.flows(b.run())
	b.flows(b.run())
	// The club has put the first one's number back to what it was when the copy was made; nobody has carried that yet.
	b.mobile(record.Club, people[0], "791110000")
	return people, joined, file
}

// TestALedgerThatWasSetBack sees that nothing follows by itself from a ledger that was set back, by restore or by hand, that
// nothing newer is lost, and nobody stands twice.
func TestALedgerThatWasSetBack(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(*bench, []byte){
		"by restore": func(b *bench, file []byte) { b.restored(file) },
		"by hand":    func(b *bench, file []byte) { b.putBack(file) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 60)
			b.tally = &noted{}
			b.restart(nil)
			people, joined, file := lived(b)
			how(b, file)
			b.forget()

			r := b.run()
			b.untouched()
			if r.Held == nil || !strings.Contains(r.Held.Reasons[0], "restored and remembers nothing after 2026-03-14") {
				t.Fatalf("the first run after the restore: %s; want all of it held", text(r))
			}
			// What both sides hold alike is adopted; the club's newest number stands against the old one in the plan.
			if r.Held.Persons != 1 {
				t.Errorf("held: %d persons, want the one whose sides differ", r.Held.Persons)
			}
			b.both(people[0], "member.phoneMobile", "+41791110000", "+41791110001")
			b.both(people[1], "member.phoneMobile", "+41791110002", "+41791110002")
			if seen := b.world.Person(joined); len(seen.Club) != 1 || len(seen.Federation) != 1 {
				t.Errorf("who joined after the copy stands %d and %d times, want once on each side", len(seen.Club), len(seen.Federation))
			}
			if r := b.run(); r.Held == nil {
				t.Errorf("a second run without approval: %s; want it held still", text(r))
			}
			b.untouched()

			b.approve()
			b.run()
			if r := b.run(); r.Held != nil || r.Stopped != nil {
				t.Errorf("after the approval: %s; want it to flow", text(r))
			}
			b.mobile(record.Club, people[2], "791110009")
			b.flows(b.run())
			b.both(people[2], "member.phoneMobile", "+41791110009", "+41791110009")
			b.once()
			b.explained("after the restore")
		})
	}
}

// TestAnEndAfterTheCopy sees that one who is missing is not taken for an end once the first run has held nothing.
func TestAnEndAfterTheCopy(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	b.tally = &noted{}
	b.restart(nil)
	n := b.people(1)[0]
	file := b.copied()
	b.mobile(record.Club, b.people(2)[1], "791110001")
	b.flows(b.run())
	b.putBack(file)
	b.remove(record.Club, n)
	b.forget()
	for range 3 {
		b.run()
	}
	b.untouched()
	if plan := b.held(); len(plan.Changes) != 1 || plan.Changes[0].Kind != record.End {
		t.Errorf("held: %+v; want the end of the one who is gone", plan)
	}
}

// TestARunOnTheWayIsNotSetBack sees that a ledger which goes on after a stop is none that was set back.
func TestTheTallyFollows(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	n := &noted{}
	b.tally = n
	b.restart(nil)
	b.mobile(record.Club, b.people(1)[0], "791110001")
	r := b.run()
	b.flows(r)
	if n.count != r.Run {
		t.Errorf("noted: %d, want %d", n.count, r.Run)
	}
	b.restart(nil)
	b.flows(b.run())
}

// TestASideThatWasSetBack sees that values which all go back at once to what they were before our writes are taken for
// another backup at the federation, and that nothing newer is lost by it.
func TestASideThatWasSetBack(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	people := b.people(5)
	before := map[int]string{}
	for _, n := range people {
		before[n] = b.holds(record.Federation, n, "member.phoneMobile")
	}
	for i, n := range people {
		b.mobile(record.Club, n, "79111000"+string(rune('0'+i)))
	}
	b.flows(b.run())
	b.flows(b.run())
	back := func(n int) {
		b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = before[n] })
	}
	for _, n := range people[1:] {
		back(n)
	}
	back(people[0])
	// One whom we have not written to differs as well: nobody knows whether it is older or newer.
	other := b.people(6)[5]
	was := b.holds(record.Club, other, "member.phoneMobile")
	b.mobile(record.Federation, other, "792220000")
	b.forget()
	r := b.run()
	b.untouched()
	if r.Held == nil || r.Held.Changes != 1 || !strings.Contains(r.Held.Reasons[0], "the federation holds again what it held before 2026-03-14") {
		t.Fatalf("the run after: %s; want the edit of the other held", text(r))
	}
	if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) != len(people) {
		t.Errorf("%d questions, want one for each who went back: %s", len(open), text(r))
	}
	for i, n := range people {
		b.both(n, "member.phoneMobile", "+4179111000"+string(rune('0'+i)), before[n])
	}
	b.both(other, "member.phoneMobile", was, "+41792220000")

	// The answer for all: the club's newer values go to the federation again.
	b.decide("field:phoneMobile", conflicts.Answer{Verb: conflicts.TakeClub})
	b.run()
	b.approve()
	b.run()
	for i, n := range people {
		b.both(n, "member.phoneMobile", "+4179111000"+string(rune('0'+i)), "+4179111000"+string(rune('0'+i)))
	}
	b.run()
	b.mobile(record.Club, other, "792220001")
	b.flows(b.run())
	b.explained("after the federation was set back")
}

// TestAFewWhoGoBackAreEdits sees that staff who undo two of our writes, or old ones, are no restored backup.
func TestAFewWhoGoBackAreEdits(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	people := b.people(5)
	before := map[int]string{}
	write := func(n int, digits string) {
		before[n] = b.holds(record.Federation, n, "member.phoneMobile")
		b.mobile(record.Club, n, digits)
		b.flows(b.run())
	}
	for i, n := range people {
		write(n, "79111000"+string(rune('0'+i)))
	}
	for _, n := range people[:4] { // the newest write stands
		b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = before[n] })
	}
	b.flows(b.run())
	for _, n := range people[:4] {
		b.both(n, "member.phoneMobile", before[n], before[n])
	}

	// The newest write stands as well where the club edits that person at the same time.
	for i, n := range people {
		write(n, "79222000"+string(rune('0'+i)))
	}
	for _, n := range people[:4] {
		b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = before[n] })
	}
	b.mobile(record.Club, people[4], "793330000")
	b.flows(b.run())
}

var _ connector.Tally = (*noted)(nil)

// TestASideThatLostWhomWeCreated sees that nobody is ended because a side was put back to before we created them there: who
// is not there again is asked about, also once two listings have missed them.
func TestASideThatLostWhomWeCreated(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	before := b.world.FederationSystem.Backup()
	born := []population.Date{"1981-02-03", "1982-04-05", "1983-06-07", "1984-08-09"}
	for i, day := range born {
		p := newcomer(b)
		p.FirstName, p.LastName, p.BirthDate = "Anna", []string{"Reck", "Barren", "Kasten", "Trapez"}[i], day
		_, member := b.add(twosome{p, p})
		if err := b.world.FederationSystem.RemoveMember(member); err != nil {
			t.Fatal(err)
		}
	}
	b.flows(b.run())
	b.flows(b.run())
	b.world.FederationSystem.Restore(before)
	for range 3 {
		if r := b.run(); r.Planned[record.Club].End != 0 || r.Planned[record.Federation].Create != 0 {
			t.Fatalf("those whom the federation does not have again are ended, or created again: %s", text(r))
		}
	}
	if open := b.queue(conflicts.EndedAndChanged, conflicts.Open); len(open) != len(born) {
		t.Errorf("%d questions, want one for each whom the federation does not have again", len(open))
	}
}
