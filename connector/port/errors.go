package port

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Next says what to do about an error. It is all that the engine asks of one.
type Next string

// What to do next.
const (
	// Again: nothing happened; the same request may be sent in a later run. The zero Next.
	Again Next = ""
	// Wait: nothing happened, and this record has to wait for something (the right to write it, a write window).
	Wait Next = "wait"
	// Ask: the system refused what it was given and will refuse it again; Fields may name what.
	Ask Next = "ask"
	// Replan: the document is not what it was when the request was planned (412).
	Replan Next = "replan"
	// Exists: the system knows the person already; Number is theirs (409 MemberExists).
	Exists Next = "exists"
	// Gone: there is no such document any more; Into names its survivor when it was merged.
	Gone Next = "gone"
	// Look: the request may have taken effect or not; only reading tells (DESIGN decision 10).
	Look Next = "look"
	// Stop: no more writes on this link in this run, on either side.
	Stop Next = "stop"
	// Token: as Stop, because the secret is missing, expired, revoked or another club's.
	Token Next = "token"
)

// An Error is what a system answers when it does not do what it was asked. Reason says what happened in words that an
// admin understands and holds no value of a person; Advice, where there is one, says what to do about it.
type Error struct {
	Next   Next
	Reason string
	Advice string
	Fields []string // Ask: the places that the system named, in its own words
	Unique bool     // Ask: the value is refused because another document has it already
	Number string   // Exists
	Into   string   // Gone: the surviving document
	Until  time.Time
	Err    error
}

// Error returns the reason, the places named and the cause.
func (e *Error) Error() string {
	text := e.Reason
	if len(e.Fields) > 0 {
		text += " (" + strings.Join(e.Fields, ", ") + ")"
	}
	if e.Err != nil {
		text = fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// As returns the *Error in err, and for any other error one that has Next Look, since nothing is known of it. It returns
// nil for nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Next: Look, Reason: "the connection failed", Err: err}
}
