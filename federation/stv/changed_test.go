package stv_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
)

// TestWhatChangedSinceASecond asks for changes at the very second of one, and after it, over several pages.
func TestWhatChangedSinceASecond(t *testing.T) {
	t.Parallel()
	h := newHouse(t, tuning{system: func(c *stv.Config) { c.PageSize = 1 }})
	var all []string
	for _, name := range []string{"Muster", "Beispiel", "Probe"} {
		all = append(all, "members/"+h.person(name).ID)
	}
	members := h.Members()
	for i := range members {
		if err := h.EditMember(members[i].ID, func(m *stvtest.Member) { m.City = "Bern" }); err != nil {
			t.Fatal(err)
		}
	}
	stamp := noon().Truncate(time.Second)
	changed := func(since time.Time) []string {
		var docs []record.Document
		delta, err := h.Changed(t.Context(), "members", since, func(page []record.Document) error {
			docs = append(docs, page...)
			return nil
		})
		latest := delta.Latest
		delta.Latest = port.Stamp{}
		if err != nil || delta != (port.Delta{Shown: len(docs), Total: len(docs)}) {
			t.Errorf("%+v, %v for %d documents", delta, err, len(docs))
		}
		if len(docs) > 0 && !latest.At.Equal(stamp) || len(docs) == 0 && latest != (port.Stamp{}) {
			t.Errorf("the highest stamp of %d documents is %+v, want %s", len(docs), latest, stamp)
		}
		return refs(docs)
	}
	want := map[string]bool{}
	for _, ref := range all {
		want[ref] = true
	}
	got := map[string]bool{}
	for _, ref := range changed(stamp.Add(999 * time.Millisecond)) { // the stamp's own second, however late in it
		got[ref] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changed in the second of the stamp (-want +got):\n%s", diff)
	}
	if late := changed(stamp.Add(time.Second)); len(late) != 0 {
		t.Errorf("changed after the last stamp: %v", late)
	}
	if _, err := h.Changed(t.Context(), "strangers", stamp, nil); err == nil {
		t.Error("a kind that there is not has changes")
	}
}

// TestAStampIsNoPartOfADocument touches a member, and holds what a listing, the changes and a read show of it against each
// other: the same bytes, but for the version.
func TestAStampIsNoPartOfADocument(t *testing.T) {
	t.Parallel()
	now := noon()
	h := newHouse(t, tuning{server: func(c *stvtest.Config) { c.Now = func() time.Time { return now } }})
	m := h.person("Muster")
	before, first := h.list(t, "members")
	now = now.Add(time.Hour)
	if err := h.EditMember(m.ID, func(*stvtest.Member) {}); err != nil {
		t.Fatal(err)
	}
	after, second := h.list(t, "members")
	if want := (port.Stamp{At: now, Ref: after[0].Ref}); second.Latest != want || first.Latest.At != noon() {
		t.Errorf("stamps = %+v, then %+v; want noon, then %+v", first.Latest, second.Latest, want)
	}
	read, err := h.Read(t.Context(), after[0].Ref)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(after[0].Body), string(read.Body)); diff != "" {
		t.Errorf("listed and read (-want +got):\n%s", diff)
	}
	touched := object(t, after[0])
	touched["@odata.etag"] = before[0].Version
	if diff := cmp.Diff(object(t, before[0]), touched); diff != "" {
		t.Errorf("touched (-want +got):\n%s", diff)
	}
}
