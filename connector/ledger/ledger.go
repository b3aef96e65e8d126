// Package ledger is the memory of one link: who is who, what both sides held, what was about to be sent, what waits for a
// person, and what happened. It keeps it in one bbolt file.
//
// The schema. Every bucket stands at the top; <side> is club or federation. A JSON leaf has the form of the type it names.
//
//	meta/               version           be64, how many migrations have run
//	                    runs              JSON port.Runs; absent before the first
//	                    held              JSON port.Plan; absent when no plan waits
//	                    ordinals/<side>   be32, the highest ordinal that was ever given
//	people/             be64 id           JSON port.Person
//	refs/<side>/        document          be64 id of the person who has it
//	numbers/            number 00 be64 id empty
//	sights/<side>/      document          sight: ordinal, missing, counts (see below)
//	digests/<side>/     document          the digest; absent when the document is not at rest
//	strangers/<side>/   document          JSON {keys, stage}
//	candidates/<side>/  key 00 document   empty
//	journal/            be64 place        JSON port.Intent, in the order of writing
//	intents/            intent id         be64 place in the journal
//	questions/          question id       JSON conflicts.Question
//	standing/           question id       empty; only of questions that are not closed
//	approved/           change id         RFC 3339 time in UTC, until when it holds
//	refused/            key               JSON port.Refusal
//	history/            be64 place        JSON port.Entry, oldest first
//
// be64 and be32 are unsigned integers, most significant byte first, so that the file sorts as numbers do; 00 is a zero
// byte. A sight is: uvarint ordinal; uvarint seconds since year 1 and uvarint nanoseconds of Missing (both 0: not
// missing); then for each kind, sorted, uvarint length, its bytes, varint count, up to the end.
//
// refs, numbers, candidates, intents and standing follow from the rest, in the same transaction, and are never set alone.
// Digests stand apart from sights because they change with every edit of a document and the rest of a sight hardly does.
//
// A change of this tree is a new migration at the end of the list in migrate.go, with its test.
package ledger

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"passerelle/connector/port"
)

var (
	// ErrBusy is in the chain of Open's error while another process, or another Ledger of this one, has the file.
	ErrBusy = errors.New("another process has the ledger")
	// ErrNewer is in the chain of Open's error when a newer version of the program has written the file.
	ErrNewer = errors.New("a newer version of this program wrote the ledger")
	// ErrCorrupt is in the chain of an error that comes from what the file holds. Nothing repairs it: the file is
	// replaced by a backup. The text names places, never values.
	ErrCorrupt = errors.New("the ledger is damaged")
)

// Options are what Open can be told. The zero value is fit for use.
type Options struct {
	// Timeout is how long to wait for another process to let go of the file. Default: one second.
	Timeout time.Duration
}

// A Ledger is an open ledger file; it implements port.Store. One Ledger at a time has the file, whatever the process. It
// is safe for concurrent use. After Close every method fails.
type Ledger struct {
	db *bbolt.DB
	// committing is held from the comparison with what is stored to the end of the write that follows from it.
	committing sync.Mutex
}

var _ port.Store = (*Ledger)(nil)

// Open opens the ledger at path, and makes it, readable by its owner alone, when there is none: 0600, in a folder that is
// made 0700 when there is none. A file that others may read is refused. An older file is copied aside to
// <path>.v<version>.bak and brought up to date. The whole file is read once, so that a broken one shows here and not in the
// middle of a run.
//
// The errors to tell apart are ErrBusy, ErrNewer and ErrCorrupt; an error leaves the file as it was. While Open waits for
// another process it does not look at ctx.
func Open(ctx context.Context, path string, o Options) (*Ledger, error) {
	return open(ctx, path, o, migrations())
}

func open(ctx context.Context, path string, o Options, steps []migration) (*Ledger, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	if err := keepPrivate(path); err != nil {
		return nil, fmt.Errorf("open the ledger: %w", err)
	}
	var db *bbolt.DB
	err := guarded(func() (err error) {
		db, err = openFile(path, &bbolt.Options{Timeout: cmp.Or(o.Timeout, time.Second)})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, err)
	}
	err = guarded(func() error { return db.View(readWhole) })
	if err == nil {
		err = migrate(db, steps)
	}
	if err != nil {
		return nil, fmt.Errorf("open the ledger %s: %w", path, errors.Join(err, db.Close()))
	}
	return &Ledger{db: db}, nil
}

// Close lets go of the file. It waits for transactions that are under way. A second Close does nothing.
func (l *Ledger) Close() error {
	if err := l.db.Close(); err != nil {
		return fmt.Errorf("close the ledger: %w", err)
	}
	return nil
}

// keepPrivate makes the folder where there is none and refuses a file that others may read or write.
func keepPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others than its owner may open %s, which holds personal data: run chmod 600 %s", path, path)
	}
	return nil
}

func openFile(path string, o *bbolt.Options) (*bbolt.DB, error) {
	db, err := bbolt.Open(path, 0o600, o)
	var system syscall.Errno
	switch {
	case err == nil:
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrBusy
	case errors.As(err, &system):
		return nil, err
	default: // what is not the operating system's fault is the file's
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
}

// guarded turns a panic of fn into ErrCorrupt: bbolt maps the file into memory and follows the numbers in it without a
// check, so a damaged file shows as a panic or as a fault of memory.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
		}
	}()
	return fn()
}

// readWhole reads every leaf to its last byte, and sees that the keys are in order: a page that was overwritten holds
// keys that are not, or lengths that lead out of the file.
func readWhole(tx *bbolt.Tx) error {
	info, err := os.Stat(tx.DB().Path())
	if err != nil {
		return err
	}
	if info.Size() < tx.Size() {
		return fmt.Errorf("%w: %d bytes of %d are left", ErrCorrupt, info.Size(), tx.Size())
	}
	touch := crc32.NewIEEE() // the sum is nobody's concern: to make it, every byte has to be there
	return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		var before []byte
		return b.ForEach(func(k, v []byte) error {
			if len(k) > bbolt.MaxKeySize || int64(len(v)) > tx.Size() || bytes.Compare(before, k) >= 0 {
				return fmt.Errorf("%w: the keys of %q cannot be right", ErrCorrupt, name)
			}
			before = k
			_, keyErr := touch.Write(k)
			_, valueErr := touch.Write(v)
			return errors.Join(keyErr, valueErr)
		})
	})
}

// view runs fn in a read transaction. Nothing that bbolt hands out may leave fn: its memory is the file's.
func (l *Ledger) view(ctx context.Context, fn func(tx *bbolt.Tx) error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read the ledger: %w", context.Cause(ctx))
	}
	return l.db.View(fn)
}
