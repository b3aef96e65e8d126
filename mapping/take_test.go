package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/internal/record"
	"passerelle/mapping"
)

const clubNumber = "1.01.05.4521.00-0"

// beispiel is the overlay of an invented club.
const beispiel = `profile: fairgate
places:
  memberNumber: custom_fields.101
  category: membership.membership
  exitDate: custom_fields.103
functions:
  place: custom_fields.104
  choices: {"Leiter": {function: LEI, organ: ""}, "Präsidentin": {function: PRA, organ: VST}}
subscriptions:
  - {publication: GYMLIVE, place: custom_fields.105, values: {"Papier": print, "Digital": digital}}
codes:
  category: {"01": ["Aktive Turner", "Aktive"], "12": ["Knaben"], "10": ["Passive"]}
`

// verband is the overlay of a club that is served the federation's shape.
const verband = `profile: fairgate-federation
functions:
  choices: {"12": {function: PRA, organ: VST}, "13": {function: KAS, organ: VST}}
codes:
  category: {"01": ["Aktive Turner"]}
`

func load(t *testing.T, system, overlay string) *mapping.Profile {
	t.Helper()
	p, err := mapping.LoadText(system, []byte(overlay), "tvb.yaml", mapping.Link{Constants: map[string]string{"clubNumber": clubNumber}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func day(text string) record.Date {
	d, err := record.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

// today is the day on which every test of this package takes place.
func today() record.Date { return day("2026-02-01") }

func document(kind, id, body string) record.Document {
	return record.Document{Kind: kind, Ref: kind + "/" + id, Version: `W/"1"`, Body: []byte(body)}
}

// contact returns a contact of a single person who is in scope, with these members besides. Members that are given replace
// the whole of their kind.
func contact(members ...string) record.Document {
	given := map[string]string{
		"basefields": `{"contact_id": "7", "contact_type": "singleperson", "first_name": "Anna", "last_name": "Muster", "gender": "female", "birthday": "1990-05-04"}`,
		"status":     `"active"`,
		"membership": `{"membership": "Aktive", "first_joining_date": "2001-01-01"}`,
	}
	for i := 0; i < len(members); i += 2 {
		given[members[i]] = members[i+1]
	}
	var parts []string
	for name, value := range given {
		if value != "" {
			parts = append(parts, `"`+name+`": `+value)
		}
	}
	return document("contact", "7", "{"+strings.Join(parts, ", ")+"}")
}

func take(t *testing.T, p *mapping.Profile, doc record.Document) record.Taken {
	t.Helper()
	taken, err := p.Take(doc, today())
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

// find returns the record of a kind and identity.
func find(t *testing.T, taken record.Taken, k record.Kind, identity string) record.Record {
	t.Helper()
	for _, r := range taken.Records {
		if r.Kind == k && r.Identity == identity {
			return r
		}
	}
	t.Fatalf("there is no %s %q", k, identity)
	return record.Record{}
}

// plain writes values so that a difference can be read: "-" is empty, "?" and the reason an issue; not carried is missing.
func plain(r record.Record) map[string]string {
	all := map[string]string{}
	for f, v := range r.Fields {
		all[string(f)] = v.Text()
		if v.IsEmpty() {
			all[string(f)] = "-"
		}
	}
	for f, issue := range r.Issues {
		all[string(f)] = "?" + string(issue)
	}
	return all
}

func TestTakeAFairgateContact(t *testing.T) {
	t.Parallel()
	doc := document("contact", "7", `{
		"basefields": {"contact_id": 7, "contact_type": "singleperson", "first_name": "Anna", "last_name": "Mu\u0308ller ",
			"gender": "female", "birthday": "2015-05-04T00:00:00+02:00", "correspondence_language": "", "salutation": "formal"},
		"status": "ffm",
		"membership": {"membership": "knaben", "first_joining_date": null},
		"corr_address": {"street": "Ringgasse 3", "postale_code": 8000, "city": "", "country": "Schweiz"},
		"communication": {"primary_email": "", "email_parent_1": "Mama@Example.org", "mobile": "intern 23, abends",
			"correspondence_language": "fr"},
		"custom_fields": {"101": 12345, "103": "", "104": ["Fahnenträger", "Leiter"], "105": "Digital", "999": "x"}}`)
	taken := take(t, load(t, "fairgate", beispiel), doc)

	want := []record.Record{
		{
			Kind: "member", Ref: record.Ref{Document: "contact/7"}, Life: record.Life{Stage: record.Present},
			Fields: map[record.Field]record.Value{
				"memberNumber": record.Of("012345"), "lastName": record.Of("M\u00fcller"), "firstName": record.Of("Anna"),
				"birthDate": record.Of("2015-05-04"), "gender": record.Of("F"), "language": record.Of("fr"),
				"street": record.Of("Ringgasse 3"), "postalCode": record.Of("8000"), "city": record.Empty(), "country": record.Of("CH"),
				"email": record.Of("mama@example.org"),
			},
			Issues: map[record.Field]record.Issue{"phoneMobile": record.Unreadable},
		},
		{
			Kind: "affiliation", Ref: record.Ref{Document: "contact/7"}, Parent: "contact/7", Life: record.Life{Stage: record.Present},
			Fields: map[record.Field]record.Value{"category": record.Of("12"), "entryDate": record.Empty(), "exitDate": record.Empty()},
		},
		{
			Kind: "function", Identity: "LEI|", Ref: record.Ref{Document: "contact/7", Key: "custom_fields.104/Leiter"},
			Parent: "contact/7", Life: record.Life{Stage: record.Present},
		},
		{
			Kind: "subscription", Identity: "GYMLIVE", Ref: record.Ref{Document: "contact/7", Key: "custom_fields.105"},
			Parent: "contact/7", Life: record.Life{Stage: record.Present},
			Fields: map[record.Field]record.Value{"delivery": record.Of("digital")},
		},
	}
	if diff := cmp.Diff(want, taken.Records, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b record.Value) bool { return a == b })); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	covers := map[record.Kind]map[string]bool{
		"member": {"": true}, "affiliation": {"": true}, "function": {"LEI|": true, "PRA|VST": true}, "subscription": {"GYMLIVE": true},
	}
	if diff := cmp.Diff(covers, taken.Covers); diff != "" {
		t.Errorf("covers (-want +got):\n%s", diff)
	}
}

func TestTakeFieldsOfAContact(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", beispiel)
	rows := []struct {
		name   string
		doc    record.Document
		kind   record.Kind
		field  string
		want   string // "" is not carried
		member bool
	}{
		{name: "an absent field is not carried", doc: contact("basefields", `{"contact_id": "7", "contact_type": "singleperson"}`), kind: "member", field: "lastName"},
		{name: "a field in a null object is not carried", doc: contact("corr_address", "null"), kind: "member", field: "street"},
		{name: "null is empty", doc: contact("corr_address", `{"street": null}`), kind: "member", field: "street", want: "-"},
		{name: "a number is a text", doc: contact("corr_address", `{"postale_code": 8000}`), kind: "member", field: "postalCode", want: "8000"},
		{name: "an object where a text belongs is unreadable", doc: contact("corr_address", `{"street": {"name": "x"}}`), kind: "member", field: "street", want: "?unreadable"},
		{name: "a sex that no table names is an unknown code", doc: contact("basefields", `{"contact_id": "7", "contact_type": "singleperson", "gender": "divers"}`), kind: "member", field: "gender", want: "?unknown-code"},
		{name: "an import's 1 is male", doc: contact("basefields", `{"contact_id": "7", "contact_type": "singleperson", "gender": 1}`), kind: "member", field: "gender", want: "M"},
		{name: "the own address comes first", doc: contact("communication", `{"primary_email": "a@example.org", "email_parent_1": "b@example.org"}`), kind: "member", field: "email", want: "a@example.org"},
		{name: "a hidden own address is not the parent's", doc: contact("communication", `{"email_parent_1": "b@example.org"}`), kind: "member", field: "email"},
		{name: "no address at all is empty", doc: contact("communication", `{"primary_email": "", "email_parent_1": null}`), kind: "member", field: "email", want: "-"},
		{name: "the other place of the language counts where the first is not served", doc: contact("communication", `{"correspondence_language": "it"}`), kind: "member", field: "language", want: "it"},
		{name: "English is a language", doc: contact("communication", `{"correspondence_language": "en"}`), kind: "member", field: "language", want: "en"},
		{name: "a phone number is dialled where the person lives", doc: contact("corr_address", `{"country": "Deutschland"}`, "communication", `{"mobile": "01512 3456789"}`), kind: "member", field: "phoneMobile", want: "+4915123456789"},
		{name: "a Swiss number of someone who lives abroad", doc: contact("corr_address", `{"country": "LI"}`, "communication", `{"mobile": "079 733 58 42"}`), kind: "member", field: "phoneMobile", want: "+41797335842"},
		{name: "a number here and another one where the person lives is neither", doc: contact("corr_address", `{"country": "DE"}`, "communication", `{"mobile": "079 733 58 42"}`), kind: "member", field: "phoneMobile", want: "?unreadable"},
		{name: "a category by any of its spellings", doc: contact("membership", `{"membership": "aktive turner"}`), kind: "affiliation", field: "category", want: "01"},
		{name: "a membership of the club's own is no category and no question", doc: contact("membership", `{"membership": "Freund"}`), kind: "affiliation", field: "category"},
		{name: "an exit date in a text field", doc: contact("custom_fields", `{"103": "31.12.2026"}`), kind: "affiliation", field: "exitDate", want: "2026-12-31"},
		{name: "an exit date that is none", doc: contact("custom_fields", `{"103": "Ende Saison"}`), kind: "affiliation", field: "exitDate", want: "?unreadable"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := plain(find(t, take(t, p, tt.doc), tt.kind, ""))[tt.field]
			if got != tt.want {
				t.Errorf("%s.%s: got %q, want %q", tt.kind, tt.field, got, tt.want)
			}
		})
	}
}

func TestTakeTheLifeOfAContact(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", beispiel)
	rows := []struct {
		name string
		doc  record.Document
		want record.Life
	}{
		{name: "active is present", doc: contact(), want: record.Life{Stage: record.Present}},
		{name: "every status but archived is present", doc: contact("status", `"members"`), want: record.Life{Stage: record.Present}},
		{name: "a status that is empty is present", doc: contact("status", `""`), want: record.Life{Stage: record.Present}},
		{name: "a status that is hidden tells nothing", doc: contact("status", ""), want: record.Life{}},
		{name: "archived has ended", doc: contact("status", `"archived"`), want: record.Life{Stage: record.Ended}},
		{
			name: "archived with an exit reached ended then", doc: contact("status", `"archived"`, "custom_fields", `{"103": "2025-12-31"}`),
			want: record.Life{Stage: record.Ended, On: day("2025-12-31")},
		},
		{
			name: "archived before the exit has ended, without a day", doc: contact("status", `"archived"`, "custom_fields", `{"103": "2026-12-31"}`),
			want: record.Life{Stage: record.Ended},
		},
		{name: "an exit today has ended", doc: contact("custom_fields", `{"103": "2026-02-01"}`), want: record.Life{Stage: record.Ended, On: today()}},
		{
			name: "an exit tomorrow is ahead", doc: contact("custom_fields", `{"103": "2026-02-02"}`),
			want: record.Life{Stage: record.Leaving, On: day("2026-02-02")},
		},
		{name: "an exit that cannot be read is no end", doc: contact("custom_fields", `{"103": "bald"}`), want: record.Life{Stage: record.Present}},
		{name: "a membership of the club's own is outside", doc: contact("membership", `{"membership": "Freund"}`), want: record.Life{Stage: record.Outside}},
		{name: "no membership is outside", doc: contact("membership", `{"membership": ""}`), want: record.Life{Stage: record.Outside}},
		{name: "a category that the link leaves out is outside", doc: contact("membership", `{"membership": "Passive"}`), want: record.Life{Stage: record.Outside}},
		{name: "a hidden membership tells nothing", doc: contact("membership", `{}`), want: record.Life{}},
		{
			name: "who has left and got another membership has ended", doc: contact("membership", `{"membership": "Ehemalige"}`, "custom_fields", `{"103": "2025-12-31"}`),
			want: record.Life{Stage: record.Ended, On: day("2025-12-31")},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			taken := take(t, p, tt.doc)
			for _, k := range []record.Kind{"member", "affiliation"} {
				if diff := cmp.Diff(tt.want, find(t, taken, k, "").Life); diff != "" {
					t.Errorf("life of the %s (-want +got):\n%s", k, diff)
				}
			}
		})
	}
}

func TestTakeWhatIsNoPerson(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", beispiel)
	for contactType, want := range map[string]record.Stage{`"company"`: record.Outside, `""`: record.Outside} {
		taken := take(t, p, contact("basefields", `{"contact_id": "7", "contact_type": `+contactType+`, "last_name": "Muster AG"}`))
		bare := []record.Record{{Kind: "member", Ref: record.Ref{Document: "contact/7"}, Life: record.Life{Stage: want}}}
		if diff := cmp.Diff(bare, taken.Records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", contactType, diff)
		}
		if len(taken.Covers) != 0 {
			t.Errorf("%s covers %v, want nothing", contactType, taken.Covers)
		}
	}
}

func TestTakeChildrenOfAContact(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", beispiel)
	rows := []struct {
		name   string
		custom string
		want   []string // functions and subscriptions
		covers []string
	}{
		{name: "an absent place hides its children", custom: `{}`},
		{name: "an empty place proves that there are none", custom: `{"104": [], "105": ""}`, covers: []string{"LEI|", "PRA|VST", "GYMLIVE"}},
		{name: "a null place proves it too", custom: `{"104": null}`, covers: []string{"LEI|", "PRA|VST"}},
		{name: "a choice that has no name is the club's own", custom: `{"104": ["Fahnenträger"]}`, covers: []string{"LEI|", "PRA|VST"}},
		{name: "a single choice may stand without a list", custom: `{"104": "Leiter"}`, want: []string{"LEI|"}, covers: []string{"LEI|", "PRA|VST"}},
		{name: "a decomposed choice is the same", custom: `{"104": ["Pra\u0308sidentin"]}`, want: []string{"PRA|VST"}, covers: []string{"LEI|", "PRA|VST"}},
		{name: "a place that is no list says nothing", custom: `{"104": {"a": 1}}`},
		{name: "a delivery that is not known is a subscription with a question", custom: `{"105": "Brieftaube"}`, want: []string{"GYMLIVE ?unknown-code"}, covers: []string{"GYMLIVE"}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			taken := take(t, p, contact("custom_fields", tt.custom))
			var got, covers []string
			for _, r := range taken.Records[2:] {
				if r.Life != (record.Life{Stage: record.Present}) {
					t.Errorf("%s is %v, want present", r.Identity, r.Life)
				}
				got = append(got, strings.TrimSpace(r.Identity+" "+strings.TrimPrefix(plain(r)["delivery"], "print")))
			}
			for _, k := range []record.Kind{"function", "subscription"} {
				for _, identity := range []string{"LEI|", "PRA|VST", "GYMLIVE"} {
					if taken.Covers[k][identity] {
						covers = append(covers, identity)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("children (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.covers, covers); diff != "" {
				t.Errorf("covers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTakeTheFederationsShapeOfAContact(t *testing.T) {
	t.Parallel()
	taken := take(t, load(t, "fairgate", verband), contact(
		"federation_data", `{"federation_contact_id": 12345, "federation_membership": "Aktive Turner", "federation_first_joining_date": "2001-01-01T00:00:00Z"}`,
		"club_assignments", `{"primary": {"executive_board": [{"role_id": 99, "role_name": "Revisor"}, {"role_id": 12, "role_name": "Präsidentin"}]}}`,
	))
	if got := find(t, taken, "member", "").Fields["memberNumber"]; got != record.Of("012345") {
		t.Errorf("number %q, want 012345", got.Text())
	}
	want := map[string]string{"category": "01", "entryDate": "2001-01-01"}
	if diff := cmp.Diff(want, plain(find(t, taken, "affiliation", ""))); diff != "" {
		t.Errorf("affiliation (-want +got):\n%s", diff)
	}
	if got := find(t, taken, "function", "PRA|VST").Ref.Key; got != "club_assignments.primary.executive_board/role_id=12" {
		t.Errorf("key %q", got)
	}
	if !taken.Covers["function"]["KAS|VST"] || len(taken.Records) != 3 {
		t.Errorf("records %d, covers %v", len(taken.Records), taken.Covers)
	}
}

func TestTakeWhatTheFederationServes(t *testing.T) {
	t.Parallel()
	p := load(t, "stv", "")
	own := `"clubNumber": "` + clubNumber + `", "memberId": "m1"`
	rows := []struct {
		name   string
		doc    record.Document
		want   record.Record // without fields
		fields map[string]string
	}{
		{
			name: "a member who is active", doc: document("members", "m1", `{"id": "m1", "status": "active", "exitDate": null, "lastName": "Muster", "gender": "F", "phoneMobile": "+41 79 733 58 42", "language": "rm", "nationality": null}`),
			want:   record.Record{Kind: "member", Life: record.Life{Stage: record.Present}},
			fields: map[string]string{"lastName": "Muster", "gender": "F", "phoneMobile": "+41797335842", "language": "?unknown-code", "nationality": "-"},
		},
		{
			name: "a member whose exit is ahead", doc: document("members", "m1", `{"id": "m1", "status": "active", "exitDate": "2026-12-31"}`),
			want: record.Record{Kind: "member", Life: record.Life{Stage: record.Leaving, On: day("2026-12-31")}}, fields: map[string]string{},
		},
		{
			name: "a member who left", doc: document("members", "m1", `{"id": "m1", "status": "left", "exitDate": "2025-12-31"}`),
			want: record.Record{Kind: "member", Life: record.Life{Stage: record.Ended, On: day("2025-12-31")}}, fields: map[string]string{},
		},
		{
			name: "a member in a state that nobody told us of", doc: document("members", "m1", `{"id": "m1", "status": "merged"}`),
			want: record.Record{Kind: "member"}, fields: map[string]string{},
		},
		{
			name: "an affiliation", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "category": "12", "primary": true, "status": "active"}`),
			want:   record.Record{Kind: "affiliation", Parent: "members/m1", Life: record.Life{Stage: record.Present}},
			fields: map[string]string{"category": "12", "primary": "yes", "status": "active"},
		},
		{
			name: "an affiliation that was asked for", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "category": "12", "status": "requested"}`),
			want:   record.Record{Kind: "affiliation", Parent: "members/m1", Life: record.Life{Stage: record.Present}},
			fields: map[string]string{"category": "12", "status": "requested"},
		},
		{
			name: "an affiliation that was refused", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "category": "12", "status": "refused"}`),
			want:   record.Record{Kind: "affiliation", Parent: "members/m1", Life: record.Life{Stage: record.Ended}},
			fields: map[string]string{"category": "12", "status": "refused"},
		},
		{
			name: "an affiliation in a category that is not kept in step", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "category": "10", "status": "active"}`),
			want:   record.Record{Kind: "affiliation", Parent: "members/m1", Life: record.Life{Stage: record.Outside}},
			fields: map[string]string{"category": "10", "status": "active"},
		},
		{
			name: "a function without an organ", doc: document("functions", "f1", `{"id": "f1", `+own+`, "functionCode": "LEI", "organ": null, "startDate": "2020-01-01", "endDate": null}`),
			want:   record.Record{Kind: "function", Identity: "LEI|", Parent: "members/m1", Life: record.Life{Stage: record.Present}},
			fields: map[string]string{"startDate": "2020-01-01", "endDate": "-"},
		},
		{
			name: "a subscription that has ended", doc: document("subscriptions", "s1", `{"id": "s1", "memberId": "m1", "publication": "GYMLIVE", "language": "de", "copies": 2, "endDate": "2026-01-31"}`),
			want:   record.Record{Kind: "subscription", Identity: "GYMLIVE", Parent: "members/m1", Life: record.Life{Stage: record.Ended, On: day("2026-01-31")}},
			fields: map[string]string{"language": "de", "copies": "2", "endDate": "2026-01-31"},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			taken := take(t, p, tt.doc)
			if len(taken.Records) != 1 || !taken.Covers[tt.want.Kind][tt.want.Identity] {
				t.Fatalf("%d records, covers %v, want one that is covered", len(taken.Records), taken.Covers)
			}
			got := taken.Records[0]
			tt.want.Ref.Document = tt.doc.Ref
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreFields(record.Record{}, "Fields", "Issues")); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.fields, plain(got)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTakeNothingOfAnotherClub(t *testing.T) {
	t.Parallel()
	p := load(t, "stv", "")
	for _, doc := range []record.Document{
		document("affiliations", "a1", `{"id": "a1", "memberId": "m1", "clubNumber": "1.01.05.4522.00-7", "category": "01", "status": "active"}`),
		document("functions", "f1", `{"id": "f1", "memberId": "m1", "clubNumber": "1.01.05.4522.00-7", "functionCode": "LEI", "organ": null}`),
	} {
		if taken := take(t, p, doc); len(taken.Records)+len(taken.Covers) != 0 {
			t.Errorf("%s: got %v, want nothing", doc.Ref, taken)
		}
	}
}

func TestTakeRefusesWhatIsNoDocument(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	rows := []struct {
		name string
		p    *mapping.Profile
		doc  record.Document
	}{
		{name: "HTML", p: fairgate, doc: document("contact", "7", "<html>Wartung</html>")},
		{name: "cut JSON", p: fairgate, doc: document("contact", "7", `{"basefields": {"contact_id": "7"`)},
		{name: "an empty object", p: fairgate, doc: document("contact", "7", `{}`)},
		{name: "a list", p: fairgate, doc: document("contact", "7", `[]`)},
		{name: "null", p: fairgate, doc: document("contact", "7", `null`)},
		{name: "two documents", p: fairgate, doc: document("contact", "7", `{"basefields": {"contact_id": "7"}} {}`)},
		{name: "another contact", p: fairgate, doc: document("contact", "7", `{"basefields": {"contact_id": "8"}}`)},
		{name: "a kind that the profile does not know", p: fairgate, doc: document("invoice", "7", `{}`)},
		{name: "an affiliation of nobody", p: stv, doc: document("affiliations", "a1", `{"id": "a1", "clubNumber": "`+clubNumber+`", "memberId": null}`)},
		{name: "an affiliation that does not say whose it is", p: stv, doc: document("affiliations", "a1", `{"id": "a1", "memberId": "m1"}`)},
		{name: "a function without its code", p: stv, doc: document("functions", "f1", `{"id": "f1", "clubNumber": "`+clubNumber+`", "memberId": "m1", "organ": null}`)},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if taken, err := tt.p.Take(tt.doc, today()); err == nil {
				t.Errorf("got %d records, want an error", len(taken.Records))
			}
		})
	}
}
