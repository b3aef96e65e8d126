package ledger_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
)

func TestStore(t *testing.T) {
	t.Parallel()
	porttest.Store(t, func(tb testing.TB) port.Store {
		tb.Helper()
		l, _ := opened(tb)
		return l
	})
}

// opened returns a new ledger and its path. At the end it is closed, and the file checked for consistency.
func opened(tb testing.TB) (*ledger.Ledger, string) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "state", "link.ledger")
	l, err := ledger.Open(tb.Context(), path, ledger.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		closed(tb, l)
		sound(tb, path)
	})
	return l, path
}

func closed(tb testing.TB, l *ledger.Ledger) {
	tb.Helper()
	if err := l.Close(); err != nil {
		tb.Error(err)
	}
}

// sound sees that bbolt finds nothing wrong with a file that nobody has open.
func sound(tb testing.TB, path string) {
	tb.Helper()
	raw(tb, path, func(tx *bbolt.Tx) {
		for err := range tx.Check() {
			tb.Errorf("%s: %v", path, err)
		}
	})
}

// raw looks at a file that nobody has open as bbolt does.
func raw(tb testing.TB, path string, look func(tx *bbolt.Tx)) {
	tb.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	}()
	if err := db.View(func(tx *bbolt.Tx) error { look(tx); return nil }); err != nil {
		tb.Error(err)
	}
}

func read(tb testing.TB, path string) []byte {
	tb.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func commit(tb testing.TB, s port.Store, b port.Batch) {
	tb.Helper()
	if err := s.Commit(tb.Context(), b); err != nil {
		tb.Fatal(err)
	}
}

// batch has something of everything, the history excepted, which has no equal.
func batch() port.Batch {
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.FixedZone("", 3600))
	return port.Batch{
		People: map[uint64]*port.Person{258: {
			ID: 258, State: port.Linked, Number: "012345",
			Pairs: []port.Pair{{
				Kind: "member", Club: record.Ref{Document: "contact/1"}, Federation: record.Ref{Document: "members/a", Key: "k"},
				Base: port.Base{
					Agreed: map[record.Field]record.Value{"lastName": record.Of("Muster"), "email": record.Empty()},
					Own:    map[record.Side]map[record.Field]record.Value{record.Club: {"email": record.NotCarried()}},
					Life:   map[record.Side]record.Stage{record.Club: record.Present},
				},
			}},
		}},
		Sights: map[record.Side]map[string]*port.Sight{
			record.Club:       {"contact/1": {Digest: []byte{0, 255}, Counts: map[record.Kind]int{"member": 1, "function": 300}}},
			record.Federation: {"members/a": {Missing: at}},
		},
		Strangers: map[record.Side]map[string]*port.Stranger{
			record.Club: {"contact/9": {Side: record.Club, Ref: "contact/9", Keys: []string{"k1"}, Stage: record.Outside}},
		},
		Intents:   map[string]*port.Intent{"i": {ID: "i", Side: record.Club, Kind: "member", Op: record.Create, Sent: true}},
		Questions: []conflicts.Question{{ID: "q1", Kind: conflicts.Match, State: conflicts.Open, Record: "member", Opened: at}, {ID: "q2", State: conflicts.Closed}},
		Held:      &port.Plan{ID: "p", Changes: []port.PlannedItem{{ID: "c"}}, Persons: 1},
		Approve:   map[string]time.Time{"c": at},
		Refusals:  map[string]*port.Refusal{"r": {Reason: "no", Value: "v", At: at}},
		Runs:      &port.Runs{Count: 1, NextID: 259},
	}
}

func TestWhatChangesNothingWritesNothing(t *testing.T) {
	t.Parallel()
	l, path := opened(t)
	ctx := t.Context()
	commit(t, l, batch())
	before, held := read(t, path), porttest.ReadContents(t, l)

	for range 3 {
		commit(t, l, port.Batch{})
		commit(t, l, batch())
		commit(t, l, port.Batch{
			People: map[uint64]*port.Person{7: nil}, Intents: map[string]*port.Intent{"x": nil}, Approve: map[string]time.Time{"x": {}},
			Sights: map[record.Side]map[string]*port.Sight{record.Club: {"contact/7": nil}},
		})
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("a commit that changes nothing has changed the file")
	}

	closed(t, l)
	again, err := ledger.Open(ctx, path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(held, porttest.ReadContents(t, again), porttest.Same()); diff != "" {
		t.Errorf("reopened (-want +got):\n%s", diff)
	}
	closed(t, again)
	if !bytes.Equal(before, read(t, path)) {
		t.Error("opening and closing has changed the file")
	}
}

func TestEveryLeafHasItsBytes(t *testing.T) {
	t.Parallel()
	l, path := opened(t)
	b := batch()
	b.History = []port.Entry{{Run: 1, Side: record.Club, Ref: "contact/1", Kind: "member", Op: record.Update, Rule: "policy"}}
	commit(t, l, port.Batch{Questions: []conflicts.Question{{ID: "q2", State: conflicts.Open}}})
	commit(t, l, b)
	closed(t, l)

	// 2026-03-01T11:00:00Z is 63907959600 seconds after year 1.
	got := map[string]string{}
	raw(t, path, func(tx *bbolt.Tx) {
		err := tx.ForEach(func(name []byte, in *bbolt.Bucket) error {
			return in.ForEach(func(k, v []byte) error {
				form := "%q"
				if bytes.HasPrefix(name, []byte("sights/")) {
					form = "% x"
				}
				got[fmt.Sprintf("%s/ %q", name, k)] = fmt.Sprintf(form, v)
				return nil
			})
		})
		if err != nil {
			t.Error(err)
		}
	})
	want := map[string]string{
		`meta/ "version"`:             `"\x00\x00\x00\x00\x00\x00\x00\x01"`,
		`meta/ "ordinals/club"`:       `"\x00\x00\x00\x01"`,
		`meta/ "ordinals/federation"`: `"\x00\x00\x00\x01"`,
		`meta/ "runs"`:                fmt.Sprintf("%q", `{"count":1,"linked":"0001-01-01T00:00:00Z","nextID":259}`),
		`meta/ "held"`: fmt.Sprintf("%q", `{"plan":"p","changes":[{"id":"c","person":"","side":"","record":"","ref":"","kind":"","fields":null}],`+
			`"persons":1,"reasons":null}`),
		`people/ "\x00\x00\x00\x00\x00\x00\x01\x02"`: fmt.Sprintf("%q", `{"id":258,"state":"linked","number":"012345","pairs":[{"kind":"member",`+
			`"club":{"document":"contact/1"},"federation":{"document":"members/a","key":"k"},`+
			`"base":{"agreed":{"email":"","lastName":"Muster"},"own":{"club":{"email":null}},"life":{"club":"present"}}}]}`),
		`refs/club/ "contact/1"`:                                `"\x00\x00\x00\x00\x00\x00\x01\x02"`,
		`refs/federation/ "members/a"`:                          `"\x00\x00\x00\x00\x00\x00\x01\x02"`,
		`numbers/ "012345\x00\x00\x00\x00\x00\x00\x00\x01\x02"`: `""`,
		`sights/club/ "contact/1"`:                              "01 00 00 " + "08 66 75 6e 63 74 69 6f 6e d8 04 " + "06 6d 65 6d 62 65 72 02",
		`sights/federation/ "members/a"`:                        "01 " + "b0 a6 d8 89 ee 01 " + "05",
		`digests/club/ "contact/1"`:                             `"\x00\xff"`,
		`strangers/club/ "contact/9"`:                           fmt.Sprintf("%q", `{"keys":["k1"],"stage":"outside"}`),
		`candidates/club/ "k1\x00contact/9"`:                    `""`,
		`intents/ "i"`:                                          `"\x00\x00\x00\x00\x00\x00\x00\x01"`,
		`journal/ "\x00\x00\x00\x00\x00\x00\x00\x01"`: fmt.Sprintf("%q",
			`{"id":"i","run":0,"side":"club","kind":"member","op":"create","changes":null,"sent":true}`),
		`questions/ "q1"`: fmt.Sprintf("%q", `{"id":"q1","kind":"match","record":"member","reason":"","answers":null,"fingerprint":"",`+
			`"state":"open","opened":"2026-03-01T12:00:00.000000005+01:00"}`),
		`questions/ "q2"`: fmt.Sprintf("%q", `{"id":"q2","kind":"","record":"","reason":"","answers":null,"fingerprint":"","state":"closed"}`),
		`standing/ "q1"`:  `""`,
		`approved/ "c"`:   `"2026-03-01T11:00:00.000000005Z"`,
		`refused/ "r"`:    fmt.Sprintf("%q", `{"reason":"no","value":"v","at":"2026-03-01T12:00:00.000000005+01:00"}`),
		`history/ "\x00\x00\x00\x00\x00\x00\x00\x01"`: fmt.Sprintf("%q", `{"at":"0001-01-01T00:00:00Z","run":1,"side":"club","ref":"contact/1",`+
			`"kind":"member","op":"update","rule":"policy"}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leaves (-want +got):\n%s", diff)
	}
}

func TestNothingWorksAfterClose(t *testing.T) {
	t.Parallel()
	l, _ := opened(t)
	closed(t, l)
	closed(t, l)
	if err := l.Commit(t.Context(), batch()); err == nil {
		t.Error("commit: got no error")
	}
	if _, err := l.Runs(context.WithoutCancel(t.Context())); err == nil {
		t.Error("runs: got no error")
	}
}

func TestWhatAnIndexCannotHoldIsRefused(t *testing.T) {
	t.Parallel()
	l, _ := opened(t)
	for name, b := range map[string]port.Batch{
		"a zero byte in a number": {People: map[uint64]*port.Person{1: {ID: 1, Number: "0\x001"}}},
		"an empty key":            {Strangers: map[record.Side]map[string]*port.Stranger{record.Club: {"c": {Side: record.Club, Ref: "c", Keys: []string{""}}}}},
		"no document":             {Sights: map[record.Side]map[string]*port.Sight{record.Club: {"": {}}}},
		"a question without ID":   {Questions: []conflicts.Question{{State: conflicts.Open}}},
	} {
		b.Runs = &port.Runs{Count: 9}
		if err := l.Commit(t.Context(), b); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
	if runs, err := l.Runs(t.Context()); err != nil || runs.Count != 0 {
		t.Errorf("runs: got %d, %v, want nothing left behind", runs.Count, err)
	}
}
