package stvtest

import "time"

// Meta is what every entity has besides its content. The server sets it.
type Meta struct {
	ID           string    `json:"id" rule:"derived"`                   // GUID, lower case
	LastModified time.Time `json:"lastModifiedDateTime" rule:"derived"` // UTC, whole seconds
	ETag         string    `json:"-"`                                   // weak, W/"…"
}

// Member is a person in the federation's database (WIRE.md 1). Text that is empty is served as null. Dates are
// YYYY-MM-DD.
//
// Status, EntryDate and ExitDate are not held but derived from the affiliations: for a token from those at its club, in
// [Server.Members] from those at the home club. Status is "left" once no affiliation anywhere is active.
type Member struct {
	Meta

	MemberNumber      string `json:"memberNumber" rule:"derived"` // six digits
	LastName          string `json:"lastName" rule:"required"`
	FirstName         string `json:"firstName" rule:"required"`
	BirthDate         string `json:"birthDate" rule:"required,past"`
	Gender            string `json:"gender" rule:"required,gender"`
	Nationality       string `json:"nationality" rule:"country"`
	Language          string `json:"language" rule:"required,language"`
	AddressSupplement string `json:"addressSupplement"`
	Street            string `json:"street"`
	PostalCode        string `json:"postalCode" rule:"required"`
	City              string `json:"city" rule:"required"`
	Country           string `json:"country" rule:"required,country"`
	Email             string `json:"email" rule:"email"`
	EmailAlternative  string `json:"emailAlternative" rule:"email"`
	PhonePrivate      string `json:"phonePrivate" rule:"phone"`
	PhoneMobile       string `json:"phoneMobile" rule:"phone"`
	PhoneBusiness     string `json:"phoneBusiness" rule:"phone"`
	HomeClubNumber    string `json:"homeClubNumber" rule:"derived"`
	Status            string `json:"status" rule:"derived"`
	EntryDate         string `json:"entryDate" rule:"derived"`
	ExitDate          string `json:"exitDate" rule:"derived"`
	DeceasedOn        string `json:"deceasedOn" rule:"past"`
}

// Affiliation ties a member to a club in a category (WIRE.md 1). What is held as "active" is served as "left" once its
// exit date has come, Europe/Zurich.
type Affiliation struct {
	Meta

	MemberID   string `json:"memberId" rule:"key,required"`
	ClubNumber string `json:"clubNumber" rule:"key"`
	Category   string `json:"category" rule:"required"`
	Primary    bool   `json:"primary"`
	EntryDate  string `json:"entryDate" rule:"required,date"`
	ExitDate   string `json:"exitDate" rule:"date"`
	Status     string `json:"status" rule:"derived"` // active, requested, refused, left
}

// Function is an office that a member holds in a club (WIRE.md 1).
type Function struct {
	Meta

	MemberID     string `json:"memberId" rule:"key,required"`
	ClubNumber   string `json:"clubNumber" rule:"key"`
	FunctionCode string `json:"functionCode" rule:"required"`
	Organ        string `json:"organ"`
	StartDate    string `json:"startDate" rule:"required,date"`
	EndDate      string `json:"endDate" rule:"date"`
}

// Subscription is a periodical that a member receives (WIRE.md 1).
type Subscription struct {
	Meta

	MemberID    string `json:"memberId" rule:"key,required"`
	Publication string `json:"publication" rule:"required"`
	Language    string `json:"language" rule:"required,language"`
	Delivery    string `json:"delivery" rule:"delivery"`
	Copies      int    `json:"copies"` // 0 is served as null
	StartDate   string `json:"startDate" rule:"required,date"`
	EndDate     string `json:"endDate" rule:"date"`
}

// The states of an affiliation, and of a member (active and left).
const (
	Active    = "active"
	Requested = "requested"
	Refused   = "refused"
	Left      = "left"
)

// Names are a thing's names in the federation's three languages.
type Names struct {
	De string `json:"de"`
	Fr string `json:"fr"`
	It string `json:"it"`
}

// Code is a row of a code table. A zero ValidTo is open.
type Code struct {
	Code      string
	Name      Names
	ValidFrom string // YYYY-MM-DD, the first day
	ValidTo   string // YYYY-MM-DD, the last day
}

// Club is a club of the federation.
type Club struct {
	Number   string // X.XX.XX.XXXX.XX-X
	Name     string
	Canton   string // two letters
	Language string // de, fr, it
}

// Grant is what a token is good for.
type Grant struct {
	Club    string    // the number of the one club
	Rights  []string  // "read", "write"; nil is both
	Expires time.Time // zero is never
	Revoked bool
}
