package httpx

import (
	"net/http"
	"testing"
	"time"
)

// FuzzRetryAfter reads anything as the time to stay away: it is never negative, and the host is left alone for an hour at
// the most.
func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"", "7", "-1", "9300000000", "99999999999999999999", "Sun, 01 Mar 2026 12:00:09 GMT", "soon"} {
		f.Add(text, text)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, seconds, unix string) {
		h := http.Header{"Retry-After": {seconds}, "X-Ratelimit-Retry-After": {unix}}
		wait := retryAfter(h, now)
		if wait < 0 {
			t.Errorf("wait = %s", wait)
		}
		var p pace
		p.learn(1, Response{Status: http.StatusTooManyRequests, RetryAfter: wait}, now)
		if away := p.away.Sub(now); away < 0 || away > time.Hour {
			t.Errorf("left alone for %s", away)
		}
	})
}
