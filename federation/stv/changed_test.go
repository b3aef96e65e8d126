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
		if err != nil || delta != (port.Delta{Shown: len(docs)}) {
			t.Errorf("%+v, %v for %d documents", delta, err, len(docs))
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
