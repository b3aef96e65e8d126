package ledger

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/connector/port"
)

// ErrExists is in the chain of Backup's error when something stands under the name already. Nothing is overwritten.
var ErrExists = errors.New("it is there already")

// ErrForeign is in the chain of Inspect's and Restore's error when the file was never a ledger: text, say, a folder, or another program's.
var ErrForeign = errors.New("it is no ledger")

// Facts are what a ledger file says of itself.
type Facts struct {
	Link    string    // the link that it is of; "" in one of an earlier version of this program
	Version uint64    // of its format
	Runs    uint64    // that changed something
	Last    time.Time // of the newest thing that it remembers; zero when there is none
	Persons int
}

// Backup writes a copy of the ledger as it stands to path: 0600, whole and checked before it has that name, and never over
// anything that is there (ErrExists). Runs may go on meanwhile: they are in it whole or not at all. What a kill leaves
// behind is at most .<name>.part beside it. The folder of path has to be there.
func (l *Ledger) Backup(ctx context.Context, path string) (Facts, error) {
	if err := ctx.Err(); err != nil {
		return Facts{}, fmt.Errorf("back up the ledger: %w", err)
	}
	facts, err := publish(path, func(f *os.File) error {
		return l.db.View(func(tx *bbolt.Tx) error {
			_, err := tx.WriteTo(f)
			return err
		})
	})
	if err != nil {
		return Facts{}, fmt.Errorf("back up the ledger to %s: %w", path, err)
	}
	return facts, nil
}

// publish writes a ledger file under a name of its own beside path, sees that it is on disk and good, and gives it its
// name.
func publish(path string, write func(*os.File) error) (facts Facts, err error) {
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Facts{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Facts{}, err
	}
	if facts, err = Inspect(part); err != nil {
		return Facts{}, err
	}
	// Whoever else is to write path holds its part first, so nobody comes between these two.
	if _, err = os.Lstat(path); err == nil {
		return Facts{}, ErrExists
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Facts{}, err
	}
	if err = os.Rename(part, path); err != nil {
		return Facts{}, err
	}
	return facts, settleFolder(filepath.Dir(path))
}

// settleFolder sees that the names in a folder are on disk.
func settleFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such call, and keeps names by itself
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Inspect reads a ledger file from end to end without changing it, by bbolt's own check as well, and returns what it says
// of itself. The errors to tell apart are ErrForeign, ErrCorrupt, ErrNewer and ErrBusy.
func Inspect(path string) (facts Facts, err error) {
	if is, err := isDatabase(path); err != nil || !is {
		return Facts{}, cmp.Or(err, ErrForeign)
	}
	var db *bbolt.DB
	if err = guarded(func() (err error) {
		db, err = openFile(path, &bbolt.Options{Timeout: time.Second, ReadOnly: true})
		return err
	}); err != nil {
		return Facts{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return facts, guarded(func() error {
		return db.View(func(tx *bbolt.Tx) (err error) {
			facts, err = inspect(tx)
			return err
		})
	})
}

// isDatabase reports whether a file is one of bbolt's, however damaged: the mark of one stands in one of its first two pages.
func isDatabase(path string) (is bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	const magic, header, largestPage = 0xED0CDAED, 16, 1 << 16 // as bbolt has them
	for at := int64(0); at <= largestPage; at = max(2*at, 1<<10) {
		var mark [4]byte
		if _, err := f.ReadAt(mark[:], at+header); err != nil {
			break // it ends here
		}
		if binary.NativeEndian.Uint32(mark[:]) == magic {
			return true, nil
		}
	}
	return false, nil
}

func inspect(tx *bbolt.Tx) (Facts, error) {
	if err := readWhole(tx); err != nil {
		return Facts{}, err
	}
	if tx.Bucket([]byte(meta)) == nil {
		return Facts{}, ErrForeign
	}
	if broken := structure(tx); broken != nil {
		return Facts{}, fmt.Errorf("%w: %w", ErrCorrupt, broken)
	}
	facts, known := Facts{}, uint64(len(migrations()))
	have, err := version(tx)
	switch {
	case err != nil:
		return Facts{}, err
	case have > known:
		return Facts{}, fmt.Errorf("%w: its format is %d, this program knows up to %d; update this program", ErrNewer, have, known)
	}
	facts.Version = have
	var runs port.Runs
	if text := bucket(tx, meta).Get([]byte(runsKey)); text != nil {
		if runs, err = decode[port.Runs](text, meta+"/"+runsKey); err != nil {
			return Facts{}, err
		}
	}
	facts.Link, facts.Runs, facts.Last = runs.Link, runs.Count, runs.Linked
	facts.Persons = bucket(tx, people).Stats().KeyN
	if k, v := bucket(tx, history).Cursor().Last(); k != nil {
		newest, err := decode[port.Entry](v, history)
		if err != nil {
			return Facts{}, err
		}
		facts.Last = newest.At
	}
	return facts, nil
}

// structure returns the first of what bbolt's own check finds, nil when all is well.
func structure(tx *bbolt.Tx) error {
	var first error
	for err := range tx.Check() { // to its end: the check waits for its reader
		if first == nil {
			first = err
		}
	}
	return first
}

// A Restored says what Restore did.
type Restored struct {
	Facts

	Aside string // where the ledger that was there before is kept; "" when there was none
}

// Restore puts a copy of the ledger file from in place of the one at path, keeps the present one aside as
// <path>.before-<now>, and marks the copy as set back: what follows from it waits for a person (port.Runs.Restored). The
// file at path is the one before until the last step, which is one rename. fit may refuse the file by what it says of
// itself.
//
// A present file that is damaged is replaced as well; one that another process has is not (ErrBusy). With an error the
// file at path is as it was.
func Restore(ctx context.Context, from, path string, now time.Time, fit func(Facts) error) (Restored, error) {
	out := Restored{}
	facts, err := Inspect(from)
	if err == nil {
		err = fit(facts)
	}
	if err != nil {
		return out, fmt.Errorf("restore %s: %w", from, err)
	}
	out.Facts = facts
	release, err := claimed(path)
	if err == nil {
		out.Aside, err = swap(ctx, from, path, now, facts, release)
	}
	if err != nil {
		return out, fmt.Errorf("restore %s: %w", path, err)
	}
	return out, nil
}

// claimed keeps other processes away from the file at path until release is called.
func claimed(path string) (release func() error, err error) {
	free := func() error { return nil }
	if err := keepPrivate(path); err != nil {
		return free, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return free, nil
	}
	var db *bbolt.DB
	err = guarded(func() (err error) {
		db, err = openFile(path, &bbolt.Options{Timeout: time.Second})
		return err
	})
	switch {
	case errors.Is(err, ErrCorrupt): // nobody has it, and it is here to be replaced
		return free, nil
	case err != nil:
		return free, err
	}
	return db.Close, nil
}

// swap makes the marked copy and puts it in place. It lets go of the present file just before the rename, which some
// systems refuse for a file that is open.
func swap(ctx context.Context, from, path string, now time.Time, facts Facts, release func() error) (aside string, err error) {
	let := release
	defer func() { err = errors.Join(err, let()) }()
	next := path + ".restoring"
	for _, left := range []string{next, fmt.Sprintf("%s.v%d.bak", next, facts.Version)} {
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err // of a restore that was killed
		}
	}
	if err := copyFile(from, next); err != nil {
		return "", err
	}
	if err := marked(ctx, next, now, facts); err != nil {
		return "", err
	}
	if facts.Version < uint64(len(migrations())) { // what Open has kept of the copy; from itself is there still
		if err := os.Remove(fmt.Sprintf("%s.v%d.bak", next, facts.Version)); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(path); err == nil {
		aside = fmt.Sprintf("%s.before-%s", path, now.UTC().Format("20060102T150405Z"))
		if err := copyFile(path, aside); err != nil {
			return "", fmt.Errorf("keep the present one aside: %w", err)
		}
	}
	if runtime.GOOS == "windows" { // which renames over no open file
		let = func() error { return nil }
		if err := release(); err != nil {
			return "", err
		}
	}
	if err := os.Rename(next, path); err != nil {
		return "", err
	}
	return aside, settleFolder(filepath.Dir(path))
}

// copyFile copies bytes into a file that is not there yet, on disk before it returns.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// marked brings a copy up to date and marks it as set back. What was approved before counts no more.
func marked(ctx context.Context, path string, now time.Time, facts Facts) error {
	l, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	b, err := l.setBack(ctx, now, facts)
	if err == nil {
		err = l.Commit(ctx, b)
	}
	return errors.Join(err, l.Close())
}

func (l *Ledger) setBack(ctx context.Context, now time.Time, facts Facts) (port.Batch, error) {
	runs, err := l.Runs(ctx)
	if err != nil {
		return port.Batch{}, err
	}
	if runs.Restored = facts.Last; runs.Restored.IsZero() {
		runs.Restored = now
	}
	b := port.Batch{Runs: &runs, Held: &port.Plan{}, Approve: map[string]time.Time{}}
	before, err := l.Approved(ctx)
	for id := range before {
		b.Approve[id] = time.Time{}
	}
	return b, err
}
