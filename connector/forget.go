package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// forgottenReason begins the key, and is the reason, of what stays of somebody who was forgotten. It stands with the other
// refusals: the person is not to be created again.
const forgottenReason = "forgotten"

// A Forgotten says who was forgotten, what was removed, and what the two sides go on holding.
type Forgotten struct {
	Link       string      `json:"link"`
	Club       []string    `json:"club"`       // documents that the club holds of the person
	Federation []string    `json:"federation"` // the federation's
	Removed    port.Erased `json:"removed"`
	Done       bool        `json:"done"` // false: only counted
}

// Forget removes everything that the ledger knows of a person but salted digests of the federation number, and of the names
// with the birth date: whoever shows them is from then on left alone, on both sides, and neither created, linked nor asked
// about (INCIDENTS N15). Nothing is written to either side. who is a document of the person or the federation number; dry only
// counts. salt is used when the ledger has none yet. Errors: ErrPerson.
func (l *Link) Forget(ctx context.Context, who, salt string, dry bool) (out Forgotten, err error) {
	eraser, ok := l.cfg.Store.(port.Eraser)
	if !ok {
		return out, errors.New("this store cannot forget")
	}
	err = l.Still(ctx, func(ctx context.Context) error {
		p, err := l.person(ctx, who)
		if err != nil {
			return err
		}
		runs, err := l.cfg.Store.Runs(ctx)
		if err != nil {
			return fmt.Errorf("ledger: runs: %w", err)
		}
		if runs.Salt != "" {
			salt = runs.Salt
		}
		keep := map[string]port.Refusal{}
		for _, key := range l.digests(&p, salt) {
			keep[key] = port.Refusal{Reason: forgottenReason, At: l.cfg.Now().UTC().Truncate(24 * time.Hour)}
		}
		out = Forgotten{Link: l.cfg.ID, Club: p.Documents(record.Club), Federation: p.Documents(record.Federation), Done: !dry}
		out.Removed, err = eraser.Erase(ctx, port.Erasure{Person: p.ID, Keep: keep, Salt: salt, Dry: dry})
		return err
	})
	return out, err
}

// Prune removes history, and closed questions, from before a time, between two runs.
func (l *Link) Prune(ctx context.Context, before time.Time) (erased port.Erased, err error) {
	eraser, ok := l.cfg.Store.(port.Eraser)
	if !ok {
		return erased, nil
	}
	err = l.Still(ctx, func(ctx context.Context) (err error) {
		erased, err = eraser.Prune(ctx, before)
		return err
	})
	return erased, err
}

// digests returns the keys under which a person is remembered as forgotten, by what the base says that either side held.
func (l *Link) digests(p *port.Person, salt string) []string {
	own := l.cfg.Schema.Kinds[0]
	var keys []string
	if p.Number != "" {
		keys = append(keys, forgottenKey(salt, p.Number))
	}
	if pair := p.Pair(own.Name, ""); pair != nil {
		for _, side := range record.Sides() {
			for _, key := range personKeys(held(&own, pair, side), numberField(l.cfg.Schema), salt) {
				if !slices.Contains(keys, key) {
					keys = append(keys, key)
				}
			}
		}
	}
	return keys
}

// personKeys returns the keys under which somebody who shows this record would be remembered as forgotten.
func personKeys(m *record.Record, number record.Field, salt string) []string {
	var keys []string
	if n := m.Value(number).Text(); n != "" {
		keys = append(keys, forgottenKey(salt, n))
	}
	parts := []string{mapping.FoldName(m.Value(lastName).Text()), mapping.FoldName(m.Value(firstName).Text()), m.Value(birthDate).Text()}
	if !slices.Contains(parts, "") {
		keys = append(keys, forgottenKey(salt, parts...))
	}
	return keys
}

func forgottenKey(salt string, parts ...string) string {
	return forgottenReason + " " + reconcile.Hash(salt+"\n"+strings.Join(parts, "\n"))
}

// isForgotten reports whether somebody who shows this record was forgotten.
func (l *Link) isForgotten(ctx context.Context, m *record.Record) (bool, error) {
	runs, err := l.cfg.Store.Runs(ctx)
	if err != nil {
		return false, fmt.Errorf("ledger: runs: %w", err)
	}
	refusals, err := l.cfg.Store.Refusals(ctx)
	if err != nil {
		return false, fmt.Errorf("ledger: refusals: %w", err)
	}
	return runs.Salt != "" && shows(m, numberField(l.cfg.Schema), runs.Salt, refusals), nil
}

// shows reports whether a record is that of somebody who is remembered as forgotten.
func shows(m *record.Record, number record.Field, salt string, refusals map[string]port.Refusal) bool {
	return slices.ContainsFunc(personKeys(m, number, salt), func(key string) bool {
		_, is := refusals[key]
		return is
	})
}

// forgotten reports whether somebody who is in no ledger was forgotten: then the listing that shows them is left alone.
func (r *run) forgotten(w *work) bool {
	if r.runs.Salt == "" || w.person.ID != 0 {
		return false
	}
	for _, side := range record.Sides() {
		if m := w.member(side); m != nil && shows(m, r.numberField(), r.runs.Salt, r.refusals) {
			return true
		}
	}
	return false
}
