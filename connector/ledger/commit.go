package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// Commit implements port.Committer. A batch that says what the file says already opens no write transaction, so that the
// file stays as it is to the byte (DESIGN decision 15).
func (l *Ledger) Commit(ctx context.Context, b port.Batch) error {
	if b.Empty() {
		return nil
	}
	l.committing.Lock()
	defer l.committing.Unlock()
	var changes []change
	err := l.view(ctx, func(tx *bbolt.Tx) error {
		d := &draft{tx: tx, puts: map[place][]byte{}}
		if err := d.batch(b); err != nil {
			return err
		}
		changes = d.changes()
		return nil
	})
	if err == nil && len(changes) > 0 {
		err = l.db.Update(func(tx *bbolt.Tx) error { return apply(tx, changes) })
	}
	if err != nil {
		return fmt.Errorf("write the ledger: %w", err)
	}
	return nil
}

// batch drafts everything in b.
func (d *draft) batch(b port.Batch) error {
	steps := []func(port.Batch) error{
		d.people, d.sights, d.strangers, d.intents, d.questions, d.approvals, d.refusals, d.link, d.history,
	}
	for _, step := range steps {
		if err := step(b); err != nil {
			return err
		}
	}
	return nil
}

// people drafts the persons, who has which document, and the numbers.
func (d *draft) people(b port.Batch) error {
	ids := slices.Sorted(maps.Keys(b.People))
	// Every document is let go before one is claimed: a batch may move it from one person to another.
	for _, id := range ids {
		if err := d.release(id); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if p := b.People[id]; p != nil {
			if err := d.claim(id, p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *draft) release(id uint64) error {
	key := string(number64(id))
	text := d.get(people, key)
	if text == nil {
		return nil
	}
	p, err := decode[port.Person](text, personPlace(id))
	if err != nil {
		return err
	}
	for _, s := range record.Sides() {
		for _, document := range p.Documents(s) {
			d.drop(of(refs, s), document)
		}
	}
	d.drop(numbers, indexed(p.Number, key))
	d.drop(people, key)
	return nil
}

func (d *draft) claim(id uint64, p *port.Person) error {
	if p.ID != id || id == 0 {
		return fmt.Errorf("person %d stands in the batch as %d", p.ID, id)
	}
	key := string(number64(id))
	for _, s := range record.Sides() {
		for _, document := range p.Documents(s) {
			if holder := d.get(of(refs, s), document); holder != nil {
				return fmt.Errorf("person %d: %w: %s of the %s is person %d's",
					id, port.ErrClaimed, document, s, binary.BigEndian.Uint64(holder))
			}
			d.put(of(refs, s), document, number64(id))
		}
	}
	if p.Number != "" {
		if err := checkWord(p.Number); err != nil {
			return fmt.Errorf("person %d: number: %w", id, err)
		}
		d.put(numbers, indexed(p.Number, key), []byte{})
	}
	return d.putJSON(people, key, personPlace(id), p)
}

// sights drafts sights and digests. A document that is new gets the next ordinal of its side.
func (d *draft) sights(b port.Batch) error {
	for _, s := range slices.Sorted(maps.Keys(b.Sights)) {
		counter := of(ordinalsKey, s)
		last, err := lastOrdinal(d.get(meta, counter))
		if err != nil {
			return err
		}
		for _, document := range slices.Sorted(maps.Keys(b.Sights[s])) {
			sight := b.Sights[s][document]
			if sight == nil {
				d.drop(of(sights, s), document)
				d.drop(of(digests, s), document)
				continue
			}
			is := *sight
			if before := d.get(of(sights, s), document); before != nil {
				was, err := decodeSight(before, of(sights, s)+"/"+document)
				if err != nil {
					return err
				}
				is.Ordinal = was.Ordinal
			} else if last == math.MaxUint32-1 {
				return fmt.Errorf("%s has shown more documents than can be counted", s)
			} else {
				last++
				is.Ordinal = last
			}
			d.put(of(sights, s), document, encodeSight(is))
			if len(is.Digest) > 0 {
				d.put(of(digests, s), document, slices.Clone(is.Digest))
			} else {
				d.drop(of(digests, s), document)
			}
		}
		if last > 0 {
			d.put(meta, counter, binary.BigEndian.AppendUint32(nil, last))
		}
	}
	return nil
}

// stranger is a port.Stranger without what its place says already.
type stranger struct {
	Keys  []string     `json:"keys"`
	Stage record.Stage `json:"stage"`
}

// strangers drafts the strangers and the index by their keys.
func (d *draft) strangers(b port.Batch) error {
	for _, s := range slices.Sorted(maps.Keys(b.Strangers)) {
		for _, document := range slices.Sorted(maps.Keys(b.Strangers[s])) {
			if err := d.stranger(s, document, b.Strangers[s][document]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *draft) stranger(s record.Side, document string, is *port.Stranger) error {
	where := of(strangers, s) + "/" + document
	if text := d.get(of(strangers, s), document); text != nil {
		was, err := decode[stranger](text, where)
		if err != nil {
			return err
		}
		for _, key := range was.Keys {
			d.drop(of(candidates, s), indexed(key, document))
		}
	}
	if is == nil {
		d.drop(of(strangers, s), document)
		return nil
	}
	if is.Side != s || is.Ref != document {
		return fmt.Errorf("the stranger %s of the %s stands in the batch as %s of the %s", is.Ref, is.Side, document, s)
	}
	for _, key := range is.Keys {
		if err := checkWord(key); err != nil {
			return fmt.Errorf("the stranger %s of the %s: key: %w", document, s, err)
		}
		d.put(of(candidates, s), indexed(key, document), []byte{})
	}
	return d.putJSON(of(strangers, s), document, where, stranger{Keys: is.Keys, Stage: is.Stage})
}

// intents drafts the journal. An intent that is written again keeps its place.
func (d *draft) intents(b port.Batch) error {
	next := d.after(journal)
	for _, id := range slices.Sorted(maps.Keys(b.Intents)) {
		at, in := d.get(intents, id), b.Intents[id]
		switch {
		case in == nil:
			d.drop(journal, string(at))
			d.drop(intents, id)
			continue
		case in.ID != id:
			return fmt.Errorf("the intent %s stands in the batch as %s", in.ID, id)
		case at == nil:
			at = number64(next)
			next++
		}
		d.put(intents, id, slices.Clone(at))
		if err := d.putJSON(journal, string(at), "the intent "+id, in); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) questions(b port.Batch) error {
	for i := range b.Questions {
		q := &b.Questions[i]
		if q.State == conflicts.Closed {
			d.drop(standing, q.ID)
		} else {
			d.put(standing, q.ID, []byte{})
		}
		if err := d.putJSON(questions, q.ID, "the question "+q.ID, q); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) approvals(b port.Batch) error {
	for id, until := range b.Approve {
		if until.IsZero() {
			d.drop(approved, id)
			continue
		}
		d.put(approved, id, []byte(until.UTC().Format(time.RFC3339Nano)))
	}
	return nil
}

func (d *draft) refusals(b port.Batch) error {
	for key, is := range b.Refusals {
		if is == nil {
			d.drop(refused, key)
			continue
		}
		if err := d.putJSON(refused, key, "the refusal of "+key, is); err != nil {
			return err
		}
	}
	return nil
}

// link drafts what a link has once.
func (d *draft) link(b port.Batch) error {
	if b.Held != nil && len(b.Held.Changes) == 0 {
		d.drop(meta, heldKey)
	} else if b.Held != nil {
		if err := d.putJSON(meta, heldKey, "the held plan", b.Held); err != nil {
			return err
		}
	}
	if b.Runs == nil {
		return nil
	}
	return d.putJSON(meta, runsKey, "the runs", b.Runs)
}

func (d *draft) history(b port.Batch) error {
	next := d.after(history)
	for i := range b.History {
		if err := d.putJSON(history, string(number64(next)), "the history", &b.History[i]); err != nil {
			return err
		}
		next++
	}
	return nil
}

// checkWord refuses what an index cannot hold.
func checkWord(word string) error {
	if word == "" || strings.Contains(word, "\x00") {
		return errors.New("it is empty or has a zero byte in it")
	}
	return nil
}
