package conflicts

import (
	"slices"
	"time"
)

// Note returns what has to be stored after a cycle has raised these questions about persons whose stored questions are
// given: new ones open, ones whose values changed stand open again, ones that were not raised any more close and say so.
// What is unchanged is not returned, so a quiet cycle stores nothing. Both lists are of the same persons.
func Note(stored, raised []Question, now time.Time) []Question {
	old := make(map[string]Question, len(stored))
	for _, q := range stored {
		old[q.ID] = q
	}
	var changed []Question
	still := make(map[string]bool, len(raised))
	for _, q := range raised {
		if still[q.ID] {
			continue
		}
		still[q.ID] = true
		was, known := old[q.ID]
		switch {
		case !known || was.State == Closed:
			q.State, q.Opened = Open, now
		case was.Fingerprint != q.Fingerprint:
			q.State, q.Opened = Open, was.Opened
		case was.Person != q.Person:
			q.State, q.Opened, q.Answer = was.State, was.Opened, was.Answer
		case q.Evidence != nil && (q.Group != was.Group || !slices.Equal(q.Evidence, was.Evidence)): // the same question, better explained
			q.State, q.Opened, q.Answer = was.State, was.Opened, was.Answer
		default:
			continue
		}
		changed = append(changed, q)
	}
	for _, q := range stored {
		if still[q.ID] || q.State == Closed || (q.Kind == NotYours && q.State == Open) {
			continue // what was set back is shown until a person has seen it
		}
		q.How = "dissolved: the two sides no longer disagree"
		if q.State == Answered {
			q.How = "carried out as answered"
		}
		q.State, q.Ended = Closed, now
		changed = append(changed, q)
	}
	return changed
}
