package fairgatetest_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/faults"
)

func TestTheSecretaryWorksBesideTheAPI(t *testing.T) {
	t.Parallel()
	c := open(t)
	id, other := c.Add(vreni()), c.Add(vreni()) // The same e-mail twice: no rule of the API holds the secretary.

	c.clock.move(10 * time.Minute)
	c.Edit(id, func(c *fairgatetest.Contact) {
		c.Communication.Mobile, c.CustomFields["103"], c.Basefields.ContactID = "intern 23, abends", "2030-12-31", "7"
	})
	c.Edit(other, func(*fairgatetest.Contact) {})
	doc := c.contact(t, id)
	for path, want := range map[string]any{
		"communication.mobile": "intern 23, abends", "custom_fields.103": "2030-12-31",
		"basefields.contact_id": id, "basefields.last_update": "2026-03-15T13:10:00+01:00",
	} {
		if got := at(doc, path); got != want {
			t.Errorf("%s: got %v, want %v", path, got, want)
		}
	}
	if got := at(c.contact(t, other), "basefields.last_update"); got != "2026-03-15T13:00:00+01:00" {
		t.Errorf("an edit that changes nothing moved the stamp to %v", got)
	}
	if got := c.put(t, id, carrying(t, doc, "custom_fields.101", "1")); !cmp.Equal(got.fields(), []string{"custom_fields.103"}) {
		t.Errorf("an exit ahead, carried: got %d %v, want 400 for it", got.status, got.fields())
	}
	c.Remove(other)
	if n := len(c.Contacts()); n != 1 {
		t.Errorf("%d contacts are left, want 1", n)
	}
}

func TestASnapshotIsACopy(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Add(vreni())
	taken := c.Contacts()
	taken[0].CustomFields["101"] = "changed"
	taken[0].ClubAssignments.Primary.ExecutiveBoard[0].RoleID = 99
	want := vreni()
	want.Basefields.ContactID, want.Basefields.LastUpdate = "1001", c.clock.Now()
	if diff := cmp.Diff([]fairgatetest.Contact{want}, c.Contacts()); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
}

func TestABackupGivesIDsAgain(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Add(vreni())
	backup := c.Contacts()
	c.clock.move(time.Minute)
	c.put(t, "1001", `{"communication":{"mobile":null}}`)
	if got := c.Add(fairgatetest.Contact{}); got != "1002" {
		t.Fatalf("the second contact is %s, want 1002", got)
	}
	c.Restore(backup)
	if diff := cmp.Diff(backup, c.Contacts()); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if got := c.Add(fairgatetest.Contact{}); got != "1002" {
		t.Errorf("the next contact is %s, want 1002 once more", got)
	}
}

func TestTheHookRunsBeforeTheRequestTakesEffect(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	var ops []string
	c.BeforeEach(func(op string) {
		ops = append(ops, op)
		if op == fairgatetest.OpChange {
			c.Edit(id, func(c *fairgatetest.Contact) { c.Communication.Handy2 = "079 000 00 08" })
		}
	})
	c.page(t, 1, 10)
	got := c.put(t, id, `{"communication":{"mobile":"079 000 00 09"}}`)
	if phone := at(got.body, "data.communication.handy2"); phone != "079 000 00 08" {
		t.Errorf("the change answers handy2 %v, want the one of the secretary", phone)
	}
	if diff := cmp.Diff([]string{fairgatetest.OpList, fairgatetest.OpChange}, ops); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func TestRequestsAreRemembered(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	c.post(t, create, map[string]any{"access_key": "wrong"})
	c.get(t, onePage)
	c.get(t, contacts+"/7/extended")
	c.post(t, contacts, someone())
	c.put(t, id, `{}`)
	c.send(t, http.MethodDelete, contacts+"/"+id, "", "")
	c.get(t, "/elsewhere?secret=1")
	want := []fairgatetest.Request{
		{Op: "token", Method: "POST", Path: create, Status: 401},
		{Op: "contacts.list", Method: "GET", Path: contacts + "/extended", Query: "pageNo=1&pageLimit=100", Status: 200},
		{Op: "contacts.read", Method: "GET", Path: contacts + "/7/extended", Status: 404},
		{Op: "contacts.create", Method: "POST", Path: contacts, Status: 201},
		{Op: "contacts.change", Method: "PUT", Path: contacts + "/1001", Status: 200},
		{Op: "contacts.delete", Method: "DELETE", Path: contacts + "/1001", Status: 200},
		{Method: "GET", Path: "/elsewhere", Query: "secret=1", Status: 404},
	}
	if diff := cmp.Diff(want, c.Requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	c.ResetRequests()
	if n := len(c.Requests()); n != 0 {
		t.Errorf("after a reset there are %d", n)
	}
}

func TestInjectedRefusalsHaveTheHostsForm(t *testing.T) {
	t.Parallel()
	comeBack := strconv.FormatInt(time.Date(2026, time.March, 15, 12, 0, 90, 0, time.UTC).Unix(), 10)
	for kind, want := range map[faults.Kind]struct {
		status       int
		header, hint string
	}{
		faults.Unauthorized: {http.StatusUnauthorized, "X-Ratelimit-Retry-After", ""},
		faults.Forbidden:    {http.StatusForbidden, "X-Ratelimit-Retry-After", ""},
		faults.TooMany:      {http.StatusTooManyRequests, "X-Ratelimit-Retry-After", comeBack},
		faults.TooManyBare:  {http.StatusTooManyRequests, "X-Ratelimit-Retry-After", ""},
		faults.ServerError:  {http.StatusInternalServerError, "Retry-After", ""},
		faults.Unavailable:  {http.StatusServiceUnavailable, "Retry-After", "90"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: kind, Times: 1, Delay: 90 * time.Second})
			got := c.get(t, onePage)
			if got.status != want.status || got.header.Get(want.header) != want.hint {
				t.Errorf("got %d, %s %q, want %d, %q", got.status, want.header, got.header.Get(want.header), want.status, want.hint)
			}
			envelope := map[string]any{
				"code": float64(want.status), "success": false, "message": http.StatusText(want.status), "data": nil, "errors": []any{},
			}
			if diff := cmp.Diff(envelope, got.body); diff != "" {
				t.Errorf("envelope (-want +got):\n%s", diff)
			}
			if again := c.get(t, onePage); again.status != http.StatusOK {
				t.Errorf("once more: got %d, want 200", again.status)
			}
		})
	}
}

func TestAnAnswerCanBeLostAfterTheEffect(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.Faults().Add(faults.Rule{Op: fairgatetest.OpCreate, Kind: faults.ErrorAfter, Times: 1})
	if got := c.post(t, contacts, someone()); got.status != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", got.status)
	}
	if n := len(c.Contacts()); n != 1 {
		t.Errorf("%d contacts, want the one whose answer was lost", n)
	}
}

func TestADelayIsTheConfiguredClocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := fairgatetest.New(fairgatetest.Config{
			Organisation: "tvb", Now: time.Now,
			After: func(d time.Duration) <-chan time.Time { return time.After(2 * d) },
		})
		server.Faults().Add(faults.Rule{Kind: faults.Delay, Delay: time.Hour})
		began := time.Now()
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, onePage, http.NoBody))
		if waited := time.Since(began); waited != 2*time.Hour || answer.Code != http.StatusUnauthorized {
			t.Errorf("waited %s and got %d, want 2h and 401", waited, answer.Code)
		}
	})
}

func TestAConfigurationThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	good := func() fairgatetest.Config {
		return fairgatetest.Config{Organisation: "tvb", Now: time.Now}
	}
	field := func(f fairgatetest.CustomField) func(*fairgatetest.Config) {
		return func(c *fairgatetest.Config) { c.CustomFields = append(c.CustomFields, f) }
	}
	for name, spoil := range map[string]func(*fairgatetest.Config){
		"no organisation":          func(c *fairgatetest.Config) { c.Organisation = "" },
		"no clock":                 func(c *fairgatetest.Config) { c.Now = nil },
		"an unknown shape":         func(c *fairgatetest.Config) { c.Shape = "round" },
		"an unknown merge":         func(c *fairgatetest.Config) { c.Merge = "three-way" },
		"an unknown token shape":   func(c *fairgatetest.Config) { c.Tokens = "round" },
		"an unknown right":         func(c *fairgatetest.Config) { c.Keys = map[string]fairgatetest.Right{"k": "admin"} },
		"a field without id":       field(fairgatetest.CustomField{Type: fairgatetest.CustomText}),
		"a field without type":     field(fairgatetest.CustomField{ID: "1"}),
		"a choice without choices": field(fairgatetest.CustomField{ID: "1", Type: fairgatetest.CustomChoice}),
		"a text with choices":      field(fairgatetest.CustomField{ID: "1", Type: fairgatetest.CustomText, Choices: []string{"x"}}),
		"a text of the past":       field(fairgatetest.CustomField{ID: "1", Type: fairgatetest.CustomText, NoFuture: true}),
		"a field twice": func(c *fairgatetest.Config) {
			for range 2 {
				field(fairgatetest.CustomField{ID: "1", Type: fairgatetest.CustomText})(c)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fairgatetest.New(good())
			defer func() {
				if recover() == nil {
					t.Error("it was taken")
				}
			}()
			c := good()
			spoil(&c)
			fairgatetest.New(c)
		})
	}
}
