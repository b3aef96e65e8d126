package reconcile_test

import (
	"fmt"
	"slices"
	"strings"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// This file holds Reconcile to a second telling of decisions 3 to 6: a table of situations by owners, which is then tried
// with everything that two sides and a base can hold, and with every answer.

// A verdict is what has to come of one unit: who is written, whether it is a set-back, and what is asked.
type verdict string

const (
	nothing      verdict = "nothing"
	toClub       verdict = "to the club"
	toFederation verdict = "to the federation"
	backClub     verdict = "set back at the club"
	backFed      verdict = "set back at the federation"
	firstClub    verdict = "the club's empty place takes it"
	firstFed     verdict = "the federation's empty place takes it"
	ask          verdict = "ask"
)

// columns are the ways in which a field can be owned, in the order of the table.
func columns() []string {
	return []string{"club", "federation", "both, ask", "both, club", "both, federation", "derived"}
}

func rules() map[string]conflicts.Rule {
	return map[string]conflicts.Rule{
		"club":             {Owner: conflicts.OwnerClub},
		"federation":       {Owner: conflicts.OwnerFederation},
		"both, ask":        {Owner: conflicts.OwnerBoth, Both: conflicts.Ask},
		"both, club":       {Owner: conflicts.OwnerBoth, Both: conflicts.TakeClub},
		"both, federation": {Owner: conflicts.OwnerBoth, Both: conflicts.TakeFederation},
		"derived":          bothAsk(), // of the fields that people edit; the derived one has its own
	}
}

// table is the decision: rows are what happened, columns are whose it is (derived: the federation's).
func table() map[string][]verdict {
	return map[string][]verdict{
		// owner: club, federation, both (ask, club, federation), derived
		"nothing":            {nothing, nothing, nothing, nothing, nothing, nothing},
		"club moved":         {toFederation, backClub, toFederation, toFederation, toFederation, backClub},
		"federation moved":   {backFed, toClub, toClub, toClub, toClub, toClub},
		"both moved":         {backFed, backClub, ask, toFederation, toClub, backClub},
		"club empty":         {firstClub, firstClub, firstClub, firstClub, firstClub, firstClub},
		"federation empty":   {firstFed, firstFed, firstFed, firstFed, firstFed, nothing},
		"two values":         {ask, ask, ask, ask, ask, ask},
		"a mixed club":       {toFederation, ask, toFederation, toFederation, toFederation, ask},
		"a mixed federation": {ask, toClub, toClub, toClub, toClub, toClub},
	}
}

// A cell is what base and sides hold in one field. "-" is not carried, "!" is there and cannot be read; a base "a~c" is a
// value that the federation spells in its own way, c.
type cell struct{ base, club, federation string }

// was returns what the two sides held.
func (c cell) was() (club, federation string) {
	if len(c.base) > 1 {
		return c.base[:1], c.base[2:]
	}
	return c.base, c.base
}

// happened names the situation of one field, a row of the table.
func (c cell) happened() string {
	unseen := []string{"-", "!"}
	if slices.Contains(unseen, c.club) || slices.Contains(unseen, c.federation) || c.club == c.federation {
		return "nothing"
	}
	if c.base == "-" {
		return firstRows()[[2]bool{c.club == "", c.federation == ""}]
	}
	club, federation := c.was()
	return laterRows()[[2]bool{c.club != club, c.federation != federation}]
}

// firstRows names what happened without a base, by who is empty.
func firstRows() map[[2]bool]string {
	return map[[2]bool]string{{true, false}: "club empty", {false, true}: "federation empty", {false, false}: "two values"}
}

// laterRows names what happened since the base, by who moved.
func laterRows() map[[2]bool]string {
	return map[[2]bool]string{
		{false, false}: "nothing", {true, false}: "club moved", {false, true}: "federation moved", {true, true}: "both moved",
	}
}

// agreed is what the base has to say afterwards, before anything is written.
func (c cell) agreed() string {
	if c.club == c.federation && c.club != "-" && c.club != "!" {
		return c.club
	}
	club, _ := c.was()
	return club
}

// A result is what came, or has to come, of a unit.
type result struct {
	Club, Federation map[record.Field]string
	Rules            []string
	Asked            []string // kind of question and what it offers
	Agreed           map[record.Field]string
	Waits            int // none: everything has a place that may be written, but where the federation gives the value
}

// cellsOf puts the cells of fields into records and base.
func cellsOf(kind record.Kind, cells map[record.Field]cell) reconcile.Subject {
	base := port.Base{Agreed: map[record.Field]record.Value{}, Life: lives(record.Present, record.Present)}
	club := staged(kind, record.Life{Stage: record.Present})
	federation := staged(kind, record.Life{Stage: record.Present})
	for f, c := range cells {
		fill(club, f, c.club)
		fill(federation, f, c.federation)
		if c.base == "-" {
			continue
		}
		wasClub, wasFed := c.was()
		base.Agreed[f] = record.Of(wasClub)
		if wasFed != wasClub {
			base.SetOwn(record.Federation, f, record.Of(wasFed))
		}
	}
	return subject(kind, "", club, federation, base)
}

func fill(r *record.Record, f record.Field, state string) {
	switch state {
	case "-":
	case "!":
		if r.Issues == nil {
			r.Issues = map[record.Field]record.Issue{}
		}
		r.Issues[f] = record.Unreadable
	default:
		r.Fields[f] = record.Of(state)
	}
}

// resultOf tells what an outcome did to the fields of the member.
func resultOf(out reconcile.Outcome, fields []record.Field) result {
	got := result{Club: map[record.Field]string{}, Federation: map[record.Field]string{}, Agreed: map[record.Field]string{}}
	for _, c := range out.Changes {
		to := got.Club
		if c.Side == record.Federation {
			to = got.Federation
		}
		for f, v := range c.Set {
			to[f] = v.Text()
			if !v.Carried() {
				to[f] = "-"
			}
		}
		got.Rules = append(got.Rules, c.Rule)
	}
	for _, q := range out.Questions {
		got.Asked = append(got.Asked, fmt.Sprint(q.Kind, q.Answers))
	}
	for _, f := range fields {
		got.Agreed[f] = "-"
		if v := out.Pairs[0].Base.Agreed[f]; v.Carried() {
			got.Agreed[f] = v.Text()
		}
	}
	got.Waits = len(out.Waits)
	slices.Sort(got.Rules)
	slices.Sort(got.Asked)
	return got
}

// An oracle tells what has to come of the unit with these cells.
type oracle struct {
	cells  map[record.Field]cell
	owner  int    // a column
	answer string // "", a verb, or value=x
}

func (o oracle) want() result {
	want := result{Club: map[record.Field]string{}, Federation: map[record.Field]string{}, Agreed: map[record.Field]string{}}
	var differ []record.Field
	unreadable := false
	for f, c := range o.cells {
		want.Agreed[f] = c.agreed()
		if c.happened() != "nothing" {
			differ = append(differ, f)
		}
		unreadable = unreadable || c.club == "!" || c.federation == "!"
	}
	if unreadable {
		o.unreadable(&want)
		return want
	}
	copyTo := func(to map[record.Field]string, from func(cell) string, rule string) {
		for _, f := range differ {
			to[f] = from(o.cells[f])
		}
		want.Rules = []string{rule}
	}
	clubs, federations := func(c cell) string { return c.club }, func(c cell) string { return c.federation }
	switch table()[o.situation()][o.owner] {
	case nothing:
	case toClub:
		copyTo(want.Club, federations, "policy")
	case toFederation:
		copyTo(want.Federation, clubs, "policy")
	case firstClub:
		copyTo(want.Club, federations, "first link")
	case firstFed:
		copyTo(want.Federation, clubs, "first link")
	case backClub:
		copyTo(want.Club, federations, "set back")
		want.Asked = []string{"not-yours[leave]"}
	case backFed:
		copyTo(want.Federation, clubs, "set back")
		want.Asked = []string{"not-yours[leave]"}
	case ask:
		offered := []string{"club", "federation", "leave"}
		if len(differ) == 1 {
			offered = []string{"club", "federation", "value", "leave"}
		}
		if columns()[o.owner] == "derived" {
			offered = []string{"federation", "leave"}
		}
		want.Asked = []string{"both-changed" + fmt.Sprint(offered)}
		verb, typed := split(o.answer)
		switch {
		case !slices.Contains(offered, verb):
		case verb == "club":
			copyTo(want.Federation, clubs, "answer")
		case verb == "federation":
			copyTo(want.Club, federations, "answer")
		case verb == "value":
			o.typed(&want, differ[0], typed)
		}
	}
	return want
}

// situation names the row for the whole unit: what happened to its fields, taken together.
func (o oracle) situation() string {
	seen := map[string]bool{}
	for _, c := range o.cells {
		seen[c.happened()] = true
	}
	delete(seen, "nothing")
	first := seen["club empty"] || seen["federation empty"] || seen["two values"]
	based := seen["club moved"] || seen["federation moved"] || seen["both moved"]
	byClub := seen["club moved"] || seen["both moved"] || seen["federation empty"] || seen["two values"]
	byFederation := seen["federation moved"] || seen["both moved"] || seen["club empty"] || seen["two values"]
	switch {
	case !first && !based:
		return "nothing"
	case first && byClub && byFederation:
		return "two values"
	case first && based && byClub:
		return "a mixed club"
	case first && based:
		return "a mixed federation"
	case first && byClub:
		return "federation empty"
	case first:
		return "club empty"
	case byClub && byFederation:
		return "both moved"
	case byClub:
		return "club moved"
	default:
		return "federation moved"
	}
}

// typed tells where a typed value goes: to each side that holds another one.
func (o oracle) typed(want *result, f record.Field, value string) {
	c := o.cells[f]
	if c.club != value && c.club != "-" {
		want.Club[f] = value
		want.Rules = append(want.Rules, "answer")
	}
	if c.federation != value && c.federation != "-" && columns()[o.owner] != "derived" {
		want.Federation[f] = value
		want.Rules = append(want.Rules, "answer")
	}
}

// unreadable tells what is asked about values that cannot be read, and what the answers do; nothing else of the unit moves.
// Of two questions about one field the club's is the one that is answered.
func (o oracle) unreadable(want *result) {
	verb, value := split(o.answer)
	derived := columns()[o.owner] == "derived"
	for f, c := range o.cells {
		asked := false
		for _, side := range record.Sides() {
			mine, theirs := c.club, c.federation
			if side == record.Federation {
				mine, theirs = theirs, mine
			}
			if mine != "!" {
				continue
			}
			readable := theirs != "-" && theirs != "!" && theirs != ""
			var offered []string
			if readable && (!derived || side == record.Club) {
				offered = append(offered, string(side.Other()))
			}
			if !derived {
				offered = append(offered, "value")
			}
			offered = append(offered, "leave")
			want.Asked = append(want.Asked, "unreadable"+fmt.Sprint(offered))
			first := !asked
			asked = true
			if !first || !slices.Contains(offered, verb) || verb == "leave" {
				continue
			}
			to, other := want.Club, want.Federation
			if side == record.Federation {
				to, other = other, to
			}
			want.Rules = append(want.Rules, "answer")
			if verb != "value" {
				to[f] = theirs
				continue
			}
			to[f] = value
			if theirs != "-" && theirs != "!" && theirs != value {
				other[f] = value
				want.Rules = append(want.Rules, "answer")
			}
		}
	}
	slices.Sort(want.Asked)
	slices.Sort(want.Rules)
}

func split(answer string) (verb, value string) {
	verb, value, _ = strings.Cut(answer, "=")
	return verb, value
}
