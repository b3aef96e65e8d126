package verify

import (
	"cmp"
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A slot is where a record of a person belongs, alike on both sides.
type slot struct {
	kind     record.Kind
	identity string
}

// A view is what one side shows of one person.
type view struct {
	member  string   // the member's document, as the ledger or the side itself names it
	docs    []string // the documents of the person, in the ledger or on the side
	records map[slot]*record.Record
	covers  map[slot]bool // the side would show it if there were one
	unread  []string
}

// A finding is one difference on its way to being explained: of fields when it has any, else of the whole record.
type finding struct {
	person *port.Person // nil for whoever is in no ledger
	slot   slot
	field  record.Field // "" for the whole record
	unit   []record.Field
	what   string // what is named instead of kind and field; "" for these
	views  map[record.Side]*view
	refs   map[record.Side]string
	away   record.Side // of a whole record: the side on which it is not active
	base   port.Base
}

// named returns the finding as it is reported.
func (f *finding) named() Difference {
	name := f.what
	if name == "" {
		name = string(f.slot.kind)
		if f.field != "" {
			name += "." + string(f.field)
		}
	}
	return Difference{Club: f.refs[record.Club], Federation: f.refs[record.Federation], Field: name}
}

// person compares everything of one person of the ledger.
func (v *verification) person(p *port.Person) {
	c := &comparison{v: v, p: p, views: map[record.Side]*view{}}
	for _, side := range record.Sides() {
		c.views[side] = v.view(side, p.Documents(side))
		if own := p.Pair(v.own().kind, ""); own != nil && !own.Ref(side).Zero() {
			c.views[side].member = own.Ref(side).Document
		}
	}
	c.compare()
	if p.State == port.Linked {
		v.report.Pairs++
		if c.found == 0 {
			v.report.Equal++
		}
	}
}

// own is the slot of the person's own record, lead that of the one whose life is the person's.
func (v *verification) own() slot  { return slot{kind: v.cfg.Schema.Kinds[0].Name} }
func (v *verification) lead() slot { return slot{kind: v.cfg.Schema.Lead()} }

// view gathers what a side shows in these documents and in those that name one of them as their member's.
func (v *verification) view(side record.Side, docs []string) *view {
	l := v.shown[side]
	w := &view{records: map[slot]*record.Record{}, covers: map[slot]bool{}}
	all := map[string]bool{}
	for _, ref := range docs {
		all[ref] = true
		for _, child := range l.Children[ref] {
			all[child] = true
		}
	}
	w.docs = slices.Sorted(maps.Keys(all))
	for _, ref := range w.docs {
		if l.Unread[ref] {
			w.unread = append(w.unread, ref)
		}
		taken := l.Taken[ref]
		for kind, identities := range taken.Covers {
			for identity := range identities {
				w.covers[slot{kind, identity}] = true
			}
		}
		for i := range taken.Records {
			r := &taken.Records[i]
			at := slot{r.Kind, r.Identity}
			if have := w.records[at]; have == nil || !have.Life.Active() {
				w.records[at] = r // of several the one that takes part
			}
		}
	}
	if r := w.records[v.own()]; r != nil {
		w.member = r.Ref.Document
	} else if len(docs) > 0 {
		w.member = docs[0]
	}
	return w
}

// life returns where the person stands on a side: gone when the side does not show the member with what leads.
func (v *verification) life(w *view) record.Stage {
	own, lead := w.records[v.own()], w.records[v.lead()]
	switch {
	case own == nil:
		return record.Gone
	case lead != nil && own.Life.Stage != record.Unknown:
		return lead.Life.Stage
	case own.Life.Stage == record.Outside || own.Life.Stage == record.Unknown:
		return own.Life.Stage
	default:
		return record.Gone
	}
}

func active(s record.Stage) bool { return record.Life{Stage: s}.Active() }

// A comparison is that of one person.
type comparison struct {
	v     *verification
	p     *port.Person
	views map[record.Side]*view
	found int
}

// compare goes from the documents to the lives, and from these to fields and children.
func (c *comparison) compare() {
	for _, side := range record.Sides() {
		for _, ref := range c.views[side].unread {
			f := c.finding(c.v.own())
			f.what, f.away, f.refs[side] = "document", side, ref
			c.note(f)
		}
	}
	if c.found > 0 {
		return // of what cannot be read nothing can be said
	}
	club, federation := c.v.life(c.views[record.Club]), c.v.life(c.views[record.Federation])
	switch {
	case club == record.Unknown:
		c.whole(c.v.lead(), record.Club)
	case federation == record.Unknown:
		c.whole(c.v.lead(), record.Federation)
	case active(club) && active(federation):
		c.both(c.v.own())
		if c.v.lead() != c.v.own() {
			c.both(c.v.lead())
		}
		c.children()
	case active(club):
		c.person(record.Federation)
	case active(federation):
		c.person(record.Club)
	default:
		c.vanished()
	}
}

// person notes that the person is not active on one side only: the member where it is not there, else what leads.
func (c *comparison) person(away record.Side) {
	at := c.v.lead()
	if c.views[away].records[c.v.own()] == nil {
		at = c.v.own()
	}
	c.whole(at, away)
}

// vanished notes a document that the base knows of someone who took part, and that is not there. Who was over on both sides
// is missed by nobody.
func (c *comparison) vanished() {
	for _, at := range []slot{c.v.own(), c.v.lead()} {
		pair := c.p.Pair(at.kind, at.identity)
		if pair == nil || over(pair.Base.Life[record.Club]) && over(pair.Base.Life[record.Federation]) {
			continue
		}
		for _, side := range record.Sides() {
			if ref := pair.Ref(side); !ref.Zero() && c.views[side].records[at] == nil {
				c.whole(at, side)
				return
			}
		}
	}
}

func over(s record.Stage) bool { return record.Life{Stage: s}.Over() }

// both compares a record that is active on both sides.
func (c *comparison) both(at slot) {
	club, federation := c.views[record.Club].records[at], c.views[record.Federation].records[at]
	var base port.Base
	if pair := c.p.Pair(at.kind, at.identity); pair != nil {
		base = pair.Base
	}
	if base.Life[record.Club] == "" || base.Life[record.Federation] == "" {
		f := c.finding(at)
		f.what = string(at.kind) + ".base"
		c.note(f)
	}
	kind := c.v.cfg.Schema.Kind(at.kind)
	for _, unit := range kind.Units() {
		for _, name := range unit {
			if alike(club, federation, name, &base) {
				continue
			}
			f := c.finding(at)
			f.field, f.unit, f.base = name, unit, base
			c.note(f)
		}
	}
}

// alike reports whether two records hold the same in a field, as far as both carry it.
func alike(club, federation *record.Record, f record.Field, base *port.Base) bool {
	if club.Issues[f] != "" || federation.Issues[f] != "" {
		return false
	}
	a, b := club.Fields[f], federation.Fields[f]
	if !a.Carried() || !b.Carried() || a == b {
		return true
	}
	// One side's own spelling of the agreed value, both sides holding what they held then. Nothing is no spelling of
	// something.
	agreed := base.Agreed[f]
	own := func(s record.Side, v record.Value) bool {
		return base.Own[s][f] == v && v.HasText() && agreed.HasText()
	}
	return a == agreed && own(record.Federation, b) || b == agreed && own(record.Club, a)
}

// children compares the functions and subscriptions of a person who is active on both sides.
func (c *comparison) children() {
	all := map[slot]bool{}
	for i := range c.p.Pairs {
		all[slot{c.p.Pairs[i].Kind, c.p.Pairs[i].Identity}] = true
	}
	for _, w := range c.views {
		for at := range w.records {
			all[at] = true
		}
	}
	delete(all, c.v.own())
	delete(all, c.v.lead())
	for _, at := range slices.SortedFunc(maps.Keys(all), func(a, b slot) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.identity, b.identity))
	}) {
		c.child(at)
	}
}

// child compares one of them. One that a side hides, or could not show, is not compared.
func (c *comparison) child(at slot) {
	is := map[record.Side]bool{}
	for side, w := range c.views {
		r := w.records[at]
		if r == nil && c.v.shown[side].profile.Inside(at.kind) && !w.covers[at] || r != nil && r.Life.Stage == record.Unknown {
			return
		}
		is[side] = r != nil && r.Life.Active()
	}
	switch {
	case is[record.Club] && is[record.Federation]:
		c.both(at)
	case is[record.Club]:
		c.whole(at, record.Federation)
	case is[record.Federation]:
		c.whole(at, record.Club)
	}
}

// whole notes a record as a whole, which is not active on the side away.
func (c *comparison) whole(at slot, away record.Side) {
	f := c.finding(at)
	f.away = away
	c.note(f)
}

// finding begins one about a record of the person.
func (c *comparison) finding(at slot) *finding {
	f := &finding{person: c.p, slot: at, views: c.views, refs: map[record.Side]string{}}
	pair := c.p.Pair(at.kind, at.identity)
	for side, w := range c.views {
		switch r := w.records[at]; {
		case r != nil:
			f.refs[side] = r.Ref.String()
		case pair != nil && !pair.Ref(side).Zero():
			f.refs[side] = pair.Ref(side).String()
		default:
			f.refs[side] = w.member
		}
	}
	return f
}

func (c *comparison) note(f *finding) {
	c.found++
	c.v.note(f)
}

// unpaired notes whoever takes part on a side and is in no ledger, and each document of nobody's that cannot be read.
func (v *verification) unpaired(side record.Side) {
	l := v.shown[side]
	homes := map[string]bool{}
	for ref, taken := range l.Taken {
		for i := range taken.Records {
			homes[cmp.Or(taken.Records[i].Parent, ref)] = true
		}
	}
	for _, home := range slices.Sorted(maps.Keys(homes)) {
		w := v.view(side, []string{home})
		lead := w.records[v.lead()]
		known := func(ref string) bool { return v.ledger.owner[place{side, ref}] != 0 }
		if lead == nil || !lead.Life.Active() || slices.ContainsFunc(w.docs, known) || v.forgotten(w.records[v.own()]) {
			continue
		}
		v.report.Unpaired[side]++
		v.note(v.alone(side, w, ""))
	}
	for _, ref := range slices.Sorted(maps.Keys(l.Unread)) {
		if v.ledger.owner[place{side, ref}] == 0 {
			v.note(v.alone(side, v.view(side, []string{ref}), "document"))
		}
	}
}

// alone is the finding about somebody, or something, that is on one side only.
func (v *verification) alone(side record.Side, w *view, what string) *finding {
	return &finding{
		slot: v.own(), what: what, away: side.Other(), refs: map[record.Side]string{side: w.member},
		views: map[record.Side]*view{side: w, side.Other(): {}},
	}
}
