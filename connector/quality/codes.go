package quality

import (
	"slices"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// codes finds the codes of a person that the other side does not know today, by its own tables or because its profile has no
// word for them, and the functions and subscriptions that it has no place for.
func (c *check) codes(side record.Side, p *person) {
	for _, r := range p.records() {
		def := c.in.Schema.Kind(r.Kind)
		if def == nil || c.gap(side.Other(), r.Kind, "") {
			continue
		}
		parts := record.Parts(r.Identity)
		if !c.shapes[side.Other()].Children(r.Kind, r.Identity) {
			c.note(p, Finding{Kind: NoPlace, Side: side, Record: r.Kind, Field: def.Identity[0], Held: strings.Join(strings.Fields(strings.Join(parts, " ")), " ")})
			continue
		}
		for i, f := range def.Identity {
			c.code(side, p, r.Kind, f, parts[i])
		}
		for _, f := range def.Fields {
			if f.Type == record.Code && f.Derived == "" {
				c.code(side, p, r.Kind, f.Name, r.Value(f.Name).Text())
				c.spelled(side, p, r, f.Name)
			}
		}
	}
}

// code looks one code up in the other side's table, if it has one: that of the field's own name, or of the name with Code.
func (c *check) code(side record.Side, p *person, k record.Kind, f record.Field, code string) {
	other := c.in.Sides[side.Other()].Listing
	if other == nil || code == "" {
		return
	}
	table, has := other.Account.Codes[string(f)]
	if !has {
		table, has = other.Account.Codes[string(f)+"Code"]
	}
	if !has || slices.ContainsFunc(table, func(row port.Code) bool { return row.Is(code, c.in.Today) }) {
		return
	}
	note := "unknown"
	if slices.ContainsFunc(table, func(row port.Code) bool { return row.Code == code }) {
		note = "not-valid"
	}
	c.note(p, Finding{Kind: Code, Side: side, Record: k, Field: f, Note: note, Held: code})
}

// spelled asks the other side's profile for a word for a code.
func (c *check) spelled(side record.Side, p *person, r *record.Record, f record.Field) {
	v := r.Value(f)
	if !v.HasText() {
		return
	}
	change := record.Change{
		Kind: r.Kind, Identity: r.Identity, Op: record.Update, Set: map[record.Field]record.Value{f: v},
	}
	if c.in.Sides[side.Other()].Profile.Express(change)[f] == record.UnknownCode {
		c.note(p, Finding{Kind: Code, Side: side, Record: r.Kind, Field: f, Note: "no-word", Held: v.Text()})
	}
}
