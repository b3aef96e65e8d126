package quality

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/record"
)

//go:embed catalogue.yaml
var catalogueText []byte

// A Language is one of the four that an admin reads (DESIGN decision 18).
type Language string

// Languages returns those that there are.
func Languages() []Language { return []Language{"de", "fr", "it", "en"} }

// A Severity says how much a kind of finding matters.
type Severity string

// The severities, the worst first.
const (
	Blocking Severity = "blocking" // would be refused or asked about when the sides are linked
	Mend     Severity = "mend"     // worth mending
	Know     Severity = "know"     // to know
)

// Severities returns them, the worst first.
func Severities() []Severity { return []Severity{Blocking, Mend, Know} }

// A Text is a text in every language.
type Text map[Language]string

// An Entry is what the catalogue says of a kind.
type Entry struct {
	Kind     Kind     `yaml:"kind"`
	Severity Severity `yaml:"severity"`
	Title    Text     `yaml:"title"`
	Why      Text     `yaml:"why"`
	What     Text     `yaml:"what"`
}

// A Catalogue is catalogue.yaml: what people read.
type Catalogue struct {
	Kinds      []Entry               `yaml:"kinds"`
	Severities map[Severity]Text     `yaml:"severities"`
	Sides      map[record.Side]Text  `yaml:"sides"`
	Notes      map[string]Text       `yaml:"notes"`
	Fields     map[record.Field]Text `yaml:"fields"`
	Words      map[string]Text       `yaml:"words"`
}

// loadCatalogue reads the catalogue that is part of the program.
func loadCatalogue() (*Catalogue, error) {
	c := &Catalogue{}
	if err := strict(catalogueText, c); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return c, nil
}

// place returns where a kind stands in the order of the catalogue.
func (c *Catalogue) place(k Kind) int {
	return slices.IndexFunc(c.Kinds, func(e Entry) bool { return e.Kind == k })
}

// Entry returns what the catalogue says of a kind; the zero Entry for one that it does not have.
func (c *Catalogue) Entry(k Kind) Entry {
	if i := c.place(k); i >= 0 {
		return c.Kinds[i]
	}
	return Entry{}
}

// Word returns a text of the report with what stands in braces filled in, given as name and value by turns.
func (c *Catalogue) Word(l Language, name string, fill ...string) string {
	for i := 0; i < len(fill); i += 2 {
		fill[i] = "{" + fill[i] + "}"
	}
	return strings.NewReplacer(fill...).Replace(c.Words[name][l])
}

// Reason says which case of its kind a finding is, and which other documents it is about.
func (c *Catalogue) Reason(l Language, f *Finding) string {
	var parts []string
	if note := c.Notes[f.Note][l]; note != "" {
		parts = append(parts, note)
	}
	if len(f.With) > 0 {
		parts = append(parts, c.Word(l, "also", "refs", strings.Join(f.With, ", ")))
	}
	return strings.Join(parts, ", ")
}

// A Group is the findings of one kind with what the catalogue says of it.
type Group struct {
	Entry
	Findings []Finding
}

// Groups returns the findings by kind, in the order of the catalogue.
func (r Report) Groups(c *Catalogue) []Group {
	var groups []Group
	for i, f := range r.Findings {
		if i == 0 || f.Kind != r.Findings[i-1].Kind {
			groups = append(groups, Group{Entry: c.Entry(f.Kind)})
		}
		last := &groups[len(groups)-1]
		last.Findings = append(last.Findings, f)
	}
	return groups
}
