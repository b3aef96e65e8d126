package mapping_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/record"
	"passerelle/mapping"
)

func TestShape(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel).Shape(), load(t, "stv", "").Shape()

	required := map[record.Kind][]record.Field{
		"member":      {"lastName", "firstName", "birthDate", "gender", "postalCode", "city", "country"},
		"affiliation": {"category", "entryDate"}, "function": nil, "subscription": nil,
	}
	if diff := cmp.Diff(required, stv.Required); diff != "" {
		t.Errorf("the federation requires (-want +got):\n%s", diff)
	}
	required = map[record.Kind][]record.Field{"member": {"lastName", "firstName"}, "affiliation": nil, "function": nil, "subscription": {"delivery"}}
	if diff := cmp.Diff(required, fairgate.Required); diff != "" {
		t.Errorf("the club requires (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[record.Kind]bool{"affiliation": true}, stv.Together); diff != "" {
		t.Errorf("the federation creates together (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[record.Kind]bool{"affiliation": true, "function": true, "subscription": true}, fairgate.Together); diff != "" {
		t.Errorf("the club creates together (-want +got):\n%s", diff)
	}
	if fairgate.EndAhead || !stv.EndAhead {
		t.Errorf("an end ahead: club %t, federation %t, want only the federation", fairgate.EndAhead, stv.EndAhead)
	}
	writable := map[record.Kind]map[record.Field]bool{
		"affiliation": {"category": true, "entryDate": true, "exitDate": true}, "function": {}, "subscription": {"delivery": true},
	}
	for k, want := range writable {
		if diff := cmp.Diff(want, fairgate.Writable[k]); diff != "" {
			t.Errorf("%s at the club is writable (-want +got):\n%s", k, diff)
		}
	}
	for _, f := range []record.Field{"memberNumber", "homeClubNumber"} {
		if stv.Writable["member"][f] {
			t.Errorf("%s is written to the federation", f)
		}
	}
	for identity, want := range map[string]bool{"LEI|": true, "PRA|VST": true, "TEC|": false} {
		if fairgate.Children("function", identity) != want || !stv.Children("function", identity) {
			t.Errorf("function %q at the club: got %t, want %t", identity, !want, want)
		}
	}
	if !fairgate.Children("subscription", "GYMLIVE") || fairgate.Children("subscription", "STVAKTUELL") || !fairgate.Children("affiliation", "") {
		t.Error("subscriptions or affiliation have the wrong places at the club")
	}
}

func TestInside(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	for _, k := range []record.Kind{"affiliation", "function", "subscription"} {
		if !fairgate.Inside(k) || stv.Inside(k) {
			t.Errorf("%s: inside at the club %t, at the federation %t, want only the club", k, fairgate.Inside(k), stv.Inside(k))
		}
	}
	if fairgate.Inside("member") || stv.Inside("member") {
		t.Error("a member is inside itself")
	}
}

func TestExpress(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	rows := []struct {
		name   string
		p      *mapping.Profile
		change record.Change
		want   map[record.Field]record.Issue
	}{
		{name: "the federation's languages", p: stv, change: update("member", "language", "fr"), want: map[record.Field]record.Issue{}},
		{name: "another language", p: stv, change: update("member", "language", "en", "city", "Bern"), want: map[record.Field]record.Issue{"language": record.UnknownCode}},
		{name: "a category with a membership", p: fairgate, change: update("affiliation", "category", "12"), want: map[record.Field]record.Issue{}},
		{name: "a category without one", p: fairgate, change: update("affiliation", "category", "13"), want: map[record.Field]record.Issue{"category": record.UnknownCode}},
		{name: "emptying a field", p: stv, change: update("member", "language", "-"), want: map[record.Field]record.Issue{}},
		{
			name: "emptying what a subscription consists of", p: fairgate,
			change: record.Change{Kind: "subscription", Identity: "GYMLIVE", Op: record.Clear, Set: set("delivery", "-")},
			want:   map[record.Field]record.Issue{"delivery": record.UnknownCode},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.p.Express(tt.change)); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFieldAt(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	federation := load(t, "fairgate", verband)
	rows := []struct {
		p     *mapping.Profile
		wire  string
		place string
		want  string
	}{
		{fairgate, "contact", "communication.primary_email", "member.email"},
		{fairgate, "contact", "communication.email_parent_1", "member.email"},
		{fairgate, "contact", "custom_fields.101", "member.memberNumber"},
		{fairgate, "contact", "custom_fields.104", "function.function"},
		{fairgate, "contact", "custom_fields.104.0", "function.function"},
		{fairgate, "contact", "custom_fields.105", "subscription.delivery"},
		{fairgate, "contact", "basefields.contact_type", ""},
		{fairgate, "contact", "status", ""},
		{fairgate, "contact", "", ""},
		{federation, "contact", "club_assignments.primary.executive_board[1].role_id", "function.function"},
		{stv, "members", "postalCode", "member.postalCode"},
		{stv, "members", "exitDate", ""},
		{stv, "members", "affiliations/category", "affiliation.category"},
		{stv, "members", "affiliations/0/category", "affiliation.category"},
		{stv, "affiliations", "category", "affiliation.category"},
		{stv, "functions", "organ", "function.organ"},
		{stv, "functions", "memberId", ""},
		{stv, "invoices", "category", ""},
	}
	for _, tt := range rows {
		k, f, ok := tt.p.FieldAt(tt.wire, tt.place)
		got := string(k) + "." + string(f)
		if !ok {
			got = ""
		}
		if got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.wire, tt.place, got, tt.want)
		}
	}
}

func TestAlternative(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	born := func(text string) *record.Record {
		return &record.Record{Kind: "member", Fields: set("birthDate", text)}
	}
	rows := []struct {
		name   string
		p      *mapping.Profile
		field  record.Field
		member *record.Record
		want   bool
	}{
		{name: "the e-mail of a child", p: fairgate, field: "email", member: born("2010-02-02"), want: true},
		{name: "on the sixteenth birthday no more", p: fairgate, field: "email", member: born("2010-02-01")},
		{name: "born on 29 February, sixteen on 1 March", p: fairgate, field: "email", member: born("2012-02-29"), want: true},
		{name: "without a birth date", p: fairgate, field: "email", member: born("-")},
		{name: "a field with one place", p: fairgate, field: "phoneMobile", member: born("2015-01-01")},
		{name: "the federation has one place", p: stv, field: "email", member: born("2015-01-01")},
		{name: "nobody", p: fairgate, field: "email"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.p.Alternative("member", tt.field, tt.member, today()); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	bare := load(t, "fairgate", "").Gaps()
	for _, want := range []mapping.Gap{
		{Kind: "member", Field: "memberNumber", Sentence: "member.memberNumber has no place in fairgate: people are recognised by name and birth date only, never by their number"},
		{Kind: "affiliation", Field: "category", Sentence: "affiliation.category has no place in fairgate: nobody can be told to be in scope, so nobody is kept in step"},
		{Kind: "function", Sentence: "function has no place in fairgate: functions are not kept in step"},
		{Kind: "subscription", Sentence: "subscription has no place in fairgate: subscriptions are not kept in step"},
	} {
		if !slices.Contains(bare, want) {
			t.Errorf("not said: %s", want.Sentence)
		}
	}
	for _, g := range load(t, "fairgate", beispiel).Gaps() {
		if slices.Contains([]record.Field{"", "memberNumber", "category", "exitDate", "delivery"}, g.Field) {
			t.Errorf("said, although it has a place: %s", g.Sentence)
		}
	}
	if gaps := load(t, "stv", "").Gaps(); len(gaps) != 0 {
		t.Errorf("the federation has gaps: %v", gaps)
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	schema, err := mapping.Schema("club")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range schema.Kinds {
		for _, unit := range k.Units() {
			if len(unit) > 1 {
				for _, f := range unit {
					got = append(got, string(k.Name)+"."+string(f))
				}
			}
		}
	}
	want := []string{
		"member.addressSupplement", "member.street", "member.postalCode", "member.city", "member.country",
		"affiliation.entryDate", "affiliation.exitDate", "subscription.delivery", "subscription.copies",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("grouped fields (-want +got):\n%s", diff)
	}
	identities := map[record.Kind][]record.Field{"function": {"function", "organ"}, "subscription": {"publication"}}
	for _, k := range schema.Kinds {
		if diff := cmp.Diff(identities[k.Name], k.Identity); diff != "" {
			t.Errorf("identity of a %s (-want +got):\n%s", k.Name, diff)
		}
	}
	if _, err := mapping.Schema("school"); err == nil {
		t.Error("there is a domain school")
	}
}
