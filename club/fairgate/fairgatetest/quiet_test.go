package fairgatetest_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/faults"
)

// rule puts the rule that text spells in force.
func (c *club) rule(t *testing.T, text string) {
	t.Helper()
	rule, err := faults.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	c.Faults().Add(rule)
}

// TestAStaleAnswerIsOneWriteBehind: whatever the last write was, a stale list and a stale read are from before it.
func TestAStaleAnswerIsOneWriteBehind(t *testing.T) {
	t.Parallel()
	phone := `{"communication":{"mobile":"079 000 00 09"}}`
	for name, tt := range map[string]struct {
		write  func(t *testing.T, c *club)
		stale  []string // the ids listed
		mobile any      // that of 1001 as read; nil: it is missing
		live   []string
	}{
		"a creation": {
			func(t *testing.T, c *club) {
				t.Helper()
				c.post(t, contacts, `{"basefields":{"contact_type":"singleperson","first_name":"Urs","last_name":"Neu"}}`)
			},
			ids(1001, 1002), "079 000 00 01", ids(1001, 1003),
		},
		"a change": {
			func(t *testing.T, c *club) { t.Helper(); c.put(t, "1001", phone) }, ids(1001, 1002), "079 000 00 01", ids(1001, 1002),
		},
		"two changes, of which the first shows": {
			func(t *testing.T, c *club) {
				t.Helper()
				c.put(t, "1001", phone)
				c.put(t, "1001", `{"communication":{"mobile":"079 000 00 10"}}`)
			}, ids(1001, 1002), "079 000 00 09", ids(1001, 1002),
		},
		"a change, and one that changes nothing": {
			func(t *testing.T, c *club) { t.Helper(); c.put(t, "1001", phone); c.put(t, "1001", phone) },
			ids(1001, 1002), "079 000 00 01", ids(1001, 1002),
		},
		"a deletion":          {func(_ *testing.T, c *club) { c.Remove("1001") }, ids(1001, 1002), "079 000 00 01", ids(1002, 1002)},
		"a merge":             {merged("1001", "1002"), ids(1001, 1002), "079 000 00 01", ids(1002, 1002)},
		"a new numbering":     {func(_ *testing.T, c *club) { c.Renumber() }, ids(1001, 1002), "079 000 00 01", ids(1003, 1004)},
		"a backup put back":   {func(_ *testing.T, c *club) { c.Restore(nil) }, ids(1001, 1002), "079 000 00 01", nil},
		"nothing but seeding": {func(*testing.T, *club) {}, ids(1001, 1001), "079 000 00 01", ids(1001, 1002)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.Add(vreni())
			c.Add(fairgatetest.Contact{})
			tt.write(t, c)
			c.rule(t, "contacts.list stale times=1")
			c.rule(t, "contacts.read stale times=1")
			stale := c.page(t, 1, 10)
			if diff := cmp.Diff(tt.stale, stale.IDs); diff != "" || stale.Records != len(tt.stale) {
				t.Errorf("listed, stale, total %d (-want +got):\n%s", stale.Records, diff)
			}
			if diff := cmp.Diff(tt.mobile, at(c.contact(t, "1001"), "communication.mobile")); diff != "" {
				t.Errorf("read, stale (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.live, c.page(t, 1, 10).IDs); diff != "" {
				t.Errorf("listed afterwards (-want +got):\n%s", diff)
			}
		})
	}
}

func merged(loser, survivor string) func(*testing.T, *club) {
	return func(t *testing.T, c *club) {
		t.Helper()
		if err := c.Merge(loser, survivor); err != nil {
			t.Error(err)
		}
	}
}

func TestRowsStandTwice(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 14 {
		c.Add(fairgatetest.Contact{})
	}
	for _, tt := range []struct {
		name, rule string
		page       int
		want       []string
	}{
		{"on the first page its own first rows", "* double-rows percent=20", 1, append(ids(1001, 1002), ids(1001, 1008)...)},
		{"after it the last of the page before, and those that fit", "* double-rows percent=30", 2, append(ids(1009, 1010), ids(1011, 1014)...)},
		{"the whole page", "* double-rows", 1, ids(1001, 1010)},
		{"another operation", "contacts.read double-rows", 2, ids(1011, 1014)},
		{"beyond the last page nothing", "* double-rows", 3, nil},
	} {
		c.rule(t, tt.rule)
		want := page{Records: 14, Pages: 2, No: tt.page, Limit: 10, IDs: tt.want}
		if diff := cmp.Diff(want, c.page(t, tt.page, 10)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		c.Faults().Clear()
	}
}

// TestHiddenContactsAreNeitherListedNorCounted: the answers agree with one another, which is what makes them dangerous.
func TestHiddenContactsAreNeitherListedNorCounted(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 25 {
		c.Add(vreni())
	}
	c.rule(t, "* hidden-rows percent=20")
	listed := func() (seen []string) {
		for no := 1; no <= 3; no++ {
			p := c.page(t, no, 8)
			if p.Records != 20 || p.Pages != 3 {
				t.Errorf("page %d: %d records on %d pages, want 20 on 3", no, p.Records, p.Pages)
			}
			seen = append(seen, p.IDs...)
		}
		return seen
	}
	seen := listed()
	if len(seen) != 20 || !cmp.Equal(seen, slices.Compact(slices.Clone(seen))) {
		t.Fatalf("listed: %v, want 20 contacts", seen)
	}
	if diff := cmp.Diff(seen, listed()); diff != "" {
		t.Errorf("listed again, others are hidden (-first +second):\n%s", diff)
	}
	for _, id := range ids(1001, 1025) {
		want := http.StatusNotFound
		if slices.Contains(seen, id) {
			want = http.StatusOK
		}
		if got := c.get(t, contacts+"/"+id+"/extended"); got.status != want {
			t.Errorf("read %s: %d, want %d", id, got.status, want)
		}
		if got := c.put(t, id, `{"communication":{"handy2":"079 000 00 07"}}`); got.status != want {
			t.Errorf("change %s: %d, want %d", id, got.status, want)
		}
	}
	c.Faults().Clear()
	if got := c.page(t, 1, 100); got.Records != 25 || len(got.IDs) != 25 {
		t.Errorf("afterwards: %d of %d, want 25", len(got.IDs), got.Records)
	}
}

func TestHiddenFieldsAreAbsent(t *testing.T) {
	t.Parallel()
	c := open(t, federationShape)
	id := c.Add(vreni())
	whole := c.contact(t, id)
	c.rule(t, "* hidden-fields fields=communication.mobile,custom_fields.101,federation_data")
	want := decode(t, encode(t, whole))
	for path, name := range map[string]string{"communication": "mobile", "custom_fields": "101"} {
		object, _ := want[path].(map[string]any)
		delete(object, name)
	}
	delete(want, "federation_data")
	if diff := cmp.Diff(want, c.contact(t, id)); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	listed, _ := at(c.get(t, onePage).body, "data.contacts").([]any)
	if diff := cmp.Diff([]any{want}, listed); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, c.put(t, id, `{"status":"active"}`).body["data"]); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	c.Faults().Clear()
	if diff := cmp.Diff(whole, c.contact(t, id)); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

func TestAMissingContactCanBeForbidden(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	c.rule(t, "* missing-forbidden times=3")
	if got := c.get(t, contacts+"/"+id+"/extended"); got.status != http.StatusOK {
		t.Errorf("a contact that is there: %d, want 200", got.status)
	}
	gone := contacts + "/7777"
	for name, got := range map[string]reply{
		"read":   c.get(t, gone+"/extended"),
		"change": c.put(t, "7777", `{"status":"archived"}`),
		"delete": c.send(t, http.MethodDelete, gone, "", ""),
	} {
		if got.status != http.StatusForbidden || got.body["success"] != false {
			t.Errorf("%s: %d %v, want 403", name, got.status, got.body)
		}
	}
	if got := c.get(t, gone+"/extended"); got.status != http.StatusNotFound {
		t.Errorf("when the rule is used up: %d, want 404", got.status)
	}
}

// TestAnUnknownFieldCannotBeHidden is about a test's own mistake: no document describes the answer, so it goes unjudged.
func TestAnUnknownFieldCannotBeHidden(t *testing.T) {
	t.Parallel()
	server := fairgatetest.New(fairgatetest.Config{
		Organisation: "tvb", Keys: map[string]fairgatetest.Right{writeKey: fairgatetest.Write}, Now: (&clock{}).Now,
	})
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	c := &club{Server: server, url: listening.URL, client: listening.Client()}
	c.as(t, writeKey)
	for _, path := range []string{"mobile", "communication.fax", "communication.mobile.prefix"} {
		c.rule(t, "contacts.list hidden-fields fields="+path)
		if got := c.get(t, onePage); got.status != http.StatusInternalServerError {
			t.Errorf("%s: %d, want 500", path, got.status)
		}
		c.Faults().Clear()
	}
}

func TestARemovedIDIsGivenAgain(t *testing.T) {
	t.Parallel()
	c := open(t)
	for range 4 {
		c.Add(fairgatetest.Contact{})
	}
	c.ReuseIDs(true)
	c.Remove("1003")
	c.send(t, http.MethodDelete, contacts+"/1002", "", "")
	merged("1004", "1001")(t, c)
	created := func() any {
		got := c.post(t, contacts, `{"basefields":{"contact_type":"singleperson","first_name":"Urs","last_name":"Neu"}}`)
		return at(got.body, "data.basefields.contact_id")
	}
	got := []any{created(), created(), created(), created()}
	if diff := cmp.Diff([]any{"1003", "1002", "1004", "1005"}, got); diff != "" {
		t.Errorf("new ids (-want +got):\n%s", diff)
	}
	if name := at(c.contact(t, "1003"), "basefields.last_name"); name != "Neu" {
		t.Errorf("1003 is %v, want the new person", name)
	}
	c.Remove("1003")
	c.ReuseIDs(false)
	if got := created(); got != "1006" {
		t.Errorf("switched off: %v, want 1006", got)
	}
}

func TestANewNumberingKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	c := open(t)
	old := []map[string]any{c.contact(t, c.Add(vreni())), c.contact(t, c.Add(fairgatetest.Contact{}))}
	c.clock.move(10 * time.Minute)
	given := c.Renumber()
	if diff := cmp.Diff(map[string]string{"1001": "1003", "1002": "1004"}, given); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	for i, doc := range old {
		id := strconv.Itoa(1001 + i)
		if got := c.get(t, contacts+"/"+id+"/extended"); got.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", id, got.status)
		}
		base, _ := doc["basefields"].(map[string]any)
		base["contact_id"] = given[id]
		if diff := cmp.Diff(doc, c.contact(t, given[id])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", given[id], diff)
		}
	}
	if got := c.Add(fairgatetest.Contact{}); got != "1005" {
		t.Errorf("the next contact is %s, want 1005", got)
	}
}

func TestAMergeLeavesTheSurvivor(t *testing.T) {
	t.Parallel()
	c := open(t, federationShape)
	loser := c.Add(vreni())
	survivor := c.Add(fairgatetest.Contact{
		Basefields:    fairgatetest.Basefields{FirstName: "Verena", ContactType: "singleperson"},
		Communication: fairgatetest.Communication{Mobile: "079 000 00 05"},
		CustomFields:  map[string]any{"101": "054321", "104": []string{"Präsidentin"}},
	})
	c.clock.move(10 * time.Minute)
	merged(loser, survivor)(t, c)
	if got := c.get(t, contacts+"/"+loser+"/extended"); got.status != http.StatusNotFound {
		t.Errorf("the loser: %d, want 404", got.status)
	}
	doc := c.contact(t, survivor)
	for path, want := range map[string]any{
		"basefields.contact_id": survivor, "basefields.first_name": "Verena", "basefields.last_name": "Oberhänsli",
		"basefields.birthday": "1990-07-04", "basefields.last_update": "2026-03-15T13:10:00+01:00",
		"communication.mobile": "079 000 00 05", "communication.primary_email": "vreni@example.org",
		"corr_address.street": "Nirgendweg 3", "federation_data.federation_contact_id": "012345",
		"club_assignments.primary.organization_id": 7.0,
		"custom_fields.101":                        "054321", "custom_fields.102": "Papier", "custom_fields.104": []any{"Präsidentin"},
	} {
		if diff := cmp.Diff(want, at(doc, path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for name, pair := range map[string][2]string{
		"one that is not there": {"7", survivor}, "into one that is not there": {survivor, "7"}, "into itself": {survivor, survivor},
	} {
		if err := c.Merge(pair[0], pair[1]); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestFrozenStampsStay(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	c.FreezeStamps(true)
	c.clock.move(10 * time.Minute)
	got := c.put(t, id, `{"communication":{"mobile":"079 000 00 09"}}`)
	if stamp := at(got.body, "data.basefields.last_update"); stamp != "2026-03-15T13:00:00+01:00" {
		t.Errorf("a change moved the stamp to %v", stamp)
	}
	c.Edit(id, func(c *fairgatetest.Contact) { c.Communication.Handy2 = "079 000 00 08" })
	doc := c.contact(t, id)
	for path, want := range map[string]any{
		"basefields.last_update": "2026-03-15T13:00:00+01:00",
		"communication.mobile":   "079 000 00 09", "communication.handy2": "079 000 00 08",
	} {
		if diff := cmp.Diff(want, at(doc, path)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	c.FreezeStamps(false)
	c.Edit(id, func(c *fairgatetest.Contact) { c.Communication.Handy2 = "" })
	if stamp := at(c.contact(t, id), "basefields.last_update"); stamp != "2026-03-15T13:10:00+01:00" {
		t.Errorf("thawed: the stamp is %v, want the present one", stamp)
	}
}

func TestASkewedClockIsTheServersOwn(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	c.SetSkew(12 * time.Hour) // Midnight in Zurich passes after eleven hours.
	c.as(t, writeKey)         // The tokens of before have expired.
	got := c.put(t, id, `{"custom_fields":{"103":"2026-03-16"}}`)
	if stamp := at(got.body, "data.basefields.last_update"); stamp != "2026-03-16T01:00:00+01:00" {
		t.Errorf("the stamp is %v, want that of tomorrow; %d %v", stamp, got.status, got.fields())
	}
	c.SetSkew(-time.Hour)
	got = c.put(t, id, `{"custom_fields":{"103":"2026-03-16"}}`)
	if !cmp.Equal(got.fields(), []string{"custom_fields.103"}) {
		t.Errorf("an exit tomorrow by a clock that is late: %d %v, want 400 for it", got.status, got.fields())
	}
	got = c.put(t, id, `{"custom_fields":{"103":"2026-03-15"}}`)
	if stamp := at(got.body, "data.basefields.last_update"); stamp != "2026-03-15T12:00:00+01:00" {
		t.Errorf("the stamp is %v, want the one of an hour ago", stamp)
	}
}

func TestARewritingServerKeepsItsOwnSpelling(t *testing.T) {
	t.Parallel()
	inEachWorld(t, func(t *testing.T, world func(*fairgatetest.Config)) {
		t.Helper()
		c := open(t, world)
		id := c.Add(vreni())
		c.Rewrite(true)
		if got := at(c.contact(t, id), "basefields.last_name"); got != "Oberhänsli" {
			t.Errorf("nothing was written, and the name is %v", got)
		}
		doc := c.contact(t, id)
		written := map[string]any{
			"basefields": doc["basefields"], "communication": doc["communication"],
			"corr_address": doc["corr_address"], "invoice_address": doc["invoice_address"],
		}
		put := func(object, name, value string) {
			member, _ := written[object].(map[string]any)
			member[name] = value
		}
		put("basefields", "birthday", "1990-01-05")
		put("communication", "mobile", "+41 79 733 58 42")
		put("communication", "handy2", "intern 23, abends")
		put("invoice_address", "postale_code", "D-12345")
		c.clock.move(time.Minute)
		got := c.put(t, id, written)
		for path, want := range map[string]any{
			"basefields.first_name": "VRENI", "basefields.last_name": "OBERHÄNSLI",
			"basefields.birthday":           "1990-01-05T00:00:00+01:00",
			"membership.first_joining_date": "2004-08-01T00:00:00+02:00",
			"communication.mobile":          "0041 79 733 58 42", "communication.handy2": "intern 23, abends",
			"corr_address.postale_code": "8999      ", "invoice_address.postale_code": "D-12345   ",
			"corr_address.city": "Musterlingen",
		} {
			if diff := cmp.Diff(want, at(got.body, "data."+path)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		}
		whole := c.contact(t, id)
		c.clock.move(time.Minute)
		c.put(t, id, written)
		if diff := cmp.Diff(whole, c.contact(t, id)); diff != "" {
			t.Errorf("written once more, something changed (-want +got):\n%s", diff)
		}
		c.Rewrite(false)
		if got := at(c.contact(t, id), "basefields.birthday"); got != "1990-01-05" {
			t.Errorf("switched off, the birthday is served as %v", got)
		}
	})
}
