// Package port says what the engine asks of a system and of a store, and which errors they answer with.
//
// The interfaces belong to the engine, their consumer. A system speaks wire documents and knows nothing of records; a store
// keeps what the engine tells it, in one transaction per batch. Errors are told apart by what to do next (Error).
//
// Abilities beyond the few methods of a System are small optional interfaces that the engine asks for by type assertion.
// Two are to come and need no new engine: a system that cannot list and is only written to, and one that takes the whole
// set as one document (Campus Skills, WIRE.md 3).
package port

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/record"
)

// A System is one side of a link: the club's software or the federation's database.
//
// All methods block until the system has answered or ctx ends, and may be called from several goroutines at once. An error
// that is not an *Error is a fault of the connection of which nothing is known. After ctx has ended the outcome of a Write
// is unknown, unless the error says that nothing was sent.
type System interface {
	// Check asks the system who we are to it. It fetches whatever the other methods need (a token, the code tables) and
	// comes first in every run. An error leaves nothing behind; Check may be called again.
	Check(ctx context.Context) (Account, error)

	// Kinds returns the wire kinds that List knows, in the order in which they are to be listed.
	Kinds() []string

	// List reads every document of a wire kind and hands them to page as they come, each page once. The certificate is the
	// proof that the listing is whole; there is no listing without it. When List or page returns an error, what page has
	// seen proves presence only, and nothing else (DESIGN decision 9).
	List(ctx context.Context, kind string, page func([]record.Document) error) (Certificate, error)

	// Read reads one document by its reference. A document that is gone is an *Error with Next Gone; one that was merged
	// into another carries the survivor in Into.
	Read(ctx context.Context, ref string) (record.Document, error)

	// Write sends one request and returns the documents that it touched as they now stand, as the system says: the document
	// itself first, then those created inside it. After a delete there are none. Write never repeats a request whose
	// outcome is unknown: that is an *Error with Next Look.
	Write(ctx context.Context, w record.Write) ([]record.Document, error)
}

// An Account is what a system says of the token we come with.
type Account struct {
	Organisation string    // the club number, or the organisation id
	Name         string    // how the system calls the organisation; may be empty
	Language     string    // of the organisation, ISO 639-1; empty where the system does not say
	CanWrite     bool      // false for a read-only key, which is a normal case
	WindowClosed bool      // the system takes no writes at the moment
	Expires      time.Time // of the token; zero where the system does not say
	// Codes holds the system's code tables, table name to its codes; nil where it has none (WIRE.md 1, codes).
	Codes map[string][]Code
}

// A Code is one row of a code table: its names by language, and the dates from and until which it is valid (zero: open).
type Code struct {
	Code  string
	Names map[string]string
	From  record.Date
	Until record.Date
}

// Is reports whether the row is that of a code, and valid on a day.
func (c *Code) Is(code string, day record.Date) bool {
	return c.Code == code && !day.Before(c.From) && (c.Until.IsZero() || !c.Until.Before(day))
}

// A Certificate is what a system vouches for after a whole listing. The engine checks it against what it saw itself.
type Certificate struct {
	Organisation string // whose documents these are
	First, Last  int    // the total as the first and the last page gave it
	Closed       bool   // the chain of pages came to its own end
	Latest       Stamp  // the highest that was shown; zero where the system shows none
}

// Whole returns nil for a listing that shows all of an organisation's documents: seen of them, each counted once. Else the
// error says in words what speaks against it (DESIGN decision 9).
func (c *Certificate) Whole(organisation string, seen int) error {
	switch {
	case c.Organisation != organisation:
		return errors.New("the listing belongs to another organisation")
	case !c.Closed:
		return errors.New("the listing breaks off before its end")
	case c.First != c.Last:
		return fmt.Errorf("the total changed from %d to %d while it was listed", c.First, c.Last)
	case seen != c.First:
		return fmt.Errorf("the listing shows %d of %d", seen, c.First)
	}
	return nil
}

// A Stamp is when the system says it last changed a document: by its own clock, which is compared with no other.
type Stamp struct {
	At  time.Time
	Ref string // the document that has it
}

// Later returns the later of two stamps.
func (s Stamp) Later(o Stamp) Stamp {
	if o.At.After(s.At) {
		return o
	}
	return s
}

// A Counter is a System that counts the requests it has sent since it was made, reads and writes apart.
type Counter interface {
	Requests() (read, write int)
}

// Deltas is a System that can tell what has changed since a time, where listing everything is dear. The same document may
// come twice. It is no List: a Delta proves presence only, and nothing follows from what it does not show (DESIGN
// decision 9).
type Deltas interface {
	Changed(ctx context.Context, kind string, since time.Time, page func([]record.Document) error) (Delta, error)
}

// A Delta is what came of asking for changes. It is no Certificate and cannot be taken for one.
type Delta struct {
	Shown  int   // documents handed out
	Total  int   // how many the system says there are: when fewer were shown, it breaks off
	Latest Stamp // the highest that was shown; zero where nothing was
}
