package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// names returns what is in a folder.
func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestBackup(t *testing.T) {
	t.Parallel()
	l, _ := opened(t)
	at := time.Date(2026, 3, 14, 9, 0, 0, 0, time.UTC)
	commit(t, l, batch())
	commit(t, l, port.Batch{
		Runs:    &port.Runs{Count: 7, Link: "tv-beispiel", Linked: at},
		History: []port.Entry{{At: at.Add(time.Hour), Side: record.Club}},
	})
	folder := t.TempDir()
	path := filepath.Join(folder, "copy.db")
	want, err := l.Backup(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if want.Link != "tv-beispiel" || want.Runs != 7 || !want.Last.Equal(at.Add(time.Hour)) || want.Persons != len(batch().People) {
		t.Errorf("the copy says of itself %+v", want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v, want mode 0600", info, err)
	}
	first := read(t, path)
	commit(t, l, port.Batch{Runs: &port.Runs{Count: 8}})
	if _, err := l.Backup(t.Context(), path); !errors.Is(err, ledger.ErrExists) {
		t.Errorf("a second one of the name: got %v, want ErrExists", err)
	}
	if !bytes.Equal(first, read(t, path)) {
		t.Error("the copy was written over")
	}
	if got := names(t, folder); !slices.Equal(got, []string{"copy.db"}) {
		t.Errorf("the folder holds %q, want the copy alone", got)
	}
	if again, err := ledger.Inspect(path); err != nil || again != want {
		t.Errorf("read again: %+v, %v", again, err)
	}
}

func anything(ledger.Facts) error { return nil }

func TestRestore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	newest := now.Add(-48 * time.Hour)
	l, path := opened(t)
	commit(t, l, port.Batch{
		Runs: &port.Runs{Count: 7}, Approve: map[string]time.Time{"one": now.Add(time.Hour)},
		Held:    &port.Plan{ID: "p", Changes: []port.PlannedItem{{ID: "one"}}},
		History: []port.Entry{{At: newest, Side: record.Club}},
	})
	from := filepath.Join(t.TempDir(), "copy.db")
	if _, err := l.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	commit(t, l, port.Batch{Runs: &port.Runs{Count: 9}})
	if _, err := ledger.Restore(t.Context(), from, path, now, anything); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("while it is open: got %v, want ErrBusy", err)
	}
	closed(t, l)
	present, copied := read(t, path), read(t, from)

	refusal := errors.New("another link's")
	if _, err := ledger.Restore(t.Context(), from, path, now, func(ledger.Facts) error { return refusal }); !errors.Is(err, refusal) {
		t.Errorf("a file that does not fit: got %v", err)
	}
	broken := filepath.Join(t.TempDir(), "broken.db")
	if err := os.WriteFile(broken, copied[:len(copied)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"text": strings.Repeat("state: state\n", 9000), "nothing": ""} {
		other := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Restore(t.Context(), other, path, now, anything); !errors.Is(err, ledger.ErrForeign) {
			t.Errorf("a file of %s: got %v, want ErrForeign", name, err)
		}
	}
	if _, err := ledger.Restore(t.Context(), t.TempDir(), path, now, anything); !errors.Is(err, ledger.ErrForeign) {
		t.Errorf("a folder: got %v, want ErrForeign", err)
	}
	if _, err := ledger.Restore(t.Context(), otherProgram(t), path, now, anything); !errors.Is(err, ledger.ErrForeign) {
		t.Errorf("another program's database: got %v, want ErrForeign", err)
	}
	if _, err := ledger.Restore(t.Context(), broken, path, now, anything); !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("half a file: got %v, want ErrCorrupt", err)
	}
	if got := names(t, filepath.Dir(path)); !bytes.Equal(present, read(t, path)) || len(got) != 1 {
		t.Errorf("a restore that was refused has changed something: %q", got)
	}

	// What a kill has left behind is no obstacle.
	for _, left := range []string{path + ".restoring", path + ".restoring.v1.bak"} {
		if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	done, err := ledger.Restore(t.Context(), from, path, now, anything)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(present, read(t, done.Aside)) {
		t.Error("the ledger that was there before is not kept aside as it was")
	}
	if !bytes.Equal(copied, read(t, from)) {
		t.Error("the copy itself was changed")
	}
	again, err := ledger.Open(t.Context(), path, quick())
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, again)
	runs, err := again.Runs(t.Context())
	if err != nil || runs.Count != 7 || !runs.Restored.Equal(newest) {
		t.Errorf("restored: %+v, %v; want run 7, and set back to %v", runs, err, newest)
	}
	approved, err := again.Approved(t.Context())
	held, heldErr := again.Held(t.Context())
	if err != nil || heldErr != nil || len(approved) != 0 || held.ID != "" {
		t.Errorf("restored: %d approvals and the plan %q count still", len(approved), held.ID)
	}
}

// TestRestoreUpToTheLastStep sees that a restore which fails just before its rename has left the ledger as it was.
func TestRestoreUpToTheLastStep(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC)
	l, path := opened(t)
	commit(t, l, port.Batch{Runs: &port.Runs{Count: 7}})
	from := filepath.Join(t.TempDir(), "copy.db")
	if _, err := l.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	present := read(t, path)
	if err := os.WriteFile(path+".before-20260320T090000Z", nil, 0o600); err != nil { // where the present one would go
		t.Fatal(err)
	}
	if _, err := ledger.Restore(t.Context(), from, path, now, anything); !errors.Is(err, os.ErrExist) {
		t.Errorf("got %v, want that something is there", err)
	}
	if !bytes.Equal(present, read(t, path)) {
		t.Error("the ledger was changed")
	}
	if _, err := ledger.Restore(t.Context(), from, path, now.Add(time.Second), anything); err != nil {
		t.Errorf("once more: %v", err)
	}
}

// TestRestoreReplacesDamage sees that a damaged ledger, for which one restores, is no obstacle.
func TestRestoreReplacesDamage(t *testing.T) {
	t.Parallel()
	l, path := opened(t)
	commit(t, l, batch())
	from := filepath.Join(t.TempDir(), "copy.db")
	if _, err := l.Backup(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	closed(t, l)
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	done, err := ledger.Restore(t.Context(), from, path, time.Date(2026, 3, 20, 9, 0, 0, 0, time.UTC), anything)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, done.Aside); string(got) != "x" {
		t.Errorf("kept aside: %q", got)
	}
	again, err := ledger.Open(t.Context(), path, quick())
	if err != nil {
		t.Fatal(err)
	}
	closed(t, again)
}

// otherProgram returns a database that another program has made.
func otherProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "theirs.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("theirs"))
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}
