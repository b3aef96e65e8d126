package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// A migration takes a file from the version before it to its own. It is never edited once it has shipped.
type migration func(tx *bbolt.Tx) error

// migrations lists the steps in order; a file's version is how many of them it has seen. Each has a test
// (TestMigrations counts).
func migrations() []migration {
	return []migration{createBuckets}
}

// createBuckets makes version 1 of an empty file. It names the buckets itself: they are those of version 1 for ever.
func createBuckets(tx *bbolt.Tx) error {
	for _, name := range []string{
		"meta", "people", "numbers", "journal", "intents", "questions", "standing", "approved", "refused", "history",
		"refs/club", "sights/club", "digests/club", "strangers/club", "candidates/club",
		"refs/federation", "sights/federation", "digests/federation", "strangers/federation", "candidates/federation",
	} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}

// migrate brings the file up to date in one transaction, and opens none when it is.
func migrate(db *bbolt.DB, steps []migration) error {
	var have, known uint64 = 0, uint64(len(steps))
	if err := db.View(func(tx *bbolt.Tx) (err error) {
		have, err = version(tx)
		return err
	}); err != nil {
		return err
	}
	switch {
	case have == known:
		return nil
	case have > known:
		return fmt.Errorf("%w: its format is %d, this program knows up to %d; update this program", ErrNewer, have, known)
	case have > 0:
		if err := copyAside(db, fmt.Sprintf("%s.v%d.bak", db.Path(), have)); err != nil {
			return fmt.Errorf("copy it aside before changing its format: %w", err)
		}
	}
	return db.Update(func(tx *bbolt.Tx) error {
		for i := have; i < known; i++ {
			if err := steps[i](tx); err != nil {
				return fmt.Errorf("change its format to %d: %w", i+1, err)
			}
		}
		return bucket(tx, meta).Put([]byte(versionKey), number64(known))
	})
}

// version returns the version of the file, 0 of one that has just been made.
func version(tx *bbolt.Tx) (uint64, error) {
	b := tx.Bucket([]byte(meta))
	if b == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return 0, fmt.Errorf("%w: it is a file of another program", ErrCorrupt)
		}
		return 0, nil
	}
	text := b.Get([]byte(versionKey))
	if len(text) != 8 {
		return 0, fmt.Errorf("%w: %s/%s", ErrCorrupt, meta, versionKey)
	}
	return binary.BigEndian.Uint64(text), nil
}

// copyAside writes the file as it stands to path, whole on disk before it returns.
func copyAside(db *bbolt.DB, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
