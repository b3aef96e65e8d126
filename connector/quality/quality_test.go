package quality_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/quality"
	"passerelle/internal/record"
)

const (
	club       = record.Club
	federation = record.Federation
)

// told is a finding in one line: kind, reference, field, note, the others, what is held and what is proposed.
func told(f *quality.Finding) string {
	line := []string{string(f.Kind), f.Ref, string(f.Field), f.Note}
	for _, ref := range f.With {
		line = append(line, "with "+ref)
	}
	if f.Held != "" {
		line = append(line, "holds "+f.Held)
	}
	if f.Proposed != "" {
		line = append(line, "propose "+f.Proposed)
	}
	return strings.Join(strings.Fields(strings.Join(line, " ")), " ")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	at := func(side record.Side, given values) func(*world) { return func(w *world) { w.both(side, given) } }
	newcomer := func(given values) func(*world) {
		return func(w *world) {
			all := values{"memberNumber": ""}
			maps.Copy(all, given)
			w.add(club, "contact/1", all)
		}
	}
	const noNumber = "no-number contact/1 memberNumber"
	rows := []struct {
		name string
		made func(*world)
		want []string
	}{
		{"there is nothing to say of somebody clean", at(club, nil), nil},

		{"a newcomer lacks what the federation requires", newcomer(values{"gender": "", "postalCode": ""}), []string{
			"missing contact/1 gender", "missing contact/1 postalCode", noNumber,
		}},
		{"a country that the town tells is proposed", newcomer(values{"country": ""}), []string{
			"missing contact/1 country propose CH", noNumber,
		}},
		{"a country that the town does not tell is not", newcomer(values{"country": "", "city": "Bregenz"}), []string{
			"missing contact/1 country", noNumber,
		}},
		{"a field that is not shown is missing as well", newcomer(values{"birthDate": "-"}), []string{"missing contact/1 birthDate", noNumber}},
		{"an entry date is required of the affiliation", newcomer(values{"entryDate": ""}), []string{"missing contact/1 entryDate", noNumber}},
		{"what the federation holds need not be at the club", at(club, values{"gender": "", "birthDate": "", "country": ""}), nil},
		{"what the federation does not require may lack", newcomer(values{"street": "", "email": "", "phoneMobile": ""}), []string{noNumber}},
		{"nor what it holds of somebody whose number the club does not know", func(w *world) {
			w.both(club, values{"memberNumber": "", "gender": ""})
		}, []string{noNumber + " propose 100001"}},
		{"what it holds of somebody else of the name is another's", func(w *world) {
			w.both(club, values{"memberNumber": "", "gender": "", "birthDate": "1991-05-04"})
		}, []string{"missing contact/1 gender", noNumber}},
		{"nor somebody of the same name and day with another number", func(w *world) {
			w.add(club, "contact/1", values{"gender": ""})
			w.add(federation, "members/m2", values{"memberNumber": "100002"})
		}, []string{"missing contact/1 gender", "number-unknown contact/1 memberNumber holds 100001 propose 100002"}},
		{"a number for one of two at the club is neither's", func(w *world) {
			w.both(club, values{"memberNumber": ""})
			w.add(club, "contact/2", values{"memberNumber": "", "email": ""})
		}, []string{
			"double contact/1 with contact/2", "double contact/2 with contact/1", noNumber, "no-number contact/2 memberNumber",
		}},
		{"a number that somebody else at the club has is nobody's", func(w *world) {
			w.both(club, values{"memberNumber": ""})
			w.add(club, "contact/2", values{"lastName": "Beispiel", "firstName": "Urs", "email": ""})
		}, []string{noNumber}},
		{"a number whose name stands twice at the federation is nobody's", func(w *world) {
			w.both(club, values{"memberNumber": ""})
			w.add(federation, "members/m2", values{"memberNumber": "100002", "email": ""})
		}, []string{"double members/m1 with members/m2", "double members/m2 with members/m1", noNumber}},
		{"a federation that cannot be read may hold everything", func(w *world) {
			w.add(club, "contact/1", values{"gender": ""})
			w.unread(federation, "it is away")
		}, nil},
		{"what cannot be read is not missing", newcomer(values{"birthDate": "?"}), []string{"unreadable contact/1 birthDate", noNumber}},

		{"a phone number that is none", at(club, values{"phoneMobile": "?"}), []string{"unreadable contact/1 phoneMobile"}},
		{"an e-mail address that is none, at the federation", at(federation, values{"email": "?"}), []string{"unreadable members/m1 email"}},
		{"a code of the side's own that no table has", at(club, values{"gender": "!"}), []string{"code contact/1 gender unread"}},

		{"a birth in the future", at(club, values{"birthDate": "2026-11-28"}), []string{"date contact/1 entryDate before-birth holds 2001-03-01", "date contact/1 birthDate future holds 2026-11-28"}},
		{"a birth today", at(club, values{"birthDate": "2026-11-27", "entryDate": "2026-11-27", "category": "12"}), nil},
		{"a birth more than 115 years ago", at(club, values{"birthDate": "1911-11-26"}), []string{"date contact/1 birthDate too-long-ago holds 1911-11-26"}},
		{"a birth 115 years ago", at(club, values{"birthDate": "1911-11-27"}), nil},
		{"a day that stands for none", at(federation, values{"birthDate": "1900-01-01"}), []string{"date members/m1 birthDate placeholder holds 1900-01-01"}},
		{"an entry before birth", at(club, values{"entryDate": "1990-05-03"}), []string{"date contact/1 entryDate before-birth holds 1990-05-03"}},
		{"an entry on the day of birth", at(club, values{"entryDate": "1990-05-04"}), nil},
		{"an exit before the entry", at(club, values{"entryDate": "2027-02-02", "exitDate": "2027-02-01"}), []string{"date contact/1 exitDate before-entry holds 2027-02-01"}},
		{"an exit on the day of entry", at(club, values{"entryDate": "2027-02-02", "exitDate": "2027-02-02"}), nil},

		{"a man in a category for women", at(club, values{"category": "04"}), []string{"category contact/1 category sex holds 04 propose 01"}},
		{"an honorary member of either sex", at(club, values{"category": "07"}), nil},
		{
			"somebody who is 17 this year among the boys", at(federation, values{"category": "12", "birthDate": "2009-12-31", "entryDate": "2020-01-01"}),
			[]string{"category members/m1 category too-old holds 12 propose 01"},
		},
		{
			"somebody who is 16 this year among the adults", at(club, values{"birthDate": "2010-01-01", "entryDate": "2020-01-01"}),
			[]string{"category contact/1 category too-young holds 01 propose 12"},
		},
		{"somebody who is 17 this year among the adults", at(club, values{"birthDate": "2009-12-31", "entryDate": "2020-01-01"}), nil},
		{
			"a girl among the adults", at(club, values{"birthDate": "2012-01-01", "entryDate": "2020-01-01", "gender": "F", "category": "04"}),
			[]string{"category contact/1 category too-young holds 04 propose 13"},
		},
		{
			"a category of no fitting age for a birth that cannot be", at(club, values{"category": "12", "birthDate": "1900-01-01"}),
			[]string{"date contact/1 birthDate placeholder holds 1900-01-01"},
		},

		{"a boy who moves next January, on both sides", func(w *world) {
			young := values{"category": "12", "birthDate": "2010-06-01", "entryDate": "2020-01-01"}
			w.add(club, "contact/1", young)
			w.add(federation, "members/m1", young)
		}, []string{"january contact/1 category holds 12 propose 01"}},
		{"a girl who moves next January, at the federation only", func(w *world) {
			w.add(federation, "members/m1", values{"category": "13", "gender": "F", "birthDate": "2010-06-01", "entryDate": "2020-01-01"})
		}, []string{"january members/m1 category holds 13 propose 04"}},
		{"a boy who moves a year later", at(club, values{"category": "12", "birthDate": "2011-01-01", "entryDate": "2020-01-01"}), nil},
		{"in January those move who are 17 this year", func(w *world) {
			w.today = record.Date{Year: 2027, Month: 1, Day: 15}
			w.both(club, values{"category": "12", "birthDate": "2010-06-01", "entryDate": "2020-01-01"})
		}, []string{"january contact/1 category holds 12 propose 01"}},
		{"in January nobody else moves", func(w *world) {
			w.today = record.Date{Year: 2027, Month: 1, Day: 15}
			w.both(club, values{"category": "12", "birthDate": "2011-06-01", "entryDate": "2020-01-01"})
		}, nil},

		{"a category that the federation has no more", at(club, values{"category": "02"}), []string{"code contact/1 category not-valid holds 02"}},
		{"a category that the club has no word for", at(federation, values{"category": "05", "gender": "F"}), []string{"code members/m1 category no-word holds 05"}},
		{"a function that the federation does not know", func(w *world) {
			w.both(club, nil)
			w.child(club, "contact/1", "function", "XXX|", record.Present)
		}, []string{"code contact/1 function unknown holds XXX"}},
		{"a function that it knows, and one that is over", func(w *world) {
			w.both(club, nil)
			w.child(club, "contact/1", "function", "LEI|", record.Present)
			w.child(club, "contact/1", "function", "XXX|", record.Ended)
		}, nil},
		{"a publication that the federation does not know", func(w *world) {
			w.both(club, nil)
			w.child(club, "contact/1", "subscription", "GYMLIVE", record.Present)
		}, []string{"code contact/1 publication unknown holds GYMLIVE"}},
		{"a function that the club has no place for", func(w *world) {
			w.both(club, nil)
			w.child(federation, "members/m1", "function", "PRA|VST", record.Present)
			w.child(federation, "members/m1", "function", "LEI|", record.Present)
		}, []string{"no-place members/m1 function holds PRA VST"}},

		{"a Swiss postal code of five digits", at(club, values{"postalCode": "86100"}), []string{"postal-form contact/1 postalCode holds 86100"}},
		{"a German one of four", at(club, values{"postalCode": "7812", "city": "Freiburg", "country": "DE"}), []string{"postal-form contact/1 postalCode holds 7812"}},
		{"a German one of five", at(club, values{"postalCode": "78120", "city": "Furtwangen", "country": "DE"}), nil},
		{"one of a country that nothing is known of", at(club, values{"postalCode": "SW1A", "city": "London", "country": "GB"}), nil},
		{"a town that has not the code, and one code only", at(club, values{"postalCode": "8600"}), []string{"postal-town contact/1 postalCode apart holds 8600 Uster propose 8610 Uster"}},
		{"a town that there is not, and a code of one town", at(club, values{"city": "Ustr"}), []string{"postal-town contact/1 postalCode apart holds 8610 Ustr propose 8610 Uster"}},
		{"a town of many codes with another's", at(club, values{"city": "Zürich"}), []string{"postal-town contact/1 postalCode apart holds 8610 Zürich"}},
		{"a code that there is not", at(club, values{"postalCode": "8611"}), []string{"postal-town contact/1 postalCode unlisted holds 8611 Uster propose 8610 Uster"}},
		{"a code of Liechtenstein in Switzerland", at(club, values{"postalCode": "9490", "city": "Vaduz"}), []string{"postal-town contact/1 country abroad holds CH propose LI"}},
		{"a code of Liechtenstein there", at(club, values{"postalCode": "9490", "city": "Vaduz", "country": "LI"}), nil},

		{"a last name in capitals", at(club, values{"lastName": "MÜLLER-HUBER"}), []string{"name contact/1 lastName capitals holds MÜLLER-HUBER propose Müller-Huber"}},
		{"a first name in small letters", at(federation, values{"firstName": "reto"}), []string{"name members/m1 firstName small holds reto propose Reto"}},
		{"initials", at(club, values{"firstName": "AJ"}), nil},
		{"a particle in small letters", at(club, values{"lastName": "von Arx"}), nil},

		{"somebody without a number", func(w *world) { w.add(club, "contact/1", values{"memberNumber": ""}) }, []string{noNumber}},
		{"a member of the federation without one", func(w *world) { w.add(federation, "members/m1", values{"memberNumber": ""}) }, nil},
		{"a number that the federation does not list", func(w *world) { w.add(club, "contact/1", nil) }, []string{"number-unknown contact/1 memberNumber holds 100001"}},
		{"a number that the federation lists of somebody who has left", func(w *world) {
			w.both(club, nil)
			w.stage(federation, "members/m1", record.Ended)
		}, nil},
		{"a number that cannot be read", func(w *world) { w.add(club, "contact/1", values{"memberNumber": "?"}) }, []string{"unreadable contact/1 memberNumber"}},
		{"one number twice", func(w *world) {
			w.both(club, nil)
			w.add(club, "contact/2", values{"lastName": "Beispiel", "firstName": "Urs", "email": "b@example.org"})
		}, []string{"number-twice contact/1 memberNumber with contact/2 holds 100001", "number-twice contact/2 memberNumber with contact/1 holds 100001"}},

		{"the same person twice", func(w *world) {
			w.both(club, nil)
			w.add(club, "contact/2", values{"memberNumber": "", "lastName": "MUSTER", "email": ""})
		}, []string{
			"double contact/1 with contact/2", "double contact/2 with contact/1",
			"name contact/2 lastName capitals holds MUSTER propose Muster", "no-number contact/2 memberNumber",
		}},
		{"the same person three times", func(w *world) {
			for _, ref := range []string{"members/m10", "members/m9", "members/m1"} {
				w.add(federation, ref, values{"memberNumber": "", "email": ""})
			}
		}, []string{
			"double members/m1 with members/m9 with members/m10", "double members/m9 with members/m1 with members/m10",
			"double members/m10 with members/m1 with members/m9",
		}},
		{"two of one name, of whom no birth date is known", func(w *world) {
			w.both(federation, values{"birthDate": ""})
			w.add(federation, "members/m2", values{"memberNumber": "100002", "birthDate": "", "email": ""})
		}, nil},
		{"a father and a son of one name", func(w *world) {
			w.both(club, nil)
			w.add(club, "contact/2", values{"memberNumber": "", "birthDate": "1958-11-28", "email": ""})
		}, []string{"no-number contact/2 memberNumber"}},

		{"two adults with one address, of whom the club knows one", func(w *world) {
			w.both(club, nil)
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel"})
		}, []string{"shared-email members/m1 email with members/m2 holds reto@example.org", "shared-email members/m2 email with members/m1 holds reto@example.org"}},
		{"two adults with one address, whom the club reaches by others", func(w *world) {
			w.both(club, values{"email": "own@example.org"})
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel"})
			w.add(club, "contact/2", values{"memberNumber": "100002", "lastName": "Beispiel", "email": "b@example.org"})
		}, nil},
		{"two adults with one address, of whom the club has no number of one and reaches both by others", func(w *world) {
			w.both(club, values{"memberNumber": "", "email": "own@example.org"})
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel", "firstName": "Urs"})
			w.add(club, "contact/2", values{"memberNumber": "100002", "lastName": "Beispiel", "firstName": "Urs", "email": "b@example.org"})
		}, []string{noNumber + " propose 100001"}},
		{"two adults with one address, one of whom the club reaches by another", func(w *world) {
			w.both(club, values{"email": "own@example.org"})
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel"})
		}, nil},
		{"two adults with one address that the club holds already", func(w *world) {
			w.both(club, nil)
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel"})
			w.add(club, "contact/2", values{"memberNumber": "100002", "lastName": "Beispiel"})
		}, nil},
		{"a child with a parent's address", func(w *world) {
			w.both(club, nil)
			w.add(federation, "members/m2", values{"memberNumber": "100002", "lastName": "Beispiel", "birthDate": "2010-11-28", "category": "12", "entryDate": "2020-01-01"})
		}, []string{"january members/m2 category holds 12 propose 01"}},

		{"a document that has not the form of its kind", func(w *world) {
			w.both(club, nil)
			w.sides[club].Listing.Unread["contact/9"] = true
		}, []string{"document contact/9"}},
		{"of two affiliations the one counts that takes part", func(w *world) {
			w.both(federation, values{"category": "04"})
			for _, stage := range []record.Stage{record.Ended, record.Present, record.Ended} {
				other := w.sides[federation].Listing.Taken["affiliations/of members/m1"].Records[0]
				other.Life.Stage = stage
				if stage == record.Ended {
					other.Fields = map[record.Field]record.Value{"category": record.Of("12")}
				}
				ref := "affiliations/" + strings.Repeat("x", len(w.sides[federation].Listing.Taken))
				w.sides[federation].Listing.Taken[ref] = record.Taken{Records: []record.Record{other}}
			}
			delete(w.sides[federation].Listing.Taken, "affiliations/of members/m1")
		}, []string{"category members/m1 category sex holds 04 propose 01"}},
		{"who is out of scope is not looked at", func(w *world) {
			w.both(club, values{"birthDate": "1900-01-01", "phoneMobile": "?"})
			w.stage(club, "contact/1", record.Outside)
		}, nil},
	}
	h := newHouse(t)
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := h.world(t)
			tt.made(w)
			var got []string
			report := w.check()
			for i := range report.Findings {
				f := &report.Findings[i]
				got = append(got, told(f))
				if f.Note != "" && h.checker.Catalogue.Notes[f.Note] == nil {
					t.Errorf("the catalogue has no note %q", f.Note)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Who is looked at is counted, and whom the findings are about, each once.
func TestCounts(t *testing.T) {
	t.Parallel()
	w := newHouse(t).world(t)
	w.add(club, "contact/100", values{"memberNumber": "", "lastName": "MUSTER", "firstName": "RETO"})
	w.add(club, "contact/99", values{"memberNumber": "", "lastName": "BEISPIEL", "birthDate": "1900-01-01", "entryDate": "1899-01-01"})
	w.add(club, "contact/1", values{"firstName": "RITA"})
	w.stage(club, "contact/1", record.Outside)
	w.sides[club].Listing.Taken["contact/2"] = record.Taken{Records: []record.Record{{Kind: "member", Life: record.Life{Stage: record.Outside}}}}
	w.unread(federation, "it is away")
	got := w.check()
	want := quality.Counts{
		People: map[record.Side]int{club: 2}, Outside: map[record.Side]int{club: 2},
		Severity: map[quality.Severity]map[record.Side]int{quality.Blocking: {club: 2}, quality.Mend: {club: 5}, quality.Know: {}},
		Persons:  map[quality.Severity]map[record.Side]int{quality.Blocking: {club: 1}, quality.Mend: {club: 2}, quality.Know: {}},
		Kind:     map[quality.Kind]int{quality.Date: 2, quality.Name: 3, quality.NoNumber: 2},
	}
	if diff := cmp.Diff(want, got.Counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[record.Side]string{federation: "it is away"}, got.Unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	var order []string
	for _, f := range got.Findings {
		order = append(order, string(f.Kind)+" "+f.Ref)
	}
	if diff := cmp.Diff([]string{
		"date contact/99", "date contact/99", "name contact/99", "name contact/100", "name contact/100", "no-number contact/99", "no-number contact/100",
	}, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestWithoutValues(t *testing.T) {
	t.Parallel()
	w := newHouse(t).world(t)
	w.both(club, values{"lastName": "QZXMARK", "city": "Qzxmark", "birthDate": "1900-01-01", "email": "?"})
	report := w.check()
	text, err := json.Marshal(report.WithoutValues())
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"QZXMARK", "Qzxmark", "1900"} {
		if strings.Contains(string(text), value) {
			t.Errorf("%s stands in\n%s", value, text)
		}
	}
	if report.Findings[0].Who != "Reto QZXMARK" || report.Findings[0].Ref != "contact/1" || report.Findings[0].Number != "100001" {
		t.Errorf("the report itself has lost its values, or whom it is about: %+v", report.Findings[0])
	}
}
