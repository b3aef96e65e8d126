package mapping

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/record"
)

// TestFields holds docs/fields.md to the kinds and profiles; with the argument update it writes the file (make docs).
func TestFields(t *testing.T) {
	file := filepath.Join("..", "docs", "fields.md")
	want := fieldsTable(t)
	if slices.Contains(flag.Args(), "update") {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/fields.md is not what the profiles say; run make docs (-want +got):\n%s", diff)
	}
}

// fieldsTable writes one row for each field, and one for each part of an identity.
func fieldsTable(t *testing.T) string {
	t.Helper()
	fairgate, stv := lawful(t, "fairgate", ""), lawful(t, "stv", "")
	served := lawful(t, "fairgate", federationOverlay)
	var b strings.Builder
	b.WriteString(`# Fields and their places

Written from mapping/kinds and mapping/profiles by ` + "`make docs`" + `; do not edit. Fields of one group move or wait together. A place
in brackets is that of the shape which Fairgate serves to federations. Where a link names the place, its overlay does so (places,
functions, subscriptions); without a place a field is not carried. What is assumed stands in no published description of the system.

| field | type | group | personal | Fairgate | STV-FSG | assumed |
|---|---|---|---|---|---|---|
`)
	for _, k := range stv.domain.schema.Kinds {
		h := stv.holding(k.Name)
		for i, name := range k.Identity {
			fmt.Fprintf(&b, "| %s.%s | code | identity | | %s | %s | STV-FSG |\n", k.Name, name, linkPlace(fairgate.holding(k.Name), true), placed(h.wire, h.identity[i]))
		}
		for _, f := range k.Fields {
			fmt.Fprintf(&b, "| %s.%s | %s | %s | %s | %s | %s | %s |\n", k.Name, f.Name, typeOf(f), f.Group, yesOf(f.Personal),
				clubPlace(fairgate.holding(k.Name), served.holding(k.Name), f.Name), federationPlace(h, f.Name), assumed(fairgate.holding(k.Name), h, f.Name))
		}
	}
	return b.String()
}

func typeOf(f record.FieldDef) string {
	if f.Derived != "" {
		return fmt.Sprintf("%s, given by the %s", f.Type, f.Derived)
	}
	return string(f.Type)
}

func yesOf(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func placed(w *wire, p path) string { return "`" + w.kind + "` " + p.String() }

func federationPlace(h *holding, name record.Field) string {
	return placed(h.wire, h.field(name).reads[0])
}

// clubPlace says where a field stands in a contact, and where in the shape that federations are served.
func clubPlace(h, served *holding, name record.Field) string {
	place := linkPlace(h, name == h.value)
	if f := h.field(name); f != nil {
		place = joined(f.reads)
	}
	if f := served.field(name); f != nil && joined(f.reads) != place {
		place += " (" + joined(f.reads) + ")"
	}
	return place
}

func joined(paths []path) string {
	var all []string
	for _, p := range paths {
		all = append(all, p.String())
	}
	return strings.Join(all, ", else ")
}

// linkPlace says how a link can place what the profile does not.
func linkPlace(h *holding, identity bool) string {
	switch {
	case h.at == "root":
		return "named by the link"
	case identity && h.at == "array":
		return "a choice, named by the link"
	case identity:
		return "one place for each, named by the link"
	default:
		return "none"
	}
}

func assumed(fairgate, stv *holding, name record.Field) string {
	var sides []string
	if f := fairgate.field(name); f != nil && f.assumed {
		sides = append(sides, "Fairgate")
	}
	if f := stv.field(name); f != nil && f.assumed {
		sides = append(sides, "STV-FSG")
	}
	return strings.Join(sides, ", ")
}
