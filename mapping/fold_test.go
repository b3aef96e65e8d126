package mapping_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// set returns values by field; "-" is empty.
func set(pairs ...string) map[record.Field]record.Value {
	values := map[record.Field]record.Value{}
	for i := 0; i < len(pairs); i += 2 {
		values[record.Field(pairs[i])] = record.Of(pairs[i+1])
		if pairs[i+1] == "-" {
			values[record.Field(pairs[i])] = record.Empty()
		}
	}
	return values
}

func update(k record.Kind, pairs ...string) record.Change {
	return record.Change{Kind: k, Op: record.Update, Set: set(pairs...)}
}

// sameJSON compares a body with the JSON that is wanted; "" is no body.
func sameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	if want == "" || got == nil {
		if string(got) != want {
			t.Errorf("body %s, want %q", got, want)
		}
		return
	}
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

func TestFoldIntoAContact(t *testing.T) {
	t.Parallel()
	child := `{"contact_id": "7", "contact_type": "singleperson", "birthday": "2010-02-02"}`  // 16 tomorrow
	notAny := `{"contact_id": "7", "contact_type": "singleperson", "birthday": "2010-02-01"}` // 16 today
	refused := map[record.Field]bool{"email": true}
	rows := []struct {
		name        string
		doc         record.Document
		changes     []record.Change
		alternative map[record.Field]bool
		want        string
	}{
		{
			name:    "a touched member is whole and keeps what is not ours",
			doc:     contact("corr_address", `{"street": "Alt 1", "city": "Zürich", "state": "ZH", "post_office_box": null}`),
			changes: []record.Change{update("member", "street", "Neu 2")},
			want:    `{"corr_address": {"street": "Neu 2", "city": "Zürich", "state": "ZH", "post_office_box": null}}`,
		},
		{
			name:    "a number that is spelled otherwise stays as it is",
			doc:     contact("custom_fields", `{"101": 12345}`),
			changes: []record.Change{update("member", "memberNumber", "012345")},
		},
		{
			name:    "a member that is not there is made",
			doc:     contact(),
			changes: []record.Change{update("member", "memberNumber", "012345")},
			want:    `{"custom_fields": {"101": "012345"}}`,
		},
		{
			name:    "other spellings beside a changed field stay as they are",
			doc:     contact("corr_address", `{"street": "Alt 1", "country": "Schweiz", "postale_code": 8000}`),
			changes: []record.Change{update("member", "street", "Neu 2", "country", "CH", "postalCode", "8000")},
			want:    `{"corr_address": {"street": "Neu 2", "country": "Schweiz", "postale_code": 8000}}`,
		},
		{
			name:    "empty is written as an empty text",
			doc:     contact("communication", `{"mobile": "079 733 58 42"}`),
			changes: []record.Change{{Kind: "member", Op: record.Clear, Set: set("phoneMobile", "-")}},
			want:    `{"communication": {"mobile": ""}}`,
		},
		{
			name:    "a text that cannot be read is replaced",
			doc:     contact("communication", `{"mobile": "intern 23"}`),
			changes: []record.Change{update("member", "phoneMobile", "+41797335842")},
			want:    `{"communication": {"mobile": "+41797335842"}}`,
		},
		{
			name:    "the language goes where it was read",
			doc:     contact("communication", `{"correspondence_language": "de"}`, "basefields", `{"contact_id": "7", "contact_type": "singleperson", "correspondence_language": ""}`),
			changes: []record.Change{update("member", "language", "fr")},
			want:    `{"communication": {"correspondence_language": "fr"}}`,
		},
		{
			name:    "the address of a parent goes where it was read",
			doc:     contact("communication", `{"primary_email": "", "email_parent_1": "a@example.org"}`),
			changes: []record.Change{update("member", "email", "b@example.org")},
			want:    `{"communication": {"primary_email": "", "email_parent_1": "b@example.org"}}`,
		},
		{
			name:    "the first address of a child is the parent's",
			doc:     contact("basefields", child, "communication", `{"primary_email": "", "email_parent_1": ""}`),
			changes: []record.Change{update("member", "email", "b@example.org")},
			want:    `{"communication": {"primary_email": "", "email_parent_1": "b@example.org"}}`,
		},
		{
			name:    "on the sixteenth birthday it is the own",
			doc:     contact("basefields", notAny, "communication", `{"primary_email": "", "email_parent_1": ""}`),
			changes: []record.Change{update("member", "email", "b@example.org")},
			want:    `{"communication": {"primary_email": "b@example.org", "email_parent_1": ""}}`,
		},
		{
			name:        "a child's address that was refused goes to the parent's place, where it can be read",
			doc:         contact("basefields", child, "communication", `{"primary_email": "a@example.org", "email_parent_1": ""}`),
			changes:     []record.Change{update("member", "email", "b@example.org")},
			alternative: refused,
			want:        `{"communication": {"primary_email": "", "email_parent_1": "b@example.org"}}`,
		},
		{
			name:        "an adult's address never goes to a parent's place",
			doc:         contact("basefields", notAny, "communication", `{"primary_email": "a@example.org", "email_parent_1": ""}`),
			changes:     []record.Change{update("member", "email", "b@example.org")},
			alternative: refused,
			want:        `{"communication": {"primary_email": "b@example.org", "email_parent_1": ""}}`,
		},
		{
			name:    "an emptied address leaves the parent's alone",
			doc:     contact("communication", `{"primary_email": "a@example.org", "email_parent_1": "b@example.org"}`),
			changes: []record.Change{update("member", "email", "-")},
			want:    `{"communication": {"primary_email": "", "email_parent_1": "b@example.org"}}`,
		},
		{
			name:    "a category is written in its first spelling",
			doc:     contact("membership", `{"membership": "Knaben", "first_joining_date": null}`),
			changes: []record.Change{update("affiliation", "category", "01")},
			want:    `{"membership": {"membership": "Aktive Turner", "first_joining_date": null}}`,
		},
		{
			name:    "a category in its second spelling stays",
			doc:     contact("membership", `{"membership": "Aktive"}`),
			changes: []record.Change{update("affiliation", "category", "01")},
		},
		{
			name:    "an end is a day where the link has a place for it",
			doc:     contact("custom_fields", `{"103": "", "104": ["Leiter"], "105": "Papier"}`),
			changes: []record.Change{{Kind: "affiliation", Op: record.End, On: day("2026-01-31")}},
			want:    `{"custom_fields": {"103": "2026-01-31", "104": ["Leiter"], "105": "Papier"}}`,
		},
		{
			name:    "the end of a member is that of the affiliation",
			doc:     contact(),
			changes: []record.Change{{Kind: "member", Op: record.End, On: day("2026-01-31")}},
		},
		{
			name:    "an end that is taken back takes the archive mark away",
			doc:     contact("status", `"archived"`, "custom_fields", `{"103": "2026-01-31"}`),
			changes: []record.Change{update("affiliation", "exitDate", "-")},
			want:    `{"status": "active", "custom_fields": {"103": ""}}`,
		},
		{
			name:    "an end that has no day is not taken back by the way",
			doc:     contact("status", `"archived"`, "custom_fields", `{"103": ""}`),
			changes: []record.Change{update("affiliation", "exitDate", "-", "entryDate", "2001-01-01")},
		},
		{
			name:    "an affiliation that is made anew is no longer archived",
			doc:     contact("status", `"archived"`),
			changes: []record.Change{{Kind: "affiliation", Op: record.Create, Set: set("category", "01")}},
			want:    `{"status": "active"}`,
		},
		{
			name:    "a function is a choice more",
			doc:     contact("custom_fields", `{"104": ["Fahnenträger", "Leiter"]}`),
			changes: []record.Change{{Kind: "function", Identity: "PRA|VST", Op: record.Create, Set: set("startDate", "2026-01-01")}},
			want:    `{"custom_fields": {"104": ["Fahnenträger", "Leiter", "Präsidentin"]}}`,
		},
		{
			name:    "a function that is there is not added again",
			doc:     contact("custom_fields", `{"104": ["Leiter"]}`),
			changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.Create}},
		},
		{
			name:    "the end of a function leaves the other choices",
			doc:     contact("custom_fields", `{"104": ["Fahnenträger", "Leiter", {"x": 1}]}`),
			changes: []record.Change{{Kind: "function", Identity: "LEI|", Op: record.End, On: today()}},
			want:    `{"custom_fields": {"104": ["Fahnenträger", {"x": 1}]}}`,
		},
		{
			name:    "a subscription is its delivery",
			doc:     contact("custom_fields", `{"105": ""}`),
			changes: []record.Change{{Kind: "subscription", Identity: "GYMLIVE", Op: record.Create, Set: set("delivery", "digital", "copies", "1")}},
			want:    `{"custom_fields": {"105": "Digital"}}`,
		},
		{
			name:    "the end of a subscription empties its place",
			doc:     contact("custom_fields", `{"105": "Digital"}`),
			changes: []record.Change{{Kind: "subscription", Identity: "GYMLIVE", Op: record.End}},
			want:    `{"custom_fields": {"105": ""}}`,
		},
		{
			name:    "a field without a place is left out",
			doc:     contact(),
			changes: []record.Change{update("member", "phonePrivate", "+41797335842")},
		},
		{
			name: "several changes are one request",
			doc:  contact("custom_fields", `{"101": "", "104": []}`),
			changes: []record.Change{
				update("member", "memberNumber", "012345"), {Kind: "function", Identity: "LEI|", Op: record.Create}, update("affiliation", "entryDate", "2001-02-03"),
			},
			want: `{"custom_fields": {"101": "012345", "104": ["Leiter"]}, "membership": {"membership": "Aktive", "first_joining_date": "2001-02-03"}}`,
		},
	}
	p := load(t, "fairgate", beispiel)
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Fold(tt.doc, tt.changes, today(), tt.alternative)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, got.Body, tt.want)
			got.Body = nil
			want := record.Write{Op: record.ChangeDocument, Kind: "contact", Ref: "contact/7", Version: `W/"1"`}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("write (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFoldAnEndWithoutAPlaceArchives(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", "profile: fairgate\n")
	end := []record.Change{{Kind: "affiliation", Op: record.End, On: today()}}
	got, err := p.Fold(contact(), end, today(), nil)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, got.Body, `{"status": "archived"}`)
	if got, err = p.Fold(contact("status", `"archived"`), end, today(), nil); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, got.Body, "")
}

func TestFoldIntoTheFederationsShapeOfAContact(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", verband)
	doc := contact("club_assignments", `{"primary": {"organization": "TV Beispiel", "executive_board": [{"role_id": 99, "role_name": "Revisor"}, {"role_id": 12, "role_name": "Präsidentin"}]}, "secondary": []}`)
	got, err := p.Fold(doc, []record.Change{
		{Kind: "function", Identity: "PRA|VST", Op: record.End}, {Kind: "function", Identity: "KAS|VST", Op: record.Create},
	}, today(), nil)
	if err != nil {
		t.Fatal(err)
	}
	sameJSON(t, got.Body, `{"club_assignments": {"primary": {"organization": "TV Beispiel",
		"executive_board": [{"role_id": 99, "role_name": "Revisor"}, {"role_id": 13}]}, "secondary": []}}`)
}

func TestFoldIntoAnEntityOfTheFederation(t *testing.T) {
	t.Parallel()
	own := `"memberId": "m1", "clubNumber": "` + clubNumber + `"`
	rows := []struct {
		name   string
		doc    record.Document
		change record.Change
		op     record.WriteOp
		want   string
	}{
		{
			name:   "only what changes is sent",
			doc:    document("members", "m1", `{"id": "m1", "lastName": "Muster", "city": "Bern", "phoneMobile": "+41 79 733 58 42"}`),
			change: update("member", "lastName", "Huber", "phoneMobile", "+41797335842"), want: `{"lastName": "Huber"}`,
		},
		{
			name: "empty is null", doc: document("members", "m1", `{"id": "m1", "email": "a@example.org"}`),
			change: update("member", "email", "-"), want: `{"email": null}`,
		},
		{
			name: "what the federation gives is never written", doc: document("members", "m1", `{"id": "m1", "memberNumber": "012345"}`),
			change: update("member", "memberNumber", "054321", "homeClubNumber", "x"),
		},
		{
			name: "a truth is a truth", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "primary": true}`),
			change: update("affiliation", "primary", "no"), want: `{"primary": false}`,
		},
		{
			name: "copies are a number", doc: document("subscriptions", "s1", `{"id": "s1", "memberId": "m1", "publication": "GYMLIVE", "copies": null}`),
			change: update("subscription", "copies", "2"), want: `{"copies": 2}`,
		},
		{
			name: "an affiliation ends by its exit date", doc: document("affiliations", "a1", `{"id": "a1", `+own+`, "exitDate": null}`),
			change: record.Change{Kind: "affiliation", Op: record.End, On: day("2026-01-31")}, want: `{"exitDate": "2026-01-31"}`,
		},
		{
			name: "a function ends by its end date", doc: document("functions", "f1", `{"id": "f1", `+own+`, "functionCode": "LEI", "organ": null, "startDate": "2027-01-01", "endDate": null}`),
			change: record.Change{Kind: "function", Op: record.End, On: today()}, want: `{"endDate": "2026-02-01"}`,
		},
		{
			name: "a subscription ends by its end date", doc: document("subscriptions", "s1", `{"id": "s1", "memberId": "m1", "publication": "GYMLIVE", "startDate": "2026-02-01", "endDate": null}`),
			change: record.Change{Kind: "subscription", Op: record.End, On: today()}, want: `{"endDate": "2026-02-01"}`,
		},
		{
			name: "a subscription that has not begun is deleted", doc: document("subscriptions", "s1", `{"id": "s1", "memberId": "m1", "publication": "GYMLIVE", "startDate": "2026-02-02"}`),
			change: record.Change{Kind: "subscription", Op: record.End, On: today()}, op: record.DeleteDocument,
		},
	}
	p := load(t, "stv", "")
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Fold(tt.doc, []record.Change{tt.change}, today(), nil)
			if err != nil {
				t.Fatal(err)
			}
			sameJSON(t, got.Body, tt.want)
			if tt.op == "" {
				tt.op = record.ChangeDocument
			}
			if got.Op != tt.op || got.Ref != tt.doc.Ref || got.Version != tt.doc.Version {
				t.Errorf("got %s %s %s, want %s %s %s", got.Op, got.Ref, got.Version, tt.op, tt.doc.Ref, tt.doc.Version)
			}
		})
	}
}

func TestFoldRefuses(t *testing.T) {
	t.Parallel()
	fairgate, stv := load(t, "fairgate", beispiel), load(t, "stv", "")
	member := document("members", "m1", `{"id": "m1"}`)
	rows := []struct {
		name   string
		p      *mapping.Profile
		doc    record.Document
		change record.Change
	}{
		{name: "a language that the federation does not know", p: stv, doc: member, change: update("member", "language", "en")},
		{name: "a category that no membership stands for", p: fairgate, doc: contact(), change: update("affiliation", "category", "13")},
		{name: "a kind that does not stand in the document", p: stv, doc: member, change: update("affiliation", "category", "01")},
		{name: "a function that no choice means", p: fairgate, doc: contact(), change: record.Change{Kind: "function", Identity: "TEC|", Op: record.Create}},
		{name: "a publication without a place", p: fairgate, doc: contact(), change: record.Change{Kind: "subscription", Identity: "STVAKTUELL", Op: record.End}},
		{name: "a subscription of which nothing can be written", p: fairgate, doc: contact(), change: record.Change{Kind: "subscription", Identity: "GYMLIVE", Op: record.Create}},
		{name: "emptying what a subscription consists of", p: fairgate, doc: contact("custom_fields", `{"105": "Papier"}`), change: record.Change{Kind: "subscription", Identity: "GYMLIVE", Op: record.Clear, Set: set("delivery", "-")}},
		{name: "a body that is not JSON", p: stv, doc: document("members", "m1", "<html>"), change: update("member", "lastName", "X")},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := tt.p.Fold(tt.doc, []record.Change{tt.change}, today(), nil); err == nil {
				t.Errorf("got %s, want an error", got.Body)
			}
		})
	}
}
