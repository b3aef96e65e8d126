package ledger

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// FuzzSight reads anything as a sight: it is one that is written and read the same, or it is damage.
func FuzzSight(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01\x00\x00"))
	f.Add(encodeSight(port.Sight{Ordinal: 300, Counts: map[record.Kind]int{"member": 1, "function": -5}}))
	f.Fuzz(func(t *testing.T, text []byte) {
		sight, err := decodeSight(text, "here")
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
			return
		}
		again, err := decodeSight(encodeSight(sight), "here")
		if diff := cmp.Diff(sight, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("written and read again: %v (-want +got):\n%s", err, diff)
		}
	})
}

func TestASightThatIsCutShortIsDamage(t *testing.T) {
	t.Parallel()
	// Cut after a whole count, what is left is a sight with fewer kinds; nowhere else.
	whole := encodeSight(port.Sight{Ordinal: 1, Counts: map[record.Kind]int{"member": 1}})
	for n := range whole {
		_, err := decodeSight(whole[:n], "here")
		if fine := n == 3; (err == nil) != fine {
			t.Errorf("%d bytes of %d: got %v, want fine: %t", n, len(whole), err, fine)
		}
	}
}

func TestDamageQuotesNothing(t *testing.T) {
	t.Parallel()
	_, err := decode[port.Person]([]byte(`{"id":"Muster"}`), "people/1")
	if want := "the ledger is damaged: people/1"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
