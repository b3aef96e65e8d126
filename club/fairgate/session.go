package fairgate

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
)

// early is how long before its end a token is renewed, so that it does not end under way.
const early = time.Minute

// connectAgain is what mends a key.
const connectAgain = "run passerelle connect LINK club"

// A session holds the tokens that the access key was exchanged for, one pair at a time.
type session struct {
	config Config
	reads  atomic.Int64  // requests sent for a token, and all others that only read
	turn   chan struct{} // holds one element while somebody looks at or renews the tokens
	tokens tokens
}

// tokens is an access token and what replaces it once.
type tokens struct {
	access, refresh string
	renew           time.Time // from then on the access token is not used any more; zero: it is until it is refused
}

func newSession(c Config) *session {
	return &session{config: c, turn: make(chan struct{}, 1)}
}

// begin forgets the tokens there are and makes new ones of the access key.
func (s *session) begin(ctx context.Context) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.unlock()
	s.tokens = tokens{}
	return s.create(ctx)
}

// token returns an access token that has not ended and is not the one just refused, which is empty where none was.
func (s *session) token(ctx context.Context, refused string) (string, error) {
	if err := s.lock(ctx); err != nil {
		return "", err
	}
	defer s.unlock()
	held := s.tokens
	usable := held.access != "" && held.access != refused && (held.renew.IsZero() || s.config.Now().Before(held.renew))
	if !usable {
		if err := s.replace(ctx); err != nil {
			return "", err
		}
	}
	return s.tokens.access, nil
}

func (s *session) lock(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &port.Error{Next: port.Again, Reason: "interrupted before a token was there", Err: ctx.Err()}
	}
}

func (s *session) unlock() { <-s.turn }

// replace renews the tokens by the refresh token, or by the access key where that does not do. The caller has the turn.
func (s *session) replace(ctx context.Context) error {
	refresh := s.tokens.refresh
	s.tokens = tokens{} // a refresh token works once, and whether a request has used it up may never be known
	if refresh != "" {
		err := s.exchange(ctx, "refresh", "refresh_token", refresh)
		if err == nil || port.As(err).Next == port.Again {
			return err
		}
	}
	return s.create(ctx)
}

// create makes tokens of the access key. The caller has the turn.
func (s *session) create(ctx context.Context) error {
	key, err := s.config.Key(ctx)
	if err != nil || key == "" {
		return &port.Error{Next: port.Token, Reason: "there is no access key to use", Advice: connectAgain, Err: err}
	}
	return s.exchange(ctx, "create", "access_key", key)
}

// exchange asks for tokens, in one of two ways, and keeps them. A token has no effect in Fairgate: whatever fails on the
// way to it can be tried again.
func (s *session) exchange(ctx context.Context, how, name, secret string) error {
	body, err := json.Marshal(map[string]string{name: secret})
	if err != nil {
		return mistake("a secret cannot be sent")
	}
	s.reads.Add(1)
	answer, err := s.config.HTTP.Do(ctx, httpx.Request{
		Method: http.MethodPost,
		URL:    strings.Replace(s.config.address(pathTokens, ""), "{how}", how, 1),
		Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}},
		Body:   body,
	})
	if err != nil {
		return unreachable(err, port.Again)
	}
	if busy := s.config.busy(answer, port.Again); busy != nil {
		return busy
	}
	switch answer.Status {
	case http.StatusUnauthorized:
		return refusedKey()
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound:
		if httpx.IsJSON(answer) { // a proxy, or a server at a wrong address, has pages of its own for these
			return refusedKey()
		}
	}
	given, err := s.config.readTokens(answer)
	if err != nil {
		return err
	}
	s.tokens = given
	return nil
}

func refusedKey() error {
	return &port.Error{
		Next:   port.Token,
		Reason: "Fairgate does not accept the access key for this organisation",
		Advice: "check the organisation id, make a new access key in Fairgate and " + connectAgain,
	}
}

// tokenAnswer is an answer of tokens in either of its shapes (WIRE.md 2): flat, or in the envelope.
type tokenAnswer struct {
	AccessToken  string      `json:"access_token"`
	Token        string      `json:"token"`
	RefreshToken string      `json:"refresh_token"`
	ExpiresIn    json.Number `json:"expires_in"`

	Success *bool        `json:"success"`
	Data    *tokenAnswer `json:"data"`
}

// readTokens reads an answer of tokens and holds the access token to the organisation.
func (c Config) readTokens(r httpx.Response) (tokens, error) {
	var answer tokenAnswer
	if r.Status != http.StatusOK || !httpx.IsJSON(r) || json.Unmarshal(r.Body, &answer) != nil {
		return tokens{}, foreign("a token", r.Status, port.Stop)
	}
	if answer.Success != nil && !*answer.Success {
		return tokens{}, refusedKey()
	}
	if answer.Data != nil {
		answer = *answer.Data
	}
	access := answer.AccessToken
	if access == "" {
		access = answer.Token
	}
	if access == "" {
		return tokens{}, foreign("a token", r.Status, port.Stop)
	}
	ends, err := c.readClaims(access)
	if err != nil {
		return tokens{}, err
	}
	now := c.Now()
	if seconds, err := answer.ExpiresIn.Int64(); err == nil && seconds > 0 {
		const day = int64(24 * time.Hour / time.Second) // whoever promises more is asked again after one
		ends = now.Add(time.Duration(min(seconds, day)) * time.Second)
	}
	given := tokens{access: access, refresh: answer.RefreshToken, renew: ends.Add(-early)}
	if ends.IsZero() || !now.Before(given.renew) {
		// Its end is not known, or so near that our clock and theirs may disagree: it is good until it is refused.
		given.renew = time.Time{}
	}
	return given, nil
}

// readClaims reads what an access token says of itself: when it ends (zero: it does not say), and that it is this
// organisation's. The signature (ES512) is not verified, because Fairgate publishes no key to do it with: the claim
// protects against the wrong organisation's key, and TLS vouches for who sent it.
func (c Config) readClaims(access string) (ends time.Time, err error) {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser(jwt.WithJSONNumber()).ParseUnverified(access, claims); err != nil {
		// The cause would quote from the token.
		return time.Time{}, foreign("a token", http.StatusOK, port.Stop)
	}
	claim, ok := claims["fsa_id"]
	if !ok || fmt.Sprint(claim) != c.Assumed.Claim {
		return time.Time{}, &port.Error{
			Next:   port.Token,
			Reason: "the token that Fairgate gave is not one of this organisation",
			Advice: "check the organisation id, take the access key of that organisation and " + connectAgain,
		}
	}
	if exp, err := claims.GetExpirationTime(); err == nil && exp != nil {
		ends = exp.Time
	}
	return ends, nil
}
