package conflicts

import (
	"slices"
	"testing"

	"passerelle/internal/record"
)

// FuzzRules reads anything as the table of a policy: either every field of the schema has a rule that there is, the same
// within a group and derived where the schema says so, or it is refused.
func FuzzRules(f *testing.F) {
	for _, text := range []string{
		"member.email: {owner: club}\nmember.street: {owner: both, both: ask}\nmember.city: {owner: both}\nmember.number: {owner: derived}\n",
		"member.email: {owner: federation, both: club}\nmember.street: {owner: club}\nmember.city: {owner: both}\nmember.number: {owner: club}\n",
		"member.email: {owner: derived}\nmember.street: {owner: both}\nmember.city: {owner: both}\nmember.number: {owner: derived}\n",
		"member.email: {owner: both, both: newest}\nmember.phone: {owner: club}\n",
		"member.email: {owner: club, clock: later}\n", "member.email: club\n", "member.email: {owner: [club]}\n",
		"a: &a {owner: club}\nmember.email: *a\n? {owner: club}\n: {owner: club}\n", "<<: {member.email: {owner: club}}\n",
		"- member.email\n", "null\n", "{}\n---\n{}\n", "\t", "",
	} {
		f.Add([]byte(text))
	}
	schema := &record.Schema{Domain: "club", Kinds: []record.KindDef{{Name: "member", Fields: []record.FieldDef{
		{Name: "email"}, {Name: "street", Group: "address"}, {Name: "city", Group: "address"}, {Name: "number", Derived: record.Federation},
	}}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := parseRules(text)
		if err != nil && rules != nil {
			t.Errorf("refused (%v), and rules: %v", err, rules)
		}
		p, err := NewPolicy(schema, rules)
		if err != nil {
			return
		}
		if len(rules) != 4 {
			t.Errorf("accepted with %d rules for 4 fields", len(rules))
		}
		for _, field := range schema.Kinds[0].Fields {
			rule := p.Of("member", field.Name)
			if !slices.Contains([]Owner{"club", "federation", "both", "derived"}, rule.Owner) || !slices.Contains([]Verb{"ask", "club", "federation"}, rule.Both) {
				t.Errorf("%s: accepted %+v", field.Name, rule)
			}
			if (rule.Owner == "derived") != (field.Name == "number") {
				t.Errorf("%s: accepted owner %s", field.Name, rule.Owner)
			}
		}
		if p.Of("member", "street") != p.Of("member", "city") {
			t.Error("half an address has its own rule")
		}
	})
}
