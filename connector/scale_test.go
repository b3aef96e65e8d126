package connector_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// deep asks for the largest membership as well.
const deep = "PASSERELLE_DEEP"

// A crowd is a system with many members, none of whom it keeps: each document is written when its page is asked for.
type crowd struct {
	organisation string
	kinds        []string
	members      int
	document     func(kind string, n int) record.Document
	last         func() // called behind the last page of the last kind; may be nil
}

// pageSize is what the larger of the two systems puts on a page.
const pageSize = 1000

func (c *crowd) Check(context.Context) (port.Account, error) {
	return port.Account{Organisation: c.organisation, CanWrite: true}, nil
}

func (c *crowd) Kinds() []string { return c.kinds }

func (c *crowd) List(_ context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	total := c.members
	if kind == "functions" || kind == "subscriptions" {
		total = 0
	}
	for from := 0; from < total; from += pageSize {
		docs := make([]record.Document, 0, pageSize)
		for n := from; n < min(from+pageSize, total); n++ {
			docs = append(docs, c.document(kind, n+1))
		}
		if err := page(docs); err != nil {
			return port.Certificate{}, err
		}
	}
	if kind == c.kinds[len(c.kinds)-1] && c.last != nil {
		c.last()
	}
	return port.Certificate{Organisation: c.organisation, First: total, Last: total, Closed: true}, nil
}

func (c *crowd) Read(context.Context, string) (record.Document, error) {
	return record.Document{}, &port.Error{Next: port.Gone}
}

func (c *crowd) Write(context.Context, record.Write) ([]record.Document, error) {
	return nil, errors.New("nothing is to be written here")
}

// contactOfCrowd and memberOfCrowd say the same about member n.
func contactOfCrowd(_ string, n int) record.Document {
	return record.Document{Kind: "contact", Ref: "contact/" + strconv.Itoa(n), Body: fmt.Appendf(nil, `{"basefields":{"contact_id":"%d",`+
		`"first_name":"Vor%d","last_name":"Nach%d","contact_type":"singleperson","gender":"male","birthday":"1990-01-01",`+
		`"correspondence_language":"de"},"status":"active","membership":{"membership":"Aktive Turner","first_joining_date":"2020-01-01"},`+
		`"corr_address":{"street":"Reckweg %d","postale_code":"3000","city":"Bern","country":"CH"},`+
		`"communication":{"primary_email":"m%d@example.org","mobile":""},"custom_fields":{"101":"%06d","103":""}}`, n, n, n, n, n, n)}
}

func memberOfCrowd(kind string, n int) record.Document {
	member := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	if kind == "affiliations" {
		id := fmt.Sprintf("00000000-0000-4000-9000-%012d", n)
		return record.Document{Kind: kind, Ref: kind + "/" + id, Body: fmt.Appendf(nil, `{"id":%q,"memberId":%q,"clubNumber":%q,"category":"01",`+
			`"primary":true,"entryDate":"2020-01-01","exitDate":null,"status":"active"}`, id, member, simulation.ClubNumber)}
	}
	return record.Document{Kind: kind, Ref: kind + "/" + member, Body: fmt.Appendf(nil, `{"id":%q,"memberNumber":"%06d","lastName":"Nach%d",`+
		`"firstName":"Vor%d","birthDate":"1990-01-01","gender":"M","language":"de","street":"Reckweg %d","postalCode":"3000","city":"Bern",`+
		`"country":"CH","email":"m%d@example.org","phoneMobile":null,"status":"active","exitDate":null}`, member, n, n, n, n, n)}
}

// steady links a membership, and returns a link in another process's place whose cycles find nothing new, with the heap that
// the last one held at its last page.
func steady(tb testing.TB, members int) (link *connector.Link, peak func() uint64) {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "state", "tv-beispiel.db")
	open := func() *ledger.Ledger {
		opened, err := ledger.Open(tb.Context(), path, ledger.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		return opened
	}
	var held uint64
	club := &crowd{organisation: simulation.Organisation, kinds: []string{"contact"}, members: members, document: contactOfCrowd}
	federation := &crowd{
		organisation: simulation.ClubNumber, kinds: []string{"members", "functions", "subscriptions", "affiliations"},
		members: members, document: memberOfCrowd,
	}
	first := open()
	r, err := connector.New(between(tb, club, federation, first)).RunOnce(tb.Context(), connector.Options{})
	if err != nil || r.Linked != members || r.Held != nil || r.Stopped != nil || r.Conflicts.Open != 0 {
		tb.Fatalf("the crowd was not linked: %v, %s", err, text(r))
	}
	if err := first.Close(); err != nil {
		tb.Fatal(err)
	}
	again := open()
	tb.Cleanup(func() { _ = again.Close() })
	federation.last = func() {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		held = m.HeapAlloc
	}
	return connector.New(between(tb, club, federation, again)), func() uint64 { return held }
}

// cycle runs once, and fails when that is not quiet.
func cycle(tb testing.TB, link *connector.Link, members int) {
	tb.Helper()
	r, err := link.RunOnce(tb.Context(), connector.Options{})
	if err != nil || r.Stopped != nil || r.Adopted != 0 || r.Read[record.Club]["member"] != members || r.Run != 1 {
		tb.Fatalf("the cycle is not quiet: %v, %s", err, text(r))
	}
}

// TestSteadyCycleHoldsBits is DESIGN decision 14: what a quiet cycle holds grows by bits with each member. It runs alone,
// because it looks at the heap of the whole process.
func TestSteadyCycleHoldsBits(t *testing.T) { //nolint:paralleltest // as above
	const few, many, bound = 1_000, 10_000, 64
	heap := map[int]int64{}
	for _, members := range []int{few, many} {
		link, peak := steady(t, members)
		for range 2 {
			cycle(t, link, members)
		}
		heap[members] = int64(peak())
	}
	perMember := float64(heap[many]-heap[few]) / (many - few)
	t.Logf("%d bytes at %d members, %d at %d: %.1f a member", heap[few], few, heap[many], many, perMember)
	if perMember >= bound {
		t.Errorf("a steady cycle holds %.1f bytes for each further member, want less than %d", perMember, bound)
	}
}

func BenchmarkSteadyState(b *testing.B) {
	sizes := []int{1_000, 10_000}
	if os.Getenv(deep) == "1" {
		sizes = append(sizes, 100_000)
	}
	for _, members := range sizes {
		b.Run(strconv.Itoa(members), func(b *testing.B) {
			link, peak := steady(b, members)
			cycle(b, link, members) // what the first link has left in pools is gone after it
			b.ReportAllocs()
			for b.Loop() {
				cycle(b, link, members)
			}
			b.ReportMetric(float64(peak())/float64(members), "heap-B/member")
			b.ReportMetric(float64(time.Duration(b.Elapsed().Nanoseconds()/int64(b.N)))/float64(members), "ns/member")
		})
	}
}
