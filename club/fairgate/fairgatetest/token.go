package fairgatetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A grant is what a token was given for.
type grant struct {
	key     string // the access key it goes back to
	right   Right
	expires time.Time // of an access token
}

// An issuer makes tokens of keys, and knows what its tokens are good for.
type issuer struct {
	claim string
	life  time.Duration
	now   func() time.Time
	sign  *ecdsa.PrivateKey

	mu      sync.Mutex
	drawn   *rand.ChaCha8
	keys    map[string]Right
	access  map[string]grant
	refresh map[string]grant
}

func newIssuer(c Config) *issuer {
	var seed [32]byte
	binary.LittleEndian.PutUint64(seed[:], c.Seed)
	drawn := rand.NewChaCha8(seed)
	// The seed does not reach the key: crypto/ecdsa takes its randomness from the system whatever it is given.
	sign, err := ecdsa.GenerateKey(elliptic.P521(), drawn)
	if err != nil {
		panic(fmt.Sprintf("fairgatetest: signing key: %v", err))
	}
	keys := maps.Clone(c.Keys)
	if keys == nil {
		keys = map[string]Right{}
	}
	return &issuer{
		claim: c.Claim, life: c.TokenLife, now: c.Now, sign: sign, drawn: drawn,
		keys: keys, access: map[string]grant{}, refresh: map[string]grant{},
	}
}

// pair is an access token and the refresh token that replaces it once.
type pair struct {
	access, refresh string
}

// fromKey returns tokens for an access key; ok is false for a key that is not one.
func (i *issuer) fromKey(key string) (p pair, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	right, ok := i.keys[key]
	if !ok {
		return pair{}, false
	}
	return i.issue(grant{key: key, right: right}), true
}

// fromRefresh returns tokens for a refresh token and uses it up; ok is false for one that is unknown or used.
func (i *issuer) fromRefresh(token string) (p pair, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, ok := i.refresh[token]
	if !ok {
		return pair{}, false
	}
	delete(i.refresh, token)
	return i.issue(g), true
}

// right returns what an access token allows; ok is false for one that is unknown, withdrawn or expired.
func (i *issuer) right(access string) (r Right, ok bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	g, ok := i.access[access]
	if !ok || !i.now().Before(g.expires) {
		return "", false
	}
	return g.right, true
}

// setKey gives a key a right, also for the tokens it was exchanged for; no right at all withdraws it with them.
func (i *issuer) setKey(key string, right Right) {
	i.mu.Lock()
	defer i.mu.Unlock()
	delete(i.keys, key)
	if right != "" {
		i.keys[key] = right
	}
	for _, tokens := range []map[string]grant{i.access, i.refresh} {
		for token, g := range tokens {
			if g.key != key {
				continue
			}
			delete(tokens, token)
			if right != "" {
				tokens[token] = grant{key: key, right: right, expires: g.expires}
			}
		}
	}
}

// issue makes tokens for a grant. The caller holds the lock.
func (i *issuer) issue(g grant) pair {
	g.expires = i.now().Add(i.life).Truncate(time.Second)
	access, err := jwt.NewWithClaims(jwt.SigningMethodES512, jwt.MapClaims{
		"fsa_id":  i.claim,
		"uniq_id": i.draw(),
		"exp":     g.expires.Unix(),
	}).SignedString(i.sign)
	if err != nil {
		panic(fmt.Sprintf("fairgatetest: sign a token: %v", err))
	}
	p := pair{access: access, refresh: i.draw()}
	i.access[p.access] = g
	i.refresh[p.refresh] = g
	return p
}

func (i *issuer) draw() string {
	var b [16]byte
	if _, err := i.drawn.Read(b[:]); err != nil {
		panic(fmt.Sprintf("fairgatetest: draw: %v", err))
	}
	return hex.EncodeToString(b[:])
}
