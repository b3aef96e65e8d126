package quality

import (
	"bytes"
	_ "embed"
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"

	"passerelle/internal/record"
)

//go:embed rules.yaml
var rulesText []byte

// A rules is rules.yaml.
type rules struct {
	Categories   []period          `yaml:"categories"`
	PostalForms  map[string]string `yaml:"postalForms"`
	Oldest       int               `yaml:"oldest"`
	Placeholders []string          `yaml:"placeholders"`

	forms map[string]*regexp.Regexp
}

// A period is whom the categories are for in some years. To is 0 while no last year is known.
type period struct {
	From  int                 `yaml:"from"`
	To    int                 `yaml:"to"`
	Codes map[string]audience `yaml:"codes"`
}

func (p *period) holds(year int) bool { return p.From <= year && (p.To == 0 || year <= p.To) }

// An audience is whom a category is for. A zero bound, and an empty sex, are open.
type audience struct {
	Sex   string `yaml:"sex"`
	From  int    `yaml:"from"`
	To    int    `yaml:"to"`
	Other string `yaml:"other"`
	Next  string `yaml:"next"`
}

// loadRules reads the rules that are part of the program.
func loadRules() (*rules, error) {
	r := &rules{forms: map[string]*regexp.Regexp{}}
	if err := strict(rulesText, r); err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	for country, form := range r.PostalForms {
		compiled, err := regexp.Compile("^(?:" + form + ")$")
		if err != nil {
			return nil, fmt.Errorf("rules: postal codes of %s: %w", country, err)
		}
		r.forms[country] = compiled
	}
	return r, nil
}

// audience returns whom a category is for in a year, false where nothing is known of it.
func (r *rules) audience(category string, year int) (audience, bool) {
	for _, p := range r.Categories {
		if p.holds(year) {
			a, ok := p.Codes[category]
			return a, ok
		}
	}
	return audience{}, false
}

// strict decodes a file that is part of the program; a key that nobody reads is an error.
func strict(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(into)
}

// age returns how many years lie between a year and that of a date, which is how the federation counts.
func age(born record.Date, year int) int { return year - born.Year }
