package ledger

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"passerelle/internal/record"
)

// The buckets; those of a side are named by of.
const (
	meta       = "meta"
	people     = "people"
	refs       = "refs"
	numbers    = "numbers"
	sights     = "sights"
	digests    = "digests"
	strangers  = "strangers"
	candidates = "candidates"
	journal    = "journal"
	intents    = "intents"
	questions  = "questions"
	standing   = "standing"
	approved   = "approved"
	refused    = "refused"
	history    = "history"
)

// The keys in meta.
const (
	versionKey  = "version"
	runsKey     = "runs"
	heldKey     = "held"
	ordinalsKey = "ordinals"
)

// of names a side's part: its bucket, or its key in meta.
func of(name string, s record.Side) string { return name + "/" + string(s) }

// bucket returns a bucket of a file that is up to date. One that is missing is a fault of the program: a side that is none.
func bucket(tx *bbolt.Tx, name string) *bbolt.Bucket {
	b := tx.Bucket([]byte(name))
	if b == nil {
		panic("ledger: no bucket " + name)
	}
	return b
}

// number64 is an ID or a place as a key.
func number64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// indexed is the key under which an index holds entry by word. A word holds no zero byte (checkWord).
func indexed(word, entry string) string { return word + "\x00" + entry }

// eachIndexed calls fn for the entries that an index holds by word, in their order.
func eachIndexed(b *bbolt.Bucket, word string, fn func(entry []byte) error) error {
	prefix := indexed(word, "")
	c := b.Cursor()
	for k, _ := c.Seek([]byte(prefix)); len(k) >= len(prefix) && string(k[:len(prefix)]) == prefix; k, _ = c.Next() {
		if err := fn(k[len(prefix):]); err != nil {
			return err
		}
	}
	return nil
}

// id64 reads an ID or a place.
func id64(value []byte, place string) (uint64, error) {
	if len(value) != 8 {
		return 0, fmt.Errorf("%w: %s", ErrCorrupt, place)
	}
	return binary.BigEndian.Uint64(value), nil
}
