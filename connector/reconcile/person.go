package reconcile

import (
	"passerelle/conflicts"
	"passerelle/internal/record"
)

// person decides by the life of the lead, as the table in the package comment draws it.
func (d *decision) person() {
	lead := &d.in.Subjects[d.lead]
	if d.undoLife(d.lead) {
		for i := range d.in.Subjects {
			d.stand(i)
		}
		return
	}
	for _, side := range record.Sides() {
		if lead.On(side) != nil {
			continue
		}
		switch there := lead.On(side.Other()); {
		case there == nil || !there.Life.Active():
		case lead.Base.Never():
			d.create(side)
		default: // to create it anew would double whoever only cannot be found
			d.askLife(side, conflicts.EndedAndChanged, "is not there any more, and nothing says why")
		}
		return
	}
	club, fed := lead.ClubRecord.Life, lead.FederationRecord.Life
	switch {
	case !club.Active() && !fed.Active():
		d.adoptAll(0)
		d.adoptAll(d.lead)
	case club.Active() && fed.Active():
		d.merge()
	case wasOver(lead):
		d.askLife(activeSide(club).Other(), conflicts.EndedAndChanged, d.cameBack(d.lead))
	case !club.Active():
		d.left(record.Club)
	default:
		d.left(record.Federation)
	}
}

// wasOver reports whether both sides were over when the base was taken.
func wasOver(s *Subject) bool {
	for _, side := range record.Sides() {
		if !(record.Life{Stage: s.Base.Life[side]}).Over() {
			return false
		}
	}
	return true
}

// left decides for a person who is not active any more on one side and still active on the other.
func (d *decision) left(gone record.Side) {
	lead := &d.in.Subjects[d.lead]
	life := lead.On(gone).Life
	switch {
	case life.Stage == record.Outside:
		d.askLife(gone, conflicts.LeftScope, "is no longer of those who are kept in step")
	case lead.Base.Never():
		d.askLife(gone, conflicts.EndedAndChanged, "ended here and still active there, when they met for the first time")
	case d.edited(gone.Other()):
		d.askLife(gone, conflicts.EndedAndChanged, "ended here and changed there")
	default:
		d.end(d.lead, gone.Other(), life, "policy", "")
	}
}

// merge decides fields and children of a person who is active on both sides.
func (d *decision) merge() {
	for i := range d.in.Subjects {
		s := &d.in.Subjects[i]
		if i == 0 || i == d.lead {
			if s.ClubRecord != nil && s.FederationRecord != nil {
				d.fields(i)
			}
			continue
		}
		d.child(i)
	}
}

// child decides one child of a person who is active on both sides.
func (d *decision) child(i int) {
	s := &d.in.Subjects[i]
	for _, side := range record.Sides() {
		if r := s.On(side); r != nil && r.Life.Stage == record.Unknown {
			d.rest(i)
			d.stand(i)
			return
		}
	}
	if d.undoLife(i) {
		d.stand(i)
		return
	}
	club, fed := stage(s, record.Club), stage(s, record.Federation)
	switch {
	case club.Active() && fed.Active():
		d.fields(i)
	case !club.Active() && !fed.Active():
		if s.ClubRecord != nil && s.FederationRecord != nil && !s.Base.Never() {
			d.adoptLife(i)
			return
		}
		d.rest(i)
	default:
		d.childLeft(i, activeSide(club).Other())
	}
}

// childLeft decides a child that is not active on one side and active on the other.
func (d *decision) childLeft(i int, away record.Side) {
	s := &d.in.Subjects[i]
	switch life := stage(s, away); {
	case life.Stage == record.Outside:
		d.askChild(i, conflicts.LeftScope, "is no longer of what is kept in step")
	case s.Base.Never() && life.Stage != record.Gone: // one that was seen there and taken away is not put back
		d.createChild(i, away, "policy", "")
	case s.On(away) == nil:
		d.askChild(i, conflicts.EndedAndChanged, "is not there any more, and nothing says why")
	case wasOver(s):
		d.askChild(i, conflicts.EndedAndChanged, d.cameBack(i))
	case d.recordEdited(i, away.Other()):
		d.askChild(i, conflicts.EndedAndChanged, "ended here and changed there")
	default:
		d.end(i, away.Other(), life, "policy", "")
	}
}

// activeSide returns the active one of two sides of which exactly one is.
func activeSide(club record.Life) record.Side {
	if club.Active() {
		return record.Club
	}
	return record.Federation
}

// edited reports whether anything of the person changed on a side since the base.
func (d *decision) edited(side record.Side) bool {
	for i := range d.in.Subjects {
		if d.recordEdited(i, side) {
			return true
		}
	}
	return false
}

// recordEdited reports whether one record changed on a side since the base. A value that is there and cannot be read
// counts; what the side derives by itself does not (DESIGN decision 3).
func (d *decision) recordEdited(i int, side record.Side) bool {
	s := &d.in.Subjects[i]
	r := s.On(side)
	if r == nil || r.Life.Stage == record.Unknown {
		return false
	}
	if _, seen := s.Base.Life[side]; !seen {
		return r.Life.Active() // it has come to be since
	}
	was := record.Life{Stage: s.Base.Life[side]}
	if was.Active() != r.Life.Active() {
		return true
	}
	for _, f := range d.in.Schema.Kind(s.Kind).Fields {
		if f.Derived != "" {
			continue
		}
		if _, unreadable := r.Issues[f.Name]; unreadable {
			return true
		}
		if v := r.Value(f.Name); v.Carried() && v != s.Base.Held(side, f.Name) {
			return true
		}
	}
	return false
}
