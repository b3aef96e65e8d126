package conflicts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// clubSchema reads the fields of the domain from where they are listed.
func clubSchema(t *testing.T) *record.Schema {
	t.Helper()
	text, err := os.ReadFile("../mapping/kinds/club.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Kinds []struct {
			Name   record.Kind
			Fields []struct {
				Name    record.Field
				Group   string
				Derived record.Side
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	schema := &record.Schema{Domain: "club"}
	for _, k := range file.Kinds {
		def := record.KindDef{Name: k.Name}
		for _, f := range k.Fields {
			def.Fields = append(def.Fields, record.FieldDef{Name: f.Name, Group: f.Group, Derived: f.Derived})
		}
		schema.Kinds = append(schema.Kinds, def)
	}
	return schema
}

func TestLoadPolicy(t *testing.T) {
	t.Parallel()
	schema := clubSchema(t)
	rows := []struct {
		name     string
		policy   string
		override map[string]conflicts.Rule
		kind     record.Kind
		field    record.Field
		want     conflicts.Rule
		err      string
	}{
		{
			name: "the club leads with the e-mail", policy: "fairgate+stv", kind: "member", field: "email",
			want: conflicts.Rule{Owner: conflicts.OwnerClub, Both: conflicts.Ask},
		},
		{
			name: "contact data belong to both sides and people are asked", policy: "fairgate+stv", kind: "member", field: "street",
			want: conflicts.Rule{Owner: conflicts.OwnerBoth, Both: conflicts.Ask},
		},
		{
			name: "the federation gives the number", policy: "fairgate+stv", kind: "member", field: "memberNumber",
			want: conflicts.Rule{Owner: conflicts.OwnerDerived, Both: conflicts.Ask},
		},
		{
			name: "the federation knows which affiliation is the primary one", policy: "fairgate+stv", kind: "affiliation", field: "primary",
			want: conflicts.Rule{Owner: conflicts.OwnerFederation, Both: conflicts.Ask},
		},
		{
			name: "a link has a rule of its own", policy: "fairgate+stv", kind: "member", field: "email",
			override: map[string]conflicts.Rule{"member.email": {Owner: conflicts.OwnerBoth, Both: conflicts.TakeClub}},
			want:     conflicts.Rule{Owner: conflicts.OwnerBoth, Both: conflicts.TakeClub},
		},
		{
			name: "a misspelt field is named with the nearest", policy: "fairgate+stv",
			override: map[string]conflicts.Rule{"member.emial": {Owner: conflicts.OwnerBoth}},
			err:      "member.emial is no field; did you mean member.email?",
		},
		{
			name: "half an address cannot have its own rule", policy: "fairgate+stv",
			override: map[string]conflicts.Rule{"member.city": {Owner: conflicts.OwnerClub}},
			err:      `member.country: its rule differs from that of its group "address"`,
		},
		{name: "there is no policy for other systems", policy: "fairgate+nobody", err: `there is no policy "fairgate+nobody"`},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := conflicts.LoadPolicy(tt.policy, schema, tt.override)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p.Of(tt.kind, tt.field)); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThePolicyNamesEveryFieldAndNoOther(t *testing.T) {
	t.Parallel()
	schema := clubSchema(t)
	text, err := os.ReadFile("policies/fairgate+stv.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules map[string]any
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	for _, k := range schema.Kinds {
		for _, f := range k.Fields {
			name := string(k.Name) + "." + string(f.Name)
			if _, ok := rules[name]; !ok {
				t.Errorf("%s has no rule", name)
			}
			delete(rules, name)
		}
	}
	for name := range rules {
		t.Errorf("%s is no field", name)
	}
}
