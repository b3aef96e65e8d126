package fairgatetest

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Right is what an access key allows. Write includes Read.
type Right string

// The rights of a key.
const (
	Read  Right = "read"
	Write Right = "write"
)

// Shape is what a contact is served with.
type Shape string

// The shapes of a contact (WIRE.md 2, "Two shapes of a contact"). In ClubShape federation_data and club_assignments do
// not exist: they are not served, and writing them is refused as unknown.
const (
	ClubShape       Shape = "club"
	FederationShape Shape = "federation"
)

// Merge is what a PUT does to a top-level member that it gives. Members that it does not give stay in both.
type Merge string

// The ways to merge (WIRE.md 2, "PUT"). Deep merges objects inside; Shallow replaces the given member whole. Arrays are
// replaced whole in both.
const (
	Deep    Merge = "deep"
	Shallow Merge = "shallow"
)

// TokenShape is how a token answer is built.
type TokenShape string

// The shapes of a token answer (WIRE.md 2). Flat is {access_token, refresh_token, expires_in}; Enveloped has the token
// and refresh_token inside data, and does not say when the token expires. Refusals are enveloped in both.
const (
	Flat      TokenShape = "flat"
	Enveloped TokenShape = "enveloped"
)

// CustomType is the type of a custom field.
type CustomType string

// The types of custom fields. The value of a CustomChoices field is an array of texts, that of the others is a text.
const (
	CustomText    CustomType = "text"
	CustomDate    CustomType = "date"
	CustomChoice  CustomType = "choice"
	CustomChoices CustomType = "choices"
)

// CustomField is a field that the organisation has defined for itself. It is served under custom_fields by its ID.
type CustomField struct {
	ID       string
	Label    string // what the organisation calls it; never on the wire
	Type     CustomType
	Choices  []string // of CustomChoice and CustomChoices: what may be chosen
	NoFuture bool     // of CustomDate: a date after today is refused, as an exit date is
}

// Config says what a [Server] holds and how it behaves. Organisation, Keys and Now are required.
type Config struct {
	Organisation string           // the organisation id (OID) in every path
	Keys         map[string]Right // the access keys of the organisation
	Now          func() time.Time // the clock; today is a civil date in Europe/Zurich
	Seed         uint64           // of everything that is drawn; signatures excepted

	Shape  Shape  // default ClubShape
	Merge  Merge  // default Deep
	Claim  string // the claim fsa_id of tokens; default Organisation
	Tokens TokenShape
	// TokenLife is how long an access token works; default 15 minutes. A refresh token works once, whenever that is.
	TokenLife time.Duration

	ListArchived      bool // the list holds archived contacts too
	NumericIDs        bool // contact_id is served as a number
	FederationNumbers bool // federation_contact_id is kept and served as a number: leading zeros are lost
	DatesAsTimes      bool // dates are served as midnight in Europe/Zurich, and times are taken back as dates
	QuietCustomFields bool // last_update does not move when only custom fields change

	CustomFields []CustomField
	Memberships  []string // the names that a membership may have, the federation's included
	Roles        []Role   // the roles of the executive board, federation shape only

	// After is the clock of injected delays; default time.After.
	After func(time.Duration) <-chan time.Time
}

// filled returns the configuration with its defaults. It panics where the configuration contradicts itself: a simulator
// that guesses would let the client under test pass for the wrong reason.
func (c Config) filled() Config {
	c.Shape = cmp.Or(c.Shape, ClubShape)
	c.Merge = cmp.Or(c.Merge, Deep)
	c.Tokens = cmp.Or(c.Tokens, Flat)
	c.TokenLife = cmp.Or(c.TokenLife, 15*time.Minute)
	c.Claim = cmp.Or(c.Claim, c.Organisation)
	must(c.Organisation != "", "no organisation")
	must(c.Now != nil, "no clock")
	must(slices.Contains([]Shape{ClubShape, FederationShape}, c.Shape), "shape %q", c.Shape)
	must(slices.Contains([]Merge{Deep, Shallow}, c.Merge), "merge %q", c.Merge)
	must(slices.Contains([]TokenShape{Flat, Enveloped}, c.Tokens), "token shape %q", c.Tokens)
	for _, right := range c.Keys {
		must(right == Read || right == Write, "right %q", right)
	}
	seen := map[string]bool{}
	for _, f := range c.CustomFields {
		must(f.ID != "" && !seen[f.ID], "custom field id %q is empty or stands twice", f.ID)
		seen[f.ID] = true
		chosen := f.Type == CustomChoice || f.Type == CustomChoices
		must(chosen || f.Type == CustomText || f.Type == CustomDate, "custom field %s: type %q", f.ID, f.Type)
		must(chosen == (len(f.Choices) > 0), "custom field %s: choices and type %q do not fit", f.ID, f.Type)
		must(!f.NoFuture || f.Type == CustomDate, "custom field %s: only a date can be in the future", f.ID)
	}
	return c
}

func must(ok bool, format string, args ...any) {
	if !ok {
		panic("fairgatetest: configuration: " + fmt.Sprintf(format, args...))
	}
}
