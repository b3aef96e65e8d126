package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Finding is one thing in the ledger that cannot be right: where, and what. It holds references and no values.
type Finding struct {
	Place   string `json:"place"`
	Problem string `json:"problem"`
}

// Check holds the parts of the ledger against each other, and the file against bbolt's own check. It changes nothing.
func (l *Ledger) Check(ctx context.Context) (found []Finding, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		c := &checking{tx: tx, expected: map[place]string{}, people: map[uint64]bool{}}
		if broken := structure(tx); broken != nil {
			c.find("file", "its pages do not agree: %v", broken)
		}
		for _, step := range []func(){c.persons, c.sightings, c.strangers, c.questions, c.journal, c.rest, c.indexes} {
			if err := ctx.Err(); err != nil {
				return err
			}
			step()
		}
		found = c.found
		return nil
	})
	return found, err
}

// A checking goes through the file once; expected holds what the indexes have to hold: a leaf, and its value.
type checking struct {
	tx       *bbolt.Tx
	expected map[place]string
	people   map[uint64]bool
	found    []Finding
}

func (c *checking) find(where, problem string, args ...any) {
	c.found = append(c.found, Finding{Place: where, Problem: fmt.Sprintf(problem, args...)})
}

// walk calls fn for each leaf of a bucket that can be read, and names the others.
func walk[T any](c *checking, name string, fn func(key string, value T)) {
	_ = bucket(c.tx, name).ForEach(func(k, v []byte) error { // fn and this return none
		where := name + "/" + readable(k)
		value, err := decode[T](v, where)
		if err != nil {
			c.find(where, "it cannot be read")
			return nil //nolint:nilerr // it is a finding
		}
		fn(string(k), value)
		return nil
	})
}

// readable shows a key: a number, or a text.
func readable(k []byte) string {
	if len(k) == 8 && k[0] == 0 {
		return strconv.FormatUint(binary.BigEndian.Uint64(k), 10)
	}
	return strings.ReplaceAll(string(k), "\x00", " ")
}

func (c *checking) persons() {
	var highest uint64
	walk(c, people, func(key string, p port.Person) {
		where := personPlace(p.ID)
		if key != string(number64(p.ID)) {
			c.find(people+"/"+readable([]byte(key)), "it says of itself to be person %d", p.ID)
		}
		c.people[p.ID] = true
		highest = max(highest, p.ID)
		c.pairs(where, &p)
		for _, s := range record.Sides() {
			for _, document := range p.Documents(s) {
				at := place{of(refs, s), document}
				if other, twice := c.expected[at]; twice {
					c.find(where, "%s of the %s is that of person %s as well", document, s, readable([]byte(other)))
				}
				c.expected[at] = key
			}
		}
		if p.Number != "" {
			c.expected[place{numbers, indexed(p.Number, key)}] = ""
		}
	})
	if text := bucket(c.tx, meta).Get([]byte(runsKey)); text != nil {
		runs, err := decode[port.Runs](text, runsKey)
		if err != nil {
			c.find(meta+"/"+runsKey, "it cannot be read")
		} else if highest > 0 && runs.NextID <= highest {
			c.find(meta+"/"+runsKey, "the next person would get the number of one who is there (%d)", highest)
		}
	}
}

// pairs looks at a person's pairs: no two of a kind and identity, a base where both sides have the record.
func (c *checking) pairs(where string, p *port.Person) {
	seen := map[string]bool{}
	for i := range p.Pairs {
		pair := &p.Pairs[i]
		name := strings.TrimSpace(string(pair.Kind) + " " + pair.Identity)
		if seen[name] {
			c.find(where, "it has %s twice", name)
		}
		seen[name] = true
	}
	if len(p.Pairs) == 0 {
		c.find(where, "it has no record on either side")
	} else if p.State == port.Linked && len(p.Pairs[0].Base.Agreed)+len(p.Pairs[0].Base.Own) == 0 {
		c.find(where, "it is linked, and nothing was ever noted of what the two sides hold (no base)")
	}
}

func (c *checking) sightings() {
	for _, s := range record.Sides() {
		last, err := lastOrdinal(bucket(c.tx, meta).Get([]byte(of(ordinalsKey, s))))
		if err != nil {
			c.find(meta+"/"+of(ordinalsKey, s), "it cannot be read")
		}
		ordinals := map[uint32]string{}
		known := bucket(c.tx, of(sights, s))
		_ = known.ForEach(func(k, v []byte) error {
			where := of(sights, s) + "/" + string(k)
			sight, err := decodeSight(v, where)
			other, twice := ordinals[sight.Ordinal]
			switch {
			case err != nil:
				c.find(where, "it cannot be read")
			case twice:
				c.find(where, "it has the place of %s in the order of first sight", other)
			case sight.Ordinal == 0 || sight.Ordinal > last:
				c.find(where, "its place in the order of first sight was never given")
			}
			ordinals[sight.Ordinal] = string(k)
			return nil
		})
		_ = bucket(c.tx, of(digests, s)).ForEach(func(k, _ []byte) error {
			if known.Get(k) == nil {
				c.find(of(digests, s)+"/"+string(k), "it is the digest of a document that was never seen")
			}
			return nil
		})
	}
}

func (c *checking) strangers() {
	for _, s := range record.Sides() {
		walk(c, of(strangers, s), func(document string, is stranger) {
			if _, taken := c.expected[place{of(refs, s), document}]; taken {
				c.find(of(strangers, s)+"/"+document, "somebody is linked with it, and it is nobody's")
			}
			for _, key := range is.Keys {
				c.expected[place{of(candidates, s), indexed(key, document)}] = ""
			}
		})
	}
}

func (c *checking) questions() {
	walk(c, questions, func(id string, q conflicts.Question) {
		where := questions + "/" + id
		if q.ID != id {
			c.find(where, "it says of itself to be another question")
		}
		if q.State != conflicts.Closed {
			c.expected[place{standing, id}] = ""
			if q.Person != 0 && !c.people[q.Person] {
				c.find(where, "it is about person %d, who is not there", q.Person)
			}
		}
		if q.State == conflicts.Answered && q.Answer == nil {
			c.find(where, "it is answered, and there is no answer")
		}
	})
}

func (c *checking) journal() {
	walk(c, journal, func(key string, in port.Intent) {
		where := journal + "/" + in.ID
		c.expected[place{intents, in.ID}] = key
		if in.Person != 0 && !c.people[in.Person] {
			c.find(where, "it is about person %d, who is not there", in.Person)
		}
	})
}

// rest reads what nothing else depends on.
func (c *checking) rest() {
	walk(c, refused, func(string, port.Refusal) {})
	walk(c, history, func(string, port.Entry) {})
}

// indexes holds every index against what it has to hold.
func (c *checking) indexes() {
	names := []string{numbers, intents, standing}
	for _, s := range record.Sides() {
		names = append(names, of(refs, s), of(candidates, s))
	}
	for _, name := range names {
		_ = bucket(c.tx, name).ForEach(func(k, v []byte) error {
			at := place{name, string(k)}
			want, right := c.expected[at]
			delete(c.expected, at)
			switch {
			case !right:
				c.find(shownPlace(at), "the index names what is not there")
			case want != string(v):
				c.find(shownPlace(at), "the index leads to another place than it should")
			}
			return nil
		})
	}
	var lacking []string
	for at := range c.expected {
		lacking = append(lacking, shownPlace(at))
	}
	slices.Sort(lacking)
	for _, where := range lacking {
		c.find(where, "the index lacks it")
	}
}

// shownPlace names a place of an index, without the number or the key that it is sorted by.
func shownPlace(at place) string {
	if word, entry, sorted := strings.Cut(at.key, "\x00"); sorted && word != "" {
		return at.bucket + "/" + readable([]byte(entry))
	}
	return at.bucket + "/" + at.key
}
