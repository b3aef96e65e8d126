package porttest

import (
	"fmt"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// noon is an instant with a zone and a fraction, as clocks give them.
func noon() time.Time {
	return time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
}

// anna is a person on both sides, with a child that only the federation has.
func anna(id uint64) *port.Person {
	return &port.Person{
		ID: id, State: port.Linked, Number: fmt.Sprintf("%06d", id),
		Pairs: []port.Pair{
			{
				Kind: "member",
				Club: record.Ref{Document: fmt.Sprintf("contact/%d", id)}, Federation: record.Ref{Document: fmt.Sprintf("members/%d", id)},
				Base: port.Base{
					Agreed: map[record.Field]record.Value{"lastName": record.Of("Muster"), "email": record.Empty()},
					Own:    map[record.Side]map[record.Field]record.Value{record.Club: {"country": record.Of("CH")}},
					Life:   map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Leaving},
				},
			},
			{
				Kind: "function", Identity: "LEI|VST",
				Club:       record.Ref{Document: fmt.Sprintf("contact/%d", id), Key: "functions/LEI|VST"},
				Federation: record.Ref{Document: fmt.Sprintf("functions/%d", id)},
			},
		},
	}
}

// full is a batch with something of everything.
func full() port.Batch {
	return port.Batch{
		People: map[uint64]*port.Person{1: anna(1), 300: anna(300)},
		Sights: map[record.Side]map[string]*port.Sight{
			record.Club: {"contact/1": {Digest: []byte{1, 0, 255}, Counts: map[record.Kind]int{"member": 1, "function": 200}}},
			record.Federation: {
				"members/1": {Missing: noon()},
				"members/2": {Digest: []byte("digest"), Missing: noon()},
			},
		},
		Strangers: map[record.Side]map[string]*port.Stranger{
			record.Club: {"contact/9": {Side: record.Club, Ref: "contact/9", Keys: []string{"k1", "k2"}, Stage: record.Outside}},
		},
		Intents: map[string]*port.Intent{
			"i1": {
				ID: "i1", Run: 7, Side: record.Federation, Origin: "contact/9", Kind: "member", Op: record.Create,
				Values: map[record.Field]record.Value{"lastName": record.Of("Keller")}, Changes: []string{"c1"},
			},
		},
		Questions: []conflicts.Question{{
			ID: "q1", Kind: conflicts.BothChanged, Person: 1, Record: "member", Fields: []record.Field{"email"},
			Holds:  map[record.Field]conflicts.Holding{"email": {Base: record.Of("a"), Club: record.Empty()}},
			Reason: "both changed", Answers: []conflicts.Verb{conflicts.Leave}, Fingerprint: "f", State: conflicts.Answered,
			Opened: noon(), Answer: &conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("b"), At: noon()},
		}},
		Held: &port.Plan{
			ID: "p1", Persons: 1, Reasons: []string{"first link"},
			Changes: []port.PlannedItem{{ID: "c1", Person: "contact/1", Side: record.Club, Kind: record.Update, Fields: []record.Field{"email"}}},
		},
		Approve:  map[string]time.Time{"c1": noon()},
		Refusals: map[string]*port.Refusal{"r1": {Reason: "not unique", Value: "v", Fields: []record.Field{"email"}, At: noon()}},
		Runs:     &port.Runs{Count: 7, Linked: noon(), Settings: map[string]string{"profile": "x"}, NextID: 301},
		History: []port.Entry{{
			At: noon(), Run: 7, Person: 1, Side: record.Club, Ref: "contact/1", Kind: "member", Op: record.Update, Rule: "policy",
			Before: map[record.Field]record.Value{"email": record.NotCarried()}, After: map[record.Field]record.Value{"email": record.Of("b")},
		}},
	}
}

// contents is what a store holds after the batch full.
func contents() Contents {
	b := full()
	annas := b.Sights[record.Club]["contact/1"]
	annas.Ordinal = 1
	return Contents{
		People: []port.Person{*anna(1), *anna(300)},
		Sights: map[record.Side]map[string]port.Sight{
			record.Club: {"contact/1": *annas},
			record.Federation: {
				"members/1": {Ordinal: 1, Missing: noon()},
				"members/2": {Ordinal: 2, Missing: noon(), Digest: []byte("digest")},
			},
		},
		Count:     map[record.Side]uint32{record.Club: 2, record.Federation: 3},
		Pending:   []port.Intent{*b.Intents["i1"]},
		Questions: b.Questions, Held: *b.Held, Approved: b.Approve,
		Refusals: map[string]port.Refusal{"r1": *b.Refusals["r1"]}, Runs: *b.Runs, History: b.History,
		Strangers: map[record.Side][]port.Stranger{
			record.Club: {*b.Strangers[record.Club]["contact/9"]}, record.Federation: nil,
		},
	}
}

// nothing is what an empty store holds.
func nothing() Contents {
	return Contents{
		Sights:    map[record.Side]map[string]port.Sight{record.Club: {}, record.Federation: {}},
		Count:     map[record.Side]uint32{record.Club: 1, record.Federation: 1},
		Strangers: map[record.Side][]port.Stranger{record.Club: nil, record.Federation: nil},
	}
}
