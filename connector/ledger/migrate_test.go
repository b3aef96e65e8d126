package ledger

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"passerelle/connector/port"
)

// migrationTests holds what each migration has to have done, in the order of migrations().
func migrationTests() []func(*testing.T, *bbolt.Tx) {
	return []func(*testing.T, *bbolt.Tx){
		func(t *testing.T, tx *bbolt.Tx) { // 1
			t.Helper()
			var got []string
			if err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
				got = append(got, string(name))
				return nil
			}); err != nil {
				t.Error(err)
			}
			want := strings.Fields(`approved candidates/club candidates/federation digests/club digests/federation history intents
				journal meta numbers people questions refs/club refs/federation refused sights/club sights/federation standing
				strangers/club strangers/federation`)
			if !slices.Equal(want, got) {
				t.Errorf("buckets: got %q, want %q", got, want)
			}
		},
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	tests := migrationTests()
	if len(tests) != len(migrations()) {
		t.Fatalf("%d migrations have %d tests", len(migrations()), len(tests))
	}
	for i, test := range tests {
		l := opened(t, filepath.Join(t.TempDir(), "ledger"), migrations()[:i+1])
		if err := l.db.View(func(tx *bbolt.Tx) error { test(t, tx); return nil }); err != nil {
			t.Error(err)
		}
		closed(t, l)
	}
}

func opened(t *testing.T, path string, steps []migration) *Ledger {
	t.Helper()
	l, err := open(t.Context(), path, Options{}, steps)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closed(t *testing.T, l *Ledger) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// next is a migration that is to come.
func next(tx *bbolt.Tx) error {
	_, err := tx.CreateBucket([]byte("next"))
	return err
}

func TestAnOlderFileIsCopiedAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger")
	l := opened(t, path, migrations())
	if err := l.Commit(t.Context(), port.Batch{Runs: &port.Runs{Count: 5}}); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if _, err := os.Stat(path + ".v1.bak"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new file was copied aside: %v", err)
	}

	failing := errors.New("failing")
	_, err := open(t.Context(), path, Options{}, append(migrations(), next, func(*bbolt.Tx) error { return failing }))
	if !errors.Is(err, failing) {
		t.Errorf("a migration that fails: got %v", err)
	}
	closed(t, opened(t, path, migrations())) // as it was

	closed(t, opened(t, path, append(migrations(), next)))
	if _, err := open(t.Context(), path, Options{}, migrations()); !errors.Is(err, ErrNewer) {
		t.Errorf("the older program: got %v, want ErrNewer", err)
	}

	aside := path + ".v1.bak"
	if info, err := os.Stat(aside); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v, want mode 0600", info, err)
	}
	for _, at := range []string{path, aside} {
		steps := migrations()
		if at == path {
			steps = append(steps, next)
		}
		l := opened(t, at, steps)
		if runs, err := l.Runs(t.Context()); err != nil || runs.Count != 5 {
			t.Errorf("%s: got %d runs, %v, want 5", filepath.Base(at), runs.Count, err)
		}
		closed(t, l)
	}
}

func TestANewerFileIsNotTouched(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger")
	closed(t, opened(t, path, append(migrations(), next)))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), path, Options{})
	if !errors.Is(err, ErrNewer) || errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v, want ErrNewer alone", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed, or %v", err)
	}
}

func TestAVersionThatIsNoneIsDamage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger")
	l := opened(t, path, migrations())
	if err := l.db.Update(func(tx *bbolt.Tx) error { return bucket(tx, meta).Put([]byte(versionKey), []byte("1")) }); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}
