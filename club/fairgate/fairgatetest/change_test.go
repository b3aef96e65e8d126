package fairgatetest_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
)

// someone is a new contact with the required fields only.
func someone() map[string]any {
	return map[string]any{"basefields": map[string]any{
		"contact_type": "singleperson", "first_name": "Anna", "last_name": "Frei",
	}}
}

// values are what may and may not stand at a place. Each is tried by a change of a full contact that carries the
// top-level member whole, and inside a new contact.
func values() map[string]struct {
	path       string
	value      any
	federation bool   // the place exists in the federation shape only
	served     any    // where it is accepted and served otherwise than it was written
	refused    string // the field that the refusal names; empty is accepted
} {
	role := func(id any, name any) map[string]any { return map[string]any{"role_id": id, "role_name": name} }
	return map[string]struct {
		path       string
		value      any
		federation bool
		served     any
		refused    string
	}{
		"a text is a text":                         {path: "basefields.company_name", value: "Muster AG"},
		"a number is not a text":                   {path: "basefields.company_name", value: 7, refused: "basefields.company_name"},
		"a boolean is not a text":                  {path: "communication.mobile", value: true, refused: "communication.mobile"},
		"an object is not a text":                  {path: "corr_address.city", value: map[string]any{}, refused: "corr_address.city"},
		"an unknown nested field":                  {path: "basefields.nickname", value: "V", refused: "basefields.nickname"},
		"an unknown nested field with null":        {path: "corr_address.postal_code", value: nil, refused: "corr_address.postal_code"},
		"an unknown top-level field":               {path: "tags", value: []any{}, refused: "tags"},
		"a text is not an address":                 {path: "corr_address", value: "Nirgendweg 3", refused: "corr_address"},
		"an array is not an address":               {path: "invoice_address", value: []any{}, refused: "invoice_address"},
		"the misspelled postal code":               {path: "invoice_address.postale_code", value: "8999"},
		"a gender":                                 {path: "basefields.gender", value: "male"},
		"a gender as in imports":                   {path: "basefields.gender", value: "1", refused: "basefields.gender"},
		"a gender as the federation spells it":     {path: "basefields.gender", value: "F", refused: "basefields.gender"},
		"a gender is a text":                       {path: "basefields.gender", value: 2, refused: "basefields.gender"},
		"a salutation":                             {path: "basefields.salutation", value: "formal"},
		"another salutation":                       {path: "basefields.salutation", value: "Frau", refused: "basefields.salutation"},
		"a contact type":                           {path: "basefields.contact_type", value: "company"},
		"another contact type":                     {path: "basefields.contact_type", value: "person", refused: "basefields.contact_type"},
		"a status":                                 {path: "status", value: "ffm"},
		"the status of an archive":                 {path: "status", value: "archived"},
		"another status":                           {path: "status", value: "left", refused: "status"},
		"no status":                                {path: "status", value: nil, refused: "status"},
		"a birthday":                               {path: "basefields.birthday", value: "2012-02-29"},
		"a day that does not exist":                {path: "basefields.birthday", value: "2013-02-29", refused: "basefields.birthday"},
		"a birthday as in imports":                 {path: "basefields.birthday", value: "04.07.1990", refused: "basefields.birthday"},
		"a birthday as a time":                     {path: "basefields.birthday", value: "1990-07-04T00:00:00Z", refused: "basefields.birthday"},
		"a joining date":                           {path: "membership.first_joining_date", value: "2001-01-31"},
		"a joining date without its day":           {path: "membership.first_joining_date", value: "2001-01", refused: "membership.first_joining_date"},
		"a membership of the organisation":         {path: "membership.membership", value: "Passivmitglied"},
		"a membership that it does not know":       {path: "membership.membership", value: "Gönner", refused: "membership.membership"},
		"a membership by its code":                 {path: "membership.membership", value: "01", refused: "membership.membership"},
		"an e-mail":                                {path: "communication.primary_email", value: "anna.frei@example.ch"},
		"an e-mail without a host":                 {path: "communication.primary_email", value: "anna.frei", refused: "communication.primary_email"},
		"an e-mail with a name":                    {path: "communication.email_parent_1", value: "Anna <anna@example.ch>", refused: "communication.email_parent_1"},
		"a last update is ignored":                 {path: "basefields.last_update", value: "2001-01-01T00:00:00Z", served: "2026-03-15T13:00:00+01:00"},
		"another contact's id":                     {path: "basefields.contact_id", value: "7", refused: "basefields.contact_id"},
		"an id that is none":                       {path: "basefields.contact_id", value: "seven", refused: "basefields.contact_id"},
		"a custom text":                            {path: "custom_fields.101", value: "004711"},
		"a number is not a custom text":            {path: "custom_fields.101", value: 4711, refused: "custom_fields.101"},
		"a custom choice":                          {path: "custom_fields.102", value: "Digital"},
		"a custom choice outside the list":         {path: "custom_fields.102", value: "digital", refused: "custom_fields.102"},
		"a custom choice as an array":              {path: "custom_fields.102", value: []any{"Digital"}, refused: "custom_fields.102"},
		"an exit in the past":                      {path: "custom_fields.103", value: "2025-12-31"},
		"an exit today":                            {path: "custom_fields.103", value: "2026-03-15"},
		"an exit tomorrow":                         {path: "custom_fields.103", value: "2026-03-16", refused: "custom_fields.103"},
		"a custom date that is none":               {path: "custom_fields.103", value: "bald", refused: "custom_fields.103"},
		"another date ahead":                       {path: "custom_fields.105", value: "2031-01-01"},
		"several choices":                          {path: "custom_fields.104", value: []any{"Kassier", "Präsidentin"}},
		"none of several choices":                  {path: "custom_fields.104", value: []any{}},
		"several choices, one outside the list":    {path: "custom_fields.104", value: []any{"Kassier", "Fahnenträger"}, refused: "custom_fields.104"},
		"several choices, one twice":               {path: "custom_fields.104", value: []any{"Kassier", "Kassier"}, refused: "custom_fields.104"},
		"several choices as a text":                {path: "custom_fields.104", value: "Kassier", refused: "custom_fields.104"},
		"several choices, one a number":            {path: "custom_fields.104", value: []any{7}, refused: "custom_fields.104"},
		"a custom field that is not defined":       {path: "custom_fields.999", value: "x", refused: "custom_fields.999"},
		"a federation number as a text":            {path: "federation_data.federation_contact_id", value: "054321", federation: true},
		"a federation number as a number":          {path: "federation_data.federation_contact_id", value: 54321, federation: true, served: "54321"},
		"a federation number that is none":         {path: "federation_data.federation_contact_id", value: "A54321", federation: true, refused: "federation_data.federation_contact_id"},
		"a federation number with a fraction":      {path: "federation_data.federation_contact_id", value: 5.5, federation: true, refused: "federation_data.federation_contact_id"},
		"a federation membership":                  {path: "federation_data.federation_membership", value: "Passivmitglied", federation: true},
		"a federation membership that is not one":  {path: "federation_data.federation_membership", value: "10", federation: true, refused: "federation_data.federation_membership"},
		"a federation joining date":                {path: "federation_data.federation_first_joining_date", value: "2020-02-02", federation: true},
		"a federation joining date that is none":   {path: "federation_data.federation_first_joining_date", value: "2.2.2020", federation: true, refused: "federation_data.federation_first_joining_date"},
		"a role":                                   {path: "club_assignments.primary.executive_board", value: []any{role(13, "Kassier")}, federation: true},
		"a role by its id alone gets its name":     {path: "club_assignments.primary.executive_board", value: []any{map[string]any{"role_id": 13}}, federation: true, served: []any{role(13.0, "Kassier")}},
		"a role that is not known":                 {path: "club_assignments.primary.executive_board", value: []any{role(99, "Kassier")}, federation: true, refused: "club_assignments.primary.executive_board.0.role_id"},
		"a role under another's name":              {path: "club_assignments.primary.executive_board", value: []any{role(13, "Präsidentin")}, federation: true, refused: "club_assignments.primary.executive_board.0.role_name"},
		"a role id as a text":                      {path: "club_assignments.primary.executive_board", value: []any{role("13", "Kassier")}, federation: true, refused: "club_assignments.primary.executive_board.0.role_id"},
		"a role as a text":                         {path: "club_assignments.primary.executive_board", value: []any{"Kassier"}, federation: true, refused: "club_assignments.primary.executive_board.0"},
		"a board that is not an array":             {path: "club_assignments.primary.executive_board", value: role(13, "Kassier"), federation: true, refused: "club_assignments.primary.executive_board"},
		"an unknown field of a role":               {path: "club_assignments.primary.executive_board", value: []any{map[string]any{"role_id": 13, "since": "2020"}}, federation: true, refused: "club_assignments.primary.executive_board.0.since"},
		"an organisation's membership":             {path: "club_assignments.primary.membership", value: "Passivmitglied", federation: true},
		"an organisation's membership that is not": {path: "club_assignments.primary.membership", value: "Gönner", federation: true, refused: "club_assignments.primary.membership"},
	}
}

// TestEachPlaceTakesWhatItMayHold tries each value in a change and in a new contact, in both shapes and merges.
func TestEachPlaceTakesWhatItMayHold(t *testing.T) {
	t.Parallel()
	inEachWorld(t, func(t *testing.T, world func(*fairgatetest.Config)) {
		t.Helper()
		c := open(t, world)
		for name, tt := range values() {
			c.Restore(nil)
			id := c.Add(vreni())
			before := c.contact(t, id)
			refused := tt.refused
			if _, known := before["federation_data"]; !known && tt.federation {
				refused = topOf(tt.path)
			}
			made := c.post(t, contacts, withValue(t, someone(), tt.path, tt.value))
			if madeID, ok := at(made.body, "data.basefields.contact_id").(string); ok {
				c.Remove(madeID) // Its e-mail stands in the way of the change's.
			}
			changed := c.put(t, id, carrying(t, before, tt.path, tt.value))
			if refused != "" {
				for how, got := range map[string]reply{"change": changed, "create": made} {
					if got.status != http.StatusBadRequest || !cmp.Equal(got.fields(), []string{refused}) {
						t.Errorf("%s: %s: got %d %v, want 400 for %s", name, how, got.status, got.fields(), refused)
					}
				}
				if diff := cmp.Diff(before, c.contact(t, id)); diff != "" {
					t.Errorf("%s: a refused change changed something (-want +got):\n%s", name, diff)
				}
				if n := len(c.Contacts()); n != 1 {
					t.Errorf("%s: a refused create left %d contacts, want 1", name, n)
				}
				continue
			}
			want := tt.value
			if tt.served != nil {
				want = tt.served
			}
			for how, got := range map[string]struct {
				reply
				status int
			}{"change": {changed, http.StatusOK}, "create": {made, http.StatusCreated}} {
				if got.reply.status != got.status {
					t.Errorf("%s: %s: got %d %v, want %d", name, how, got.reply.status, got.fields(), got.status)
				}
				if diff := cmp.Diff(numbered(t, want), at(got.body, "data."+tt.path)); diff != "" {
					t.Errorf("%s: %s: served (-want +got):\n%s", name, how, diff)
				}
			}
			after := numbered(t, changed.body["data"])
			if diff := cmp.Diff(after, any(c.contact(t, id))); diff != "" {
				t.Errorf("%s: the answer is not what a read gives (-answer +read):\n%s", name, diff)
			}
		}
	})
}

func topOf(path string) string {
	for i, r := range path {
		if r == '.' {
			return path[:i]
		}
	}
	return path
}

// withValue returns doc with one value set.
func withValue(t *testing.T, doc map[string]any, path string, value any) map[string]any {
	t.Helper()
	maps.Copy(doc, carrying(t, doc, path, value))
	return doc
}

// numbered returns v as it looks after a round trip through JSON.
func numbered(t *testing.T, v any) any {
	t.Helper()
	return decode(t, encode(t, map[string]any{"v": v}))["v"]
}

func TestANewContactNeedsItsName(t *testing.T) {
	t.Parallel()
	inEachWorld(t, func(t *testing.T, world func(*fairgatetest.Config)) {
		t.Helper()
		c := open(t, world)
		for _, field := range []string{"contact_type", "first_name", "last_name"} {
			for how, empty := range map[string]func(map[string]any){
				"absent": func(base map[string]any) { delete(base, field) },
				"null":   func(base map[string]any) { base[field] = nil },
				"empty":  func(base map[string]any) { base[field] = "" },
			} {
				body := someone()
				base, _ := body["basefields"].(map[string]any)
				empty(base)
				got := c.post(t, contacts, body)
				if got.status != http.StatusBadRequest || !cmp.Equal(got.fields(), []string{"basefields." + field}) {
					t.Errorf("%s %s: got %d %v, want 400 for it", field, how, got.status, got.fields())
				}
			}
		}
		all := []string{"basefields.contact_type", "basefields.first_name", "basefields.last_name"}
		for _, body := range []string{`{}`, `{"basefields":null}`, `{"basefields":{}}`} {
			if got := c.post(t, contacts, body); got.status != http.StatusBadRequest || !cmp.Equal(got.fields(), all) {
				t.Errorf("%s: got %d %v, want 400 for %v", body, got.status, got.fields(), all)
			}
		}
		if n := len(c.Contacts()); n != 0 {
			t.Errorf("%d contacts were made", n)
		}
		got := c.post(t, contacts, someone())
		if got.status != http.StatusCreated || at(got.body, "data.status") != "active" {
			t.Errorf("with its name: got %d %v, want 201 and active", got.status, got.body)
		}
	})
}

func TestARequiredFieldCannotBeEmptied(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	for _, field := range []string{"basefields.contact_type", "basefields.first_name", "basefields.last_name", "status"} {
		for _, empty := range []any{nil, ""} {
			got := c.put(t, id, carrying(t, c.contact(t, id), field, empty))
			if got.status != http.StatusBadRequest || !cmp.Equal(got.fields(), []string{field}) {
				t.Errorf("%s to %v: got %d %v, want 400 for it", field, empty, got.status, got.fields())
			}
		}
	}
	nameless := c.Add(fairgatetest.Contact{Basefields: fairgatetest.Basefields{ContactType: "company", CompanyName: "Muster AG"}})
	if got := c.put(t, nameless, `{"communication":{"website":"https://example.ch"}}`); got.status != http.StatusOK {
		t.Errorf("where it was empty already: got %d %v, want 200", got.status, got.fields())
	}
}

func TestSeveralWrongFieldsAreAllNamed(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	got := c.put(t, id, `{"basefields":{"gender":"x","nick":"y"},"custom_fields":{"103":"2027-01-01"},"status":"gone"}`)
	want := []string{"basefields.gender", "basefields.nick", "custom_fields.103", "status"}
	if diff := cmp.Diff(want, got.fields()); got.status != http.StatusBadRequest || diff != "" {
		t.Errorf("got %d, fields (-want +got):\n%s", got.status, diff)
	}
}

func TestTheBodyOfAWriteIsOneObject(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	for _, body := range []string{``, `null`, `[]`, `"x"`, `{`, `{} {}`, `{"status":"active"}x`} {
		for how, got := range map[string]reply{"change": c.put(t, id, body), "create": c.post(t, contacts, body)} {
			if got.status != http.StatusBadRequest {
				t.Errorf("%s %q: got %d, want 400", how, body, got.status)
			}
		}
	}
	if got := c.put(t, id, `{}`); got.status != http.StatusOK {
		t.Errorf("change {}: got %d, want 200", got.status)
	}
}

func TestAPrimaryEmailIsUnique(t *testing.T) {
	t.Parallel()
	inEachWorld(t, func(t *testing.T, world func(*fairgatetest.Config)) {
		t.Helper()
		c := open(t, world)
		c.Add(vreni())
		archived := vreni()
		archived.Status, archived.Communication.PrimaryEmail = "archived", "archived@example.org"
		c.Add(archived)
		other := vreni()
		other.Communication.PrimaryEmail = ""
		id := c.Add(other)
		before := c.contact(t, id)

		for _, email := range []string{"vreni@example.org", "VRENI@Example.org", "archived@example.org"} {
			for how, got := range map[string]reply{
				"change": c.put(t, id, carrying(t, before, "communication.primary_email", email)),
				"create": c.post(t, contacts, withValue(t, someone(), "communication.primary_email", email)),
			} {
				if got.status != http.StatusOK || got.body["success"] != false || got.body["data"] != nil ||
					!cmp.Equal(got.fields(), []string{"communication.primary_email"}) {
					t.Errorf("%s %s: got %d %v, want 200 without success", how, email, got.status, got.body)
				}
			}
		}
		if diff := cmp.Diff(before, c.contact(t, id)); diff != "" {
			t.Errorf("a refused change changed something (-want +got):\n%s", diff)
		}
		if n := len(c.Contacts()); n != 3 {
			t.Errorf("%d contacts, want the 3 of before", n)
		}
		got := c.put(t, id, carrying(t, before, "communication.primary_email", "free@example.org"))
		if got.status != http.StatusOK || at(got.body, "data.communication.primary_email") != "free@example.org" {
			t.Errorf("a free e-mail: got %d %v, want it taken", got.status, got.body)
		}
	})
}

func TestTwoContactsWithoutEmailAndAParentsEmailAreFine(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Add(vreni())
	for range 2 {
		if got := c.post(t, contacts, withValue(t, someone(), "communication.email_parent_1", "vreni@example.org")); got.status != http.StatusCreated {
			t.Errorf("got %d %v, want 201", got.status, got.body)
		}
	}
}

func TestOnesOwnEmailMayBeCarriedAndRecased(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	for _, email := range []string{"vreni@example.org", "Vreni@Example.org"} {
		got := c.put(t, id, carrying(t, c.contact(t, id), "communication.primary_email", email))
		if got.status != http.StatusOK || at(got.body, "data.communication.primary_email") != email {
			t.Errorf("%s: got %d %v, want it kept", email, got.status, got.body)
		}
	}
	c.Add(vreni()) // A secretary may have doubled it before the rule came.
	if got := c.put(t, id, carrying(t, c.contact(t, id), "communication.mobile", "079 000 00 09")); got.body["success"] != true {
		t.Errorf("a phone beside a doubled e-mail: got %d %v, want success", got.status, got.body)
	}
}

// TestAChangeMerges states the difference between the two ways: by hand, per member, what stays.
func TestAChangeMerges(t *testing.T) {
	t.Parallel()
	board := func(ids ...float64) []any {
		var list []any
		for _, id := range ids {
			list = append(list, map[string]any{"role_id": id, "role_name": map[float64]string{12: "Präsidentin", 13: "Kassier"}[id]})
		}
		return list
	}
	clubs := map[fairgatetest.Merge]*club{
		fairgatetest.Deep: open(t, federationShape), fairgatetest.Shallow: open(t, federationShape, shallow),
	}
	for name, tt := range map[string]struct {
		body          string
		both          map[string]any // what holds after the change in both ways
		deep, shallow map[string]any // what holds besides in one
	}{
		"a member that is not given stays": {
			body: `{"status":"ffm"}`,
			both: map[string]any{
				"status": "ffm", "basefields.first_name": "Vreni", "communication.mobile": "079 000 00 01",
				"custom_fields.101": "012345", "federation_data.federation_contact_id": "012345",
			},
		},
		"an object merges or is replaced": {
			body:    `{"communication":{"mobile":"079 000 00 09"}}`,
			both:    map[string]any{"communication.mobile": "079 000 00 09", "corr_address.city": "Musterlingen"},
			deep:    map[string]any{"communication.primary_email": "vreni@example.org", "communication.handy2": "079 000 00 02"},
			shallow: map[string]any{"communication.primary_email": "", "communication.handy2": ""},
		},
		"custom fields merge or are replaced": {
			body:    `{"custom_fields":{"102":"Digital"}}`,
			both:    map[string]any{"custom_fields.102": "Digital"},
			deep:    map[string]any{"custom_fields.101": "012345", "custom_fields.103": "2026-03-15", "custom_fields.104": []any{"Leiter", "Kassier"}},
			shallow: map[string]any{"custom_fields.101": "", "custom_fields.103": nil, "custom_fields.104": []any{}},
		},
		"several choices are replaced whole": {
			body: `{"custom_fields":{"104":["Präsidentin"]}}`,
			both: map[string]any{"custom_fields.104": []any{"Präsidentin"}},
		},
		"null and empty clear a field": {
			body: `{"corr_address":{"street":null,"city":"","postale_code":"8998"}}`,
			both: map[string]any{"corr_address.street": "", "corr_address.city": "", "corr_address.postale_code": "8998"},
			deep: map[string]any{"corr_address.country": "Schweiz"}, shallow: map[string]any{"corr_address.country": nil},
		},
		"null clears a whole member": {
			body: `{"membership":null,"custom_fields":null}`,
			both: map[string]any{
				"membership.membership": "", "membership.first_joining_date": "", "custom_fields.101": "",
				"custom_fields.102": nil, "custom_fields.104": []any{},
			},
		},
		"null clears each kind of custom field": {
			body: `{"custom_fields":{"101":null,"102":"","103":"","104":null}}`,
			both: map[string]any{
				"custom_fields.101": "", "custom_fields.102": nil, "custom_fields.103": nil, "custom_fields.104": []any{},
			},
		},
		"a board is replaced whole": {
			body:    `{"club_assignments":{"primary":{"executive_board":[{"role_id":13}]}}}`,
			both:    map[string]any{"club_assignments.primary.executive_board": board(13)},
			deep:    map[string]any{"club_assignments.primary.organization": "TV Beispiel", "club_assignments.primary.organization_id": 7.0},
			shallow: map[string]any{"club_assignments.primary.organization": "", "club_assignments.primary.organization_id": nil, "club_assignments.secondary": []any{}},
		},
		"federation data merge or are replaced": {
			body:    `{"federation_data":{"federation_contact_id":"054321"}}`,
			both:    map[string]any{"federation_data.federation_contact_id": "054321", "club_assignments.primary.executive_board": board(12, 13)},
			deep:    map[string]any{"federation_data.federation_membership": "Aktive Turnerin"},
			shallow: map[string]any{"federation_data.federation_membership": "", "federation_data.federation_first_joining_date": ""},
		},
		"basefields keep what the server gives": {
			body:    `{"basefields":{"contact_type":"singleperson","first_name":"Verena","last_name":"Oberhänsli"}}`,
			both:    map[string]any{"basefields.first_name": "Verena"},
			deep:    map[string]any{"basefields.birthday": "1990-07-04", "basefields.gender": "female"},
			shallow: map[string]any{"basefields.birthday": nil, "basefields.gender": "", "basefields.salutation": nil},
		},
	} {
		for merge, besides := range map[fairgatetest.Merge]map[string]any{fairgatetest.Deep: tt.deep, fairgatetest.Shallow: tt.shallow} {
			t.Run(name+", "+string(merge), func(t *testing.T) {
				t.Parallel()
				c := clubs[merge]
				id := c.Add(vreni())
				if got := c.put(t, id, tt.body); got.status != http.StatusOK {
					t.Fatalf("got %d %v, want 200", got.status, got.body)
				}
				after := c.contact(t, id)
				wants := map[string]any{"basefields.contact_id": id}
				maps.Copy(wants, besides)
				maps.Copy(wants, tt.both)
				for path, want := range wants {
					if diff := cmp.Diff(want, at(after, path)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", path, diff)
					}
				}
			})
		}
	}
}

func TestAPartOfTheNameIsNotEnoughWhereAChangeReplaces(t *testing.T) {
	t.Parallel()
	c := open(t, shallow)
	got := c.put(t, c.Add(vreni()), `{"basefields":{"first_name":"Verena"}}`)
	if want := []string{"basefields.contact_type", "basefields.last_name"}; !cmp.Equal(want, got.fields()) {
		t.Errorf("got %d %v, want 400 for %v", got.status, got.fields(), want)
	}
}

func TestALastUpdateMovesWithARealChangeOnly(t *testing.T) {
	t.Parallel()
	const was, is = "2026-03-15T13:00:00+01:00", "2026-07-01T10:00:01+02:00"
	for name, tt := range map[string]struct {
		quiet bool
		body  func(doc map[string]any) any
		want  string
	}{
		"another phone":         {false, func(map[string]any) any { return `{"communication":{"mobile":"079 000 00 09"}}` }, is},
		"the same phone":        {false, func(map[string]any) any { return `{"communication":{"mobile":"079 000 00 01"}}` }, was},
		"nothing":               {false, func(map[string]any) any { return `{}` }, was},
		"all that was read":     {false, func(doc map[string]any) any { return doc }, was},
		"empty for null":        {false, func(map[string]any) any { return `{"invoice_address":{"street":null,"state":""}}` }, was},
		"a custom field":        {false, func(map[string]any) any { return `{"custom_fields":{"102":"Digital"}}` }, is},
		"the same custom field": {false, func(map[string]any) any { return `{"custom_fields":{"102":"Papier"}}` }, was},
		"a custom field, where those do not count":  {true, func(map[string]any) any { return `{"custom_fields":{"102":"Digital"}}` }, was},
		"a custom field and a phone, likewise":      {true, func(map[string]any) any { return `{"communication":{"mobile":null},"custom_fields":{"102":null}}` }, is},
		"a phone, where custom fields do not count": {true, func(map[string]any) any { return `{"communication":{"mobile":null}}` }, is},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, federationShape, func(c *fairgatetest.Config) { c.QuietCustomFields, c.TokenLife = tt.quiet, 365*24*time.Hour })
			id := c.Add(vreni())
			doc := c.contact(t, id)
			if got := at(doc, "basefields.last_update"); got != was {
				t.Fatalf("on the day of its making: %v, want %s", got, was)
			}
			c.clock.move(time.Date(2026, time.July, 1, 8, 0, 1, 999, time.UTC).Sub(c.clock.Now()))
			if got := c.put(t, id, tt.body(doc)); got.status != http.StatusOK || at(got.body, "data.basefields.last_update") != tt.want {
				t.Errorf("got %d %v, want %s", got.status, at(got.body, "data.basefields.last_update"), tt.want)
			}
		})
	}
}

func TestNoChoicesAreNoneHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	c.put(t, id, `{"custom_fields":{"104":null}}`)
	c.clock.move(time.Minute)
	for _, body := range []string{`{"custom_fields":{"104":[]}}`, `{"custom_fields":{"104":""}}`, `{"custom_fields":{"104":null}}`} {
		got := c.put(t, id, body)
		if stamp := at(got.body, "data.basefields.last_update"); stamp != "2026-03-15T13:00:00+01:00" {
			t.Errorf("%s: got %d %v, stamp %v, want it unmoved", body, got.status, got.fields(), stamp)
		}
	}
}

func TestADeletedContactLeavesNoTrace(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	for i, want := range []int{http.StatusOK, http.StatusNotFound} {
		if got := c.send(t, http.MethodDelete, contacts+"/"+id, "", ""); got.status != want {
			t.Errorf("delete %d: got %d, want %d", i+1, got.status, want)
		}
	}
	if got := c.get(t, contacts+"/"+id+"/extended"); got.status != http.StatusNotFound || got.body["success"] != false {
		t.Errorf("read: got %d %v, want 404", got.status, got.body)
	}
	if got := c.put(t, id, `{"status":"active"}`); got.status != http.StatusNotFound {
		t.Errorf("change: got %d, want 404", got.status)
	}
	if got := c.post(t, contacts, someone()); at(got.body, "data.basefields.contact_id") != "1002" {
		t.Errorf("the next contact is %v, want 1002: an id is not given twice", at(got.body, "data.basefields.contact_id"))
	}
}
