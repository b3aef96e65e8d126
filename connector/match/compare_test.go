package match_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/match"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// member returns a record with fields, by name and value.
func member(ref string, pairs ...string) *record.Record {
	m := &record.Record{Kind: "member", Ref: record.Ref{Document: ref}, Fields: map[record.Field]record.Value{}}
	for i := 0; i < len(pairs); i += 2 {
		m.Fields[record.Field(pairs[i])] = record.Of(pairs[i+1])
	}
	return m
}

// person returns a record with the three parts, "" for one that is not carried, and more fields.
func person(last, first, born string, more ...string) *record.Record {
	m := member("", more...)
	for f, text := range map[record.Field]string{"lastName": last, "firstName": first, "birthDate": born} {
		if text != "" {
			m.Fields[f] = record.Of(text)
		}
	}
	return m
}

// verdicts returns what the rows say, by field.
func verdicts(l match.Likeness) map[record.Field]match.Row {
	rows := map[record.Field]match.Row{}
	for _, r := range l.Rows {
		rows[r.Field] = r
	}
	return rows
}

func TestLastNames(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, a, b string
		want       match.Verdict
		rule       string
	}{
		{"the same", "Meier", "Meier", match.Equal, ""},
		{"the same in capitals, with a space for the hyphen", "Meier-Huber", "MEIER HUBER", match.Equal, ""},
		{"an umlaut in two letters is the same name", "Müller", "Mueller", match.Equal, ""},
		{"an umlaut without its dots", "Müller", "Muller", match.Near, "umlaut"},
		{"an accent that is left out is the same name", "Bérard", "Berard", match.Equal, ""},
		{"a sharp s in two letters is the same name", "Weiß", "Weiss", match.Equal, ""},
		{"one s for a sharp one", "Strauß", "Straus", match.Near, "spelling"},
		{"y for i", "Meier", "Meyer", match.Near, "spelling"},
		{"ai for ei", "Maier", "Meier", match.Near, "spelling"},
		{"a doubled letter", "Hofman", "Hofmann", match.Near, "spelling"},
		{"th for t", "Günther", "Günter", match.Near, "spelling"},
		{"ck for k", "Wicki", "Wiki", match.Near, "spelling"},
		{"ph for f", "Raphaels", "Rafaels", match.Near, "spelling"},
		{"a name before a marriage beside the new one", "Meier-Huber", "Huber", match.Near, "double name"},
		{"the new one alone", "Meier-Huber", "Meier", match.Near, "double name"},
		{"a double name the other way round", "Meier-Huber", "Huber-Meier", match.Near, "double name"},
		{"a part in another spelling", "Meyer Huber", "Meier", match.Near, "double name"},
		{"a name at birth", "Meier geb. Huber", "Huber", match.Near, "double name"},
		{"a name that a new marriage gives another neighbour", "Meier-Huber", "Huber-Keller", match.Near, "double name"},
		{"a particle that is left out", "von Rotz", "Rotz", match.Near, "particle"},
		{"an article before an apostrophe", "D'Angelo", "Angelo", match.Near, "particle"},
		{"nothing but the particle in common", "von Rotz", "von Allmen", match.Differs, ""},
		{"an apostrophe of the other kind is the same name", "L’Abate", "L'Abate", match.Equal, ""},
		{"another", "Meier", "Huber", match.Differs, ""},
		{"none on a side", "Meier", "", match.Unknown, ""},
		{"none on both", "", "", match.Unknown, ""},
		{"signs only are none", "-", "-", match.Unknown, ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := verdicts(match.Compare(person(tt.a, "", ""), person(tt.b, "", "")))["lastName"]
			if want := (match.Row{Field: "lastName", Verdict: tt.want, Rule: tt.rule}); got != want {
				t.Errorf("%q and %q: got %+v, want %+v", tt.a, tt.b, got, want)
			}
		})
	}
}

func TestFirstNames(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, a, b string
		want       match.Verdict
		rule       string
	}{
		{"the same", "Anna", "anna", match.Equal, ""},
		{"a double name in one word is the same name", "Hanspeter", "Hans-Peter", match.Equal, ""},
		{"c for k", "Claudia", "Klaudia", match.Near, "spelling"},
		{"an umlaut without its dots", "Jürg", "Jurg", match.Near, "umlaut"},
		{"the first of two", "Anna", "Anna Maria", match.Near, "double name"},
		{"the second of two", "Peter", "Hans-Peter", match.Near, "double name"},
		{"Hans for Johannes", "Hans", "Johannes", match.Near, "nickname"},
		{"Sepp for Josef", "Sepp", "Josef", match.Near, "nickname"},
		{"Sepp for Joseph", "Sepp", "Joseph", match.Near, "nickname"},
		{"Köbi for Jakob", "Köbi", "Jakob", match.Near, "nickname"},
		{"Koebi for Jacob", "Koebi", "Jacob", match.Near, "nickname"},
		{"Vreni for Verena", "Vreni", "Verena", match.Near, "nickname"},
		{"Trudi for Gertrud", "Trudi", "Gertrud", match.Near, "nickname"},
		{"Beppe for Giuseppe", "Beppe", "Giuseppe", match.Near, "nickname"},
		{"Gianni for Giovanni", "Gianni", "Giovanni", match.Near, "nickname"},
		{"JP for Jean-Pierre", "JP", "Jean-Pierre", match.Near, "nickname"},
		{"Hansueli for Hans-Ulrich", "Hansueli", "Hans-Ulrich", match.Near, "nickname"},
		{"Ueli for Ulrich, one of two", "Ueli", "Hans Ulrich", match.Near, "nickname"},
		{"Andi for Andreas", "Andi", "Andreas", match.Near, "nickname"},
		{"Andi for Andrea", "Andi", "Andrea", match.Near, "nickname"},
		{"two names with one nickname", "Andrea", "Andreas", match.Differs, ""},
		{"two nicknames of one name", "Lisa", "Elsa", match.Differs, ""},
		{"one part of two in common", "Marie-Claude", "Marie-Louise", match.Differs, ""},
		{"two that begin alike", "Jean-Luc", "Jean-Pierre", match.Differs, ""},
		{"another", "Anna", "Bettina", match.Differs, ""},
		{"none on a side", "", "Anna", match.Unknown, ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := verdicts(match.Compare(person("", tt.a, ""), person("", tt.b, "")))["firstName"]
			if want := (match.Row{Field: "firstName", Verdict: tt.want, Rule: tt.rule}); got != want {
				t.Errorf("%q and %q: got %+v, want %+v", tt.a, tt.b, got, want)
			}
		})
	}
}

// The table says nothing twice, and gives nobody a nickname that is the name itself.
func TestNicknameTable(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("nicknames.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		full, nicks, ok := strings.Cut(line, ":")
		if !ok || len(strings.Fields(nicks)) == 0 {
			t.Errorf("%q has no nicknames", line)
		}
		said := map[string]bool{mapping.FoldName(full): true}
		for nick := range strings.FieldsSeq(nicks) {
			if folded := mapping.FoldName(nick); said[folded] {
				t.Errorf("%s: %s is said twice", full, nick)
			} else {
				said[folded] = true
			}
			if got := verdicts(match.Compare(person("", nick, ""), person("", full, "")))["firstName"].Verdict; got != match.Near {
				t.Errorf("%s for %s: got %q, want near", nick, full, got)
			}
		}
	}
}

func TestBirthDates(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, a, b string
		want       match.Verdict
		rule       string
	}{
		{"the same", "1990-05-03", "1990-05-03", match.Equal, ""},
		{"another day", "1990-05-03", "1990-05-13", match.Near, "one part off"},
		{"another month", "1990-05-03", "1990-06-03", match.Near, "one part off"},
		{"another digit of the year", "1990-05-03", "1980-05-03", match.Near, "one part off"},
		{"two digits of the year exchanged", "1967-05-03", "1976-05-03", match.Near, "one part off"},
		{"another century", "1967-05-03", "2004-05-03", match.Differs, ""},
		{"day and month exchanged", "1990-05-03", "1990-03-05", match.Near, "day and month exchanged"},
		{"day and month exchanged in another year", "1990-05-03", "1991-03-05", match.Differs, ""},
		{"two parts off", "1990-05-03", "1990-06-04", match.Differs, ""},
		{"none on a side", "1990-05-03", "", match.Unknown, ""},
		{"what stands for none", "1900-01-01", "1900-01-01", match.Unknown, ""},
		{"the day after", "1900-01-02", "1900-01-02", match.Equal, ""},
		{"no date", "gestern", "gestern", match.Unknown, ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := verdicts(match.Compare(person("", "", tt.a), person("", "", tt.b)))["birthDate"]
			if want := (match.Row{Field: "birthDate", Verdict: tt.want, Rule: tt.rule}); got != want {
				t.Errorf("%s and %s: got %+v, want %+v", tt.a, tt.b, got, want)
			}
		})
	}
}

// A typing error is one where everything else says so.
func TestTypingErrors(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		a, b  *record.Record
		field record.Field
		want  match.Verdict
	}{
		{"another letter", person("Brunner", "Petra", "1990-05-03"), person("Brinner", "Petra", "1990-05-03"), "lastName", match.Near},
		{"a letter less at the beginning", person("Brunner", "Petra", "1990-05-03"), person("Runner", "Petra", "1990-05-03"), "lastName", match.Near},
		{"a letter more at the end", person("Vogt", "Petra", "1990-05-03"), person("Vogts", "Petra", "1990-05-03"), "lastName", match.Near},
		{"two neighbours exchanged", person("Gerber", "Petra", "1990-05-03"), person("Gebrer", "Petra", "1990-05-03"), "lastName", match.Near},
		{"two letters", person("Brunner", "Petra", "1990-05-03"), person("Brimner", "Petra", "1990-05-03"), "lastName", match.Differs},
		{"two letters exchanged that are no neighbours", person("Gerbar", "Petra", "1990-05-03"), person("Garber", "Petra", "1990-05-03"), "lastName", match.Differs},
		{"in a first name", person("Graf", "Petra", "1990-05-03"), person("Graf", "Perta", "1990-05-03"), "firstName", match.Near},
		{"beside a birth date that is near", person("Graf", "Petra", "1990-05-03"), person("Graf", "Perta", "1990-05-04"), "firstName", match.Near},
		{"three letters are too few to tell", person("Graf", "Tim", "2010-05-03"), person("Graf", "Tom", "2010-05-03"), "firstName", match.Differs},
		{"without a birth date", person("Graf", "Petra", ""), person("Graf", "Perta", "1990-05-03"), "firstName", match.Differs},
		{"beside another birth date", person("Graf", "Petra", "1960-01-31"), person("Graf", "Perta", "1990-05-03"), "firstName", match.Differs},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := verdicts(match.Compare(tt.a, tt.b))[tt.field]
			want := match.Row{Field: tt.field, Verdict: tt.want}
			if tt.want == match.Near {
				want.Rule = "typing error"
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// What a household shares is told as such and takes away where it tells two people apart.
func TestHousehold(t *testing.T) {
	t.Parallel()
	shared := []string{"street", "Reckstrasse 1", "postalCode", "3011", "phonePrivate", "+41310000001", "phoneMobile", "+41790000001", "email", "nora.graf@example.org"}
	mother := person("Graf", "Nora", "1980-05-03", shared...)
	told := func(l match.Likeness) map[record.Field]string {
		rules := map[record.Field]string{}
		for _, r := range l.Rows[4:] {
			rules[r.Field] = r.Rule
		}
		return rules
	}
	rows := []struct {
		name        string
		other       *record.Record
		score       int
		mail, phone string
	}{
		{"herself", person("Graf", "Nora", "1980-05-03", shared...), 25 + 30 + 35 + 10 + 5, "carries the first name", ""},
		{"her daughter of the same name", person("Graf", "Nora", "2010-02-04", shared...), 25 + 30 - 25 - 10, "same household", "same household"},
		{"her twin", person("Graf", "Tim", "1980-05-03", shared...), 25 - 30 + 35 - 10, "same household", "same household"},
		{"herself without a birth date", person("Graf", "Nora", "", shared...), 25 + 30 + 10 + 5, "carries the first name", ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := match.Compare(mother, tt.other)
			want := map[record.Field]string{"street": "same household", "phonePrivate": "same household", "phoneMobile": tt.phone, "email": tt.mail}
			if diff := cmp.Diff(want, told(l)); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if l.Score != tt.score {
				t.Errorf("score %d, want %d", l.Score, tt.score)
			}
		})
	}
	stranger := person("Huber", "Urs", "1971-01-02", shared...)
	if l := match.Compare(mother, stranger); l.Parts != 0 || len(match.Candidates([]*record.Record{mother}, []*record.Record{stranger}, nil)) != 0 {
		t.Errorf("one household makes %d parts and a candidate", l.Parts)
	}
}

// What stands beside the three parts, each by itself.
func TestBesideTheParts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		first string
		a, b  []string
		want  []match.Row
	}{
		{"one street in two towns", "Nora", []string{"street", "Reckstrasse 1", "postalCode", "3011"}, []string{"street", "Reckstrasse 1", "postalCode", "9000"}, []match.Row{{Field: "street", Verdict: match.Differs}}},
		{"a street in another spelling", "Nora", []string{"street", "Überschlagweg 2"}, []string{"street", "Ueberschlagweg 2"}, []match.Row{{Field: "street", Verdict: match.Equal, Rule: "same household"}}},
		{"two letters are in many addresses", "Jo", []string{"email", "johanna@example.org"}, []string{"email", "johanna@example.org"}, []match.Row{{Field: "email", Verdict: match.Equal, Rule: "same household"}}},
		{"a first name behind the @ is nobody's", "Nora", []string{"email", "info@nora.example.org"}, []string{"email", "info@nora.example.org"}, []match.Row{{Field: "email", Verdict: match.Equal, Rule: "same household"}}},
		{"an umlaut that an address cannot have", "Jürg", []string{"email", "jurg.graf@example.org"}, []string{"email", "jurg.graf@example.org"}, []match.Row{{Field: "email", Verdict: match.Equal, Rule: "carries the first name"}}},
		{"another sex", "Andrea", []string{"gender", "M"}, []string{"gender", "F"}, []match.Row{{Field: "gender", Verdict: match.Differs}}},
		{"what one side does not have has no row", "Nora", []string{"gender", "F", "email", "nora@example.org"}, nil, nil},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := match.Compare(person("Graf", tt.first, "", tt.a...), person("Graf", tt.first, "", tt.b...))
			if diff := cmp.Diff(tt.want, append([]match.Row(nil), l.Rows[4:]...)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProven(t *testing.T) {
	t.Parallel()
	with := func(m *record.Record, more ...string) *record.Record {
		m.Fields["memberNumber"] = record.Of("012345")
		for i := 0; i < len(more); i += 2 {
			m.Fields[record.Field(more[i])] = record.Of(more[i+1])
		}
		return m
	}
	rows := []struct {
		name string
		a, b *record.Record
		want bool
	}{
		{"all three agree", with(person("Graf", "Nora", "1980-05-03")), with(person("Graf", "Nora", "1980-05-03")), true},
		{"another number", with(person("Graf", "Nora", "1980-05-03")), with(person("Graf", "Nora", "1980-05-03"), "memberNumber", "012346"), false},
		{"a number on one side only", with(person("Graf", "Nora", "1980-05-03")), person("Graf", "Nora", "1980-05-03"), false},
		{"a marriage", with(person("Graf", "Nora", "1980-05-03")), with(person("Huber", "Nora", "1980-05-03")), true},
		{"a marriage and another day of birth", with(person("Graf", "Nora", "1980-05-03")), with(person("Huber", "Nora", "1980-05-04")), false},
		{"a marriage without a birth date", with(person("Graf", "Nora", "")), with(person("Huber", "Nora", "1980-05-03")), false},
		{"a nickname", with(person("Graf", "Vreni", "1980-05-03")), with(person("Graf", "Verena", "1980-05-03")), true},
		{"no birth date on a side", with(person("Graf", "Nora", "")), with(person("Graf", "Nora", "1980-05-03")), true},
		{"day and month exchanged", with(person("Graf", "Nora", "1980-05-03")), with(person("Graf", "Nora", "1980-03-05")), true},
		{"a twin", with(person("Graf", "Nora", "2010-05-03")), with(person("Graf", "Tim", "2010-05-03")), false},
		{"a twin whose name is a letter away", with(person("Graf", "Lena", "2010-05-03")), with(person("Graf", "Nena", "2010-05-03")), false},
		{"father and son of one name", with(person("Graf", "Urs", "1971-01-02")), with(person("Graf", "Urs", "2004-07-15")), false},
		{"a stranger", with(person("Graf", "Nora", "1980-05-03")), with(person("Huber", "Urs", "1971-01-02")), false},
		{"no first name on a side", with(person("Graf", "", "2010-05-03")), with(person("Graf", "Nora", "2010-05-03")), false},
		{"another sex", with(person("Rossi", "Andrea", "1980-05-03"), "gender", "M"), with(person("Rossi", "Andrea", "1980-05-03"), "gender", "F"), false},
		{"a first name and a number", with(person("", "Nora", "")), with(person("", "Nora", "")), false},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := match.Proven(match.Compare(tt.a, tt.b)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
