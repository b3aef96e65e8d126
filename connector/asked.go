package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// existsKey is the key under which the answer "we know this person already" is remembered with the other refusals.
func existsKey(clubDocument string) string { return "exists " + clubDocument }

// strangersWithNumber asks about the club's people whom the federation is said, or has said itself, to know elsewhere. One
// who was answered to be the same is requested from the federation; nobody is created over such a question.
func (r *run) strangersWithNumber(ctx context.Context) error {
	for _, w := range r.strangers(record.Club) {
		if w.pending || w.outside {
			continue
		}
		if err := r.askNumber(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// askNumber asks about one of them, where there is something to ask.
func (r *run) askNumber(ctx context.Context, w *work) error {
	m := w.member(record.Club)
	n, reason := r.number(w, record.Club), "the club gives a federation number that the federation does not list as yours"
	answers := []conflicts.Verb{conflicts.Same, conflicts.New, conflicts.Later}
	if known, ok := r.refusals[existsKey(m.Ref.Document)]; ok && known.Value == r.bound(m) {
		n, reason = known.Reason, "the federation knows a person of this name and birth date already"
		answers = []conflicts.Verb{conflicts.Same, conflicts.Different, conflicts.Later}
	}
	if n == "" {
		return nil
	}
	ours, err := r.cfg.Store.Numbered(ctx, n)
	if err != nil {
		return fmt.Errorf("ledger: number: %w", err)
	}
	if len(ours) > 0 {
		reason, answers = "the number is that of somebody who is linked already: perhaps the club has this person twice", []conflicts.Verb{conflicts.Later}
	}
	r.askExists(w, n, reason, answers)
	return nil
}

func (r *run) askExists(w *work, n, reason string, answers []conflicts.Verb) {
	m := w.member(record.Club)
	q := conflicts.Question{
		Kind: conflicts.AlreadyExists, Record: m.Kind, Club: m.Ref.Document, Number: n, Reason: reason, Answers: answers,
		Bound: r.bound(m),
	}.Sealed()
	r.asked = append(r.asked, q)
	stored := r.stored[q.ID]
	a := stored.Given(q.Fingerprint)
	if a != nil && a.Verb == conflicts.New {
		return // reconcile creates
	}
	w.pending = true
	if a != nil && a.Verb == conflicts.Same {
		w.ask = r.request(w, n, q.ID)
	}
}

// request returns the one request by which the federation is asked for a person whom it knows (WIRE.md 1, create). The
// lead's required values are part of it; without one of them there is no request, and the question of what is missing.
func (r *run) request(w *work, n, question string) *planned {
	lead := w.record(record.Club, r.cfg.Schema.Lead(), "")
	member := w.member(record.Club)
	shape := r.cfg.Sides[record.Federation].Profile.Shape()
	set := map[record.Field]record.Value{r.numberField(): record.Of(n), birthDate: member.Value(birthDate)}
	for _, f := range r.cfg.Schema.Kind(lead.Kind).Fields {
		if v := lead.Value(f.Name); v.HasText() && shape.Writable[lead.Kind][f.Name] {
			set[f.Name] = v
		}
	}
	missing := slices.DeleteFunc(slices.Clone(shape.Required[lead.Kind]), func(f record.Field) bool { return set[f].HasText() })
	if !member.Value(birthDate).HasText() {
		missing = append(missing, birthDate)
	}
	if len(missing) > 0 {
		r.asked = append(r.asked, conflicts.Question{
			Kind: conflicts.Incomplete, Record: lead.Kind, Club: member.Ref.Document, Number: n, Fields: missing,
			Reason: "cannot be requested from the federation without it", Answers: []conflicts.Verb{conflicts.Leave},
		}.Sealed())
		return nil
	}
	for _, f := range slices.Sorted(maps.Keys(set)) {
		known, refused := r.refusals[reconcile.RefusalKey(member.Ref.Document, record.Federation, lead.Kind, lead.Identity, f)]
		if refused && known.Value == reconcile.Hash(set[f].Text()) && known.Context == reconcile.Context(lead, known.Fields) {
			r.asked = append(r.asked, conflicts.Question{
				Kind: conflicts.Refused, Record: lead.Kind, Club: member.Ref.Document, Number: n, Fields: []record.Field{f},
				Reason: "the federation refused the request: " + known.Reason, Answers: []conflicts.Verb{conflicts.Leave},
			}.Sealed())
			return nil
		}
	}
	c := reconcile.Change{
		Change: record.Change{Kind: lead.Kind, Op: record.Ask, Set: set}, Side: record.Federation, Rule: "answer", Question: question,
	}
	c.ID = reconcile.Identify(member.Ref.Document, "", c)
	return &planned{Change: c, w: w}
}

// confirmAsked looks how the federation has answered the requests that are under way: by listing the member, by refusing
// the affiliation, or not yet.
func (r *run) confirmAsked() {
	for _, w := range slices.Clone(r.works) {
		if w.person.State != port.Asked {
			continue
		}
		w.pending = true
		lead := w.record(record.Federation, r.cfg.Schema.Lead(), "")
		if lead == nil {
			r.report.Waiting++
			continue
		}
		if lead.Life.Over() && !r.takenIn(w) {
			r.asked = append(r.asked, conflicts.Question{
				Kind: conflicts.Refused, Person: w.person.ID, Record: lead.Kind, Club: first(w.person.Documents(record.Club)),
				Federation: lead.Ref.Document, Number: w.person.Number, Reason: "the federation refused the affiliation",
				Answers: []conflicts.Verb{conflicts.Leave},
			}.Sealed())
			continue
		}
		if w.pending && !r.confirmed(w, lead) {
			r.report.Waiting++
		}
	}
}

// confirmed links an asked person with the member that the listing now shows, and reports whether it did.
func (r *run) confirmed(w *work, lead *record.Record) bool {
	for _, f := range r.strangers(record.Federation) {
		m := f.member(record.Federation)
		if m.Ref.Document != lead.Parent || r.number(f, record.Federation) != w.person.Number {
			continue
		}
		w.absorb(f)
		w.person.State, w.pending, w.known = port.Linked, false, false
		f.absorbed = true
		r.report.Linked++
		return true
	}
	return false
}

// takenIn links an asked person, once refused, with the member of that number whom the federation now lists as ours.
func (r *run) takenIn(w *work) bool {
	for _, f := range r.strangers(record.Federation) {
		if r.number(f, record.Federation) == w.person.Number && r.active(f) {
			w.absorb(f)
			w.person.State, w.pending, w.known = port.Linked, false, false
			f.absorbed = true
			r.report.Linked++
			return true
		}
	}
	return false
}

// adoptAsked makes an asked person of a club's member and the affiliation that was requested for it.
func (r *run) adoptAsked(origin, found *work, number string) {
	r.countFromOne()
	origin.person = port.Person{ID: r.runs.NextID, State: port.Asked, Number: number}
	r.runs.NextID++
	r.batch.runs = true
	r.byID[origin.person.ID] = origin
	origin.absorb(found)
	origin.pending = true
	origin.person.Pairs = r.bare(origin)
	p := origin.person
	r.batch.People[p.ID] = &p
	found.absorbed = true
}

// bare returns the pairs of a person with references only.
func (r *run) bare(w *work) []port.Pair {
	var out []port.Pair
	for _, s := range r.subjects(w) {
		out = append(out, port.Pair{Kind: s.Kind, Identity: s.Identity, Club: s.Club, Federation: s.Federation})
	}
	return out
}
