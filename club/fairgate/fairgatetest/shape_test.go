package fairgatetest_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
)

// servedVreni is vreni on the wire in the club shape, by hand.
const servedVreni = `{
  "basefields": {"contact_id":"1001", "first_name":"Vreni", "last_name":"Oberhänsli", "company_name":null,
    "contact_type":"singleperson", "salutation":"informal", "correspondence_language":"de", "gender":"female",
    "birthday":"1990-07-04", "last_update":"2026-03-15T13:00:00+01:00"},
  "status": "active",
  "membership": {"membership":"Aktive Turnerin", "first_joining_date":"2004-08-01"},
  "corr_address": {"alias_name":null, "street":"Nirgendweg 3", "city":"Musterlingen", "state":null,
    "postale_code":"8999", "country":"Schweiz", "post_office_box":null},
  "invoice_address": {"alias_name":null, "street":"", "city":"", "state":null, "postale_code":"", "country":null,
    "post_office_box":null},
  "communication": {"primary_email":"vreni@example.org", "mobile":"079 000 00 01", "handy2":"079 000 00 02",
    "email_parent_1":"", "email_parent_2":null, "website":"https://example.org", "correspondence_language":null},
  "custom_fields": {"101":"012345", "102":"Papier", "103":"2026-03-15", "104":["Leiter","Kassier"], "105":null}
}`

// federationOfVreni is what the federation shape adds.
const federationOfVreni = `{
  "federation_data": {"federation_contact_id":"012345", "federation_membership":"Aktive Turnerin",
    "federation_first_joining_date":"2004-09-01"},
  "club_assignments": {
    "primary": {"organization_id":7, "organization":"TV Beispiel", "membership":"Aktive Turnerin",
      "executive_board":[{"role_id":12,"role_name":"Präsidentin"},{"role_id":13,"role_name":"Kassier"}]},
    "secondary": [{"organization_id":8, "organization":"TV Anderswo", "membership":"", "executive_board":[]}]}
}`

func TestAContactIsServedInTwoShapes(t *testing.T) {
	t.Parallel()
	inEachWorld(t, func(t *testing.T, world func(*fairgatetest.Config)) {
		t.Helper()
		var shape fairgatetest.Shape
		c := open(t, world, func(c *fairgatetest.Config) { shape = c.Shape })
		want := decode(t, servedVreni)
		if shape == fairgatetest.FederationShape {
			maps.Copy(want, decode(t, federationOfVreni))
		}
		id := c.Add(vreni())
		if diff := cmp.Diff(want, c.contact(t, id)); diff != "" {
			t.Errorf("read (-want +got):\n%s", diff)
		}
		listed, _ := at(c.get(t, onePage).body, "data.contacts").([]any)
		if diff := cmp.Diff([]any{want}, listed); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		if got := c.put(t, id, want); got.body["success"] != true {
			t.Errorf("all that was read, written back: %d %v", got.status, got.body)
		}
		if diff := cmp.Diff(want, c.contact(t, id)); diff != "" {
			t.Errorf("written back and read (-want +got):\n%s", diff)
		}
	})
}

func TestNothingIsServedAsNullOrEmptyByTheField(t *testing.T) {
	t.Parallel()
	c := open(t, federationShape)
	doc := c.contact(t, c.Add(fairgatetest.Contact{}))
	for path, want := range map[string]any{
		"basefields.first_name":                 "",
		"basefields.company_name":               nil,
		"basefields.gender":                     "",
		"basefields.salutation":                 nil,
		"basefields.birthday":                   nil,
		"membership.first_joining_date":         "",
		"communication.primary_email":           "",
		"communication.mobile":                  nil,
		"federation_data.federation_contact_id": nil,
		"federation_data.federation_membership": "",
		"club_assignments.primary.organization": "",
		"club_assignments.secondary":            []any{},
		"custom_fields.101":                     "",
		"custom_fields.102":                     nil,
		"custom_fields.103":                     nil,
		"custom_fields.104":                     []any{},
	} {
		if diff := cmp.Diff(want, at(doc, path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestASwitchChangesHowAValueIsServed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set  func(*fairgatetest.Config)
		want map[string]any
	}{
		"contact ids as numbers": {
			func(c *fairgatetest.Config) { c.NumericIDs = true },
			map[string]any{"basefields.contact_id": 1001.0, "federation_data.federation_contact_id": "012345"},
		},
		"federation numbers as numbers, without leading zeros": {
			func(c *fairgatetest.Config) { c.FederationNumbers = true },
			map[string]any{"basefields.contact_id": "1001", "federation_data.federation_contact_id": 12345.0, "custom_fields.101": "012345"},
		},
		"dates as midnight in Zurich, summer and winter": {
			func(c *fairgatetest.Config) { c.DatesAsTimes = true },
			map[string]any{
				"basefields.birthday": "1990-07-04T00:00:00+02:00", "custom_fields.103": "2026-03-15T00:00:00+01:00",
				"membership.first_joining_date": "2004-08-01T00:00:00+02:00", "custom_fields.105": nil,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, federationShape, tt.set)
			id := c.Add(vreni())
			doc := c.contact(t, id)
			for path, want := range tt.want {
				if diff := cmp.Diff(want, at(doc, path)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", path, diff)
				}
			}
			kept := c.Contacts()
			if got := c.put(t, id, doc); got.body["success"] != true {
				t.Fatalf("all that was read, written back: %d %v", got.status, got.body)
			}
			if diff := cmp.Diff(kept, c.Contacts()); diff != "" {
				t.Errorf("written back, something changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestATimeIsTakenAsTheDayOfItsOwnOffset(t *testing.T) {
	t.Parallel()
	c := open(t, func(c *fairgatetest.Config) { c.DatesAsTimes = true })
	id := c.Add(vreni())
	for written, want := range map[string]string{
		"2012-05-01T00:00:00+02:00": "2012-05-01",
		"2012-05-01T00:00:00Z":      "2012-05-01",
		"2012-05-01T23:59:59-11:00": "2012-05-01",
		"2012-05-01":                "2012-05-01",
	} {
		got := c.put(t, id, map[string]any{"custom_fields": map[string]any{"105": written}})
		if kept := c.Contacts()[0].CustomFields["105"]; got.body["success"] != true || kept != want {
			t.Errorf("%s: got %d, kept %v, want %s", written, got.status, kept, want)
		}
	}
	tomorrow := c.put(t, id, map[string]any{"custom_fields": map[string]any{"103": "2026-03-16T00:00:00+01:00"}})
	if want := []string{"custom_fields.103"}; !cmp.Equal(want, tomorrow.fields()) {
		t.Errorf("an exit tomorrow: got %d %v, want 400 for %v", tomorrow.status, tomorrow.fields(), want)
	}
}
