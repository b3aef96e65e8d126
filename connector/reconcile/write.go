package reconcile

import (
	"slices"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// end plans the end of a subject on a side, on the day on which it ended on the other, else today.
func (d *decision) end(i int, side record.Side, life record.Life, rule, question string) {
	s := &d.in.Subjects[i]
	on := life.On
	if on.IsZero() {
		on = d.in.Today
	}
	field := d.in.Schema.Kind(s.Kind).End()
	day := map[record.Field]record.Value{field: record.Of(on.String())}
	if r, refused := d.refused(i, side, day); refused {
		d.ask(conflicts.Question{
			Kind: conflicts.Refused, Record: s.Kind, Identity: s.Identity, Fields: []record.Field{field},
			Reason: string(side) + " refused the end: " + r.Reason, Answers: []conflicts.Verb{conflicts.Leave}, Bound: Hash(on.String()),
		}, nil)
		return
	}
	d.change(i, side, record.Change{Op: record.End, On: on}, rule, question)
	if life.On.IsZero() { // an approval of it must hold tomorrow as well
		last := &d.out.Changes[len(d.out.Changes)-1]
		undated := *last
		undated.On = record.Date{}
		last.ID = Identify(d.memberRef(record.Club), d.memberRef(record.Federation), undated)
	}
}

// create plans a person who is active on one side and not there on the other: the member and all that is created with it.
// Children that are not wait for their parent. What lacks a required field is a question, and nothing is created.
func (d *decision) create(side record.Side) {
	if d.in.Subjects[0].On(side) != nil {
		d.createChild(d.lead, side, "policy", "")
		return
	}
	shape := d.in.Shapes[side]
	var with []int
	for i := range d.in.Subjects {
		s := &d.in.Subjects[i]
		r := s.On(side.Other())
		if r == nil || !r.Life.Active() || s.On(side) != nil {
			continue
		}
		switch {
		case i != 0 && !shape.Together[s.Kind]:
			d.wait(i, side, "parent")
		case i != 0 && i != d.lead && !shape.Children(s.Kind, s.Identity):
			d.wait(i, side, "no place")
		default:
			with = append(with, i)
		}
	}
	complete := true
	for _, i := range with {
		d.sourceIssues(i)
		complete = d.complete(i, side) && complete
	}
	if !complete {
		return
	}
	for _, i := range with {
		d.change(i, side, record.Change{Op: record.Create, Set: d.creation(i, side)}, "policy", "")
	}
}

// createChild plans a child that is active on one side and not there on the other.
func (d *decision) createChild(i int, side record.Side, rule, question string) {
	s := &d.in.Subjects[i]
	member := d.in.Subjects[0].On(side)
	switch {
	case member == nil || !member.Life.Active():
		d.wait(i, side, "parent")
	case i != d.lead && !d.in.Shapes[side].Children(s.Kind, s.Identity):
		d.wait(i, side, "no place")
	case d.refusedWhole(i, side):
	default:
		d.sourceIssues(i)
		if d.complete(i, side) {
			d.change(i, side, record.Change{Op: record.Create, Set: d.creation(i, side), Parent: member.Ref.Document}, rule, question)
		}
	}
}

// refusedWhole reports whether a side has refused a child for no field that it named, and asks about it as long as the child
// is what it was (DESIGN decision 11).
func (d *decision) refusedWhole(i int, side record.Side) bool {
	s := &d.in.Subjects[i]
	key, now := RefusedWhole(d.memberRef(side.Other()), side, d.in.Schema.Kind(s.Kind), s.Identity, s.On(side.Other()))
	known, refused := d.in.Refused[key]
	if !refused || known.Context != now.Context {
		return false
	}
	d.ask(conflicts.Question{
		Kind: conflicts.Refused, Record: s.Kind, Identity: s.Identity, Reason: string(side) + " refused it: " + known.Reason,
		Answers: []conflicts.Verb{conflicts.Leave},
	}, nil)
	return true
}

// creation returns the values that a record is created with on a side: those that the other side has, that have a place
// here, that the side has a word for, and that were not refused.
func (d *decision) creation(i int, side record.Side) map[record.Field]record.Value {
	s := &d.in.Subjects[i]
	set := map[record.Field]record.Value{}
	for _, f := range d.in.Schema.Kind(s.Kind).Fields {
		v := s.On(side.Other()).Value(f.Name)
		if !v.HasText() || !d.in.Shapes[side].Writable[s.Kind][f.Name] || f.Derived == side {
			continue
		}
		if _, refused := d.refused(i, side, map[record.Field]record.Value{f.Name: v}); !refused && !d.unsayable(i, side, f.Name, v) {
			set[f.Name] = v
		}
	}
	return set
}

// complete asks for what is missing, was refused or has no word on a side before a record can be created there, and reports
// whether nothing is.
func (d *decision) complete(i int, side record.Side) bool {
	s := &d.in.Subjects[i]
	set := d.creation(i, side)
	var missing []record.Field
	kind, reason := conflicts.Incomplete, "cannot be created at the "+string(side)+" without it"
	for _, f := range d.in.Shapes[side].Required[s.Kind] {
		if set[f].HasText() {
			continue
		}
		missing = append(missing, f)
		v := s.On(side.Other()).Value(f)
		if r, refused := d.refused(i, side, map[record.Field]record.Value{f: v}); refused {
			kind, reason = conflicts.Refused, string(side)+" refused it: "+r.Reason
		} else if v.HasText() && d.unsayable(i, side, f, v) {
			kind, reason = conflicts.UnknownCode, "the "+string(side)+" has no word for it"
		}
	}
	if len(missing) == 0 {
		return true
	}
	d.ask(conflicts.Question{
		Kind: kind, Record: s.Kind, Identity: s.Identity, Fields: missing, Holds: d.holds(i, missing),
		Reason: reason, Answers: []conflicts.Verb{conflicts.Leave},
	}, nil)
	return false
}

// unsayable reports whether a side has no word for a value (DESIGN, kind unknown-code).
func (d *decision) unsayable(i int, side record.Side, f record.Field, v record.Value) bool {
	express := d.in.Express[side]
	if express == nil {
		return false
	}
	s := &d.in.Subjects[i]
	_, no := express(record.Change{Kind: s.Kind, Identity: s.Identity, Op: record.Update, Set: map[record.Field]record.Value{f: v}})[f]
	return no
}

// sourceIssues asks about what cannot be read of a record that is to be created on the other side.
func (d *decision) sourceIssues(i int) {
	for _, names := range d.in.Schema.Kind(d.in.Subjects[i].Kind).Units() {
		d.askIssues(&unit{at: i, fields: names})
	}
}

// change adds one change of a subject to the plan.
func (d *decision) change(i int, side record.Side, c record.Change, rule, question string) {
	s := &d.in.Subjects[i]
	c.Kind, c.Identity = s.Kind, s.Identity
	before := map[record.Field]record.Value{}
	if r := s.On(side); r != nil && c.Op != record.Create {
		c.Ref = r.Ref
		for f := range c.Set {
			before[f] = r.Value(f)
		}
		if end := d.in.Schema.Kind(s.Kind).End(); c.Op == record.End && r.Value(end).Carried() {
			before[end] = r.Value(end)
		}
		if c.Parent = r.Parent; c.Parent == "" && i != 0 {
			c.Parent = d.memberRef(side)
		}
	}
	out := Change{Change: c, Side: side, Before: before, Rule: rule, Question: question}
	out.ID = Identify(d.memberRef(record.Club), d.memberRef(record.Federation), out)
	d.out.Changes = append(d.out.Changes, out)
}

func (d *decision) wait(i int, side record.Side, reason string) {
	s := &d.in.Subjects[i]
	w := Wait{Kind: s.Kind, Identity: s.Identity, Side: side, Reason: reason}
	if !slices.Contains(d.out.Waits, w) {
		d.out.Waits = append(d.out.Waits, w)
	}
}
