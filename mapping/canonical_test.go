package mapping_test

import (
	"testing"

	"passerelle/internal/record"
	"passerelle/mapping"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		typ  record.Type
		text string
		want string
		bad  bool
	}{
		{name: "decomposed letters are composed", typ: record.Name, text: "Mu\u0308ller", want: "M\u00fcller"},
		{name: "a non-breaking space is a space, and spaces collapse", typ: record.Text, text: " Im\u00a0 Loh\t12 ", want: "Im Loh 12"},
		{name: "nothing but spaces is empty", typ: record.Text, text: " \u00a0 ", want: ""},

		{name: "a date is a date", typ: record.CivilDate, text: "2010-02-28", want: "2010-02-28"},
		{name: "a time is the civil date of its own offset, east", typ: record.CivilDate, text: "2010-02-28T00:00:00+14:00", want: "2010-02-28"},
		{name: "a time is the civil date of its own offset, west", typ: record.CivilDate, text: "2010-02-28T23:30:00-12:00", want: "2010-02-28"},
		{name: "a Swiss date is read", typ: record.CivilDate, text: "28.2.2010", want: "2010-02-28"},
		{name: "a Swiss date with zeros is read", typ: record.CivilDate, text: "08.02.2010", want: "2010-02-08"},
		{name: "the year 1 is no date", typ: record.CivilDate, text: "0001-01-01", want: ""},
		{name: "30 February does not exist", typ: record.CivilDate, text: "2010-02-30", bad: true},
		{name: "a word is no date", typ: record.CivilDate, text: "Ende Saison", bad: true},

		{name: "a Swiss number without prefix", typ: record.Phone, text: "079 733 58 42", want: "+41797335842"},
		{name: "a number with 00", typ: record.Phone, text: "0041 79 733 58 42", want: "+41797335842"},
		{name: "a number with the zero in brackets", typ: record.Phone, text: "+41 (0)79 733 58 42", want: "+41797335842"},
		{name: "a number with strokes", typ: record.Phone, text: "079/733.58.42", want: "+41797335842"},
		{name: "a foreign number", typ: record.Phone, text: "+49 1512 3456789", want: "+4915123456789"},
		{name: "words are no number", typ: record.Phone, text: "intern 23, abends", bad: true},
		{name: "a number with words would lose them", typ: record.Phone, text: "079 733 58 42 abends", bad: true},
		{name: "two numbers would lose one", typ: record.Phone, text: "079 733 58 42 / 044 310 12 34", bad: true},
		{name: "an extension would be lost", typ: record.Phone, text: "044 310 12 34 ext. 5", bad: true},
		{name: "too few digits", typ: record.Phone, text: "12345", bad: true},

		{name: "an address is in lower case as a whole", typ: record.Email, text: "Anna.Muster@Example.ORG", want: "anna.muster@example.org"},
		{name: "a name beside the address would be lost", typ: record.Email, text: "Anna <anna@example.org>", bad: true},
		{name: "two addresses would lose one", typ: record.Email, text: "a@example.org, b@example.org", bad: true},
		{name: "no host", typ: record.Email, text: "anna@", bad: true},

		{name: "a code", typ: record.Country, text: "ch", want: "CH"},
		{name: "a German name", typ: record.Country, text: "Schweiz", want: "CH"},
		{name: "a French name", typ: record.Country, text: "suisse", want: "CH"},
		{name: "an Italian name", typ: record.Country, text: "SVIZZERA", want: "CH"},
		{name: "an English name", typ: record.Country, text: "Switzerland", want: "CH"},
		{name: "a name with marks, without them", typ: record.Country, text: "Österreich", want: "AT"},
		{name: "three letters", typ: record.Country, text: "CHE", want: "CH"},
		{name: "no country", typ: record.Country, text: "Entenhausen", bad: true},

		{name: "a language", typ: record.Language, text: "FR", want: "fr"},
		{name: "a language of a country", typ: record.Language, text: "de_CH", want: "de"},
		{name: "a language that the federation does not know is one", typ: record.Language, text: "en", want: "en"},
		{name: "no language", typ: record.Language, text: "Mundart", bad: true},

		{name: "1 is male", typ: record.Sex, text: "1", want: "M"},
		{name: "2 is female", typ: record.Sex, text: "2", want: "F"},
		{name: "F", typ: record.Sex, text: "f", want: "F"},
		{name: "3 is neither", typ: record.Sex, text: "3", bad: true},

		{name: "a number keeps its leading zero", typ: record.MemberNumber, text: "012345", want: "012345"},
		{name: "a number gets its leading zero back", typ: record.MemberNumber, text: "12345", want: "012345"},
		{name: "zero is no number", typ: record.MemberNumber, text: "0", want: ""},
		{name: "seven digits are none of ours", typ: record.MemberNumber, text: "1234567", bad: true},
		{name: "a number with a letter", typ: record.MemberNumber, text: "12345a", bad: true},

		{name: "copies without leading zeros", typ: record.Number, text: "002", want: "2"},
		{name: "a fraction is no number of copies", typ: record.Number, text: "1.5", bad: true},
		{name: "true is yes", typ: record.YesNo, text: "true", want: "yes"},
		{name: "Nein is no", typ: record.YesNo, text: "Nein", want: "no"},
		{name: "perhaps is neither", typ: record.YesNo, text: "perhaps", bad: true},
	}
	for _, tt := range rows {
		t.Run(string(tt.typ)+": "+tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := mapping.Canonical(tt.typ, tt.text)
			switch {
			case tt.bad && err == nil:
				t.Errorf("got %q, want an error", got.Text())
			case !tt.bad && (err != nil || got != record.Of(tt.want)):
				t.Errorf("got %q, %v, want %q", got.Text(), err, tt.want)
			}
		})
	}
}

func TestFoldName(t *testing.T) {
	t.Parallel()
	same := [][]string{
		{"Müller", "Mu\u0308ller", "MUELLER", "mueller"},
		{"Weiß", "WEISS", "weiss"},
		{"Zoé", "Zoe", "ZOE\u0301"},
		{"D'Angelo", "d’angelo", "Dangelo"},
		{"Meier-Huber", "Meier Huber", "meier\u00a0huber"},
		{"Sørensen", "Soerensen"},
		{"François", "FRANCOIS"},
	}
	folded := map[string]string{}
	for _, names := range same {
		for _, name := range names {
			got := mapping.FoldName(name)
			if want := mapping.FoldName(names[0]); got != want {
				t.Errorf("%q folds to %q, %q to %q", name, got, names[0], want)
			}
			if other, taken := folded[got]; taken && other != names[0] {
				t.Errorf("%q and %q fold to the same", name, other)
			}
			folded[got] = names[0]
		}
	}
	if mapping.FoldName("Müller") == mapping.FoldName("Muller") {
		t.Error("Müller and Muller are two names")
	}
}

func FuzzCanonical(f *testing.F) {
	types := []record.Type{
		record.Text, record.Name, record.CivilDate, record.Phone, record.Email, record.Country, record.Language, record.Sex,
		record.Code, record.Number, record.MemberNumber, record.YesNo,
	}
	for i, text := range []string{"Mu\u0308ller", "28.2.2010", "079 733 58 42", "A@b.ch", "Schweiz", "de-CH", "1", "12345"} {
		f.Add(uint8(i), text)
	}
	f.Fuzz(func(t *testing.T, n uint8, text string) {
		typ := types[int(n)%len(types)]
		once, err := mapping.Canonical(typ, text)
		if err != nil {
			return
		}
		twice, err := mapping.Canonical(typ, once.Text())
		if err != nil || twice != once {
			t.Errorf("%s: %q becomes %q, and that becomes %q, %v", typ, text, once.Text(), twice.Text(), err)
		}
	})
}
