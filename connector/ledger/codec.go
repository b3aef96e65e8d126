package ledger

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// encode writes a JSON leaf. The same value always gives the same bytes: encoding/json sorts the keys of maps.
func encode(value any, place string) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written as JSON: %w", place, err)
	}
	return text, nil
}

// decode reads a JSON leaf. Its error keeps the cause to itself, which may quote what stands there.
func decode[T any](text []byte, place string) (T, error) {
	var value T
	if err := json.Unmarshal(text, &value); err != nil {
		return value, fmt.Errorf("%w: %s", ErrCorrupt, place)
	}
	return value, nil
}

// yearOne is Unix time at the zero time.Time, so that a Missing that is not set takes one byte.
const yearOne = -62135596800

// encodeSight writes a sight without its digest, in the form that the package comment gives.
func encodeSight(s port.Sight) []byte {
	b := binary.AppendUvarint(nil, uint64(s.Ordinal))
	b = binary.AppendUvarint(b, uint64(s.Missing.Unix()-yearOne)) //nolint:gosec // wraps, and back again when read
	b = binary.AppendUvarint(b, uint64(s.Missing.Nanosecond()))   //nolint:gosec // below one billion
	for _, k := range slices.Sorted(maps.Keys(s.Counts)) {
		b = binary.AppendUvarint(b, uint64(len(k)))
		b = append(b, k...)
		b = binary.AppendVarint(b, int64(s.Counts[k]))
	}
	return b
}

// decodeSight reads what encodeSight writes.
func decodeSight(b []byte, place string) (port.Sight, error) {
	r := reader{rest: b}
	s := port.Sight{Ordinal: uint32(r.uvarint())} //nolint:gosec // written from a uint32
	seconds, nanos := r.uvarint(), r.uvarint()
	s.Missing = time.Unix(int64(seconds)+yearOne, int64(nanos)).UTC() //nolint:gosec // wraps back
	for len(r.rest) > 0 && !r.short {
		if s.Counts == nil {
			s.Counts = map[record.Kind]int{}
		}
		kind := record.Kind(r.bytes(r.uvarint()))
		s.Counts[kind] = int(r.varint())
	}
	if r.short {
		return port.Sight{}, fmt.Errorf("%w: %s", ErrCorrupt, place)
	}
	return s, nil
}

// A reader takes a binary leaf apart. After it has come to an early end it reads zeros and stays short.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.take(size)
	return n
}

func (r *reader) varint() int64 {
	n, size := binary.Varint(r.rest)
	r.take(size)
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.take(-1)
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// take goes on by size bytes; zero or less is how encoding/binary says that a number is not whole.
func (r *reader) take(size int) {
	if size <= 0 {
		r.rest, r.short = nil, true
		return
	}
	r.rest = r.rest[size:]
}
