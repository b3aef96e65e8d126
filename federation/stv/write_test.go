package stv_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// newcomer is the body of a member whom nobody knows yet.
const newcomer = `{"lastName":"Neu","firstName":"Eva","birthDate":"1991-01-01","gender":"F","language":"de","email":"Eva.NEU@example.ch",` +
	`"postalCode":"3000","city":"Bern","country":"CH","affiliations":[{"category":"04","entryDate":"2026-01-01"}]}`

func create(kind, body string) record.Write {
	return record.Write{Op: record.CreateDocument, Kind: kind, Body: []byte(body)}
}

func change(d record.Document, body string) record.Write {
	return record.Write{Op: record.ChangeDocument, Kind: d.Kind, Ref: d.Ref, Version: d.Version, Body: []byte(body)}
}

func remove(d record.Document) record.Write {
	return record.Write{Op: record.DeleteDocument, Kind: d.Kind, Ref: d.Ref, Version: d.Version}
}

// only returns the one document of a kind that there is.
func (h *house) only(t *testing.T, kind string) record.Document {
	t.Helper()
	all, _ := h.list(t, kind)
	if len(all) != 1 {
		t.Fatalf("%d documents of %s, want one", len(all), kind)
	}
	return all[0]
}

func TestANewMemberComesBackWithItsAffiliation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got, err := h.Write(t.Context(), create("members", newcomer))
	if err != nil {
		t.Fatal(err)
	}
	want := []record.Document{h.only(t, "members"), h.only(t, "affiliations")}
	if diff := cmp.Diff(want, got, unstamped()); diff != "" {
		t.Fatalf("documents (-listed +created):\n%s", diff)
	}
	member, affiliation := object(t, got[0]), object(t, got[1])
	if member["email"] != "eva.neu@example.ch" || member["memberNumber"] != "098001" {
		t.Errorf("e-mail %v, number %v; want them as the federation has them", member["email"], member["memberNumber"])
	}
	if _, nested := member["affiliations"]; nested {
		t.Error("the affiliations are in the member")
	}
	if affiliation["memberId"] != member["id"] || affiliation["status"] != "active" {
		t.Errorf("the affiliation is %v of %v, want active of %v", affiliation["status"], affiliation["memberId"], member["id"])
	}
}

func TestAnAffiliationThatIsAskedForComesBackRequested(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.AddMember(stvtest.Member{LastName: "Gast", FirstName: "Ida", BirthDate: "1985-02-03", Gender: "F"},
		stvtest.Affiliation{ClubNumber: neighbour, Category: "04", EntryDate: "2010-01-01"})
	got, err := h.Write(t.Context(), create("affiliations",
		`{"memberNumber":"`+m.MemberNumber+`","birthDate":"1985-02-03","category":"04","entryDate":"2026-03-01"}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]record.Document{h.only(t, "affiliations")}, got, unstamped()); diff != "" {
		t.Fatalf("documents (-listed +created):\n%s", diff)
	}
	if status := object(t, got[0])["status"]; status != "requested" {
		t.Errorf("status = %v, want requested", status)
	}
}

// TestAnAffiliationMayAlsoBeTakenAtOnce has the federation answer 201 to what WIRE.md 1 answers 202.
func TestAnAffiliationMayAlsoBeTakenAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, answers("POST /affiliations", 201, `{"id":"`+stranger+`","@odata.etag":"W/\"1\""}`))
	got, err := h.Write(t.Context(), create("affiliations", `{}`))
	if diff := cmp.Diff([]string{"affiliations/" + stranger}, refs(got)); diff != "" || err != nil {
		t.Errorf("error %v, documents (-want +got):\n%s", err, diff)
	}
}

func TestAChildIsCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	tests := map[string]struct{ create, change, field, want string }{
		"functions":     {`{"memberId":"ID","functionCode":"LEI","organ":"TK","startDate":"2026-01-01"}`, `{"endDate":"2026-12-31"}`, "endDate", "2026-12-31"},
		"subscriptions": {`{"memberId":"ID","publication":"GYMLIVE","language":"de","startDate":"2026-01-01"}`, `{"delivery":"digital"}`, "delivery", "digital"},
	}
	for kind, tt := range tests {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared)
			m := h.person("Muster")
			created, err := h.Write(t.Context(), create(kind, strings.Replace(tt.create, "ID", m.ID, 1)))
			if err != nil {
				t.Fatal(err)
			}
			changed, err := h.Write(t.Context(), change(created[0], tt.change))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]record.Document{h.only(t, kind)}, changed, unstamped()); diff != "" {
				t.Errorf("documents (-listed +changed):\n%s", diff)
			}
			if got := object(t, changed[0])[tt.field]; got != tt.want {
				t.Errorf("%s = %v, want %s", tt.field, got, tt.want)
			}
			if changed[0].Version == created[0].Version {
				t.Error("the version did not move")
			}
			deleted, err := h.Write(t.Context(), remove(changed[0]))
			if err != nil || deleted != nil {
				t.Errorf("deleting gave %v, %v; want nothing", refs(deleted), err)
			}
			if rest, _ := h.list(t, kind); len(rest) != 0 {
				t.Errorf("left over: %v", refs(rest))
			}
		})
	}
}

func TestAnOldVersionIsPlannedAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.person("Muster")
	seen := h.only(t, "members")
	if err := h.EditMember(m.ID, func(m *stvtest.Member) { m.City = "Trub" }); err != nil {
		t.Fatal(err)
	}
	_, err := h.Write(t.Context(), change(seen, `{"email":"nora@example.ch"}`))
	if e := failed(t, err); e.Next != port.Replan {
		t.Errorf("next = %q, want replan: %v", e.Next, err)
	}
	if got := object(t, h.only(t, "members"))["email"]; got != nil {
		t.Errorf("e-mail = %v, want none", got)
	}
}

func TestWhatTheProgramMayNotAskForIsNotSent(t *testing.T) {
	t.Parallel()
	ref := "members/" + stranger
	h := newHouse(t)
	for name, w := range map[string]record.Write{
		"a change without version":     {Op: record.ChangeDocument, Kind: "members", Ref: ref},
		"a change of any version":      {Op: record.ChangeDocument, Kind: "members", Ref: ref, Version: "*"},
		"a deletion without version":   {Op: record.DeleteDocument, Kind: "functions", Ref: "functions/" + stranger},
		"the deletion of a member":     {Op: record.DeleteDocument, Kind: "members", Ref: ref, Version: `W/"1"`},
		"that of an affiliation":       {Op: record.DeleteDocument, Kind: "affiliations", Ref: "affiliations/" + stranger, Version: `W/"1"`},
		"a change of no document":      {Op: record.ChangeDocument, Kind: "members", Ref: "contact/1", Version: `W/"1"`},
		"a document of no kind":        {Op: record.CreateDocument, Kind: "contact"},
		"a write that is none of them": {Op: "merge", Kind: "members", Ref: ref, Version: `W/"1"`},
	} {
		_, err := h.Write(t.Context(), w)
		if e := failed(t, err); e.Next != port.Stop {
			t.Errorf("%s: next = %q, want stop", name, e.Next)
		}
	}
	if got := len(h.Requests()); got != 0 {
		t.Errorf("requests = %d, want none", got)
	}
}

// TestRefusalsOfTheSimulator brings about what the rules of WIRE.md 1 refuse.
func TestRefusalsOfTheSimulator(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	type do = func(*testing.T, *house, stvtest.Member) record.Write
	plain := func(kind, body string) do {
		return func(_ *testing.T, _ *house, m stvtest.Member) record.Write {
			return create(kind, strings.ReplaceAll(body, "ID", m.ID))
		}
	}
	edit := func(kind, body string) do {
		return func(t *testing.T, h *house, _ stvtest.Member) record.Write {
			t.Helper()
			return change(h.only(t, kind), body)
		}
	}
	swap := func(from, to string) string { return strings.Replace(newcomer, from, to, 1) }
	tests := map[string]struct {
		do   do
		want port.Error
	}{
		"a category of the other sex":       {edit("affiliations", `{"category":"01"}`), port.Error{Next: port.Ask, Fields: []string{"category"}}},
		"two fields that are wrong":         {edit("members", `{"email":"nobody","phoneMobile":"12"}`), port.Error{Next: port.Ask, Fields: []string{"email", "phoneMobile"}}},
		"what the federation gives itself":  {edit("members", `{"memberNumber":"000001"}`), port.Error{Next: port.Ask, Fields: []string{"memberNumber"}}},
		"a first affiliation that is wrong": {plain("members", swap(`"04"`, `"01"`)), port.Error{Next: port.Ask, Fields: []string{"affiliations/category"}}},
		"a body that is none":               {plain("members", `[]`), port.Error{Next: port.Ask}},
		"somebody whom the federation knows": {
			plain("members", strings.NewReplacer("Neu", "Muster", "Eva", "Nora", "1991-01-01", "1990-05-17").Replace(newcomer)),
			port.Error{Next: port.Exists, Number: "098001"},
		},
		"a second affiliation with the club": {
			plain("affiliations", `{"memberId":"ID","category":"04","entryDate":"2026-01-01"}`), port.Error{Next: port.Ask, Unique: true},
		},
		"an affiliation with another club": {
			plain("affiliations", `{"memberId":"ID","clubNumber":"`+neighbour+`","category":"04","entryDate":"2026-01-01"}`),
			port.Error{Next: port.Wait, Reason: "this belongs to another club"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared)
			_, err := h.Write(t.Context(), tt.do(t, h, h.person("Muster")))
			got := *failed(t, err)
			if tt.want.Reason == "" {
				got.Reason = ""
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestAWriteThatHasToWaitSaysForWhat(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	tests := map[string]struct {
		tune   tuning
		reason string
	}{
		"a closed window":    {tuning{server: func(c *stvtest.Config) { c.WriteWindow = stvtest.WindowClosed }}, "the federation's write window is closed"},
		"a token to read":    {tuning{system: func(c *stv.Config) { c.Token = bearing(reader) }}, "the token has no right to write this"},
		"an affiliation far": {tuning{}, "this belongs to another club"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, tt.tune)
			m := h.person("Muster")
			there := h.AddAffiliation(stvtest.Affiliation{MemberID: m.ID, ClubNumber: neighbour, Category: "04", EntryDate: "2010-01-01"})
			d, err := h.Read(t.Context(), "affiliations/"+there.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, err = h.Write(t.Context(), change(d, `{"exitDate":"2026-12-31"}`))
			if e := failed(t, err); e.Next != port.Wait || e.Reason != tt.reason {
				t.Errorf("next = %q, reason = %q; want wait, %q", e.Next, e.Reason, tt.reason)
			}
		})
	}
}

// TestAnswersToAWrite shows answers that no rule of the simulator gives.
func TestAnswersToAWrite(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	says := func(text string) string { return `{"error":{"message":"-",` + text + `}}` }
	here := `{"id":"` + stranger + `","@odata.etag":"W/\"1\""}`
	survivor := "00000000-0000-4000-8000-00000000beef"
	const post, patch, del = "POST /members", "PATCH /members(" + stranger + ")", "DELETE /functions(" + stranger + ")"
	tests := map[string]struct {
		request string
		status  int
		body    string
		next    port.Next
	}{
		"a create answered as a read":            {post, 200, here, port.Look},
		"a create that is only requested":        {post, 202, here, port.Look},
		"a create without version":               {post, 201, `{"id":"` + stranger + `"}`, port.Look},
		"a create with a child without version":  {post, 201, here[:len(here)-1] + `,"affiliations":[{}]}`, port.Look},
		"a create with children of another form": {post, 201, here[:len(here)-1] + `,"affiliations":{}}`, port.Look},
		"a create answered by nothing":           {post, 201, ``, port.Look},
		"a create answered by a page":            {post, 201, `<h1>Welcome</h1>`, port.Look},
		"a create with a stranger's refusal":     {post, 400, `<h1>Bad request</h1>`, port.Look},
		"a create turned away by a proxy":        {post, 403, `<h1>Blocked</h1>`, port.Look},
		"a create led elsewhere":                 {post, 302, ``, port.Look},
		"a create where there is no set":         {post, 404, says(`"code":"NotFound"`), port.Ask},
		"someone known, without a number":        {post, 409, says(`"code":"MemberExists"`), port.Ask},
		"someone known, with what is no number":  {post, 409, says(`"code":"MemberExists","memberNumber":"Muster"`), port.Ask},
		"a change answered by another document":  {patch, 200, strings.Replace(here, stranger, survivor, 1), port.Look},
		"a change answered by nothing":           {patch, 204, ``, port.Look},
		"a change answered by an error":          {patch, 200, says(`"code":"Maintenance"`), port.Look},
		"a change of what is not there":          {patch, 404, says(`"code":"NotFound"`), port.Gone},
		"a change of what a proxy has not":       {patch, 404, `<h1>Not found</h1>`, port.Look},
		"a change of what was merged":            {patch, 410, says(`"code":"Merged","mergedInto":"` + survivor + `"`), port.Gone},
		"a change whose version went missing":    {patch, 428, says(`"code":"PreconditionRequired"`), port.Stop},
		"a change of another version":            {patch, 412, says(`"code":"PreconditionFailed"`), port.Replan},
		"a change with a type of its own":        {patch, 415, says(`"code":"UnsupportedMediaType"`), port.Ask},
		"a deletion answered as a change":        {del, 200, here, port.Look},
		"a deletion that is only requested":      {del, 202, ``, port.Look},
		"a deletion of what is not there":        {del, 404, says(`"code":"NotFound"`), port.Gone},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, answers(tt.request, tt.status, tt.body))
			w := create("members", newcomer)
			switch tt.request {
			case patch:
				w = change(record.Document{Kind: "members", Ref: "members/" + stranger, Version: `W/"0"`}, `{"city":"Trub"}`)
			case del:
				w = remove(record.Document{Kind: "functions", Ref: "functions/" + stranger, Version: `W/"0"`})
			}
			got, err := h.Write(t.Context(), w)
			e := failed(t, err)
			if e.Next != tt.next || got != nil {
				t.Errorf("next = %q with %d documents, want %q with none: %v", e.Next, len(got), tt.next, err)
			}
			if want := "members/" + survivor; tt.status == 410 && e.Into != want {
				t.Errorf("into = %q, want %q", e.Into, want)
			}
		})
	}
}

// TestNoValueOfAPersonIsInAnError has the federation quote, wherever it can, what it was sent.
func TestNoValueOfAPersonIsInAnError(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	const quoting = `{"error":{"code":"Muster 079","message":"Muster","target":"nora@example.ch","details":[` +
		`{"code":"Muster","message":"Muster","target":"city"},{"code":"x","message":"x","target":"a/Muster 7"}],"mergedInto":"Muster","memberNumber":"Muster"}}`
	for _, status := range []int{400, 401, 403, 404, 409, 410, 412, 418, 428, 429, 500, 503} {
		h := newHouse(t, shared, answers("GET /members", status, quoting), answers("POST /members", status, quoting),
			answers("GET /members("+stranger+")", status, quoting), answers("PATCH /members("+stranger+")", status, quoting))
		d := record.Document{Kind: "members", Ref: "members/" + stranger, Version: `W/"0"`}
		errs := map[string]error{
			"list":   second(h.List(t.Context(), "members", nil)),
			"read":   second(h.Read(t.Context(), d.Ref)),
			"create": second(h.Write(t.Context(), create("members", newcomer))),
			"change": second(h.Write(t.Context(), change(d, `{}`))),
		}
		for name, err := range errs {
			e := failed(t, err)
			for _, mark := range []string{"Muster", "nora", "079"} {
				if strings.Contains(err.Error()+e.Advice+e.Number+e.Into, mark) {
					t.Errorf("%s, status %d: the error quotes %q: %v", name, status, mark, err)
				}
			}
		}
	}
}

func TestALongWaitIsSaidUntilWhen(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	for _, kind := range []faults.Kind{faults.TooMany, faults.Unavailable} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared)
			h.Faults().Add(faults.Rule{Kind: kind, Delay: time.Hour})
			_, err := h.Check(t.Context())
			e := failed(t, err)
			if want := noon().Add(time.Hour); e.Next != port.Again || !e.Until.Equal(want) || len(h.Requests()) != 1 {
				t.Errorf("next = %q until %s after %d requests, want again until %s after 1", e.Next, e.Until, len(h.Requests()), want)
			}
		})
	}
}
