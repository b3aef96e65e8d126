package ledger

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// sound is a ledger in which everything has its place.
func sound(t *testing.T) *Ledger {
	t.Helper()
	l := opened(t, filepath.Join(t.TempDir(), "ledger"), migrations())
	t.Cleanup(func() { closed(t, l) })
	base := port.Base{Agreed: map[record.Field]record.Value{"lastName": record.Of("Muster")}}
	pair := func(club, federation string) port.Pair {
		return port.Pair{Kind: "member", Club: record.Ref{Document: club}, Federation: record.Ref{Document: federation}, Base: base}
	}
	if err := l.Commit(t.Context(), port.Batch{
		People: map[uint64]*port.Person{
			1: {ID: 1, State: port.Linked, Number: "012345", Pairs: []port.Pair{pair("contact/1", "members/a")}},
			2: {ID: 2, State: port.Linked, Pairs: []port.Pair{pair("contact/2", "members/b")}},
		},
		Sights: map[record.Side]map[string]*port.Sight{record.Club: {
			"contact/1": {Digest: []byte{1}}, "contact/2": {Digest: []byte{2}},
		}},
		Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"contact/9": {Side: record.Club, Ref: "contact/9", Keys: []string{"k"}}}},
		Intents:   map[string]*port.Intent{"i": {ID: "i", Person: 1, Side: record.Club}},
		Questions: []conflicts.Question{{ID: "q", State: conflicts.Open, Person: 1}},
		Runs:      &port.Runs{Count: 1, NextID: 3},
		History:   []port.Entry{{At: time.Unix(1, 0), Side: record.Club}},
	}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestCheck(t *testing.T) {
	t.Parallel()
	put := func(in, key, value string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return bucket(tx, in).Put([]byte(key), []byte(value)) }
	}
	drop := func(in, key string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return bucket(tx, in).Delete([]byte(key)) }
	}
	one, two := string(number64(1)), string(number64(2))
	for name, c := range map[string]struct {
		damage func(*bbolt.Tx) error
		want   string // "" for nothing found
	}{
		"nothing":                    {damage: func(*bbolt.Tx) error { return nil }},
		"a person that is no JSON":   {put(people, two, "{"), "people/2: it cannot be read"},
		"a person of another place":  {put(people, string(number64(3)), `{"id":4}`), "people/3: it says of itself to be person 4"},
		"a person without records":   {put(people, two, `{"id":2,"state":"linked"}`), "people/2: it has no record on either side"},
		"a person without a base":    {put(people, two, `{"id":2,"state":"linked","pairs":[{"kind":"member","club":{"document":"contact/2"},"federation":{"document":"members/b"}}]}`), "people/2: it is linked, and nothing"},
		"a record twice":             {put(people, two, `{"id":2,"state":"asked","pairs":[{"kind":"member"},{"kind":"member"}]}`), "people/2: it has member twice"},
		"a document of two":          {put(people, two, `{"id":2,"state":"asked","pairs":[{"kind":"member","club":{"document":"contact/1"},"federation":{"document":"members/b"}}]}`), "people/2: contact/1 of the club is that of person 1 as well"},
		"a document that leads away": {put(of(refs, record.Club), "contact/1", two), "refs/club/contact/1: the index leads to another place"},
		"a document of nobody":       {put(of(refs, record.Club), "contact/7", one), "refs/club/contact/7: the index names what is not there"},
		"a document that lacks":      {drop(of(refs, record.Federation), "members/a"), "refs/federation/members/a: the index lacks it"},
		"a number that lacks":        {drop(numbers, indexed("012345", one)), "numbers/1: the index lacks it"},
		"a key of nobody":            {put(of(candidates, record.Club), indexed("k2", "contact/9"), ""), "candidates/club/contact/9: the index names what is not there"},
		"a sight that is none":       {put(of(sights, record.Club), "contact/1", "\xff"), "sights/club/contact/1: it cannot be read"},
		"two in one place":           {put(of(sights, record.Club), "contact/2", string(encodeSight(port.Sight{Ordinal: 1}))), "sights/club/contact/2: it has the place of contact/1"},
		"a place that was not given": {put(of(sights, record.Club), "contact/2", string(encodeSight(port.Sight{Ordinal: 9}))), "sights/club/contact/2: its place in the order of first sight was never given"},
		"a digest without a sight":   {put(of(digests, record.Club), "contact/7", "1"), "digests/club/contact/7: it is the digest of a document that was never seen"},
		"a stranger who is linked":   {put(of(strangers, record.Club), "contact/1", `{"keys":[]}`), "strangers/club/contact/1: somebody is linked with it"},
		"a question about nobody":    {put(questions, "q", `{"id":"q","state":"open","person":7}`), "questions/q: it is about person 7, who is not there"},
		"an answer that lacks":       {put(questions, "q", `{"id":"q","state":"answered","person":1}`), "questions/q: it is answered, and there is no answer"},
		"a question that is another": {put(questions, "q", `{"id":"p","state":"open"}`), "questions/q: it says of itself to be another question"},
		"a question that is closed":  {put(questions, "q", `{"id":"q","state":"closed"}`), "standing/q: the index names what is not there"},
		"a request about nobody":     {put(journal, one, `{"id":"i","person":7}`), "journal/i: it is about person 7, who is not there"},
		"a request that lacks":       {drop(intents, "i"), "intents/i: the index lacks it"},
		"a count that is too low":    {put(meta, runsKey, `{"nextID":2}`), "meta/runs: the next person would get the number of one who is there (2)"},
		"runs that are none":         {put(meta, runsKey, `{`), "meta/runs: it cannot be read"},
		"a history that is none":     {put(history, one, `{`), "history/1: it cannot be read"},
		"a refusal that is none":     {put(refused, "x", `{`), "refused/x: it cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := sound(t)
			if err := l.db.Update(c.damage); err != nil {
				t.Fatal(err)
			}
			found, err := l.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var said []string
			for _, f := range found {
				said = append(said, f.Place+": "+f.Problem)
				if strings.Contains(f.Place+f.Problem, "012345") || strings.Contains(f.Problem, "Muster") {
					t.Errorf("a value is told: %+v", f)
				}
			}
			all := strings.Join(said, "\n")
			if c.want == "" && all != "" || !strings.Contains(all, c.want) {
				t.Errorf("found:\n%s\nwant: %s", all, c.want)
			}
		})
	}
}
