package connector_test

import (
	"testing"

	"passerelle/conflicts"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestAChildRefusedAsAWhole enters a subscription that the federation has already under a person whom it made one with this: it
// refuses it and names no field. It is sent once, asked about, and not sent again before it has changed (DESIGN decision 11).
func TestAChildRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	const loser, survivor = 21, 11
	if err := b.world.FederationSystem.Merge(b.member(loser), b.member(survivor)); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	if err := b.world.Type(simulation.Club, survivor, "subscription.GYMLIVE", "print"); err != nil {
		t.Fatal(err)
	}
	b.forget()
	for range 4 {
		b.flows(b.run())
	}
	if sent := b.sent(record.Federation); len(sent) != 1 {
		t.Errorf("sent %v, want one request", sent)
	}
	if q := b.question(conflicts.Refused); q.Record != "subscription" || len(q.Fields) != 0 {
		t.Errorf("asked about %s %v, want the subscription as a whole", q.Record, q.Fields)
	}
	b.explained("refused")
	if err := b.world.Type(simulation.Club, survivor, "subscription.GYMLIVE", "digital"); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	if sent := b.sent(record.Federation); len(sent) != 2 {
		t.Errorf("sent %v, want another request for another value", sent)
	}
}
