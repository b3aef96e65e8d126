package propose_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"passerelle/internal/record"
	"passerelle/mapping"
	"passerelle/mapping/propose"
)

// TestPlaces asks of one place each whether it is taken for a field, and how surely.
func TestPlaces(t *testing.T) {
	t.Parallel()
	const sure, perhaps, no = "sure", "perhaps", ""
	rows := []struct {
		name  string
		field record.Field
		at    func(i int) any // what stands at custom_fields.1 of person i of 20
		tune  func(*world)
		alone bool // the federation cannot be asked
		want  string
	}{
		{name: "numbers that the federation lists of the same people", field: "memberNumber", at: func(i int) any { return number(i) }, want: sure},
		{name: "numbers in a field of numbers", field: "memberNumber", at: func(i int) any { return 100000 + i }, want: sure},
		{name: "numbers of four of twenty", field: "memberNumber", at: func(i int) any { return some(i < 4, number(i)) }, want: no},
		{name: "numbers of five of twenty", field: "memberNumber", at: func(i int) any { return some(i < 5, number(i)) }, want: sure},
		{name: "two numbers of twenty that are somebody else's", field: "memberNumber", at: func(i int) any { return number(max(i, 2)) }, want: sure},
		{name: "three numbers of twenty that are somebody else's", field: "memberNumber", at: func(i int) any { return number(max(i, 3)) }, want: no},
		{name: "numbers of the club's own", field: "memberNumber", at: func(i int) any { return strconv.Itoa(70000 + i) }, want: no},
		{name: "numbers that are listed, each of somebody else", field: "memberNumber", at: func(i int) any { return number((i + 1) % 20) }, want: no},
		{name: "numbers, and nobody to ask", field: "memberNumber", at: func(i int) any { return number(i) }, alone: true, want: perhaps},
		{name: "numbers of four digits, and nobody to ask", field: "memberNumber", at: func(i int) any { return 1000 + i }, alone: true, want: no},
		{
			name: "listed numbers of people without a birth date", field: "memberNumber", at: func(i int) any { return number(i) },
			tune: func(w *world) { w.without("birthday") }, want: sure,
		},
		{
			name: "numbers of the club's own of people without a birth date", field: "memberNumber", at: func(i int) any { return strconv.Itoa(70000 + i) },
			tune: func(w *world) { w.without("birthday") }, want: perhaps,
		},
		{name: "exit dates of people who are archived", field: "exitDate", at: func(i int) any { return some(i < 6, "2024-06-30") }, tune: archived(6), want: sure},
		{name: "of four who are archived", field: "exitDate", at: func(i int) any { return some(i < 4, "2024-06-30") }, tune: archived(4), want: perhaps},
		{name: "dates of people who are there", field: "exitDate", at: func(i int) any { return some(i < 6, "2024-06-30") }, want: perhaps},
		{name: "dates before the entry", field: "exitDate", at: func(i int) any { return some(i < 6, "2009-12-31") }, tune: archived(6), want: no},
		{name: "dates ahead", field: "exitDate", at: func(i int) any { return some(i < 6, "2027-06-30") }, tune: archived(6), want: no},
		{name: "dates that most people have", field: "exitDate", at: func(i int) any { return some(i < 10, "2024-06-30") }, tune: archived(10), want: no},
		{
			name: "dates that are no ends at the federation", field: "exitDate", at: func(i int) any { return some(i < 6, "2024-06-30") },
			tune: func(w *world) {
				archived(6)(w)
				w.everybody("affiliations", func(i int) map[string]any {
					return map[string]any{"category": "01", "status": "active", "entryDate": "2010-01-01", "exitDate": fmt.Sprintf("2020-01-%02d", 1+i)}
				})
			}, want: no,
		},
		{
			name: "phones that the federation has as private ones", field: "phonePrivate", at: func(i int) any { return fmt.Sprintf("031 300 00 %02d", i) },
			tune: func(w *world) {
				w.says("phonePrivate", func(i int) string { return fmt.Sprintf("+41 31 300 00 %02d", i) })
			}, want: sure,
		},
		{
			name: "phones that the federation has otherwise", field: "phonePrivate", at: func(i int) any { return fmt.Sprintf("031 300 00 %02d", i) },
			tune: func(w *world) {
				w.says("phonePrivate", func(i int) string { return fmt.Sprintf("+41 31 300 01 %02d", i) })
			}, want: no,
		},
		{
			name: "a country that is everybody's", field: "nationality", at: func(int) any { return "CH" },
			tune: func(w *world) { w.says("nationality", func(int) string { return "CH" }) }, want: no,
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(20, func(i int) map[string]any { return map[string]any{"1": tt.at(i)} })
			if tt.tune != nil {
				tt.tune(w)
			}
			in := w.input(t)
			if tt.alone {
				in.Federation.Documents, in.Codes = nil, nil
			}
			got := no
			for _, p := range proposed(t, in).Places {
				if p.Field == tt.field && p.At == "custom_fields.1" {
					got = map[bool]string{true: sure, false: perhaps}[p.Sure]
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// some is a value or nothing.
func some(is bool, value string) any {
	if is {
		return value
	}
	return nil
}

func archived(n int) func(*world) {
	return func(w *world) {
		for _, c := range w.contacts[:n] {
			c["status"] = "archived"
		}
	}
}

// without takes a base field from every contact.
func (w *world) without(name string) {
	for _, c := range w.contacts {
		if base, ok := c["basefields"].(map[string]any); ok {
			delete(base, name)
		}
	}
}

// says sets a field of every member at the federation.
func (w *world) says(field string, value func(i int) string) {
	for i, m := range w.members {
		m[field] = value(i)
	}
}

// everybody gives every member something at the federation.
func (w *world) everybody(kind string, of func(i int) map[string]any) {
	for i := range w.members {
		w.child(kind, i, of(i))
	}
}

func TestTwoPlacesThatSayTheSameAreBothAQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(20, func(i int) map[string]any { return map[string]any{"1": number(i), "2": number(i)} })
	p := proposed(t, w.input(t))
	var got []string
	for _, f := range p.Places {
		if f.Field == "memberNumber" && !f.Sure {
			got = append(got, f.At)
		}
	}
	if want := []string{"custom_fields.1", "custom_fields.2"}; !cmp.Equal(got, want) {
		t.Errorf("perhaps: got %v, want %v", got, want)
	}
}

func TestNamesakesAreNotCompared(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"club", "federation"} {
		w := newWorld(10, func(int) map[string]any { return nil })
		if side == "club" {
			w.contacts[0]["basefields"] = map[string]any{
				"contact_id": "999", "contact_type": "singleperson", "first_name": "Anna1", "last_name": "Muster1", "birthday": "1990-02-02",
			}
		} else {
			w.members[0] = map[string]any{"id": "999", "status": "active", "firstName": "Anna1", "lastName": "Muster1", "birthDate": "1990-02-02"}
		}
		if p := proposed(t, w.input(t)); p.Twins != 8 { // neither of the namesakes, nor who is gone for the one
			t.Errorf("two at the %s: got %d twins, want 8", side, p.Twins)
		}
	}
}

// TestThePlaceOfTheCategory asks whether a place is taken for that of the category of 20 people, of whom the federation has those
// with an even number in 01 and the others in 04.
func TestThePlaceOfTheCategory(t *testing.T) {
	t.Parallel()
	right := func(i int) string { return either(i%2 == 0, "Aktive Turner", "Aktive Turnerin") }
	wrong := func(i int) string { return right(i + 1) }
	rows := []struct {
		name string
		at   func(i int) string
		want string
	}{
		{"everybody's is the federation's", right, "sure"},
		{"that of four in five is", func(i int) string { return either(i < 16, right(i), wrong(i)) }, "sure"},
		{"that of fewer is", func(i int) string { return either(i < 15, right(i), wrong(i)) }, "perhaps"},
		{"half of the words are categories", func(i int) string { return either(i < 10, right(i), "Riege") }, "sure"},
		{"fewer are", func(i int) string { return either(i < 9, right(i), "Riege") }, ""},
		{"all words are one category", func(int) string { return "Aktive Turner" }, ""},
		{"four people have a word", func(i int) string { return first(i < 4, right(i)) }, ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(20, func(i int) map[string]any { return map[string]any{"1": tt.at(i)} })
			w.everybody("affiliations", func(i int) map[string]any {
				return map[string]any{"category": either(i%2 == 0, "01", "04"), "status": "active", "entryDate": "2010-01-01"}
			})
			got := ""
			for _, p := range proposed(t, w.input(t)).Places {
				if p.Field == "category" {
					got = either(p.Sure, "sure", "perhaps")
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSpellingsOfCategories reads what 10 people of 30 have for a membership; the others are 04, and called so.
func TestSpellingsOfCategories(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, text string
		there      func(i int) string // the category at the federation, "" for no affiliation
		want       string             // the code, with a question mark where it is not sure
	}{
		{"a name of the table", "Aktive Turner", always("01"), "01"},
		{"in another case", "aktive turner", always("01"), "01"},
		{"a part of a name", "Muki/Vaki", always(""), "15"},
		{"a part of two names", "Jugend", always(""), "?"},
		{"a part of two names, of which the federation says which", "Jugend", always("12"), "12"},
		{"a known spelling", "Jugend weiblich", always(""), "13"},
		{"a code", "1", always("01"), "01"},
		{"a code that is none", "77", always(""), "?"},
		{"a word of the club's, of which the federation says what it means", "Riege A", always("12"), "12"},
		{"of which it says so for four people", "Riege A", func(i int) string { return first(i < 4, "12") }, "12?"},
		{"of which it says so for five people", "Riege A", func(i int) string { return first(i < 5, "12") }, "12"},
		{"of which it says so for nine of ten", "Riege A", func(i int) string { return either(i < 9, "12", "13") }, "12"},
		{"of which it says so for eight of ten", "Riege A", func(i int) string { return either(i < 8, "12", "13") }, "12?"},
		{"a word that means nothing there", "Gönner", always(""), "?"},
		{"a name of which the federation says something else", "Knaben", always("01"), "12?"},
		{"a name of which it says so for half of them", "Knaben", func(i int) string { return either(i < 5, "12", "01") }, "12"},
		{"a name of which it says something else for six of ten", "Knaben", func(i int) string { return either(i < 4, "12", "01") }, "12?"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(30, func(i int) map[string]any {
				return map[string]any{"1": either(i < 10, tt.text, either(i < 28, "Aktive Turnerin", "Turner Lizenz"))}
			})
			for i := range w.members {
				if code := either(i < 10, tt.there(i), "04"); code != "" {
					w.child("affiliations", i, map[string]any{"category": code, "status": "active", "entryDate": "2010-01-01"})
				}
			}
			// A second category that is known makes a place of categories.
			w.custom(t, 28)["1"], w.custom(t, 29)["1"] = "Mädchen", "Mädchen"
			at := slices.IndexFunc(proposed(t, w.input(t)).Categories, func(s propose.Spelling) bool { return s.Text == tt.text })
			if at < 0 {
				t.Fatal("the text is not among the spellings")
			}
			s := proposed(t, w.input(t)).Categories[at]
			if got := s.Code + either(s.Sure, "", "?"); got != tt.want {
				t.Errorf("got %s, want %s (%s)", got, tt.want, s.Why)
			}
		})
	}
}

func always(code string) func(int) string { return func(int) string { return code } }

func first(is bool, text string) string { return either(is, text, "") }

func either(is bool, a, b string) string {
	if is {
		return a
	}
	return b
}

// TestFunctions gives n of 10 people a choice, and tells what they are at the federation.
func TestFunctions(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, choice string
		n            int
		there        func(i int) string // the identity, "" for none
		want         string             // the identity, with a question mark where it is not sure; "" where nothing is shown
	}{
		{"one president, by name and at the federation", "Präsidentin", 1, always("PRA|VST"), "PRA|VST"},
		{"one president whom the federation does not have", "Präsidentin", 1, always(""), "PRA|?"},
		{"half of the leaders are such at the federation", "Leiter", 4, func(i int) string { return first(i < 2, "LEI|") }, "LEI|"},
		{"fewer than half of them", "Leiter", 5, func(i int) string { return first(i < 2, "LEI|") }, "LEI|?"},
		{"leaders of two organs", "Leiter", 4, func(i int) string { return either(i < 2, "LEI|VST", "LEI|TK") }, "LEI|?"},
		{"another word of which the federation says what it means", "Riegenchef", 5, always("LEI|"), "LEI|"},
		{"of which it says so for four", "Riegenchef", 4, always("LEI|"), "LEI|?"},
		{"a word of the club's", "Festwirt", 3, always(""), "|?"},
		{"a word of two people, which is not shown", "Festwirt", 2, always(""), ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(10, func(i int) map[string]any {
				if i < tt.n {
					return map[string]any{"1": []any{tt.choice}}
				}
				return map[string]any{"1": []any{"Präsident"}[:0]}
			})
			for i := range tt.n {
				if parts := record.Parts(tt.there(i)); parts[0] != "" {
					w.child("functions", i, map[string]any{"functionCode": parts[0], "organ": parts[1], "startDate": "2020-01-01"})
				}
			}
			got := ""
			// A leader and a president who are known make a place of functions.
			w.custom(t, 9)["1"] = []any{"Leitende"}
			w.child("functions", 9, map[string]any{"functionCode": "LEI", "organ": "J+S", "startDate": "2020-01-01"})
			for _, c := range proposed(t, w.input(t)).Functions {
				if c.Text == tt.choice {
					got = record.Identity(c.Function, c.Organ) + either(c.Sure, "", "?")
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSubscriptions gives n of 20 people a delivery, and tells who of them has the publication at the federation.
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		at   func(i int) any
		n    int // who has GYMLIVE at the federation: the first n
		want string
	}{
		{"the same people have it", func(i int) any { return some(i < 6, "Papier") }, 6, "GYMLIVE"},
		{"four people have it", func(i int) any { return some(i < 4, "Papier") }, 4, "GYMLIVE?"},
		{"nobody has it there", func(i int) any { return some(i < 6, "Papier") }, 0, "?"},
		{"fewer than nine of ten have it there", func(i int) any { return some(i < 10, "Papier") }, 8, "GYMLIVE?"},
		{"more than twice as many have it there", func(i int) any { return some(i < 6, "Papier") }, 13, "?"},
		{"one says something that is no delivery", func(i int) any { return some(i < 6, either(i < 5, "Papier", "blau")) }, 6, ""},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(20, func(i int) map[string]any { return map[string]any{"1": tt.at(i)} })
			for i := range tt.n {
				w.child("subscriptions", i, map[string]any{"publication": "GYMLIVE", "delivery": "print", "language": "de", "startDate": "2020-01-01"})
			}
			var found []string
			for _, p := range proposed(t, w.input(t)).Publications {
				found = append(found, p.Publication+either(p.Sure, "", "?"))
			}
			if got := strings.Join(found, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestNoValueOfAPersonIsProposed plants a mark in everything that people hold.
func TestNoValueOfAPersonIsProposed(t *testing.T) {
	t.Parallel()
	const mark = "Zwxmarke"
	w := newWorld(30, func(i int) map[string]any {
		return map[string]any{
			"1": either(i < 28, either(i%2 == 0, "Aktive Turner", "Mädchen"), mark), // two people with a text of their own
			"2": []any{either(i < 28, "Leiter", mark)}, "3": mark, "4": mark + strconv.Itoa(i), "5": number(i),
		}
	})
	w.says("email", func(i int) string { return fmt.Sprintf("%s%d@example.org", mark, i) })
	p := proposed(t, w.input(t))
	if text := p.Text() + strings.Join(p.Summary(), "\n") + strings.Join(p.Missing(), "\n"); strings.Contains(strings.ToLower(text), strings.ToLower(mark)) {
		t.Errorf("a value of people is in what is proposed:\n%s", text)
	}
}

// TestWhateverIsSpelledLoads draws odd memberships, choices and names of fields.
func TestWhateverIsSpelledLoads(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		odd := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"no", "# x", "a: b", "\"", "'", "- a", "null", "\u2028", "Leiter\n#"}))
		membership, choice, name := odd.Draw(r, "membership"), odd.Draw(r, "choice"), odd.Draw(r, "name")
		code := rapid.OneOf(odd, rapid.SampledFrom([]string{"PRA", "14"})).Draw(r, "code")
		w := newWorld(12, func(i int) map[string]any {
			return map[string]any{
				"1": either(i < 6, membership, either(i < 9, "Aktive Turner", "Mädchen")), name: number(i), "3": []any{choice, "Leiter"}, "4": "Papier",
			}
		})
		for i := range w.members {
			w.child("affiliations", i, map[string]any{"category": either(i < 6, code, either(i < 9, "01", "13")), "status": "active", "entryDate": "2010-01-01"})
			w.child("functions", i, map[string]any{"functionCode": either(i < 11, code, "LEI"), "organ": choice, "startDate": "2020-01-01"})
			w.child("subscriptions", i, map[string]any{"publication": code, "delivery": "print", "language": "de", "startDate": "2020-01-01"})
		}
		p, err := propose.Overlay(w.input(t))
		if err != nil {
			r.Fatal(err)
		}
		if _, err := mapping.LoadText("fairgate", []byte(p.Text()), "overlay.yaml", link()); err != nil {
			r.Fatalf("%v in:\n%s", err, p.Text())
		}
	})
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	there := `profile: fairgate
places: {memberNumber: custom_fields.1, category: membership.membership}
functions: {place: custom_fields.2, choices: {"Leiter": {function: LEI, organ: ""}}}
subscriptions: [{publication: GYMLIVE, place: custom_fields.5, values: {"Papier": print}}]
codes: {category: {"01": [Aktive]}}
`
	fresh := `# another comment is none
profile: fairgate
places: {memberNumber: custom_fields.7, category: membership.membership, exitDate: custom_fields.3}
functions: {place: custom_fields.2, choices: {"Leiter": {function: LEI, organ: ""}}}
subscriptions: [{publication: GYMLIVE, place: custom_fields.6, values: {"Papier": print}}]
codes: {category: {"01": [Aktive, Aktivturner]}}
`
	got, err := propose.Differences([]byte(there), []byte(fresh))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"codes.category.01: there Aktive, proposed Aktive, Aktivturner",
		"places.exitDate: there nothing, proposed custom_fields.3",
		"places.memberNumber: there custom_fields.1, proposed custom_fields.7",
		"subscriptions.GYMLIVE.place: there custom_fields.5, proposed custom_fields.6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := propose.Differences([]byte("a: [b"), nil); err == nil {
		t.Error("of what is no YAML: no error")
	}
}
