package verify

import (
	"context"
	"fmt"

	"passerelle/connector/listing"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// A shown is everything that one side shows, with the profile that it was taken apart by.
type shown struct {
	*listing.Listing
	profile *mapping.Profile
}

// list lists every kind of a side.
func list(ctx context.Context, end End, today record.Date) (*shown, error) {
	account, err := end.System.Check(ctx)
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	l, err := listing.Read(ctx, end.System, account, end.Profile, today, nil)
	if err != nil {
		return nil, err
	}
	return &shown{Listing: l, profile: end.Profile}, nil
}

// A place is a document, or the reference of a record, on a side.
type place struct {
	side record.Side
	ref  string
}

// A ledger is what the store remembers, in the order in which it is asked here.
type ledger struct {
	people    []port.Person
	owner     map[place]uint64     // of each document, the person who has it
	parked    map[uint64]bool      // by person
	byPerson  map[uint64][]inquiry // questions that are open or answered
	byPlace   map[place][]inquiry
	refusals  map[string]port.Refusal
	held      map[place][]port.PlannedItem // by the reference that the change names
	underway  map[uint64]bool              // persons with a request in the journal
	requested map[place]bool               // documents with a request in the journal
	missing   map[place]bool               // documents that listings lack, not yet proven gone
	salt      string                       // of the digests of forgotten persons among the refusals
	closed    map[record.Side]string       // sides that took no write when one was last tried
}

// An inquiry is what matters here of a question.
type inquiry struct {
	kind     string
	record   record.Kind
	identity string
	fields   []record.Field
}

// readLedger reads what the store remembers.
func readLedger(ctx context.Context, store port.Store) (*ledger, error) {
	l := &ledger{
		owner: map[place]uint64{}, parked: map[uint64]bool{}, byPerson: map[uint64][]inquiry{}, byPlace: map[place][]inquiry{},
		held: map[place][]port.PlannedItem{}, underway: map[uint64]bool{}, requested: map[place]bool{}, missing: map[place]bool{},
	}
	for _, read := range []func(context.Context, port.Store) error{l.readPeople, l.readQuestions, l.readPlans, l.readJournal} {
		if err := read(ctx, store); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *ledger) readPeople(ctx context.Context, store port.Store) error {
	err := store.EachPerson(ctx, func(p port.Person) error {
		l.people = append(l.people, p)
		l.parked[p.ID] = p.State == port.Parked
		for _, side := range record.Sides() {
			for _, ref := range p.Documents(side) {
				l.owner[place{side, ref}] = p.ID
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	for _, side := range record.Sides() {
		err := store.EachSight(ctx, side, func(ref string, sight port.Sight) error {
			if !sight.Missing.IsZero() {
				l.missing[place{side, ref}] = true
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("sights: %w", err)
		}
	}
	return nil
}

func (l *ledger) readQuestions(ctx context.Context, store port.Store) error {
	questions, err := store.Questions(ctx)
	if err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	for i := range questions {
		q := &questions[i]
		if q.State == "closed" || q.Kind == "not-yours" {
			continue
		}
		about := inquiry{kind: string(q.Kind), record: q.Record, identity: q.Identity, fields: q.Fields}
		if q.Person != 0 {
			l.byPerson[q.Person] = append(l.byPerson[q.Person], about)
		}
		for side, ref := range map[record.Side]string{record.Club: q.Club, record.Federation: q.Federation} {
			if ref != "" {
				l.byPlace[place{side, ref}] = append(l.byPlace[place{side, ref}], about)
			}
			for _, ref := range q.Waiting { // on whichever side it is
				l.byPlace[place{side, ref}] = append(l.byPlace[place{side, ref}], about)
			}
		}
	}
	return nil
}

func (l *ledger) readPlans(ctx context.Context, store port.Store) error {
	plan, err := store.Held(ctx)
	if err != nil {
		return fmt.Errorf("held plan: %w", err)
	}
	for _, item := range plan.Changes {
		at := place{item.Side, item.Ref}
		l.held[at] = append(l.held[at], item)
	}
	runs, err := store.Runs(ctx)
	if err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	l.closed, l.salt = runs.Closed, runs.Salt
	if l.refusals, err = store.Refusals(ctx); err != nil {
		return fmt.Errorf("refusals: %w", err)
	}
	return nil
}

func (l *ledger) readJournal(ctx context.Context, store port.Store) error {
	pending, err := store.Pending(ctx)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	for i := range pending {
		in := &pending[i]
		if in.Person != 0 {
			l.underway[in.Person] = true
		}
		if in.Document != "" {
			l.requested[place{in.Side, in.Document}] = true
		}
		if in.Origin != "" {
			l.requested[place{in.Side.Other(), in.Origin}] = true
		}
	}
	return nil
}
