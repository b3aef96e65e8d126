package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// allOfField begins the ID by which all questions about one field are answered at once (DESIGN decision 7).
const allOfField = "field:"

// AllAlike is the ID by which all questions about two who agree in everything, and have no other candidate, are answered at
// once.
const AllAlike = "match:" + conflicts.Alike

// Decide stores a person's answer to an open or answered question; nothing is written to a system before the next run.
// "field:phoneMobile" answers every open question of kind both-changed about just that field, AllAlike every one about two
// who agree in everything. A typed value is given as
// its raw text and checked here. It returns how many questions were answered. Errors: port.ErrNone for an unknown question,
// ErrAnswer for an answer that is not offered or a value that is none.
func (l *Link) Decide(ctx context.Context, id string, a conflicts.Answer) (int, error) {
	a.At = l.cfg.Now()
	if field, all := strings.CutPrefix(id, allOfField); all {
		return l.decideField(ctx, record.Field(field), a)
	}
	if id == AllAlike {
		return l.decideAlike(ctx, a)
	}
	q, err := l.cfg.Store.Question(ctx, id)
	switch {
	case errors.Is(err, port.ErrNone):
		return 0, fmt.Errorf("question %s: %w; passerelle conflicts list %s shows those that wait", id, port.ErrNone, l.cfg.ID)
	case err != nil:
		return 0, fmt.Errorf("ledger: %w", err)
	}
	if q.State == conflicts.Closed {
		return 0, fmt.Errorf("%w: question %s is closed (%s)", ErrAnswer, id, q.How)
	}
	answered, err := l.answered(q, a)
	if err != nil {
		return 0, err
	}
	return 1, l.commitAnswers(ctx, []conflicts.Question{answered})
}

// decideField answers every open question about just a field.
func (l *Link) decideField(ctx context.Context, field record.Field, a conflicts.Answer) (int, error) {
	if a.Verb == conflicts.TakeValue {
		return 0, fmt.Errorf("%w: one value cannot be the answer for everybody; give each question its own", ErrAnswer)
	}
	n, err := l.decideAll(ctx, a, func(q *conflicts.Question) bool {
		return q.Kind == conflicts.BothChanged && slices.Equal(q.Fields, []record.Field{field})
	})
	if err == nil && n == 0 {
		return 0, fmt.Errorf("%w: no open question is about %s alone; passerelle conflicts list %s shows those that wait", port.ErrNone, field, l.cfg.ID)
	}
	return n, err
}

// decideAlike answers every open question about two who agree in everything. That they are different is said of each alone: it
// makes a second person of each.
func (l *Link) decideAlike(ctx context.Context, a conflicts.Answer) (int, error) {
	if a.Verb != conflicts.Same && a.Verb != conflicts.Later {
		return 0, fmt.Errorf("%w: of all who agree in everything it can be said that they are the same, or later; any other answer is given one by one", ErrAnswer)
	}
	n, err := l.decideAll(ctx, a, func(q *conflicts.Question) bool { return q.Kind == conflicts.Match && q.Group == conflicts.Alike })
	if err == nil && n == 0 {
		return 0, fmt.Errorf("%w: no open question is about two who agree in everything; passerelle conflicts list %s shows those that wait", port.ErrNone, l.cfg.ID)
	}
	return n, err
}

// decideAll answers every open question that is one of those meant, and returns how many.
func (l *Link) decideAll(ctx context.Context, a conflicts.Answer, meant func(*conflicts.Question) bool) (int, error) {
	open, err := l.cfg.Store.Questions(ctx, conflicts.Open)
	if err != nil {
		return 0, fmt.Errorf("ledger: questions: %w", err)
	}
	var answered []conflicts.Question
	for _, q := range open {
		if !meant(&q) {
			continue
		}
		done, err := l.answered(q, a)
		if err != nil {
			return 0, err
		}
		answered = append(answered, done)
	}
	if len(answered) == 0 {
		return 0, nil
	}
	return len(answered), l.commitAnswers(ctx, answered)
}

func (l *Link) commitAnswers(ctx context.Context, questions []conflicts.Question) error {
	var entries []port.Entry
	for i := range questions {
		entries = append(entries, l.decided(&questions[i], "answered "+string(questions[i].Answer.Verb), questions[i].Answer.By))
	}
	if err := l.cfg.Store.Commit(ctx, port.Batch{Questions: questions, History: entries}); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// decided returns the entry of the history about what a person decided on a question.
func (l *Link) decided(q *conflicts.Question, what, by string) port.Entry {
	ref := q.Club
	if ref == "" {
		ref = q.Federation
	}
	e := port.Entry{
		At: l.cfg.Now(), Person: q.Person, Ref: ref, Kind: q.Record, Identity: q.Identity, Rule: string(q.Kind), Question: q.ID, Decision: what, By: by,
	}
	for _, f := range q.Fields {
		if e.After == nil {
			e.After = map[record.Field]record.Value{}
		}
		if e.After[f] = record.NotCarried(); q.Answer != nil {
			e.After[f] = q.Answer.Value
		}
	}
	return e
}

// answered returns the question with the answer, checked.
func (l *Link) answered(q conflicts.Question, a conflicts.Answer) (conflicts.Question, error) {
	if !q.Offers(a.Verb) {
		return q, fmt.Errorf("%w: question %s takes %s", ErrAnswer, q.ID, offered(q.Answers))
	}
	if a.Verb == conflicts.TakeValue {
		if len(q.Fields) != 1 {
			return q, fmt.Errorf("%w: question %s is about several fields, and a value answers one", ErrAnswer, q.ID)
		}
		def := l.cfg.Schema.Kind(q.Record).Field(q.Fields[0])
		v, err := mapping.Canonical(def.Type, a.Value.Text())
		if err != nil {
			return q, fmt.Errorf("%w: question %s: what stands after value= is no value of %s", ErrAnswer, q.ID, q.Fields[0])
		}
		for _, side := range record.Sides() {
			if v.IsEmpty() && slices.Contains(l.cfg.Sides[side].Profile.Shape().Required[q.Record], q.Fields[0]) {
				return q, fmt.Errorf("%w: question %s: the %s does not let %s be empty", ErrAnswer, q.ID, side, q.Fields[0])
			}
		}
		a.Value = v
	}
	q.State, q.Answer = conflicts.Answered, &a
	return q, nil
}

func offered(verbs []conflicts.Verb) string {
	var words []string
	for _, v := range verbs {
		word := string(v)
		if v == conflicts.TakeValue {
			word = "value=…"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// Only narrows an approval to some of a plan's changes. The zero Only takes them all; of several lists given, a change has
// to be in each. Persons are named as the plan names them: the club's document, else the federation's. By is who approves.
type Only struct {
	By      string
	IDs     []string
	Persons []string
	Sides   []record.Side
	Kinds   []record.Op
}

func (o Only) takes(item *port.PlannedItem) bool {
	return (len(o.IDs) == 0 || slices.Contains(o.IDs, item.ID)) &&
		(len(o.Persons) == 0 || slices.Contains(o.Persons, item.Person)) &&
		(len(o.Sides) == 0 || slices.Contains(o.Sides, item.Side)) &&
		(len(o.Kinds) == 0 || slices.Contains(o.Kinds, item.Kind))
}

// Approve lets the next run carry the changes of the plan that waits, or some of them, as far as their hashes still stand
// then; it writes to no system. persons has to be the number of persons in the plan (INCIDENTS 39). It returns how many
// changes were approved. Errors: ErrPlan, ErrPersons, ErrPart.
func (l *Link) Approve(ctx context.Context, plan string, persons int, only Only) (int, error) {
	held, err := l.cfg.Store.Held(ctx)
	if err != nil {
		return 0, fmt.Errorf("ledger: held plan: %w", err)
	}
	if held.ID == "" || held.ID != plan {
		return 0, fmt.Errorf("plan %s: %w", plan, ErrPlan)
	}
	if held.Persons != persons {
		return 0, fmt.Errorf("%w: plan %s is about %d persons; look at it with passerelle plan %s", ErrPersons, plan, held.Persons, l.cfg.ID)
	}
	for _, id := range only.IDs {
		if !slices.ContainsFunc(held.Changes, func(item port.PlannedItem) bool { return item.ID == id }) {
			return 0, fmt.Errorf("plan %s has no change %q: %w", plan, id, ErrPart)
		}
	}
	for _, person := range only.Persons {
		if !slices.ContainsFunc(held.Changes, func(item port.PlannedItem) bool { return item.Person == person }) {
			return 0, fmt.Errorf("plan %s is not about %q: %w", plan, person, ErrPart)
		}
	}
	until := l.cfg.Now().Add(approvalHolds)
	approve := map[string]time.Time{}
	for i := range held.Changes {
		if only.takes(&held.Changes[i]) {
			approve[held.Changes[i].ID] = until
		}
	}
	if len(approve) == 0 {
		return 0, fmt.Errorf("plan %s has no change that is all of what was named: %w", plan, ErrPart)
	}
	entry := port.Entry{
		At: l.cfg.Now(), Rule: "plan " + plan, By: only.By,
		Decision: fmt.Sprintf("approved (changes: %d of %d, persons in the plan: %d)", len(approve), len(held.Changes), held.Persons),
	}
	if err := l.cfg.Store.Commit(ctx, port.Batch{Approve: approve, History: []port.Entry{entry}}); err != nil {
		return 0, fmt.Errorf("ledger: %w", err)
	}
	return len(approve), nil
}
