package fairgatetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/club/fairgate/fairgatetest"
)

const (
	writeKey = "key-that-writes"
	readKey  = "key-that-reads"
	contacts = "/fsa/v2.0/contact/tvb/contacts"
	create   = "/fsa/v1.1/auth/create/tvb/token"
	refresh  = "/fsa/v1.1/auth/refresh/tvb/token"
)

// A club is a simulator behind a real connection, held to its document, and a client with a key.
type club struct {
	*fairgatetest.Server
	url    string
	client *http.Client
	clock  *clock
	token  string
}

// open returns a club; settings change its configuration first.
func open(t *testing.T, settings ...func(*fairgatetest.Config)) *club {
	t.Helper()
	clock := &clock{now: time.Date(2026, time.March, 15, 12, 0, 0, 0, time.UTC)}
	config := fairgatetest.Config{
		Organisation: "tvb",
		Keys:         map[string]fairgatetest.Right{writeKey: fairgatetest.Write, readKey: fairgatetest.Read},
		Now:          clock.Now,
		CustomFields: []fairgatetest.CustomField{
			{ID: "101", Label: "Verbandsnummer", Type: fairgatetest.CustomText},
			{ID: "102", Label: "GYMLIVE", Type: fairgatetest.CustomChoice, Choices: []string{"Papier", "Digital"}},
			{ID: "103", Label: "Austritt", Type: fairgatetest.CustomDate, NoFuture: true},
			{ID: "104", Label: "Funktionen", Type: fairgatetest.CustomChoices, Choices: []string{"Leiter", "Kassier", "Präsidentin"}},
			{ID: "105", Label: "Nächste Ehrung", Type: fairgatetest.CustomDate},
		},
		Memberships: []string{"Aktive Turnerin", "Passivmitglied"},
		Roles:       []fairgatetest.Role{{RoleID: 12, RoleName: "Präsidentin"}, {RoleID: 13, RoleName: "Kassier"}},
	}
	for _, set := range settings {
		set(&config)
	}
	server := fairgatetest.New(config)
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	checker, err := server.Hold(document)
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(func() {
		listening.Close()
		for _, violation := range checker.Violations() {
			t.Errorf("against openapi.yaml: %s", violation)
		}
	})
	c := &club{Server: server, url: listening.URL, client: listening.Client(), clock: clock}
	c.as(t, writeKey)
	c.ResetRequests()
	return c
}

// as makes the client use a key from now on.
func (c *club) as(t *testing.T, key string) {
	t.Helper()
	got := c.post(t, create, map[string]any{"access_key": key})
	token, ok := at(got.body, "access_token").(string)
	if !ok {
		token, ok = at(got.body, "data.token").(string)
	}
	if !ok {
		t.Fatalf("no token: %d %v", got.status, got.body)
	}
	c.token = token
}

// reply is an answer as read.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

// fields returns the fields that the answer complains about.
func (r reply) fields() []string {
	var fields []string
	list, _ := r.body["errors"].([]any)
	for _, e := range list {
		field, _ := at(e, "field").(string)
		fields = append(fields, field)
	}
	return fields
}

func (c *club) get(t *testing.T, path string) reply {
	t.Helper()
	return c.send(t, http.MethodGet, path, "", "")
}

func (c *club) post(t *testing.T, path string, body any) reply {
	t.Helper()
	return c.send(t, http.MethodPost, path, "application/json", encode(t, body))
}

func (c *club) put(t *testing.T, id string, body any) reply {
	t.Helper()
	return c.send(t, http.MethodPut, contacts+"/"+id, "application/json", encode(t, body))
}

// contact reads one contact, which must be there.
func (c *club) contact(t *testing.T, id string) map[string]any {
	t.Helper()
	got := c.get(t, contacts+"/"+id+"/extended")
	doc, ok := got.body["data"].(map[string]any)
	if got.status != http.StatusOK || !ok {
		t.Fatalf("read contact %s: %d %v", id, got.status, got.body)
	}
	return doc
}

func (c *club) send(t *testing.T, method, path, kind, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{status: answer.StatusCode, header: answer.Header}
	got.body = decode(t, string(text))
	return got
}

// A clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// inEachWorld runs a test in both shapes and in both ways to merge.
func inEachWorld(t *testing.T, test func(t *testing.T, world func(*fairgatetest.Config))) {
	t.Helper()
	for _, shape := range []fairgatetest.Shape{fairgatetest.ClubShape, fairgatetest.FederationShape} {
		for _, merge := range []fairgatetest.Merge{fairgatetest.Deep, fairgatetest.Shallow} {
			t.Run(string(shape)+" shape, "+string(merge)+" merge", func(t *testing.T) {
				t.Parallel()
				test(t, func(c *fairgatetest.Config) { c.Shape, c.Merge = shape, merge })
			})
		}
	}
}

func federationShape(c *fairgatetest.Config) { c.Shape = fairgatetest.FederationShape }
func shallow(c *fairgatetest.Config)         { c.Merge = fairgatetest.Shallow }

// vreni is a contact with something in every place.
func vreni() fairgatetest.Contact {
	return fairgatetest.Contact{
		Basefields: fairgatetest.Basefields{
			FirstName: "Vreni", LastName: "Oberhänsli", ContactType: "singleperson", Salutation: "informal",
			CorrespondenceLanguage: "de", Gender: "female", Birthday: "1990-07-04",
		},
		Status:     "active",
		Membership: fairgatetest.Membership{Membership: "Aktive Turnerin", FirstJoiningDate: "2004-08-01"},
		FederationData: fairgatetest.FederationData{
			FederationContactID: "012345", FederationMembership: "Aktive Turnerin", FederationFirstJoiningDate: "2004-09-01",
		},
		CorrAddress: fairgatetest.Address{Street: "Nirgendweg 3", City: "Musterlingen", PostaleCode: "8999", Country: "Schweiz"},
		Communication: fairgatetest.Communication{
			PrimaryEmail: "vreni@example.org", Mobile: "079 000 00 01", Handy2: "079 000 00 02", Website: "https://example.org",
		},
		ClubAssignments: fairgatetest.ClubAssignments{
			Primary: fairgatetest.Assignment{
				OrganizationID: 7, Organization: "TV Beispiel", Membership: "Aktive Turnerin",
				ExecutiveBoard: []fairgatetest.Role{{RoleID: 12, RoleName: "Präsidentin"}, {RoleID: 13, RoleName: "Kassier"}},
			},
			Secondary: []fairgatetest.Assignment{{OrganizationID: 8, Organization: "TV Anderswo"}},
		},
		CustomFields: map[string]any{
			"101": "012345", "102": "Papier", "103": "2026-03-15", "104": []string{"Leiter", "Kassier"},
		},
	}
}

// at returns the value at a dotted path of a JSON document, nil where there is none.
func at(doc any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := doc.(map[string]any)
		doc = object[name]
	}
	return doc
}

// carrying returns the body of a write as a careful client builds it: the top-level member at the head of a dotted path,
// whole as just read, with one value changed.
func carrying(t *testing.T, doc map[string]any, path string, value any) map[string]any {
	t.Helper()
	top, inner, nested := strings.Cut(path, ".")
	if !nested {
		return map[string]any{top: value}
	}
	member, _ := decode(t, encode(t, map[string]any{"copy": doc[top]}))["copy"].(map[string]any)
	if member == nil {
		member = map[string]any{}
	}
	place := member
	names := strings.Split(inner, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := place[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			place[name] = next
		}
		place = next
	}
	place[names[len(names)-1]] = value
	return map[string]any{top: member}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	if s, ok := v.(string); ok {
		return s
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("not a JSON object: %.200s", text)
	}
	return doc
}
