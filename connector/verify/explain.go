package verify

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// An explanation is why a difference may stand.
type explanation int

const (
	nothing explanation = iota
	conflict
	waiting
	held
	refused
	parked
	outOfScope
)

// explain returns the first thing that explains a finding, in the order of the package comment.
func (v *verification) explain(f *finding) explanation {
	if f.person != nil && f.person.State == port.Parked || v.ofParked(f) {
		return parked
	}
	asked := v.asked(f)
	switch {
	case slices.Contains(asked, "refused") || v.refused(f):
		return refused
	case len(asked) > 0:
		return conflict
	case v.held(f):
		return held
	case v.waits(f):
		return waiting
	case f.field == "" && f.what == "" && v.life(f.views[f.away]) == record.Outside:
		return outOfScope
	default:
		return nothing
	}
}

// ofParked reports whether a record stands in a document that the ledger has under somebody who is parked: what a merge has
// moved to the survivor (INCIDENTS N12).
func (v *verification) ofParked(f *finding) bool {
	for side, ref := range f.refs {
		document, _, _ := strings.Cut(ref, "#")
		if v.ledger.parked[v.ledger.owner[place{side, document}]] {
			return true
		}
	}
	return false
}

// asked returns the kinds of the questions about a finding.
func (v *verification) asked(f *finding) []string {
	var about []inquiry
	if f.person != nil {
		about = append(about, v.ledger.byPerson[f.person.ID]...)
	}
	for side, w := range f.views {
		for _, ref := range w.docs {
			about = append(about, v.ledger.byPlace[place{side, ref}]...)
		}
	}
	var kinds []string
	for _, q := range about {
		if v.answers(&q, f) {
			kinds = append(kinds, q.kind)
		}
	}
	return kinds
}

// answers reports whether a question is about the finding.
func (v *verification) answers(q *inquiry, f *finding) bool {
	at := slot{q.record, q.identity}
	switch {
	case len(q.fields) == 0:
		return v.personal(at) || at == f.slot
	case f.field != "":
		return at == f.slot && slices.ContainsFunc(q.fields, func(n record.Field) bool { return slices.Contains(f.unit, n) })
	default:
		return slices.Contains(v.parts(f), at) &&
			slices.ContainsFunc(q.fields, func(n record.Field) bool { return v.stops(f, q.record, n) })
	}
}

// personal reports whether a slot is that of the person as a whole.
func (v *verification) personal(at slot) bool { return at == v.own() || at == v.lead() }

// parts returns the slots that come and go with a whole record: both of the person's for one of them, and all that there is
// of somebody who lacks on a side, because it is made there at once.
func (v *verification) parts(f *finding) []slot {
	if !v.personal(f.slot) {
		return []slot{f.slot}
	}
	parts := []slot{v.own(), v.lead()}
	if f.away != "" && len(f.views[f.away].records) == 0 {
		for at := range f.views[f.away.Other()].records {
			parts = append(parts, at)
		}
	}
	return parts
}

// stops reports whether the lack or the refusal of a field keeps a whole record from being created or ended.
func (v *verification) stops(f *finding, k record.Kind, field record.Field) bool {
	if f.away == "" {
		return false
	}
	return field == v.cfg.Schema.Kind(k).End() || slices.Contains(v.shown[f.away].profile.Shape().Required[k], field)
}

// refused reports whether a side has refused what it would have to take for the finding to go away.
func (v *verification) refused(f *finding) bool {
	switch {
	case f.what != "":
		return false
	case f.field != "":
		return slices.ContainsFunc(record.Sides(), func(target record.Side) bool {
			return v.refusedAny(f, target, f.slot, f.unit)
		})
	}
	for _, at := range v.parts(f) {
		if v.refusedAny(f, f.away, at, v.shown[f.away].profile.Shape().Required[at.kind]) {
			return true
		}
		r, end := f.views[f.away].records[at], v.cfg.Schema.Kind(at.kind).End()
		if r != nil && v.refusal(f.views[f.away].member, f.away.Other(), at, end, v.day(r)) {
			return true
		}
	}
	return false
}

// refusedAny reports whether the target has refused what the other side holds in one of the fields.
func (v *verification) refusedAny(f *finding, target record.Side, at slot, fields []record.Field) bool {
	source := f.views[target.Other()]
	r := source.records[at]
	return r != nil && slices.ContainsFunc(fields, func(name record.Field) bool {
		return v.refusal(source.member, target, at, name, r.Fields[name].Text())
	})
}

// day is that of the end which would be written for a record that is over.
func (v *verification) day(r *record.Record) string {
	if r.Life.On.IsZero() {
		return v.today.String()
	}
	return r.Life.On.String()
}

// refusal reports whether a side is remembered to have refused just this text. Such an entry stands under where the value
// came from, the side, and the field, and holds a hash of the value.
func (v *verification) refusal(origin string, target record.Side, at slot, f record.Field, text string) bool {
	r, ok := v.ledger.refusals[strings.Join([]string{origin, string(target), string(at.kind), at.identity, string(f)}, " ")]
	sum := sha256.Sum256([]byte(text))
	return ok && r.Value == hex.EncodeToString(sum[:8])
}

// held reports whether a change that would make the finding go away waits for approval.
func (v *verification) held(f *finding) bool {
	if f.what != "" {
		return false
	}
	for _, at := range v.parts(f) {
		for _, side := range record.Sides() {
			if r := f.views[side].records[at]; r != nil && v.heldChange(f, place{side, r.Ref.String()}, at.kind) {
				return true
			}
			// A creation is named by the person: the club's document, else the federation's.
			if f.field == "" && v.heldCreation(place{f.away, f.views[side].member}, at.kind) {
				return true
			}
		}
	}
	return false
}

// heldChange reports whether a held change of a record is one of the finding's fields or, of a whole record, of its end.
func (v *verification) heldChange(f *finding, at place, k record.Kind) bool {
	end := v.cfg.Schema.Kind(k).End()
	about := f.unit
	if f.field == "" {
		about = []record.Field{end}
	}
	return slices.ContainsFunc(v.ledger.held[at], func(i port.PlannedItem) bool {
		return i.Record == k && (i.Kind == record.End && slices.Contains(about, end) ||
			slices.ContainsFunc(i.Fields, func(n record.Field) bool { return slices.Contains(about, n) }))
	})
}

func (v *verification) heldCreation(at place, k record.Kind) bool {
	return slices.ContainsFunc(v.ledger.held[at], func(i port.PlannedItem) bool {
		return i.Record == k && (i.Kind == record.Create || i.Kind == record.Ask)
	})
}

// waits reports whether a finding has only to wait.
func (v *verification) waits(f *finding) bool {
	if f.person != nil && (f.person.State == port.Asked || v.ledger.underway[f.person.ID]) {
		return true
	}
	for side, w := range f.views {
		for _, ref := range w.docs {
			if v.ledger.requested[place{side, ref}] {
				return true
			}
		}
	}
	if f.field != "" {
		return v.endAhead(f) || v.closed(v.fieldTarget(f))
	}
	return v.missing(f) || v.closed(v.wholeTarget(f))
}

// endAhead reports whether the finding is, or goes with, an end on one side that the other takes only when it has come.
func (v *verification) endAhead(f *finding) bool {
	end := v.cfg.Schema.Kind(f.slot.kind).End()
	club, federation := f.views[record.Club].records[f.slot], f.views[record.Federation].records[f.slot]
	if !slices.Contains(f.unit, end) || club.Fields[end] == federation.Fields[end] {
		return false
	}
	for _, side := range record.Sides() {
		life := f.views[side].records[f.slot].Life
		if life.Stage == record.Leaving && v.today.Before(life.On) && !v.shown[side.Other()].profile.Shape().EndAhead {
			return true
		}
	}
	return false
}

// missing reports whether the ledger has noted that listings lack the record's document or, of a person, one of those that
// make the person.
func (v *verification) missing(f *finding) bool {
	if f.away == "" || f.person == nil {
		return false
	}
	return slices.ContainsFunc(v.parts(f), func(at slot) bool {
		pair := f.person.Pair(at.kind, at.identity)
		return pair != nil && v.ledger.missing[place{f.away, pair.Ref(f.away).Document}]
	})
}

// closed reports whether a side takes no writes: a key without the right, or a window that is closed. What the side does
// not say beforehand, the ledger remembers of the last attempt.
func (v *verification) closed(side record.Side) bool {
	if side == "" {
		return false
	}
	account := v.shown[side].Account
	return !account.CanWrite || account.WindowClosed || v.ledger.closed[side] != ""
}

// fieldTarget returns the side to which a field would be written: the one that still holds what it held, or nothing where
// nothing was agreed. "" when that does not say it.
func (v *verification) fieldTarget(f *finding) record.Side {
	stands := func(s record.Side) bool {
		r := f.views[s].records[f.slot]
		if !f.base.Agreed[f.field].Carried() {
			return r.Fields[f.field].IsEmpty()
		}
		return r.Fields[f.field] == f.base.Held(s, f.field)
	}
	for _, w := range f.views {
		if w.records[f.slot].Issues[f.field] != "" {
			return "" // what cannot be read cannot be written
		}
	}
	club, federation := stands(record.Club), stands(record.Federation)
	switch {
	case club && !federation:
		return record.Club
	case federation && !club:
		return record.Federation
	default:
		return ""
	}
}

// wholeTarget returns the side to which a whole record would be written: where it is not there, or where it is still to be
// ended.
func (v *verification) wholeTarget(f *finding) record.Side {
	if f.away == "" || f.what != "" {
		return ""
	}
	r := f.views[f.away].records[f.slot]
	switch {
	case r == nil && !f.known():
		return f.away
	case r != nil && r.Life.Over():
		return f.away.Other()
	default:
		return ""
	}
}

// known reports whether the ledger knows the record on the side on which it is not active.
func (f *finding) known() bool {
	if f.person == nil {
		return false
	}
	pair := f.person.Pair(f.slot.kind, f.slot.identity)
	return pair != nil && !pair.Ref(f.away).Zero()
}

// forgotten reports whether a person has said to forget whoever shows this record: then the two sides may hold of them what
// they like.
func (v *verification) forgotten(m *record.Record) bool {
	if m == nil || v.ledger.salt == "" {
		return false
	}
	is := func(words ...string) bool {
		sum := sha256.Sum256([]byte(v.ledger.salt + "\n" + strings.Join(words, "\n")))
		_, there := v.ledger.refusals["forgotten "+hex.EncodeToString(sum[:8])]
		return there && !slices.Contains(words, "")
	}
	last, first := mapping.FoldName(m.Fields["lastName"].Text()), mapping.FoldName(m.Fields["firstName"].Text())
	return is(m.Fields["memberNumber"].Text()) || is(last, first, m.Fields["birthDate"].Text())
}
