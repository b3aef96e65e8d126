package conflicts

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// An Owner says which side's changes of a field count.
type Owner string

// The owners of a field (DESIGN decision 6).
const (
	OwnerClub       Owner = "club"
	OwnerFederation Owner = "federation"
	OwnerBoth       Owner = "both"
	OwnerDerived    Owner = "derived" // given by the side that the schema names, and never written to it
)

// A Rule is the policy of one field: who owns it and, where both do, what happens when both changed it: "ask", "club" or
// "federation". No rule compares clocks (INCIDENTS 32).
type Rule struct {
	Owner Owner `yaml:"owner"`
	Both  Verb  `yaml:"both"`
}

// Ask is what a Rule says in Both when a person decides.
const Ask Verb = "ask"

// A Policy is a table that names every field of a domain.
type Policy struct {
	rules map[record.Kind]map[record.Field]Rule
}

// NewPolicy returns the policy with these rules, "member.email" to its rule. It reports, all at once, every field of the
// schema that has no rule, every rule that names no field, values that are none of the legal ones, and fields of one group
// whose rules differ: they could not move together.
func NewPolicy(schema *record.Schema, rules map[string]Rule) (*Policy, error) {
	p := &Policy{rules: map[record.Kind]map[record.Field]Rule{}}
	left := maps.Clone(rules)
	var problems []error
	for _, k := range schema.Kinds {
		p.rules[k.Name] = map[record.Field]Rule{}
		groups := map[string]Rule{}
		for _, f := range k.Fields {
			name := string(k.Name) + "." + string(f.Name)
			rule, ok := left[name]
			delete(left, name)
			if !ok {
				problems = append(problems, fmt.Errorf("%s has no rule", name))
				continue
			}
			if rule.Both == "" {
				rule.Both = Ask
			}
			problems = append(problems, checkRule(name, rule, f))
			if first, seen := groups[f.Group]; seen && f.Group != "" && first != rule {
				problems = append(problems, fmt.Errorf("%s: its rule differs from that of its group %q", name, f.Group))
			}
			groups[f.Group] = rule
			p.rules[k.Name][f.Name] = rule
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		problems = append(problems, fmt.Errorf("%s is no field of the domain %s", name, schema.Domain))
	}
	return p, errors.Join(problems...)
}

// Of returns the rule of a field. A field without one is a fault of the program, since NewPolicy demands every field.
func (p *Policy) Of(k record.Kind, f record.Field) Rule {
	rule, ok := p.rules[k][f]
	if !ok {
		panic(fmt.Sprintf("conflicts: no rule for %s.%s", k, f))
	}
	return rule
}

func checkRule(name string, r Rule, f record.FieldDef) error {
	owners := []Owner{OwnerClub, OwnerFederation, OwnerBoth, OwnerDerived}
	if !slices.Contains(owners, r.Owner) {
		return fmt.Errorf("%s: owner %q is none of club, federation, both, derived", name, r.Owner)
	}
	if (r.Owner == OwnerDerived) != (f.Derived != "") {
		return fmt.Errorf("%s: owner derived belongs to the fields that a side gives by itself, and to no others", name)
	}
	if !slices.Contains([]Verb{Ask, TakeClub, TakeFederation}, r.Both) {
		return fmt.Errorf("%s: both %q is none of ask, club, federation", name, strings.TrimSpace(string(r.Both)))
	}
	return nil
}
