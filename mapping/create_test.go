package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/record"
	"passerelle/mapping"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	member := func(pairs ...string) record.Change {
		return record.Change{Kind: "member", Op: record.Create, Set: set(pairs...)}
	}
	rows := []struct {
		name      string
		p         *mapping.Profile
		changes   []record.Change
		kind      string
		want      string
		defaulted map[record.Kind]map[record.Field]record.Value
	}{
		{
			name: "a contact takes everything at once, and what is empty is left out",
			p:    fairgate, kind: "contact",
			changes: []record.Change{
				member("lastName", "Muster", "firstName", "Anna", "gender", "F", "street", "-", "email", "a@example.org", "phonePrivate", "+41797335842"),
				{Kind: "affiliation", Op: record.Create, Set: set("category", "01", "entryDate", "2026-01-01")},
				{Kind: "function", Identity: "LEI|", Op: record.Create},
				{Kind: "subscription", Identity: "GYMLIVE", Op: record.Create, Set: set("delivery", "print")},
			},
			want: `{"basefields": {"contact_type": "singleperson", "last_name": "Muster", "first_name": "Anna", "gender": "female"},
				"communication": {"primary_email": "a@example.org"},
				"membership": {"membership": "Aktive Turner", "first_joining_date": "2026-01-01"},
				"custom_fields": {"104": ["Leiter"], "105": "Papier"}}`,
		},
		{
			name: "the address of a child is the parent's",
			p:    fairgate, kind: "contact", changes: []record.Change{member("birthDate", "2018-01-01", "email", "a@example.org")},
			want: `{"basefields": {"contact_type": "singleperson", "birthday": "2018-01-01"}, "communication": {"email_parent_1": "a@example.org"}}`,
		},
		{
			name: "a member takes the first affiliation inside, with what the federation takes there",
			p:    stv, kind: "members",
			changes: []record.Change{
				member("lastName", "Muster", "language", "it", "memberNumber", "012345"),
				{Kind: "affiliation", Op: record.Create, Set: set("category", "12", "entryDate", "2026-01-01", "exitDate", "2026-12-31")},
			},
			want: `{"lastName": "Muster", "language": "it", "affiliations": [{"category": "12", "entryDate": "2026-01-01"}]}`,
		},
		{
			name: "the club's language is what the federation says that it is",
			p:    stv.With(map[string]string{"clubLanguage": "fr"}), kind: "members", changes: []record.Change{member("lastName", "Muster")},
			want:      `{"lastName": "Muster", "language": "fr"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"member": set("language", "fr")},
		},
		{
			name: "a federation that says no language leaves the default",
			p:    stv.With(map[string]string{"clubLanguage": ""}), kind: "members", changes: []record.Change{member("lastName", "Muster")},
			want:      `{"lastName": "Muster", "language": "de"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"member": set("language", "de")},
		},
		{
			name: "a member without a language gets the club's, and that is no data",
			p:    stv, kind: "members", changes: []record.Change{member("lastName", "Muster")},
			want:      `{"lastName": "Muster", "language": "de"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"member": set("language", "de")},
		},
		{
			name: "so does one whose language the federation does not know",
			p:    stv, kind: "members", changes: []record.Change{member("lastName", "Muster", "language", "en")},
			want:      `{"lastName": "Muster", "language": "de"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"member": set("language", "de")},
		},
		{
			name: "an affiliation of one's own member", p: stv, kind: "affiliations",
			changes: []record.Change{{Kind: "affiliation", Op: record.Create, Parent: "members/m1", Set: set("category", "01", "entryDate", "2026-01-01")}},
			want:    `{"memberId": "m1", "category": "01", "entryDate": "2026-01-01"}`,
		},
		{
			name: "someone of another club is asked for by number and birth date", p: stv, kind: "affiliations",
			changes: []record.Change{{Kind: "affiliation", Op: record.Ask, Set: set("category", "01", "entryDate", "2026-01-01", "memberNumber", "012345", "birthDate", "1990-05-04")}},
			want:    `{"memberNumber": "012345", "birthDate": "1990-05-04", "category": "01", "entryDate": "2026-01-01"}`,
		},
		{
			name: "a function begins today, in this club", p: stv, kind: "functions",
			changes:   []record.Change{{Kind: "function", Identity: "PRA|VST", Op: record.Create, Parent: "members/m1"}},
			want:      `{"memberId": "m1", "clubNumber": "` + clubNumber + `", "functionCode": "PRA", "organ": "VST", "startDate": "2026-02-01"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"function": set("startDate", "2026-02-01")},
		},
		{
			name: "a function that began earlier keeps its day, and no organ is none", p: stv, kind: "functions",
			changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.Create, Parent: "members/m1", Set: set("startDate", "2020-01-01")}},
			want:    `{"memberId": "m1", "clubNumber": "` + clubNumber + `", "functionCode": "LEI", "startDate": "2020-01-01"}`,
		},
		{
			name: "a subscription is in the member's language", p: stv, kind: "subscriptions",
			changes: []record.Change{
				{Kind: "subscription", Identity: "GYMLIVE", Op: record.Create, Parent: "members/m1", Set: set("delivery", "print", "copies", "2")},
				update("member", "language", "fr"),
			},
			want:      `{"memberId": "m1", "publication": "GYMLIVE", "delivery": "print", "copies": 2, "startDate": "2026-02-01", "language": "fr"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"subscription": set("startDate", "2026-02-01", "language", "fr")},
		},
		{
			name: "a subscription of someone whose language the federation does not know is in the club's", p: stv, kind: "subscriptions",
			changes: []record.Change{
				{Kind: "subscription", Identity: "GYMLIVE", Op: record.Create, Parent: "members/m1", Set: set("startDate", "2026-01-01")},
				update("member", "language", "en"),
			},
			want:      `{"memberId": "m1", "publication": "GYMLIVE", "startDate": "2026-01-01", "language": "de"}`,
			defaulted: map[record.Kind]map[record.Field]record.Value{"subscription": set("language", "de")},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.p.Create(tt.changes, today(), nil)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, got.Write.Body, tt.want)
			got.Write.Body = nil
			if diff := cmp.Diff(record.Write{Op: record.CreateDocument, Kind: tt.kind}, got.Write); diff != "" {
				t.Errorf("write (-want +got):\n%s", diff)
			}
			if tt.defaulted == nil {
				tt.defaulted = map[record.Kind]map[record.Field]record.Value{}
			}
			if diff := cmp.Diff(tt.defaulted, got.Defaulted, cmp.Comparer(func(a, b record.Value) bool { return a == b })); diff != "" {
				t.Errorf("defaulted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	rows := []struct {
		name    string
		p       *mapping.Profile
		changes []record.Change
	}{
		{name: "nothing", p: stv},
		{name: "a child without its parent", p: stv, changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.Create}}},
		{name: "a parent of another kind", p: stv, changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.Create, Parent: "contact/7"}}},
		{name: "a question without the number", p: stv, changes: []record.Change{{Kind: "affiliation", Op: record.Ask, Set: set("birthDate", "1990-05-04")}}},
		{
			name: "a function together with its member", p: stv,
			changes: []record.Change{{Kind: "member", Op: record.Create}, {Kind: "function", Identity: "LEI|", Op: record.Create}},
		},
		{name: "a function as a document of its own at the club", p: fairgate, changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.Create, Parent: "contact/7"}}},
		{name: "asking for somebody at the club", p: fairgate, changes: []record.Change{{Kind: "affiliation", Op: record.Ask, Set: set("memberNumber", "012345")}}},
		{name: "a category that no membership stands for", p: fairgate, changes: []record.Change{{Kind: "affiliation", Op: record.Create, Set: set("category", "13")}}},
		{name: "a sex without a spelling", p: stv, changes: []record.Change{{Kind: "member", Op: record.Create, Set: set("gender", "X")}}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := tt.p.Create(tt.changes, today(), nil); err == nil {
				t.Errorf("got %s, want an error", got.Write.Body)
			}
		})
	}
}
