package quality

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// Every text has four languages with the same places to fill in, in the letters of this country.
func TestEveryTextHasFourLanguages(t *testing.T) {
	t.Parallel()
	c, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`\{[a-z]+\}`)
	places := func(text string) []string { return slices.Sorted(slices.Values(place.FindAllString(text, -1))) }
	for name, text := range texts(c) {
		if diff := cmp.Diff(slices.Sorted(slices.Values(Languages())), slices.Sorted(maps.Keys(text))); diff != "" {
			t.Errorf("%s: languages (-want +got):\n%s", name, diff)
		}
		for l, words := range text {
			if words == "" || strings.TrimSpace(words) != words {
				t.Errorf("%s in %s: %q", name, l, words)
			}
			if strings.Contains(words, "ß") {
				t.Errorf("%s: there is no ß in Swiss German", name)
			}
			if diff := cmp.Diff(places(text["en"]), places(words)); diff != "" {
				t.Errorf("%s in %s: places to fill in (-English +it):\n%s", name, l, diff)
			}
		}
	}
}

// texts returns every text of the catalogue by where it stands.
func texts(c *Catalogue) map[string]Text {
	all := map[string]Text{}
	for _, e := range c.Kinds {
		all[string(e.Kind)+" title"], all[string(e.Kind)+" why"], all[string(e.Kind)+" what"] = e.Title, e.Why, e.What
	}
	for k, text := range c.Severities {
		all["severity "+string(k)] = text
	}
	for k, text := range c.Sides {
		all["side "+string(k)] = text
	}
	for k, text := range c.Notes {
		all["note "+k] = text
	}
	for k, text := range c.Fields {
		all["field "+string(k)] = text
	}
	for k, text := range c.Words {
		all["word "+k] = text
	}
	return all
}

// The catalogue has every kind once, the worst first, and a name for every field that a finding may be about.
func TestTheCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	c, err := loadCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	at := 0
	for _, e := range c.Kinds {
		kinds = append(kinds, e.Kind)
		place := slices.Index(Severities(), e.Severity)
		if place < at {
			t.Errorf("%s: its severity is %q, after a lesser one", e.Kind, e.Severity)
		}
		at = place
	}
	want := []Kind{
		Document, Missing, Unreadable, Date, Category, Code, PostalForm, NumberTwice, NumberUnknown, Double, SharedEmail, PostalTown,
		Name, NoNumber, January, NoPlace,
	}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	schema, err := mapping.Schema("club")
	if err != nil {
		t.Fatal(err)
	}
	var fields []record.Field
	for _, k := range schema.Kinds {
		fields = append(fields, k.Identity...)
		for _, f := range k.Fields {
			fields = append(fields, f.Name)
		}
	}
	slices.Sort(fields)
	if diff := cmp.Diff(slices.Compact(fields), slices.Sorted(maps.Keys(c.Fields))); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}
