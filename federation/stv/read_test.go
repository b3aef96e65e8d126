package stv_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
)

const stranger = "00000000-0000-4000-8000-00000000dead"

// TestADocumentHasTheSameBytesWhereverItComesFrom compares what list, read and write give of each kind.
func TestADocumentHasTheSameBytesWhereverItComesFrom(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.person("Muster")
	h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2020-01-01"})
	h.AddSubscription(stvtest.Subscription{MemberID: m.ID, Publication: "GYMLIVE", Language: "de", StartDate: "2020-01-01"})
	for _, kind := range h.Kinds() {
		listed, _ := h.list(t, kind)
		read, err := h.Read(t.Context(), listed[0].Ref)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listed[0], read, unstamped()); diff != "" {
			t.Errorf("%s (-listed +read):\n%s", kind, diff)
		}
		written, err := h.Write(t.Context(), change(read, `{}`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(read, written[0]); diff != "" {
			t.Errorf("%s (-read +written):\n%s", kind, diff)
		}
	}
}

func TestNotesOfTheProtocolAreNoPartOfADocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t, answers("GET /members("+stranger+")", 200,
		`{"@odata.context":"$metadata#members/$entity", "id":"`+stranger+`","@odata.etag":"W/\"1\"","lastName":"M\u00fcller & \"Co\"","copies":1.50,"status":null}`))
	d, err := h.Read(t.Context(), "members/"+stranger)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + stranger + `","@odata.etag":"W/\"1\"","lastName":"M\u00fcller & \"Co\"","status":null}`
	if got := string(d.Body); got != want {
		t.Errorf("body = %s, want %s", got, want)
	}
}

func TestOnlyTheFederationSaysThatADocumentIsGone(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	const survivor = "00000000-0000-4000-8000-00000000beef"
	says := func(text string) string { return `{"error":{"message":"-",` + text + `}}` }
	tests := map[string]struct {
		status int
		body   string
		next   port.Next
		into   string
	}{
		"there is none":                     {404, says(`"code":"NotFound"`), port.Gone, ""},
		"it was merged":                     {410, says(`"code":"Merged","mergedInto":"` + survivor + `"`), port.Gone, "members/" + survivor},
		"it is gone, without a survivor":    {410, says(`"code":"Gone"`), port.Gone, ""},
		"merged into what is no document":   {410, says(`"code":"Merged","mergedInto":"../club"`), port.Gone, ""},
		"a proxy finds no such page":        {404, `<h1>Not found</h1>`, port.Look, ""},
		"a proxy finds no such page, empty": {404, ``, port.Look, ""},
		"a stranger's JSON":                 {404, `{"message":"no route"}`, port.Look, ""},
		"a proxy says that it is gone":      {410, `<h1>Gone</h1>`, port.Look, ""},
		"a missing right":                   {403, says(`"code":"Forbidden"`), port.Look, ""},
		"a request that is not understood":  {400, says(`"code":"UnknownName","target":"$select"`), port.Look, ""},
		"a refusal under 200":               {200, says(`"code":"NotFound"`), port.Look, ""},
		"a redirect to a page to sign in":   {302, ``, port.Look, ""},
		"another document":                  {200, `{"id":"` + survivor + `","@odata.etag":"W/\"1\""}`, port.Look, ""},
		"a document without version":        {200, `{"id":"` + stranger + `"}`, port.Look, ""},
		"a list":                            {200, `[]`, port.Look, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, answers("GET /members("+stranger+")", tt.status, tt.body))
			_, err := h.Read(t.Context(), "members/"+stranger)
			e := failed(t, err)
			if e.Next != tt.next || e.Into != tt.into {
				t.Errorf("next = %q into %q, want %q into %q: %v", e.Next, e.Into, tt.next, tt.into, err)
			}
		})
	}
}

func TestWhatTheSimulatorMergedOrLostIsGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	loser, survivor, lost := h.person("Muster"), h.person("Meier"), h.person("Huber")
	affiliations, _ := h.list(t, "affiliations")
	if err := h.Merge(loser.ID, survivor.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveMember(lost.ID); err != nil {
		t.Fatal(err)
	}
	into := map[string]string{
		"members/" + loser.ID: "members/" + survivor.ID,
		"members/" + lost.ID:  "",
	}
	of := map[string]string{}
	for _, d := range affiliations {
		id, _ := object(t, d)["memberId"].(string)
		of[id] = d.Ref
	}
	into[of[loser.ID]], into[of[lost.ID]] = of[survivor.ID], ""
	for ref, want := range into {
		_, err := h.Read(t.Context(), ref)
		if e := failed(t, err); e.Next != port.Gone || e.Into != want {
			t.Errorf("%s: next = %q into %q, want gone into %q", ref, e.Next, e.Into, want)
		}
	}
}

func TestWhatIsNoReferenceIsNotAskedFor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, ref := range []string{
		"", "members", "members/", "contact/123", "club/" + stranger, "members/123", "members/../club", "members/" + stranger + ")",
		"members/" + strings.ReplaceAll(stranger, "-", "_"), "members/" + stranger[:35] + "é",
	} {
		_, err := h.Read(t.Context(), ref)
		if e := failed(t, err); e.Next != port.Stop {
			t.Errorf("%q: next = %q, want stop", ref, e.Next)
		}
	}
	if got := len(h.Requests()); got != 0 {
		t.Errorf("requests = %d, want none", got)
	}
}

// unstamped compares documents without the stamp that only a listing has: it is no part of what they say.
func unstamped() cmp.Option { return cmpopts.IgnoreFields(record.Document{}, "Changed") }
