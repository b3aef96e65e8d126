package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/config"
)

// TestTheExampleTariff holds the example to the fees of 2024 that WIRE.md 1 lists, in hundredths.
func TestTheExampleTariff(t *testing.T) {
	t.Parallel()
	tariff, err := config.LoadTariff("../../deploy/fees.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"10": 0, "11": 0}
	for _, code := range []string{"01", "02", "03", "04", "05", "06", "07"} {
		want[code] = 4500 + 300
	}
	for _, code := range []string{"08", "09"} {
		want[code] = 1700 + 300
	}
	for _, code := range []string{"12", "13", "14", "15"} {
		want[code] = 1350 + 250
	}
	if diff := cmp.Diff(want, tariff.Of(2024)); diff != "" || tariff.Currency != "CHF" {
		t.Errorf("%s (-want +got):\n%s", tariff.Currency, diff)
	}
}

func TestAFeeIsReadToTheHundredth(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "fees.yaml")
	if err := os.WriteFile(path, []byte("currency: CHF\nfees: [{from: 2024, codes: {12: 13.50, \"01\": 45, 08: \"17.05\"}}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	tariff, err := config.LoadTariff(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"12": 1350, "01": 4500, "08": 1705}, tariff.Of(2030)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheYearsOfATariff(t *testing.T) {
	t.Parallel()
	tariff := config.Tariff{Periods: []config.Fees{
		{From: 2024, To: 2026, Codes: map[string]int{"01": 1}}, {From: 2028, Codes: map[string]int{"01": 2}},
	}}
	for year, want := range map[int]int{2023: 0, 2024: 1, 2026: 1, 2027: 0, 2028: 2, 2040: 2} {
		if got := tariff.Of(year)["01"]; got != want {
			t.Errorf("%d: %d, want %d", year, got, want)
		}
	}
}

func TestWhatIsWrongWithATariff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"an unknown key":             {"currency: CHF\nfees: []\nfee: 1", `the tariff has no key "fee"; did you mean "fees"?`},
		"no currency":                {"fees: []", `the tariff needs the key "currency"`},
		"a fee with three digits":    {"currency: CHF\nfees: [{from: 2024, codes: {01: 4.500}}]", `codes: "01": "4.500" must be a category of two digits and a fee, like "01": 48.00`},
		"a fee below nothing":        {"currency: CHF\nfees: [{from: 2024, codes: {01: -1}}]", `codes: "01": "-1" must be a category of two digits and a fee, like "01": 48.00`},
		"a category of one digit":    {"currency: CHF\nfees: [{from: 2024, codes: {1: 4.50}}]", `codes: "1": "4.50" must be a category of two digits and a fee, like "01": 48.00`},
		"years that end before":      {"currency: CHF\nfees: [{from: 2024, to: 2023, codes: {}}]", "a period of fees ends in 2023 before it begins in 2024"},
		"two periods for a year":     {"currency: CHF\nfees: [{from: 2024, codes: {}}, {from: 2026, codes: {}}]", "the fees from 2026 on hold for years that another period has as well"},
		"a year in two digits":       {"currency: CHF\nfees: [{from: 24, codes: {}}]", "from must be a year of four digits"},
		"nothing in it":              {"", "the file is empty"},
		"the same category twice":    {"currency: CHF\nfees: [{from: 2024, codes: {01: 1, 01: 2}}]", `codes has the key "01" twice, first in line 2`},
		"a currency that is no code": {"currency: francs\nfees: []", "currency must be a currency like CHF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "fees.yaml")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.LoadTariff(path)
			invalid, ok := errors.AsType[*config.InvalidError](err)
			if !ok || len(invalid.Problems) != 1 || !strings.HasSuffix(invalid.Problems[0].Text, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
