package reconcile

import (
	"maps"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// unit is a group of fields, or one field, of one subject while it is being merged.
type unit struct {
	at       int // the subject
	fields   []record.Field
	differ   []record.Field // carried on both sides, not alike, and not merely spelled differently since the base
	rule     conflicts.Rule
	derived  record.Side
	objected bool        // what is written answers the question about what a side objects to
	unread   record.Side // of a value that cannot be read: where it is
}

// fields merges every unit of a subject that is active on both sides and adopts what they hold alike.
func (d *decision) fields(i int) {
	s := &d.in.Subjects[i]
	kind := d.in.Schema.Kind(s.Kind)
	d.adoptLife(i)
	for _, names := range kind.Units() {
		u := unit{at: i, fields: names, rule: d.in.Policy.Of(s.Kind, names[0]), derived: kind.Field(names[0]).Derived}
		d.adopt(&u)
		if d.askIssues(&u) || d.undoUnit(&u) {
			continue
		}
		d.difference(&u)
		if len(u.differ) > 0 {
			d.settle(&u)
		}
	}
}

// difference finds the fields of the unit that need a decision.
func (d *decision) difference(u *unit) {
	s := &d.in.Subjects[u.at]
	for _, f := range u.fields {
		c, v := s.ClubRecord.Value(f), s.FederationRecord.Value(f)
		if !c.Carried() || !v.Carried() || c == v {
			continue
		}
		if s.Base.Agreed[f].Carried() && c == s.Base.Held(record.Club, f) && v == s.Base.Held(record.Federation, f) {
			continue // the side writes it in its own way
		}
		u.differ = append(u.differ, f)
	}
}

// movers returns the sides that changed something of the unit's differing fields, and how many of these have no base.
// Without a base it is the side that has a value against an empty one, and both for two values.
func (d *decision) movers(u *unit) (moved map[record.Side]bool, baseless int) {
	s := &d.in.Subjects[u.at]
	moved = map[record.Side]bool{}
	for _, f := range u.differ {
		based := s.Base.Agreed[f].Carried()
		if !based {
			baseless++
		}
		for _, side := range record.Sides() {
			v := s.On(side).Value(f)
			if based && v != s.Base.Held(side, f) || !based && v.HasText() {
				moved[side] = true
			}
		}
	}
	return moved, baseless
}

// settle decides a unit whose sides differ: who changed it, and whose it is.
func (d *decision) settle(u *unit) {
	if of := d.undone(u.at, u.differ); of != "" {
		d.askUnit(u, conflicts.BothChanged, of+" was undone, and the two sides hold different values since", d.verbs(u))
		return
	}
	moved, baseless := d.movers(u)
	owner := owning(u)
	rule := "policy"
	if baseless == len(u.differ) {
		rule = "first link"
	}
	switch {
	case len(moved) == 2 && (owner == "" || baseless > 0):
		d.settleBoth(u, baseless > 0)
	case len(moved) == 2: // the owner's stands, and the other's change is set back
		d.setBack(u, owner.Other())
	case owner == "" || moved[owner]:
		for side := range moved {
			d.write(u, side.Other(), rule, "")
		}
	case baseless == len(u.differ): // an empty field of the owner takes the value, unless the owner gives it by itself
		if u.derived == "" {
			d.write(u, owner, rule, "")
		}
	case baseless > 0: // part of the group is to be set back and part of it is new: they could not move together
		d.settleBoth(u, true)
	default:
		d.setBack(u, owner.Other())
	}
}

// owning returns the side that owns the unit, and "" when both do.
func owning(u *unit) record.Side {
	switch u.rule.Owner {
	case conflicts.OwnerClub:
		return record.Club
	case conflicts.OwnerFederation:
		return record.Federation
	case conflicts.OwnerDerived:
		return u.derived
	case conflicts.OwnerBoth:
	}
	return ""
}

// settleBoth decides a unit that both sides changed, or of which they hold two values without a base: by the policy where
// it says so, else by the answer given to the question, which is asked.
func (d *decision) settleBoth(u *unit, baseless bool) {
	if !baseless && u.rule.Both != conflicts.Ask {
		d.write(u, record.Side(u.rule.Both).Other(), "policy", "")
		return
	}
	reason := "both sides changed it"
	if baseless {
		reason = "the two sides hold different values and have never agreed on one"
	}
	d.askUnit(u, conflicts.BothChanged, reason, d.verbs(u))
}

// verbs returns the answers that a question about the unit's values offers.
func (d *decision) verbs(u *unit) []conflicts.Verb {
	if u.derived != "" {
		return []conflicts.Verb{conflicts.Verb(u.derived), conflicts.Leave}
	}
	var verbs []conflicts.Verb
	for _, side := range record.Sides() {
		r := d.in.Subjects[u.at].On(side)
		unseen := func(f record.Field) bool { return !r.Value(f).Carried() }
		if r != nil && !slices.ContainsFunc(u.differ, unseen) {
			verbs = append(verbs, conflicts.Verb(side))
		}
	}
	if len(u.differ) == 1 {
		verbs = append(verbs, conflicts.TakeValue)
	}
	return append(verbs, conflicts.Leave)
}

// verbsWithout returns the answers without the one that would only try again what was refused.
func (d *decision) verbsWithout(u *unit, side record.Side) []conflicts.Verb {
	return slices.DeleteFunc(d.verbs(u), func(v conflicts.Verb) bool { return v == conflicts.Verb(side) })
}

// write plans the unit's differing fields for a side, with the values of the other. What the side refused before and
// would refuse again becomes a question instead.
func (d *decision) write(u *unit, side record.Side, rule, question string) {
	d.writeSet(u, side, d.heldBy(u, side.Other()), rule, question)
}

// heldBy returns what a side holds in the unit's differing fields.
func (d *decision) heldBy(u *unit, side record.Side) map[record.Field]record.Value {
	set := map[record.Field]record.Value{}
	for _, f := range u.differ {
		set[f] = d.in.Subjects[u.at].On(side).Value(f)
	}
	return set
}

// setBack writes the owner's values over those of a side that does not own the unit, and shows it once; where that goes to and
// fro, it is only asked about.
func (d *decision) setBack(u *unit, side record.Side) {
	d.write(u, side, "set back", "")
	if d.circle(u.at, side, d.heldBy(u, side.Other())) == nil {
		d.notYours(u, side)
	}
}

func (d *decision) writeSet(u *unit, side record.Side, set map[record.Field]record.Value, rule, question string) {
	s := &d.in.Subjects[u.at]
	for _, v := range set {
		if !v.Carried() {
			return // nothing is known of it
		}
	}
	if kind, reason, no := d.objection(u.at, side, set); no {
		if !u.objected { // else the answer to that question meets another one: it stays as it is
			again := *u
			again.objected = true
			d.askUnit(&again, kind, reason, d.verbsWithout(u, side.Other()))
		}
		return
	}
	if question == "" && d.goesRound(u, side, set) {
		return
	}
	end := d.in.Schema.Kind(s.Kind).End()
	for f, v := range set {
		if (f != end || !v.HasText()) && !d.in.Shapes[side].Writable[s.Kind][f] {
			d.wait(u.at, side, "no place")
			return
		}
	}
	if v, ends := set[end]; ends && v.HasText() {
		on, err := record.ParseDate(v.Text())
		if err == nil && d.in.Today.Before(on) && !d.in.Shapes[side].EndAhead {
			d.wait(u.at, side, "date ahead") // and the group with it
			return
		}
		delete(set, end)
		d.change(u.at, side, record.Change{Op: record.End, On: on}, rule, question)
	}
	if len(set) == 0 {
		return
	}
	op := record.Clear
	for _, v := range set {
		if v.HasText() {
			op = record.Update
		}
	}
	d.change(u.at, side, record.Change{Op: op, Set: set}, rule, question)
}

// objection returns what stands against writing these values to a side: a refusal that still holds, or that the side has
// no word for one of them.
func (d *decision) objection(i int, side record.Side, set map[record.Field]record.Value) (conflicts.Kind, string, bool) {
	if r, refused := d.refused(i, side, set); refused {
		return conflicts.Refused, string(side) + " refused it: " + r.Reason, true
	}
	for f, v := range set {
		if v.HasText() && d.unsayable(i, side, f, v) {
			return conflicts.UnknownCode, "the " + string(side) + " has no word for it", true
		}
	}
	return "", "", false
}

// askIssues raises a question for each field of the unit that is there and cannot be read, and reports whether there was
// one: then the unit waits, because nothing may be written over what a person entered.
func (d *decision) askIssues(u *unit) bool {
	asked := false
	s := &d.in.Subjects[u.at]
	for _, side := range record.Sides() {
		r := s.On(side)
		if r == nil {
			continue
		}
		for _, f := range u.fields {
			issue, there := r.Issues[f]
			if !there {
				continue
			}
			asked = true
			d.ask(conflicts.Question{
				Kind: conflicts.Kind(issue), Record: s.Kind, Identity: s.Identity, Fields: []record.Field{f},
				Holds: d.holds(u.at, []record.Field{f}), Reason: "what " + string(side) + " holds cannot be read as a value of this field",
				Answers: d.issueAnswers(u, side, f),
			}, func(a conflicts.Answer, id string) { d.answerIssue(u, side, f, a, id) })
		}
	}
	return asked
}

// issueAnswers returns what can be answered about an unreadable value: the other side's value, a typed one, or leave.
func (d *decision) issueAnswers(u *unit, side record.Side, f record.Field) []conflicts.Verb {
	var verbs []conflicts.Verb
	s := &d.in.Subjects[u.at]
	if !d.in.Shapes[side].Writable[s.Kind][f] {
		return []conflicts.Verb{conflicts.Leave}
	}
	if r := s.On(side.Other()); r != nil && r.Value(f).HasText() {
		verbs = append(verbs, conflicts.Verb(side.Other()))
	}
	if d.in.Schema.Kind(s.Kind).Field(f).Derived == "" { // else what is typed would be set back at once
		verbs = append(verbs, conflicts.TakeValue)
	}
	return append(verbs, conflicts.Leave)
}

func (d *decision) answerIssue(u *unit, side record.Side, f record.Field, a conflicts.Answer, id string) {
	one := unit{at: u.at, fields: []record.Field{f}, differ: []record.Field{f}, rule: u.rule, derived: u.derived, unread: side}
	switch a.Verb {
	case conflicts.Verb(side.Other()):
		d.write(&one, side, "answer", id)
	case conflicts.TakeValue:
		d.takeValue(&one, a.Value, id)
	default:
	}
}

// askUnit asks about a unit's values and carries out the answer that was given on just these.
func (d *decision) askUnit(u *unit, kind conflicts.Kind, reason string, verbs []conflicts.Verb) {
	s := &d.in.Subjects[u.at]
	fields := slices.Clone(u.differ)
	d.ask(conflicts.Question{
		Kind: kind, Record: s.Kind, Identity: s.Identity, Fields: fields, Holds: d.holds(u.at, fields), Reason: reason, Answers: verbs,
	}, func(a conflicts.Answer, id string) {
		switch a.Verb {
		case conflicts.TakeClub, conflicts.TakeFederation:
			d.write(u, record.Side(a.Verb).Other(), "answer", id)
		case conflicts.TakeValue:
			d.takeValue(u, a.Value, id)
		default:
		}
	})
}

// takeValue writes a typed value to each side that holds another one. What cannot be seen is not written over, but on the
// side whose unreadable value was asked about.
func (d *decision) takeValue(u *unit, v record.Value, id string) {
	s := &d.in.Subjects[u.at]
	for _, side := range record.Sides() {
		r := s.On(side)
		if r == nil || r.Value(u.differ[0]) == v || !r.Value(u.differ[0]).Carried() && side != u.unread {
			continue
		}
		if d.in.Shapes[side].Writable[s.Kind][u.differ[0]] {
			d.writeSet(u, side, map[record.Field]record.Value{u.differ[0]: v}, "answer", id)
		}
	}
}

// notYours shows once that a change by a side that does not own the unit was set back.
func (d *decision) notYours(u *unit, side record.Side) {
	s := &d.in.Subjects[u.at]
	d.ask(conflicts.Question{
		Kind: conflicts.NotYours, Record: s.Kind, Identity: s.Identity, Fields: slices.Clone(u.differ), Holds: d.holds(u.at, u.differ),
		Reason: "the " + string(side) + " changed it, which is the other side's to change; it is set back", Answers: []conflicts.Verb{conflicts.Leave},
	}, nil)
}

// refused returns the refusal that still stands for one of the values, if any.
func (d *decision) refused(i int, side record.Side, set map[record.Field]record.Value) (port.Refusal, bool) {
	s := &d.in.Subjects[i]
	for _, f := range slices.Sorted(maps.Keys(set)) { // of several refusals always the same one is told
		v := set[f]
		r, ok := d.in.Refused[RefusalKey(d.memberRef(side.Other()), side, s.Kind, s.Identity, f)]
		if ok && r.Value == Hash(v.Text()) && r.Context == d.context(i, side, r.Fields) {
			return r, true
		}
	}
	return port.Refusal{}, false
}
