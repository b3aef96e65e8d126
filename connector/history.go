package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Past narrows what History tells. The zero Past takes everything.
type Past struct {
	Person string // as Explain takes it; "" for everybody
	Run    uint64 // 0 for all
	Limit  int    // 0 for all
}

// A Memory is one thing that happened, newest first: what a run wrote, or what a person decided. Before and After hold
// values and are the caller's to hide.
type Memory struct {
	At         time.Time                     `json:"at"`
	By         string                        `json:"by"`            // "passerelle", or who decided
	Run        uint64                        `json:"run,omitempty"` // of what was written
	Decision   string                        `json:"decision,omitempty"`
	Question   string                        `json:"question,omitempty"`
	Undoes     string                        `json:"undoes,omitempty"`
	Rule       string                        `json:"rule"`
	Side       record.Side                   `json:"side,omitempty"`
	Record     record.Kind                   `json:"record,omitempty"`
	Identity   string                        `json:"identity,omitempty"`
	Ref        string                        `json:"ref,omitempty"`
	Club       string                        `json:"club,omitempty"` // the person's documents
	Federation string                        `json:"federation,omitempty"`
	Kind       record.Op                     `json:"kind,omitempty"`
	Fields     []record.Field                `json:"fields"`
	Before     map[record.Field]record.Value `json:"before,omitempty"`
	After      map[record.Field]record.Value `json:"after,omitempty"`
}

// History returns what happened, newest first, and how much more of it there is. Errors: ErrPerson for a person that the
// ledger does not know.
func (l *Link) History(ctx context.Context, past Past) ([]Memory, int, error) {
	var of *port.Person
	if past.Person != "" {
		p, err := l.person(ctx, past.Person)
		if err != nil {
			return nil, 0, err
		}
		of = &p
	}
	var kept []port.Entry
	more := 0
	err := l.cfg.Store.History(ctx, func(e port.Entry) error {
		switch {
		case of != nil && !concernsPerson(&e, of), past.Run != 0 && e.Run != past.Run:
		case past.Limit > 0 && len(kept) == past.Limit:
			more++
		default:
			kept = append(kept, e)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("ledger: history: %w", err)
	}
	memories := make([]Memory, 0, len(kept))
	for i := range kept {
		m, err := l.memory(ctx, &kept[i])
		if err != nil {
			return nil, 0, err
		}
		memories = append(memories, m)
	}
	return memories, more, nil
}

// concernsPerson reports whether an entry is about a person; one about somebody who was not paired then, by the document.
func concernsPerson(e *port.Entry, p *port.Person) bool {
	if e.Person != 0 {
		return e.Person == p.ID
	}
	return e.Ref != "" && slices.ContainsFunc(record.Sides(), func(s record.Side) bool { return slices.Contains(p.Documents(s), e.Ref) })
}

// memory tells one entry with the documents of its person.
func (l *Link) memory(ctx context.Context, e *port.Entry) (Memory, error) {
	m := Memory{
		At: e.At, By: "passerelle", Run: e.Run, Decision: e.Decision, Question: e.Question, Undoes: e.Undoes, Rule: e.Rule, Side: e.Side,
		Record: e.Kind, Identity: e.Identity, Ref: e.Ref, Kind: e.Op, Fields: slices.Sorted(maps.Keys(e.After)), Before: e.Before, After: e.After,
	}
	if e.Decision != "" {
		m.By = e.By
	}
	if m.Fields == nil {
		m.Fields = []record.Field{}
	}
	if e.Person == 0 {
		return m, nil
	}
	p, err := l.cfg.Store.Person(ctx, e.Person)
	if err != nil && !errors.Is(err, port.ErrNone) {
		return m, fmt.Errorf("ledger: person: %w", err)
	}
	m.Club, m.Federation = first(p.Documents(record.Club)), first(p.Documents(record.Federation))
	return m, nil
}
