package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/conflicts"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// An exchange is what a link carries from where to where, as its profiles, its policy and its scope say it: names of fields,
// and the name of a kind where all that tells its records apart goes along.
type exchange struct {
	federation string
	categories []string
	out        []string // from the club to the federation
	later      []string // likewise, once the club's profile names a place for it
	back       []string // from the federation to the club
	stays      []string // that the club has a place for and the policy keeps there
}

// exchangeOf returns what a link carries.
func exchangeOf(s *setting) exchange {
	e := exchange{federation: s.Federation.System + " " + s.Federation.Club, categories: s.Scope.Categories}
	gaps := s.sides[record.Club].Profile.Gaps()
	club, federation := s.sides[record.Club].Profile.Shape(), s.sides[record.Federation].Profile.Shape()
	for _, kind := range s.schema.Kinds {
		if len(kind.Identity) > 0 {
			e.add(string(kind.Name), true, placed(gaps, kind.Name, ""))
			e.back = append(e.back, string(kind.Name))
		}
		for _, field := range kind.Fields {
			name := string(kind.Name) + "." + string(field.Name)
			owner := s.policy.Of(kind.Name, field.Name).Owner
			here := placed(gaps, kind.Name, field.Name)
			if len(kind.Identity) > 0 && !here {
				continue // what the club can hold of it, its profile says when it names a place
			}
			goes := federation.Writable[kind.Name][field.Name] && (owner == conflicts.OwnerClub || owner == conflicts.OwnerBoth)
			e.add(name, goes, here && owner != conflicts.OwnerDerived)
			if club.Writable[kind.Name][field.Name] && owner != conflicts.OwnerClub {
				e.back = append(e.back, name)
			}
		}
	}
	return e
}

// placed reports whether a field, or a kind where it is empty, has a place.
func placed(gaps []mapping.Gap, k record.Kind, f record.Field) bool {
	return !slices.ContainsFunc(gaps, func(g mapping.Gap) bool { return g.Kind == k && (g.Field == f || g.Field == "") })
}

func (e *exchange) add(name string, goes, here bool) {
	switch {
	case goes && here:
		e.out = append(e.out, name)
	case goes:
		e.later = append(e.later, name)
	case here:
		e.stays = append(e.stays, name)
	}
}

// named lists what would leave the club, one a line: what is agreed to. A field counts whether it has a place today or not; those
// of functions and subscriptions go with their kind.
func (e *exchange) named() []string {
	all := []string{"federation " + e.federation}
	for _, c := range e.categories {
		all = append(all, "category "+c)
	}
	for _, f := range slices.Concat(e.out, e.later) {
		kind, _, _ := strings.Cut(f, ".")
		if f != kind && slices.Contains(all, "field "+kind) {
			continue
		}
		all = append(all, "field "+f)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// text names all of it to the admin.
func (e *exchange) text(link string) string {
	var text strings.Builder
	line := lines(&text)
	line("%s: what this link exchanges with %s", link, e.federation)
	say := func(what, which string) {
		for _, part := range wrapped(which, 80) {
			line("  %-32s %s", what, part)
			what = ""
		}
	}
	say("about members of the categories", strings.Join(e.categories, ", "))
	say("from the club", byKind(e.out))
	if len(e.later) > 0 {
		say("and, once a place is named", byKind(e.later))
	}
	say("from the federation", byKind(e.back))
	say("never leave the club", "companies, people of no or of another category, and all else that your contacts hold")
	if len(e.stays) > 0 {
		say("", "among it "+byKind(e.stays))
	}
	line("Nothing leaves the club before you have seen the first plan and approved it (passerelle plan, passerelle approve).")
	return text.String()
}

// wrapped breaks a text between words into lines that are not longer than width, where a word is not.
func wrapped(text string, width int) []string {
	all := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &all[len(all)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			all = append(all, word)
		}
	}
	return all
}

// byKind joins names of fields, those of one kind behind its name: member (lastName, firstName), function.
func byKind(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	var kinds []string
	fields := map[string][]string{}
	for _, name := range names {
		kind, field, isField := strings.Cut(name, ".")
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
		if isField {
			fields[kind] = append(fields[kind], field)
		}
	}
	for i, kind := range kinds {
		if len(fields[kind]) > 0 {
			kinds[i] += " (" + strings.Join(fields[kind], ", ") + ")"
		}
	}
	return strings.Join(kinds, ", ")
}

// consent names what will leave the club before a secret of the link is sealed. On a terminal it asks, unless all of it has
// been agreed to before, and returns what to remember; without a terminal nobody can be asked, and nothing is remembered.
func (a *app) consent(ctx context.Context, state string, s *setting) (remember []string, err error) {
	e := exchangeOf(s)
	before, err := agreedBefore(state, s.ID)
	if err != nil {
		return nil, err
	}
	named := e.named()
	if len(before) > 0 && !slices.ContainsFunc(named, func(one string) bool { return !slices.Contains(before, one) }) {
		return nil, nil
	}
	_, _ = fmt.Fprint(a.stderr, e.text(s.ID)) // whoever cannot be told cannot be asked either
	if !isTerminal(a.stdin) {
		return nil, nil
	}
	agreed, err := a.agreed(ctx, "Do you agree to this, for the club?")
	if err != nil {
		return nil, err
	}
	if !agreed {
		return nil, &exitError{code: exitFailed, cause: nothingSealed(errors.New("you did not agree to what the link exchanges"))}
	}
	return named, nil
}

// consentPath is where a link remembers what was agreed to, one a line as exchange.named has it.
func consentPath(state, link string) string { return filepath.Join(state, link+".consent") }

// agreedBefore returns what was agreed to, nothing where nobody was asked.
func agreedBefore(state, link string) ([]string, error) {
	text, err := os.ReadFile(consentPath(state, link))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("what was agreed to: %w", err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), nil
}

// rememberConsent keeps what was agreed to; nothing is no consent.
func rememberConsent(state, link string, named []string) error {
	if len(named) == 0 {
		return nil
	}
	return replaceFile(consentPath(state, link), []byte(strings.Join(named, "\n")+"\n"))
}
