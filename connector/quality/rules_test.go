package quality

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table says what WIRE.md 1 does ("The server enforces"): 01–03, 08, 12 male; 04–06, 09, 13 female; 12–15, 29 up to 16 years;
// 01–09, 28 from 17.
func TestAudiences(t *testing.T) {
	t.Parallel()
	r, err := loadRules()
	if err != nil {
		t.Fatal(err)
	}
	sexes := map[string]string{
		"01": "M", "02": "M", "03": "M", "08": "M", "12": "M", "04": "F", "05": "F", "06": "F", "09": "F", "13": "F",
	}
	for n := 1; n <= 29; n++ {
		code := fmt.Sprintf("%02d", n)
		got, known := r.audience(code, 2026)
		bounded := n <= 9 || n == 28 || n >= 12 && n <= 15 || n == 29
		if known != bounded {
			t.Errorf("%s: known %t, want %t", code, known, bounded)
			continue
		}
		want := audience{Sex: sexes[code], Other: got.Other, Next: got.Next}
		switch {
		case n <= 9 || n == 28:
			want.From = 17
		case bounded:
			want.To = 16
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
		if other, ok := r.audience(got.Other, 2026); got.Other != "" && (!ok || other.Other != code || other.Sex == got.Sex || other.From != got.From) {
			t.Errorf("%s: %q is not the same for the other sex", code, got.Other)
		}
		if next, ok := r.audience(got.Next, 2026); got.Next != "" && (!ok || next.From != got.To+1 || next.Sex != got.Sex) {
			t.Errorf("%s: %q does not follow it", code, got.Next)
		}
	}
	if _, known := r.audience("01", 2015); known {
		t.Error("the table holds before its years")
	}
}
