package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A lookout counts what is planned, and what was written before unasked, against the limits.
type lookout struct {
	schema   *record.Schema
	now      time.Time
	pairs    int
	groups   map[string]int    // how many active records each has
	category map[uint64]string // by person
	events   []event
}

// An event is one change that counts: planned now, or written before.
type event struct {
	reconcile.Change
	at      time.Time
	planned bool
	groups  []string
}

// lookout looks at the pairs of the ledger and, when something is planned that counts over time, at what was written in the
// longest window.
func (r *run) lookout(ctx context.Context, changes []planned) (*lookout, error) {
	o := &lookout{schema: r.cfg.Schema, now: r.now, groups: map[string]int{}, category: map[uint64]string{}}
	err := r.cfg.Store.EachPerson(ctx, func(p port.Person) error { o.know(&p); return nil })
	if err != nil {
		return nil, fmt.Errorf("ledger: people: %w", err)
	}
	for _, c := range changes {
		o.add(event{Change: c.Change, at: r.now, planned: true}, c.w.person.ID)
	}
	longer := func(g counter) bool {
		return g.longer && slices.ContainsFunc(o.events, func(e event) bool { return g.count(&e.Change) > 0 })
	}
	if !slices.ContainsFunc(r.counters(), longer) {
		return o, nil
	}
	err = r.cfg.Store.History(ctx, func(e port.Entry) error {
		switch {
		case !e.At.After(r.now.Add(-month)):
			return errEnough
		case unasked(&e):
			o.add(event{at: e.At, Change: reconcile.Change{
				Change: record.Change{Kind: e.Kind, Identity: e.Identity, Op: e.Op, Set: e.After}, Before: e.Before,
			}}, e.Person)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return o, nil
}

// unasked reports whether an entry of the history was written without a person having said so: it is no decision, and follows
// from no answer, no approval and no declared wave (ADR 0017, 0019).
func unasked(e *port.Entry) bool {
	return e.Decision == "" && e.Question == "" && !strings.Contains(e.Rule, byApproval) && !strings.Contains(e.Rule, byWave)
}

// know counts a person in the groups.
func (o *lookout) know(p *port.Person) {
	o.pairs++
	lead := p.Pair(o.schema.Lead(), "")
	if lead == nil {
		return
	}
	of := lead.Base.Held(record.Federation, category).Text()
	if o.category[p.ID] = of; !inStep(lead) {
		return // what an ended person has besides is left as it is
	}
	for i := range p.Pairs {
		pair := &p.Pairs[i]
		if pair.Kind != lead.Kind && pair.Identity == "" || !inStep(pair) {
			continue // the member is counted with what leads its life
		}
		for _, group := range o.groupsOf(pair.Kind, pair.Identity, of) {
			o.groups[group]++
		}
	}
}

// inStep reports whether the base says of a record that it is active on both sides.
func inStep(p *port.Pair) bool {
	return record.Life{Stage: p.Base.Life[record.Club]}.Active() && record.Life{Stage: p.Base.Life[record.Federation]}.Active()
}

// groupsOf names the groups of a record: of the person's own, the category that the person is of; of a child, each part of
// what tells it apart (a function and its organ, a publication).
func (o *lookout) groupsOf(k record.Kind, identity, of string) []string {
	switch {
	case identity == "" && of == "":
		return nil
	case identity == "":
		return []string{string(category) + " " + of}
	}
	var groups []string
	for i, part := range record.Parts(identity) {
		if part != "" {
			groups = append(groups, string(o.schema.Kind(k).Identity[i])+" "+part)
		}
	}
	return groups
}

func (o *lookout) add(e event, person uint64) {
	of := o.category[person]
	if was := e.Before[category]; was.HasText() {
		of = was.Text()
	}
	e.groups = o.groupsOf(e.Kind, e.Identity, of)
	o.events = append(o.events, e)
}

// sum returns how many of one thing a window shows: in all, or in one group; those planned now, and those written before.
func (o *lookout) sum(g *counter, w window, group string) (planned, before int) {
	for i := range o.events {
		e := &o.events[i]
		switch {
		case group != "" && !slices.Contains(e.groups, group):
		case e.planned:
			planned += g.count(&e.Change)
		case e.at.After(o.now.Add(-w.ago)):
			before += g.count(&e.Change)
		}
	}
	return planned, before
}

// over returns what oversteps the limit of everything in the shortest window in which it does; "" when nothing does.
func (o *lookout) over(g *counter) string {
	for _, w := range g.windows() {
		now, before := o.sum(g, w, "")
		if n, limit := now+before, w.limit(g.limit, o.pairs); now > 0 && n > limit {
			return fmt.Sprintf("%d %s %s, more than %d", n, g.name, w.name, limit)
		}
	}
	return ""
}

// overIn returns the same of one group.
func (o *lookout) overIn(g *counter, group string) string {
	for _, w := range g.windows() {
		now, before := o.sum(g, w, group)
		size := o.groups[group]
		if g.leaves {
			size += before // they were in it
		}
		n, limit := now+before, g.group(size)
		if limit == 0 || now == 0 || n <= limit {
			continue
		}
		reason := fmt.Sprintf("%d %s in %s %s, more than %d", n, g.name, group, w.name, limit)
		if g.leaves {
			reason += fmt.Sprintf(" of %d", size)
		}
		return reason
	}
	return ""
}

// groupsOfPlan returns the groups of which something is planned that is counted, in order.
func (o *lookout) groupsOfPlan(g *counter) []string {
	set := map[string]bool{}
	for i := range o.events {
		if e := &o.events[i]; g.longer && e.planned && g.count(&e.Change) > 0 {
			for _, group := range e.groups {
				set[group] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// overstepped returns which limits are overstepped, each as a reason, and the IDs of the changes that they are about.
func (o *lookout) overstepped(counters []counter) (reasons []string, about map[string]bool) {
	about = map[string]bool{}
	hold := func(g *counter, group, reason string) {
		if reason == "" {
			return
		}
		reasons = append(reasons, reason)
		for i := range o.events {
			if e := &o.events[i]; e.planned && g.count(&e.Change) > 0 && (group == "" || slices.Contains(e.groups, group)) {
				about[e.ID] = true
			}
		}
	}
	for i := range counters {
		g := &counters[i]
		if reason := o.over(g); reason != "" { // it holds every group
			hold(g, "", reason)
			continue
		}
		for _, group := range o.groupsOfPlan(g) {
			hold(g, group, o.overIn(g, group))
		}
	}
	return reasons, about
}
