package propose_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"passerelle/internal/record"
	"passerelle/mapping"
	"passerelle/mapping/propose"
)

// A world is a club of invented people whom the federation has as well, before any place of the club is known. Person i is
// called Anna0 Muster0 and so on, was born in 1990 and has the number 100000+i.
type world struct {
	contacts []map[string]any
	members  []map[string]any
	children map[string][]map[string]any
}

func today() record.Date { return record.Date{Year: 2026, Month: 11, Day: 27} }

func number(i int) string { return strconv.Itoa(100000 + i) }

// newWorld returns n people; at fills in the custom fields of each.
func newWorld(n int, at func(i int) map[string]any) *world {
	w := &world{children: map[string][]map[string]any{}}
	for i := range n {
		born := fmt.Sprintf("1990-%02d-%02d", 1+i%12, 1+i%28)
		w.contacts = append(w.contacts, map[string]any{
			"basefields": map[string]any{
				"contact_id": strconv.Itoa(1000 + i), "contact_type": "singleperson",
				"first_name": fmt.Sprintf("Anna%d", i), "last_name": fmt.Sprintf("Muster%d", i), "birthday": born,
			},
			"status": "active", "membership": map[string]any{"membership": "", "first_joining_date": "2010-01-01"},
			"custom_fields": at(i),
		})
		w.members = append(w.members, map[string]any{
			"id": strconv.Itoa(i), "memberNumber": number(i), "status": "active",
			"firstName": fmt.Sprintf("Anna%d", i), "lastName": fmt.Sprintf("Muster%d", i), "birthDate": born,
		})
	}
	return w
}

// child gives person i something at the federation.
func (w *world) child(kind string, i int, fields map[string]any) {
	fields["id"], fields["memberId"], fields["clubNumber"] = fmt.Sprintf("%s%d", kind, len(w.children[kind])), strconv.Itoa(i), "1.01.05.4521.00-0"
	w.children[kind] = append(w.children[kind], fields)
}

// custom returns the custom fields of a contact.
func (w *world) custom(tb testing.TB, i int) map[string]any {
	tb.Helper()
	fields, ok := w.contacts[i]["custom_fields"].(map[string]any)
	if !ok {
		tb.Fatal("the contact has no custom fields")
	}
	return fields
}

// input is what a proposal rests on where the federation can be asked.
func (w *world) input(tb testing.TB) propose.Input {
	tb.Helper()
	in := propose.Input{
		Club: propose.Side{Profile: profile(tb, "fairgate", ""), Documents: documents(tb, "contact", "basefields.contact_id", w.contacts)},
		Federation: propose.Side{
			Profile: profile(tb, "stv", ""), Documents: documents(tb, "members", "id", w.members),
		},
		Codes: map[string][]propose.Code{
			"category": {
				{Code: "01", Names: []string{"Aktive Turner"}},
				{Code: "04", Names: []string{"Aktive Turnerin"}},
				{Code: "12", Names: []string{"Knaben/Jugend"}},
				{Code: "13", Names: []string{"Mädchen/Jugend"}},
				{Code: "15", Names: []string{"Muki/Vaki/Elki"}},
			},
			"functionCode": {{Code: "LEI", Names: []string{"Leitung"}}, {Code: "PRA", Names: []string{"Präsidium"}}},
		},
		Today: today(),
	}
	for _, kind := range []string{"affiliations", "functions", "subscriptions"} {
		in.Federation.Documents = append(in.Federation.Documents, documents(tb, kind, "id", w.children[kind])...)
	}
	return in
}

func profile(tb testing.TB, system, overlay string) *mapping.Profile {
	tb.Helper()
	p, err := mapping.LoadText(system, []byte(overlay), "overlay.yaml", link())
	if err != nil {
		tb.Fatalf("%v in:\n%s", err, overlay)
	}
	return p
}

func link() mapping.Link {
	return mapping.Link{Constants: map[string]string{"clubNumber": "1.01.05.4521.00-0"}}
}

func documents(tb testing.TB, kind, id string, bodies []map[string]any) []record.Document {
	tb.Helper()
	var docs []record.Document
	for _, body := range bodies {
		text, err := json.Marshal(body)
		if err != nil {
			tb.Fatal(err)
		}
		of := body[id]
		if kind == "contact" {
			base, _ := body["basefields"].(map[string]any)
			of = base["contact_id"]
		}
		docs = append(docs, record.Document{Kind: kind, Ref: fmt.Sprintf("%s/%v", kind, of), Body: text})
	}
	return docs
}

// proposed proposes and holds the text to what it has to be: an overlay that loads.
func proposed(tb testing.TB, in propose.Input) propose.Proposal {
	tb.Helper()
	p, err := propose.Overlay(in)
	if err != nil {
		tb.Fatal(err)
	}
	profile(tb, "fairgate", p.Text())
	return p
}
