package quality

import (
	"slices"
	"strings"
	"unicode"

	"passerelle/internal/record"
)

// names finds names in capitals, and in small letters throughout.
func (c *check) names(side record.Side, p *person) {
	for _, f := range []record.Field{lastName, firstName} {
		held := p.text(f)
		note := oneCase(held)
		if note == "" {
			continue
		}
		found := Finding{Kind: Name, Side: side, Record: memberKind, Field: f, Note: note, Held: held}
		if proposed := mixedCase(held, f == lastName); proposed != held {
			found.Proposed = proposed
		}
		c.note(p, found)
	}
}

// oneCase says whether a name is in "capitals" or in "small" letters as a whole, "" when it is neither. Two capitals may be
// somebody's initials.
func oneCase(name string) string {
	upper, lower := 0, 0
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	const initials = 2
	switch {
	case lower == 0 && upper > initials:
		return "capitals"
	case upper == 0 && lower > 1:
		return "small"
	}
	return ""
}

// mixedCase proposes how a name is spelled whose case is lost: MÜLLER-HUBER is Müller-Huber. Particles become small, but for one
// that ends a name or begins a first name, which is none.
func mixedCase(name string, last bool) string {
	words := strings.Fields(strings.ToLower(name))
	for i, word := range words {
		if isParticle(word) && len(words) > i+1 && (last || i > 0) {
			continue
		}
		parts := strings.Split(word, "-")
		for j, part := range parts {
			if j == 0 || !isParticle(part) {
				parts[j] = capitalised(part)
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}

func isParticle(word string) bool {
	return slices.Contains(strings.Fields("da de del della der di do dos du la le van von zu zum zur"), word)
}

// capitalised gives a word in small letters its capitals: the first one, those after an apostrophe, and the one of Mc.
func capitalised(word string) string {
	var out strings.Builder
	begins := true
	for _, r := range word {
		if begins {
			r = unicode.ToUpper(r)
		}
		out.WriteRune(r)
		begins = strings.ContainsRune("'’", r)
	}
	text := out.String()
	const shortest = 4 // letters of McKay's kind
	if rest, is := strings.CutPrefix(text, "Mc"); is && len([]rune(text)) >= shortest {
		letters := []rune(rest)
		return "Mc" + string(unicode.ToUpper(letters[0])) + string(letters[1:])
	}
	return text
}
