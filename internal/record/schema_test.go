package record_test

import (
	"slices"
	"testing"

	"passerelle/internal/record"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	s := &record.Schema{Kinds: []record.KindDef{
		{Name: "member", Fields: []record.FieldDef{
			{Name: "name"}, {Name: "street", Group: "address"}, {Name: "phone"}, {Name: "city", Group: "address"}, {Name: "email"},
		}},
		{Name: "affiliation", Leads: true, Fields: []record.FieldDef{{Name: "entry", Group: "period"}, {Name: "exit", Group: "period", End: true}}},
	}}
	if got := s.Kind("affiliation"); got != &s.Kinds[1] {
		t.Errorf("kind: got %v, want the second itself", got)
	}
	if got := s.Kind("function"); got != nil {
		t.Errorf("a kind that there is not: got %v", got)
	}
	member := s.Kind("member")
	if got := member.Field("phone"); got != &member.Fields[2] {
		t.Errorf("field: got %v, want the third itself", got)
	}
	if got := member.Field("fax"); got != nil {
		t.Errorf("a field that there is not: got %v", got)
	}
	if got := s.Lead(); got != "affiliation" {
		t.Errorf("lead: got %q, want the kind that is marked", got)
	}
	if got := (&record.Schema{Kinds: s.Kinds[:1]}).Lead(); got != "member" {
		t.Errorf("lead where none is marked: got %q, want the person's own kind", got)
	}
	if got := s.Kinds[1].End(); got != "exit" {
		t.Errorf("end: got %q", got)
	}
	if got := member.End(); got != "" {
		t.Errorf("end of a kind that has none: got %q", got)
	}
	want := [][]record.Field{{"name"}, {"street", "city"}, {"phone"}, {"email"}}
	if got := member.Units(); !slices.EqualFunc(got, want, slices.Equal[[]record.Field]) {
		t.Errorf("units: got %v, want %v", got, want)
	}
}

func TestSides(t *testing.T) {
	t.Parallel()
	for _, side := range record.Sides() {
		if other := side.Other(); other == side || other.Other() != side {
			t.Errorf("across from %s is %s, and from there %s", side, other, other.Other())
		}
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	rows := []struct {
		ref  record.Ref
		want string
		zero bool
	}{
		{record.Ref{}, "", true},
		{record.Ref{Document: "contact/7"}, "contact/7", false},
		{record.Ref{Document: "contact/7", Key: "functions/LEI|"}, "contact/7#functions/LEI|", false},
	}
	for _, tt := range rows {
		if got := tt.ref.String(); got != tt.want || tt.ref.Zero() != tt.zero {
			t.Errorf("got %q, zero %t, want %q, zero %t", got, tt.ref.Zero(), tt.want, tt.zero)
		}
	}
}

func TestAFieldThatIsMissingIsNotCarried(t *testing.T) {
	t.Parallel()
	r := record.Record{Fields: map[record.Field]record.Value{"phone": record.Empty()}}
	if !r.Value("phone").IsEmpty() || r.Value("email").Carried() {
		t.Errorf("got %v and %v, want empty and not carried", r.Value("phone"), r.Value("email"))
	}
}
