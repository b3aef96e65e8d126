package connector

import (
	"context"
	"fmt"
	"maps"
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

// A Limit holds when a run plans more than the greater of a count and a share of the pairs, rounded up.
type Limit struct{ Count, Percent int }

func (l Limit) of(pairs int) int { return max(l.Count, (l.Percent*pairs+99)/100) }

// category is the field by which the federation bills (WIRE.md 1).
const category record.Field = "category"

// approvalHolds is how long an approval waits for its run (DESIGN decision 13).
const approvalHolds = 14 * 24 * time.Hour

// guard parts the changes into those that go and those that wait for a person, and those that have to wait for a right or
// a write window. What was approved goes.
func (r *run) guard(ctx context.Context, changes []planned) ([]planned, error) {
	var free []planned
	unseen := r.unseen() // held also where nothing can be written now
	for _, c := range changes {
		r.plan(c)
		if r.closed(c) && !unseen {
			r.report.Waiting++
			continue
		}
		free = append(free, c)
	}
	for id, until := range r.approved {
		if !r.now.Before(until) {
			r.batch.Approve[id] = time.Time{} // it has expired
		}
	}
	if len(free) == 0 {
		r.hold(nil, nil)
		return nil, nil
	}
	reasons, counted, err := r.trips(ctx, free)
	if err != nil {
		return nil, err
	}
	var going, held []planned
	for _, c := range free {
		until, approved := r.approved[c.ID]
		switch {
		case approved && r.now.Before(until) && r.closed(c):
			r.report.Waiting++
		case approved && r.now.Before(until):
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
	r.hold(held, reasons)
	return going, nil
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
	pairs := 0
	if err := r.cfg.Store.EachPerson(ctx, func(port.Person) error { pairs++; return nil }); err != nil {
		return nil, nil, fmt.Errorf("ledger: people: %w", err)
	}
	var reasons []string
	var counted []func(planned) bool
	for _, g := range r.counters() {
		n := 0
		for _, c := range changes {
			n += g.count(c)
		}
		if limit := g.limit.of(pairs); n > limit {
			reasons = append(reasons, fmt.Sprintf("%d %s, more than %d", n, g.name, limit))
			counted = append(counted, func(c planned) bool { return g.count(c) > 0 })
		}
	}
	for _, of := range r.undoes(changes) { // nothing is undone unlooked at
		reasons = append(reasons, of+" is to be undone")
		counted = append(counted, func(c planned) bool { return c.Undoes == of })
	}
	before := map[string]bool{}
	for _, item := range r.held.Changes {
		before[item.ID] = true
	}
	return reasons, func(c planned) bool {
		return before[c.ID] || slices.ContainsFunc(counted, func(f func(planned) bool) bool { return f(c) })
	}, nil
}

// A counter is one thing that a guard counts, with its limit.
type counter struct {
	name  string
	limit Limit
	count func(planned) int
}

// counters returns what is counted. Ends are counted kind by kind: people, functions and subscriptions each by themselves.
func (r *run) counters() []counter {
	var out []counter
	for _, kind := range r.cfg.Schema.Kinds {
		out = append(out, counter{"ends of kind " + string(kind.Name) + " are planned", r.cfg.Guards.Ends, func(c planned) int {
			return one(c.Op == record.End && c.Kind == kind.Name)
		}})
	}
	return append(
		out,
		counter{"values would be cleared", r.cfg.Guards.Clears, cleared},
		counter{"categories would change", r.cfg.Guards.Categories, func(c planned) int { return one(c.Op != record.Create && c.Set[category].HasText()) }},
		counter{"changes are planned in all", r.cfg.Guards.Changes, func(planned) int { return 1 }},
	)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// cleared counts the values that a change would empty.
func cleared(c planned) int {
	n := 0
	for f, v := range c.Set {
		n += one(v.IsEmpty() && c.Before[f].HasText())
	}
	return n
}

// hold stores the plan that waits, when it is another than before, and reports it.
func (r *run) hold(held []planned, reasons []string) {
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
	if plan.ID != r.held.ID || !slices.Equal(plan.Reasons, r.held.Reasons) {
		r.held = plan
		r.batch.Held = &plan
	}
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
	return port.PlannedItem{ID: c.ID, Person: person, Side: c.Side, Record: c.Kind, Ref: ref, Kind: c.Op, Fields: fields, Undoes: c.Undoes}
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
