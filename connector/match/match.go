// Package match says who on one side may be whom on the other.
//
// It is pure: the same records give the same pairs, in whatever order they come. It decides nothing. A pair that Links may be
// linked without asking; every other pair is a question for a person. docs/matching.md says the rules for those who answer.
//
// # Who is a candidate
//
// Three parts make a person out: last name, first name, birth date. Who agrees in two of them is a candidate (DESIGN decision
// 7), and so is whoever has the same federation number. Names agree in their spelling folded once (mapping.FoldName) or twice
// (umlauts and other spellings, the parts of a double name, nicknames); birth dates agree when they are equal. What is empty agrees
// with nothing, and neither does a birth date up to 1900-01-01, which stands for none.
//
// What is near besides only sorts candidates: a birth date of which one part is off, or day and month are exchanged, and one typing
// error in a name when the two other parts agree.
//
// What a household shares (address, private phone, e-mail) never makes anybody a candidate, and counts against two whose
// first names or birth dates differ (INCIDENTS 17, N11).
//
// # What keeps it fast
//
// Only who shares a key is compared (Keys). A key that more than 50 people of a side share is a crowd: there everybody is
// compared with those whose birth date comes closest, by each order of its parts, so that the cost stays in proportion to the people.
package match

import "passerelle/internal/record"

//go:generate go test -run ^TestMatching$ -count=1 . -args update

// The fields that are compared.
const (
	memberNumber record.Field = "memberNumber"
	lastName     record.Field = "lastName"
	firstName    record.Field = "firstName"
	birthDate    record.Field = "birthDate"
	gender       record.Field = "gender"
	street       record.Field = "street"
	postalCode   record.Field = "postalCode"
	phonePrivate record.Field = "phonePrivate"
	phoneMobile  record.Field = "phoneMobile"
	email        record.Field = "email"
)

// AllParts is in how many parts two agree who agree in last name, first name and birth date.
const AllParts = 3

// A Verdict is what comparing one field of two records comes to.
type Verdict string

// The verdicts. Unknown says that a side has no value to compare.
const (
	Unknown Verdict = ""
	Equal   Verdict = "equal"
	Near    Verdict = "near"
	Differs Verdict = "differs"
)

// The rules by which names and birth dates are near, and what other values are evidence of.
const (
	umlaut     = "umlaut"       // Müller and Muller
	spelling   = "spelling"     // Meier and Mayer, Claudia and Klaudia
	doubleName = "double name"  // Meier-Huber and Huber, Hans-Peter and Peter
	particle   = "particle"     // von Rotz and Rotz
	nickname   = "nickname"     // Vreni and Verena
	typing     = "typing error" // one letter more, less, other, or two exchanged
	partOff    = "one part off" // of year, month and day
	exchanged  = "day and month exchanged"
	ownName    = "carries the first name" // an e-mail address that is the person's own
	household  = "same household"         // shared by people who live together: evidence of no person
)

// A Row is one line of the evidence about two records. It holds no values.
type Row struct {
	Field   record.Field `json:"field"`
	Verdict Verdict      `json:"verdict,omitempty"`
	Rule    string       `json:"rule,omitempty"` // why it is near, or of what else it is evidence
}

// agrees reports whether the values are equal or near.
func (r Row) agrees() bool { return r.Verdict == Equal || r.Verdict == Near }

// A Likeness is how alike two records are. Parts counts which of last name, first name and birth date agree, equal or near.
// Score sorts candidates and decides nothing.
type Likeness struct {
	Rows  []Row `json:"rows"`
	Score int   `json:"score"`
	Parts int   `json:"parts"`
}

// row returns the evidence about a field.
func (l *Likeness) row(f record.Field) Row {
	for _, r := range l.Rows {
		if r.Field == f {
			return r
		}
	}
	return Row{Field: f}
}

// Proven reports whether the federation number stands on both and has its second proof (docs/adr/0025): the first name agrees,
// and so does the birth date, or else the last name while the birth date is near or stands on one side at most. A first name with
// a typing error may be a twin's and proves nothing, and neither does another gender.
//
// Proven sees two records only. Whether somebody else is as like says Pair.Links.
func Proven(l Likeness) bool {
	first, born := l.row(firstName), l.row(birthDate)
	if l.row(memberNumber).Verdict != Equal || l.row(gender).Verdict == Differs || !first.agrees() || first.Rule == typing {
		return false
	}
	return born.Verdict == Equal || born.Verdict != Differs && l.row(lastName).agrees()
}
