package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// A Tariff is what the federation bills for a member a year, by category, in periods of validity (WIRE.md 1).
type Tariff struct {
	// Currency is the currency's code, such as CHF.
	Currency string
	// Periods are in the order of the file; no two hold for the same year.
	Periods []Fees
}

// Fees are the fees of some years. To is 0 while no last year is known.
type Fees struct {
	From, To int
	// Codes holds the fee of a category, in hundredths of the currency.
	Codes map[string]int
}

// LoadTariff reads a tariff, as strictly as the configuration. The error is an [InvalidError] with all there is to mend, or
// says that the file cannot be read.
func LoadTariff(path string) (Tariff, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Tariff{}, fmt.Errorf("tariff: %w", err)
	}
	r := reader{file: path}
	var t Tariff
	if root := r.document(text); root != nil {
		r.mapping(root, "the tariff",
			key{"currency", true, func(n *yaml.Node) { r.matching(n, "currency", &t.Currency, `[A-Z]{3}`, "a currency like CHF") }},
			key{"fees", true, func(n *yaml.Node) { t.Periods = r.periods(n) }},
		)
	}
	if problems := r.inOrder(); len(problems) > 0 {
		return Tariff{}, &InvalidError{Problems: problems}
	}
	return t, nil
}

func (r *reader) periods(n *yaml.Node) []Fees {
	var all []Fees
	r.list(n, "fees", func(element *yaml.Node) {
		f := Fees{Codes: map[string]int{}}
		before := len(r.problems)
		r.mapping(element, "a period of fees",
			key{"from", true, func(n *yaml.Node) { r.year(n, "from", &f.From) }},
			key{"to", false, func(n *yaml.Node) { r.year(n, "to", &f.To) }},
			key{"codes", true, func(n *yaml.Node) { r.codes(n, f.Codes) }},
		)
		if len(r.problems) > before {
			return
		}
		if f.To != 0 && f.To < f.From {
			r.problem(element.Line, "a period of fees ends in %d before it begins in %d", f.To, f.From)
		}
		if slices.ContainsFunc(all, func(other Fees) bool { return other.in(f.From) || f.in(other.From) }) {
			r.problem(element.Line, "the fees from %d on hold for years that another period has as well", f.From)
		}
		all = append(all, f)
	})
	return all
}

// in reports whether the fees hold for a year.
func (f *Fees) in(year int) bool { return f.From <= year && (f.To == 0 || year <= f.To) }

// Of returns the fees of a year, by category; nil where there are none.
func (t *Tariff) Of(year int) map[string]int {
	for i := range t.Periods {
		if t.Periods[i].in(year) {
			return t.Periods[i].Codes
		}
	}
	return nil
}

func (r *reader) year(n *yaml.Node, name string, into *int) {
	var text string
	if r.matching(n, name, &text, `(?:19|20)\d{2}`, "a year of four digits"); text != "" {
		*into, _ = strconv.Atoi(text) // four digits are a number
	}
}

func (r *reader) codes(n *yaml.Node, into map[string]int) {
	code, amount := regexp.MustCompile(`\A\d\d\z`), regexp.MustCompile(`\A(\d{1,5})(?:\.(\d\d))?\z`)
	r.entries(n, "codes", func(k, value *yaml.Node) {
		text, ok := r.text(value, "codes")
		if !ok {
			return
		}
		parts := amount.FindStringSubmatch(text)
		if parts == nil || !code.MatchString(k.Value) {
			r.problem(k.Line, `codes: %q: %q must be a category of two digits and a fee, like "01": 48.00`, k.Value, text)
			return
		}
		whole, _ := strconv.Atoi(parts[1])
		hundredths, _ := strconv.Atoi(parts[2]) // none are none
		into[k.Value] = whole*100 + hundredths
	})
}
