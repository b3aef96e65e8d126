package fairgatetest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
)

const onePage = contacts + "/extended?pageNo=1&pageLimit=100"

func TestATokenIsAnsweredInTwoShapes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		shape           fairgatetest.TokenShape
		access, refresh string // where they are
		expiresIn       any
	}{
		"flat":      {fairgatetest.Flat, "access_token", "refresh_token", float64(90)},
		"enveloped": {fairgatetest.Enveloped, "data.token", "data.refresh_token", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, func(c *fairgatetest.Config) { c.Tokens, c.TokenLife = tt.shape, 90*time.Second })
			first := c.post(t, create, map[string]any{"access_key": writeKey})
			if first.status != http.StatusOK || first.body["expires_in"] != tt.expiresIn {
				t.Fatalf("got %d %v, want 200 and expires_in %v", first.status, first.body, tt.expiresIn)
			}
			second := c.post(t, refresh, map[string]any{"refresh_token": at(first.body, tt.refresh)})
			if second.status != http.StatusOK {
				t.Fatalf("refresh: got %d %v, want 200", second.status, second.body)
			}
			if at(second.body, tt.refresh) == at(first.body, tt.refresh) {
				t.Error("the refresh token did not rotate")
			}
			for i, r := range []reply{first, second} {
				c.token, _ = at(r.body, tt.access).(string)
				if got := c.get(t, onePage); got.status != http.StatusOK {
					t.Errorf("list with token %d: got %d, want 200", i+1, got.status)
				}
			}
			used := c.post(t, refresh, map[string]any{"refresh_token": at(first.body, tt.refresh)})
			if used.status != http.StatusUnauthorized || used.body["success"] != false {
				t.Errorf("refresh with a used token: got %d %v, want 401 in an envelope", used.status, used.body)
			}
		})
	}
}

func TestAnAccessTokenIsAJWTThatExpires(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ claim, want string }{
		"of the organisation":                           {"", "tvb"},
		"of another one, where the simulator is so set": {"zürich", "zürich"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, func(c *fairgatetest.Config) { c.Claim, c.TokenLife = tt.claim, time.Minute })
			claims := jwt.MapClaims{}
			token, _, err := jwt.NewParser().ParseUnverified(c.token, claims)
			if err != nil {
				t.Fatal(err)
			}
			if got := token.Method.Alg(); got != "ES512" {
				t.Errorf("signed by %s, want ES512", got)
			}
			if id, _ := claims["uniq_id"].(string); id == "" {
				t.Error("no uniq_id")
			}
			delete(claims, "uniq_id")
			want := jwt.MapClaims{"fsa_id": tt.want, "exp": float64(c.clock.Now().Add(time.Minute).Unix())}
			if diff := cmp.Diff(want, claims); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			c.clock.move(time.Minute - time.Second)
			if got := c.get(t, onePage); got.status != http.StatusOK {
				t.Errorf("a second before the end: got %d, want 200", got.status)
			}
			c.clock.move(time.Second)
			if got := c.get(t, onePage); got.status != http.StatusUnauthorized {
				t.Errorf("at the end: got %d, want 401", got.status)
			}
		})
	}
}

func TestATokenRequestIsRefused(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, tt := range map[string]struct {
		path, body string
		want       int
		fields     []string
	}{
		"with a wrong key":                         {create, `{"access_key":"wrong"}`, http.StatusUnauthorized, nil},
		"with our key for another organisation":    {"/fsa/v1.1/auth/create/other/token", `{"access_key":"` + writeKey + `"}`, http.StatusUnauthorized, nil},
		"with an unknown refresh token":            {refresh, `{"refresh_token":"wrong"}`, http.StatusUnauthorized, nil},
		"without a key":                            {create, `{}`, http.StatusBadRequest, []string{"access_key"}},
		"with a key that is a number":              {create, `{"access_key":7}`, http.StatusBadRequest, []string{"access_key"}},
		"with more than the key":                   {create, `{"access_key":"` + writeKey + `","scope":"all"}`, http.StatusBadRequest, []string{"access_key"}},
		"with a key where a refresh token belongs": {refresh, `{"access_key":"` + writeKey + `"}`, http.StatusBadRequest, []string{"refresh_token"}},
		"with something that is not JSON":          {create, `access_key=x`, http.StatusBadRequest, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.post(t, tt.path, tt.body)
			if got.status != tt.want || got.body["success"] != false {
				t.Errorf("got %d %v, want %d in an envelope", got.status, got.body, tt.want)
			}
			if diff := cmp.Diff(tt.fields, got.fields()); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestARightDecidesWhatAKeyMayDo(t *testing.T) {
	t.Parallel()
	const missing = contacts + "/9999999"
	body := `{"basefields":{"first_name":"Anna","last_name":"Frei","contact_type":"singleperson"}}`
	for name, tt := range map[string]struct {
		method, path, body string
		read, write        int // what each key gets
	}{
		"list":   {http.MethodGet, onePage, "", http.StatusOK, http.StatusOK},
		"read":   {http.MethodGet, missing + "/extended", "", http.StatusNotFound, http.StatusNotFound},
		"create": {http.MethodPost, contacts, body, http.StatusForbidden, http.StatusCreated},
		"change": {http.MethodPut, missing, body, http.StatusForbidden, http.StatusNotFound},
		"delete": {http.MethodDelete, missing, "", http.StatusForbidden, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			for key, want := range map[string]int{readKey: tt.read, writeKey: tt.write} {
				c.as(t, key)
				got := c.send(t, tt.method, tt.path, "application/json", tt.body)
				if got.status != want {
					t.Errorf("%s: got %d %v, want %d", key, got.status, got.body, want)
				}
			}
			c.token = "x.y.z"
			if got := c.send(t, tt.method, tt.path, "application/json", tt.body); got.status != http.StatusUnauthorized {
				t.Errorf("unknown token: got %d, want 401", got.status)
			}
			c.token = ""
			if got := c.send(t, tt.method, tt.path, "application/json", tt.body); got.status != http.StatusUnauthorized {
				t.Errorf("no token: got %d, want 401", got.status)
			}
		})
	}
}

func TestATokenIsGoodForItsOrganisationOnly(t *testing.T) {
	t.Parallel()
	got := open(t).get(t, "/fsa/v2.0/contact/other/contacts/extended?pageNo=1&pageLimit=100")
	if got.status != http.StatusForbidden {
		t.Errorf("got %d, want 403", got.status)
	}
}

func TestAKeyCanBeChangedAndWithdrawn(t *testing.T) {
	t.Parallel()
	c := open(t)
	id := c.Add(vreni())
	change := func() int { return c.put(t, id, `{"status":"archived"}`).status }

	c.SetKey(writeKey, fairgatetest.Read)
	if got := change(); got != http.StatusForbidden {
		t.Errorf("made a read key: a change got %d, want 403", got)
	}
	c.SetKey(writeKey, fairgatetest.Write)
	if got := change(); got != http.StatusOK {
		t.Errorf("made a write key: a change got %d, want 200", got)
	}
	tokens := c.post(t, create, map[string]any{"access_key": writeKey})
	c.SetKey(writeKey, "")
	if got := change(); got != http.StatusUnauthorized {
		t.Errorf("withdrawn: a change got %d, want 401", got)
	}
	if got := c.post(t, create, map[string]any{"access_key": writeKey}); got.status != http.StatusUnauthorized {
		t.Errorf("withdrawn: a token got %d, want 401", got.status)
	}
	if got := c.post(t, refresh, map[string]any{"refresh_token": tokens.body["refresh_token"]}); got.status != http.StatusUnauthorized {
		t.Errorf("withdrawn: a refresh got %d, want 401", got.status)
	}
}

func TestWhatIsNotServedIsRefusedInAnEnvelope(t *testing.T) {
	t.Parallel()
	c := open(t)
	for name, tt := range map[string]struct {
		method, path, kind, body string
		want                     int
	}{
		"another path":                 {http.MethodGet, "/fsa/v2.0/contact/tvb/groups", "", "", http.StatusNotFound},
		"another version":              {http.MethodGet, "/fsa/v1.0/contact/tvb/contacts/extended", "", "", http.StatusNotFound},
		"PATCH of a contact":           {http.MethodPatch, contacts + "/1001", "application/json", "{}", http.StatusMethodNotAllowed},
		"PUT of the extended contact":  {http.MethodPut, contacts + "/1001/extended", "application/json", "{}", http.StatusMethodNotAllowed},
		"GET of a token":               {http.MethodGet, create, "", "", http.StatusMethodNotAllowed},
		"a form instead of JSON":       {http.MethodPost, create, "application/x-www-form-urlencoded", "access_key=x", http.StatusUnsupportedMediaType},
		"a write without content type": {http.MethodPost, contacts, "", "{}", http.StatusUnsupportedMediaType},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := c.send(t, tt.method, tt.path, tt.kind, tt.body)
			if got.status != tt.want || got.body["success"] != false || got.body["code"] != float64(tt.want) {
				t.Errorf("got %d %v, want %d in an envelope", got.status, got.body, tt.want)
			}
		})
	}
}
