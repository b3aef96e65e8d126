package connector_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// polled carries out one cycle, one poll after the last, as the daemon does between its sweeps.
func (b *bench) polled() connector.Report {
	b.tb.Helper()
	return b.after(poll, connector.Options{Deltas: true})
}

// swept carries out the daemon's daily cycle, one poll after the last.
func (b *bench) swept() connector.Report {
	b.tb.Helper()
	return b.after(poll, connector.Options{Deltas: true, Full: true})
}

func (b *bench) after(d time.Duration, opt connector.Options) connector.Report {
	b.tb.Helper()
	b.clock.Add(d)
	b.forget()
	report, err := b.link.RunOnce(b.tb.Context(), opt)
	if err != nil {
		b.tb.Fatal(err)
	}
	return report
}

// stamped lets staff do something as if it were another time by their clock.
func (b *bench) stamped(d time.Duration, do func()) {
	b.clock.Add(d)
	do()
	b.clock.Add(-d)
}

// moved gives the federation a younger stamp than all those of its beginning, and the link a cursor that lies there.
func (b *bench) moved() {
	b.tb.Helper()
	b.clock.Add(time.Hour)
	b.atFederation(b.people(8)[7], func(*stvtest.Member) {})
	b.flows(b.polled())
	b.byChanges(true)
}

// byChanges checks how the federation was read in the last run: by its changes alone, or (also) as a whole.
func (b *bench) byChanges(want bool) {
	b.tb.Helper()
	if whole, changes := b.pages(); (whole == 0 && changes > 0) != want {
		b.tb.Errorf("read by its changes: %t, want %t (%d pages of changes, %d of whole lists)", !want, want, changes, whole)
	}
}

// pages returns how many pages of whole lists and of changes the federation was asked for since the logs were emptied.
func (b *bench) pages() (whole, changes int) {
	for _, q := range b.world.FederationSystem.Requests() {
		switch {
		case !strings.HasSuffix(q.Op, ".list"):
		case strings.Contains(q.Query, "filter=lastModifiedDateTime"):
			changes++
		default:
			whole++
		}
	}
	return whole, changes
}

func TestChangesCostFewerRequests(t *testing.T) {
	t.Parallel()
	b := linked(t, 300)
	whole := b.run()
	b.moved()
	n := b.people(1)[0]
	b.mobile(record.Federation, n, "790001111")
	r := b.polled()
	b.flows(r)
	b.byChanges(true)
	b.both(n, "member.phoneMobile", "+41790001111", "+41790001111")
	if diff := cmp.Diff(whole.Read, r.Read); diff != "" {
		t.Errorf("records known (-whole +by changes):\n%s", diff)
	}
	// A page of 100 rows for each kind that has so many less: 4+4+1+1 pages and 4 for who we are, against 4 and 4.
	if got, want := []int{whole.Requests[record.Federation].Read, r.Requests[record.Federation].Read}, []int{14, 8}; !slices.Equal(got, want) {
		t.Errorf("requests as a whole and by changes: %v, want %v", got, want)
	}
}

// TestStampsAroundTheCursor is INCIDENTS 30 and 31.
func TestStampsAroundTheCursor(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]time.Duration{
		"in the very second of the cursor": 0, "a second before": time.Second, "ten minutes late": 10 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			b.moved() // the stamp is a poll old now
			n := b.people(1)[0]
			b.stamped(-poll-late, func() { b.mobile(record.Federation, n, "790001111") })
			b.flows(b.polled())
			b.byChanges(true)
			b.both(n, "member.phoneMobile", "+41790001111", "+41790001111")
		})
	}
}

// unmoved edits somebody at the federation under a stamp that no delta shows, and returns who it is.
func unmoved(b *bench) int {
	n := b.people(1)[0]
	b.stamped(-3*time.Hour, func() { b.mobile(record.Federation, n, "790001111") })
	return n
}

func TestAStampThatDoesNotMove(t *testing.T) {
	t.Parallel()
	t.Run("the sweep finds the edit", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		n := unmoved(b)
		before := b.holds(record.Club, n, "member.phoneMobile")
		b.flows(b.polled())
		b.byChanges(true)
		b.both(n, "member.phoneMobile", before, "+41790001111")
		b.flows(b.swept())
		b.byChanges(false)
		b.both(n, "member.phoneMobile", "+41790001111", "+41790001111")
	})
	t.Run("the look before a write finds it, and the next run lists all", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		n := unmoved(b)
		b.mobile(record.Club, n, "790002222")
		r := b.polled()
		b.byChanges(true)
		b.untouched()
		if r.Planned[record.Federation].Update != 1 || applied(r) != 0 {
			t.Fatalf("the edit at the club was not planned, or was written: %s", text(r))
		}
		b.flows(b.polled())
		b.byChanges(false)
		b.both(n, "member.phoneMobile", "+41790002222", "+41790001111")
		b.question(conflicts.BothChanged)
	})
	t.Run("a day after the last whole listing there is another", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		n := unmoved(b)
		b.flows(b.after(21*time.Hour, connector.Options{Deltas: true}))
		b.byChanges(true)
		b.flows(b.after(2*time.Hour, connector.Options{Deltas: true}))
		b.byChanges(false)
		b.both(n, "member.phoneMobile", "+41790001111", "+41790001111")
	})
}

// TestADeltaProvesNobodyGone removes a member without a trace: only certified listings miss it, two of them.
func TestADeltaProvesNobodyGone(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.moved()
	n := b.people(1)[0]
	b.remove(record.Federation, n)
	for range 3 {
		r := b.polled()
		b.flows(r)
		b.byChanges(true)
		if r.Planned[record.Club].Total() != 0 {
			t.Fatalf("something follows from what changes do not show: %s", text(r))
		}
	}
	if r := b.swept(); r.Stopped != nil || r.Planned[record.Club].Total() != 0 {
		t.Fatalf("one listing is enough for something: %s", text(r))
	}
	r := b.polled()
	b.byChanges(false) // somebody is missed: the second certified listing, a poll after the first
	if there := b.world.Person(n).Club; r.Planned[record.Club].End != 1 || len(there) != 1 || there[0].Life != simulation.Ended {
		t.Errorf("who was missed twice is not ended: %d there, %s", len(there), text(r))
	}
	b.flows(b.polled())
	b.flows(b.polled())
	b.byChanges(true) // nobody takes part any more who is missed
}

func TestQuietChanges(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		b.flows(b.polled())
	}
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	questions := b.kinds()
	for range 3 {
		r := b.polled()
		if r.Held != nil || r.Stopped != nil || applied(r) != 0 || r.Adopted != 0 || r.Conflicts.Opened != 0 {
			t.Errorf("the cycle is not quiet: %s", text(r))
		}
		b.untouched()
	}
	after, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) || b.kinds() != questions {
		t.Errorf("a quiet cycle changed the ledger's file, or the questions %s into %s", questions, b.kinds())
	}
}

// TestEditsByChanges carries the same edits as TestEdits does, by changes where that is enough.
func TestEditsByChanges(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	b.moved()
	edits, err := b.world.Edits()
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.flows(b.polled())
	}
	var want, got []string
	for _, e := range edits {
		if err := b.world.Check(e); err != nil {
			t.Error(err)
		}
		if e.Question != "" {
			want = append(want, e.Question)
		}
	}
	open, err := b.link.Questions(t.Context(), conflicts.Open)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range open {
		got = append(got, string(q.Kind))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open questions (-want +got):\n%s", diff)
	}
	b.once()
}

// TestAFederationInAnotherTime is INCIDENTS 32: the federation's clock goes before ours or after it.
func TestAFederationInAnotherTime(t *testing.T) {
	t.Parallel()
	for name, skew := range map[string]time.Duration{"as ours": 0, "3 h before": 3 * time.Hour, "3 h behind": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulation.Config{Seed: 7, Members: 34, InStep: true})
			b.clock.Add(-skew) // what it has so far was stamped by its clock
			b.flows(b.run())
			for i, n := range b.people(3) {
				b.clock.Add(time.Hour)
				digits := "79000111" + string(rune('0'+i))
				b.stamped(skew, func() { b.mobile(record.Federation, n, digits) })
				r := b.polled()
				b.flows(r)
				b.byChanges(true)
				b.both(n, "member.phoneMobile", "+41"+digits, "+41"+digits)
				if r.Applied[record.Club].Update != 1 || applied(r) != 1 {
					t.Errorf("not one change: %s", text(r))
				}
			}
		})
	}
}

// TestAStampInTheFarFuture would hide all that comes after it.
func TestAStampInTheFarFuture(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(2)
	b.stamped(1000*time.Hour, func() { b.atFederation(n[0], func(*stvtest.Member) {}) })
	b.flows(b.polled())
	b.mobile(record.Federation, n[1], "790001111")
	b.flows(b.polled())
	b.byChanges(false)
	b.both(n[1], "member.phoneMobile", "+41790001111", "+41790001111")
}

// TestTheFederationWentBack restores the federation to a backup (INCIDENTS 12): its stamps are older than the cursor, but
// for one edit that was made since.
func TestTheFederationWentBack(t *testing.T) {
	t.Parallel()
	for name, edited := range map[string]bool{"and rests": false, "and was edited since": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			backup := b.world.FederationSystem.Backup()
			n := b.people(2)
			b.clock.Add(time.Hour)
			b.mobile(record.Federation, n[0], "790001111")
			b.flows(b.polled())
			b.byChanges(true)
			b.world.FederationSystem.Restore(backup)
			if edited {
				b.mobile(record.Federation, n[1], "790002222")
			}
			r := b.polled()
			b.byChanges(false)
			if r.Planned[record.Club].Total() == 0 {
				t.Errorf("what was restored is not in sight: %s", text(r))
			}
		})
	}
}

// TestWhoIsNewIsListedWhole has somebody join on a side alone, whose member the federation shows, or a club's function.
func TestWhoIsNewIsListedWhole(t *testing.T) {
	t.Parallel()
	for _, side := range record.Sides() {
		t.Run("somebody new at the "+string(side), func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			b.moved()
			b.joined(side)
			b.flows(b.polled())
			b.byChanges(false)
			b.once()
			b.flows(b.polled())
			b.byChanges(true)
			b.untouched()
		})
	}
	t.Run("a contact with the number of a member under an old stamp", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		p := newcomer(b)
		var contact, member string
		b.stamped(-3*time.Hour, func() { contact, member = b.add(twosome{p, p}) })
		number := b.dump(member).MemberNumber
		b.world.ClubSystem.Edit(contact, func(c *fairgatetest.Contact) { c.CustomFields = map[string]any{"101": number} })
		r := b.polled()
		b.flows(r)
		if r.Linked != 1 || r.Conflicts.Opened != 0 {
			t.Errorf("not linked by the number: %s", text(r))
		}
		b.once()
	})
	t.Run("a function at the club", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		b.atClub(b.people(1)[0], func(c *fairgatetest.Contact) { c.CustomFields["104"] = []string{"Technischer Leiter"} })
		had := len(b.world.FederationSystem.Functions())
		r := b.polled()
		b.flows(r)
		b.byChanges(false)
		if got := len(b.world.FederationSystem.Functions()) - had; got != 1 || r.Applied[record.Federation].Create != 1 {
			t.Errorf("%d functions were made: %s", got, text(r))
		}
		b.flows(b.polled())
		b.byChanges(true)
		b.untouched()
	})
	t.Run("somebody who waits to be made", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		b.joined(record.Club)
		b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed)
		for range 3 {
			b.polled()
			b.byChanges(false)
			b.untouched()
		}
	})
}

// TestAQuestionStandsWithoutBeingShown leaves a question open over runs in which no delta shows its person.
func TestAQuestionStandsWithoutBeingShown(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.moved()
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.mobile(record.Federation, n, "790002222")
	b.flows(b.polled())
	q := b.question(conflicts.BothChanged)
	for range 2 {
		b.moved()
		if again := b.question(conflicts.BothChanged); again.ID != q.ID || again.Fingerprint != q.Fingerprint {
			t.Fatalf("the question does not stand: %+v", again)
		}
	}
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeFederation})
	b.flows(b.polled())
	b.byChanges(true)
	b.both(n, "member.phoneMobile", "+41790002222", "+41790002222")
}

func TestAMergeIsListedWhole(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.moved()
	n := b.people(1)[0]
	loser := b.world.Person(n).Federation[0]
	survivor := b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: loser.Fields["member.lastName"], FirstName: loser.Fields["member.firstName"], BirthDate: loser.Fields["member.birthDate"], Gender: "M", Language: "de",
		PostalCode: "3000", City: "Bern", Country: "CH",
	})
	b.clock.Add(time.Hour)
	b.flows(b.polled()) // the survivor is another club's so far
	if err := b.world.FederationSystem.Merge(strings.TrimPrefix(loser.Ref, "members/"), survivor.ID); err != nil {
		t.Fatal(err)
	}
	b.polled()
	b.byChanges(false)
	b.once()
}

// TestTheQuestionOfAMergeStands parks somebody who was merged into another who is linked: no delta shows either.
func TestTheQuestionOfAMergeStands(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(2)
	if err := b.world.FederationSystem.Merge(b.member(n[0]), b.member(n[1])); err != nil {
		t.Fatal(err)
	}
	b.swept()
	q := b.question(conflicts.Merged)
	for range 3 {
		b.clock.Add(time.Hour)
		b.polled()
		b.untouched()
		if again := b.question(conflicts.Merged); again.ID != q.ID {
			t.Errorf("another question: %+v", again)
		}
	}
}

// A telling system says of its changes what a test lets it say.
type telling struct {
	port.System
	port.Counter
	changed func(port.Delta, error) (port.Delta, error)
}

func (s telling) Changed(ctx context.Context, kind string, since time.Time, page func([]record.Document) error) (port.Delta, error) {
	system, ok := s.System.(port.Deltas)
	if !ok {
		panic("the system tells no changes")
	}
	return s.changed(system.Changed(ctx, kind, since, page))
}

// TestChangesThatCannotBeReliedOn are followed by the whole listing in the same run.
func TestChangesThatCannotBeReliedOn(t *testing.T) {
	t.Parallel()
	for name, changed := range map[string]func(port.Delta, error) (port.Delta, error){
		"the filter is refused":    func(port.Delta, error) (port.Delta, error) { return port.Delta{}, &port.Error{Next: port.Stop} },
		"they break off":           func(d port.Delta, err error) (port.Delta, error) { d.Total++; return d, err },
		"as they are, for control": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			if changed != nil {
				b.federationTap = func(s port.System) port.System {
					counter, _ := s.(port.Counter)
					return telling{s, counter, changed}
				}
				b.link = connector.New(b.config())
			}
			b.flows(b.run())
			for range 2 {
				n := b.people(1)[0]
				digits := "79000111" + string(rune('0'+len(b.sent(record.Club))))
				b.mobile(record.Federation, n, digits)
				b.flows(b.polled())
				b.byChanges(changed == nil)
				b.both(n, "member.phoneMobile", "+41"+digits, "+41"+digits)
			}
		})
	}
	t.Run("the federation lists no more", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		want := b.believes()
		if err := b.world.AddFaults(faults.Rule{Op: "members.list", Kind: faults.TooMany}); err != nil {
			t.Fatal(err)
		}
		if r := b.polled(); r.Stopped == nil || r.Stopped.Side != record.Federation {
			t.Fatalf("the run did not stop: %s", text(r))
		}
		b.world.FederationSystem.Faults().Clear()
		if diff := cmp.Diff(want, b.believes(), porttest.Same()); diff != "" {
			t.Errorf("the ledger believes something new:\n%s", diff)
		}
		b.flows(b.polled()) // after a run that stopped
		b.byChanges(false)
	})
	t.Run("a write whose outcome is unknown", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		b.moved()
		b.mobile(record.Club, b.people(1)[0], "790001111")
		if err := b.world.AddFaults(faults.Rule{Op: "members.change", Kind: faults.CutAfter, Times: 1}); err != nil {
			t.Fatal(err)
		}
		if r := b.polled(); r.Unknown != 1 {
			t.Fatalf("the outcome is known: %s", text(r))
		}
		b.byChanges(true)
		b.flows(b.polled())
		b.byChanges(false)
		b.untouched()
	})
}

// TestTheDaemonAsksForChanges serves until the second success: the first run looks at everything, the second at what changed.
func TestTheDaemonAsksForChanges(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	drain, beats := make(chan struct{}), 0
	s := schedule(0.5)
	s.Poll = time.Millisecond
	s.Beat = func(time.Time) error {
		switch beats++; beats {
		case 1:
			b.byChanges(false)
			b.forget()
		case 2:
			b.byChanges(true)
			close(drain)
		}
		return nil
	}
	if err := b.link.Serve(t.Context(), s, drain); err != nil || beats != 2 {
		t.Errorf("%d successes: %v", beats, err)
	}
}
