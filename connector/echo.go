package connector

import (
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

const (
	// together is how near to each other the stamps of the two sides have to be. They are of two clocks: where those differ
	// by more, nothing is noticed, and nothing else follows.
	together = time.Minute
	// again is how many runs have to find such a change before it counts as another interface.
	again = 3
	// echoFades is after how long without another one they are forgotten.
	echoFades = 30 * 24 * time.Hour
)

// echo counts this run when both sides have come to hold the same other value within a minute, without us. What a killed run
// has written is still in the journal, and counts for nothing.
func (r *run) echo() {
	ours := map[uint64]bool{}
	for i := range r.intents {
		ours[r.intents[i].Person] = true
	}
	for _, w := range r.works {
		if w.person.ID == 0 || ours[w.person.ID] || !r.echoed(w) {
			continue
		}
		next := port.Echo{Runs: 1, Last: r.now.UTC()}
		if before := r.runs.Echo; before != nil && r.now.Sub(before.Last) < echoFades {
			next.Runs += before.Runs
		}
		r.runs.Echo, r.batch.runs = &next, true
		return
	}
}

// echoed reports whether a record of a person was changed on both sides to the same value, within a minute by their stamps.
func (r *run) echoed(w *work) bool {
	for _, at := range w.outcome.Together {
		pair := &w.outcome.Pairs[at]
		club, federation := w.docs[record.Club][pair.Club.Document].Changed, w.docs[record.Federation][pair.Federation.Document].Changed
		if !club.IsZero() && !federation.IsZero() && club.Sub(federation).Abs() <= together {
			return true
		}
	}
	return false
}

// interferes reports whether somebody else seems to write the same data.
func interferes(e *port.Echo, now time.Time) bool {
	return e != nil && e.Runs >= again && now.Sub(e.Last) < echoFades
}
