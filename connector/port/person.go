package port

import (
	"maps"
	"slices"
	"time"

	"passerelle/internal/record"
)

// A Person is a member with all that refers to it, as the ledger remembers it: one entry, read and written whole.
type Person struct {
	ID     uint64    `json:"id"`
	State  PairState `json:"state"`
	Number string    `json:"number,omitempty"` // the federation number: known, or asked for
	Pairs  []Pair    `json:"pairs"`            // the member first, then the children sorted by kind and identity
	Why    string    `json:"why,omitempty"`    // of a parked one
}

// A PairState says what the two sides of a person are to each other (DESIGN decision 7).
type PairState string

// The states of a pair.
const (
	Linked PairState = "linked"
	Asked  PairState = "asked"  // requested from the federation, neither confirmed nor refused
	Parked PairState = "parked" // nothing is written for it, until a person says otherwise
)

// A Pair is one record on both sides. A zero reference means that the side does not have it, or not any more.
type Pair struct {
	Kind       record.Kind `json:"kind"`
	Identity   string      `json:"identity,omitempty"`
	Club       record.Ref  `json:"club,omitzero"`
	Federation record.Ref  `json:"federation,omitzero"`
	Base       Base        `json:"base"`
}

// A Base is what both sides held when they last agreed, as read back.
//
// Agreed holds the common value of each field that they agree on. Own holds, per side, what that side held where it
// differs from Agreed, or where nothing is agreed because the other side does not carry the field. Life holds the stage
// that each side was in. Undone names, per field on which nothing is agreed any more, what was undone ("run 12"): who holds
// the right value is then a person's to say.
type Base struct {
	Agreed map[record.Field]record.Value                 `json:"agreed,omitempty"`
	Own    map[record.Side]map[record.Field]record.Value `json:"own,omitempty"`
	Life   map[record.Side]record.Stage                  `json:"life,omitempty"`
	Undone map[record.Field]string                       `json:"undone,omitempty"`
}

// Held returns what the side held in a field when the base was taken; not carried when nothing is known.
func (b *Base) Held(s record.Side, f record.Field) record.Value {
	if v, ok := b.Own[s][f]; ok {
		return v
	}
	return b.Agreed[f]
}

// Agree sets the common value of a field. own gives, for a side that holds it in another spelling, what it holds.
func (b *Base) Agree(f record.Field, v record.Value, own map[record.Side]record.Value) {
	if b.Agreed == nil {
		b.Agreed = map[record.Field]record.Value{}
	}
	b.Agreed[f] = v
	delete(b.Undone, f)
	for _, s := range record.Sides() {
		delete(b.Own[s], f)
		if o, ok := own[s]; ok && o != v {
			b.SetOwn(s, f, o)
		}
	}
}

// SetOwn sets what one side held in a field, whatever is agreed. Of a field on which nothing is agreed, not carried needs
// no entry.
func (b *Base) SetOwn(s record.Side, f record.Field, v record.Value) {
	if _, agreed := b.Agreed[f]; !agreed && !v.Carried() {
		delete(b.Own[s], f)
		return
	}
	if b.Own == nil {
		b.Own = map[record.Side]map[record.Field]record.Value{}
	}
	if b.Own[s] == nil {
		b.Own[s] = map[record.Field]record.Value{}
	}
	b.Own[s][f] = v
}

// SetBack notes that a field was set back, by the undoing of something ("run 12"), and what each side holds in it now.
// Nothing is agreed on it any more.
func (b *Base) SetBack(f record.Field, of string, held map[record.Side]record.Value) {
	delete(b.Agreed, f)
	for _, s := range record.Sides() {
		b.SetOwn(s, f, held[s])
	}
	if b.Undone == nil {
		b.Undone = map[record.Field]string{}
	}
	b.Undone[f] = of
}

// Clone returns a copy that shares nothing with b.
func (b *Base) Clone() Base {
	out := Base{Agreed: maps.Clone(b.Agreed), Life: maps.Clone(b.Life), Own: maps.Clone(b.Own), Undone: maps.Clone(b.Undone)}
	for s, own := range out.Own {
		out.Own[s] = maps.Clone(own)
	}
	return out
}

// Clone returns a copy that shares nothing with p.
func (p *Pair) Clone() Pair {
	out := *p
	out.Base = p.Base.Clone()
	return out
}

// Never reports whether the two sides have never met: the base knows at most one of them.
func (b *Base) Never() bool { return len(b.Life) < 2 }

// Ref returns the reference of the pair's record on a side.
func (p *Pair) Ref(s record.Side) record.Ref {
	if s == record.Club {
		return p.Club
	}
	return p.Federation
}

// SetRef sets the reference of the pair's record on a side.
func (p *Pair) SetRef(s record.Side, r record.Ref) {
	if s == record.Club {
		p.Club = r
	} else {
		p.Federation = r
	}
}

// Pair returns the pair of a kind and identity, and nil when the person has none.
func (p *Person) Pair(k record.Kind, identity string) *Pair {
	for i := range p.Pairs {
		if p.Pairs[i].Kind == k && p.Pairs[i].Identity == identity {
			return &p.Pairs[i]
		}
	}
	return nil
}

// Documents returns the references of the documents that hold the person on a side, each once, in the order of the pairs.
func (p *Person) Documents(s record.Side) []string {
	var refs []string
	for i := range p.Pairs {
		if doc := p.Pairs[i].Ref(s).Document; doc != "" && !slices.Contains(refs, doc) {
			refs = append(refs, doc)
		}
	}
	return refs
}

// A Stranger is an unpaired record at rest: out of scope, or ended before it was paired. Keys are hashes of what would
// make it a candidate (folded names with each other and with the birth date, the number), so that a person who appears on
// the other side is not created twice. No value of a stranger is kept.
type Stranger struct {
	Side  record.Side
	Ref   string
	Keys  []string
	Stage record.Stage
}

// A Sight is what the ledger remembers of a document: its place in the order of first sight (from 1, given by the store
// and never to another document), the digest of what the base says it held (nil: no longer at rest, look again), how many
// records of each kind it held, and since when certified listings have been missing it (zero: they have not).
type Sight struct {
	Ordinal uint32
	Digest  []byte
	Counts  map[record.Kind]int
	Missing time.Time
}
