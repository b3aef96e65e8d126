// Package verify is a second opinion on a link: it reads both sides itself, compares everything, and says what no entry of
// the ledger explains.
//
// It shares no code with the decision that it checks, and is written in the plainest way: loops over maps by reference, the
// whole membership in memory. It writes nothing, neither to a system nor to the ledger.
//
// # What is compared
//
// A person of the ledger is found on both sides by the ledger's references. First come the lives: active (present or
// leaving) on both sides or on neither. Of a person who is active on both, every field that both sides carry is held against
// the other, and every function and subscription that both sides can show. A value that is there and cannot be read is a
// difference, since nobody can say that it is alike. Fields and children of a person who is not active are left alone, as
// DESIGN decisions 4 and 8 have it. What the base says to be one side's own spelling of the agreed value is no difference.
//
// What the ledger must have is looked at as well: whatever is active on both sides must have a base (INCIDENTS 13).
//
// # What explains a difference
//
// In this order, one explanation each:
//
//	parked      the person is parked, or the ledger has the document under one who is
//	refused     a question of kind refused about it, or a refusal that is remembered for just this value
//	conflict    any other open or answered question about it, or about the person as a whole
//	held        a change of it in the plan that waits for approval
//	waiting     the person is asked for · a request of the journal is without a record · an end lies ahead that the other side
//	            takes only when it comes · a document is noted as missing from the listings · the side to be written takes no writes
//	outOfScope  it is out of scope on one side
//
// Whoever was forgotten, by a digest among the refusals, is not looked at. A question of kind not-yours explains nothing: what it tells of has been set back.
package verify

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // the calendar days of a link are those of Europe/Zurich on every machine

	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// A Config is a link as it is to be verified. Everything in it is required.
type Config struct {
	Link   string // its name in the configuration
	Sides  map[record.Side]End
	Store  port.Store
	Schema *record.Schema
	Now    func() time.Time
}

// An End is one side's system with the profile that reads it.
type End struct {
	System  port.System
	Profile *mapping.Profile
}

// A Report is what a verification found (INCIDENTS N10). The link is in step, but for what the ledger knows, when
// Unexplained is 0.
type Report struct {
	Link        string              `json:"link"`
	Pairs       int                 `json:"pairs"`    // persons linked in the ledger
	Equal       int                 `json:"equal"`    // those of them without any difference
	Unpaired    map[record.Side]int `json:"unpaired"` // active and in scope on a side, and in the ledger as nobody's
	Explained   Explained           `json:"explained"`
	Unexplained int                 `json:"unexplained"`
	Differences []Difference        `json:"differences"` // the unexplained ones, each by name
}

// Explained counts the differences and the unpaired that an entry of the ledger explains.
type Explained struct {
	Conflict   int `json:"conflict"`
	Waiting    int `json:"waiting"`
	Held       int `json:"held"`
	Refused    int `json:"refused"`
	Parked     int `json:"parked"`
	OutOfScope int `json:"outOfScope"`
}

// A Difference names what is not explained, without a value. Club and Federation are the references of the record on the
// two sides, of the person's member where a side does not have it, "" where nothing is known. Field is "member.street" for a
// value; "function" for a record that only one side has, or has only one side still active; "member.base" for a record on
// both sides without a base in the ledger; "document" for a document that has not the form of its kind.
type Difference struct {
	Club       string `json:"club"`
	Federation string `json:"federation"`
	Field      string `json:"field"`
}

// Run reads the ledger and both sides from end to end and compares them. When a side cannot be read whole there is an error
// and no report: nothing may be concluded from a part. The error holds references and no values.
func Run(ctx context.Context, cfg Config) (Report, error) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		return Report{}, fmt.Errorf("verify: calendar: %w", err)
	}
	v := &verification{cfg: cfg, today: record.DateOf(cfg.Now().In(zurich)), shown: map[record.Side]*shown{}}
	if v.ledger, err = readLedger(ctx, cfg.Store); err != nil {
		return Report{}, fmt.Errorf("verify: ledger: %w", err)
	}
	for _, side := range record.Sides() {
		if v.shown[side], err = list(ctx, cfg.Sides[side], v.today); err != nil {
			return Report{}, fmt.Errorf("verify: %s: %w", side, err)
		}
	}
	v.report = Report{
		Link: cfg.Link, Unpaired: map[record.Side]int{record.Club: 0, record.Federation: 0}, Differences: []Difference{},
	}
	for i := range v.ledger.people {
		v.person(&v.ledger.people[i])
	}
	for _, side := range record.Sides() {
		v.unpaired(side)
	}
	return v.report, nil
}

// A verification is one Run on its way.
type verification struct {
	cfg    Config
	today  record.Date
	ledger *ledger
	shown  map[record.Side]*shown
	report Report
}

// note counts a finding under what explains it, or names it.
func (v *verification) note(f *finding) {
	e := &v.report.Explained
	switch v.explain(f) {
	case conflict:
		e.Conflict++
	case waiting:
		e.Waiting++
	case held:
		e.Held++
	case refused:
		e.Refused++
	case parked:
		e.Parked++
	case outOfScope:
		e.OutOfScope++
	case nothing:
		v.report.Unexplained++
		v.report.Differences = append(v.report.Differences, f.named())
	}
}
