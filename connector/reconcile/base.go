package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// adoptLife moves the base's life of a subject to where both sides stand.
func (d *decision) adoptLife(i int) {
	s, base := &d.in.Subjects[i], &d.out.Pairs[i].Base
	if base.Life == nil {
		base.Life = map[record.Side]record.Stage{}
	}
	for _, side := range record.Sides() {
		base.Life[side] = stage(s, side).Stage
	}
}

// adoptAll moves the base of a record to where both sides stand, without asking about what they hold differently.
func (d *decision) adoptAll(i int) {
	s := &d.in.Subjects[i]
	if s.ClubRecord == nil || s.FederationRecord == nil {
		return
	}
	d.adoptLife(i)
	for _, names := range d.in.Schema.Kind(s.Kind).Units() {
		d.adopt(&unit{at: i, fields: names})
	}
}

// rest keeps what a side holds of a record on which the two sides have nothing to decide: one that the other side cannot
// show, or that ended before they met.
func (d *decision) rest(i int) {
	s, base := &d.in.Subjects[i], &d.out.Pairs[i].Base
	if !base.Never() {
		return
	}
	for _, side := range record.Sides() {
		r := s.On(side)
		if r == nil || r.Life.Stage == record.Unknown {
			continue
		}
		base.Life = map[record.Side]record.Stage{side: r.Life.Stage}
		for _, f := range d.in.Schema.Kind(s.Kind).Fields {
			base.SetOwn(side, f.Name, r.Value(f.Name))
		}
	}
}

// adopt moves the base of a unit to what both sides hold alike, and keeps what only one side carries.
func (d *decision) adopt(u *unit) {
	s, base := &d.in.Subjects[u.at], &d.out.Pairs[u.at].Base
	for _, f := range u.fields {
		c, v := s.ClubRecord.Value(f), s.FederationRecord.Value(f)
		switch {
		case c.Carried() && c == v:
			before := [2]record.Value{base.Held(record.Club, f), base.Held(record.Federation, f)}
			if before[0] != c || before[1] != c {
				d.out.Adopted++
			}
			if before[0].Carried() && before[1].Carried() && before[0] != c && before[1] != c {
				d.out.Together = append(d.out.Together, u.at)
			}
			base.Agree(f, c, nil)
		case base.Agreed[f].Carried():
		case c.Carried() && !v.Carried():
			base.SetOwn(record.Club, f, c)
			base.SetOwn(record.Federation, f, record.NotCarried())
		case v.Carried() && !c.Carried():
			base.SetOwn(record.Federation, f, v)
			base.SetOwn(record.Club, f, record.NotCarried())
		case !c.Carried():
			base.SetOwn(record.Club, f, record.NotCarried())
			base.SetOwn(record.Federation, f, record.NotCarried())
		}
	}
}

// Recorded returns the base of a pair after a write was carried out and read back, other being what the other side holds,
// nil when it is not there. What was meant is agreed, and what the side made of it is its own spelling of that. A value
// that the other side does not hold yet (one that was typed as an answer) is not agreed before it does. kept names the
// fields in which the side still holds what it held before, or that it emptied where a value was meant or filled where
// none was: no spelling of what was meant. Those are not agreed, and the write counts as refused (DESIGN decisions 5, 11).
// What was set back, and the other side holds differently, is agreed by nobody any more (ADR 12).
func Recorded(base port.Base, c Change, back, other *record.Record) (port.Base, []record.Field) {
	out := base.Clone()
	var kept []record.Field
	for f, v := range c.Set {
		now := back.Value(f)
		switch {
		case now != v && (now == c.Before[f] || now.Carried() && now.IsEmpty() != v.IsEmpty()):
			kept = append(kept, f)
		case c.Undoes != "" && other != nil && (c.Return || other.Value(f) != v):
			out.SetBack(f, c.Undoes, map[record.Side]record.Value{c.Side: now, c.Side.Other(): other.Value(f)})
		case other != nil && other.Value(f) == v:
			out.Agree(f, v, map[record.Side]record.Value{c.Side: now})
		}
	}
	return out, kept
}

// Holds reports whether a record is what the base says its side held: then its document may go out of sight until it
// changes (DESIGN decision 14). One that is leaving stays in sight, because its day comes without a change.
func Holds(kind *record.KindDef, base *port.Base, side record.Side, r *record.Record) bool {
	if len(r.Issues) > 0 || r.Life.Stage == record.Leaving || base.Life[side] != r.Life.Stage {
		return false
	}
	for i := range kind.Fields {
		f := kind.Fields[i].Name
		if r.Value(f) != base.Held(side, f) || base.Undone[f] != "" {
			return false
		}
	}
	return true
}

// RefusalKey returns the key under which a refusal is remembered: the document that the value came from, the side that
// refused it, and the field.
func RefusalKey(origin string, side record.Side, k record.Kind, identity string, f record.Field) string {
	return strings.Join([]string{origin, string(side), string(k), identity, string(f)}, " ")
}

// RefusedWhole returns how the refusal of a child as a whole is remembered: under a key without a field, until anything
// changes that the record holds where it comes from.
func RefusedWhole(origin string, side record.Side, kind *record.KindDef, identity string, source *record.Record) (string, port.Refusal) {
	var fields []record.Field
	for i := range kind.Fields {
		fields = append(fields, kind.Fields[i].Name)
	}
	return RefusalKey(origin, side, kind.Name, identity, ""), port.Refusal{Value: Hash(""), Fields: fields, Context: Context(source, fields)}
}

// Hash returns a short hash of a text.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// Context returns the hash of what a record holds in the fields that a refusal names besides its own.
func Context(r *record.Record, fields []record.Field) string {
	if r == nil || len(fields) == 0 {
		return ""
	}
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(string(f) + "=" + r.Value(f).Text() + "\n")
	}
	return Hash(b.String())
}

// context is Context of what the other side holds: that is what a new attempt would write.
func (d *decision) context(i int, side record.Side, fields []record.Field) string {
	return Context(d.in.Subjects[i].On(side.Other()), fields)
}

// bound hashes everything that both sides hold of the person, for answers that are about the person as a whole.
func (d *decision) bound() string {
	var parts []any
	for i := range d.in.Subjects {
		s := &d.in.Subjects[i]
		for _, side := range record.Sides() {
			if r := s.On(side); r != nil {
				parts = append(parts, s.Kind, s.Identity, side, r.Life, r.Fields)
			}
		}
	}
	return hashOf(parts)
}

// Identify returns the ID of a change of the person with these documents: a hash of the pair, the fields or the life, the
// side, before and after (DESIGN decision 13).
func Identify(club, federation string, c Change) string {
	return hashOf([]any{club, federation, c.Kind, c.Identity, c.Side, c.Op, c.On, c.Before, c.Set})
}

func hashOf(parts []any) string {
	data, err := json.Marshal(parts)
	if err != nil {
		panic("reconcile: values that cannot be written as JSON: " + err.Error()) // maps of texts always can
	}
	return Hash(string(data))
}
