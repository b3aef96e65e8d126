package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// An Explanation says of one person what both sides hold, whose it is, who wrote it last, and what waits.
type Explanation struct {
	Link       string                 `json:"link"`
	Club       string                 `json:"club,omitempty"` // the documents by which the person is known
	Federation string                 `json:"federation,omitempty"`
	Number     string                 `json:"number,omitempty"`
	State      port.PairState         `json:"state"`
	Why        string                 `json:"why,omitempty"`    // of a pair that is asked or parked
	Unread     map[record.Side]string `json:"unread,omitempty"` // what could not be read just now, and why
	Records    []ExplainedRecord      `json:"records"`
	Questions  []conflicts.Question   `json:"-"`
	Held       []port.PlannedItem     `json:"held"`
	Waits      []ExplainedWait        `json:"waits"`
	Refusals   []ExplainedRefusal     `json:"refusals"`
}

// An ExplainedRecord is one record of the person, with its life on both sides as just read.
type ExplainedRecord struct {
	Record     record.Kind                  `json:"record"`
	Identity   string                       `json:"identity,omitempty"`
	Club       string                       `json:"club,omitempty"`
	Federation string                       `json:"federation,omitempty"`
	Life       map[record.Side]record.Stage `json:"life"` // "" is unknown; a side that does not have it is not in it
	Fields     []ExplainedField             `json:"fields"`
}

// An ExplainedField is one field: whose it is, what is held, and who wrote that. Rule says in words what holds.
type ExplainedField struct {
	Field      record.Field           `json:"field"`
	Owner      conflicts.Owner        `json:"owner"`
	Rule       string                 `json:"rule"`
	Club       Shown                  `json:"club"`
	Federation Shown                  `json:"federation"`
	Base       Shown                  `json:"base"`
	Undone     string                 `json:"undone,omitempty"` // "run 12": since then nothing is agreed
	Written    map[record.Side]Writer `json:"written"`
}

// Shown is a value, and what may be told without it: "notCarried", "empty", "unreadable", "same" or "different" as the other side,
// "value" where there is nothing to hold it against; of the base "none" when nothing is agreed.
type Shown struct {
	Shows string       `json:"shows"`
	Value record.Value `json:"value,omitzero"`
}

// A Writer says who wrote what a side holds in a field: "passerelle", with the run, "club" or "federation" for whoever works there, or
// "notKnown".
type Writer struct {
	By   string    `json:"by"`
	Run  uint64    `json:"run,omitempty"`
	At   time.Time `json:"at,omitzero"`
	Rule string    `json:"rule,omitempty"`
}

// An ExplainedWait is a record that cannot move yet.
type ExplainedWait struct {
	Side     record.Side `json:"side"`
	Record   record.Kind `json:"record"`
	Identity string      `json:"identity,omitempty"`
	Reason   string      `json:"reason"`
}

// An ExplainedRefusal is a value that a side refused, and is not sent again before it changes.
type ExplainedRefusal struct {
	Side     record.Side  `json:"side"`
	Record   record.Kind  `json:"record"`
	Identity string       `json:"identity,omitempty"`
	Field    record.Field `json:"field"`
	Reason   string       `json:"reason"`
	At       time.Time    `json:"at"`
}

// Explain reads what both sides hold of one person of the ledger, document by document, and says why. who is a document
// ("contact/123", "123" for the club's, "members/<id>") or a federation number. It writes nothing, and waits for a run under
// way. What a side does not let us read is named in Unread. Errors: ErrPerson.
func (l *Link) Explain(ctx context.Context, who string) (Explanation, error) {
	var out Explanation
	err := l.Still(ctx, func(ctx context.Context) error {
		p, err := l.person(ctx, who)
		if err != nil {
			return err
		}
		r, err := l.start(ctx, Options{DryRun: true})
		if err != nil {
			return err
		}
		out = Explanation{
			Link: l.cfg.ID, State: p.State, Number: p.Number, Why: p.Why, Unread: map[record.Side]string{}, Questions: []conflicts.Question{},
			Club: first(p.Documents(record.Club)), Federation: first(p.Documents(record.Federation)),
			Records: []ExplainedRecord{}, Held: []port.PlannedItem{}, Waits: []ExplainedWait{}, Refusals: []ExplainedRefusal{},
		}
		if p.State == port.Asked {
			out.Why = "requested from the federation, which has neither confirmed nor refused it yet"
		}
		w, err := r.readPerson(ctx, p, &out)
		if err != nil {
			return err
		}
		return r.explain(ctx, w, &out)
	})
	return out, err
}

// readPerson reads the documents of one person by themselves. A side that cannot be read is hidden, and said to be.
func (r *run) readPerson(ctx context.Context, p port.Person, out *Explanation) (*work, error) {
	w := r.workOf(p)
	r.sides = map[record.Side]*listing{}
	for _, side := range record.Sides() {
		l := newListing(side, r)
		r.sides[side] = l
		account, err := l.end.System.Check(ctx)
		l.account = account
		if err == nil && account.Organisation != l.end.Organisation {
			err = errors.New("this is the access of another organisation")
		}
		for _, ref := range p.Documents(side) {
			if err != nil {
				l.hidden[ref] = true
				continue
			}
			if failed := r.readDocument(ctx, w, l, ref); failed != nil {
				out.Unread[side] = ref + ": " + failed.Error()
			}
		}
		if err != nil {
			out.Unread[side] = err.Error()
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return w, nil
}

// readDocument reads one document of a person.
func (r *run) readDocument(ctx context.Context, w *work, l *listing, ref string) error {
	doc, err := l.end.System.Read(ctx, ref)
	if err != nil {
		if e := port.As(err); e.Next == port.Gone {
			l.gone[ref] = *e
			return nil
		}
		l.hidden[ref] = true
		return err
	}
	taken, err := l.end.Profile.Take(doc, r.today)
	if err != nil {
		l.hidden[ref] = true
		return errors.New("it has not the form of its kind")
	}
	w.show(l.side, doc, taken)
	return nil
}

// explain tells what was read, what the ledger knows of it, and what waits.
func (r *run) explain(ctx context.Context, w *work, out *Explanation) error {
	writes, err := r.lastWrites(ctx, w.person.ID)
	if err != nil {
		return err
	}
	subjects := r.subjects(w)
	for i := range subjects {
		out.Records = append(out.Records, r.explainRecord(w, &subjects[i], writes))
		out.Refusals = append(out.Refusals, r.refusalsOf(w, &subjects[i])...)
	}
	w.pending = w.person.State != port.Linked
	if _, err := r.reconcile(ctx, []*work{w}); err != nil { // only for what waits: nothing of it is kept
		return err
	}
	for _, wait := range w.outcome.Waits {
		out.Waits = append(out.Waits, ExplainedWait{Side: wait.Side, Record: wait.Kind, Identity: wait.Identity, Reason: wait.Reason})
	}
	for _, side := range record.Sides() {
		if account := r.sides[side].account; out.Unread[side] == "" && (!account.CanWrite || account.WindowClosed || r.runs.Closed[side] != "") {
			out.Waits = append(out.Waits, ExplainedWait{Side: side, Record: r.cfg.Schema.Kinds[0].Name, Reason: "the side takes no writes at the moment"})
		}
	}
	for _, q := range r.stored {
		if w.questionsOf(&q) {
			out.Questions = append(out.Questions, q)
		}
	}
	slices.SortFunc(out.Questions, func(a, b conflicts.Question) int { return a.Opened.Compare(b.Opened) })
	for i := range r.held.Changes {
		c := r.held.Changes[i]
		if c.Person == out.Club || c.Person == out.Federation {
			out.Held = append(out.Held, c)
		}
	}
	return nil
}

// lastWrites returns, for each field of a person's records on a side, the last thing that we wrote there.
func (r *run) lastWrites(ctx context.Context, person uint64) (map[spot]port.Entry, error) {
	latest := map[spot]port.Entry{}
	err := r.cfg.Store.History(ctx, func(e port.Entry) error {
		if e.Decision != "" || e.Person != person {
			return nil
		}
		for f := range e.After {
			at := spot{person, e.Side, e.Kind, e.Identity, f}
			if _, later := latest[at]; !later {
				latest[at] = e
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: history: %w", err)
	}
	return latest, nil
}

func (r *run) explainRecord(w *work, s *reconcile.Subject, writes map[spot]port.Entry) ExplainedRecord {
	out := ExplainedRecord{
		Record: s.Kind, Identity: s.Identity, Club: s.Club.String(), Federation: s.Federation.String(), Life: map[record.Side]record.Stage{}, Fields: []ExplainedField{},
	}
	for _, side := range record.Sides() {
		if rec := s.On(side); rec != nil {
			out.Life[side] = rec.Life.Stage
		}
	}
	kind := r.cfg.Schema.Kind(s.Kind)
	for i := range kind.Fields {
		f := kind.Fields[i].Name
		rule := r.cfg.Policy.Of(s.Kind, f)
		field := ExplainedField{
			Field: f, Owner: rule.Owner, Rule: inWords(rule, kind.Fields[i].Derived), Undone: s.Base.Undone[f],
			Club: shown(s, record.Club, f), Federation: shown(s, record.Federation, f), Base: shownBase(&s.Base, f),
			Written: map[record.Side]Writer{},
		}
		for _, side := range record.Sides() {
			field.Written[side] = writer(s, side, f, w.person.ID, writes)
		}
		out.Fields = append(out.Fields, field)
	}
	return out
}

// shown returns what a side holds in a field, held against the other.
func shown(s *reconcile.Subject, side record.Side, f record.Field) Shown {
	value := func(side record.Side) record.Value {
		if rec := s.On(side); rec != nil {
			return rec.Value(f)
		}
		return record.NotCarried()
	}
	v, other := value(side), value(side.Other())
	out := Shown{Shows: "different", Value: v}
	switch rec := s.On(side); {
	case rec != nil && rec.Issues[f] != "":
		out.Shows = "unreadable"
	case !v.Carried():
		out.Shows = "notCarried"
	case v.IsEmpty():
		out.Shows = "empty"
	case !other.Carried():
		out.Shows = "value"
	case v == other, s.Base.Agreed[f].Carried() && v == s.Base.Held(side, f) && other == s.Base.Held(side.Other(), f):
		out.Shows = "same"
	}
	return out
}

// shownBase returns what is agreed on a field.
func shownBase(b *port.Base, f record.Field) Shown {
	v := b.Agreed[f]
	switch {
	case !v.Carried():
		return Shown{Shows: "none"}
	case v.IsEmpty():
		return Shown{Shows: "empty", Value: v}
	}
	return Shown{Shows: "value", Value: v}
}

// writer says who wrote what a side holds in a field.
func writer(s *reconcile.Subject, side record.Side, f record.Field, person uint64, writes map[spot]port.Entry) Writer {
	rec := s.On(side)
	if rec == nil || !rec.Value(f).Carried() {
		return Writer{By: "notKnown"}
	}
	now, there := rec.Value(f), Writer{By: string(side)}
	if e, wrote := writes[spot{person, side, s.Kind, s.Identity, f}]; wrote {
		if now == e.After[f] || s.Base.Agreed[f] == e.After[f] && now == s.Base.Held(side, f) {
			return Writer{By: "passerelle", Run: e.Run, At: e.At, Rule: e.Rule}
		}
		return there
	}
	source, copied := writes[spot{person, side.Other(), s.Kind, s.Identity, f}]
	if copied && (now == source.After[f] || s.Base.Undone[f] != "") || s.Base.Agreed[f].Carried() && now != s.Base.Held(side, f) {
		return there
	}
	return Writer{By: "notKnown"}
}

// refusalsOf returns what the sides have refused of a record. Each hangs on the document that the value came from.
func (r *run) refusalsOf(w *work, s *reconcile.Subject) []ExplainedRefusal {
	var out []ExplainedRefusal
	for _, side := range record.Sides() {
		for _, origin := range w.person.Documents(side.Other()) {
			for _, f := range r.cfg.Schema.Kind(s.Kind).Fields {
				if known, is := r.refusals[reconcile.RefusalKey(origin, side, s.Kind, s.Identity, f.Name)]; is {
					out = append(out, ExplainedRefusal{Side: side, Record: s.Kind, Identity: s.Identity, Field: f.Name, Reason: known.Reason, At: known.At})
				}
			}
		}
	}
	return out
}

// inWords tells the rule that holds for a field (DESIGN decision 6).
func inWords(rule conflicts.Rule, derived record.Side) string {
	switch rule.Owner {
	case conflicts.OwnerClub, conflicts.OwnerFederation:
		return "the " + string(rule.Owner) + " leads: a change by the other side is set back, and shown once"
	case conflicts.OwnerDerived:
		return "the " + string(derived) + " gives it by itself: it is never written there"
	case conflicts.OwnerBoth:
		if rule.Both != conflicts.Ask {
			return "a change by one side goes to the other; when both have changed it, the " + string(rule.Both) + "'s counts"
		}
	}
	return "a change by one side goes to the other; when both have changed it, a person is asked"
}
