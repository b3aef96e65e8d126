package match

import (
	"slices"

	"passerelle/internal/record"
)

// Compare returns how alike two records are. Compare(a, b) equals Compare(b, a). The number and the three parts have a row
// each, always in this order; what else both sides hold follows.
func Compare(a, b *record.Record) Likeness {
	p, q := personOf(a), personOf(b)
	return compare(&p, &q)
}

func compare(a, b *person) Likeness {
	parts := compareParts(a, b)
	rows := append([]Row{compareText(memberNumber, a.number, b.number)}, parts[:]...)
	rows = append(rows, aside(a, b, parts)...)
	l := Likeness{Rows: rows}
	for _, part := range parts {
		if part.agrees() {
			l.Parts++
		}
	}
	against := false
	for _, r := range rows {
		l.Score += points(r)
		against = against || r.Rule == household
	}
	if against && apart(parts) {
		l.Score -= 10
	}
	return l
}

// compareParts compares last name, first name and birth date. A typing error in a name counts when the other two agree.
func compareParts(a, b *person) [3]Row {
	parts := [3]Row{{Field: lastName}, {Field: firstName}, {Field: birthDate}}
	parts[0].Verdict, parts[0].Rule = compareLast(a.last, b.last)
	parts[1].Verdict, parts[1].Rule = compareFirst(a.first, b.first)
	parts[2].Verdict, parts[2].Rule = compareBorn(a.born, b.born)
	last, first, born := &parts[0], &parts[1], &parts[2]
	switch {
	case last.Verdict == Differs && first.agrees() && born.agrees() && mistyped(a.last.folded, b.last.folded):
		last.Verdict, last.Rule = Near, typing
	case first.Verdict == Differs && last.agrees() && born.agrees() && mistyped(a.first.folded, b.first.folded):
		first.Verdict, first.Rule = Near, typing
	}
	return parts
}

// apart reports whether the parts tell two people of a household apart: first names or birth dates differ.
func apart(parts [3]Row) bool { return parts[1].Verdict == Differs || parts[2].Verdict == Differs }

// aside compares what proves nobody: the sex, and what people who live together share. What a side does not hold has no row.
func aside(a, b *person, parts [3]Row) []Row {
	rows := []Row{
		compareText(gender, a.gender, b.gender), compareText(street, a.home, b.home), compareText(phonePrivate, a.private, b.private),
		compareText(phoneMobile, a.mobile, b.mobile), compareText(email, a.email, b.email),
	}
	for i := range rows {
		r := &rows[i]
		if r.Field == gender || r.Verdict != Equal {
			continue
		}
		switch {
		case r.Field == email && !apart(parts) && carries(a.email, a.first) && carries(a.email, b.first):
			r.Rule = ownName
		case r.Field != phoneMobile || apart(parts):
			r.Rule = household
		}
	}
	return slices.DeleteFunc(rows, func(r Row) bool { return r.Verdict == Unknown })
}

func compareText(f record.Field, a, b string) Row {
	switch {
	case a == "" || b == "":
		return Row{Field: f}
	case a == b:
		return Row{Field: f, Verdict: Equal}
	}
	return Row{Field: f, Verdict: Differs}
}

// points returns what a row adds to the score. Another first name or birth date takes away more than another last name, which a
// marriage changes; a number takes away less than it adds, because numbers are mixed up within households.
func points(r Row) int {
	if r.Rule == household {
		return 0
	}
	equal, near, differs := weight(r.Field)
	switch r.Verdict {
	case Equal:
		return equal
	case Near:
		return near
	case Differs:
		return differs
	case Unknown:
	}
	return 0
}

// weight returns what a field adds to the score when it is equal, near, and when it differs.
func weight(f record.Field) (equal, near, differs int) {
	switch f {
	case memberNumber:
		return 30, 0, -15
	case lastName:
		return 25, 20, -10
	case firstName:
		return 30, 24, -30
	case birthDate:
		return 35, 20, -25
	case gender:
		return 0, 0, -15
	case email:
		return 10, 0, 0
	case phoneMobile:
		return 5, 0, 0
	}
	return 0, 0, 0
}

// isCandidate reports whether two people may be one: two parts agree in what they are known by, or the number is the same.
func (l *Likeness) isCandidate() bool {
	known := 0
	for _, f := range []record.Field{lastName, firstName, birthDate} {
		r := l.row(f)
		if r.agrees() && r.Rule != typing && r.Rule != partOff && r.Rule != exchanged {
			known++
		}
	}
	return known > 1 || l.row(memberNumber).Verdict == Equal
}

// bare returns the score without what the number adds or takes away.
func (l *Likeness) bare() int { return l.Score - points(l.row(memberNumber)) }
