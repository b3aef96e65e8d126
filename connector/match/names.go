package match

import (
	"slices"
	"strings"
	"unicode"

	"passerelle/mapping"
)

// A name is a last or a first name in the forms in which it is compared, each empty for no name.
type name struct {
	folded string   // as mapping.FoldName has it
	loose  string   // folded twice
	parts  []string // the parts of a double name, folded twice; one part for any other, without particles
	forms  []string // whatever it may be met as: loose, parts, and the names that a nickname stands for
}

// lastNameOf returns the forms of a last name.
func lastNameOf(text string) name {
	n := newName(text)
	n.forms = distinct(append([]string{n.loose}, n.parts...))
	return n
}

// firstNameOf returns the forms of a first name, with the names that it is a nickname of.
func firstNameOf(text string) name {
	n := newName(text)
	forms := append([]string{n.loose}, n.parts...)
	for _, form := range slices.Clone(forms) {
		forms = append(forms, nicknames()[form]...)
	}
	n.forms = distinct(forms)
	return n
}

func newName(text string) name {
	n := name{folded: mapping.FoldName(text)}
	n.loose = loosened(n.folded)
	for _, word := range words(text) {
		if folded := mapping.FoldName(word); len(folded) > 1 && !slices.Contains(particles(), folded) {
			n.parts = append(n.parts, loosened(folded))
		}
	}
	if n.parts = distinct(n.parts); len(n.parts) == 0 {
		n.parts = distinct([]string{n.loose})
	}
	return n
}

// words splits a name where it is neither letter, mark nor digit.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
}

// distinct returns what is not empty, sorted, each once.
func distinct(texts []string) []string {
	texts = slices.DeleteFunc(texts, func(text string) bool { return text == "" })
	slices.Sort(texts)
	return slices.Compact(texts)
}

// particles returns what stands before a last name, or says that a name at birth follows.
func particles() []string {
	return []string{
		"al", "dal", "dall", "de", "degli", "del", "dell", "della", "den", "der", "di", "do", "dos", "du", "el", "geb", "geboren",
		"im", "la", "le", "lo", "nata", "nee", "te", "ten", "van", "vom", "von", "zu", "zum", "zur",
	}
}

//nolint:gochecknoglobals // tables that are built once and never changed
var (
	umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")
	sounds  = strings.NewReplacer(
		"ey", "ei", "ay", "ei", "ai", "ei",
		"ph", "f", "th", "t", "dt", "t", "tz", "z", "ck", "k", "ch", "ch", "c", "k", "y", "i",
	)
)

// withoutUmlauts makes one of an umlaut, its two letters and the letter without marks: ä, ae and a.
func withoutUmlauts(folded string) string { return umlauts.Replace(folded) }

// loosened folds a folded name once more, so that spellings which are heard alike are one. The result is no spelling of
// anything, and only compared.
func loosened(folded string) string {
	text := sounds.Replace(withoutUmlauts(folded))
	var b strings.Builder
	last := rune(-1)
	for _, r := range text {
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// compareLast returns whether last names are the same: any part of a double name in common is near, because it may be the
// name before a marriage.
func compareLast(a, b name) (Verdict, string) {
	verdict, rule := compareWhole(a, b)
	if verdict != Differs || !meet(a.parts, b.parts) {
		return verdict, rule
	}
	if len(a.parts) > 1 || len(b.parts) > 1 {
		return Near, doubleName
	}
	return Near, particle
}

// compareFirst returns whether first names are the same. A nickname is near its name, and a part of a double name near the
// whole; two that have only the name behind them or one part in common (Marie-Claude and Marie-Louise) are different people.
func compareFirst(a, b name) (Verdict, string) {
	verdict, rule := compareWhole(a, b)
	switch {
	case verdict != Differs:
		return verdict, rule
	case stands(a.loose, b.loose):
		return Near, nickname
	case within(a.parts, b.parts, same), within(b.parts, a.parts, same):
		return Near, doubleName
	case within(a.parts, b.parts, stands), within(b.parts, a.parts, stands):
		return Near, nickname
	}
	return Differs, ""
}

func compareWhole(a, b name) (Verdict, string) {
	switch {
	case a.folded == "" || b.folded == "":
		return Unknown, ""
	case a.folded == b.folded:
		return Equal, ""
	case withoutUmlauts(a.folded) == withoutUmlauts(b.folded):
		return Near, umlaut
	case a.loose == b.loose:
		return Near, spelling
	}
	return Differs, ""
}

func same(a, b string) bool { return a == b }

// stands reports whether two loosened names are one, or one of them is a nickname of the other.
func stands(a, b string) bool {
	return a == b || slices.Contains(nicknames()[a], b) || slices.Contains(nicknames()[b], a)
}

// within reports whether each of the parts is one of the others.
func within(parts, others []string, is func(a, b string) bool) bool {
	for _, p := range parts {
		if !slices.ContainsFunc(others, func(o string) bool { return is(p, o) }) {
			return false
		}
	}
	return true
}

// meet reports whether two sorted lists have an element in common.
func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(text string) bool { return slices.Contains(b, text) })
}

// mistyped reports whether one typing error lies between two folded names of at least four letters: a letter more, less or
// other, or two neighbours exchanged.
func mistyped(a, b string) bool {
	s, t := []rune(a), []rune(b)
	if len(s) > len(t) {
		s, t = t, s
	}
	if len(s) < 4 || len(t)-len(s) > 1 {
		return false
	}
	i := 0
	for i < len(s) && s[i] == t[i] {
		i++
	}
	if len(s) < len(t) {
		return slices.Equal(s[i:], t[i+1:])
	}
	if i == len(s) || slices.Equal(s[i+1:], t[i+1:]) {
		return i < len(s)
	}
	return s[i] == t[i+1] && s[i+1] == t[i] && slices.Equal(s[i+2:], t[i+2:])
}
