package ledger

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// Person implements port.People.
func (l *Ledger) Person(ctx context.Context, id uint64) (p port.Person, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		p, err = person(tx, id)
		return err
	})
	return p, err
}

// PersonOf implements port.People.
func (l *Ledger) PersonOf(ctx context.Context, s record.Side, document string) (p port.Person, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		value := bucket(tx, of(refs, s)).Get([]byte(document))
		if value == nil {
			return fmt.Errorf("%s: %w", document, port.ErrNone)
		}
		id, err := id64(value, of(refs, s)+"/"+document)
		if err != nil {
			return err
		}
		p, err = person(tx, id)
		return err
	})
	return p, err
}

func person(tx *bbolt.Tx, id uint64) (port.Person, error) {
	text := bucket(tx, people).Get(number64(id))
	if text == nil {
		return port.Person{}, fmt.Errorf("person %d: %w", id, port.ErrNone)
	}
	return decode[port.Person](text, personPlace(id))
}

func personPlace(id uint64) string { return fmt.Sprintf("%s/%d", people, id) }

// Numbered implements port.People.
func (l *Ledger) Numbered(ctx context.Context, number string) (ids []uint64, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		return eachIndexed(bucket(tx, numbers), number, func(entry []byte) error {
			id, err := id64(entry, numbers+"/"+number)
			ids = append(ids, id)
			return err
		})
	})
	return ids, err
}

// EachPerson implements port.People.
func (l *Ledger) EachPerson(ctx context.Context, fn func(port.Person) error) error {
	return l.view(ctx, func(tx *bbolt.Tx) error {
		return bucket(tx, people).ForEach(func(k, v []byte) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			p, err := decode[port.Person](v, fmt.Sprintf("%s/%x", people, k))
			if err != nil {
				return err
			}
			return fn(p)
		})
	})
}

// Candidates implements port.People.
func (l *Ledger) Candidates(ctx context.Context, s record.Side, keys []string) (found []port.Stranger, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		documents := map[string]bool{}
		for _, key := range keys {
			if err := eachIndexed(bucket(tx, of(candidates, s)), key, func(entry []byte) error {
				documents[string(entry)] = true
				return nil
			}); err != nil {
				return err
			}
		}
		for _, document := range slices.Sorted(maps.Keys(documents)) {
			at, err := decode[stranger](bucket(tx, of(strangers, s)).Get([]byte(document)), of(strangers, s)+"/"+document)
			if err != nil {
				return err
			}
			found = append(found, port.Stranger{Side: s, Ref: document, Keys: at.Keys, Stage: at.Stage})
		}
		return nil
	})
	return found, err
}

// Sights implements port.Sights.
func (l *Ledger) Sights(ctx context.Context, s record.Side, documents []string) (map[string]port.Sight, error) {
	found := make(map[string]port.Sight, len(documents))
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		seen, at := bucket(tx, of(sights, s)), bucket(tx, of(digests, s))
		for _, document := range documents {
			value := seen.Get([]byte(document))
			if value == nil {
				continue
			}
			sight, err := decodeSight(value, of(sights, s)+"/"+document)
			if err != nil {
				return err
			}
			sight.Digest = bytes.Clone(at.Get([]byte(document)))
			found[document] = sight
		}
		return nil
	})
	return found, err
}

// EachSight implements port.Sights. It holds one sight at a time.
func (l *Ledger) EachSight(ctx context.Context, s record.Side, fn func(document string, sight port.Sight) error) error {
	return l.view(ctx, func(tx *bbolt.Tx) error {
		at := bucket(tx, of(digests, s)).Cursor()
		document, digest := at.First()
		return bucket(tx, of(sights, s)).ForEach(func(k, v []byte) error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			sight, err := decodeSight(v, of(sights, s)+"/"+string(k))
			if err != nil {
				return err
			}
			// Both buckets have the same order, and every digest has its sight.
			if bytes.Equal(document, k) {
				sight.Digest = bytes.Clone(digest)
				document, digest = at.Next()
			}
			return fn(string(k), sight)
		})
	})
}

// SightCount implements port.Sights.
func (l *Ledger) SightCount(ctx context.Context, s record.Side) (count uint32, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		count, err = lastOrdinal(bucket(tx, meta).Get([]byte(of(ordinalsKey, s))))
		return err
	})
	return count + 1, err
}

func lastOrdinal(value []byte) (uint32, error) {
	switch len(value) {
	case 0:
		return 0, nil
	case 4:
		return binary.BigEndian.Uint32(value), nil
	default:
		return 0, fmt.Errorf("%w: %s/%s", ErrCorrupt, meta, ordinalsKey)
	}
}

// Pending implements port.Journal.
func (l *Ledger) Pending(ctx context.Context) (pending []port.Intent, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		return bucket(tx, journal).ForEach(func(k, v []byte) error {
			in, err := decode[port.Intent](v, fmt.Sprintf("%s/%x", journal, k))
			pending = append(pending, in)
			return err
		})
	})
	return pending, err
}

// Question implements port.Queue.
func (l *Ledger) Question(ctx context.Context, id string) (q conflicts.Question, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		text := bucket(tx, questions).Get([]byte(id))
		if text == nil {
			return fmt.Errorf("question %s: %w", id, port.ErrNone)
		}
		q, err = decode[conflicts.Question](text, questions+"/"+id)
		return err
	})
	return q, err
}

// Questions implements port.Queue. Unless closed ones are asked for, they are not read.
func (l *Ledger) Questions(ctx context.Context, states ...conflicts.State) (list []conflicts.Question, err error) {
	from := standing
	if len(states) == 0 || slices.Contains(states, conflicts.Closed) {
		from = questions
	}
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		all := bucket(tx, questions)
		return bucket(tx, from).ForEach(func(id, _ []byte) error {
			q, err := decode[conflicts.Question](all.Get(id), questions+"/"+string(id))
			if len(states) == 0 || slices.Contains(states, q.State) {
				list = append(list, q)
			}
			return err
		})
	})
	slices.SortStableFunc(list, func(a, b conflicts.Question) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

// Held implements port.Plans.
func (l *Ledger) Held(ctx context.Context) (port.Plan, error) {
	return inMeta[port.Plan](ctx, l, heldKey)
}

// Runs implements port.Plans.
func (l *Ledger) Runs(ctx context.Context) (port.Runs, error) {
	return inMeta[port.Runs](ctx, l, runsKey)
}

// inMeta returns what stands under a key in meta, the zero value when nothing does.
func inMeta[T any](ctx context.Context, l *Ledger, key string) (value T, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		text := bucket(tx, meta).Get([]byte(key))
		if text == nil {
			return nil
		}
		value, err = decode[T](text, meta+"/"+key)
		return err
	})
	return value, err
}

// Approved implements port.Plans.
func (l *Ledger) Approved(ctx context.Context) (map[string]time.Time, error) {
	until := map[string]time.Time{}
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		return bucket(tx, approved).ForEach(func(id, v []byte) error {
			at, err := time.Parse(time.RFC3339Nano, string(v))
			if err != nil {
				return fmt.Errorf("%w: %s/%s", ErrCorrupt, approved, id)
			}
			until[string(id)] = at
			return nil
		})
	})
	return until, err
}

// Refusals implements port.Plans.
func (l *Ledger) Refusals(ctx context.Context) (map[string]port.Refusal, error) {
	found := map[string]port.Refusal{}
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		return bucket(tx, refused).ForEach(func(key, v []byte) (err error) {
			found[string(key)], err = decode[port.Refusal](v, refused+"/"+string(key))
			return err
		})
	})
	return found, err
}

// History implements port.Plans. It holds one entry at a time.
func (l *Ledger) History(ctx context.Context, fn func(port.Entry) error) error {
	return l.view(ctx, func(tx *bbolt.Tx) error {
		c := bucket(tx, history).Cursor()
		for k, v := c.Last(); k != nil; k, v = c.Prev() {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			e, err := decode[port.Entry](v, fmt.Sprintf("%s/%x", history, k))
			if err != nil {
				return err
			}
			if err := fn(e); err != nil {
				return err
			}
		}
		return nil
	})
}
