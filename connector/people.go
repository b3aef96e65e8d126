package connector

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// Someone is a person as both sides show them now: a pair, or one who stands alone.
type Someone struct {
	Club       string `json:"club,omitempty"` // the documents; "" where there is none
	Federation string `json:"federation,omitempty"`
	Number     string `json:"number,omitempty"`
	Name       string `json:"name,omitempty"` // the caller's to hide
	// Why says what an unlinked person is left alone for: one of the Alone reasons, "" for who is to be created on the other
	// side. A linked one has none.
	Why    string `json:"why,omitempty"`
	Linked bool   `json:"linked"`
}

// Why somebody who is not linked is left alone.
const (
	AloneForgotten  = "forgotten"    // a person said to forget them
	AloneOutOfScope = "out-of-scope" // no membership, or in a category that is not kept in step: they never leave the club
	AloneLeft       = "left"         // they had left before the link
	AloneAsked      = "asked"        // a question about them is open
	AloneWaits      = "waits"        // something else has to come first
)

// People reads both sides and returns who is not linked, or with all everybody; of them those whose folded first and last name
// contain name. It changes nothing. A side that cannot be read is a Stopped.
func (l *Link) People(ctx context.Context, name string, all bool) ([]Someone, *Stopped, error) {
	found := []Someone{}
	folded := mapping.FoldName(name)
	report, err := l.once(ctx, Options{DryRun: true, Full: true}, func(r *run, _ []planned) {
		for _, w := range r.works {
			s, ok := r.someone(w)
			if ok && (all || !s.Linked) && strings.Contains(mapping.FoldName(s.Name), folded) {
				found = append(found, s)
			}
		}
	})
	slices.SortFunc(found, func(a, b Someone) int {
		return cmp.Or(cmp.Compare(a.Club, b.Club), cmp.Compare(a.Federation, b.Federation))
	})
	return found, report.Stopped, err
}

// someone describes a work, where there is a member in it.
func (r *run) someone(w *work) (Someone, bool) {
	s := Someone{Number: w.person.Number, Name: r.name(w), Linked: w.person.ID != 0}
	for _, side := range record.Sides() {
		m := w.member(side)
		if m == nil {
			continue
		}
		if side == record.Club {
			s.Club = m.Ref.Document
		} else {
			s.Federation = m.Ref.Document
		}
		s.Number = cmp.Or(s.Number, r.number(w, side))
	}
	if !s.Linked {
		s.Why = r.alone(w)
	}
	return s, !w.absorbed && (s.Club != "" || s.Federation != "")
}

// alone says why somebody who is not linked is left alone, "" for who is not.
func (r *run) alone(w *work) string {
	inScope, left := false, false
	for _, side := range record.Sides() {
		if lead := w.record(side, r.cfg.Schema.Lead(), ""); lead != nil && w.member(side) != nil {
			inScope, left = inScope || lead.Life.Stage != record.Outside, left || lead.Life.Over()
		}
	}
	switch {
	case w.forgotten:
		return AloneForgotten
	case w.outside && !inScope:
		return AloneOutOfScope
	case w.outside && left:
		return AloneLeft
	case w.outside || w.pending:
		return AloneAsked
	case len(w.outcome.Waits) > 0 && len(w.outcome.Changes) == 0:
		return AloneWaits
	}
	return ""
}
