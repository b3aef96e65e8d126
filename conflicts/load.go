package conflicts

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"passerelle/internal/record"
)

//go:embed policies/*.yaml
var policies embed.FS

// LoadPolicy returns the policy of a pair of systems, "fairgate+stv", for a schema. override replaces rules for one link,
// "member.email" to its rule. The error names, all at once, what is wrong; an override of a field that there is not comes
// with the nearest one that there is.
func LoadPolicy(name string, schema *record.Schema, override map[string]Rule) (*Policy, error) {
	rules, err := readPolicy(name)
	if err != nil {
		return nil, err
	}
	var problems []error
	for _, field := range slices.Sorted(maps.Keys(override)) {
		if _, known := rules[field]; !known {
			near := nearest(field, slices.Sorted(maps.Keys(rules)))
			problems = append(problems, fmt.Errorf("policy: %s is no field; did you mean %s?", field, near))
			continue
		}
		rules[field] = override[field]
	}
	p, err := NewPolicy(schema, rules)
	if err != nil {
		problems = append(problems, fmt.Errorf("policy %s: %w", name, err))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return p, nil
}

func readPolicy(name string) (map[string]Rule, error) {
	text, err := policies.ReadFile("policies/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no policy %q", name)
	}
	rules, err := parseRules(text)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", name, err)
	}
	return rules, nil
}

// parseRules reads the table of a policy: "member.email" to its rule.
func parseRules(text []byte) (map[string]Rule, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	rules := map[string]Rule{}
	if err := decoder.Decode(&rules); err != nil {
		return nil, err
	}
	return rules, nil
}

// nearest returns the name that takes the fewest letters to be changed into, where names has any.
func nearest(name string, names []string) string {
	best, fewest := "", -1
	for _, candidate := range names {
		if n := letters(strings.ToLower(name), strings.ToLower(candidate)); fewest < 0 || n < fewest {
			best, fewest = candidate, n
		}
	}
	return best
}

// letters counts the letters to insert, drop or replace until a is b.
func letters(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
