package conflicts_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

func TestNewPolicy(t *testing.T) {
	t.Parallel()
	schema := &record.Schema{Domain: "club", Kinds: []record.KindDef{{Name: "member", Fields: []record.FieldDef{
		{Name: "number", Derived: record.Federation}, {Name: "phone"}, {Name: "street", Group: "address"}, {Name: "city", Group: "address"},
	}}}}
	whole := func(change map[string]conflicts.Rule) map[string]conflicts.Rule {
		rules := map[string]conflicts.Rule{
			"member.number": {Owner: conflicts.OwnerDerived}, "member.phone": {Owner: conflicts.OwnerBoth, Both: conflicts.TakeClub},
			"member.street": {Owner: conflicts.OwnerClub}, "member.city": {Owner: conflicts.OwnerClub},
		}
		for name, rule := range change {
			rules[name] = rule
			if rule.Owner == "" && rule.Both == "" {
				delete(rules, name)
			}
		}
		return rules
	}
	rows := []struct {
		name   string
		change map[string]conflicts.Rule
		want   []string // what the error says, all of it
	}{
		{name: "a rule for every field"},
		{name: "a field without a rule", change: map[string]conflicts.Rule{"member.phone": {}}, want: []string{"member.phone has no rule"}},
		{
			name: "a rule without a field", change: map[string]conflicts.Rule{"member.fax": {Owner: conflicts.OwnerBoth}},
			want: []string{"member.fax is no field of the domain club"},
		},
		{
			name: "an owner that there is not", change: map[string]conflicts.Rule{"member.phone": {Owner: "newest"}},
			want: []string{`member.phone: owner "newest" is none of club, federation, both, derived`},
		},
		{
			name: "clocks do not decide", change: map[string]conflicts.Rule{"member.phone": {Owner: conflicts.OwnerBoth, Both: "newest"}},
			want: []string{`member.phone: both "newest" is none of ask, club, federation`},
		},
		{
			name: "a derived field that people own", change: map[string]conflicts.Rule{"member.number": {Owner: conflicts.OwnerBoth}},
			want: []string{"member.number: owner derived belongs to the fields that a side gives by itself, and to no others"},
		},
		{
			name: "a field that people edit as derived", change: map[string]conflicts.Rule{"member.phone": {Owner: conflicts.OwnerDerived}},
			want: []string{"member.phone: owner derived belongs to the fields that a side gives by itself, and to no others"},
		},
		{
			name: "a group that could not move together", change: map[string]conflicts.Rule{"member.city": {Owner: conflicts.OwnerBoth}},
			want: []string{`member.city: its rule differs from that of its group "address"`},
		},
		{
			name:   "all problems at once, in order",
			change: map[string]conflicts.Rule{"member.number": {Owner: "x"}, "member.phone": {}, "member.b": {Owner: conflicts.OwnerBoth}, "member.a": {Owner: conflicts.OwnerBoth}},
			want: []string{
				`member.number: owner "x" is none of club, federation, both, derived`, "member.phone has no rule",
				"member.a is no field of the domain club", "member.b is no field of the domain club",
			},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := conflicts.NewPolicy(schema, whole(tt.change))
			var got []string
			if err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}

	p, err := conflicts.NewPolicy(schema, whole(nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.Of("member", "city"), (conflicts.Rule{Owner: conflicts.OwnerClub, Both: conflicts.Ask}); got != want {
		t.Errorf("a rule that does not say what happens when both changed: got %v, want %v", got, want)
	}
	if got, want := p.Of("member", "phone").Both, conflicts.TakeClub; got != want {
		t.Errorf("a rule that says it: got %q, want %q", got, want)
	}
}

func TestOfAFieldWithoutARule(t *testing.T) {
	t.Parallel()
	p, err := conflicts.NewPolicy(&record.Schema{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a field that no rule names was decided")
		}
	}()
	p.Of("member", "phone")
}
