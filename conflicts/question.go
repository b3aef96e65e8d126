// Package conflicts is the queue of what no rule settles: questions, the answers people give, and the policies that say
// which side leads where.
//
// A question is an immutable value with the base and both sides in it; an answer is an input of the next cycle and writes
// nothing by itself (DESIGN, the cycle). An answer is bound to the values it was given on: when they change, the question
// stands open again.
package conflicts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"passerelle/internal/record"
)

// A Kind says what a question is about.
type Kind string

// The kinds of questions (DESIGN, The outside of the program).
const (
	BothChanged     Kind = "both-changed"      // both sides changed a field, or hold two values without a base
	EndedAndChanged Kind = "ended-and-changed" // an end here against an edit there, or a return after an end
	Match           Kind = "match"             // perhaps the same person
	AlreadyExists   Kind = "already-exists"    // the federation knows the person in another club
	Incomplete      Kind = "incomplete"        // something is missing without which the person cannot be created
	Refused         Kind = "refused"           // a side refused a value, with its reason
	Unreadable      Kind = "unreadable"        // a value is there that has no canonical form
	UnknownCode     Kind = "unknown-code"      // a code that no table names, or that the other side has no word for
	NotYours        Kind = "not-yours"         // a change by a side that does not own the field was set back
	LeftScope       Kind = "left-scope"        // a paired person is no longer of those who are kept in step
	Merged          Kind = "merged"            // the federation merged two persons, and both are paired
)

// A Verb is what an answer says.
type Verb string

// The answers to "which value" and to "who is who".
const (
	TakeClub       Verb = "club"
	TakeFederation Verb = "federation"
	TakeValue      Verb = "value"
	Leave          Verb = "leave"
	Same           Verb = "same"
	Different      Verb = "different"
	New            Verb = "new"
	Later          Verb = "later"
)

// An Answer is what a person decided: a verb, and for TakeValue the canonical value of the question's only field.
type Answer struct {
	Verb  Verb         `json:"verb"`
	Value record.Value `json:"value,omitzero"`
	By    string       `json:"by,omitempty"`
	At    time.Time    `json:"at,omitzero"`
}

// A State is where a question stands.
type State string

// The states of a question. An answered one stays answered while its values stand.
const (
	Open     State = "open"
	Answered State = "answered"
	Closed   State = "closed" // carried out, or dissolved by itself
)

// A Holding is what base, club and federation held in one field when the question was raised.
type Holding struct {
	Base       record.Value `json:"base"`
	Club       record.Value `json:"club"`
	Federation record.Value `json:"federation"`
}

// An Evidence is one line of what speaks for two being one person, or against it: how the values of a field compare (equal,
// near, differs, "" for unknown), by which rule, and the values. It explains a question and is no part of what it is about.
type Evidence struct {
	Field      record.Field `json:"field"`
	Verdict    string       `json:"verdict,omitempty"`
	Rule       string       `json:"rule,omitempty"`
	Club       record.Value `json:"club,omitzero"`
	Federation record.Value `json:"federation,omitzero"`
}

// Alike is the group of the questions about two who agree in everything that both sides have, and who have no other candidate:
// they can be answered at once.
const Alike = "alike"

// A Question is one thing that no rule settles. ID follows from what the question is about and not from the values, so the
// same question keeps its ID; Fingerprint follows from the values.
type Question struct {
	ID          string                   `json:"id"`
	Kind        Kind                     `json:"kind"`
	Person      uint64                   `json:"person,omitempty"` // the ledger's person, 0 while unpaired
	Club        string                   `json:"club,omitempty"`   // the club's document, "contact/123"
	Federation  string                   `json:"federation,omitempty"`
	Number      string                   `json:"number,omitempty"` // the federation number, where one is known
	Record      record.Kind              `json:"record"`
	Identity    string                   `json:"identity,omitempty"`
	Fields      []record.Field           `json:"fields,omitempty"`
	Holds       map[record.Field]Holding `json:"holds,omitempty"`
	Bound       string                   `json:"bound,omitempty"`    // a hash of all else that an answer is bound to
	Evidence    []Evidence               `json:"evidence,omitempty"` // of Match
	Group       string                   `json:"group,omitempty"`    // of those that can be answered at once
	Waiting     []string                 `json:"waiting,omitempty"`  // documents of people about whom nothing is decided before
	Reason      string                   `json:"reason"`
	Answers     []Verb                   `json:"answers"`
	Fingerprint string                   `json:"fingerprint"`
	State       State                    `json:"state"`
	Opened      time.Time                `json:"opened,omitzero"`
	Ended       time.Time                `json:"ended,omitzero"`
	How         string                   `json:"how,omitempty"` // of a closed one: how it ended
	Answer      *Answer                  `json:"answer,omitempty"`
}

// Sealed returns the question with ID and Fingerprint computed from the rest. State begins as Open.
func (q Question) Sealed() Question {
	slices.Sort(q.Fields)
	q.ID = digest(4, q.Kind, q.Club, q.Federation, q.Record, q.Identity, q.Fields)
	q.Fingerprint = digest(8, q.Holds, q.Number, q.Reason, q.Bound)
	if q.State == "" {
		q.State = Open
	}
	return q
}

// Offers reports whether the verb is one of the question's answers.
func (q Question) Offers(v Verb) bool { return slices.Contains(q.Answers, v) }

// tells reports whether a question explains itself in the same words as another of its fingerprint.
func (q Question) tells(other *Question) bool {
	return q.Person == other.Person && q.Group == other.Group && slices.Equal(q.Evidence, other.Evidence) && slices.Equal(q.Waiting, other.Waiting)
}

// Never reports whether a person has said that two are not the same person, which holds for good, whatever becomes of their
// values and of the question.
func (q Question) Never() bool {
	return q.Kind == Match && q.Answer != nil && (q.Answer.Verb == Different || q.Answer.Verb == New)
}

// Given returns the answer that holds for a question raised now with this fingerprint, and nil when there is none.
func (q Question) Given(fingerprint string) *Answer {
	if q.State != Answered || q.Fingerprint != fingerprint {
		return nil
	}
	return q.Answer
}

// digest returns n bytes, in hexadecimal, of the hash of the parts. encoding/json sorts map keys, so it is stable.
func digest(n int, parts ...any) string {
	data, err := json.Marshal(parts)
	if err != nil {
		panic("conflicts: a question that cannot be written as JSON: " + err.Error()) // only strings, maps and slices of them
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:n])
}
