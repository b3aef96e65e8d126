// Package record is the canonical language of Passerelle: kinds, fields, values, lives, documents and changes.
//
// Both systems are taken apart into records of this language before anything is compared, and every decision is made in
// it. It knows no system, no file and no clock, and it uses the standard library only.
package record

import (
	"strings"
	"time"
)

// A Side is one of the two systems that a link keeps in step.
type Side string

// The two sides of a link.
const (
	Club       Side = "club"
	Federation Side = "federation"
)

// Sides lists both sides in the order in which they are always gone through.
func Sides() []Side { return []Side{Club, Federation} }

// Other returns the side across the bridge.
func (s Side) Other() Side {
	if s == Club {
		return Federation
	}
	return Club
}

// A Kind names what a record is, in the terms of a domain: member, affiliation, function, subscription.
type Kind string

// A Field names one value of a record: lastName, category, exitDate.
type Field string

// A Ref is the place of a record on its side: the document that holds it ("contact/123", "members/<guid>") and, where a
// document holds several, the record's place in it ("functions/LEI|"). The record at a document's root has no key.
type Ref struct {
	Document string `json:"document"`
	Key      string `json:"key,omitempty"`
}

// Zero reports whether the reference names nothing.
func (r Ref) Zero() bool { return r.Document == "" }

// String returns the reference as one text, document and key separated by a number sign.
func (r Ref) String() string {
	if r.Key == "" {
		return r.Document
	}
	return r.Document + "#" + r.Key
}

// A Document is what a system stores under one reference, as it came: Kind is the system's own word ("contact",
// "affiliations"), Ref its address there ("contact/123"), Version whatever the system wants back with a write (an ETag; may
// be empty), Body the bytes of its JSON. A body is never stored. Changed is when the system says, by its own clock, that it
// last changed the document, zero where it does not say: a hint about who writes, by which nothing is decided (INCIDENTS 32).
type Document struct {
	Kind    string
	Ref     string
	Version string
	Body    []byte
	Changed time.Time
}

// An Issue says why a field that is there could not be carried (DESIGN decision 3).
type Issue string

// The two reasons for which a value that is there is not carried.
const (
	Unreadable  Issue = "unreadable"   // the text has no canonical form
	UnknownCode Issue = "unknown-code" // the code or its spelling is in no table
)

// A Record is one member, affiliation, function or subscription as one side holds it.
//
// Identity tells the children of one kind of one person apart, equally on both sides ("LEI|VST"); it is empty for a member.
// Parent is the document that holds the record's member ("members/<guid>"), empty for a member. Fields holds canonical
// values; a field that is missing from it is not carried. Issues names the fields that are there and could not be mapped.
type Record struct {
	Kind     Kind
	Identity string
	Ref      Ref
	Parent   string
	Life     Life
	Fields   map[Field]Value
	Issues   map[Field]Issue
}

// Value returns the value of a field; one that is missing is not carried.
func (r *Record) Value(f Field) Value { return r.Fields[f] }

// Taken is a document taken apart: its records, the member first, and what the document would have shown if it existed.
type Taken struct {
	Records []Record
	// Covers holds, per kind, the identities whose absence from Records proves that the document does not have them.
	// A kind or an identity that is not in it is hidden here: nothing can be said of it (DESIGN decision 9).
	Covers map[Kind]map[string]bool
}

// Identity joins the values that tell children of one kind apart.
func Identity(parts ...string) string { return strings.Join(parts, "|") }

// Parts returns what an identity was made of.
func Parts(identity string) []string { return strings.Split(identity, "|") }
