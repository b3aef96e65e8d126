package reconcile

import (
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// An Undo is one write of the history that a person wants set back. Of says what it is part of: "run 12".
type Undo struct {
	port.Entry
	Of string
}

// An Undoing says what comes of an Undo, and why. The zero Undoing is one that was not decided about.
type Undoing struct {
	State  UndoState
	Reason string
}

// An UndoState says what comes of an Undo.
type UndoState string

// The states of an Undo.
const (
	Waits     UndoState = ""          // nothing can be decided at the moment
	SetBack   UndoState = "setBack"   // a change is planned
	Done      UndoState = "done"      // the side holds what it held before
	LeftAlone UndoState = "leftAlone" // somebody has changed it since, or the side refuses it
	ByHand    UndoState = "byHand"    // it cannot be set back by a change of ours
)

// undone returns what was undone in one of the fields of a subject since anything was agreed, "" for nothing.
func (d *decision) undone(i int, fields []record.Field) string {
	for _, f := range fields {
		if of := d.out.Pairs[i].Base.Undone[f]; of != "" {
			return of
		}
	}
	return ""
}

// cameBack says why a record is active on one side after both had ended.
func (d *decision) cameBack(i int) string {
	if of := d.undone(i, []record.Field{d.in.Schema.Kind(d.in.Subjects[i].Kind).End()}); of != "" {
		return "ended still, and " + of + " was undone on the other side"
	}
	return "came back after the end"
}

// undecided says of what was not looked at why it is left alone. Where an end is to be taken back first, it waits.
func (d *decision) undecided() {
	if slices.ContainsFunc(d.out.Undoing, func(u Undoing) bool { return u.State == SetBack }) {
		return
	}
	for n := range d.out.Undoing {
		if d.out.Undoing[n].State == Waits {
			d.out.Undoing[n] = Undoing{LeftAlone, "it is not active on both sides any more, or cannot be read"}
		}
	}
}

// about reports whether an Undo is about a subject.
func about(e *Undo, s *Subject) bool { return e.Kind == s.Kind && e.Identity == s.Identity }

// ahead reports whether an Undo is about an end that lies ahead still: a date like any other, not a life.
func (d *decision) ahead(e *Undo) bool {
	day := e.After[d.in.Schema.Kind(e.Kind).End()]
	on, err := record.ParseDate(day.Text())
	return e.Op == record.End && err == nil && d.in.Today.Before(on)
}

// undoUnit plans what is to be set back of a unit, and reports whether something is. Then nothing else happens to the unit,
// and the questions about it stand.
func (d *decision) undoUnit(u *unit) bool {
	planned := false
	s := &d.in.Subjects[u.at]
	for n := range d.in.Undo {
		e := &d.in.Undo[n]
		life := e.Return || e.Op == record.End && !d.ahead(e)
		covered := slices.ContainsFunc(u.fields, func(f record.Field) bool { _, in := e.After[f]; return in })
		if !about(e, s) || life || !covered {
			continue
		}
		if d.out.Undoing[n] = d.undoWrite(u, e); d.out.Undoing[n].State == SetBack {
			planned = true
		}
	}
	if planned {
		d.standUnit(u)
	}
	return planned
}

// undoWrite plans to give a side back what it held, when it still holds what was written and the other side has changed
// nothing since. What it holds already, and the base does not know of, was set back before a record could be made of it.
func (d *decision) undoWrite(u *unit, e *Undo) Undoing {
	s, base := &d.in.Subjects[u.at], &d.out.Pairs[u.at].Base
	set := map[record.Field]record.Value{}
	back := 0
	for _, f := range slices.Sorted(maps.Keys(e.After)) {
		before := e.Before[f]
		if e.Op == record.End && !before.Carried() {
			before = record.Empty()
		}
		set[f] = before
		if s.On(e.Side).Value(f) == before {
			back++
		}
	}
	if back == len(set) {
		for f, v := range set {
			if other := s.On(e.Side.Other()).Value(f); other.Carried() && other != v && base.Held(e.Side, f) != v {
				base.SetBack(f, e.Of, map[record.Side]record.Value{e.Side: v, e.Side.Other(): other})
			}
		}
		return Undoing{Done, "it holds what it held before"}
	}
	for _, f := range slices.Sorted(maps.Keys(set)) {
		if said := d.since(s, e, f); said != "" {
			return Undoing{LeftAlone, string(f) + ": " + said}
		}
		if !set[f].Carried() {
			return Undoing{ByHand, string(f) + ": what stood there before had no form that could be kept; enter it by hand"}
		}
	}
	return d.undoSet(u, e, set)
}

// since says who has changed a field since it was written, "" for nobody.
func (d *decision) since(s *Subject, e *Undo, f record.Field) string {
	now, other := s.On(e.Side).Value(f), s.On(e.Side.Other()).Value(f)
	written := now == e.After[f] || s.Base.Agreed[f] == e.After[f] && now == s.Base.Held(e.Side, f)
	switch {
	case !written:
		return "it does not hold any more what was written"
	case now != s.Base.Held(e.Side, f):
		return "nothing is agreed on it"
	case other != s.Base.Held(e.Side.Other(), f):
		return "the " + string(e.Side.Other()) + " has changed it since"
	}
	return ""
}

// undoSet plans the write of an Undo.
func (d *decision) undoSet(u *unit, e *Undo, set map[record.Field]record.Value) Undoing {
	if _, _, no := d.objection(u.at, e.Side, set); no {
		return Undoing{LeftAlone, "the " + string(e.Side) + " refuses it, or has no word for it"}
	}
	planned := len(d.out.Changes)
	d.writeSet(u, e.Side, set, "undo of "+e.Of, "")
	if len(d.out.Changes) == planned {
		return Undoing{ByHand, "the " + string(e.Side) + " does not take it from us: enter it by hand"}
	}
	for i := planned; i < len(d.out.Changes); i++ {
		d.out.Changes[i].Undoes = e.Of
	}
	return Undoing{State: SetBack}
}

// standUnit raises the questions about a unit as they stood: something is decided about it already.
func (d *decision) standUnit(u *unit) {
	s := &d.in.Subjects[u.at]
	before := len(d.out.Questions)
	d.stand(u.at)
	kept := d.out.Questions[:before]
	for _, q := range d.out.Questions[before:] {
		if slices.ContainsFunc(q.Fields, func(f record.Field) bool { return slices.Contains(u.fields, f) }) && q.Record == s.Kind {
			kept = append(kept, q)
		}
	}
	d.out.Questions = kept
}

// undoLife plans to take back an end, or a return, of a subject, and reports whether it does.
func (d *decision) undoLife(i int) bool {
	planned := false
	s := &d.in.Subjects[i]
	for n := range d.in.Undo {
		e := &d.in.Undo[n]
		if !about(e, s) || !e.Return && e.Op != record.End || d.ahead(e) {
			continue
		}
		d.out.Undoing[n] = d.undoEnd(i, e)
		planned = planned || d.out.Undoing[n].State == SetBack
	}
	return planned
}

// undoEnd decides about one end, or return, that is to be taken back.
func (d *decision) undoEnd(i int, e *Undo) Undoing {
	s, base := &d.in.Subjects[i], &d.out.Pairs[i].Base
	r, end := s.On(e.Side), d.in.Schema.Kind(s.Kind).End()
	var life record.Life
	if r != nil {
		life = r.Life
	}
	switch {
	case life.Stage == record.Unknown && r != nil:
		return Undoing{}
	case r == nil || life.Stage == record.Gone:
		return Undoing{ByHand, "the " + string(e.Side) + " keeps nothing of it: enter it again there by hand"}
	case life.Stage == record.Outside:
		return Undoing{LeftAlone, "it is no longer of what is kept in step"}
	case e.Op == record.End && life.Active():
		if (record.Life{Stage: s.Base.Life[e.Side]}).Over() {
			base.SetBack(end, e.Of, map[record.Side]record.Value{e.Side: r.Value(end), e.Side.Other(): otherEnd(s, e, end)})
		}
		return Undoing{Done, "it is active"}
	case e.Return && life.Over():
		return Undoing{Done, "it is ended"}
	case e.Op == record.End && r.Value(end).HasText() && r.Value(end) != e.After[end]:
		return Undoing{LeftAlone, string(end) + ": it does not hold any more what was written"}
	}
	planned := len(d.out.Changes)
	if e.Return {
		d.endAgain(i, e, end)
	} else {
		day := e.Before[end]
		if !day.Carried() {
			day = record.Empty()
		}
		d.change(i, e.Side, record.Change{Op: record.Update, Set: map[record.Field]record.Value{end: day}, Return: true}, "undo of "+e.Of, "")
	}
	if len(d.out.Changes) == planned {
		return Undoing{LeftAlone, "the " + string(e.Side) + " refuses it"}
	}
	for n := planned; n < len(d.out.Changes); n++ {
		d.out.Changes[n].Undoes = e.Of
	}
	return Undoing{State: SetBack}
}

// endAgain plans the end that a return had taken back, on the day on which it was, and what else the return had written.
func (d *decision) endAgain(i int, e *Undo, end record.Field) {
	s := &d.in.Subjects[i]
	set := map[record.Field]record.Value{}
	for f, v := range e.Before {
		if f != end && v.Carried() && s.On(e.Side).Value(f) == e.After[f] {
			set[f] = v
		}
	}
	if len(set) > 0 {
		d.change(i, e.Side, record.Change{Op: record.Update, Set: set}, "undo of "+e.Of, "")
	}
	life := record.Life{Stage: record.Ended}
	if on, err := record.ParseDate(e.Before[end].Text()); err == nil {
		life.On = on
	}
	d.end(i, e.Side, life, "undo of "+e.Of, "")
}

// otherEnd returns what the other side holds as the day of the end.
func otherEnd(s *Subject, e *Undo, end record.Field) record.Value {
	if r := s.On(e.Side.Other()); r != nil {
		return r.Value(end)
	}
	return record.NotCarried()
}
