package connector

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// Guards hold what is too much to happen unasked. There is no way around them but the approval of the concrete changes.
type Guards struct {
	Ends, Clears, Categories, Changes Limit
	Pinned                            []string // federation numbers of people whom every listing must show
}

// category is the field by which the federation bills (WIRE.md 1).
const category record.Field = "category"

// approvalHolds is how long an approval waits for its run (DESIGN decision 13).
const approvalHolds = 14 * 24 * time.Hour

// byApproval ends the rule, in the history, of what a person approved (ADR 0017).
const byApproval = ", approved"

// guard parts the changes into those that go and those that wait for a person, and those that have to wait for a right or
// a write window. What was approved goes.
func (r *run) guard(ctx context.Context, changes []planned) ([]planned, error) {
	var free []planned
	r.expect(changes)
	r.handled(changes)
	unseen := r.unseen()
	for _, c := range changes {
		r.plan(c)
		if r.closed(c) && !unseen && !c.w.byHand { // those are held also where nothing can be written now
			r.report.Waiting++
			continue
		}
		free = append(free, c)
	}
	for id, until := range r.approved {
		if !r.now.Before(until) {
			r.batch.Approve[id] = time.Time{} // it has expired
			delete(r.approved, id)
		}
	}
	if len(free) == 0 {
		return nil, r.hold(ctx, nil, nil)
	}
	reasons, counted, err := r.trips(ctx, free)
	if err != nil {
		return nil, err
	}
	var going, held []planned
	for _, c := range free {
		_, approved := r.approved[c.ID]
		switch {
		case approved && r.closed(c):
			r.report.Waiting++
		case approved:
			r.report.Approved++
			going = append(going, c)
		case counted(c):
			held = append(held, c)
			c.w.held[heldKey(c)] = true
		default:
			going = append(going, c)
		}
	}
	if len(held) == 0 {
		reasons = nil
	}
	return going, r.hold(ctx, held, reasons)
}

// handled takes back what was approved of people who have been taken apart or joined since: it was approved for another pair. Of
// whom something is held for that, everything is held, also what has another value by now.
func (r *run) handled(changes []planned) {
	held := map[string]bool{}
	for i := range r.held.Changes {
		if item := &r.held.Changes[i]; item.ByHand {
			held[item.Person] = true
		}
	}
	for _, c := range changes {
		if _, approved := r.approved[c.ID]; approved && c.w.byHand {
			r.batch.Approve[c.ID] = time.Time{}
			delete(r.approved, c.ID)
		}
	}
	for _, c := range changes {
		c.w.byHand = c.w.byHand || held[c.w.firstRef()]
	}
}

// plan counts a change in the report.
func (r *run) plan(c planned) {
	r.report.Planned[c.Side] = r.report.Planned[c.Side].with(c.Op)
}

// closed reports whether a side takes no writes at the moment: a key without the right, a closed window.
func (r *run) closed(c planned) bool {
	account := r.sides[c.Side].account
	return !account.CanWrite || account.WindowClosed
}

// unseen reports whether everything is held, whatever it is: nobody has approved yet what follows from the first link, from
// other settings, or from something that was set back in time.
func (r *run) unseen() bool {
	return r.runs.Linked.IsZero() || !maps.Equal(r.runs.Settings, r.cfg.Settings) || r.recovering()
}

// trips returns the reasons for which changes have to wait, and which changes they are.
func (r *run) trips(ctx context.Context, changes []planned) ([]string, func(planned) bool, error) {
	if r.recovering() {
		return r.whyRecovering(), func(planned) bool { return true }, nil
	}
	if r.runs.Linked.IsZero() {
		return []string{"this is the first link: look at what would follow, and approve it"}, func(planned) bool { return true }, nil
	}
	if !maps.Equal(r.runs.Settings, r.cfg.Settings) {
		return []string{"your settings changed, this would follow"}, func(planned) bool { return true }, nil
	}
	seen, err := r.lookout(ctx, slices.DeleteFunc(slices.Clone(changes), func(c planned) bool {
		_, approved := r.approved[c.ID]
		return approved || c.wave != "" // a person has said so
	}))
	if err != nil {
		return nil, nil, err
	}
	reasons, counted := seen.overstepped(r.counters())
	undone := r.undoes(changes) // nothing is undone unlooked at
	for _, of := range undone {
		reasons = append(reasons, of+" is to be undone")
	}
	if slices.ContainsFunc(changes, func(c planned) bool { return c.w.byHand }) {
		reasons = append(reasons, "people were taken apart or joined by hand")
	}
	before := map[string]bool{}
	for _, item := range r.held.Changes {
		before[item.ID] = true
	}
	return reasons, func(c planned) bool {
		return c.w.byHand || c.wave == "" && (before[c.ID] || counted[c.ID]) || slices.Contains(undone, c.Undoes)
	}, nil
}

// hold stores the plan that waits, when it is another than before, and reports it.
func (r *run) hold(ctx context.Context, held []planned, reasons []string) (err error) {
	plan := port.Plan{Changes: []port.PlannedItem{}, Reasons: reasons}
	if len(reasons) == 0 && len(held) > 0 {
		plan.Reasons = r.held.Reasons
	}
	persons := map[*work]bool{}
	ids := []string{}
	for _, c := range held {
		persons[c.w] = true
		ids = append(ids, c.ID)
		plan.Changes = append(plan.Changes, item(c))
	}
	plan.Persons = len(persons)
	if len(held) > 0 {
		plan.ID = planID(ids)
		r.report.Held = &Held{Plan: plan.ID, Changes: len(held), Persons: plan.Persons, Reasons: plan.Reasons}
	}
	if plan.Outline, err = r.outline(ctx, held); err != nil {
		return err
	}
	untold := r.held.Consequence == nil && len(r.moves(held)) > 0 || !reflect.DeepEqual(plan.Outline, r.held.Outline)
	if plan.ID != r.held.ID || untold || !slices.Equal(plan.Reasons, r.held.Reasons) {
		if plan.Consequence, err = r.consequence(ctx, held); err != nil {
			return err
		}
		r.held = plan
		r.batch.Held = &plan
	}
	return nil
}

// planID names a plan: the same changes are the same plan, whatever order they were found in.
func planID(ids []string) string {
	slices.Sort(ids)
	return reconcile.Hash(fmt.Sprint(ids))[:8]
}

// item describes a change without its values.
func item(c planned) port.PlannedItem {
	person := c.w.firstRef()
	ref := c.Ref.String()
	if c.Ref.Zero() {
		ref = person
	}
	fields := slices.Sorted(maps.Keys(c.Set))
	if fields == nil {
		fields = []record.Field{}
	}
	return port.PlannedItem{ID: c.ID, Person: person, Side: c.Side, Record: c.Kind, Ref: ref, Kind: c.Op, Fields: fields, Undoes: c.Undoes, ByHand: c.w.byHand}
}

// later keeps what a later round may carry: what a side has just assigned, and children whose parent has just come to be.
// Everything else waits for the next cycle, which looks at both sides anew (DESIGN, The cycle).
func (r *run) later(changes []planned) []planned {
	var out []planned
	for _, c := range changes {
		if r.tried[c.ID] || r.closed(c) || c.w.held[heldKey(c)] || c.Undoes != "" {
			continue
		}
		assigned := len(c.Set) > 0 && c.Op != record.Create
		for f := range c.Set {
			assigned = assigned && r.cfg.Schema.Kind(c.Kind).Field(f).Derived == c.Side.Other()
		}
		if assigned || c.Op == record.Create && c.w.born[c.Side] {
			r.plan(c)
			out = append(out, c)
		}
	}
	return out
}

// heldKey names what a change is about, also when its ID has changed because the person has come to be.
func heldKey(c planned) string { return string(c.Side) + " " + string(c.Kind) + " " + c.Identity }

// firstRef returns the document by which the person is named: the club's, else the federation's.
func (w *work) firstRef() string {
	for _, side := range record.Sides() {
		if m := w.member(side); m != nil {
			return m.Ref.Document
		}
		if docs := w.person.Documents(side); len(docs) > 0 {
			return docs[0]
		}
	}
	return ""
}
