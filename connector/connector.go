// Package connector is the engine: it keeps one club and one federation in step, one cycle at a time.
//
// RunOnce reads like the picture of the cycle: list, take apart, link, reconcile, note, guard, journal, look, write, read
// back, record. Everything it decides about a person it leaves to reconcile, everything it remembers to a port.Store, and
// everything outside to two port.Systems. Answers of people enter at link, at reconcile and at guard, and nowhere else.
package connector

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// A Link keeps one club and one federation in step. Its methods may be called from several goroutines; one run at a time
// is carried out, a second waits for it.
type Link struct {
	cfg     Config
	turn    chan struct{} // holds one token: whoever has it runs
	wake    chan struct{} // holds one token when somebody wants a run now
	drain   chan struct{} // closed by the first Drain
	drained sync.Once
	last    atomic.Pointer[lastRun]
	told    atomic.Pointer[teller]  // nil until Serve: whoever asks for a single run is told by its report
	cursors map[record.Side]*cursor // belongs to whoever has the token
}

// A Config is everything that a Link is made of. Nothing in it has a default here: the configuration gives them.
type Config struct {
	ID       string
	Sides    map[record.Side]End
	Store    port.Store
	Schema   *record.Schema
	Policy   *conflicts.Policy
	Guards   Guards
	Waves    []Wave
	Tariff   Tariff            // may be the zero Tariff: then a plan is not said in money
	Settings map[string]string // hashes of profiles, policy and scope: a changed one holds everything (decision 12)
	Poll     time.Duration     // the least time between two listings that prove a record gone
	Now      func() time.Time
	Log      zerolog.Logger
	Progress Progress  // may be nil
	Observe  func(Ran) // told of every run when it has ended; may be nil
	Tally    Tally     // may be nil: then a ledger that was set back by hand is not recognised
}

// A Ran is a run that has ended.
type Ran struct {
	Options Options
	Report  Report
	Err     error
	Took    time.Duration
}

// An End is one side's system with the profile that reads it. Organisation is whose data it has to be.
type End struct {
	System       port.System
	Profile      *mapping.Profile
	Organisation string
}

// Progress is told how far a run is: the step, and how much of it is done (total 0: not known).
type Progress func(step string, done, total int)

// Options change one run.
type Options struct {
	DryRun bool // the same cycle up to guard: nothing is written, to a system or to the ledger
	Full   bool // look at every document again, whatever the ledger remembers of it
	Deltas bool // read a side that can tell by its changes where that is enough; Full prevails
}

// New returns a Link. It reads nothing and sends nothing.
func New(cfg Config) *Link {
	return &Link{cfg: cfg, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), drain: make(chan struct{}), cursors: map[record.Side]*cursor{}}
}

// Drain ends the run under way: at once while it reads, for then nothing has been sent; else when the write that it is at is
// finished and recorded. No later run reads or writes anything.
func (l *Link) Drain() { l.drained.Do(func() { close(l.drain) }) }

func (l *Link) draining() bool {
	select {
	case <-l.drain:
		return true
	default:
		return false
	}
}

// errDrained is why reading ends when the link is drained.
var errDrained = errors.New("the process was told to end, and the reading was given up")

// untilDrained returns a context that Drain ends. The function that it returns lets go of it.
func (l *Link) untilDrained(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if l.draining() {
		cancel(errDrained)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-l.drain:
			cancel(errDrained)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
	}
}

// Wake has the loop run at once instead of at the next poll, whatever it was waiting for: the secret that was refused has
// been replaced, say. It waits for nothing.
func (l *Link) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// ID returns the link's name in the configuration.
func (l *Link) ID() string { return l.cfg.ID }

// Errors that a command meets.
var (
	// ErrPersons is returned by Approve when the number of persons given is not the plan's.
	ErrPersons = errors.New("that is not the number of persons in this plan")
	// ErrPart is returned by Approve when what is named is no part of the plan.
	ErrPart = errors.New("a part is a side (club, federation), what is done (create, update, clear, end, ask), a person (contact/123), or the ID of a change")
	// ErrPlan is returned by Approve when the plan is not the one that waits.
	ErrPlan = errors.New("no such plan waits")
	// ErrAnswer is returned by Decide when the question does not offer the answer, or the value is none.
	ErrAnswer = errors.New("this answer cannot be taken")
)

// Held returns the plan that waits for approval, without changes when none does.
func (l *Link) Held(ctx context.Context) (port.Plan, error) { return l.cfg.Store.Held(ctx) }

// Questions returns the questions in one of the states, oldest first; without states, all.
func (l *Link) Questions(ctx context.Context, states ...conflicts.State) ([]conflicts.Question, error) {
	return l.cfg.Store.Questions(ctx, states...)
}
