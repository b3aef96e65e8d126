package connector

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Tariff is what the federation bills for a member of a category a year. Of returns the fees of a year by category, in
// hundredths of the currency, and nil where none are known.
type Tariff struct {
	Currency string
	Of       func(year int) map[string]int
}

// Fees are what the federation bills a year for the people in its categories, before and after a plan.
type Fees struct {
	Year     int      `json:"year"`
	Currency string   `json:"currency"`
	Before   string   `json:"before"` // "5808.00"
	After    string   `json:"after"`
	Unknown  []string `json:"unknown"` // categories without a fee: who is in them is not in the sums
}

// Fees says what a plan does to the federation's fees of this year; nil when it does nothing, or the link has no tariff.
func (l *Link) Fees(c *port.Consequence) (*Fees, error) {
	zurich, err := calendar()
	if err != nil || c == nil || l.cfg.Tariff.Of == nil {
		return nil, err
	}
	out := &Fees{Year: l.cfg.Now().In(zurich).Year(), Currency: l.cfg.Tariff.Currency, Unknown: []string{}}
	fees := l.cfg.Tariff.Of(out.Year)
	before, after, moved := 0, 0, false
	for _, h := range c.Categories {
		if h.Side != record.Federation {
			continue
		}
		moved = true
		fee, known := fees[h.Category]
		if !known {
			out.Unknown = append(out.Unknown, h.Category)
		}
		before, after = before+h.Before*fee, after+h.After*fee
	}
	if !moved {
		return nil, nil //nolint:nilnil // the plan changes nothing there
	}
	out.Before, out.After = amount(before), amount(after)
	return out, nil
}

// amount writes hundredths as the currency does.
func amount(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }

// A seat is the place of a person in the categories of a side.
type seat struct {
	w    *work
	side record.Side
}

// moves returns who changes places among the categories of a side, from where and to where.
func (r *run) moves(changes []planned) map[seat][2]string {
	out := map[seat][2]string{}
	for i := range changes {
		c := &changes[i]
		if c.Kind != r.cfg.Schema.Lead() {
			continue
		}
		at := seat{c.w, c.Side}
		place, before := out[at]
		if !before {
			shown := r.categoryOf(c.w, c.Side)
			place = [2]string{shown, shown}
		}
		switch to := c.Set[category]; {
		case c.Op == record.End:
			place[1] = ""
		case to.HasText():
			place[1] = to.Text()
		case c.Return:
			place[1] = r.leadOf(c.w, c.Side).Value(category).Text()
		}
		out[at] = place
	}
	maps.DeleteFunc(out, func(_ seat, place [2]string) bool { return place[0] == place[1] })
	return out
}

// leadOf returns what a side shows of what leads a person's life, or did when it was last read; one that is hidden where
// nothing is known.
func (r *run) leadOf(w *work, side record.Side) *record.Record {
	pair := port.Pair{Kind: r.cfg.Schema.Lead()}
	if known := w.person.Pair(pair.Kind, ""); known != nil {
		pair = *known
	}
	rec := r.sight(w, &pair, side)
	switch {
	case rec == nil:
		return hidden(&pair, record.Ref{})
	case rec.Life.Stage == record.Unknown:
		return held(r.cfg.Schema.Kind(pair.Kind), &pair, side)
	}
	return rec
}

// categoryOf returns the category in which a side has a person now, "" where it has not.
func (r *run) categoryOf(w *work, side record.Side) string {
	if rec := r.leadOf(w, side); rec.Life.Active() {
		return rec.Value(category).Text()
	}
	return ""
}

// consequence says what changes do to the categories of the sides whose people they move; nil when they move nobody.
func (r *run) consequence(ctx context.Context, changes []planned) (*port.Consequence, error) {
	moves := r.moves(changes)
	if len(moves) == 0 {
		return nil, nil //nolint:nilnil // no consequence is none
	}
	heads, err := r.heads(ctx)
	if err != nil {
		return nil, err
	}
	after, sums := map[port.Headcount]int{}, map[port.Move]int{}
	for at, place := range moves {
		after[port.Headcount{Side: at.side, Category: place[0]}]--
		after[port.Headcount{Side: at.side, Category: place[1]}]++
		sums[port.Move{Side: at.side, From: place[0], To: place[1]}]++
	}
	out := &port.Consequence{Categories: []port.Headcount{}, Moves: []port.Move{}}
	for m, n := range sums {
		m.Persons = n
		out.Moves = append(out.Moves, m)
	}
	for h := range after {
		heads[h] += 0 // a category that is empty yet
	}
	for h, n := range heads {
		moved := slices.ContainsFunc(out.Moves, func(m port.Move) bool { return m.Side == h.Side })
		if h.Category != "" && moved {
			out.Categories = append(out.Categories, port.Headcount{Side: h.Side, Category: h.Category, Before: n, After: n + after[h]})
		}
	}
	slices.SortFunc(out.Categories, func(a, b port.Headcount) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.Category, b.Category))
	})
	slices.SortFunc(out.Moves, func(a, b port.Move) int {
		return cmp.Or(cmp.Compare(a.Side, b.Side), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out, nil
}

// heads counts the people that each side has in each category: those in sight as they are shown, the others as the base has them.
func (r *run) heads(ctx context.Context) (map[port.Headcount]int, error) {
	out := map[port.Headcount]int{}
	count := func(w *work) {
		for _, side := range record.Sides() {
			if of := r.categoryOf(w, side); of != "" {
				out[port.Headcount{Side: side, Category: of}]++
			}
		}
	}
	for _, w := range r.works {
		if !w.absorbed {
			count(w)
		}
	}
	err := r.cfg.Store.EachPerson(ctx, func(p port.Person) error {
		if r.byID[p.ID] == nil {
			count(newWork(r.cfg.Schema, p))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ledger: people: %w", err)
	}
	return out, nil
}
