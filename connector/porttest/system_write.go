package porttest

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// stands sees that a write gave back what is there now: at least all that a read gives.
func (u *SystemUnderTest) stands(t *testing.T, written []record.Document) {
	t.Helper()
	for _, d := range written {
		read := u.read(t, d.Ref)
		if d.Kind != read.Kind || d.Version != read.Version {
			t.Errorf("%s: the write gave %s %q, a read gives %s %q", d.Ref, d.Kind, d.Version, read.Kind, read.Version)
		}
		want, got := members(t, read), members(t, d)
		maps.DeleteFunc(got, func(name string, _ any) bool { _, ok := want[name]; return !ok })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: what the write gave back is not what a read gives (-read +write):\n%s", d.Ref, diff)
		}
	}
}

// changed reports whether a document is not what it was.
func (u *SystemUnderTest) changed(t *testing.T, before record.Document) bool {
	t.Helper()
	return !cmp.Equal(members(t, before), members(t, u.read(t, before.Ref)))
}

// untouched sees that a document is what it was.
func (u *SystemUnderTest) untouched(t *testing.T, before record.Document) {
	t.Helper()
	if u.changed(t, before) {
		t.Errorf("%s is not what it was", before.Ref)
	}
}

func writeCreate(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	got, err := u.System.Write(t.Context(), u.Create(t))
	if err != nil || len(got) == 0 {
		t.Fatalf("create: got %d documents, %v, want what was created", len(got), err)
	}
	if got[0].Kind != u.Kind {
		t.Errorf("create: the first document is of kind %q, want %q", got[0].Kind, u.Kind)
	}
	u.stands(t, got)
	if n := u.Count(t); n != 1 || u.Requests(CreateRequest) != 1 {
		t.Errorf("%d documents after %d requests, want one after one", n, u.Requests(CreateRequest))
	}
}

func writeChange(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	refs := u.made(t, 2)
	before, bystander := u.read(t, refs[0]), u.read(t, refs[1])
	got, err := u.System.Write(t.Context(), u.Change(t, before))
	if err != nil || len(got) == 0 || got[0].Ref != refs[0] {
		t.Fatalf("change: got %d documents, %v, want %s first", len(got), err, refs[0])
	}
	u.stands(t, got)
	if !u.changed(t, before) {
		t.Error("change: the document is as it was before")
	}
	u.untouched(t, bystander)
}

func writeStale(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	ref := u.Make(t)
	planned := u.read(t, ref)
	if planned.Version == "" {
		t.Skip("the server has no versions: an edit between look and write can be lost there (DESIGN decision 10)")
	}
	u.Edit(t, ref)
	edited := u.read(t, ref)
	_, err := u.System.Write(t.Context(), u.Change(t, planned))
	u.failed(t, "change", err, port.Replan)
	u.untouched(t, edited)
}

func writeGone(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	ref := u.Make(t)
	planned := u.read(t, ref)
	u.Remove(t, ref)
	_, err := u.System.Write(t.Context(), u.Change(t, planned))
	u.failed(t, "change", err, port.Gone)
}

func writeRefused(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	before := u.read(t, u.Make(t))
	_, err := u.System.Write(t.Context(), u.Refuse(t, before))
	u.failed(t, "change", err, port.Ask)
	if e := port.As(err); e != nil && (len(e.Fields) == 0 || e.Unique) {
		t.Errorf("change: places %q, unique %t; want a place named, and no word of unique", e.Fields, e.Unique)
	}
	u.untouched(t, before)
}

func writeTaken(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	if u.Taken == nil {
		t.Skip("nothing is unique on the server")
	}
	u.checked(t)
	before := u.read(t, u.Make(t))
	_, err := u.System.Write(t.Context(), u.Taken(t, before))
	u.failed(t, "change", err, port.Ask)
	if e := port.As(err); e != nil && (len(e.Fields) == 0 || !e.Unique) {
		t.Errorf("change: places %q, unique %t; want a place named, and unique", e.Fields, e.Unique)
	}
	u.untouched(t, before)
}

func writeKnown(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	if u.Known == nil {
		t.Skip("the server knows nobody from elsewhere")
	}
	u.checked(t)
	w, number := u.Known(t)
	before := u.Count(t)
	_, err := u.System.Write(t.Context(), w)
	u.failed(t, "create", err, port.Exists)
	if e := port.As(err); e != nil && e.Number != number {
		t.Errorf("create: got number %q, want %q", e.Number, number)
	}
	if after := u.Count(t); after != before {
		t.Errorf("%d documents, want %d as before", after, before)
	}
}

func writeDelete(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	if u.Delete == nil {
		t.Skip("nothing on the server may be deleted")
	}
	u.checked(t)
	d := u.read(t, u.Delete(t))
	got, err := u.System.Write(t.Context(), record.Write{
		Op: record.DeleteDocument, Kind: d.Kind, Ref: d.Ref, Version: d.Version,
	})
	if err != nil || len(got) > 0 {
		t.Fatalf("delete: got %d documents, %v, want none", len(got), err)
	}
	_, err = u.System.Read(t.Context(), d.Ref)
	u.failed(t, "read", err, port.Gone)
}

// unknowns lists the faults of which a client cannot know whether the write took effect, and whether it has.
func unknowns() map[Fault]bool {
	return map[Fault]bool{
		CutBefore: false, ServerError: false, Unavailable: false, HTML: false,
		CutAfter: true, ErrorAfter: true, HTMLAfter: true, Truncated: true,
	}
}

func createUnknown(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	for f, effect := range unknowns() {
		documents, requests := u.Count(t), u.Requests(CreateRequest)
		u.Break(t, CreateRequest, f)
		_, err := u.System.Write(t.Context(), u.Create(t))
		u.failed(t, "create, "+string(f), err, port.Look)
		u.Mend(t)
		if got := u.Requests(CreateRequest) - requests; got != 1 {
			t.Errorf("create, %s: %d requests arrived, want one", f, got)
		}
		if got := u.Count(t) - documents; (got == 1) != effect || got > 1 {
			t.Errorf("create, %s: %d documents came to be, want one: %t", f, got, effect)
		}
	}
	if _, err := u.System.Write(t.Context(), u.Create(t)); err != nil {
		t.Errorf("create, mended: %v", err)
	}
}

func changeUnknown(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	for f, effect := range unknowns() {
		before := u.read(t, u.Make(t))
		requests := u.Requests(ChangeRequest)
		u.Break(t, ChangeRequest, f)
		_, err := u.System.Write(t.Context(), u.Change(t, before))
		u.failed(t, "change, "+string(f), err, port.Look)
		u.Mend(t)
		if got := u.Requests(ChangeRequest) - requests; got != 1 {
			t.Errorf("change, %s: %d requests arrived, want one", f, got)
		}
		if changed := u.changed(t, before); changed != effect {
			t.Errorf("change, %s: the document changed: %t, want %t", f, changed, effect)
		}
	}
}

func writeTurnedAway(t *testing.T, u *SystemUnderTest) {
	t.Helper()
	u.checked(t)
	before := u.read(t, u.Make(t))
	documents := u.Count(t)
	for f, next := range map[Fault][]port.Next{
		Unauthorized: {port.Token}, Forbidden: {port.Wait, port.Stop}, TooMany: {port.Again, port.Wait},
	} {
		for at, w := range map[Request]record.Write{CreateRequest: u.Create(t), ChangeRequest: u.Change(t, before)} {
			u.Break(t, at, f)
			_, err := u.System.Write(t.Context(), w)
			u.failed(t, string(at)+", "+string(f), err, next...)
			u.Mend(t)
		}
	}
	if got := u.Count(t); got != documents {
		t.Errorf("%d documents, want %d as before", got, documents)
	}
	u.untouched(t, before)
}

// members returns the top-level members of a document's body, but for the notes that OData makes about an answer.
func members(tb testing.TB, d record.Document) map[string]any {
	tb.Helper()
	var body map[string]any
	if err := json.Unmarshal(d.Body, &body); err != nil {
		tb.Fatalf("%s: the body is not a JSON object: %v", d.Ref, err)
	}
	maps.DeleteFunc(body, func(name string, _ any) bool { return strings.HasPrefix(name, "@") })
	return body
}
