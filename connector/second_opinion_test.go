package connector_test

import (
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector/verify"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// verify asks for the second opinion.
func (b *bench) verify() verify.Report {
	b.tb.Helper()
	cfg := b.config()
	sides := map[record.Side]verify.End{}
	for side, end := range cfg.Sides {
		sides[side] = verify.End{System: end.System, Profile: end.Profile}
	}
	report, err := verify.Run(b.tb.Context(), verify.Config{Link: cfg.ID, Sides: sides, Store: b.ledger, Schema: cfg.Schema, Now: b.clock.Now})
	if err != nil {
		b.tb.Fatal(err)
	}
	return report
}

// explained fails the test when the second opinion finds something that the ledger does not explain.
func (b *bench) explained(when string) {
	b.tb.Helper()
	if r := b.verify(); r.Unexplained != 0 {
		b.tb.Errorf("%s: %d differences that nothing explains: %v", when, r.Unexplained, r.Differences)
	}
}

func TestEverythingIsExplainedAtEveryStep(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	b.run()
	b.explained("held")
	b.approve()
	b.run()
	b.explained("linked")
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.explained("edited")
	planted, err := b.world.Plant()
	if err != nil {
		t.Fatal(err)
	}
	if r := b.verify(); r.Unexplained != 1 || r.Differences[0].Field != planted.Field {
		t.Errorf("one value was planted in %s; the second opinion says %v", planted.Field, r.Differences)
	}
}

// TestSomeoneWithAnOpenQuestionIsMissed removes a contact that never came to rest: it has to be missed all the same.
func TestSomeoneWithAnOpenQuestionIsMissed(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 3, Members: 120})
	b.run()
	b.approve()
	b.run()
	open, err := b.link.Questions(t.Context(), conflicts.Open)
	if err != nil {
		t.Fatal(err)
	}
	contact := ""
	for _, q := range open {
		if q.Kind == conflicts.BothChanged {
			contact = q.Club
		}
	}
	b.world.ClubSystem.Remove(strings.TrimPrefix(contact, "contact/"))
	b.run()
	b.explained("missed once")
	r := b.run()
	b.explained("proven gone")
	if got := r.Conflicts.ByKind[conflicts.EndedAndChanged]; got != 1 {
		t.Errorf("%d questions about somebody who vanished with a question open, want 1: %s", got, text(r))
	}
}

func TestAReadOnlyKeyExplainsWhatItHoldsUp(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest})
	b.run()
	b.approve()
	b.world.ClubSystem.SetKey(simulation.AccessKey, fairgatetest.Read)
	r := b.run()
	if r.Waiting == 0 || r.Applied[record.Club].Total() != 0 {
		t.Errorf("a key that only reads: %s", text(r))
	}
	b.explained("read only")
	b.world.ClubSystem.SetKey(simulation.AccessKey, fairgatetest.Write)
	if r := b.run(); r.Applied[record.Club].Total() == 0 {
		t.Errorf("a key that writes again: %s", text(r))
	}
	b.explained("writing again")
}
