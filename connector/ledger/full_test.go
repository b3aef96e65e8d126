//go:build unix

package ledger_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
)

// TestAFullDiskChangesNothing runs in a process of its own that may not let files grow any more.
func TestAFullDiskChangesNothing(t *testing.T) {
	t.Parallel()
	path := os.Getenv(child)
	if path == "" {
		inChild(t, filepath.Join(t.TempDir(), "ledger"))
		return
	}
	l, err := ledger.Open(t.Context(), path, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	commit(t, l, batch())
	want := porttest.ReadContents(t, l)

	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skipf("no limit of file sizes: %v", err)
	}
	full := limit
	full.Cur = uint64(len(read(t, path)))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		t.Skipf("no limit of file sizes: %v", err)
	}
	large := port.Batch{People: map[uint64]*port.Person{}, Runs: &port.Runs{Count: 99}}
	for id := uint64(1000); id < 3000; id++ {
		large.People[id] = &port.Person{ID: id, Why: strings.Repeat("x", 500)}
	}
	for range 2 {
		if err := l.Commit(t.Context(), large); err == nil {
			t.Error("commit on a full disk: got no error")
		}
		if diff := cmp.Diff(want, porttest.ReadContents(t, l), porttest.Same()); diff != "" {
			t.Errorf("after a commit on a full disk (-want +got):\n%s", diff)
		}
	}
	copied := path + ".copy"
	if err := os.WriteFile(copied, read(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	left, err := ledger.Open(t.Context(), copied, ledger.Options{})
	if err != nil {
		t.Fatalf("what a full disk leaves: %v", err)
	}
	if diff := cmp.Diff(want, porttest.ReadContents(t, left), porttest.Same()); diff != "" {
		t.Errorf("what a full disk leaves (-want +got):\n%s", diff)
	}
	closed(t, left)

	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	commit(t, l, large)
	if got := porttest.ReadContents(t, l); len(got.People) != len(large.People)+1 || got.Runs.Count != 99 {
		t.Errorf("with room again: %d people, %d runs, want the whole batch", len(got.People), got.Runs.Count)
	}
	closed(t, l)
	sound(t, path)
}
