package httpx

import (
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IsJSON reports whether r says that it is JSON and is: a proxy's HTML page, a body cut in the middle and an empty one
// are not.
func IsJSON(r Response) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (mediaType != "application/json" && !strings.HasSuffix(mediaType, "+json")) {
		return false
	}
	return json.Valid(r.Body)
}

// retryAfter is how long the host asks to stay away: Retry-After in seconds or as an HTTP date, or
// X-Ratelimit-Retry-After as a Unix time (WIRE.md 2), whichever is later. It is 0 when neither names a time ahead, and
// the longest duration when the time is farther away than a duration can say.
func retryAfter(h http.Header, now time.Time) time.Duration {
	var wait time.Duration
	if text := h.Get("Retry-After"); text != "" {
		if date, err := http.ParseTime(text); err == nil {
			wait = date.Sub(now)
		} else if seconds, ok := parseSeconds(text); ok {
			wait = toDuration(seconds)
		}
	}
	if unix, ok := parseSeconds(h.Get("X-Ratelimit-Retry-After")); ok {
		wait = max(wait, toDuration(unix-now.Unix()))
	}
	return max(wait, 0)
}

// parseSeconds reads a whole number that is not negative; one beyond int64 is the largest int64.
func parseSeconds(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil && n != math.MaxUint64 {
		return 0, false
	}
	return int64(min(n, math.MaxInt64)), true
}

func toDuration(seconds int64) time.Duration {
	if seconds > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(seconds) * time.Second
}
