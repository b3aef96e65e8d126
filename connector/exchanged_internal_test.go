package connector

import (
	"testing"

	"passerelle/internal/record"
)

func TestAnotherPerson(t *testing.T) {
	t.Parallel()
	is := func(last, first, born string) *record.Record {
		return &record.Record{Fields: map[record.Field]record.Value{
			lastName: record.Of(last), firstName: record.Of(first), birthDate: record.Of(born),
		}}
	}
	numbered := func(rec *record.Record, n string) *record.Record {
		rec.Fields["memberNumber"] = record.Of(n)
		return rec
	}
	was := is("Wagner", "Björn", "1980-12-03")
	for name, c := range map[string]struct {
		was, now *record.Record
		want     bool
	}{
		"the same in every field":                             {was, is("Wagner", "Björn", "1980-12-03"), false},
		"another name and another birth date":                 {was, is("Rüttimann", "Margrit", "2005-01-11"), true},
		"a namesake by the first name":                        {was, is("Rüttimann", "Björn", "2005-01-11"), true},
		"a child of the same last name":                       {was, is("Wagner", "Käthi", "2015-05-16"), true},
		"who marries":                                         {was, is("Zwahlen", "Björn", "1980-12-03"), false},
		"who changes both names":                              {was, is("Zwahlen", "Marie", "1980-12-03"), false},
		"whose birth date is corrected":                       {was, is("Wagner", "Björn", "1980-03-12"), false},
		"whose birth date is corrected, in another spelling":  {was, is("WAGNER", "Bjoern", "1980-03-12"), false},
		"both names, and no birth date is known any more":     {was, is("Rüttimann", "Margrit", ""), true},
		"one name, and no birth date was known":               {is("Wagner", "Björn", ""), is("Zwahlen", "Björn", "1980-12-03"), false},
		"nothing was agreed on yet":                           {&record.Record{}, is("Wagner", "Björn", "1980-12-03"), false},
		"fields that are not carried any more tell of nobody": {was, &record.Record{}, false},
		"whoever still has the number":                        {numbered(is("Wagner", "Björn", "1980-12-03"), "325845"), numbered(is("Reck", "Aldo", "1993-08-05"), "325845"), false},
		"who has another number":                              {numbered(is("Wagner", "Björn", "1980-12-03"), "325845"), numbered(is("Reck", "Aldo", "1993-08-05"), "425845"), true},
	} {
		if got := another(c.was, c.now, "memberNumber"); got != c.want {
			t.Errorf("%s: another is %t", name, got)
		}
	}
}
