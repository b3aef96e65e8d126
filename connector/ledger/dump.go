package ledger

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"
)

// A line is one entry of the file as Dump prints it.
type line struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key,omitempty"`
	Value  any    `json:"value,omitempty"`
}

// masked stands in place of what a person wrote or is.
const masked = "•"

// Dump hands every entry of every bucket to fn, each as one JSON object in one line without its end: references, field
// names, kinds, states and times. Values of persons, their numbers, the digests of documents and the keys by which somebody
// would be recognised are masked unless values is set. What cannot be read is shown as damaged. fn may not call the ledger.
func (l *Ledger) Dump(ctx context.Context, values bool, fn func(text []byte) error) error {
	return l.view(ctx, func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				if err := ctx.Err(); err != nil {
					return err
				}
				text, err := json.Marshal(shown(string(name), k, v, values))
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				return fn(text)
			})
		})
	})
}

// shown makes a line of an entry.
func shown(name string, k, v []byte, values bool) line {
	out := line{Bucket: name, Key: string(k)}
	kind, _, _ := strings.Cut(name, "/")
	switch kind {
	case people, journal, history:
		out.Key = place64(k)
	case numbers:
		number, id, _ := strings.Cut(string(k), "\x00")
		if !values {
			number = masked
		}
		out.Key = number + " " + place64([]byte(id))
	case candidates:
		key, document, _ := strings.Cut(string(k), "\x00")
		if !values {
			key = masked
		}
		out.Key = key + " " + document
	}
	switch {
	case len(v) == 0:
	case kind == refs || kind == intents || kind == meta && len(v) == 8:
		out.Value = place64(v)
	case kind == sights:
		out.Value = "damaged"
		if s, err := decodeSight(v, name); err == nil {
			out.Value = s
		}
	case kind == digests || kind == meta && len(v) == 4:
		if out.Value = masked; values || kind == meta {
			out.Value = hex.EncodeToString(v)
		}
	case kind == approved:
		out.Value = string(v)
	default:
		out.Value = leaf(v, values)
	}
	return out
}

func place64(b []byte) string {
	if len(b) != 8 {
		return "damaged"
	}
	return strconv.FormatUint(binary.BigEndian.Uint64(b), 10)
}

// leaf reads a JSON leaf and masks what is in it of a person.
func leaf(text []byte, values bool) any {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return "damaged"
	}
	if !values {
		value = mask(value, false)
	}
	return value
}

// mask goes through JSON. What stands under a name that holds values is masked to its leaves; names stay.
func mask(value any, inside bool) any {
	switch v := value.(type) {
	case map[string]any:
		for name, is := range v {
			v[name] = mask(is, inside || holdsValues(name))
		}
	case []any:
		for i := range v {
			v[i] = mask(v[i], inside)
		}
	case string:
		if inside && v != "" {
			return masked
		}
	}
	return value
}

// holdsValues reports whether what stands under this name, in the types that the schema names, is of a person. A reason may
// quote what a side said.
func holdsValues(name string) bool {
	switch name {
	case "agreed", "own", "values", "before", "after", "holds", "answer", "number", "reason", "bound", "fingerprint", "value", "context", "keys", "salt", "why", "how":
		return true
	}
	return false
}
