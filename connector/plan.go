package connector

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Preview is a plan with the values of its changes, as both sides hold them now: neither the plan that waits nor anything else in
// the ledger has them (ADR 0016).
type Preview struct {
	Plan port.Plan // that waits, else what a run would do now
	// Values are by the ID of a change. The ID binds the values, so those found are the ones that an approval is for. A
	// change of a plan that waits and has none would not follow any more: something has changed since.
	Values map[string]Values
	// Others is how many changes would be held now that are not in the plan that waits.
	Others int
}

// Values are what a change makes of its record, field by field. They are the caller's to hide.
type Values struct {
	Name     string                        `json:"name,omitempty"`     // of the person, as the club has it, else the federation
	Identity string                        `json:"identity,omitempty"` // of a function, say: which one
	Before   map[record.Field]record.Value `json:"before"`
	After    map[record.Field]record.Value `json:"after"`
}

// Plan returns the plan that waits for approval; when none does, what a run would do now (a dry run, which changes
// nothing), or why it could not tell.
func (l *Link) Plan(ctx context.Context) (port.Plan, *Stopped, error) {
	held, err := l.cfg.Store.Held(ctx)
	if err != nil || held.ID != "" {
		return held, nil, err
	}
	var plan port.Plan
	var failed error
	report, err := l.once(ctx, Options{DryRun: true}, func(r *run, changes []planned) { plan, failed = r.describe(ctx, changes) })
	return plan, report.Stopped, errors.Join(err, failed)
}

// Preview is Plan with values. It reads both sides, also while a plan waits; where they do not let themselves be read, the
// plan that waits comes without a value, with why.
func (l *Link) Preview(ctx context.Context) (Preview, *Stopped, error) {
	out := Preview{Values: map[string]Values{}}
	var failed error
	report, err := l.once(ctx, Options{DryRun: true}, func(r *run, changes []planned) {
		for _, c := range changes {
			out.Values[c.ID] = r.values(c)
		}
		out.Plan = r.waiting
		if out.Plan.ID == "" {
			out.Plan, failed = r.describe(ctx, changes)
			return
		}
		for _, would := range r.held.Changes {
			among := func(item port.PlannedItem) bool { return item.ID == would.ID }
			out.Others += one(!slices.ContainsFunc(out.Plan.Changes, among))
		}
	})
	if err = errors.Join(err, failed); err != nil || report.Stopped == nil {
		return out, nil, err
	}
	out.Plan, err = l.cfg.Store.Held(ctx)
	return out, report.Stopped, err
}

// describe returns changes as a plan without reasons: nothing holds it.
func (r *run) describe(ctx context.Context, changes []planned) (plan port.Plan, err error) {
	plan = port.Plan{Changes: []port.PlannedItem{}, Reasons: []string{}}
	persons := map[*work]bool{}
	for _, c := range changes {
		persons[c.w] = true
		plan.Changes = append(plan.Changes, item(c))
	}
	plan.Persons = len(persons)
	if plan.Outline, err = r.outline(ctx, changes); err != nil {
		return plan, err
	}
	plan.Consequence, err = r.consequence(ctx, changes)
	return plan, err
}

// values returns what a change makes of its record.
func (r *run) values(c planned) Values {
	out := Values{Name: r.name(c.w), Identity: c.Identity, Before: c.Before, After: r.after(c)}
	if c.Op == record.End {
		end := r.cfg.Schema.Kind(c.Kind).End()
		out.Before = map[record.Field]record.Value{end: c.w.holds(c.Side, c.Kind, c.Identity, end)}
	}
	return out
}

// after returns what the fields of a change hold once it is written. An end is its date.
func (r *run) after(c planned) map[record.Field]record.Value {
	if c.Op == record.End {
		return map[record.Field]record.Value{r.cfg.Schema.Kind(c.Kind).End(): record.Of(c.On.String())}
	}
	return c.Set
}

// name returns what a person is called.
func (r *run) name(w *work) string {
	var words []string
	for _, f := range []record.Field{firstName, lastName} {
		word := func(side record.Side) string { return w.holds(side, r.cfg.Schema.Kinds[0].Name, "", f).Text() }
		words = append(words, cmp.Or(word(record.Club), word(record.Federation)))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// holds returns what a side holds in a field: as it shows it, else, at rest, as the base has it.
func (w *work) holds(side record.Side, k record.Kind, identity string, f record.Field) record.Value {
	if rec := w.record(side, k, identity); rec != nil {
		return rec.Value(f)
	}
	if pair := w.person.Pair(k, identity); pair != nil {
		return pair.Base.Held(side, f)
	}
	return record.NotCarried()
}
