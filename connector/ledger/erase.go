package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

var _ port.Eraser = (*Ledger)(nil)

// Erase implements port.Eraser.
func (l *Ledger) Erase(ctx context.Context, e port.Erasure) (port.Erased, error) {
	return l.removing(ctx, "forget", e.Dry, func(d *draft) (port.Erased, error) { return d.erase(e) })
}

// Prune implements port.Eraser.
func (l *Ledger) Prune(ctx context.Context, before time.Time) (port.Erased, error) {
	return l.removing(ctx, "prune", false, func(d *draft) (port.Erased, error) { return d.prune(before) })
}

// removing drafts what is to go and writes it, where there is any, in one transaction.
func (l *Ledger) removing(ctx context.Context, what string, dry bool, remove func(*draft) (port.Erased, error)) (erased port.Erased, err error) {
	l.committing.Lock()
	defer l.committing.Unlock()
	var changes []change
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		d := &draft{tx: tx, puts: map[place][]byte{}}
		if erased, err = remove(d); err != nil {
			return err
		}
		changes = d.changes()
		return nil
	})
	if err == nil && !dry && len(changes) > 0 {
		err = l.db.Update(func(tx *bbolt.Tx) error { return apply(tx, changes) })
	}
	if err != nil {
		return port.Erased{}, fmt.Errorf("%s: %w", what, err)
	}
	return erased, nil
}

// eachOf calls fn for every JSON leaf of a bucket, with its key.
func eachOf[T any](tx *bbolt.Tx, name string, fn func(key string, value T)) error {
	return bucket(tx, name).ForEach(func(k, v []byte) error {
		value, err := decode[T](v, fmt.Sprintf("%s/%x", name, k))
		if err == nil {
			fn(string(k), value)
		}
		return err
	})
}

func (d *draft) erase(e port.Erasure) (port.Erased, error) {
	var out port.Erased
	p, err := person(d.tx, e.Person)
	if err != nil {
		return out, err
	}
	out.Records = len(p.Pairs)
	docs := map[record.Side][]string{}
	for _, side := range record.Sides() {
		docs[side] = p.Documents(side)
	}
	if err := d.release(p.ID); err != nil {
		return out, err
	}
	for side, refs := range docs {
		for _, ref := range refs {
			d.drop(of(sights, side), ref)
			d.drop(of(digests, side), ref)
			if err := d.stranger(side, ref, nil); err != nil {
				return out, err
			}
		}
	}
	for _, step := range []func(uint64, map[record.Side][]string, *port.Erased) error{
		d.eraseHistory, d.eraseQuestions, d.eraseJournal, d.eraseRefusals, d.eraseHeld,
	} {
		if err := step(p.ID, docs, &out); err != nil {
			return out, err
		}
	}
	return out, d.keep(e)
}

// keep drafts what has to stay of somebody who is forgotten.
func (d *draft) keep(e port.Erasure) error {
	for key, is := range e.Keep {
		if err := d.putJSON(refused, key, "what stays", is); err != nil {
			return err
		}
	}
	var runs port.Runs
	var err error
	if text := d.get(meta, runsKey); text != nil {
		if runs, err = decode[port.Runs](text, meta+"/"+runsKey); err != nil {
			return err
		}
	}
	runs.Salt = e.Salt
	return d.putJSON(meta, runsKey, "the runs", runs)
}

func (d *draft) eraseHistory(id uint64, docs map[record.Side][]string, out *port.Erased) error {
	return eachOf(d.tx, history, func(key string, e port.Entry) {
		theirs := docs[e.Side]
		if e.Side == "" { // what was decided is about a person, and names the document of either side
			theirs = slices.Concat(docs[record.Club], docs[record.Federation])
		}
		if e.Person == id || slices.ContainsFunc(theirs, func(ref string) bool { return inDocument(e.Ref, ref) }) {
			d.drop(history, key)
			out.History++
		}
	})
}

// inDocument reports whether a reference is a document's, or that of a record in it.
func inDocument(ref, document string) bool {
	return ref == document || strings.HasPrefix(ref, document+"#")
}

func (d *draft) eraseQuestions(id uint64, docs map[record.Side][]string, out *port.Erased) error {
	return eachOf(d.tx, questions, func(key string, q conflicts.Question) {
		if q.Person == id || slices.Contains(docs[record.Club], q.Club) || slices.Contains(docs[record.Federation], q.Federation) {
			d.drop(questions, key)
			d.drop(standing, key)
			out.Questions++
		}
	})
}

func (d *draft) eraseJournal(id uint64, docs map[record.Side][]string, out *port.Erased) error {
	return eachOf(d.tx, journal, func(key string, in port.Intent) {
		if in.Person == id || slices.Contains(docs[in.Side], in.Document) || slices.Contains(docs[in.Side.Other()], in.Origin) {
			d.drop(journal, key)
			d.drop(intents, in.ID)
			out.Journal++
		}
	})
}

// eraseRefusals removes what was refused of the person: the keys have the document in them that the value came from.
func (d *draft) eraseRefusals(_ uint64, docs map[record.Side][]string, out *port.Erased) error {
	return eachOf(d.tx, refused, func(key string, _ port.Refusal) {
		for word := range strings.SplitSeq(key, " ") {
			if slices.Contains(docs[record.Club], word) || slices.Contains(docs[record.Federation], word) {
				d.drop(refused, key)
				out.Refusals++
				return
			}
		}
	})
}

func (d *draft) eraseHeld(_ uint64, docs map[record.Side][]string, out *port.Erased) error {
	text := d.get(meta, heldKey)
	if text == nil {
		return nil
	}
	plan, err := decode[port.Plan](text, meta+"/"+heldKey)
	if err != nil {
		return err
	}
	before := len(plan.Changes)
	plan.Changes = slices.DeleteFunc(plan.Changes, func(c port.PlannedItem) bool {
		theirs := slices.Contains(docs[record.Club], c.Person) || slices.Contains(docs[record.Federation], c.Person)
		if theirs {
			d.drop(approved, c.ID)
		}
		return theirs
	})
	if out.Held = before - len(plan.Changes); out.Held == 0 {
		return nil
	}
	if len(plan.Changes) == 0 {
		d.drop(meta, heldKey)
		return nil
	}
	plan.Persons--
	return d.putJSON(meta, heldKey, "the held plan", plan)
}

func (d *draft) prune(before time.Time) (port.Erased, error) {
	var out port.Erased
	err := eachOf(d.tx, questions, func(key string, q conflicts.Question) {
		if q.State == conflicts.Closed && !q.Ended.IsZero() && q.Ended.Before(before) && !q.Never() {
			d.drop(questions, key)
			out.Questions++
		}
	})
	if err != nil {
		return out, err
	}
	last, _ := bucket(d.tx, history).Cursor().Last()
	return out, eachOf(d.tx, history, func(key string, e port.Entry) {
		if e.At.Before(before) && key != string(last) { // the newest stays: from it on places are counted
			d.drop(history, key)
			out.History++
		}
	})
}
