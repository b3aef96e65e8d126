package layout

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestLintTable holds depguard's rules in .golangci.yml to the import table.
func TestLintTable(t *testing.T) {
	t.Parallel()
	text, err := fs.ReadFile(repository(t), ".golangci.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Linters struct {
			Settings struct {
				Depguard struct {
					Rules map[string]struct{ Files, Allow []string }
				}
			}
		}
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	want, got := map[string][]string{}, map[string][]string{}
	for _, row := range importTable() {
		if row.pkg == "cmd/*" {
			continue // may import everything
		}
		want["**/"+row.pkg+"/*.go"] = slices.Sorted(slices.Values(row.imports))
	}
	for name, rule := range config.Linters.Settings.Depguard.Rules {
		for _, file := range rule.Files[:len(rule.Files)-1] {
			got[file] = ours(rule.Allow)
		}
		if last := rule.Files[len(rule.Files)-1]; last != "!$test" {
			t.Errorf("rule %s: the last of its files is %q, want %q", name, last, "!$test")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("depguard's rules in .golangci.yml (-import table +got):\n%s", diff)
	}
}

// ours turns what depguard allows into the table's form: exact names of ours, simulators as their pattern.
func ours(allowed []string) []string {
	var names []string
	for _, entry := range allowed {
		name, isOurs := strings.CutPrefix(entry, module+"/")
		if !isOurs {
			continue
		}
		name, exact := strings.CutSuffix(name, "$")
		switch {
		case !exact:
			name += " (and all that begins with it)"
		case matches([]string{"*/*/*test"}, name):
			name = "*/*/*test"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
