package reconcile

import (
	"slices"
	"strings"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// ask raises a question and, when it was answered on these very values with what it offers, hands the answer to carry.
func (d *decision) ask(q conflicts.Question, carry func(conflicts.Answer, string)) {
	q.Person = d.in.Person
	q.Club, q.Federation = d.memberRef(record.Club), d.memberRef(record.Federation)
	q.Number = d.number()
	q = q.Sealed()
	d.out.Questions = append(d.out.Questions, q)
	stored, known := d.in.Questions[q.ID]
	if !known || carry == nil {
		return
	}
	if a := stored.Given(q.Fingerprint); a != nil && q.Offers(a.Verb) {
		carry(*a, q.ID)
	}
}

// stand raises the questions about a record that is hidden as they stood: that it is hidden settles none of them.
func (d *decision) stand(i int) {
	s := &d.in.Subjects[i]
	club, federation := d.memberRef(record.Club), d.memberRef(record.Federation)
	var standing []conflicts.Question
	for _, q := range d.in.Questions {
		if q.Record == s.Kind && q.Identity == s.Identity && q.Club == club && q.Federation == federation && q.State != conflicts.Closed {
			standing = append(standing, q)
		}
	}
	slices.SortFunc(standing, func(a, b conflicts.Question) int { return strings.Compare(a.ID, b.ID) })
	d.out.Questions = append(d.out.Questions, standing...)
}

// askLife asks about the person's life: not active on one side (over), active on the other.
func (d *decision) askLife(over record.Side, kind conflicts.Kind, reason string) {
	lead := &d.in.Subjects[d.lead]
	life, active := stage(lead, over), over.Other()
	verbs := []conflicts.Verb{conflicts.Leave}
	if life.Stage == record.Ended || life.Stage == record.Outside { // what is gone cannot be brought back by us
		verbs = append([]conflicts.Verb{conflicts.Verb(active)}, verbs...)
	}
	if life.Over() || life.Stage == record.Outside && over == record.Club { // the club cannot say what left the federation's scope
		verbs = append([]conflicts.Verb{conflicts.Verb(over)}, verbs...)
	}
	d.ask(conflicts.Question{
		Kind: kind, Record: lead.Kind, Identity: lead.Identity, Reason: string(over) + ": " + reason, Answers: verbs, Bound: d.bound(),
	}, func(a conflicts.Answer, id string) {
		switch a.Verb {
		case conflicts.Verb(over):
			d.end(d.lead, active, life, "answer", id)
		case conflicts.Verb(active):
			d.restore(over, id)
		default:
		}
	})
}

// restore takes back the end of the lead on a side, or its leaving the scope: its fields get the other side's values, the
// day of the end among them.
func (d *decision) restore(side record.Side, id string) {
	lead := &d.in.Subjects[d.lead]
	kind := d.in.Schema.Kind(lead.Kind)
	set := map[record.Field]record.Value{}
	for _, f := range kind.Fields {
		v := lead.On(side.Other()).Value(f.Name)
		if f.Derived == "" && d.in.Shapes[side].Writable[lead.Kind][f.Name] && v.HasText() && v != lead.On(side).Value(f.Name) {
			set[f.Name] = v
		}
	}
	over := lead.On(side).Life.Over()
	if end := kind.End(); end != "" && over {
		set[end] = record.Empty()
	}
	if len(set) > 0 {
		d.change(d.lead, side, record.Change{Op: record.Update, Set: set, Return: over}, "answer", id)
	}
}

// askChild asks about a child that is not active on one side and active on the other.
func (d *decision) askChild(i int, kind conflicts.Kind, reason string) {
	s := &d.in.Subjects[i]
	active := activeSide(stage(s, record.Club))
	over := active.Other()
	life := stage(s, over)
	verbs := []conflicts.Verb{conflicts.TakeClub, conflicts.TakeFederation, conflicts.Leave}
	if life.Stage == record.Outside { // it is there: to create it would double it
		verbs = []conflicts.Verb{conflicts.Leave}
		if over == record.Club { // the club cannot say what left the federation's scope
			verbs = []conflicts.Verb{conflicts.TakeClub, conflicts.Leave}
		}
	}
	d.ask(conflicts.Question{
		Kind: kind, Record: s.Kind, Identity: s.Identity, Reason: string(over) + ": " + reason, Answers: verbs, Bound: d.bound(),
	}, func(a conflicts.Answer, id string) {
		switch a.Verb {
		case conflicts.Verb(over):
			d.end(i, active, life, "answer", id)
		case conflicts.Verb(active):
			d.createChild(i, over, "answer", id)
		default:
		}
	})
}

// holds returns what base and sides hold in the fields of a subject.
func (d *decision) holds(i int, fields []record.Field) map[record.Field]conflicts.Holding {
	s := &d.in.Subjects[i]
	out := map[record.Field]conflicts.Holding{}
	for _, f := range fields {
		h := conflicts.Holding{Base: s.Base.Agreed[f]}
		if s.ClubRecord != nil {
			h.Club = s.ClubRecord.Value(f)
		}
		if s.FederationRecord != nil {
			h.Federation = s.FederationRecord.Value(f)
		}
		out[f] = h
	}
	return out
}

// number returns the person's federation number where a side gives one.
func (d *decision) number() string {
	for _, side := range []record.Side{record.Federation, record.Club} {
		if m := d.in.Subjects[0].On(side); m != nil {
			for _, f := range d.in.Schema.Kinds[0].Fields {
				if f.Type == record.MemberNumber && m.Value(f.Name).HasText() {
					return m.Value(f.Name).Text()
				}
			}
		}
	}
	return ""
}
