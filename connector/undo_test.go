package connector_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/porttest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// undo asks for something to be undone.
func (b *bench) undo(what string) connector.Undo {
	b.tb.Helper()
	u, err := b.link.Undo(b.tb.Context(), what, "admin")
	if err != nil {
		b.tb.Fatal(err)
	}
	return u
}

// undoRun asks for a run to be undone.
func (b *bench) undoRun(n uint64) connector.Undo {
	b.tb.Helper()
	return b.undo(strconv.FormatUint(n, 10))
}

// states tells what comes of an undo, one line for each write.
func states(u connector.Undo) []string {
	lines := []string{}
	for _, i := range u.Items {
		var fields []string
		for _, f := range i.Fields {
			fields = append(fields, string(f))
		}
		lines = append(lines, i.State+" "+string(i.Side)+" "+string(i.Record)+" "+string(i.Kind)+" "+strings.Join(fields, ","))
	}
	return lines
}

// pending returns what waits to be undone.
func (b *bench) pending() []string {
	b.tb.Helper()
	runs, err := b.ledger.Runs(b.tb.Context())
	if err != nil {
		b.tb.Fatal(err)
	}
	var all []string
	for _, u := range runs.Undo {
		all = append(all, u.Of)
	}
	return all
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// TestUndoOfARun follows one edit there, back, and there again: held until it is approved, asked about where the sides
// differ then, and never written twice.
func TestUndoOfARun(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	before := b.holds(record.Federation, n, "member.phoneMobile")
	after := b.mobile(record.Club, n, "790001111")
	run := b.run().Run
	b.both(n, "member.phoneMobile", after, after)
	b.forget()

	u := b.undoRun(run)
	same(t, "the undo", states(u), "setBack federation member update phoneMobile")
	if u.Held == nil || u.Held.Persons != 1 || u.Already {
		t.Fatalf("the undo is not held: %+v", u)
	}
	if again := b.undoRun(run); !again.Already || again.Held == nil || again.Held.Plan != u.Held.Plan {
		t.Errorf("a second undo is another: %+v", again)
	}
	same(t, "what waits", b.pending(), "run "+strconv.FormatUint(run, 10))
	if r := b.run(); r.Held == nil || r.Held.Plan != u.Held.Plan {
		t.Errorf("the next run holds another plan: %s", text(r))
	}
	b.untouched()
	b.both(n, "member.phoneMobile", after, after)
	b.explained("undo held")

	b.approve()
	r := b.run()
	if r.Applied[record.Federation].Update != 1 || applied(r) != 1 || r.Approved != 1 || r.Held != nil {
		t.Errorf("the run that undoes: %s", text(r))
	}
	b.both(n, "member.phoneMobile", after, before)
	same(t, "what waits", b.pending())
	q := b.question(conflicts.BothChanged)
	if want := "run " + strconv.FormatUint(run, 10) + " was undone"; !strings.HasPrefix(q.Reason, want) {
		t.Errorf("the question's reason is %q, want %q", q.Reason, want)
	}
	b.explained("undone")
	b.settle()
	b.explained("undone and at rest")
	b.both(n, "member.phoneMobile", after, before)

	back := b.undoRun(r.Run)
	same(t, "the undo of the undo", states(back), "setBack federation member update phoneMobile")
	b.run()
	if open := b.question(conflicts.BothChanged); open.ID != q.ID {
		t.Error("the question is another while the undo of the undo is held")
	}
	b.approve()
	b.run()
	b.both(n, "member.phoneMobile", after, after)
	if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) > 0 {
		t.Errorf("a question is open about what is alike: %s", b.kinds())
	}
	b.settle()
	b.explained("and back")
	if first := b.undoRun(run); len(first.Items) != 1 || first.Items[0].State != "leftAlone" || !strings.Contains(first.Items[0].Reason, "has written it since") {
		t.Errorf("what another run wrote since, the same value, is undone with the first run: %+v", first.Items)
	}
}

// TestUndoCutShort: of two writes the second stops the run. The first is asked about all the same, and goes nowhere by itself.
func TestUndoCutShort(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	two := b.people(2)
	before, after := map[int]string{}, map[int]string{}
	for i, n := range two {
		before[n] = b.holds(record.Federation, n, "member.phoneMobile")
		after[n] = b.mobile(record.Club, n, "79000111"+strconv.Itoa(i))
	}
	b.undoRun(b.run().Run)
	b.approve()
	if err := b.world.AddFaults(faults.Rule{Op: "members.change", Kind: faults.Unauthorized, After: 1}); err != nil {
		t.Fatal(err)
	}
	if r := b.run(); r.Stopped == nil || applied(r) != 1 {
		t.Fatalf("the run was not cut short: %s", text(r))
	}
	b.world.FederationSystem.Faults().Clear()
	b.explained("cut short")
	b.run()
	for _, n := range two {
		b.both(n, "member.phoneMobile", after[n], before[n])
	}
	if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) != 2 {
		t.Errorf("%d questions, want two: %s", len(open), b.kinds())
	}
	same(t, "what waits", b.pending())
	b.settle()
}

// TestUndoIsQuiet: while an undo is held, a cycle without news changes not a byte.
func TestUndoIsQuiet(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.undoRun(b.run().Run)
	b.run()
	for range 2 { // held, then carried out and asked about
		before, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		b.forget()
		b.run()
		b.untouched()
		if now, err := os.ReadFile(b.path); err != nil || !bytes.Equal(before, now) {
			t.Error("a quiet cycle changed the ledger's file", err)
		}
		if b.held().ID != "" {
			b.approve()
			b.run()
		}
	}
}

// TestUndoLeavesAlone: what either side has changed since is left alone and named, before and after the undo was asked for.
func TestUndoLeavesAlone(t *testing.T) {
	t.Parallel()
	for _, side := range record.Sides() {
		for _, when := range []string{"before it is asked for", "after it is approved", "and it has flowed"} {
			t.Run(string(side)+", "+when, func(t *testing.T) {
				t.Parallel()
				b := linked(t, smallest)
				two := b.people(2)
				before := b.holds(record.Federation, two[1], "member.phoneMobile")
				b.mobile(record.Club, two[0], "790001111")
				other := b.mobile(record.Club, two[1], "790002222")
				run := b.run().Run
				var changed string
				edit := func() { changed = b.mobile(side, two[0], "790003333") }
				if when != "after it is approved" {
					edit()
				}
				if when == "and it has flowed" {
					b.run()
				}
				u := b.undoRun(run)
				want := []string{"leftAlone", "setBack"}
				if when == "after it is approved" {
					want[0] = "setBack"
				}
				var got []string
				for _, i := range u.Items {
					got = append(got, i.State)
				}
				slices.Sort(got)
				slices.Sort(want)
				same(t, "states", got, want...)
				b.approve()
				if when == "after it is approved" {
					edit()
				}
				b.run()
				named := b.story(connector.Past{Person: b.contact(two[0])})
				if !slices.ContainsFunc(named, func(m string) bool { return strings.Contains(m, "not set back: ") }) {
					t.Errorf("the history does not name what was left alone: %v", named)
				}
				b.both(two[1], "member.phoneMobile", other, before)
				b.run()
				b.both(two[0], "member.phoneMobile", changed, changed)
				same(t, "what waits", b.pending())
				for _, i := range b.undoRun(run).Items {
					if i.State == "setBack" || i.Reason == "" {
						t.Errorf("a second undo: %+v", i)
					}
				}
				b.settle()
				b.explained("at rest")
			})
		}
	}
}

// TestUndoOfAnEnd brings back a person who was ended by mistake.
func TestUndoOfAnEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		end    func(*bench, int)
		wrote  record.Side
		active func(*bench, int) bool
	}{
		{
			"at the federation, after an exit date", func(b *bench, n int) {
				b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
			}, record.Federation, func(b *bench, n int) bool { a := b.affiliation(n); return a.Status == "active" && a.ExitDate == "" },
		},
		{
			"at the federation, after an archive mark", func(b *bench, n int) {
				b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "archived" })
			}, record.Federation, func(b *bench, n int) bool { a := b.affiliation(n); return a.Status == "active" && a.ExitDate == "" },
		},
		{
			"at the club", func(b *bench, n int) {
				if err := b.world.FederationSystem.EditAffiliation(b.affiliation(n).ID, func(a *stvtest.Affiliation) { a.ExitDate, a.Status = string(b.world.Today()), "left" }); err != nil {
					b.tb.Fatal(err)
				}
			}, record.Club, func(b *bench, n int) bool {
				c := contactOf(b, b.contact(n))
				day, _ := c.CustomFields[exitPlace].(string)
				return c.Status != "archived" && day == ""
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, smallest)
			n := b.people(1)[0]
			c.end(b, n)
			r := b.run()
			if r.Applied[c.wrote].End != 1 || c.active(b, n) {
				t.Fatalf("nobody was ended: %s", text(r))
			}
			u := b.undoRun(r.Run)
			if len(u.Items) != 1 || u.Items[0].State != "setBack" || u.Items[0].Kind != record.End {
				t.Fatalf("the undo of an end: %+v", u.Items)
			}
			b.approve()
			back := b.run()
			if !c.active(b, n) {
				t.Fatalf("the end stands: %s", text(back))
			}
			q := b.question(conflicts.EndedAndChanged)
			if !strings.Contains(q.Reason, "was undone") {
				t.Errorf("the question does not say why: %q", q.Reason)
			}
			same(t, "what waits", b.pending())
			b.explained("undone")
			b.settle()
			b.decide(q.ID, conflicts.Answer{Verb: conflicts.Verb(c.wrote)})
			b.settle()
			if !c.active(b, n) {
				t.Error("who was brought back is ended again")
			}
			b.explained("answered")
			b.once()
			again := b.undoRun(back.Run) // the undo of the undo ends them again, where nobody has changed it since
			if len(again.Items) != 1 || again.Items[0].State != "setBack" {
				t.Errorf("the undo of the undo: %+v", again.Items)
			}
			b.approve()
			b.run()
			if c.active(b, n) {
				t.Error("the undo of the undo did not end them again")
			}
		})
	}
}

// TestUndoOfAllKinds undoes one run with a creation, a clear, a category, a function that began and one value: each is set
// back or named, and only what was approved is written.
func TestUndoOfAllKinds(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	p := b.people(3)
	category, phone := b.holds(record.Federation, p[0], "affiliation.category"), b.holds(record.Federation, p[1], "member.phoneMobile")
	b.atClub(p[0], func(c *fairgatetest.Contact) { c.Membership.Membership = older(category) })
	b.atClub(p[1], func(c *fairgatetest.Contact) { c.Communication.Mobile = "" })
	b.atClub(p[2], func(c *fairgatetest.Contact) { c.CustomFields["104"] = []any{"Leiter"} })
	b.joined(record.Club)
	r := b.run()
	if r.Held != nil || r.Applied[record.Federation].Clear != 1 || r.Applied[record.Federation].Create < 2 {
		t.Fatalf("the run has not everything: %s", text(r))
	}
	changed := b.holds(record.Federation, p[0], "affiliation.category")
	u := b.undoRun(r.Run)
	byHand, setBack := 0, []string{}
	for _, i := range u.Items {
		switch {
		case i.Kind == record.Create && i.State == "byHand" && i.Reason != "":
			byHand++
		case i.State == "setBack":
			setBack = append(setBack, string(i.Fields[0]))
		default:
			t.Errorf("%+v", i)
		}
	}
	if created := r.Applied[record.Federation].Create; byHand != created {
		t.Errorf("%d creations are named, want %d", byHand, created)
	}
	slices.Sort(setBack)
	want := []string{"category", "phoneMobile"}
	for _, f := range setBack { // the number that the federation gave came to the club in the same run
		if f == "memberNumber" || f == "homeClubNumber" {
			want = append(want, f)
		}
	}
	slices.Sort(want)
	same(t, "what would be set back", setBack, want...)

	plan := b.held()
	var some []string
	for _, c := range plan.Changes {
		if c.Undoes == "" {
			t.Errorf("the plan does not say what it undoes: %+v", c)
		}
		if slices.Contains(c.Fields, "phoneMobile") {
			some = append(some, c.ID)
		}
	}
	if _, err := b.link.Approve(t.Context(), plan.ID, plan.Persons, connector.Only{IDs: some}); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.both(p[1], "member.phoneMobile", "", phone)
	if got := b.holds(record.Federation, p[0], "affiliation.category"); got != changed {
		t.Errorf("what was not approved was undone: category %s", got)
	}
	if b.held().ID == "" || len(b.pending()) != 1 {
		t.Error("what was not approved does not wait any more")
	}
	b.explained("approved in part")
	b.run()
	b.both(p[1], "member.phoneMobile", "", phone) // a cleared value does not flow back by itself
	b.approve()
	b.run()
	b.both(p[0], "affiliation.category", changed, category)
	same(t, "what waits", b.pending())
	b.explained("approved")
	b.settle()
}

// TestUndoOfADecision sets back what followed from an answer, and the question is open again.
func TestUndoOfADecision(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	club := b.mobile(record.Club, n, "790001111")
	federation := b.mobile(record.Federation, n, "790002222")
	b.run()
	q := b.question(conflicts.BothChanged)
	if _, err := b.link.Undo(t.Context(), q.ID, "admin"); !errors.Is(err, connector.ErrUndo) {
		t.Errorf("the undo of a question without an answer: %v", err)
	}
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeClub})
	if u := b.undo(q.ID); !u.Reopened || len(u.Items) != 0 || u.Held != nil {
		t.Errorf("an answer that was not carried out: %+v", u)
	}
	b.run()
	b.both(n, "member.phoneMobile", club, federation)
	b.decide(b.question(conflicts.BothChanged).ID, conflicts.Answer{Verb: conflicts.TakeClub})
	b.run()
	b.both(n, "member.phoneMobile", club, club)
	u := b.undo(q.ID)
	same(t, "the undo", states(u), "setBack federation member update phoneMobile")
	b.approve()
	b.run()
	b.both(n, "member.phoneMobile", club, federation)
	if open := b.question(conflicts.BothChanged); open.ID != q.ID {
		t.Errorf("question %s is open, want %s", open.ID, q.ID)
	}
	b.settle()
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeFederation})
	b.settle()
	b.both(n, "member.phoneMobile", federation, federation)
	b.explained("answered otherwise")
}

// TestUndoThatThereIsNot names what can be undone.
func TestUndoThatThereIsNot(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	b.mobile(record.Club, b.people(1)[0], "790001111")
	run := b.run().Run
	_, err := b.link.Undo(t.Context(), "999", "admin")
	if !errors.Is(err, connector.ErrUndo) || !strings.Contains(err.Error(), strconv.FormatUint(run, 10)) {
		t.Errorf("the undo of run 999: %v", err)
	}
	if _, err := b.link.Withdraw(t.Context(), "999", "admin"); !errors.Is(err, connector.ErrUndo) {
		t.Errorf("the withdrawal of run 999: %v", err)
	}
	b.undoRun(run)
	if _, err := b.link.Withdraw(t.Context(), strconv.FormatUint(run, 10), "admin"); err != nil {
		t.Fatal(err)
	}
	if b.held().ID != "" || len(b.pending()) != 0 {
		t.Error("what was withdrawn waits still")
	}
	b.settle()
}

// TestUndoStoppedAtEveryCall stops the run that undoes before and after each single call: once it has gone on, the world is
// the same as without the stop.
func TestUndoStoppedAtEveryCall(t *testing.T) {
	t.Parallel()
	prepare := func(t *testing.T, k *killer) (*bench, int, string, string) {
		t.Helper()
		b := linked(t, 34)
		two := b.people(2)
		before := b.holds(record.Federation, two[0], "member.phoneMobile")
		after := b.mobile(record.Club, two[0], "790001111")
		b.atClub(two[1], func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
		run := b.run().Run
		b.undoRun(run)
		b.approve()
		b.restart(k)
		return b, two[0], before, after
	}
	counted := &killer{}
	b, _, _, _ := prepare(t, counted)
	b.run()
	for at := 1; at <= counted.calls; at++ {
		for _, late := range []bool{false, true} {
			t.Run(strconv.Itoa(at)+" "+strconv.FormatBool(late), func(t *testing.T) {
				t.Parallel()
				b, n, before, after := prepare(t, &killer{at: at, after: late})
				b.clock.Add(poll)
				if _, err := b.link.RunOnce(t.Context(), connector.Options{}); err != nil && !errors.Is(err, errKilled) {
					t.Error(err)
				}
				b.restart(nil)
				b.rest()
				b.both(n, "member.phoneMobile", after, before)
				if q := b.question(conflicts.BothChanged); !strings.Contains(q.Reason, "was undone") {
					t.Errorf("the question's reason is %q", q.Reason)
				}
				if q := b.question(conflicts.EndedAndChanged); !strings.Contains(q.Reason, "was undone") {
					t.Errorf("the question's reason is %q", q.Reason)
				}
				same(t, "what waits", b.pending())
				b.explained("gone on")
				b.once()
			})
		}
	}
}

// TestDecisionsAreRemembered looks for what people decided in the history.
func TestDecisionsAreRemembered(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.mobile(record.Federation, n, "790002222")
	b.run()
	q := b.question(conflicts.BothChanged)
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeClub})
	run := b.run().Run
	b.undoRun(run)
	b.approve()
	if _, err := b.link.Withdraw(t.Context(), strconv.FormatUint(run, 10), "admin"); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range porttest.ReadContents(t, b.ledger).History {
		got = append(got, strings.Join(strings.Fields(e.Decision+" "+e.Question+" "+e.By), " "))
		if e.Decision != "" && e.At.IsZero() {
			t.Errorf("without a time: %+v", e)
		}
	}
	same(t, "the history", got,
		"undo withdrawn admin", "approved (changes: 1 of 1, persons in the plan: 1)", "undo asked for admin", q.ID, "answered club "+q.ID+" admin")
}
