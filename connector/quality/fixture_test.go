package quality_test

import (
	"maps"
	"testing"

	"passerelle/connector/listing"
	"passerelle/connector/port"
	"passerelle/connector/quality"
	"passerelle/internal/record"
	"passerelle/mapping"
)

const overlay = `profile: fairgate
places:
  memberNumber: custom_fields.101
  category: membership.membership
  exitDate: custom_fields.103
functions:
  place: custom_fields.104
  choices: {"Leiter": {function: LEI, organ: ""}}
subscriptions:
  - {publication: GYMLIVE, place: custom_fields.105, values: {"Papier": print}}
codes:
  category: {"01": ["Aktive"], "02": ["Männer"], "04": ["Frauen"], "07": ["Ehren"], "12": ["Knaben"], "13": ["Mädchen"]}
`

// values are those of a person's member and affiliation, by field. "-" is not carried, "?" unreadable, "!" an unknown code.
type values map[record.Field]string

// A house is what never changes, loaded once for all the worlds of a test.
type house struct {
	checker  *quality.Checker
	schema   *record.Schema
	profiles map[record.Side]*mapping.Profile
}

func newHouse(tb testing.TB) *house {
	tb.Helper()
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	link := mapping.Link{Constants: map[string]string{"clubNumber": "1.01.05.4521.00-0"}}
	club, err := mapping.LoadText("fairgate", []byte(overlay), "overlay.yaml", link)
	must(err)
	federation, err := mapping.LoadText("stv", nil, "", link)
	must(err)
	schema, err := mapping.Schema("club")
	must(err)
	checker, err := quality.New()
	must(err)
	return &house{checker, schema, map[record.Side]*mapping.Profile{record.Club: club, record.Federation: federation}}
}

// A world is two sides, as they were shown on today.
type world struct {
	*house

	tb    testing.TB
	today record.Date
	sides map[record.Side]quality.Side
}

// world returns two sides with nobody on them, in November 2026.
func (h *house) world(tb testing.TB) *world {
	tb.Helper()
	shown := func() *listing.Listing {
		return &listing.Listing{Taken: map[string]record.Taken{}, Unread: map[string]bool{}, Children: map[string][]string{}}
	}
	w := &world{house: h, tb: tb, today: record.Date{Year: 2026, Month: 11, Day: 27}, sides: map[record.Side]quality.Side{
		record.Club: {Profile: h.profiles[record.Club], Listing: shown()}, record.Federation: {Profile: h.profiles[record.Federation], Listing: shown()},
	}}
	from := record.Date{Year: 2016, Month: 1, Day: 1}
	table := func(codes ...string) (rows []port.Code) {
		for _, code := range codes {
			rows = append(rows, port.Code{Code: code, From: from})
		}
		return rows
	}
	categories := append(table("01", "04", "05", "07", "12", "13"), port.Code{Code: "02", From: from, Until: record.Date{Year: 2025, Month: 12, Day: 31}})
	w.sides[record.Federation].Listing.Account.Codes = map[string][]port.Code{
		"category": categories, "functionCode": table("LEI", "PRA"), "publication": table("STVAKTUELL"),
	}
	return w
}

// clean are the values of somebody of whom there is nothing to say.
func clean() values {
	return values{
		"memberNumber": "100001", "lastName": "Muster", "firstName": "Reto", "birthDate": "1990-05-04", "gender": "M", "language": "de",
		"street": "Am Barren 1", "postalCode": "8610", "city": "Uster", "country": "CH", "email": "reto@example.org",
		"phoneMobile": "+41750000001", "category": "01", "entryDate": "2001-03-01", "exitDate": "",
	}
}

// add puts somebody clean on a side, but for the values given.
func (w *world) add(side record.Side, ref string, given values) {
	w.tb.Helper()
	all := clean()
	maps.Copy(all, given)
	member := record.Record{Kind: "member", Ref: record.Ref{Document: ref}}
	lead := record.Record{Kind: "affiliation", Ref: record.Ref{Document: ref}, Parent: ref, Life: record.Life{Stage: record.Present}}
	for f, v := range all {
		switch f {
		case "category", "entryDate", "exitDate":
			put(&lead, f, v)
		default:
			put(&member, f, v)
		}
	}
	taken := w.sides[side].Listing.Taken
	if side == record.Club {
		taken[ref] = record.Taken{Records: []record.Record{member, lead}}
		return
	}
	lead.Ref.Document = "affiliations/of " + ref
	taken[ref] = record.Taken{Records: []record.Record{member}}
	taken[lead.Ref.Document] = record.Taken{Records: []record.Record{lead}}
}

// stage sets where somebody's affiliation stands.
func (w *world) stage(side record.Side, ref string, stage record.Stage) {
	for _, taken := range w.sides[side].Listing.Taken {
		for i := range taken.Records {
			if r := &taken.Records[i]; r.Kind == "affiliation" && r.Parent == ref {
				r.Life.Stage = stage
			}
		}
	}
}

func put(r *record.Record, f record.Field, text string) {
	if r.Fields == nil {
		r.Fields, r.Issues = map[record.Field]record.Value{}, map[record.Field]record.Issue{}
	}
	switch text {
	case "-":
	case "?":
		r.Issues[f] = record.Unreadable
	case "!":
		r.Issues[f] = record.UnknownCode
	default:
		r.Fields[f] = record.Of(text)
	}
}

// both puts somebody clean on both sides, as contact/1 and members/m1, but for the values given for one of them.
func (w *world) both(side record.Side, given values) {
	w.tb.Helper()
	w.add(record.Club, "contact/1", nil)
	w.add(record.Federation, "members/m1", nil)
	w.add(side, map[record.Side]string{record.Club: "contact/1", record.Federation: "members/m1"}[side], given)
}

// child gives somebody a function or a subscription.
func (w *world) child(side record.Side, ref string, kind record.Kind, identity string, stage record.Stage) {
	taken := w.sides[side].Listing.Taken[ref]
	taken.Records = append(taken.Records, record.Record{
		Kind: kind, Identity: identity, Ref: record.Ref{Document: ref, Key: identity}, Parent: ref, Life: record.Life{Stage: stage},
	})
	w.sides[side].Listing.Taken[ref] = taken
}

// unread leaves a side without a listing.
func (w *world) unread(side record.Side, problem string) {
	s := w.sides[side]
	s.Listing, s.Problem = nil, problem
	w.sides[side] = s
}

func (w *world) check() quality.Report {
	return w.checker.Check(quality.Input{Today: w.today, Schema: w.schema, Sides: w.sides})
}
