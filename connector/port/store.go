package port

import (
	"context"
	"errors"
	"time"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

var (
	// ErrNone is returned when a store has nothing under the key asked for.
	ErrNone = errors.New("not in the ledger")
	// ErrClaimed is returned by Commit when a person would get a document that another person has (INCIDENTS 18). Its
	// text names the document.
	ErrClaimed = errors.New("another person has the document")
)

// A Store is a ledger of one link. Reads see the last committed batch. Every method but Commit opens a read transaction;
// all may be called from several goroutines, and no function handed in may call the store again. What comes out is the
// caller's to keep and to change; an empty map or slice may come out as nil, a time in another zone. An error of a
// function handed in is returned as it is. When ctx has ended before a call, the call does nothing and says so.
type Store interface { //nolint:interfacebloat // the sum of parts, each of which is small; their users take the parts
	People
	Sights
	Journal
	Queue
	Plans
	Committer
}

// People is the part of a store that knows who is who.
type People interface {
	// Person returns a person by ID, or ErrNone.
	Person(ctx context.Context, id uint64) (Person, error)
	// PersonOf returns the person who has a document on a side, or ErrNone.
	PersonOf(ctx context.Context, s record.Side, document string) (Person, error)
	// Numbered returns the IDs of the persons with a federation number.
	Numbered(ctx context.Context, number string) ([]uint64, error)
	// EachPerson calls fn for every person in the order of their IDs, until fn returns an error, which it returns.
	EachPerson(ctx context.Context, fn func(Person) error) error
	// Candidates returns the strangers of a side that have one of the keys, each once, in the order of their documents.
	Candidates(ctx context.Context, s record.Side, keys []string) ([]Stranger, error)
}

// Sights is the part of a store that remembers which documents were at rest.
type Sights interface {
	// Sights returns what is remembered of these documents of a side; a document that is not known is not in the map.
	Sights(ctx context.Context, s record.Side, documents []string) (map[string]Sight, error)
	// EachSight calls fn for every document of a side, in their order, until fn returns an error, which it returns.
	EachSight(ctx context.Context, s record.Side, fn func(document string, sight Sight) error) error
	// SightCount returns the number above every ordinal that a side has used; 1 before the first.
	SightCount(ctx context.Context, s record.Side) (uint32, error)
}

// Journal is the part of a store that remembers what was about to be sent.
type Journal interface {
	// Pending returns the intents without a record, in the order in which they were first written, those of one batch in
	// the order of their IDs.
	Pending(ctx context.Context) ([]Intent, error)
}

// An Intent is a request that was about to be sent. It is written before the first request of its batch is sent and
// removed with its record (DESIGN decision 10).
type Intent struct {
	ID       string                        `json:"id"`
	Run      uint64                        `json:"run"`
	Side     record.Side                   `json:"side"`
	Person   uint64                        `json:"person,omitempty"` // 0: not in the ledger before the request
	Origin   string                        `json:"origin,omitempty"` // of a create: the other side's document
	Document string                        `json:"document,omitempty"`
	Kind     record.Kind                   `json:"kind"` // of the first record written
	Op       record.Op                     `json:"op"`
	Values   map[record.Field]record.Value `json:"values,omitempty"` // of a create: what was written into the member
	Changes  []string                      `json:"changes"`
	Sent     bool                          `json:"sent,omitempty"`   // of a create: its outcome is unknown
	Repeat   bool                          `json:"repeat,omitempty"` // it was repeated once already
	// Looked is when a certified listing first lacked whom it was to create.
	Looked time.Time `json:"looked,omitzero"`
	// Entries are what the history will say of a change to a known person, also when its record was lost.
	Entries []Entry `json:"entries,omitempty"`
}

// Queue is the part of a store that keeps questions.
type Queue interface {
	// Question returns a question by its ID, or ErrNone.
	Question(ctx context.Context, id string) (conflicts.Question, error)
	// Questions returns the questions in one of the states, oldest first, those opened at once in the order of their IDs;
	// without states, all of them.
	Questions(ctx context.Context, states ...conflicts.State) ([]conflicts.Question, error)
}

// Plans is the part of a store that keeps what waits for a go, what was approved, what was refused, and what happened.
type Plans interface {
	// Held returns the plan that waits for approval; one without changes when none does.
	Held(ctx context.Context) (Plan, error)
	// Approved returns the IDs of the changes that were approved, and until when that holds; also when that is past.
	Approved(ctx context.Context) (map[string]time.Time, error)
	// Refusals returns what was refused, by a key that the engine makes.
	Refusals(ctx context.Context) (map[string]Refusal, error)
	// Runs returns the counters and hashes of the link.
	Runs(ctx context.Context) (Runs, error)
	// History calls fn for each entry, newest first, until fn returns an error, which it returns.
	History(ctx context.Context, fn func(Entry) error) error
}

// A Plan is a set of changes that waits for a person's go, by the hash of each (DESIGN decision 13).
type Plan struct {
	ID      string        `json:"plan"`
	Changes []PlannedItem `json:"changes"`
	Persons int           `json:"persons"`
	Reasons []string      `json:"reasons"`
	// Consequence says what the plan does to the fee categories; nil: nothing.
	Consequence *Consequence `json:"consequence,omitempty"`
	// Outline says what a first link comes to; nil of every other plan.
	Outline *Outline `json:"outline,omitempty"`
}

// An Outline says in numbers of persons what a first link comes to: who is linked, what follows on each side, what is asked
// first, and who is left alone.
type Outline struct {
	Linked    int                    `json:"linked"`
	Completed map[record.Side]int    `json:"completed"` // get a value where they had none, and no other change
	Changed   map[record.Side]int    `json:"changed"`
	Created   map[record.Side]int    `json:"created"`
	Questions map[conflicts.Kind]int `json:"questions"` // open
	Alone     []Alone                `json:"alone"`
}

// Alone is how many people of a side are not linked and left as they are, and why ("out-of-scope", "left", "asked").
type Alone struct {
	Side    record.Side `json:"side"`
	Why     string      `json:"why"`
	Persons int         `json:"persons"`
}

// A Consequence says how many people each side that a plan moves has in each category, before and after it, and how many move
// from where to where. It is in the order of sides and categories.
type Consequence struct {
	Categories []Headcount `json:"categories"`
	Moves      []Move      `json:"moves"`
}

// A Headcount is how many people a side has in a category.
type Headcount struct {
	Side     record.Side `json:"side"`
	Category string      `json:"category"`
	Before   int         `json:"before"`
	After    int         `json:"after"`
}

// A Move is how many people a plan moves between two categories of a side. From is empty of those who come, To of those who
// end.
type Move struct {
	Side    record.Side `json:"side"`
	From    string      `json:"from,omitempty"`
	To      string      `json:"to,omitempty"`
	Persons int         `json:"persons"`
}

// A PlannedItem is one change of a plan, without values.
type PlannedItem struct {
	ID     string         `json:"id"`
	Person string         `json:"person"` // the club's document, else the federation's
	Side   record.Side    `json:"side"`
	Record record.Kind    `json:"record"`
	Ref    string         `json:"ref"`
	Kind   record.Op      `json:"kind"`
	Fields []record.Field `json:"fields"`
	Undoes string         `json:"undoes,omitempty"` // what it sets back: "run 12"
	ByHand bool           `json:"byHand,omitempty"` // of people who were taken apart or joined by hand
}

// A Refusal is a value that a side refused, or an end of a record on that day. It is not sent again until the value has
// changed (Value, its hash) or what the refusal names besides (Context, a hash of the Fields named).
type Refusal struct {
	Reason  string         `json:"reason"`
	Value   string         `json:"value"`
	Fields  []record.Field `json:"fields,omitempty"`
	Context string         `json:"context,omitempty"`
	At      time.Time      `json:"at"`
}

// Runs is what a link remembers of itself.
type Runs struct {
	Count  uint64    `json:"count"`  // runs that changed something
	Linked time.Time `json:"linked"` // when the first plan was approved; zero before
	// Settings holds the hashes of profile, policy, scope and canonicaliser that the last approved plan was made under.
	Settings map[string]string `json:"settings,omitempty"`
	NextID   uint64            `json:"nextID"` // above every person's ID
	// Closed names the sides that answered the last attempt to write with Next Wait, and what they said: a key without the
	// right, where the system does not say so beforehand. An attempt that succeeds removes it.
	Closed map[record.Side]string `json:"closed,omitempty"`
	// Accounts is what each side last said of the secret that we come with.
	Accounts map[record.Side]Standing `json:"accounts,omitempty"`
	// Trouble is why the last run did not come to its end; nil when it did.
	Trouble *Trouble `json:"trouble,omitempty"`
	// Failed counts the requests of the last run that were not carried out, or of which that is not known.
	Failed int `json:"failed,omitempty"`
	// Left counts the approved changes that the last run had not got to when it ended; at the most those, where it was killed.
	Left int `json:"left,omitempty"`
	// Echo is what is known of somebody else who writes the same data to both sides; nil: nothing.
	Echo *Echo `json:"echo,omitempty"`
	// Undo is what people have asked to have taken back, neither carried out nor withdrawn.
	Undo []Undo `json:"undo,omitempty"`
	// Link is the link's name, so that a copy of the ledger can be told from another link's.
	Link string `json:"link,omitempty"`
	// Restored is until when the ledger remembers, once it was found to be set back in time; zero: it was not, or a person
	// has approved what follows from it.
	Restored time.Time `json:"restored,omitzero"`
	// SetBack names the sides that were found to be set back in time, and to before when; a person approves what follows.
	SetBack map[record.Side]time.Time `json:"setBack,omitempty"`
	// Judged is, per side, the run up to which our writes have been looked through when a side was found to be set back.
	Judged map[record.Side]uint64 `json:"judged,omitempty"`
	Salt   string                 `json:"salt,omitempty"` // of the digests of forgotten persons; none before the first
}

// A Standing is what a side says of our secret, without the tables that come with it (Account).
type Standing struct {
	Name         string    `json:"name,omitempty"` // the organisation, as the side calls it
	CanWrite     bool      `json:"canWrite"`
	WindowClosed bool      `json:"windowClosed,omitempty"`
	Expires      time.Time `json:"expires,omitzero"` // zero where the side does not say
}

// An Echo counts the runs that found a field changed on both sides to the same value within a minute, and not by us: so do
// another interface between the two systems, and somebody who types everything twice.
type Echo struct {
	Runs int       `json:"runs"`
	Last time.Time `json:"last"`
}

// A Trouble is why a run did not come to its end, and what to do.
type Trouble struct {
	Side   record.Side `json:"side,omitempty"` // empty: it is ours
	Reason string      `json:"reason"`
	Next   string      `json:"next"`
	Secret bool        `json:"secret,omitempty"` // the secret is missing, expired, refused or another club's
	Since  time.Time   `json:"since"`            // the first of the runs in a row that ended for this reason
}

// An Undo is a person's wish to have taken back what a run wrote, or what followed from an answer.
type Undo struct {
	Of    string    `json:"of"` // "run 12", "decision 1a2b3c4d"
	By    string    `json:"by,omitempty"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since,omitzero"` // of a decision: nothing older followed from it
}

// An Entry is one thing that happened to one record, with what it held before: the memory that undo and history need. One
// with a Decision is what a person decided, and wrote nothing.
type Entry struct {
	At       time.Time                     `json:"at"`
	Run      uint64                        `json:"run"`
	Person   uint64                        `json:"person,omitempty"`
	Side     record.Side                   `json:"side"`
	Ref      string                        `json:"ref"`
	Kind     record.Kind                   `json:"kind"`
	Identity string                        `json:"identity,omitempty"`
	Op       record.Op                     `json:"op"`
	Rule     string                        `json:"rule"` // the policy, the answer or the approval that it followed from
	Before   map[record.Field]record.Value `json:"before,omitempty"`
	After    map[record.Field]record.Value `json:"after,omitempty"`
	Return   bool                          `json:"return,omitempty"`   // it took back an end
	Question string                        `json:"question,omitempty"` // of an answer: the question's ID
	Undoes   string                        `json:"undoes,omitempty"`   // what it set back: "run 12"
	Decision string                        `json:"decision,omitempty"` // "answered club", "approved", "undo asked for", …
	By       string                        `json:"by,omitempty"`       // of a decision: whose
}

// Committer is the part of a store that changes it.
type Committer interface {
	// Commit writes a batch in one transaction: all of it or, with an error, nothing. An empty batch opens no transaction,
	// and one that changes nothing leaves the file as it is. Who has a document or a number, and which keys find a
	// stranger, follows from the persons and strangers in the batch; documents may move from one person to another in it.
	Commit(ctx context.Context, b Batch) error
}

// A Batch is everything that one transaction changes. A nil value in a map deletes the entry. An entry whose own ID, side
// or reference is not that of its key is refused.
type Batch struct {
	People    map[uint64]*Person
	Sights    map[record.Side]map[string]*Sight // by document; the Ordinal is the store's to give, whatever stands there
	Strangers map[record.Side]map[string]*Stranger
	Intents   map[string]*Intent
	Questions []conflicts.Question
	Held      *Plan                // one without changes: no plan waits any more
	Approve   map[string]time.Time // change ID to the time until which it holds; the zero time deletes
	Refusals  map[string]*Refusal
	Runs      *Runs
	History   []Entry
}

// Empty reports whether there is nothing to commit.
func (b *Batch) Empty() bool {
	return len(b.People)+len(b.Sights)+len(b.Strangers)+len(b.Intents)+len(b.Questions)+len(b.Approve)+len(b.Refusals)+len(b.History) == 0 &&
		b.Held == nil && b.Runs == nil
}

// An Eraser is a store that can forget (INCIDENTS N15).
type Eraser interface {
	// Erase removes everything about a person in one transaction and returns how much that is; a dry one only counts.
	Erase(ctx context.Context, e Erasure) (Erased, error)
	// Prune removes history, and closed questions, from before a time; what is never the same person stays.
	Prune(ctx context.Context, before time.Time) (Erased, error)
}

// An Erasure names a person who is to be forgotten. Keep is what has to stay, so that the person is not taken for somebody
// new: entries among the refusals, and the salt of the digests in their keys.
type Erasure struct {
	Person uint64
	Keep   map[string]Refusal
	Salt   string
	Dry    bool
}

// Erased counts what was removed.
type Erased struct {
	Records   int `json:"records"` // pairs of records, with their bases
	History   int `json:"history"`
	Questions int `json:"questions"`
	Journal   int `json:"journal"`
	Refusals  int `json:"refusals"`
	Held      int `json:"held"` // changes in the plan that waits
}
