package quality_test

import (
	"bytes"
	"encoding/csv"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/quality"
	"passerelle/internal/record"
)

//go:generate go test -run ^(TestGolden|TestDocumented)$ -count=1 . -args update

// golden holds what was made to a file of testdata, or of docs; with the argument update it writes the file (make docs).
func golden(t *testing.T, file, made string) {
	t.Helper()
	if slices.Contains(flag.Args(), "update") {
		if err := os.WriteFile(file, []byte(made), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), made); diff != "" {
		t.Errorf("%s is not what is made; look at it, and run make docs (-file +made):\n%s", file, diff)
	}
}

// hostile is a first name that a page would run, and a last name that a spreadsheet would.
const (
	hostile = "<script>alert(1)</script>"
	formula = `=CMD("A")`
)

// untidy returns two sides of which everything is to be said at once.
func untidy(tb testing.TB) *world {
	tb.Helper()
	w := newHouse(tb).world(tb)
	w.add(club, "contact/1", values{"memberNumber": "100001", "lastName": "MÜLLER-HUBER", "phoneMobile": "?", "postalCode": "8600"})
	w.add(club, "contact/2", values{"memberNumber": "", "firstName": hostile, "lastName": formula, "gender": "", "country": ""})
	w.add(club, "contact/3", values{"memberNumber": "100003", "firstName": "Lena", "birthDate": "1900-01-01", "gender": "F", "category": "12", "city": "Zürich"})
	w.add(club, "contact/4", values{"memberNumber": "100004", "firstName": "Nino", "birthDate": "2010-06-01", "category": "12", "entryDate": "2018-01-01", "postalCode": "86100"})
	w.add(club, "contact/5", values{"memberNumber": "100004", "firstName": "Ugo", "birthDate": "1960-01-01", "category": "02"})
	w.add(club, "contact/6", values{"memberNumber": "", "firstName": "Ugo", "birthDate": "1960-01-01", "email": "u@example.org"})
	w.add(federation, "members/m1", values{"lastName": "Müller-Huber"})
	w.add(federation, "members/m2", values{"memberNumber": "100002", "firstName": "Ada", "gender": "F", "category": "04"})
	w.child(federation, "members/m2", "function", "PRA|VST", record.Present)
	w.sides[federation].Listing.Unread["members/m9"] = true
	return w
}

func page(tb testing.TB, l quality.Language, w *world) string {
	tb.Helper()
	var out bytes.Buffer
	if err := quality.Page(&out, w.checker.Catalogue, l, quality.Heading{Link: "tv-beispiel", Date: w.today}, w.check()); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func table(tb testing.TB, l quality.Language, w *world) string {
	tb.Helper()
	var out bytes.Buffer
	if err := quality.CSV(&out, w.checker.Catalogue, l, w.check()); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	w := untidy(t)
	golden(t, filepath.Join("testdata", "report.html"), page(t, "de", w))
	golden(t, filepath.Join("testdata", "report.csv"), table(t, "de", w))
	report := w.check()
	for _, e := range w.checker.Catalogue.Kinds {
		if report.Counts.Kind[e.Kind] == 0 {
			t.Errorf("nothing of the kind %s is in the golden files", e.Kind)
		}
	}
}

// Nobody writes into the page through a name, and the page runs and loads nothing.
func TestThePageRunsNothing(t *testing.T) {
	t.Parallel()
	for _, l := range quality.Languages() {
		made := page(t, l, untidy(t))
		if !strings.Contains(made, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("%s: the name is not in the page", l)
		}
		for _, forbidden := range []string{"<script", "src=", "href=\"http", "url(", "@import", "<link", "<iframe", "onload"} {
			if strings.Contains(made, forbidden) {
				t.Errorf("%s: %s is in the page", l, forbidden)
			}
		}
		_, body, _ := strings.Cut(made, "<body>")
		if !strings.Contains(made, `<html lang="`+string(l)+`">`) || strings.Contains(body, "{") {
			t.Errorf("%s: the page does not say its language, or has a place that nobody filled in", l)
		}
	}
}

// A page of nothing says so; a side that could not be read is named with its reason.
func TestThePageOfAnEmptySide(t *testing.T) {
	t.Parallel()
	w := newHouse(t).world(t)
	w.unread(federation, "list members: <it> broke off")
	made := page(t, "en", w)
	for _, want := range []string{"Nothing was found.", "Federation: This side could not be read: list members: &lt;it&gt; broke off"} {
		if !strings.Contains(made, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// The table opens in a spreadsheet: a mark at its beginning, semicolons, CRLF, and no cell that is a formula.
func TestTheTableOpensInASpreadsheet(t *testing.T) {
	t.Parallel()
	made, marked := strings.CutPrefix(table(t, "fr", untidy(t)), "\ufeff")
	if !marked {
		t.Error("it does not begin with the mark of its encoding")
	}
	if strings.Count(made, "\r\n") != strings.Count(made, "\n") {
		t.Error("a line ends without CRLF")
	}
	in := csv.NewReader(strings.NewReader(made))
	in.Comma = ';'
	seen := false
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(row) != 11 {
			t.Errorf("%d cells, want 11: %q", len(row), row)
		}
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("%q would be a formula", cell)
			}
		}
		seen = seen || row[8] == "'"+formula
	}
	if !seen {
		t.Error("the name that is a formula is not in the table, with an apostrophe before it")
	}
}

// TestDocumented holds docs/quality.md to the catalogue.
func TestDocumented(t *testing.T) {
	t.Parallel()
	c := newHouse(t).checker.Catalogue
	var b strings.Builder
	b.WriteString(`# The data-quality report of check

Written from connector/quality/catalogue.yaml by ` + "`make docs`" + `; do not edit. ` + "`passerelle check LINK --to FOLDER`" + ` writes the report as HTML
and CSV, in German, French, Italian or English. It changes nothing on either side. People out of scope are counted only.

| kind | severity | what it is | why it matters | what to do |
|---|---|---|---|---|
`)
	for _, e := range c.Kinds {
		b.WriteString("| `" + string(e.Kind) + "` | " + strings.Join([]string{c.Severities[e.Severity]["en"], e.Title["en"], e.Why["en"], e.What["en"]}, " | ") + " |\n")
	}
	b.WriteString(`
## The rules behind it

- **Required** is what the other side's profile requires of a new person and no default fills. What the other side holds of the same
  person (by number; by name and birth date where one of the two has no number) need not be held here too.
- **Categories**, the forms of postal codes and the oldest age stand in connector/quality/rules.yaml, with years of validity. They are
  assumptions as long as no contract says them.
- **Postal codes and towns** are held against connector/quality/postal.csv, the public directory of December 2020. Compared are folded
  names: Sankt and St., umlauts, "Buchs SG", one of "Biel/Bienne", "Langnau i.E." and "Zürich Oerlikon" agree. A correction is
  proposed when the town has one code only, or when there is no such town and the code has one town only. Abroad, and without a
  country, nothing but the form is looked at, where it is known.
- **A value that cannot be read** is named without its text: what cannot be mapped is never carried.
- **The same person twice** agrees in name and birth date as [matching.md](matching.md) says, also after a marriage; twins, and fathers and sons, do not.
- **A number** is proposed when one person at the federation has the name and the birth date, and nobody else on either side has them,
  nor anybody at the club the number.
- **A shared e-mail** counts when it would be written to the club: not a child's, and not that of somebody whom the club reaches by
  another.
- In the CSV a cell that begins with ` + "`= + - @`" + ` has an apostrophe before it, or a spreadsheet would run it.
`)
	golden(t, filepath.Join("..", "..", "docs", "quality.md"), b.String())
}
