package propose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"passerelle/internal/record"
)

// Summary says what was found, one place a line, sure or perhaps.
func (p *Proposal) Summary() []string {
	var all []string
	add := func(sure bool, what, why string) {
		if !sure {
			what = "perhaps " + what
		}
		all = append(all, what+": "+why)
	}
	for _, f := range p.Places {
		add(f.Sure, fmt.Sprintf("%s in %s", f.Field, f.At), f.Why)
	}
	if known := howMany(p.Functions, func(c Choice) bool { return c.Sure }); len(p.Functions) > 0 {
		add(known > 0, "functions in "+p.FunctionsAt, fmt.Sprintf("%d of %s understood", known, count(len(p.Functions), "choice", "choices")))
	}
	for _, s := range p.Publications {
		what := "a subscription in " + s.At
		if s.Publication != "" {
			what = fmt.Sprintf("subscription %s in %s", s.Publication, s.At)
		}
		add(s.Sure, what, s.Why)
	}
	if spelled := p.spelled(); spelled > 0 {
		sure := howMany(p.Categories, func(s Spelling) bool { return s.Sure })
		all = append(all, fmt.Sprintf("names of categories: %d of %d understood", sure, spelled))
	}
	return all
}

func howMany[T any](all []T, is func(T) bool) int {
	n := 0
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

// spelled counts the texts at the place of the category.
func (p *Proposal) spelled() int {
	return howMany(p.Categories, func(s Spelling) bool { return s.Text != "" })
}

// Missing says what has no place and was not found, where that makes something impossible.
func (p *Proposal) Missing() []string {
	var all []string
	for _, g := range p.Open {
		whole := g.Field == "" && (g.Kind == "function" || g.Kind == "subscription")
		if whole || slices.Contains([]record.Field{"memberNumber", "category", "exitDate"}, g.Field) {
			all = append(all, g.Sentence)
		}
	}
	return all
}

// Differences says where one overlay says something else than another, one place a line. Comments do not count. An error says
// that one of them is no YAML.
func Differences(there, proposed []byte) ([]string, error) {
	old, err := flat(there)
	if err != nil {
		return nil, err
	}
	fresh, err := flat(proposed)
	if err != nil {
		return nil, err
	}
	places := maps.Clone(old)
	maps.Copy(places, fresh)
	var all []string
	for _, at := range slices.Sorted(maps.Keys(places)) {
		if old[at] == fresh[at] {
			continue
		}
		all = append(all, fmt.Sprintf("%s: there %s, proposed %s", at, orNothing(old[at]), orNothing(fresh[at])))
	}
	return all, nil
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// flat returns the values of a YAML text by their dotted places.
func flat(text []byte) (map[string]string, error) {
	var root any
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	values := map[string]string{}
	flatten(values, "", root)
	return values, nil
}

func flatten(into map[string]string, at string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			flatten(into, strings.TrimPrefix(at+"."+name, "."), inner)
		}
	case []any:
		if name, ok := publication(v); ok {
			for i, one := range v {
				flatten(into, at+"."+name[i], one)
			}
			return
		}
		var texts []string
		for _, one := range v {
			texts = append(texts, fmt.Sprint(one))
		}
		into[at] = strings.Join(texts, ", ")
	case nil:
	default:
		into[at] = fmt.Sprint(v)
	}
}

// publication returns the publications that a list is of, and false for another list.
func publication(list []any) ([]string, bool) {
	var names []string
	for _, one := range list {
		m, isMap := one.(map[string]any)
		if !isMap {
			return nil, false
		}
		names = append(names, fmt.Sprint(m["publication"]))
	}
	return names, len(names) > 0
}
