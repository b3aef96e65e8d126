package quality

import (
	"slices"
	"strings"
	"testing"
)

func TestTheDirectoryKnowsATown(t *testing.T) {
	t.Parallel()
	d, err := loadDirectory()
	if err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		code, town string
		want       bool
	}{
		{"9000", "St. Gallen", true},
		{"9000", "Sankt Gallen", true},
		{"9000", "ST.GALLEN", true},
		{"9000", "St. Moritz", false},
		{"9000", "St.", false},
		{"2502", "Biel", true},
		{"2502", "Bienne", true},
		{"2502", "Biel/Bienne", true},
		{"2502", "Biel-Benken", false},
		{"9470", "Buchs SG", true},
		{"9470", "Buchs", true},
		{"5033", "Buchs AG", true},
		{"1450", "Sainte-Croix", true},
		{"8400", "winterthur", true},
		{"8200", "Schaffhausen SH", true},
		{"3550", "Langnau i.E.", true},
		{"3550", "Langnau", true},
		{"8050", "Zürich-Oerlikon", true},
		{"8050", "Zuerich", true},
		{"8050", "Winterthur", false},
		{"3645", "Gwatt (Thun)", true},
		{"3645", "Gwatt", true},
		{"8910", "Affoltern a.A.", true},
		{"6300", "Zug", true},
		{"6300", "Zuger", false},
		{"9490", "Vaduz", true},
		{"1234", "Nowhere", false},
	}
	for _, tt := range rows {
		if got := d.agree(tt.code, tt.town); got != tt.want {
			t.Errorf("%s %s: got %t", tt.code, tt.town, got)
		}
	}
	for town, want := range map[string]string{"Uster": "8610", "Zürich": "", "Atlantis": "", "Buchs SG": ""} {
		if got := d.code(town); got != want {
			t.Errorf("the code of %s: got %q, want %q", town, got, want)
		}
	}
	for code, want := range map[string]string{"8610": "Uster", "9470": "", "0000": ""} {
		if got := d.town(code); got != want {
			t.Errorf("the town of %s: got %q, want %q", code, got, want)
		}
	}
}

// The file is in its form, sorted, each pair once, and with both countries in it.
func TestTheDirectorysFile(t *testing.T) {
	t.Parallel()
	var rows []string
	for line := range strings.Lines(postalText) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "#") {
			rows = append(rows, line)
		}
	}
	if !slices.IsSorted(rows) || len(slices.Compact(slices.Clone(rows))) != len(rows) {
		t.Error("the rows are not sorted, or not each once")
	}
	for _, row := range rows {
		code, town, ok := strings.Cut(row, ";")
		if !ok || len(code) != 4 || strings.Trim(code, "0123456789") != "" || town == "" || strings.TrimSpace(town) != town || strings.Contains(town, ";") {
			t.Errorf("%q is no code and town", row)
		}
	}
	for _, row := range []string{"1003;Lausanne", "6500;Bellinzona", "8610;Uster", "9490;Vaduz", "9498;Planken"} {
		if !slices.Contains(rows, row) {
			t.Errorf("%s is missing", row)
		}
	}
}
