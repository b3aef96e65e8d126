package verify

import (
	"context"
	"fmt"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Stray is something that the ledger says of a document and the side does not show: a reference, and what is wrong.
type Stray struct {
	Side    record.Side `json:"side"`
	Ref     string      `json:"ref"`
	Problem string      `json:"problem"`
}

// Documents reads both sides from end to end and holds the references of the ledger against them: every document of somebody
// who takes part is listed, or noted as missing; and the federation number is the one that the federation shows. Like Run it
// reports nothing when a side cannot be read whole.
func Documents(ctx context.Context, cfg Config) ([]Stray, error) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		return nil, fmt.Errorf("fsck: calendar: %w", err)
	}
	today := record.DateOf(cfg.Now().In(zurich))
	l, err := readLedger(ctx, cfg.Store)
	if err != nil {
		return nil, fmt.Errorf("fsck: ledger: %w", err)
	}
	var strays []Stray
	for _, side := range record.Sides() {
		seen, err := list(ctx, cfg.Sides[side], today)
		if err != nil {
			return nil, fmt.Errorf("fsck: %s: %w", side, err)
		}
		for i := range l.people {
			p := &l.people[i]
			for _, ref := range living(p, side) {
				_, in := seen.Taken[ref]
				if !in && !seen.Unread[ref] && !l.missing[place{side, ref}] {
					strays = append(strays, Stray{side, ref, fmt.Sprintf("person %d has it, and the listing does not show it", p.ID)})
				}
			}
			if side == record.Federation && misnumbered(p, seen, cfg.Schema) {
				strays = append(strays, Stray{side, p.Documents(side)[0], fmt.Sprintf("person %d has another number in the ledger than there", p.ID)})
			}
		}
	}
	return strays, nil
}

// living returns a person's documents on a side in which one record was not over when the base was taken.
func living(p *port.Person, side record.Side) []string {
	var refs []string
	for _, ref := range p.Documents(side) {
		for i := range p.Pairs {
			pair := &p.Pairs[i]
			stage := pair.Base.Life[side]
			if pair.Ref(side).Document == ref && (stage == record.Present || stage == record.Leaving) {
				refs = append(refs, ref)
				break
			}
		}
	}
	return refs
}

// misnumbered reports whether the federation shows another number of a person than the ledger has.
func misnumbered(p *port.Person, seen *shown, schema *record.Schema) bool {
	docs := p.Documents(record.Federation)
	if len(docs) == 0 || p.Number == "" {
		return false
	}
	own := schema.Kinds[0]
	for _, r := range seen.Taken[docs[0]].Records {
		for _, f := range own.Fields {
			if r.Kind == own.Name && f.Type == record.MemberNumber && r.Fields[f.Name].HasText() {
				return r.Fields[f.Name].Text() != p.Number
			}
		}
	}
	return false
}
