package fairgate_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// tokenRequests returns how tokens were asked for since the last reset: "create", "refresh", or with the status of a
// refusal "refresh 401".
func (c *club) tokenRequests() []string {
	var how []string
	for _, r := range c.sim.Requests() {
		if r.Op != fairgatetest.OpToken {
			continue
		}
		word := path.Base(path.Dir(path.Dir(r.Path)))
		if r.Status != http.StatusOK {
			word += " " + http.StatusText(r.Status)
		}
		how = append(how, word)
	}
	return how
}

// began checks the club in and forgets the requests of that.
func (c *club) began(t *testing.T) *club {
	t.Helper()
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.sim.ResetRequests()
	return c
}

// list reads the contacts and returns what happened.
func (c *club) list(ctx context.Context) error {
	_, err := c.List(ctx, "contact", func([]record.Document) error { return nil })
	return err
}

func TestATokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	for _, shape := range []fairgatetest.TokenShape{fairgatetest.Flat, fairgatetest.Enveloped} {
		tests := map[string]struct {
			pass time.Duration
			want []string
		}{
			"at once it is still good":                    {0, nil},
			"a little more than a minute before, as well": {14*time.Minute - time.Second, nil},
			"a minute before its end it is renewed":       {14 * time.Minute, []string{"refresh"}},
			"and so it is a day after":                    {24 * time.Hour, []string{"refresh"}},
		}
		for name, tt := range tests {
			t.Run(string(shape)+": "+name, func(t *testing.T) {
				t.Parallel()
				c := open(t, func(s *settings) { s.sim.Tokens = shape }).began(t)
				c.clock.move(tt.pass)
				for range 3 {
					if err := c.list(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(tt.want, c.tokenRequests()); diff != "" {
					t.Errorf("requests for tokens (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestExpiresInGoesBeforeTheClaim(t *testing.T) {
	t.Parallel()
	// A clock that is an hour ahead takes the claim for past; seconds mean the same on every clock.
	c := open(t, func(s *settings) {
		now := s.config.Now
		s.config.Now = func() time.Time { return now().Add(time.Hour) }
	}).began(t)
	c.clock.move(14 * time.Minute)
	if err := c.list(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"refresh"}, c.tokenRequests()); diff != "" {
		t.Errorf("requests for tokens (-want +got):\n%s", diff)
	}
}

func TestATokenThatSeemsToHaveEndedIsUsedUntilItIsRefused(t *testing.T) {
	t.Parallel()
	c := open(t, func(s *settings) {
		s.sim.Tokens = fairgatetest.Enveloped // says no seconds
		now := s.config.Now
		s.config.Now = func() time.Time { return now().Add(time.Hour) }
	}).began(t)
	for range 3 {
		if err := c.list(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.tokenRequests(); got != nil {
		t.Errorf("a good token was renewed: %v", got)
	}
	c.clock.move(15 * time.Minute)
	if err := c.list(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"refresh"}, c.tokenRequests()); diff != "" {
		t.Errorf("requests for tokens (-want +got):\n%s", diff)
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(c *club)
		want  []string // requests for tokens
		asked int      // requests to list
		next  port.Next
	}{
		"a token withdrawn, its refresh token too, leads back to the key": {
			func(c *club) {
				c.sim.SetKey(writeKey, "")
				c.sim.SetKey(writeKey, fairgatetest.Write)
			},
			[]string{"refresh Unauthorized", "create"},
			2, fine,
		},
		"a single refusal is answered with the refresh token": {
			func(c *club) {
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.Unauthorized, Times: 1})
			},
			[]string{"refresh"},
			2, fine,
		},
		"a token refused again is the end": {
			func(c *club) { c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.Unauthorized}) },
			[]string{"refresh"},
			2, port.Token,
		},
		"a key withdrawn is the end": {
			func(c *club) { c.sim.SetKey(writeKey, "") },
			[]string{"refresh Unauthorized", "create Unauthorized"},
			1, port.Token,
		},
		"a refresh that is answered by a page leads back to the key": {
			func(c *club) {
				c.sim.SetKey(writeKey, "")
				c.sim.SetKey(writeKey, fairgatetest.Write)
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpToken, Kind: faults.HTML, Times: 1})
			},
			[]string{"refresh", "create"},
			2, fine,
		},
		"a refresh without an answer is left for later": {
			func(c *club) {
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpList, Kind: faults.Unauthorized, Times: 1})
				c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpToken, Kind: faults.CutAfter, Times: 1})
			},
			[]string{"refresh "},
			1, port.Again,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t).began(t)
			tt.spoil(c)
			err := c.list(t.Context())
			if got := next(err); got != tt.next {
				t.Errorf("next = %q, want %q (%v)", got, tt.next, err)
			}
			if diff := cmp.Diff(tt.want, c.tokenRequests()); diff != "" {
				t.Errorf("requests for tokens (-want +got):\n%s", diff)
			}
			if got := c.asked(fairgatetest.OpList); got != tt.asked {
				t.Errorf("%d requests to list, want %d", got, tt.asked)
			}
		})
	}
}

// asked counts the requests of an operation.
func (c *club) asked(op string) int {
	n := 0
	for _, r := range c.sim.Requests() {
		if r.Op == op {
			n++
		}
	}
	return n
}

func TestAUsedRefreshTokenIsNotSentAgain(t *testing.T) {
	t.Parallel()
	c := open(t).began(t)
	c.clock.move(time.Hour)
	c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpToken, Kind: faults.CutAfter, Times: 1})
	if got := next(c.list(t.Context())); got != port.Again {
		t.Fatalf("next = %q, want to try again", got)
	}
	if err := c.list(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"refresh ", "create"}, c.tokenRequests()); diff != "" {
		t.Errorf("requests for tokens (-want +got):\n%s", diff)
	}
}

func TestManyAtOnceRenewOnce(t *testing.T) {
	t.Parallel()
	c := open(t).began(t)
	c.clock.move(time.Hour)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := c.list(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if diff := cmp.Diff([]string{"refresh"}, c.tokenRequests()); diff != "" {
		t.Errorf("requests for tokens (-want +got):\n%s", diff)
	}
}

func TestCheckUsesTheKeyAnew(t *testing.T) {
	t.Parallel()
	c := open(t).began(t)
	c.key = "key-of-nobody"
	if err := c.list(t.Context()); err != nil {
		t.Fatalf("the token made before is still good: %v", err)
	}
	if _, err := c.Check(t.Context()); next(err) != port.Token {
		t.Errorf("error = %v, want a refused key", err)
	}
	c.key = readKey
	if _, err := c.Check(t.Context()); err != nil {
		t.Errorf("Check may be called again: %v", err)
	}
}

func TestWhoWeAre(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]string{"with a key that writes": writeKey, "with a key that reads, since nobody can tell": readKey} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t)
			c.key = key
			got, err := c.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(port.Account{Organisation: "tvb", CanWrite: true}, got); diff != "" {
				t.Errorf("account (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAKeyThatIsNotToBeUsed(t *testing.T) {
	t.Parallel()
	tests := map[string]func(s *settings){
		"no key is there": func(s *settings) {
			s.config.Key = func(context.Context) (string, error) { return "", nil }
		},
		"the key cannot be opened": func(s *settings) {
			s.config.Key = func(context.Context) (string, error) { return "", errors.New("sealed") }
		},
		"nobody knows the key": func(s *settings) {
			s.config.Key = func(context.Context) (string, error) { return "key-of-nobody", nil }
		},
		"the key is another organisation's":   func(s *settings) { s.config.Organisation = "tva" },
		"the token is another organisation's": func(s *settings) { s.sim.Claim = "tva" },
	}
	for name, set := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(t, set).Check(t.Context())
			e := port.As(err)
			if e == nil || e.Next != port.Token || !strings.Contains(e.Advice, "passerelle connect") {
				t.Errorf("got %#v, want a token error that says how to connect", e)
			}
		})
	}
}

func TestWhatTheClaimHoldsCanBeAnotherThing(t *testing.T) {
	t.Parallel()
	c := open(t, func(s *settings) { s.sim.Claim, s.config.Assumed.Claim = "4711", "4711" })
	if _, err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// unsigned is a JWT of these claims, with a signature that is none.
func unsigned(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"ES512","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
}

func TestAnswersOfTokens(t *testing.T) {
	t.Parallel()
	world := open(t)
	good := unsigned(`{"fsa_id":"tvb","uniq_id":"u"}`)
	const yes = port.Next("there is a token")
	tests := map[string]struct {
		status int
		body   string
		want   port.Next
	}{
		"flat":                                {200, `{"access_token":"` + good + `","refresh_token":"r","expires_in":900}`, yes},
		"flat with the seconds as a text":     {200, `{"access_token":"` + good + `","refresh_token":"r","expires_in":"900"}`, yes},
		"flat without all that may be absent": {200, `{"access_token":"` + good + `"}`, yes},
		"enveloped":                           {200, `{"code":200,"success":true,"message":"","data":{"token":"` + good + `","refresh_token":"r"},"errors":[]}`, yes},
		"enveloped with the other name":       {200, `{"success":true,"data":{"access_token":"` + good + `","expires_in":900}}`, yes},
		"enveloped without success":           {200, `{"code":200,"success":false,"message":"","data":null,"errors":[]}`, port.Token},
		"enveloped with a token but no success": {
			200, `{"code":200,"success":false,"data":{"token":"` + good + `"}}`, port.Token,
		},
		"of an organisation that is a number":   {200, `{"access_token":"` + unsigned(`{"fsa_id":12345678}`) + `"}`, port.Token},
		"of no organisation":                    {200, `{"access_token":"` + unsigned(`{"uniq_id":"u"}`) + `"}`, port.Token},
		"of an organisation spelled otherwise":  {200, `{"access_token":"` + unsigned(`{"fsa_id":"TVB"}`) + `"}`, port.Token},
		"of no claims at all":                   {200, `{"access_token":"opaque"}`, port.Stop},
		"an empty object":                       {200, `{}`, port.Stop},
		"an empty list":                         {200, `[]`, port.Stop},
		"null":                                  {200, `null`, port.Stop},
		"success with no data":                  {200, `{"success":true,"data":null}`, port.Stop},
		"a token that is no text":               {200, `{"access_token":7}`, port.Stop},
		"half an answer":                        {200, `{"access_token":"` + good, port.Stop},
		"a page":                                {200, `<html>`, port.Stop},
		"a page for a path that is not there":   {404, `<html>`, port.Stop},
		"a page that says forbidden":            {403, `<html>`, port.Stop},
		"a page that asks for a password":       {401, `<html>`, port.Token},
		"a path that is not there, by Fairgate": {404, `{"success":false}`, port.Token},
		"a refusal in another form":             {400, `{"error":"invalid"}`, port.Token},
		"a redirect":                            {302, ``, port.Stop},
		"out of order":                          {500, `{}`, port.Again},
		"in maintenance":                        {503, `<html>`, port.Again},
		"too many":                              {429, `{}`, port.Again},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := world.behind(t, instead(fairgatetest.OpToken, tt.status, tt.body))
			// Where there is a token, it is not one that the simulator knows: its list answers 401, and only that.
			err := c.list(t.Context())
			got := port.As(err).Next
			if strings.Contains(err.Error(), "gives tokens") {
				got = yes
			}
			if got != tt.want {
				t.Errorf("next = %q, want %q (%v)", got, tt.want, err)
			}
			if strings.Contains(err.Error(), good) || strings.Contains(err.Error(), writeKey) {
				t.Errorf("a secret in the error: %v", err)
			}
		})
	}
}

func TestTheTokenGoesWithEveryRequest(t *testing.T) {
	t.Parallel()
	token := unsigned(`{"fsa_id":"tvb"}`)
	var sent []string
	answer, err := json.Marshal(map[string]any{"access_token": token})
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, func(s *settings) {
		s.between = func(next http.Handler) http.Handler {
			replaced := instead(fairgatetest.OpToken, http.StatusOK, string(answer))(next)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				sent = append(sent, r.Header.Get("Authorization"))
				replaced.ServeHTTP(w, r)
			})
		}
	})
	_ = c.list(t.Context()) // refused: the simulator does not know the token
	want := []string{"", "Bearer " + token, "", "Bearer " + token}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("what was sent for authorization (-want +got):\n%s", diff)
	}
}
