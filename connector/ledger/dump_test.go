package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// TestDump plants one mark wherever a person's value may stand, and looks for it in the dump.
func TestDump(t *testing.T) {
	t.Parallel()
	const mark = "Planted-Mark"
	l, _ := opened(t)
	commit(t, l, batch())
	v := map[record.Field]record.Value{"lastName": record.Of(mark)}
	commit(t, l, port.Batch{
		People: map[uint64]*port.Person{900: {
			ID: 900, Number: mark, State: port.Linked,
			Pairs: []port.Pair{{Kind: "member", Club: record.Ref{Document: "contact/900"}, Base: port.Base{Agreed: v, Own: map[record.Side]map[record.Field]record.Value{record.Club: v}}}},
		}},
		History:  []port.Entry{{Side: record.Club, Ref: "contact/900", Kind: "member", Before: v, After: v}},
		Intents:  map[string]*port.Intent{"i": {ID: "i", Side: record.Club, Values: v}},
		Refusals: map[string]*port.Refusal{"contact/900 club": {Reason: mark}},
	})
	dump := func(values bool) (string, map[string]int) {
		var all strings.Builder
		buckets := map[string]int{}
		if err := l.Dump(t.Context(), values, func(text []byte) error {
			var line struct{ Bucket string }
			if err := json.Unmarshal(text, &line); err != nil {
				t.Errorf("no JSON: %v", err)
			}
			buckets[line.Bucket]++
			all.Write(append(text, '\n'))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all.String(), buckets
	}
	hidden, buckets := dump(false)
	if strings.Contains(hidden, mark) {
		t.Errorf("the mark is in the dump:\n%s", hidden)
	}
	for _, want := range []string{"lastName", "contact/900", `"kind":"member"`} {
		if !strings.Contains(hidden, want) {
			t.Errorf("%s is not in the dump", want)
		}
	}
	open, again := dump(true)
	if n := strings.Count(open, mark); n != 8 {
		t.Errorf("with values the mark stands there %d times, want 8:\n%s", n, open)
	}
	if buckets["people"] != again["people"] || buckets["history"] == 0 || buckets["journal"] == 0 {
		t.Errorf("entries by bucket: %v", buckets)
	}
}
