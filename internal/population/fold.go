package population

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns the letters of a name in lower case without marks, so that "Böhlen", its decomposed spelling and "BOHLEN" are
// one, and "Weißhaupt" is "weisshaupt". Spaces, hyphens and apostrophes are dropped.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, norm.NFD.String(strings.ReplaceAll(name, "ß", "ss")))
}
