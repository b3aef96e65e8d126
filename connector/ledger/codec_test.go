package ledger

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/conflicts"
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

// FuzzLeaf reads anything as every kind of JSON leaf: it is one that is written and read the same, or it is damage, of which
// the error tells the place alone.
func FuzzLeaf(f *testing.F) {
	for _, text := range []string{
		`{"id":7,"number":"012345","why":"#"}`, `{"id":"#"}`, `{"id":-1}`, `{"keys":["#",""],"stage":"club"}`, `{"keys":"#"}`,
		`{"count":3,"last":"2026-03-01T12:00:00Z"}`, `{"last":"#"}`, `{"at":"2026-02-30T00:00:00Z"}`, `{"at":"9999-12-31T23:59:59.999999999+14:00"}`,
		`{"id":"q-1","state":"open","values":{"club":"#","federation":null},"opened":"2026-03-01T12:00:00+01:00"}`,
		`{"changes":[{"id":"#","set":{"email":"#"}}],"reasons":null}`, `{"ID":1,"id":2}`, `{"id":1e400}`, `{"id":1}{`,
		`null`, `[]`, `"#"`, `{}`, ``, "\xff", `{"number":"\ud800"}`,
	} {
		f.Add([]byte(text))
	}
	person := port.Person{ID: 7, Number: "012345", Why: "number"}
	seed, err := encode(person, "here")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text []byte) {
		text = bytes.ReplaceAll(text, []byte("#"), []byte("Qzx@mark"))
		isLeaf[port.Person](t, text)
		isLeaf[port.Runs](t, text)
		isLeaf[port.Plan](t, text)
		isLeaf[port.Intent](t, text)
		isLeaf[port.Refusal](t, text)
		isLeaf[port.Entry](t, text)
		isLeaf[conflicts.Question](t, text)
		isLeaf[stranger](t, text)
	})
}

// isLeaf reads text as a leaf.
func isLeaf[T any](t *testing.T, text []byte) {
	t.Helper()
	value, err := decode[T](text, "here")
	if err != nil {
		if !errors.Is(err, ErrCorrupt) || err.Error() != "the ledger is damaged: here" {
			t.Errorf("%T: got %q, want the place and nothing else", value, err)
		}
		return
	}
	once, err := encode(value, "here")
	if err != nil {
		t.Errorf("%T: what was read cannot be written: %v", value, err)
		return
	}
	again, err := decode[T](once, "here")
	if err != nil {
		t.Errorf("%T: what was written cannot be read: %v", value, err)
		return
	}
	if twice, err := encode(again, "here"); err != nil || !bytes.Equal(once, twice) {
		t.Errorf("%T: written as %s, then as %s, %v", value, once, twice, err)
	}
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
