package connector

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A listing is what one side showed: certified, its changes since a cursor (delta.go), or nothing. It holds one bit for every document that the ledger knows, and
// the documents that are not at rest (DESIGN decisions 9 and 14).
type listing struct {
	side    record.Side
	r       *run
	end     End
	account port.Account
	seen    bits
	fresh   map[string]bool            // seen, and not known to the ledger
	sights  map[string]port.Sight      // what the ledger remembers of the documents in sight
	docs    map[string]record.Document // in sight: new, or not what the base says
	gone    map[string]port.Error      // proven not to be there: twice, or merged
	hidden  map[string]bool            // could not be read, or missing for the first time
	delta   bool                       // the side was read by its changes: what it does not show is what the ledger says
	latest  port.Stamp                 // the highest that was shown
	took    time.Duration              // reading it
	atRest  map[record.Kind]int        // of a delta: records in documents that the ledger has at rest
	lost    bool                       // somebody was missed
	doubted bool                       // a document was not what the listing, or the ledger, said when it was looked at again
	awaits  bool                       // some of the hidden may be gone: a later listing tells
}

func newListing(side record.Side, r *run) *listing {
	return &listing{
		side: side, r: r, end: r.cfg.Sides[side], fresh: map[string]bool{}, docs: map[string]record.Document{}, sights: map[string]port.Sight{},
		gone: map[string]port.Error{}, hidden: map[string]bool{}, atRest: map[record.Kind]int{},
	}
}

// read asks the system who we are and lists every kind of it, or what has changed where that is enough.
func (l *listing) read(ctx context.Context) error {
	account, err := l.end.System.Check(ctx)
	if err != nil {
		return l.stopped(ctx, "check", err)
	}
	if account.Organisation != l.end.Organisation {
		return stop{Stopped{
			Side: l.side, Secret: true, Reason: "this is the access of another organisation",
			Next: "run `passerelle connect " + l.r.cfg.ID + " " + string(l.side) + "` with the secret of your own",
		}}
	}
	l.account = account
	if enough, err := l.changes(ctx); enough || err != nil {
		return err
	}
	began := l.r.cfg.Now()
	for _, kind := range l.end.System.Kinds() {
		if err := l.kind(ctx, kind); err != nil {
			return err
		}
	}
	l.took = l.r.cfg.Now().Sub(began)
	return nil
}

// kind lists one wire kind and holds the certificate against what was seen.
func (l *listing) kind(ctx context.Context, kind string) error {
	distinct := 0
	var ours error // the ledger's: no fault of the side
	certificate, err := l.end.System.List(ctx, kind, func(page []record.Document) error {
		var n int
		n, ours = l.page(ctx, page)
		distinct += n
		l.r.progress("reading "+string(l.side)+" "+kind, distinct, 0)
		return ours
	})
	if ours != nil {
		return ours
	}
	if err != nil {
		return l.stopped(ctx, "list "+kind, err)
	}
	l.latest = l.latest.Later(certificate.Latest)
	if err := certificate.Whole(l.end.Organisation, distinct); err != nil {
		return l.uncertified(kind, err.Error())
	}
	return nil
}

func (l *listing) uncertified(kind, reason string) error {
	return stop{Stopped{
		Side: l.side, Reason: kind + ": " + reason,
		Next: "nothing was changed; the next run reads it again. If it stays so, ask the " + string(l.side) + "'s support why its list is not whole",
	}}
}

// stopped turns an error of a system that is about no single record into the end of the run.
func (l *listing) stopped(ctx context.Context, step string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %s: %w", l.side, step, context.Cause(ctx))
	}
	e := l.r.answered(l.side, err)
	next := strings.ReplaceAll(e.Advice, "LINK", l.r.cfg.ID)
	until := l.until(e)
	switch {
	case next != "":
	case !until.IsZero():
		next = "nothing was changed, and nothing is to do; the daemon tries again after " + until.UTC().Format("15:04:05") + " UTC"
	default:
		next = "nothing was changed; the next run tries again"
	}
	return stop{Stopped{Side: l.side, Reason: step + ": " + e.Error(), Next: next, Until: until, Secret: e.Next == port.Token}}
}

// until returns when the system lets itself be asked again: what it says itself, as far as it is to be believed.
func (l *listing) until(e *port.Error) time.Time {
	if latest := l.r.cfg.Now().Add(longestBackoff); e.Until.After(latest) {
		return latest
	}
	return e.Until
}

// page takes in one page: it drops what is at rest and keeps the rest. It returns how many documents were new to the
// listing.
func (l *listing) page(ctx context.Context, page []record.Document) (int, error) {
	refs := make([]string, len(page))
	for i := range page {
		refs[i] = page[i].Ref
	}
	sights, err := l.r.cfg.Store.Sights(ctx, l.side, refs)
	if err != nil {
		return 0, fmt.Errorf("ledger: sights: %w", err)
	}
	distinct := 0
	for _, doc := range page {
		sight, known := sights[doc.Ref]
		if !l.first(doc.Ref, sight, known) {
			continue
		}
		distinct++
		if known && !sight.Missing.IsZero() { // the base may have taken it for gone meanwhile
			sight.Missing, sight.Digest = time.Time{}, nil
			l.r.batch.sight(l.side, doc.Ref, &sight)
		}
		if known && !l.r.opt.Full && len(sight.Digest) > 0 && bytes.Equal(sight.Digest, digest(doc)) {
			if !l.delta { // of which all that is at rest is counted, shown or not
				for k, n := range sight.Counts {
					l.r.report.Read[l.side][k] += n
				}
			}
			continue
		}
		if known {
			l.sights[doc.Ref] = sight
		}
		doc.Body = slices.Clone(doc.Body)
		l.docs[doc.Ref] = doc
	}
	return distinct, nil
}

// first reports whether the document has not been seen in this listing before, and marks it as seen.
func (l *listing) first(ref string, sight port.Sight, known bool) bool {
	if known {
		return l.seen.set(sight.Ordinal)
	}
	if l.fresh[ref] {
		return false
	}
	l.fresh[ref] = true
	return true
}

// digest is the digest of a document's bytes.
func digest(doc record.Document) []byte {
	sum := sha256.Sum256(doc.Body)
	return sum[:16]
}

// bits is a set of small numbers.
type bits []uint64

// set adds n and reports whether it was not in the set before.
func (b *bits) set(n uint32) bool {
	word, bit := int(n/64), uint64(1)<<(n%64)
	for word >= len(*b) {
		*b = append(*b, make([]uint64, word+1-len(*b))...)
	}
	if (*b)[word]&bit != 0 {
		return false
	}
	(*b)[word] |= bit
	return true
}

func (b *bits) has(n uint32) bool {
	word := int(n / 64)
	return word < len(*b) && (*b)[word]&(1<<(n%64)) != 0
}
