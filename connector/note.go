package connector

import (
	"cmp"
	"slices"

	"passerelle/conflicts"
	"passerelle/connector/port"
)

// note stores the questions that were raised about these persons, opens again those whose values have changed, and closes
// those that nobody asks any more. whole says that the persons are all that are in sight: then a stored question that was
// not raised about anybody has dissolved as well.
func (r *run) note(works []*work, whole bool) {
	raised := slices.Clone(r.asked)
	for _, w := range works {
		if !w.pending && !w.skipped {
			raised = append(raised, w.outcome.Questions...)
		}
	}
	kept := map[string]bool{}
	for i := range r.asked {
		kept[r.asked[i].ID] = true
	}
	var stored []conflicts.Question
	for _, q := range r.stored {
		if kept[q.ID] || r.concerns(works, &q, whole) {
			stored = append(stored, q)
		}
	}
	slices.SortFunc(stored, func(a, b conflicts.Question) int { return cmp.Compare(a.ID, b.ID) })
	for _, q := range conflicts.Note(stored, raised, r.now) {
		was := r.stored[q.ID]
		if q.State == conflicts.Open && was.State != conflicts.Open {
			r.report.Conflicts.Opened++
		}
		r.stored[q.ID] = q
		r.batch.question(q)
	}
}

// concerns reports whether a stored question has to be raised again to stay: it is about one of the persons, and that
// person was decided about.
func (r *run) concerns(works []*work, q *conflicts.Question, whole bool) bool {
	for _, w := range works {
		if w.questionsOf(q) {
			undecided := w.person.ID != 0 && w.pending && (w.person.State != port.Parked || q.Kind == conflicts.Merged)
			return !w.skipped && !undecided
		}
	}
	return whole
}

// countQuestions completes the report with what is open.
func (r *run) countQuestions() {
	r.report.Conflicts.ByKind = map[conflicts.Kind]int{}
	for _, q := range r.stored {
		if q.State == conflicts.Open {
			r.report.Conflicts.Open++
			r.report.Conflicts.ByKind[q.Kind]++
		}
	}
}

// progress tells whoever watches how far the run is.
func (r *run) progress(step string, done, total int) {
	if r.cfg.Progress != nil {
		r.cfg.Progress(step, done, total)
	}
}
