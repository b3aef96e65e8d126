package porttest

import (
	"context"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Tap is a store that asks before and after each call of another one. A call is named by its method: "Commit". An error
// of Before is returned instead of calling; an error of After is returned when the call has been made, as if its answer
// had been lost. A nil function lets everything pass. What a Tap hands on to fn in the Each methods is not asked about.
type Tap struct {
	Store  port.Store
	Before func(call string) error
	After  func(call string) error
}

var _ port.Store = Tap{}

// tapped makes a call, with the questions around it. Nothing comes out beside an error.
func tapped[T any](t Tap, call string, fn func() (T, error)) (T, error) {
	var none T
	if t.Before != nil {
		if err := t.Before(call); err != nil {
			return none, err
		}
	}
	value, err := fn()
	if t.After != nil && err == nil {
		err = t.After(call)
	}
	if err != nil {
		return none, err
	}
	return value, nil
}

// made is a tapped call that has no result.
func made(t Tap, call string, fn func() error) error {
	_, err := tapped(t, call, func() (struct{}, error) { return struct{}{}, fn() })
	return err
}

// Person implements port.People.
func (t Tap) Person(ctx context.Context, id uint64) (port.Person, error) {
	return tapped(t, "Person", func() (port.Person, error) { return t.Store.Person(ctx, id) })
}

// PersonOf implements port.People.
func (t Tap) PersonOf(ctx context.Context, s record.Side, document string) (port.Person, error) {
	return tapped(t, "PersonOf", func() (port.Person, error) { return t.Store.PersonOf(ctx, s, document) })
}

// Numbered implements port.People.
func (t Tap) Numbered(ctx context.Context, number string) ([]uint64, error) {
	return tapped(t, "Numbered", func() ([]uint64, error) { return t.Store.Numbered(ctx, number) })
}

// EachPerson implements port.People.
func (t Tap) EachPerson(ctx context.Context, fn func(port.Person) error) error {
	return made(t, "EachPerson", func() error { return t.Store.EachPerson(ctx, fn) })
}

// Candidates implements port.People.
func (t Tap) Candidates(ctx context.Context, s record.Side, keys []string) ([]port.Stranger, error) {
	return tapped(t, "Candidates", func() ([]port.Stranger, error) { return t.Store.Candidates(ctx, s, keys) })
}

// Sights implements port.Sights.
func (t Tap) Sights(ctx context.Context, s record.Side, documents []string) (map[string]port.Sight, error) {
	return tapped(t, "Sights", func() (map[string]port.Sight, error) { return t.Store.Sights(ctx, s, documents) })
}

// EachSight implements port.Sights.
func (t Tap) EachSight(ctx context.Context, s record.Side, fn func(string, port.Sight) error) error {
	return made(t, "EachSight", func() error { return t.Store.EachSight(ctx, s, fn) })
}

// SightCount implements port.Sights.
func (t Tap) SightCount(ctx context.Context, s record.Side) (uint32, error) {
	return tapped(t, "SightCount", func() (uint32, error) { return t.Store.SightCount(ctx, s) })
}

// Pending implements port.Journal.
func (t Tap) Pending(ctx context.Context) ([]port.Intent, error) {
	return tapped(t, "Pending", func() ([]port.Intent, error) { return t.Store.Pending(ctx) })
}

// Question implements port.Queue.
func (t Tap) Question(ctx context.Context, id string) (conflicts.Question, error) {
	return tapped(t, "Question", func() (conflicts.Question, error) { return t.Store.Question(ctx, id) })
}

// Questions implements port.Queue.
func (t Tap) Questions(ctx context.Context, states ...conflicts.State) ([]conflicts.Question, error) {
	return tapped(t, "Questions", func() ([]conflicts.Question, error) { return t.Store.Questions(ctx, states...) })
}

// Held implements port.Plans.
func (t Tap) Held(ctx context.Context) (port.Plan, error) {
	return tapped(t, "Held", func() (port.Plan, error) { return t.Store.Held(ctx) })
}

// Approved implements port.Plans.
func (t Tap) Approved(ctx context.Context) (map[string]time.Time, error) {
	return tapped(t, "Approved", func() (map[string]time.Time, error) { return t.Store.Approved(ctx) })
}

// Refusals implements port.Plans.
func (t Tap) Refusals(ctx context.Context) (map[string]port.Refusal, error) {
	return tapped(t, "Refusals", func() (map[string]port.Refusal, error) { return t.Store.Refusals(ctx) })
}

// Runs implements port.Plans.
func (t Tap) Runs(ctx context.Context) (port.Runs, error) {
	return tapped(t, "Runs", func() (port.Runs, error) { return t.Store.Runs(ctx) })
}

// History implements port.Plans.
func (t Tap) History(ctx context.Context, fn func(port.Entry) error) error {
	return made(t, "History", func() error { return t.Store.History(ctx, fn) })
}

// Commit implements port.Committer.
func (t Tap) Commit(ctx context.Context, b port.Batch) error {
	return made(t, "Commit", func() error { return t.Store.Commit(ctx, b) })
}
