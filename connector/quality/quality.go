// Package quality looks at both sides of a link before anything is linked, and says what will be refused, asked about or
// wrong, person by person: the club that cleans its data first has less to decide afterwards (WIRE.md 1).
//
// A Checker is pure: it takes what both sides showed, today's date and the profiles, and returns findings. Nothing is written,
// and no ledger is needed. What it holds people against is data: required fields are those of the profiles' shapes, codes those
// of the federation's tables, categories and the forms of postal codes stand in rules.yaml, towns in postal.csv, and what
// people read, in four languages, in catalogue.yaml. The kinds of findings and their order are those of the catalogue.
//
// Only people in scope are looked at, as the engine has it: whose leading record takes part (DESIGN decisions 4 and 8).
package quality

import (
	"cmp"
	"fmt"
	"slices"

	"passerelle/connector/listing"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// An Input is what both sides showed on a day. Schema is the domain's.
type Input struct {
	Today  record.Date
	Schema *record.Schema
	Sides  map[record.Side]Side
}

// A Side is one side of a link: its profile, and what it showed. Listing is nil for a side that could not be read whole;
// Problem says why then.
type Side struct {
	Profile *mapping.Profile
	Listing *listing.Listing
	Problem string
}

// A Kind names a kind of finding: a key of the catalogue.
type Kind string

// The kinds, as the catalogue describes them, in its order.
const (
	Document      Kind = "document"
	Missing       Kind = "missing"
	Unreadable    Kind = "unreadable"
	Date          Kind = "date"
	Category      Kind = "category"
	Code          Kind = "code"
	PostalForm    Kind = "postal-form"
	NumberTwice   Kind = "number-twice"
	NumberUnknown Kind = "number-unknown"
	Double        Kind = "double"
	SharedEmail   Kind = "shared-email"
	PostalTown    Kind = "postal-town"
	Name          Kind = "name"
	NoNumber      Kind = "no-number"
	January       Kind = "january"
	NoPlace       Kind = "no-place"
)

// A Finding is one thing about one person, or about one document that cannot be read. Who, Held and Proposed are values
// of a person; everything else may stand in a log.
type Finding struct {
	Kind     Kind         `json:"kind"`
	Severity Severity     `json:"severity"` // the kind's
	Side     record.Side  `json:"side"`
	Ref      string       `json:"ref"`              // of the person's document
	Number   string       `json:"number,omitempty"` // at the federation, where the side knows it
	Record   record.Kind  `json:"record,omitempty"`
	Field    record.Field `json:"field,omitempty"`
	Note     string       `json:"note,omitempty"` // which case of the kind: a key of the catalogue's notes
	With     []string     `json:"with,omitempty"` // the other documents that it is about, of the same side

	Who      string `json:"who,omitempty"`
	Held     string `json:"held,omitempty"`
	Proposed string `json:"proposed,omitempty"`
}

// A Report is what was found. Findings are in the order of the catalogue, then by side and reference.
type Report struct {
	Counts   Counts                 `json:"counts"`
	Unread   map[record.Side]string `json:"unread,omitempty"` // why there is nothing of a side
	Findings []Finding              `json:"findings"`
}

// Counts are the numbers of a report.
type Counts struct {
	People   map[record.Side]int              `json:"people"`  // in scope
	Outside  map[record.Side]int              `json:"outside"` // out of scope, or over: not looked at
	Severity map[Severity]map[record.Side]int `json:"severity"`
	Persons  map[Severity]map[record.Side]int `json:"persons"` // whom these findings are about, each once
	Kind     map[Kind]int                     `json:"kind"`
}

// A Checker holds what people are held against, and what is said of it: files that are part of the program. It never
// changes, and may be used by several goroutines. Make it with New.
type Checker struct {
	Catalogue *Catalogue

	rules     *rules
	directory *directory
}

// New reads the files. The error says that one of them is wrong, which is the program's fault.
func New() (*Checker, error) {
	var c Checker
	var err error
	if c.Catalogue, err = loadCatalogue(); err != nil {
		return nil, fmt.Errorf("quality: %w", err)
	}
	if c.rules, err = loadRules(); err != nil {
		return nil, fmt.Errorf("quality: %w", err)
	}
	if c.directory, err = loadDirectory(); err != nil {
		return nil, fmt.Errorf("quality: %w", err)
	}
	return &c, nil
}

// Check looks at both sides.
func (c *Checker) Check(in Input) Report {
	on := &check{
		Checker: c, in: in, sides: map[record.Side]*people{}, shapes: map[record.Side]record.Shape{}, gaps: map[gap]bool{},
	}
	on.begin()
	for _, side := range record.Sides() {
		if on.sides[side] != nil {
			on.side(side)
		}
	}
	on.settle()
	return on.report
}

// A check is one Check on its way.
type check struct {
	*Checker

	in     Input
	shapes map[record.Side]record.Shape
	gaps   map[gap]bool
	sides  map[record.Side]*people // nil for a side that could not be read
	report Report
}

// A gap is a field that has no place on a side, or a kind as a whole.
type gap struct {
	side  record.Side
	kind  record.Kind
	field record.Field
}

// begin gathers the people of both sides.
func (c *check) begin() {
	c.report = Report{Findings: []Finding{}, Unread: map[record.Side]string{}, Counts: Counts{
		People: map[record.Side]int{}, Outside: map[record.Side]int{}, Severity: map[Severity]map[record.Side]int{},
		Persons: map[Severity]map[record.Side]int{}, Kind: map[Kind]int{},
	}}
	for side, s := range c.in.Sides {
		c.shapes[side] = s.Profile.Shape()
		for _, g := range s.Profile.Gaps() {
			c.gaps[gap{side, g.Kind, g.Field}] = true
		}
		if s.Listing == nil {
			c.report.Unread[side] = s.Problem
			continue
		}
		c.sides[side] = gather(s.Listing, c.in.Schema)
		c.report.Counts.People[side], c.report.Counts.Outside[side] = len(c.sides[side].all), c.sides[side].outside
	}
}

// gap reports whether a field has no place on a side, or its whole kind has none.
func (c *check) gap(side record.Side, k record.Kind, f record.Field) bool {
	return c.gaps[gap{side, k, f}] || c.gaps[gap{side, k, ""}]
}

// side looks at everybody of a side, then at those who are alike in something.
func (c *check) side(side record.Side) {
	for _, ref := range c.sides[side].unread {
		c.report.Findings = append(c.report.Findings, Finding{Kind: Document, Side: side, Ref: ref})
	}
	for _, p := range c.sides[side].all {
		c.required(side, p)
		c.unreadable(side, p)
		c.dates(side, p)
		c.names(side, p)
		c.address(side, p)
		c.category(side, p)
		c.codes(side, p)
		c.number(side, p)
	}
	c.numbersTwice(side)
	c.doubles(side)
	if side == record.Federation {
		c.sharedEmails()
	}
}

// note adds a finding about a person.
func (c *check) note(p *person, f Finding) {
	f.Ref, f.Number, f.Who = p.ref, p.number, p.who()
	c.report.Findings = append(c.report.Findings, f)
}

// other returns the people of the other side, nil where it could not be read.
func (c *check) other(side record.Side) *people { return c.sides[side.Other()] }

// settle puts the findings in their order and counts them.
func (c *check) settle() {
	r := &c.report
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(c.Catalogue.place(a.Kind), c.Catalogue.place(b.Kind)), cmp.Compare(a.Side, b.Side),
			compareRefs(a.Ref, b.Ref), cmp.Compare(a.Record, b.Record), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Note, b.Note),
		)
	})
	for _, severity := range Severities() {
		r.Counts.Severity[severity], r.Counts.Persons[severity] = map[record.Side]int{}, map[record.Side]int{}
	}
	type one struct {
		severity Severity
		side     record.Side
		ref      string
	}
	seen := map[one]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Severity = c.Catalogue.Entry(f.Kind).Severity
		r.Counts.Severity[f.Severity][f.Side]++
		r.Counts.Kind[f.Kind]++
		if at := (one{f.Severity, f.Side, f.Ref}); !seen[at] {
			seen[at] = true
			r.Counts.Persons[f.Severity][f.Side]++
		}
	}
}

// compareRefs orders references as people count: contact/99 comes before contact/100.
func compareRefs(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// WithoutValues returns the report without what only those may see who asked for it: names, what is held, what is proposed.
func (r Report) WithoutValues() Report {
	r.Findings = slices.Clone(r.Findings)
	for i := range r.Findings {
		r.Findings[i].Who, r.Findings[i].Held, r.Findings[i].Proposed = "", "", ""
	}
	return r
}
