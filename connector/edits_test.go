package connector_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestEdits carries what people of both systems do in a few weeks, and holds each outcome against what the simulation,
// which knows no engine, says must come of it.
func TestEdits(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	edits, err := b.world.Edits()
	if err != nil {
		t.Fatal(err)
	}
	b.flows(b.run())
	b.flows(b.run())
	var want, got []string
	for _, e := range edits {
		if err := b.world.Check(e); err != nil {
			t.Error(err)
		}
		if e.Question != "" {
			want = append(want, e.Question+" "+b.world.Person(e.N).Club[0].Ref)
		}
	}
	open, err := b.link.Questions(t.Context(), conflicts.Open)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range open {
		got = append(got, string(q.Kind)+" "+q.Club)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open questions (-want +got):\n%s", diff)
	}
	b.once()
	differing := map[int]bool{}
	for _, e := range edits {
		differing[e.N] = e.Question != ""
	}
	for _, d := range b.world.Differences() {
		if !differing[d.N] {
			t.Errorf("M%d: the sides differ in %s and nobody is asked", d.N, d.Field)
		}
	}
}

// TestEveryPairHasABase is INCIDENTS 13: what both sides hold alike is in the base after a clean run.
func TestEveryPairHasABase(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	contents := porttest.ReadContents(t, b.ledger)
	if want := len(b.world.People.Of("member")); len(contents.People) < want {
		t.Fatalf("%d people are linked, not %d", len(contents.People), want)
	}
	for _, p := range contents.People {
		for i := range p.Pairs {
			pair := &p.Pairs[i]
			if pair.Base.Never() && !pair.Club.Zero() && !pair.Federation.Zero() {
				t.Errorf("person %d: %s %s has no base", p.ID, pair.Kind, pair.Identity)
			}
		}
		member := p.Pair("member", "")
		if member == nil || !member.Base.Agreed["lastName"].HasText() {
			t.Errorf("person %d: no last name was agreed", p.ID)
		}
	}
}

// TestQuietCycle looks at what a cycle without news costs: a page each, and not a byte in the ledger.
func TestQuietCycle(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.flows(b.run())
	}
	before, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.forget()
		r := b.run()
		if r.Held != nil || r.Stopped != nil || applied(r) != 0 || r.Adopted != 0 || r.Conflicts.Opened != 0 {
			t.Errorf("the cycle is not quiet: %s", text(r))
		}
		b.untouched()
		b.askedOnce()
	}
	after, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("a quiet cycle changed the ledger's file")
	}
}

// askedOnce checks that a cycle asked for nothing but who we are, the code tables, and each page once.
func (b *bench) askedOnce() {
	b.tb.Helper()
	seen := map[string]int{}
	for _, q := range b.world.ClubSystem.Requests() {
		seen[q.Op+"?"+q.Query]++
		if q.Op != "contacts.list" && q.Op != "token" {
			b.tb.Errorf("the club was asked %s %s", q.Method, q.Path)
		}
	}
	legal := []string{
		"club", "categories", "functionCodes", "publications", "members.list", "affiliations.list", "functions.list", "subscriptions.list",
	}
	for _, q := range b.world.FederationSystem.Requests() {
		seen[q.Op+"?"+q.Query]++
		if !slices.Contains(legal, q.Op) {
			b.tb.Errorf("the federation was asked %s %s", q.Method, q.Path)
		}
	}
	for what, times := range seen {
		if times > 1 {
			b.tb.Errorf("%s was asked %d times", what, times)
		}
	}
}

// TestDryRunChangesNothing is INCIDENTS 14.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		inStep bool
	}{{"before the first link", false}, {"with edits on both sides", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, simulation.Config{Seed: 7, Members: smallest, InStep: c.inStep})
			if c.inStep {
				b.flows(b.run())
				if _, err := b.world.Edits(); err != nil {
					t.Fatal(err)
				}
			}
			before, err := os.ReadFile(b.path)
			if err != nil {
				t.Fatal(err)
			}
			b.forget()
			b.clock.Add(poll)
			r, err := b.link.RunOnce(t.Context(), dryRun())
			if err != nil {
				t.Fatal(err)
			}
			if r.Planned[record.Federation].Total() == 0 {
				t.Errorf("the dry run plans nothing: %s", text(r))
			}
			b.untouched()
			after, err := os.ReadFile(b.path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, after) {
				t.Error("a dry run changed the ledger's file")
			}
		})
	}
}
