package connector_test

import (
	"context"
	"errors"
	"fmt"
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

// believed is what a ledger believes of people: nothing of it may follow from a listing that failed.
type believed struct {
	People []port.Person
	Gone   []string
}

func (b *bench) believes() believed {
	b.tb.Helper()
	contents := porttest.ReadContents(b.tb, b.ledger)
	out := believed{People: contents.People}
	for side, sights := range contents.Sights {
		for ref, sight := range sights {
			_, err := b.ledger.PersonOf(b.tb.Context(), side, ref)
			if err == nil && !sight.Missing.IsZero() { // of nobody's it says only that no list shows it
				out.Gone = append(out.Gone, string(side)+" "+ref)
			}
		}
	}
	slices.Sort(out.Gone)
	return out
}

// listingOps are the requests before the first write of a run.
func listingOps() []string {
	return []string{
		"token", "contacts.list", "club", "categories", "functionCodes", "publications",
		"members.list", "affiliations.list", "functions.list", "subscriptions.list",
	}
}

// TestEveryFaultOfAListing breaks every request of a listing in every way, on both sides, while edits wait to be carried:
// either the run succeeds (it may ask again) or it writes nothing at all and believes nothing new (INCIDENTS 1 to 9, 38, 40).
func TestEveryFaultOfAListing(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(4)
	want := b.believes()
	b.mobile(record.Club, people[0], "790001111")
	b.mobile(record.Federation, people[1], "790002222")
	b.atClub(people[2], func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
	stopped := map[faults.Kind]int{}
	for _, op := range listingOps() {
		for _, kind := range faults.Kinds() {
			if kind == faults.Delay || (kind == faults.LostNext || kind == faults.LostRows) && !strings.HasSuffix(op, ".list") {
				continue // a delay is no fault of the answer; only lists have rows
			}
			b.forget()
			b.renew()
			if err := b.world.AddFaults(faults.Rule{Op: op, Kind: kind}); err != nil {
				t.Fatal(err)
			}
			r := b.dryOrRun()
			b.world.ClubSystem.Faults().Clear()
			b.world.FederationSystem.Faults().Clear()
			if r.Stopped == nil {
				if kind != faults.LostNext && kind != faults.LostRows && kind != faults.CutBefore {
					t.Errorf("%s %s: the run did not stop: %s", op, kind, text(r))
				}
				if applied(r) > 0 {
					t.Fatalf("%s %s: the run wrote: %s", op, kind, text(r))
				}
				continue
			}
			stopped[kind]++
			if r.Stopped.Reason == "" || r.Stopped.Next == "" {
				t.Errorf("%s %s: nothing is said about it: %s", op, kind, text(r))
			}
			if writes := len(b.sent(record.Club)) + len(b.sent(record.Federation)); writes > 0 || r.Held != nil {
				t.Errorf("%s %s: %d writes in a run that stopped", op, kind, writes)
			}
			if diff := cmp.Diff(want, b.believes(), porttest.Same()); diff != "" {
				t.Fatalf("%s %s: the ledger believes something new:\n%s", op, kind, diff)
			}
		}
	}
	t.Logf("runs stopped: %v", stopped)
	b.flows(b.run())
	b.both(people[0], "member.phoneMobile", "+41790001111", "+41790001111")
	b.both(people[1], "member.phoneMobile", "+41790002222", "+41790002222")
	b.once()
}

// renew lets the club's token run out, so that another one is asked for.
func (b *bench) renew() { b.clock.Add(time.Hour) }

// dryOrRun runs for real where the fault must stop the run, and only looks where it need not concern anybody: a page that
// was the last anyway has no next.
func (b *bench) dryOrRun() connector.Report {
	b.tb.Helper()
	dry, err := b.link.RunOnce(b.tb.Context(), dryRun())
	if err != nil {
		b.tb.Fatal(err)
	}
	if dry.Stopped == nil {
		return dry
	}
	return b.run()
}

func TestALostPageStops(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		rule faults.Rule
		side record.Side
	}{
		{"the club's list says that its first page is the last", faults.Rule{Op: "contacts.list", Kind: faults.LostNext}, record.Club},
		{"the federation's list loses its next link", faults.Rule{Op: "members.list", Kind: faults.LostNext}, record.Federation},
		{"the club's list lacks every tenth", faults.Rule{Op: "contacts.list", Kind: faults.LostRows, Percent: 10}, record.Club},
		{"the club's list is empty", faults.Rule{Op: "contacts.list", Kind: faults.LostRows}, record.Club},
		{"the federation's list lacks every tenth", faults.Rule{Op: "members.list", Kind: faults.LostRows, Percent: 10}, record.Federation},
		{"the federation lists no affiliation", faults.Rule{Op: "affiliations.list", Kind: faults.LostRows}, record.Federation},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 130) // two pages at the club
			b.mobile(record.Federation, b.people(1)[0], "790001111")
			want := b.believes()
			if err := b.world.AddFaults(c.rule); err != nil {
				t.Fatal(err)
			}
			b.forget()
			r := b.run()
			if r.Stopped == nil || r.Stopped.Side != c.side {
				t.Fatalf("the run did not stop at the %s: %s", c.side, text(r))
			}
			b.untouched()
			if diff := cmp.Diff(want, b.believes(), porttest.Same()); diff != "" {
				t.Errorf("the ledger believes something new:\n%s", diff)
			}
		})
	}
}

// TestRowsLostWithTheirTotal is a listing that is shorter and says so of itself (INCIDENTS 6, 36): whom it lacks are there
// when they are read.
func TestRowsLostWithTheirTotal(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{
		Seed: 7, Members: 34, InStep: true,
		Tune: func(_ *fairgatetest.Config, f *stvtest.Config) { f.LostRowsUncounted = true },
	})
	b.flows(b.run())
	b.mobile(record.Club, b.people(1)[0], "790001111")
	for _, percent := range []int{5, 40, 0} {
		want := b.believes()
		for _, op := range []string{"members.list", "affiliations.list"} {
			b.forget()
			b.world.FederationSystem.Faults().Add(faults.Rule{Op: op, Kind: faults.LostRows, Percent: percent})
			r := b.run()
			b.world.FederationSystem.Faults().Clear()
			if r.Stopped == nil || r.Stopped.Side != record.Federation {
				t.Fatalf("%s lacks %d %%: the run did not stop: %s", op, percent, text(r))
			}
			b.untouched()
			if diff := cmp.Diff(want, b.believes(), porttest.Same()); diff != "" {
				t.Errorf("%s: the ledger believes something new:\n%s", op, diff)
			}
		}
	}
	b.flows(b.run())
}

func TestAnotherClubsToken(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.mobile(record.Club, b.people(1)[0], "790001111")
	b.world.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: "1.01.05.4522.00-7"})
	r := b.run()
	if r.Stopped == nil || !r.Stopped.Secret || r.Stopped.Side != record.Federation {
		t.Fatalf("another club's token did not stop the run: %s", text(r))
	}
	b.untouched()
}

func TestWhatMayNotBeWrittenWaits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		close, open func(*bench)
		side        record.Side
	}{
		{
			"the federation's token reads only",
			func(b *bench) {
				b.world.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: simulation.ClubNumber, Rights: []string{"read"}})
			},
			func(b *bench) {
				b.world.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: simulation.ClubNumber})
			},
			record.Federation,
		},
		{
			"the federation's write window is closed",
			func(b *bench) { b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed) },
			func(b *bench) { b.world.FederationSystem.SetWriteWindow(stvtest.WindowOpen) },
			record.Federation,
		},
		{
			"the club's key reads only",
			func(b *bench) { b.world.ClubSystem.SetKey(simulation.AccessKey, fairgatetest.Read) },
			func(b *bench) { b.world.ClubSystem.SetKey(simulation.AccessKey, fairgatetest.Write) },
			record.Club,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(2)
			want := b.mobile(c.side.Other(), n[0], "790001111")
			back := b.mobile(c.side, n[1], "790002222")
			c.close(b)
			var r connector.Report
			for range 2 { // the club says only when it is written to that the key reads only
				r = b.run()
			}
			if r.Stopped != nil || r.Held != nil || r.Failed != 0 {
				t.Errorf("waiting is no failure: %s", text(r))
			}
			if r.Waiting == 0 {
				t.Errorf("nothing waits: %s", text(r))
			}
			if got := b.holds(c.side, n[0], "member.phoneMobile"); got == want {
				t.Error("it was written")
			}
			b.both(n[1], "member.phoneMobile", back, back) // the other direction flows
			c.open(b)
			b.renew()
			b.run()
			b.run()
			b.both(n[0], "member.phoneMobile", want, want)
		})
	}
}

// remove takes somebody away from a side without a trace.
func (b *bench) remove(side record.Side, n int) {
	b.tb.Helper()
	if side == record.Club {
		b.world.ClubSystem.Remove(b.contact(n))
		return
	}
	if err := b.world.FederationSystem.RemoveMember(b.member(n)); err != nil {
		b.tb.Fatal(err)
	}
}

func TestMissingTwiceIsGone(t *testing.T) {
	t.Parallel()
	for _, side := range record.Sides() {
		t.Run(string(side), func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(1)[0]
			b.remove(side, n)
			b.forget()
			if r := b.run(); r.Stopped != nil || r.Planned[side.Other()].Total() != 0 {
				t.Fatalf("one listing is enough for something: %s", text(r))
			}
			b.untouched()
			b.clock.Add(-poll / 2)
			if r := b.run(); r.Planned[side.Other()].Total() != 0 {
				t.Fatalf("two listings less than a poll apart are enough for something: %s", text(r))
			}
			b.untouched()
			r := b.run()
			if r.Stopped != nil {
				t.Fatalf("stopped: %s", text(r))
			}
			seen := b.world.Person(n)
			there := seen.Federation
			if side == record.Federation {
				there = seen.Club
			}
			if r.Planned[side.Other()].End != 1 || len(there) != 1 || there[0].Life != simulation.Ended {
				t.Errorf("the other side is not ended, and not deleted: %d there, %s", len(there), text(r))
			}
			b.settle()
		})
	}
}

func TestMissingAndThereStops(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	want := b.believes()
	lacks := "contact/" + b.contact(n)
	b.clubTap = func(s port.System) port.System { return lacking{s, lacks} }
	b.link = connector.New(b.config())
	b.forget()
	for range 3 {
		r := b.run()
		if r.Stopped == nil || !strings.Contains(r.Stopped.Reason, lacks) {
			t.Fatalf("a listing that lacks somebody who is there does not stop the run: %s", text(r))
		}
	}
	b.untouched()
	if diff := cmp.Diff(want, b.believes(), porttest.Same()); diff != "" {
		t.Errorf("the ledger believes something new:\n%s", diff)
	}
}

// A lacking system lists all but one document, and vouches for the rest.
type lacking struct {
	port.System
	ref string
}

func (l lacking) List(ctx context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	lost := 0
	c, err := l.System.List(ctx, kind, func(docs []record.Document) error {
		kept := slices.DeleteFunc(slices.Clone(docs), func(d record.Document) bool { return d.Ref == l.ref })
		lost += len(docs) - len(kept)
		return page(kept)
	})
	c.First, c.Last = c.First-lost, c.Last-lost
	return c, err
}

func TestAPinnedPersonIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		side record.Side
		who  func(*bench) int
		pin  bool
	}{
		{"one of the three oldest pairs, at the federation", record.Federation, oldest, false},
		{"one of the three oldest pairs, at the club", record.Club, oldest, false},
		{"one whom the configuration pins", record.Federation, func(b *bench) int { return b.people(1)[0] }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := c.who(b)
			if c.pin {
				b.guards.Pinned = []string{b.holds(record.Federation, n, "member.memberNumber")}
				b.link = connector.New(b.config())
			}
			b.mobile(c.side.Other(), b.people(2)[1], "790001111")
			b.remove(c.side, n)
			b.forget()
			for range 3 {
				r := b.run()
				if r.Stopped == nil || !strings.Contains(r.Stopped.Next, "guards.pinned") {
					t.Fatalf("the run did not stop with the next step: %s", text(r))
				}
			}
			b.untouched()
		})
	}
}

// TestAPinnedPersonWhoseReadIsGivenUp: when the run is ended while it looks for somebody who must be in a listing, that is
// why it ends, and nobody is said to be missing.
func TestAPinnedPersonWhoseReadIsGivenUp(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	ref := "contact/" + b.contact(oldest(b))
	ctx, end := context.WithCancelCause(t.Context())
	told := errors.New("told to end")
	b.clubTap = func(s port.System) port.System {
		return givenUp{lacking{s, ref}, func() { end(told) }}
	}
	b.link = connector.New(b.config())
	b.clock.Add(poll)
	r, err := b.link.RunOnce(ctx, connector.Options{})
	if !errors.Is(err, told) || r.Stopped != nil {
		t.Errorf("the run ends with %v, want that it was told to end: %s", err, text(r))
	}
}

// A givenUp system has whoever reads a document give up.
type givenUp struct {
	lacking

	fn func()
}

func (s givenUp) Read(ctx context.Context, _ string) (record.Document, error) {
	s.fn()
	<-ctx.Done()
	return record.Document{}, ctx.Err()
}

// oldest is somebody among the three oldest pairs.
func oldest(b *bench) int {
	b.tb.Helper()
	for id := uint64(1); id <= 3; id++ {
		p, err := b.ledger.Person(b.tb.Context(), id)
		if err != nil {
			b.tb.Fatal(err)
		}
		for _, seen := range b.world.Everybody() {
			if len(seen.Club) == 1 && seen.Club[0].Ref == p.Documents(record.Club)[0] && seen.Club[0].Life == simulation.Present {
				return seen.N
			}
		}
	}
	b.tb.Fatal("none of the oldest pairs is present")
	return 0
}

func TestMergedAtTheFederation(t *testing.T) {
	t.Parallel()
	t.Run("into somebody who is linked: one question, and nothing else", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		n := b.people(2)
		loser, survivor := b.member(n[0]), b.member(n[1])
		before := b.world.ClubSystem.Contacts()
		if err := b.world.FederationSystem.Merge(loser, survivor); err != nil {
			t.Fatal(err)
		}
		b.forget()
		for range 4 {
			b.run()
		}
		b.untouched()
		if diff := cmp.Diff(before, b.world.ClubSystem.Contacts()); diff != "" {
			t.Errorf("the club's contacts have changed:\n%s", diff)
		}
		q := b.question(conflicts.Merged)
		if q.Federation != "members/"+loser {
			t.Errorf("asked about %s", q.Federation)
		}
		b.mobile(record.Club, n[0], "790001111") // nothing is written for the parked one
		b.run()
		b.untouched()
	})
	t.Run("into somebody who is not linked: the pair moves", func(t *testing.T) {
		t.Parallel()
		b := linked(t, 34)
		n := b.people(1)[0]
		loser := b.world.Person(n).Federation[0]
		survivor := b.world.FederationSystem.AddMember(stvtest.Member{
			LastName: loser.Fields["member.lastName"], FirstName: "Reckwart", BirthDate: loser.Fields["member.birthDate"], Gender: "M", Language: "de",
			PostalCode: "3000", City: "Bern", Country: "CH",
		})
		if err := b.world.FederationSystem.Merge(strings.TrimPrefix(loser.Ref, "members/"), survivor.ID); err != nil {
			t.Fatal(err)
		}
		club, federation := b.size()
		b.run()
		asked := b.kinds()
		if !strings.Contains(asked, string(conflicts.BothChanged)) {
			t.Error("nobody is asked which of the two names stands")
		}
		b.run()
		if again := b.kinds(); again != asked {
			t.Errorf("the questions do not stand: %s; then %s", asked, again)
		}
		p, err := b.ledger.PersonOf(t.Context(), record.Federation, "members/"+survivor.ID)
		if err != nil {
			t.Fatalf("the survivor is nobody's: %v; %s", err, b.kinds())
		}
		if got := p.Documents(record.Club); len(got) == 0 || got[0] != fmt.Sprintf("contact/%d", 1000+n) {
			t.Errorf("the survivor is paired with %v", got)
		}
		b.grew(club, federation, 0, 0)
	})
}
