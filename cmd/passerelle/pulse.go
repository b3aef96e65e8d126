package main

import (
	"context"
	"sync"
	"time"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

const (
	// silence is how long a run may show no sign of life. Between two signs lies one request at most, and a request ends
	// within minutes, its repetitions and pauses counted.
	silence = 15 * time.Minute
	// longestPause is the longest pause of a link whose runs fail, where its poll is no longer.
	longestPause = time.Hour
)

// A pulse knows until when each link must have shown a sign of life: a page that was read, a person compared, a write, the
// end of a run. A run of a large club may take as long as it likes; one that hangs shows nothing.
type pulse struct {
	now   func() time.Time
	mu    sync.Mutex
	polls map[string]time.Duration
	until map[string]time.Time
}

func newPulse(now func() time.Time) *pulse {
	return &pulse{now: now, polls: map[string]time.Duration{}, until: map[string]time.Time{}}
}

// watch has the pulse know a link, which is alive.
func (p *pulse) watch(link string, poll time.Duration) {
	p.mu.Lock()
	p.polls[link] = poll
	p.mu.Unlock()
	p.sign(link)
}

// sign is told of a sign of life in a run.
func (p *pulse) sign(link string) { p.extend(link, 0) }

// ran is told of the end of a run. The next begins after a pause, which is longer after a failure.
func (p *pulse) ran(link string, r connector.Ran) {
	p.mu.Lock()
	pause := p.polls[link]
	p.mu.Unlock()
	if r.Err != nil || r.Report.Stopped != nil {
		pause = max(pause, longestPause)
	}
	p.extend(link, pause+pause/10) // the loop's jitter
}

// extend gives a link until the pause is over and the silence after it. What it had already it keeps: a command's run may
// end while the loop pauses for longer.
func (p *pulse) extend(link string, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.now().Add(pause + silence); until.After(p.until[link]) {
		p.until[link] = until
	}
}

// stuck returns the links that have been silent for too long, sorted.
func (p *pulse) stuck() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	silent := map[string]bool{}
	for link, until := range p.until {
		if p.now().After(until) {
			silent[link] = true
		}
	}
	return sortedKeys(silent)
}

// A lively system shows a sign of life with everything that it answers, for whoever reads it outside of a run.
type lively struct {
	port.System
	sign func()
}

// List implements port.System.
func (s lively) List(ctx context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	return s.System.List(ctx, kind, func(documents []record.Document) error {
		s.sign()
		return page(documents)
	})
}

// Read implements port.System.
func (s lively) Read(ctx context.Context, ref string) (record.Document, error) {
	defer s.sign()
	return s.System.Read(ctx, ref)
}
