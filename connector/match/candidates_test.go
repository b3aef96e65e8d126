package match_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/match"
	"passerelle/internal/record"
)

// people gives records their references: prefix and letter.
func people(prefix string, list ...*record.Record) []*record.Record {
	for i, m := range list {
		m.Ref.Document = prefix + string(rune('a'+i))
	}
	return list
}

// said writes a pair as the letters of its two, with what is said of it.
func said(pairs []match.Pair) []string {
	var out []string
	for _, p := range pairs {
		text := fmt.Sprintf("%c%c", 'a'+p.Club, 'a'+p.Federation)
		if p.Links {
			text += " links"
		}
		if p.Waits {
			text += " waits"
		}
		out = append(out, text)
	}
	return out
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name             string
		club, federation []*record.Record
		never            []string
		want             []string
	}{
		{
			name:       "nobody is alike",
			club:       people("c", person("Graf", "Nora", "1980-05-03")),
			federation: people("f", person("Huber", "Urs", "1971-01-02"), person("Graf", "Urs", "1990-01-02"), person("Huber", "Nora", "1990-01-02"), person("Huber", "Urs", "1980-05-03")),
		},
		{
			name:       "two of three parts agree, and the best is first",
			club:       people("c", person("Graf", "Nora", "1980-05-03")),
			federation: people("f", person("Graf", "Nora", "1999-01-02"), person("Huber", "Nora", "1980-05-03"), person("Graf", "Livia", "1980-05-03")),
			want:       []string{"ab", "aa", "ac"},
		},
		{
			name:       "nothing agrees with what is empty",
			club:       people("c", person("", "", "1980-05-03"), person("Graf", "", ""), member("c")),
			federation: people("f", person("", "", "1980-05-03"), person("Graf", "", ""), member("f")),
		},
		{
			name:       "what stands for no birth date makes nobody alike",
			club:       people("c", person("Graf", "Nora", "1900-01-01")),
			federation: people("f", person("Huber", "Nora", "1900-01-01"), person("Graf", "Livia", "1900-01-01"), person("Graf", "Nora", "1980-05-03")),
			want:       []string{"ac"},
		},
		{
			name:       "a birth date that is near is no second part",
			club:       people("c", person("Graf", "Lisa", "2010-05-03")),
			federation: people("f", person("Graf", "Elsa", "2010-05-13")),
		},
		{
			name:       "twins are asked about one by one",
			club:       people("c", person("Graf", "Nora", "2010-05-03"), person("Graf", "Tim", "2010-05-03")),
			federation: people("f", person("Graf", "Tim", "2010-05-03"), person("Graf", "Nora", "2010-05-03")),
			want:       []string{"ab", "aa waits", "ba", "bb waits"},
		},
		{
			name:       "a pair that a person has parted holds nobody back",
			club:       people("c", person("Graf", "Nora", "2010-05-03"), person("Graf", "Tim", "2010-05-03")),
			federation: people("f", person("Graf", "Tim", "2010-05-03"), person("Graf", "Nora", "2010-05-03")),
			never:      []string{"ab"},
			want:       []string{"aa waits", "ba", "bb waits"},
		},
		{
			name:       "of two twins one is new",
			club:       people("c", person("Graf", "Nora", "2010-05-03"), person("Graf", "Tim", "2010-05-03")),
			federation: people("f", person("Graf", "Tim", "2010-05-03")),
			want:       []string{"aa waits", "ba"},
		},
		{
			name:       "father and son of one name",
			club:       people("c", person("Graf", "Urs", "1971-01-02"), person("Graf", "Urs", "2004-07-15")),
			federation: people("f", person("Graf", "Urs", "2004-07-15"), person("Graf", "Urs", "1971-01-02")),
			want:       []string{"ab", "aa waits", "ba", "bb waits"},
		},
		{
			name:       "two who are equally like are both asked about",
			club:       people("c", person("Graf", "Urs", "1971-01-02")),
			federation: people("f", person("Graf", "Urs", "1971-01-02"), person("Graf", "Urs", "1971-01-02")),
			want:       []string{"aa", "ab"},
		},
		{
			name:       "what waits itself holds nobody back",
			club:       people("c", person("Graf", "Nora", "1980-05-03"), person("Graf", "Nora", "1980-05-04")),
			federation: people("f", person("Graf", "Nora", "1980-05-04"), person("Graff", "Nora", "1991-01-01")),
			want:       []string{"aa waits", "ab", "ba", "bb waits"},
		},
		{
			name:       "no more than five are asked about at once",
			club:       people("c", person("Graf", "Urs", "")),
			federation: people("f", person("Graf", "Urs", "1971-01-02"), person("Graf", "Urs", "1972-01-02"), person("Graf", "Urs", "1973-01-02"), person("Graf", "Urs", "1974-01-02"), person("Graf", "Urs", "1975-01-02"), person("Graf", "Urs", "1976-01-02")),
			want:       []string{"aa", "ab", "ac", "ad", "ae", "af waits"},
		},
		{
			name:       "nor about one of the federation",
			club:       people("c", person("Graf", "Urs", "1971-01-02"), person("Graf", "Urs", "1972-01-02"), person("Graf", "Urs", "1973-01-02"), person("Graf", "Urs", "1974-01-02"), person("Graf", "Urs", "1975-01-02"), person("Graf", "Urs", "1976-01-02")),
			federation: people("f", person("Graf", "Urs", "")),
			want:       []string{"aa", "ba", "ca", "da", "ea", "fa waits"},
		},
		{
			name:       "a number links",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			federation: people("f", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			want:       []string{"aa links"},
		},
		{
			name:       "a number that another has too does not",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345"), person("Huber", "Urs", "1971-01-02", "memberNumber", "012345")),
			federation: people("f", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			want:       []string{"aa", "ba waits"},
		},
		{
			name:       "nor one that two of the federation have",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			federation: people("f", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345"), person("Huber", "Urs", "1971-01-02", "memberNumber", "012345")),
			want:       []string{"aa", "ab waits"},
		},
		{
			name:       "a number alone is a question",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			federation: people("f", person("Huber", "Urs", "1971-01-02", "memberNumber", "012345")),
			want:       []string{"aa"},
		},
		{
			name:       "nobody links whom a person has parted",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			federation: people("f", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345")),
			never:      []string{"aa"},
		},
		{
			name:       "the numbers of twins were exchanged",
			club:       people("c", person("Graf", "Nora", "2010-05-03", "memberNumber", "000001"), person("Graf", "Tim", "2010-05-03", "memberNumber", "000002")),
			federation: people("f", person("Graf", "Nora", "2010-05-03", "memberNumber", "000002"), person("Graf", "Tim", "2010-05-03", "memberNumber", "000001")),
			want:       []string{"aa", "ab waits", "bb", "ba waits"},
		},
		{
			name:       "those of a father and his son, whose birth dates one side does not have",
			club:       people("c", person("Graf", "Urs", "", "memberNumber", "000001"), person("Graf", "Urs", "", "memberNumber", "000002")),
			federation: people("f", person("Graf", "Urs", "1971-01-02", "memberNumber", "000001"), person("Graf", "Urs", "2004-07-15", "memberNumber", "000002")),
			want:       []string{"aa", "ab", "bb", "ba"},
		},
		{
			name:       "a number does not decide against a namesake who is closer",
			club:       people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "000001")),
			federation: people("f", person("Graf", "Nora", "1980-05-13", "memberNumber", "000001"), person("Graf", "Nora", "1980-05-03")),
			want:       []string{"aa", "ab"}, // b agrees in all parts, which no score outdoes
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			never := func(c, f int) bool { return slices.Contains(tt.never, fmt.Sprintf("%c%c", 'a'+c, 'a'+f)) }
			got := said(match.Candidates(tt.club, tt.federation, never))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("pairs (-want +got):\n%s", diff)
			}
		})
	}
}

// Which five of equals are asked about say their documents, whatever the order of the lists.
func TestEqualsAreOrderedByDocument(t *testing.T) {
	t.Parallel()
	one := people("x", person("Graf", "Urs", ""))
	var six []*record.Record
	for range 6 {
		six = append(six, person("Graf", "Urs", "1971-01-02"))
	}
	six = people("y", six...)
	slices.Reverse(six)
	if diff := cmp.Diff([]string{"af", "ae", "ad", "ac", "ab", "aa waits"}, said(match.Candidates(one, six, nil))); diff != "" {
		t.Errorf("six of the federation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"aa waits", "ba", "ca", "da", "ea", "fa"}, said(match.Candidates(six, one, nil))); diff != "" {
		t.Errorf("six of the club (-want +got):\n%s", diff)
	}
}

func TestDoubles(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		list []*record.Record
		want []string
	}{
		{"entered twice", people("c", person("Graf", "Nora", "1980-05-03"), person("Huber", "Urs", "1971-01-02"), person("Graff", "Nora", "1980-05-03")), []string{"ac"}},
		{"one name without a birth date may be a daughter's", people("c", person("Graf", "Nora", "1980-05-03"), person("Graf", "Nora", "")), nil},
		{"with an e-mail address of her own it is herself", people("c", person("Graf", "Nora", "1980-05-03", "email", "nora@example.org"), person("Graf", "Nora", "", "email", "nora@example.org")), []string{"ab"}},
		{"an address of the family says nothing", people("c", person("Graf", "Nora", "1980-05-03", "email", "familie@example.org"), person("Graf", "Nora", "", "email", "familie@example.org")), nil},
		{"two numbers are two people unless all three parts agree", people("c", person("Graf", "Nora", "1980-05-03", "email", "nora@example.org", "memberNumber", "000001"), person("Graf", "Nora", "", "email", "nora@example.org", "memberNumber", "000002")), nil},
		{"at the federation who was entered twice has two numbers", people("f", person("Graf", "Nora", "1980-05-03", "memberNumber", "000001"), person("Graf", "Nora", "1980-05-03", "memberNumber", "000002")), []string{"ab"}},
		{"twins are two", people("c", person("Graf", "Nora", "2010-05-03"), person("Graf", "Tim", "2010-05-03")), nil},
		{"and so are twins whose names are a letter away", people("c", person("Graf", "Lena", "2010-05-03"), person("Graf", "Nena", "2010-05-03")), nil},
		{"father and son of one name are two", people("c", person("Graf", "Urs", "1971-01-02"), person("Graf", "Urs", "2004-07-15")), nil},
		{"one first name and birth date may be chance", people("c", person("Graf", "Nora", "1980-05-03"), person("Huber", "Nora", "1980-05-03")), nil},
		{"with one mobile phone it is a marriage", people("c", person("Graf", "Nora", "1980-05-03", "phoneMobile", "+41790000001"), person("Huber", "Nora", "1980-05-03", "phoneMobile", "+41790000001")), []string{"ab"}},
		{"one number for two strangers is none", people("c", person("Graf", "Nora", "1980-05-03", "memberNumber", "012345"), person("Huber", "Urs", "1971-01-02", "memberNumber", "012345")), nil},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, said(match.Doubles(tt.list))); diff != "" {
				t.Errorf("pairs (-want +got):\n%s", diff)
			}
		})
	}
}
