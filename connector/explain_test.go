package connector_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// explain asks about a person.
func (b *bench) explain(who string) connector.Explanation {
	b.tb.Helper()
	e, err := b.link.Explain(b.tb.Context(), who)
	if err != nil {
		b.tb.Fatal(err)
	}
	return e
}

// mobileOf returns what is said of the member's mobile phone.
func mobileOf(tb testing.TB, e connector.Explanation) connector.ExplainedField {
	tb.Helper()
	for _, r := range e.Records {
		for _, f := range r.Fields {
			if r.Record == "member" && f.Field == "phoneMobile" {
				return f
			}
		}
	}
	tb.Fatal("nothing is said of the mobile phone")
	return connector.ExplainedField{}
}

// story is what history tells of a field, newest first: the run or the decision, and the rule.
func (b *bench) story(past connector.Past) []string {
	b.tb.Helper()
	memories, _, err := b.link.History(b.tb.Context(), past)
	if err != nil {
		b.tb.Fatal(err)
	}
	told := []string{}
	for _, m := range memories {
		if m.Decision != "" {
			told = append(told, m.By+" "+m.Decision)
			continue
		}
		told = append(told, fmt.Sprintf("run %d %s %s %v %s %s %s", m.Run, m.Side, m.Record, m.Fields, m.Rule, m.Before["phoneMobile"].Text(), m.After["phoneMobile"].Text()))
	}
	return told
}

// TestExplainHistoryAndUndoTellTheSameStory follows one value through all three.
func TestExplainHistoryAndUndoTellTheSameStory(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	who := "contact/" + b.contact(n)
	before := b.holds(record.Federation, n, "member.phoneMobile")
	if w := mobileOf(t, b.explain(who)).Written; w[record.Club].By != "notKnown" || w[record.Federation].By != "notKnown" {
		t.Errorf("somebody is said to have written what was there from the beginning: %+v", w)
	}
	after := b.mobile(record.Club, n, "790001111")
	f := mobileOf(t, b.explain(who))
	if f.Written[record.Club].By != "club" || f.Club.Shows != "different" || f.Federation.Shows != "different" || f.Club.Value.Text() != after {
		t.Errorf("an edit that no run has seen: %+v", f)
	}
	run := b.run().Run
	f = mobileOf(t, b.explain(who))
	w := f.Written[record.Federation]
	if w.By != "passerelle" || w.Run != run || w.Rule != "policy" || w.At.IsZero() || f.Written[record.Club].By != "club" || f.Club.Shows != "same" {
		t.Errorf("explain does not tell of run %d: %+v", run, f)
	}
	same(t, "the history", b.story(connector.Past{Person: who}), fmt.Sprintf("run %d federation member [phoneMobile] policy %s %s", run, before, after))

	u := b.undoRun(run)
	same(t, "the undo", states(u), "setBack federation member update phoneMobile")
	if e := b.explain(who); len(e.Held) != 1 || e.Held[0].Undoes != u.Undo {
		t.Errorf("explain does not tell what is held: %+v", e.Held)
	}
	b.approve()
	second := b.run().Run
	e := b.explain(who)
	f = mobileOf(t, e)
	w = f.Written[record.Federation]
	if w.Run != second || !strings.HasPrefix(w.Rule, "undo of "+u.Undo) || f.Undone != u.Undo || f.Base.Shows != "none" || f.Written[record.Club].By != "club" {
		t.Errorf("explain does not tell of the undo: %+v", f)
	}
	if len(e.Questions) != 1 || e.Questions[0].Kind != conflicts.BothChanged {
		t.Errorf("explain does not tell of the question: %+v", e.Questions)
	}
	same(t, "the history of all", b.story(connector.Past{}),
		fmt.Sprintf("run %d federation member [phoneMobile] undo of %s, approved %s %s", second, u.Undo, after, before),
		" approved (changes: 1 of 1, persons in the plan: 1)", "admin undo asked for", fmt.Sprintf("run %d federation member [phoneMobile] policy %s %s", run, before, after))
	if told := b.story(connector.Past{Run: run}); len(told) != 1 {
		t.Errorf("the history of run %d: %v", run, told)
	}
	if memories, more, err := b.link.History(t.Context(), connector.Past{Limit: 1}); err != nil || len(memories) != 1 || more < 2 {
		t.Errorf("one entry of several: %d, and %d more, %v", len(memories), more, err)
	}
}

// TestExplainNamesPeople finds a person by every reference that there is, and never by a name.
func TestExplainNamesPeople(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	contact, member, number := b.contact(n), b.member(n), b.holds(record.Federation, n, "member.memberNumber")
	for _, who := range []string{"contact/" + contact, contact, "members/" + member, number, strings.TrimLeft(number, "0")} {
		if e, err := b.link.Explain(t.Context(), who); err != nil || e.Club != "contact/"+contact || e.Federation != "members/"+member {
			t.Errorf("%q is %s and %s, %v", who, e.Club, e.Federation, err)
		}
	}
	for _, who := range []string{"", "contact/0", "999999", b.world.M(n).LastName, "functions/x", "members/" + contact} {
		_, err := b.link.Explain(t.Context(), who)
		if !errors.Is(err, connector.ErrPerson) {
			t.Errorf("an unknown person: %v", err)
		}
		if _, _, err := b.link.History(t.Context(), connector.Past{Person: who}); who != "" && !errors.Is(err, connector.ErrPerson) {
			t.Errorf("the history of an unknown person: %v", err)
		}
		b.discreet("the error", fmt.Sprint(err))
	}
}

// TestExplainReadsThatPersonOnly: a few reads, no listing, no write, and not a byte in the ledger.
func TestExplainReadsThatPersonOnly(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	b.explain(b.contact(n))
	b.untouched()
	var ops []string
	for _, q := range b.world.ClubSystem.Requests() {
		ops = append(ops, q.Op)
	}
	for _, q := range b.world.FederationSystem.Requests() {
		ops = append(ops, q.Op)
	}
	for _, op := range ops {
		if strings.HasSuffix(op, ".list") {
			t.Errorf("for one person %s was asked", op)
		}
	}
	for _, op := range []string{"contacts.read", "members.read", "affiliations.read"} {
		if !slices.Contains(ops, op) {
			t.Errorf("%s was not asked: %v", op, ops)
		}
	}
	if now, err := os.ReadFile(b.path); err != nil || !slices.Equal(before, now) {
		t.Error("explain changed the ledger's file", err)
	}
}

// TestExplainTellsWhatWaits: what was refused, what cannot be read, a life that ends, a side that does not answer.
func TestExplainTellsWhatWaits(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	p := b.people(3)
	b.atClub(p[0], func(c *fairgatetest.Contact) { c.Communication.Mobile = "intern 23, abends" })
	b.atClub(p[1], func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
	b.mobile(record.Club, p[2], "790001111")
	if err := b.world.AddFaults(faults.Rule{Op: "members.change", Kind: faults.ServerError, Times: 1}); err != nil {
		t.Fatal(err)
	}
	b.run()
	f := mobileOf(t, b.explain(b.contact(p[0])))
	if f.Club.Shows != "unreadable" || f.Club.Value.Carried() || f.Federation.Shows != "value" {
		t.Errorf("what cannot be read: %+v", f)
	}
	if q := b.explain(b.contact(p[0])).Questions; len(q) != 1 || q[0].Kind != conflicts.Unreadable {
		t.Errorf("the question about it: %+v", q)
	}
	for _, r := range b.explain(b.contact(p[1])).Records {
		if r.Record == "affiliation" && (r.Life[record.Club] != record.Ended || r.Life[record.Federation] != record.Ended) {
			t.Errorf("the life of who has ended: %v", r.Life)
		}
	}
	if err := b.world.AddFaults(faults.Rule{Op: "members.read", Kind: faults.ServerError}); err != nil {
		t.Fatal(err)
	}
	e := b.explain(b.contact(p[2]))
	if e.Unread[record.Federation] == "" || e.Unread[record.Club] != "" {
		t.Errorf("what could not be read: %v", e.Unread)
	}
	if f := mobileOf(t, e); f.Federation.Shows != "notCarried" || f.Club.Shows != "value" {
		t.Errorf("a side that does not answer: %+v", f)
	}
}

// TestUndoTellsNothingPersonal holds what is told without values (the desk takes them out of the rest).
func TestUndoTellsNothingPersonal(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	u := b.undoRun(b.run().Run)
	if len(u.Items) < 10 {
		t.Errorf("%d writes are told, which shows little", len(u.Items))
	}
	b.discreet("the undo", fmt.Sprintf("%+v", u))
	b.discreet("the undo's plan", fmt.Sprintf("%+v", b.held()))
	_, err := b.link.Undo(t.Context(), b.world.M(1).LastName, "admin")
	if err == nil {
		t.Error("a name was undone")
	}
	b.discreet("the error about a name", fmt.Sprint(err))
	_, err = b.link.Undo(t.Context(), strconv.Itoa(1<<20), "admin")
	b.discreet("the error about an undo", fmt.Sprint(err))
}

// TestExplainTellsWhyAPairWaits: someone who is asked for, and an end that lies ahead.
func TestExplainTellsWhyAPairWaits(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	if err := b.world.FederationSystem.EditAffiliation(b.affiliation(n).ID, func(a *stvtest.Affiliation) { a.ExitDate = "2026-12-31" }); err != nil {
		t.Fatal(err)
	}
	asked := atNeighbour(b)
	b.run()
	b.decide(b.question(conflicts.AlreadyExists).ID, conflicts.Answer{Verb: conflicts.Same})
	b.run()
	waits := b.explain(b.contact(n)).Waits
	if len(waits) != 1 || waits[0].Reason != "date ahead" || waits[0].Side != record.Club || waits[0].Record != "affiliation" {
		t.Errorf("an end that lies ahead: %+v", waits)
	}
	if e := b.explain(b.contact(asked)); e.State != port.Asked || e.Why == "" {
		t.Errorf("somebody who is asked for: %s, %q", e.State, e.Why)
	}
}
