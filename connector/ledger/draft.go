package ledger

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// A draft is the file as a batch would make it: what is stored, and over it what was put. It is made in a read
// transaction and writes nothing.
type draft struct {
	tx   *bbolt.Tx
	puts map[place][]byte // nil: dropped
}

// A place is where a leaf stands.
type place struct{ bucket, key string }

// A change is a leaf that is to hold other bytes than it does; nil: none.
type change struct {
	place

	value []byte
}

// get returns what stands at a place, and nil when nothing does.
func (d *draft) get(in, key string) []byte {
	if value, ok := d.puts[place{in, key}]; ok {
		return value
	}
	return bucket(d.tx, in).Get([]byte(key))
}

// put drafts a leaf. The value is the draft's from then on, and not nil.
func (d *draft) put(in, key string, value []byte) { d.puts[place{in, key}] = value }

// drop drafts that nothing stands at a place.
func (d *draft) drop(in, key string) { d.puts[place{in, key}] = nil }

// putJSON drafts a JSON leaf; what names it in an error.
func (d *draft) putJSON(in, key, what string, value any) error {
	text, err := encode(value, what)
	if err != nil {
		return err
	}
	d.put(in, key, text)
	return nil
}

// after returns the place after the last one that a bucket in the file has.
func (d *draft) after(in string) uint64 {
	last, _ := bucket(d.tx, in).Cursor().Last()
	if len(last) != 8 {
		return 1
	}
	return binary.BigEndian.Uint64(last) + 1
}

// changes returns what differs from the file, in its order.
func (d *draft) changes() []change {
	var list []change
	for at, value := range d.puts {
		stored := bucket(d.tx, at.bucket).Get([]byte(at.key))
		if (stored == nil) != (value == nil) || !bytes.Equal(stored, value) {
			list = append(list, change{at, value})
		}
	}
	slices.SortFunc(list, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.key, b.key))
	})
	return list
}

// apply makes the changes.
func apply(tx *bbolt.Tx, changes []change) error {
	for _, c := range changes {
		var err error
		if in := bucket(tx, c.bucket); c.value == nil {
			err = in.Delete([]byte(c.key))
		} else {
			err = in.Put([]byte(c.key), c.value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.bucket, err)
		}
	}
	return nil
}
