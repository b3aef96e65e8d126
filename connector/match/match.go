// Package match says who on one side may be whom on the other.
//
// It is pure: the same records give the same pairs, in whatever order they come. It decides nothing. A pair that Links may be
// linked without asking; every other pair is a question for a person.
package match

import "passerelle/internal/record"

// A Verdict is what comparing one field of two records comes to.
type Verdict string

// The verdicts. Unknown says that a side has no value to compare.
const (
	Unknown Verdict = ""
	Equal   Verdict = "equal"
	Near    Verdict = "near"
	Differs Verdict = "differs"
)

// A Row is one line of the evidence about two records. It holds no values.
type Row struct {
	Field   record.Field `json:"field"`
	Verdict Verdict      `json:"verdict,omitempty"`
	Rule    string       `json:"rule,omitempty"` // why it is Near, or of what else it is evidence
}

// A Likeness is how alike two records are. Parts counts which of last name, first name and birth date agree, equal or near.
// Score sorts candidates and decides nothing.
type Likeness struct {
	Rows  []Row `json:"rows"`
	Score int   `json:"score"`
	Parts int   `json:"parts"`
}

// A Pair is two records that may be one person, as indexes into the lists that were compared.
//
// Links says that the number proves it and nobody else is as like. Waits says that a better pair of one of the two is to be settled
// first: until then nothing is asked of this one, and nobody is created because of it.
type Pair struct {
	Club       int `json:"club"`
	Federation int `json:"federation"`
	Likeness
	Links bool `json:"links,omitempty"`
	Waits bool `json:"waits,omitempty"`
}

// Keys returns what makes a record a candidate for another: who may be one person share one of them, or their number.
func Keys(m *record.Record) []string { return nil }

// Compare returns how alike two records are. Compare(a, b) equals Compare(b, a).
func Compare(a, b *record.Record) Likeness { return Likeness{} }

// Proven reports whether the federation number stands on both and has its second proof. Whether somebody else is as like, it
// cannot see: Pair.Links says so.
func Proven(l Likeness) bool { return false }

// Candidates returns who may be whom, the best first for each of the club's. The pairs for which never is true are none and stand
// in nobody's way; nil is no such pair.
func Candidates(club, federation []*record.Record, never func(club, federation int) bool) []Pair {
	return nil
}

// Doubles returns who stands twice in one list. Club is the smaller index.
func Doubles(list []*record.Record) []Pair { return nil }
