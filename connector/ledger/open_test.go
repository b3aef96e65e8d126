package ledger_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/connector/ledger"
	"passerelle/connector/port"
)

// child is the environment variable that gives the path to a test that runs in a process of its own.
const child = "LEDGER_CHILD"

// inChild runs a test again in another process, with a path.
func inChild(t *testing.T, path string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), child+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("in a process of its own: %v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("--- SKIP")) {
		t.Skipf("in a process of its own:\n%s", out)
	}
}

// quick waits for nobody.
func quick() ledger.Options { return ledger.Options{Timeout: time.Millisecond} }

func TestOneProcessHasTheLedger(t *testing.T) {
	t.Parallel()
	if path := os.Getenv(child); path != "" {
		if _, err := ledger.Open(t.Context(), path, quick()); !errors.Is(err, ledger.ErrBusy) {
			t.Errorf("another process: got %v, want ErrBusy", err)
		}
		return
	}
	l, path := opened(t)
	commit(t, l, batch())
	if _, err := ledger.Open(t.Context(), path, quick()); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("the same process: got %v, want ErrBusy", err)
	}
	inChild(t, path)
	closed(t, l)
	again, err := ledger.Open(t.Context(), path, quick())
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	closed(t, again)
}

func TestOthersCannotRead(t *testing.T) {
	t.Parallel()
	l, path := opened(t)
	closed(t, l)
	for at, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %v, want %v", at, got, want)
		}
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := ledger.Open(t.Context(), path, quick())
		if err == nil || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("mode %v: got %v, want to be told the chmod to run", mode, err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoLedgerIsNotTouched(t *testing.T) {
	t.Parallel()
	l, whole := opened(t)
	b := batch()
	for id := uint64(1); id < 300; id++ {
		b.People[id] = &port.Person{ID: id, Why: strings.Repeat("x", 500)}
	}
	delete(b.People, 258)
	commit(t, l, b)
	closed(t, l)
	good := read(t, whole)

	foreign := filepath.Join(t.TempDir(), "foreign")
	db, err := bbolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}

	for name, text := range map[string][]byte{
		"a text":                        []byte(strings.Repeat("this is not a ledger\n", 1000)),
		"a few bytes":                   []byte("x"),
		"its first page alone":          good[:os.Getpagesize()],
		"half of a ledger":              good[:len(good)/2],
		"a ledger with both ends wiped": append(make([]byte, 2*os.Getpagesize()), good[2*os.Getpagesize():]...),
		"a file of another program":     read(t, foreign),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "ledger")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.Open(t.Context(), path, quick()); !errors.Is(err, ledger.ErrCorrupt) {
				t.Errorf("got %v, want ErrCorrupt", err)
			}
			if !bytes.Equal(text, read(t, path)) {
				t.Error("the file was changed")
			}
		})
	}
}

// A page that is overwritten is noticed, when opening or at the latest when read, or was not in use: the process lives on.
func TestADamagedPageDoesNotKill(t *testing.T) {
	t.Parallel()
	l, whole := opened(t)
	b := port.Batch{People: map[uint64]*port.Person{}}
	for id := uint64(1); id < 200; id++ {
		b.People[id] = &port.Person{ID: id, Why: strings.Repeat("x", 300)}
	}
	commit(t, l, b)
	closed(t, l)
	good, size := read(t, whole), os.Getpagesize()
	noticed := 0
	for page := 2; page < len(good)/size; page++ {
		for _, filling := range []byte{0x00, 0x01, 0xff} {
			bad := bytes.Clone(good)
			// The page's own number and kind stay, so that what follows is believed.
			for i := page*size + 16; i < (page+1)*size; i++ {
				bad[i] = filling
			}
			path := filepath.Join(t.TempDir(), "ledger")
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := ledger.Open(t.Context(), path, quick())
			switch {
			case errors.Is(err, ledger.ErrCorrupt):
				noticed++
			case err != nil:
				t.Errorf("page %d full of %#x: got %v, want ErrCorrupt", page, filling, err)
			default:
				got := 0
				err := l.EachPerson(t.Context(), func(port.Person) error { got++; return nil })
				if !errors.Is(err, ledger.ErrCorrupt) && got != len(b.People) {
					t.Errorf("page %d full of %#x: %d people of %d are left, and nobody noticed: %v", page, filling, got, len(b.People), err)
				}
				closed(t, l)
			}
		}
	}
	if noticed == 0 {
		t.Error("no damage was noticed")
	}
}

func TestALedgerThatIsCutShortIsDamage(t *testing.T) {
	t.Parallel()
	l, whole := opened(t)
	for _, why := range []string{"", strings.Repeat("x", 100_000), strings.Repeat("y", 100_000)} {
		commit(t, l, port.Batch{People: map[uint64]*port.Person{1: {ID: 1, Why: why}}})
		commit(t, l, port.Batch{Runs: &port.Runs{Count: uint64(len(why))}})
	}
	closed(t, l)
	good, used := read(t, whole), 0
	raw(t, whole, func(tx *bbolt.Tx) { used = int(tx.Size()) })
	for size := used - 1; size > 0; size -= os.Getpagesize() {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, good[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Open(t.Context(), path, quick()); !errors.Is(err, ledger.ErrCorrupt) {
			t.Errorf("%d bytes of %d: got %v, want ErrCorrupt", size, used, err)
		}
	}
}

func TestOpenSaysWhatTheSystemSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := ledger.Open(t.Context(), dir, quick()); err == nil || errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("a folder: got %v, want an error that does not speak of damage", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Open(t.Context(), filepath.Join(file, "ledger"), quick()); err == nil || errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("a file as folder: got %v, want an error that does not speak of damage", err)
	}
}
