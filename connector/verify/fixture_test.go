package verify_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/connector/verify"
	"passerelle/internal/record"
	"passerelle/mapping"
)

const clubNumber = "1.01.05.4521.00-0"

const overlay = `profile: fairgate
places:
  memberNumber: custom_fields.101
  category: membership.membership
  exitDate: custom_fields.103
functions:
  place: custom_fields.104
  choices: {"Leiter": {function: LEI, organ: ""}, "Präsidentin": {function: PRA, organ: VST}}
subscriptions:
  - {publication: GYMLIVE, place: custom_fields.105, values: {"Papier": print, "Digital": digital}}
codes:
  category: {"01": ["Aktive"], "12": ["Knaben"], "10": ["Passive"]}
`

// body is the JSON of a document, while a test still changes it.
type body map[string]any

// set puts a value at a dotted path.
func (b body) set(path string, value any) {
	at := b
	parts := strings.Split(path, ".")
	for _, name := range parts[:len(parts)-1] {
		inner, ok := at[name].(body)
		if !ok {
			inner = body{}
			at[name] = inner
		}
		at = inner
	}
	at[parts[len(parts)-1]] = value
}

// A system is a port.System with its documents in memory.
type system struct {
	kinds    []string
	docs     map[string]body // by reference
	raw      map[string]string
	account  port.Account
	checkErr error
	listErr  error
	tamper   func(*port.Certificate)
	twice    bool // a document moves to the next page while it is listed
}

func (s *system) Check(context.Context) (port.Account, error) { return s.account, s.checkErr }

func (s *system) Kinds() []string { return s.kinds }

func (s *system) List(_ context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	if s.listErr != nil {
		return port.Certificate{}, s.listErr
	}
	var docs []record.Document
	for _, ref := range slices.Sorted(maps.Keys(s.docs)) {
		if !strings.HasPrefix(ref, kind+"/") {
			continue
		}
		text, err := json.Marshal(s.docs[ref])
		if err != nil {
			return port.Certificate{}, err
		}
		if raw, ok := s.raw[ref]; ok {
			text = []byte(raw)
		}
		docs = append(docs, record.Document{Kind: kind, Ref: ref, Body: text})
	}
	c := port.Certificate{Organisation: s.account.Organisation, First: len(docs), Last: len(docs), Closed: true}
	if s.tamper != nil {
		s.tamper(&c)
	}
	for i := range docs {
		if err := page(docs[i : i+1]); err != nil {
			return port.Certificate{}, err
		}
		if s.twice {
			if err := page(docs[i : i+1]); err != nil {
				return port.Certificate{}, err
			}
		}
	}
	return c, nil
}

func (s *system) Read(context.Context, string) (record.Document, error) {
	panic("a verification lists, and reads nothing by itself")
}

func (s *system) Write(context.Context, record.Write) ([]record.Document, error) {
	panic("a verification writes nothing")
}

// A world is a link in step: one person, numbered, with an affiliation, a function and a subscription on both sides.
type world struct {
	club, federation *system
	person           port.Person
	batch            port.Batch
}

func newWorld() *world {
	w := &world{
		club: &system{
			kinds: []string{"contact"}, docs: map[string]body{"contact/1": contact("1")},
			raw: map[string]string{}, account: port.Account{Organisation: "tvb", CanWrite: true},
		},
		federation: &system{
			kinds: []string{"members", "affiliations", "functions", "subscriptions"}, docs: map[string]body{},
			raw: map[string]string{}, account: port.Account{Organisation: clubNumber, CanWrite: true},
		},
		person: port.Person{ID: 1, State: port.Linked, Number: "012345"},
	}
	w.enrol("1")
	met := port.Base{Life: map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Present}}
	pair := func(k record.Kind, identity, key, federation string) {
		w.person.Pairs = append(w.person.Pairs, port.Pair{
			Kind: k, Identity: identity, Club: record.Ref{Document: "contact/1", Key: key}, Federation: record.Ref{Document: federation}, Base: met.Clone(),
		})
	}
	pair("member", "", "", "members/m1")
	pair("affiliation", "", "", "affiliations/a1")
	pair("function", "LEI|", "custom_fields.104/Leiter", "functions/f1")
	pair("subscription", "GYMLIVE", "custom_fields.105", "subscriptions/s1")
	return w
}

// contact is a person at the club.
func contact(id string) body {
	return body{
		"basefields": body{
			"contact_id": id, "contact_type": "singleperson", "last_name": "Muster", "first_name": "Anna", "birthday": "1990-04-01",
			"gender": "female", "correspondence_language": "de",
		},
		"corr_address":  body{"street": "Weg 1", "postale_code": "3000", "city": "Bern", "country": "CH"},
		"communication": body{"primary_email": "anna@example.org", "mobile": "+41791234567"},
		"membership":    body{"membership": "Aktive", "first_joining_date": "2020-01-01"},
		"custom_fields": body{"101": "012345", "103": "", "104": []string{"Leiter"}, "105": "Papier"},
		"status":        "active",
	}
}

// enrol puts the same person into the federation.
func (w *world) enrol(n string) {
	docs := w.federation.docs
	docs["members/m"+n] = body{
		"id": "m" + n, "memberNumber": "012345", "lastName": "Muster", "firstName": "Anna", "birthDate": "1990-04-01", "gender": "F",
		"language": "de", "street": "Weg 1", "postalCode": "3000", "city": "Bern", "country": "CH", "email": "anna@example.org",
		"phoneMobile": "+41791234567", "status": "active", "exitDate": nil,
	}
	docs["affiliations/a"+n] = body{
		"id": "a" + n, "memberId": "m" + n, "clubNumber": clubNumber, "category": "01", "primary": true, "entryDate": "2020-01-01",
		"exitDate": nil, "status": "active",
	}
	docs["functions/f"+n] = body{
		"id": "f" + n, "memberId": "m" + n, "clubNumber": clubNumber, "functionCode": "LEI", "organ": "", "startDate": "2024-01-01",
		"endDate": nil,
	}
	docs["subscriptions/s"+n] = body{
		"id": "s" + n, "memberId": "m" + n, "publication": "GYMLIVE", "language": "de", "delivery": "print", "copies": 1,
		"startDate": "2024-01-01", "endDate": nil,
	}
}

// base changes what the ledger remembers of a record of the person.
func (w *world) base(k record.Kind) *port.Base {
	for i := range w.person.Pairs {
		if w.person.Pairs[i].Kind == k {
			return &w.person.Pairs[i].Base
		}
	}
	panic("the person has no pair of this kind")
}

// drop takes the pair of a kind out of the ledger.
func (w *world) drop(k record.Kind) {
	w.person.Pairs = slices.DeleteFunc(w.person.Pairs, func(p port.Pair) bool { return p.Kind == k })
}

// more adds an element to a list.
func more[T any](list *[]T) *T {
	var none T
	*list = append(*list, none)
	return &(*list)[len(*list)-1]
}

// hold lets a change wait for approval.
func (w *world) hold(side record.Side, ref string, k record.Kind, op record.Op, fields ...record.Field) {
	if w.batch.Held == nil {
		w.batch.Held = &port.Plan{ID: "p"}
	}
	item := more(&w.batch.Held.Changes)
	*item = port.PlannedItem{ID: "c", Person: "contact/1", Side: side, Record: k, Ref: ref, Kind: op, Fields: fields}
}

// profiles loads the profiles of both sides. They may be used by several worlds.
func profiles(tb testing.TB) map[record.Side]*mapping.Profile {
	tb.Helper()
	link := mapping.Link{Constants: map[string]string{"clubNumber": clubNumber}}
	club, err := mapping.LoadText("fairgate", []byte(overlay), "tvb.yaml", link)
	if err != nil {
		tb.Fatal(err)
	}
	federation, err := mapping.LoadText("stv", nil, "", link)
	if err != nil {
		tb.Fatal(err)
	}
	return map[record.Side]*mapping.Profile{record.Club: club, record.Federation: federation}
}

// config is the link of the world, its ledger filled.
func (w *world) config(tb testing.TB, read map[record.Side]*mapping.Profile) verify.Config {
	tb.Helper()
	schema, err := mapping.Schema("club")
	if err != nil {
		tb.Fatal(err)
	}
	if w.person.ID != 0 {
		w.batch.People = map[uint64]*port.Person{w.person.ID: &w.person}
	}
	store := &porttest.Memory{}
	if err := store.Commit(tb.Context(), w.batch); err != nil {
		tb.Fatal(err)
	}
	return verify.Config{
		Link: "tv-beispiel", Store: store, Schema: schema,
		Now: func() time.Time { return time.Date(2026, time.March, 14, 23, 30, 0, 0, time.UTC) }, // the 15th in Zurich
		Sides: map[record.Side]verify.End{
			record.Club:       {System: w.club, Profile: read[record.Club]},
			record.Federation: {System: w.federation, Profile: read[record.Federation]},
		},
	}
}

func (w *world) verify(tb testing.TB, read map[record.Side]*mapping.Profile) verify.Report {
	tb.Helper()
	report, err := verify.Run(tb.Context(), w.config(tb, read))
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// inStep is the report of a world in which nothing differs.
func inStep() verify.Report {
	return verify.Report{
		Link: "tv-beispiel", Pairs: 1, Equal: 1, Unpaired: map[record.Side]int{record.Club: 0, record.Federation: 0},
		Differences: []verify.Difference{},
	}
}
