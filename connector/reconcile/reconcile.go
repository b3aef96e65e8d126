// Package reconcile is the decision: what one person's two sides and their base ask of each side, and what only a person
// can settle.
//
// Reconcile is pure and total. It sees one person at a time, the member and all that refers to it, and takes policy,
// answers and today's date as inputs. It never fails: what it cannot decide it asks, and what it cannot see it leaves
// alone. Sources: DESIGN decisions 3 to 8.
//
// # The life of a person
//
// The kind that leads (the affiliation) decides first. "active" is present or leaving; "over" is ended or gone.
//
//	base    one side  other side           decision
//	----    --------  ----------           --------
//	any     unknown   any                  nothing: leave the person alone
//	none    active    not there            create on the other side
//	none    over/out  not there            nothing: what ended before it was paired takes no part
//	none    active    active               merge fields and children
//	none    over/out  over/out             nothing
//	none    over/out  active               ask
//	active  active    active               merge fields and children
//	active  over      active, unedited     end on the other side
//	active  over      active, edited       ask: ended-and-changed
//	active  over      over                 nothing: adopt
//	active  outside   active               ask: left-scope
//	over    active    active               merge fields and children: both have come back
//	over    active    over/out             ask: a return
//	any     active    not there any more   ask: what the base knows is gone only where that is proven
//
// Children (functions, subscriptions) follow the same table under a person who is active on both sides, with two
// differences: one that ended before it was paired counts as not there, unless it was seen to vanish, which is asked about;
// and one that is new while the member is not there yet waits. The children of a person who is not active are left as they are, and so is one that is hidden, with its
// questions.
//
// # The fields
//
// Fields of a group are one unit; every other field is a unit of its own. c and f are what the sides hold, b is the base.
//
//	b      c        f        decision
//	-      -        -        --------
//	any    ?        any      nothing (? is not carried); a value that cannot be read is also a question
//	any    v        v        adopt
//	b      b        f        the federation changed: to the club
//	b      c        b        the club changed: to the federation
//	b      c        f        both changed: the owner's value, or what the policy says, or a question
//	none   empty    v        empty takes the value, but not of the side that gives it by itself
//	none   c        f        question
//
// A change by a side that does not own the field is set back and shown once (not-yours). A unit of which some fields go one
// way and some the other has changed on both sides; one of which some fields would be set back and some are new is asked
// about. What a side refused, or has no word for, is asked about in place of being written, also when it was an answer.
//
// # What is undone
//
// What a run wrote to a side is set back where neither side has changed it since; then nothing else happens to the unit, or
// to the record whose end is taken back. What was set back is agreed by nobody: if the sides differ, a person is asked, and
// no rule and no owner settles it.
package reconcile

import (
	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// An Input is one person with everything the decision depends on. Subjects has the person's own kind first.
type Input struct {
	Today  record.Date
	Schema *record.Schema
	Policy *conflicts.Policy
	Shapes map[record.Side]record.Shape
	// Express says, per side, which fields of a change the side has no word for; nil: it has words for all.
	Express   map[record.Side]func(record.Change) map[record.Field]record.Issue
	Person    uint64 // of the ledger, 0 while unpaired
	Subjects  []Subject
	Questions map[string]conflicts.Question // stored ones, by ID: the answers in them are inputs
	Refused   map[string]port.Refusal       // by RefusalKey
	Undo      []Undo                        // what a person wants set back of this person
	Circles   []Circle                      // what we have been writing to and fro
}

// A Subject is one record of the person on both sides, with what the ledger remembers of it.
//
// A record that is nil is proven not to be there. One whose Life is Unknown is hidden, or could not be read. One that the
// base knows and that is proven to have vanished is a record with Life Gone.
type Subject struct {
	port.Pair
	ClubRecord, FederationRecord *record.Record
}

// On returns the subject's record on a side.
func (s *Subject) On(side record.Side) *record.Record {
	if side == record.Club {
		return s.ClubRecord
	}
	return s.FederationRecord
}

// An Outcome is what the decision asks for. Pairs runs parallel to the subjects and holds their bases with what may be
// adopted without a write: what both sides hold alike already.
type Outcome struct {
	Skipped   bool // something could not be read: nothing was decided, and questions stand as they did
	Changes   []Change
	Questions []conflicts.Question
	Waits     []Wait
	Pairs     []port.Pair
	Adopted   int       // fields that both sides hold alike and the base did not
	Together  []int     // subjects of which both sides have changed a field to the same value since the base
	Undoing   []Undoing // what comes of each Undo of the input
}

// A Change is one write to one record of one side: one unit of fields, one end, one creation. ID is the hash of the pair,
// the fields or the life, the side, before and after; an approval holds for exactly that (DESIGN decision 13).
type Change struct {
	record.Change
	ID       string
	Side     record.Side
	Before   map[record.Field]record.Value
	Rule     string // what it follows from: "policy", "answer", "first link", "set back"
	Question string // of an answer: the question's ID
	Undoes   string // of what is set back: "run 12"
}

// A Wait is a record that cannot move yet, with the reason.
type Wait struct {
	Kind     record.Kind
	Identity string
	Side     record.Side
	Reason   string // "parent", "date ahead", "no place"
}

// Reconcile decides one person.
func Reconcile(in Input) Outcome {
	d := &decision{in: in, lead: -1}
	for i, s := range in.Subjects {
		if s.Kind == in.Schema.Lead() {
			d.lead = i
		}
		d.out.Pairs = append(d.out.Pairs, s.Clone())
	}
	d.out.Undoing = make([]Undoing, len(in.Undo))
	if d.lead < 0 || d.hidden() {
		d.out.Skipped = true
		return d.out
	}
	d.person()
	d.undecided()
	return d.out
}

// decision carries one run of Reconcile.
type decision struct {
	in   Input
	lead int // index of the subject whose life is the person's
	out  Outcome
}

// hidden reports whether the member or the lead could not be read on a side: then nothing may be decided at all.
func (d *decision) hidden() bool {
	for _, i := range []int{0, d.lead} {
		for _, side := range record.Sides() {
			if r := d.in.Subjects[i].On(side); r != nil && r.Life.Stage == record.Unknown {
				return true
			}
		}
	}
	return false
}

// stage returns the life stage of a subject on a side; a record that is not there has none.
func stage(s *Subject, side record.Side) record.Life {
	if r := s.On(side); r != nil {
		return r.Life
	}
	return record.Life{}
}

// memberRef returns the documents by which the person is known on both sides.
func (d *decision) memberRef(side record.Side) string {
	m := &d.in.Subjects[0]
	if r := m.Ref(side); !r.Zero() {
		return r.Document
	}
	if r := m.On(side); r != nil {
		return r.Ref.Document
	}
	return ""
}
