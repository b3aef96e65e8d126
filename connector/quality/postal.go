package quality

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"passerelle/mapping"
)

//go:embed postal.csv
var postalText string

// A directory is the postal codes of Switzerland and Liechtenstein with their towns.
type directory struct {
	towns map[string][]string // by code, in the order of the file
	codes map[string][]string // by the folded words of a form of the town
}

// loadDirectory reads the directory that is part of the program.
func loadDirectory() (*directory, error) {
	d := &directory{towns: map[string][]string{}, codes: map[string][]string{}}
	for line := range strings.Lines(postalText) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		code, town, ok := strings.Cut(line, ";")
		if !ok {
			return nil, fmt.Errorf("postal directory: %q is no code and town", line)
		}
		d.towns[code] = append(d.towns[code], town)
		for _, form := range townForms(town) {
			if key := strings.Join(form, " "); !slices.Contains(d.codes[key], code) {
				d.codes[key] = append(d.codes[key], code)
			}
		}
	}
	return d, nil
}

// knows reports whether a code is in the directory.
func (d *directory) knows(code string) bool { return len(d.towns[code]) > 0 }

// agree reports whether a town, as people write it, is one of a code's. One that is another town's name as it stands is not.
func (d *directory) agree(code, town string) bool {
	return d.among(code, town, slices.Equal) || !d.has(town) && d.among(code, town, sameTown)
}

// among reports whether a form of a town is that of a town of the code.
func (d *directory) among(code, town string, same func(a, b []string) bool) bool {
	typed := townForms(town)
	return slices.ContainsFunc(d.towns[code], func(known string) bool {
		return slices.ContainsFunc(townForms(known), func(form []string) bool {
			return slices.ContainsFunc(typed, func(other []string) bool { return same(form, other) })
		})
	})
}

// sameTown reports whether two names may be those of one town: word for word, a word as its first letter or two ("Langnau i.E."),
// and without the rest that only one of them has ("Zürich Oerlikon"), unless that leaves a short word alone ("St.").
func sameTown(a, b []string) bool {
	const telling = 4 // letters of a first word that tells towns apart
	if a[0] != b[0] || len(a[0]) < telling {
		return false
	}
	for i := range min(len(a), len(b)) {
		short, long := a[i], b[i]
		if len(short) > len(long) {
			short, long = long, short
		}
		if short != long && (len(short) > 2 || !strings.HasPrefix(long, short)) {
			return false
		}
	}
	return true
}

// town returns the one town of a code, "" when it has several or none.
func (d *directory) town(code string) string {
	if len(d.towns[code]) != 1 {
		return ""
	}
	return d.towns[code][0]
}

// has reports whether there is a town of that name, whatever its code.
func (d *directory) has(town string) bool {
	return slices.ContainsFunc(townForms(town), func(form []string) bool { return len(d.codes[strings.Join(form, " ")]) > 0 })
}

// code returns the one code of a town, "" when it has several or none.
func (d *directory) code(town string) string {
	for _, form := range townForms(town) {
		if codes := d.codes[strings.Join(form, " ")]; len(codes) == 1 {
			return codes[0]
		} else if len(codes) > 1 {
			return ""
		}
	}
	return ""
}

// townForms returns the forms under which a town is known, as folded words: as it is written; without the canton at its end and
// without what stands in brackets ("Buchs SG", "Gwatt (Thun)"); and each of two names ("Biel/Bienne"). The first is the whole.
func townForms(town string) [][]string {
	names := []string{town}
	bare, _, _ := strings.Cut(town, "(")
	if words := strings.Fields(bare); len(words) > 1 && isCanton(words[len(words)-1]) {
		bare = strings.Join(words[:len(words)-1], " ")
	}
	names = append(names, bare)
	if parts := strings.Split(bare, "/"); len(parts) > 1 {
		names = append(names, parts...)
	}
	var forms [][]string
	for _, name := range names {
		form := townWords(name)
		if len(form) > 0 && !slices.ContainsFunc(forms, func(f []string) bool { return slices.Equal(f, form) }) {
			forms = append(forms, form)
		}
	}
	return forms
}

// townWords returns the folded words of a town's name, with Sankt and Saint as St and Sainte as Ste.
func townWords(town string) []string {
	var words []string
	for _, word := range strings.FieldsFunc(town, func(r rune) bool { return strings.ContainsRune(" .-'’/()", r) }) {
		switch folded := mapping.FoldName(word); folded {
		case "":
		case "sankt", "saint":
			words = append(words, "st")
		case "sainte":
			words = append(words, "ste")
		default:
			words = append(words, folded)
		}
	}
	return words
}

func isCanton(word string) bool {
	const cantons = " AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH FL "
	return len(word) == 2 && strings.Contains(cantons, " "+word+" ")
}
