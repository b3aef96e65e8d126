package porttest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// System holds a system to the contract of port.System. open returns one in front of a server of its own, and has both
// closed at the end of the test.
func System(t *testing.T, open func(tb testing.TB) *SystemUnderTest) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *SystemUnderTest){
		"check says who we are, and again":               checkTwice,
		"a token that is refused stops, and is mended":   checkRefused,
		"a whole listing is certified":                   listWhole,
		"an empty listing is certified as well":          listEmpty,
		"every kind can be listed":                       listKinds,
		"a page that is not wanted ends the listing":     listStopped,
		"a listing that breaks has no certificate":       listBroken,
		"a listing that loses something is not whole":    listLossy,
		"a read gives what the listing gave":             readListed,
		"what is not there any more is gone":             readGone,
		"what was merged names its survivor":             readMerged,
		"no failure to read is taken for gone":           readBroken,
		"a create gives back what is there now":          writeCreate,
		"a change gives back what is there now":          writeChange,
		"a change of what has changed is planned anew":   writeStale,
		"a change of what is gone says so":               writeGone,
		"a refusal names the place":                      writeRefused,
		"a value that is not unique is told as such":     writeTaken,
		"somebody known elsewhere is told by the number": writeKnown,
		"a delete gives back nothing":                    writeDelete,
		"a create of unknown outcome is sent once":       createUnknown,
		"a change of unknown outcome is sent once":       changeUnknown,
		"a write that is turned away did nothing":        writeTurnedAway,
		"an ended context sends nothing":                 contextEnded,
		"a context that ends leaves a write unknown":     contextEnds,
		"several ask at once":                            concurrent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func checkTwice(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	for range 2 {
		if a := u.checked(t); a.Organisation != u.Organisation || !a.CanWrite || a.WindowClosed {
			t.Errorf("check: got organisation %q, can write %t, window closed %t; want %q, open to writing",
				a.Organisation, a.CanWrite, a.WindowClosed, u.Organisation)
		}
	}
}

func checkRefused(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.Break(t, CheckRequest, Unauthorized)
	_, err := u.System.Check(t.Context())
	u.failed(t, "check", err, port.Token)
	u.Mend(t)
	u.checked(t)
}

// certified sees that a certificate vouches for n documents.
func (u *SystemUnderTest) certified(t *testing.T, c port.Certificate, n int) {
	t.Helper()
	c.Latest = port.Stamp{} // not every system shows one
	want := port.Certificate{Organisation: u.Organisation, First: n, Last: n, Closed: true}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("certificate (-want +got):\n%s", diff)
	}
}

func listWhole(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	want := u.made(t, 2*u.Page+1)
	c, got, pages, err := u.listed(t.Context())
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	if pages < 3 {
		t.Errorf("%d documents came in %d pages, want three or more", len(want), pages)
	}
	u.certified(t, c, len(want))
}

func listEmpty(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	c, got, _, err := u.listed(t.Context())
	if err != nil || len(got) > 0 {
		t.Fatalf("list: got %v, %v, want nothing", got, err)
	}
	u.certified(t, c, 0)
}

func listKinds(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, 1)
	if !slices.Contains(u.System.Kinds(), u.Kind) {
		t.Errorf("kinds: got %q, want %q among them", u.System.Kinds(), u.Kind)
	}
	for _, kind := range u.System.Kinds() {
		n := 0
		c, err := u.System.List(t.Context(), kind, func(page []record.Document) error {
			n += len(page)
			for _, d := range page {
				if d.Kind != kind || d.Ref == "" || !json.Valid(d.Body) {
					t.Errorf("a document of %s: kind %q, ref %q, JSON %t", kind, d.Kind, d.Ref, json.Valid(d.Body))
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("list %s: %v", kind, err)
		}
		u.certified(t, c, n)
	}
}

func listStopped(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, 2*u.Page+1)
	enough, pages := errors.New("enough"), 0
	c, err := u.System.List(t.Context(), u.Kind, func([]record.Document) error { pages++; return enough })
	if !errors.Is(err, enough) || pages != 1 || c != (port.Certificate{}) {
		t.Errorf("list: got %+v, %v after %d pages, want no certificate and the function's error after one", c, err, pages)
	}
}

func listBroken(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, u.Page+1)
	for f, next := range map[Fault][]port.Next{
		Unauthorized: {port.Token}, Forbidden: {port.Stop, port.Token},
		CutBefore: nil, CutAfter: nil, TooMany: nil, ServerError: nil, Unavailable: nil, HTML: nil, Truncated: nil, EmptyObject: nil,
	} {
		u.Break(t, ListRequest, f)
		c, _, _, err := u.listed(t.Context())
		u.failed(t, "list, "+string(f), err, next...)
		if c != (port.Certificate{}) {
			t.Errorf("list, %s: got the certificate %+v, want none", f, c)
		}
		u.Mend(t)
	}
	c, _, _, err := u.listed(t.Context())
	if err != nil {
		t.Fatalf("list, mended: %v", err)
	}
	u.certified(t, c, u.Page+1)
}

func listLossy(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, 2*u.Page+1)
	for _, f := range []Fault{LostNext, LostRows} {
		u.Break(t, ListRequest, f)
		c, refs, _, err := u.listed(t.Context())
		slices.Sort(refs)
		seen := len(slices.Compact(refs))
		if err == nil && c.Closed && c.First == seen && c.Last == seen {
			t.Errorf("list, %s: the certificate %+v vouches for %d documents of %d", f, c, seen, 2*u.Page+1)
		}
		u.Mend(t)
	}
}

func readListed(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, 1)
	var listed record.Document
	_, err := u.System.List(t.Context(), u.Kind, func(page []record.Document) error {
		for _, d := range page {
			listed = d
		}
		return nil
	})
	if err != nil {
		t.Fatalf("list: %v", err)
	}
	read := u.read(t, listed.Ref)
	if read.Kind != listed.Kind || read.Ref != listed.Ref || read.Version != listed.Version {
		t.Errorf("read: got %s %s %q, want %s %s %q as listed",
			read.Kind, read.Ref, read.Version, listed.Kind, listed.Ref, listed.Version)
	}
	if !json.Valid(read.Body) {
		t.Error("read: the body is not JSON")
	}
}

func readGone(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	ref := u.Make(t)
	u.read(t, ref)
	u.Remove(t, ref)
	_, err := u.System.Read(t.Context(), ref)
	u.failed(t, "read", err, port.Gone)
}

func readMerged(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	if u.Merge == nil {
		t.Skip("the server knows no merge")
	}
	u.checked(t)
	refs := u.made(t, 2)
	u.Merge(t, refs[0], refs[1])
	_, err := u.System.Read(t.Context(), refs[0])
	u.failed(t, "read", err, port.Gone)
	if got := port.As(err); got != nil && got.Into != refs[1] {
		t.Errorf("read: survivor %q, want %q", got.Into, refs[1])
	}
}

func readBroken(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	ref := u.Make(t)
	for _, f := range []Fault{
		CutBefore, CutAfter, Unauthorized, Forbidden, TooMany, ServerError, Unavailable, HTML, Truncated, EmptyObject,
	} {
		u.Break(t, ReadRequest, f)
		_, err := u.System.Read(t.Context(), ref)
		u.failed(t, "read, "+string(f), err)
		if err != nil && port.As(err).Next == port.Gone {
			t.Errorf("read, %s: taken for gone", f)
		}
		u.Mend(t)
	}
	u.read(t, ref)
}

func contextEnded(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	d := u.read(t, u.Make(t))
	create, change := u.Create(t), u.Change(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := u.Requests(ListRequest) + u.Requests(ReadRequest) + u.sent()
	_, _, _, listed := u.listed(ctx)
	_, read := u.System.Read(ctx, d.Ref)
	_, created := u.System.Write(ctx, create)
	_, changed := u.System.Write(ctx, change)
	u.failed(t, "list", listed)
	u.failed(t, "read", read)
	u.failed(t, "create", created, port.Again)
	u.failed(t, "change", changed, port.Again)
	if after := u.Requests(ListRequest) + u.Requests(ReadRequest) + u.sent(); after != before {
		t.Errorf("%d requests arrived, want none", after-before)
	}
}

func contextEnds(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	u.made(t, 1)
	create := u.Create(t)
	for _, at := range []Request{ListRequest, CreateRequest} {
		ctx, cancel := context.WithCancel(t.Context())
		u.Arrives(at, cancel)
		if at == ListRequest {
			c, _, _, err := u.listed(ctx)
			u.failed(t, "list", err)
			if c != (port.Certificate{}) {
				t.Errorf("list: got the certificate %+v, want none", c)
			}
		} else {
			_, err := u.System.Write(ctx, create)
			u.failed(t, "create", err, port.Look)
		}
		cancel()
		u.Mend(t)
	}
}

func concurrent(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	refs := u.made(t, u.Page+1)
	writes := []record.Write{u.Create(t), u.Create(t)}
	var all sync.WaitGroup
	for _, ref := range refs[:min(len(refs), 4)] {
		all.Go(func() {
			if d, err := u.System.Read(t.Context(), ref); err != nil || d.Ref != ref {
				t.Errorf("read %s: got %s, %v", ref, d.Ref, err)
			}
		})
	}
	for _, w := range writes {
		all.Go(func() {
			if _, err := u.System.Write(t.Context(), w); err != nil {
				t.Errorf("create: %v", err)
			}
		})
	}
	all.Go(func() {
		if _, err := u.System.Check(t.Context()); err != nil {
			t.Errorf("check: %v", err)
		}
	})
	all.Wait()
	if got, want := u.Count(t), len(refs)+len(writes); got != want {
		t.Errorf("the server has %d documents, want %d", got, want)
	}
}
