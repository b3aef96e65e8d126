package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/config"
	"passerelle/internal/population"
	"passerelle/internal/simulation"
)

// caller asks one handler over real HTTP.
type caller struct {
	t      *testing.T
	base   string
	header http.Header
}

func call(t *testing.T, handler http.Handler) caller {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return caller{t, server.URL, http.Header{"Content-Type": {"application/json"}}}
}

// do returns the status and the body of an answer.
func (c caller) do(method, path string, body any, header ...string) (int, string) {
	c.t.Helper()
	var text []byte
	switch body := body.(type) {
	case nil:
	case string:
		text = []byte(body)
	default:
		var err error
		if text, err = json.Marshal(body); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header = c.header.Clone()
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, string(read)
}

// json decodes an answer that must be a success.
func (c caller) json(into any, method, path string, body any, header ...string) {
	c.t.Helper()
	status, text := c.do(method, path, body, header...)
	if status >= 300 {
		c.t.Fatalf("%s %s: %d", method, path, status)
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		c.t.Fatal(err)
	}
}

// TestTheClubAcceptsItsOwnContacts writes each seeded contact back as it is read: a seed that the API would refuse is no
// club that could be.
func TestTheClubAcceptsItsOwnContacts(t *testing.T) {
	t.Parallel()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			w := world(simulation.Config{Seed: 3, Members: 80, Shape: shape})
			c := call(t, w.ClubSystem)
			var token struct {
				Token string `json:"access_token"`
			}
			c.json(&token, "POST", "/fsa/v1.1/auth/create/"+simulation.Organisation+"/token",
				map[string]string{"access_key": simulation.AccessKey})
			c.header.Set("Authorization", "Bearer "+token.Token)
			before := w.ClubSystem.Contacts()
			contacts := "/fsa/v2.0/contact/" + simulation.Organisation + "/contacts"
			for _, contact := range before {
				path := contacts + "/" + contact.Basefields.ContactID
				var read struct {
					Data map[string]any `json:"data"`
				}
				c.json(&read, "GET", path+"/extended", nil)
				if status, text := c.do("PUT", path, read.Data); status != http.StatusOK || !strings.Contains(text, `"success":true`) {
					t.Errorf("contact/%s is refused: %d %s", contact.Basefields.ContactID, status, text)
				}
			}
			if diff := cmp.Diff(before, w.ClubSystem.Contacts()); diff != "" {
				t.Errorf("writing back what was read changed contacts:\n%s", diff)
			}
			emails := map[string]bool{}
			for _, contact := range before {
				if email := contact.Communication.PrimaryEmail; email != "" && emails[email] {
					t.Errorf("contact/%s: the primary e-mail is not unique", contact.Basefields.ContactID)
				} else {
					emails[email] = true
				}
			}
		})
	}
}

// TestTheFederationAcceptsItsOwnMembers writes each member, and what refers to it, back as it is read: the federation must
// take it, and must not rewrite it.
func TestTheFederationAcceptsItsOwnMembers(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 3, Members: 80})
	c := call(t, w.FederationSystem)
	c.header.Set("Authorization", "Bearer "+simulation.Token)
	writable := map[string][]string{
		"members": {
			"lastName", "firstName", "birthDate", "gender", "nationality", "language", "street", "postalCode", "city", "country",
			"email", "phonePrivate", "phoneMobile",
		},
		"affiliations":  {"category", "primary", "entryDate"},
		"functions":     {"organ", "startDate"},
		"subscriptions": {"language", "delivery", "startDate"},
	}
	for set, fields := range writable {
		var list struct {
			Value []map[string]any `json:"value"`
		}
		c.json(&list, "GET", stvtest.Base+"/"+set+"?$select="+strings.Join(fields, ","), nil, "Prefer", "odata.maxpagesize=1000")
		if len(list.Value) == 0 {
			t.Errorf("no %s", set)
		}
		for _, row := range list.Value {
			id, etag := fmt.Sprint(row["id"]), fmt.Sprint(row["@odata.etag"])
			delete(row, "id")
			delete(row, "@odata.etag")
			path := stvtest.Base + "/" + set + "(" + id + ")"
			status, text := c.do("PATCH", path, row, "If-Match", etag)
			if foreign := set == "affiliations" && status == http.StatusForbidden; foreign {
				continue // The other club's.
			}
			if status != http.StatusOK {
				t.Errorf("%s(%s) is refused: %d %s", set, id, status, text)
				continue
			}
			var kept map[string]any
			if err := json.Unmarshal([]byte(text), &kept); err != nil {
				t.Fatal(err)
			}
			for field, value := range row {
				if !cmp.Equal(kept[field], value) {
					t.Errorf("%s(%s): %s is not in the federation's spelling", set, id, field)
				}
			}
		}
	}
}

// TestTheTextsFitTheWorld reads the overlay and the configuration as a user's tools would.
func TestTheTextsFitTheWorld(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 60})
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write(simulation.OverlayFile, w.Overlay())
	c, err := config.Load(write("passerelle.yaml", w.ConfigYAML("http://127.0.0.1:1", "http://127.0.0.1:2", "127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Links) != 1 || c.Links[0].ID != simulation.LinkID {
		t.Errorf("got links %+v, want one, %s", c.Links, simulation.LinkID)
	}

	var overlay struct {
		Profile   string
		Places    map[string]string
		Functions struct {
			Place   string
			Choices map[string]struct{ Function, Organ string }
		}
		Subscriptions []struct {
			Publication, Place string
			Values             map[string]string
		}
		Codes map[string]map[string][]string
	}
	decoder := yaml.NewDecoder(strings.NewReader(w.Overlay()))
	decoder.KnownFields(true)
	if err := decoder.Decode(&overlay); err != nil {
		t.Fatal(err)
	}
	wantPlaces := map[string]string{
		"memberNumber": "custom_fields.101", "category": "membership.membership", "exitDate": "custom_fields.103",
	}
	if diff := cmp.Diff(wantPlaces, overlay.Places); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
	type office = struct{ Function, Organ string }
	wantChoices := map[string]office{
		"Leiter": {"LEI", ""}, "Präsidentin": {"PRA", "VST"}, "Kassier": {"KAS", ""}, "Technischer Leiter": {"TEC", ""},
	}
	if diff := cmp.Diff(wantChoices, overlay.Functions.Choices); diff != "" || overlay.Functions.Place != "custom_fields.104" {
		t.Errorf("functions at %s (-want +got):\n%s", overlay.Functions.Place, diff)
	}
	// Every word in a contact is one that the overlay knows, or the club's own.
	for _, contact := range w.ClubSystem.Contacts() {
		known := contact.Membership.Membership == ""
		for _, names := range overlay.Codes["category"] {
			known = known || slices.Contains(names, contact.Membership.Membership)
		}
		if !known {
			t.Errorf("contact/%s has a membership that the overlay does not know", contact.Basefields.ContactID)
		}
		for _, s := range overlay.Subscriptions {
			if value, ok := contact.CustomFields[strings.TrimPrefix(s.Place, "custom_fields.")].(string); ok && s.Values[value] == "" {
				t.Errorf("contact/%s has a delivery of %s that the overlay does not know", contact.Basefields.ContactID, s.Publication)
			}
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestServeUntilToldToStop(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	ctx, stop := context.WithCancel(t.Context())
	s := w.Serve(ctx, simulation.Listeners{Club: listen(t), Federation: listen(t), Control: listen(t)})
	for url, want := range map[string]int{
		s.ClubURL + "/fsa/v2.0/contact/tvb/contacts/1001/extended": http.StatusUnauthorized,
		s.FederationURL + stvtest.Base + "/club":                   http.StatusUnauthorized,
		s.ControlURL + "/_simulate/faults":                         http.StatusOK,
		s.ClubURL + "/_simulate/faults":                            http.StatusNotFound,
		s.FederationURL + "/_simulate/faults":                      http.StatusUnauthorized,
	} {
		c := caller{t, url, http.Header{}}
		if got, _ := c.do("GET", "", nil); got != want {
			t.Errorf("%s: %d, want %d", url, got, want)
		}
	}
	stop()
	if err := s.Wait(); err != nil {
		t.Errorf("after an orderly stop: %v", err)
	}
}

func TestServeFailsAsAWhole(t *testing.T) {
	t.Parallel()
	broken := listen(t)
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	w := world(simulation.Config{Seed: 1, Members: 34})
	if err := w.Serve(t.Context(), simulation.Listeners{Club: listen(t), Federation: broken}).Wait(); err == nil {
		t.Error("a listener that does not listen is no error")
	}
}

func TestKnobs(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	c, federation := call(t, w.Control()), call(t, w.FederationSystem)
	expect := func(what string, wantStatus, status int, wantText, text string) {
		t.Helper()
		if status != wantStatus || !strings.Contains(text, wantText) {
			t.Errorf("%s: %d %q, want %d with %q", what, status, text, wantStatus, wantText)
		}
	}
	status, text := c.do("POST", "/_simulate/faults", "members.list truncated times=1\n\n* delay delay=1ms\ncontacts.list lost-rows percent=5\n")
	expect("adding", http.StatusNoContent, status, "", text)
	status, text = c.do("GET", "/_simulate/faults", nil)
	expect("listing", http.StatusOK, status, "club * delay delay=1ms\nclub contacts.list lost-rows percent=5\n"+
		"federation members.list truncated times=1\nfederation * delay delay=1ms\n", text)

	for _, wrong := range []struct{ name, text, says string }{
		{"a kind that there is not", "members.list truncated\nmembers.list melted", "line 2"},
		{"an operation that neither has", "club.list truncated", `no operation "club.list"`},
	} {
		status, text = c.do("POST", "/_simulate/faults", wrong.text)
		expect(wrong.name, http.StatusBadRequest, status, wrong.says, text)
		if got := len(w.FederationSystem.Faults().List()); got != 2 {
			t.Errorf("%s: %d rules at the federation, want the 2 of before", wrong.name, got)
		}
	}

	status, text = c.do("DELETE", "/_simulate/faults", nil)
	expect("clearing", http.StatusNoContent, status, "", text)
	if got := len(w.FederationSystem.Faults().List()) + len(w.ClubSystem.Faults().List()); got != 0 {
		t.Errorf("%d rules are left", got)
	}

	federation.do("GET", stvtest.Base+"/club", nil)
	status, text = c.do("GET", "/_simulate/requests", nil)
	expect("looking back", http.StatusOK, status, `{"club":[],"federation":[{"op":"club","method":"GET","path":"`+
		stvtest.Base+`/club","query":"","status":401}]}`, text)
	status, text = c.do("DELETE", "/_simulate/requests", nil)
	expect("forgetting", http.StatusNoContent, status, "", text)
	if got := len(w.FederationSystem.Requests()); got != 0 {
		t.Errorf("%d requests are remembered", got)
	}
}

// TestEveryOperationIsOne: what the knobs call an operation is what the simulators do.
func TestEveryOperationIsOne(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	club, federation := call(t, w.ClubSystem), call(t, w.FederationSystem)
	for _, set := range []string{"members", "affiliations", "functions", "subscriptions"} {
		for _, method := range []string{"GET", "POST"} {
			federation.do(method, stvtest.Base+"/"+set, nil)
		}
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			federation.do(method, stvtest.Base+"/"+set+"(x)", nil)
		}
	}
	for _, path := range []string{"/club", "/categories", "/functionCodes", "/publications"} {
		federation.do("GET", stvtest.Base+path, nil)
	}
	federation.do("POST", stvtest.Base+"/$batch", nil)
	contacts := "/fsa/v2.0/contact/tvb/contacts"
	club.do("POST", "/fsa/v1.1/auth/create/tvb/token", nil)
	club.do("GET", contacts+"/extended", nil)
	club.do("GET", contacts+"/1001/extended", nil)
	club.do("POST", contacts, nil)
	club.do("PUT", contacts+"/1001", nil)
	club.do("DELETE", contacts+"/1001", nil)

	ops := map[string]bool{}
	for _, r := range w.ClubSystem.Requests() {
		ops[r.Op] = true
	}
	for _, r := range w.FederationSystem.Requests() {
		ops[r.Op] = true
	}
	delete(ops, "unknown")
	for op := range ops {
		if status, _ := call(t, w.Control()).do("POST", "/_simulate/faults", op+" empty"); status != http.StatusNoContent {
			t.Errorf("the knobs do not know %q", op)
		}
	}
	// A rule for every operation there is, and none for any that there is not.
	if got := len(w.ClubSystem.Faults().List()) + len(w.FederationSystem.Faults().List()); got != len(ops) || got != 29 {
		t.Errorf("%d rules for %d operations, want 29", got, len(ops))
	}
}

func TestTheNeighbourIsSeenByNobodyHere(t *testing.T) {
	t.Parallel()
	w := world(simulation.Config{Seed: 1, Members: 34})
	c := call(t, w.FederationSystem)
	c.header.Set("Authorization", "Bearer "+simulation.Token)
	var list struct {
		Count int `json:"@odata.count"`
	}
	c.json(&list, "GET", stvtest.Base+"/members?$count=true", nil)
	want := 0
	for _, p := range w.People.People {
		if p.MemberNumber != "" && p.Standing != population.Neighbour {
			want++
		}
	}
	if list.Count != want {
		t.Errorf("the club's token sees %d members, want %d", list.Count, want)
	}
}
