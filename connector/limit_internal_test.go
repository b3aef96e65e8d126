package connector

import "testing"

func TestLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		limit Limit
		pairs int
		want  int
	}{
		{"the count prevails in a club of 60", Limit{3, 1}, 60, 3},
		{"the count prevails at exactly as much", Limit{3, 1}, 300, 3},
		{"a share above the count is rounded up", Limit{3, 1}, 301, 4},
		{"the share prevails in a club of 2000", Limit{3, 1}, 2000, 20},
		{"two percent of 60 are two people", Limit{0, 2}, 60, 2},
		{"ten percent of 300", Limit{20, 10}, 300, 30},
		{"nobody linked leaves the count", Limit{5, 2}, 0, 5},
	} {
		if got := c.limit.of(c.pairs); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
