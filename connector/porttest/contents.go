package porttest

import (
	"context"
	"testing"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// Contents is everything that a store holds, but for the strangers, which only their keys find.
type Contents struct {
	People    []port.Person
	Sights    map[record.Side]map[string]port.Sight
	Count     map[record.Side]uint32 // SightCount
	Pending   []port.Intent
	Questions []conflicts.Question
	Held      port.Plan
	Approved  map[string]time.Time
	Refusals  map[string]port.Refusal
	Runs      port.Runs
	History   []port.Entry // newest first
	Strangers map[record.Side][]port.Stranger
}

// ReadContents reads a store from end to end, and the strangers that one of the keys finds.
func ReadContents(tb testing.TB, s port.Store, keys ...string) Contents {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context()) // a cleanup reads too
	c := Contents{
		Sights: map[record.Side]map[string]port.Sight{}, Count: map[record.Side]uint32{},
		Strangers: map[record.Side][]port.Stranger{},
	}
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatalf("reading the whole store: %v", err)
		}
	}
	var err error
	must(s.EachPerson(ctx, func(p port.Person) error { c.People = append(c.People, p); return nil }))
	for _, side := range record.Sides() {
		c.Sights[side] = map[string]port.Sight{}
		must(s.EachSight(ctx, side, func(document string, sight port.Sight) error {
			c.Sights[side][document] = sight
			return nil
		}))
		c.Count[side], err = s.SightCount(ctx, side)
		must(err)
		c.Strangers[side], err = s.Candidates(ctx, side, keys)
		must(err)
	}
	c.Pending, err = s.Pending(ctx)
	must(err)
	c.Questions, err = s.Questions(ctx)
	must(err)
	c.Held, err = s.Held(ctx)
	must(err)
	c.Approved, err = s.Approved(ctx)
	must(err)
	c.Refusals, err = s.Refusals(ctx)
	must(err)
	c.Runs, err = s.Runs(ctx)
	must(err)
	must(s.History(ctx, func(e port.Entry) error { c.History = append(c.History, e); return nil }))
	return c
}
