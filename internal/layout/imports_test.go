package layout

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// A row of the import table: a package and what it may import of ours. Both are patterns of path.Match.
type row struct {
	pkg     string
	imports []string
	tests   []string // what its tests may import besides, beyond what every test may
}

// importTable is the shape of the house. A package without a row is an error: a new one is placed here first.
func importTable() []row {
	const (
		record    = "internal/record"
		port      = "connector/port"
		simulated = "*/*/*test"
	)
	everything := []string{"*", "*/*", "*/*/*"}
	return []row{
		{pkg: record},
		{pkg: "mapping", imports: []string{record}},
		{pkg: "mapping/propose", imports: []string{record, "mapping"}},
		{pkg: "conflicts", imports: []string{record}},

		{pkg: port, imports: []string{record, "conflicts"}},
		{pkg: "connector/porttest", imports: []string{record, "conflicts", port}},
		{pkg: "connector/reconcile", imports: []string{record, "conflicts", port}},
		{pkg: "connector/ledger", imports: []string{record, "conflicts", port}},
		{pkg: "connector/match", imports: []string{record, "mapping"}},
		{pkg: "connector/listing", imports: []string{record, "mapping", port}},
		{pkg: "connector/verify", imports: []string{record, "mapping", port, "connector/listing"}},
		{pkg: "connector/quality", imports: []string{record, "mapping", port, "connector/listing", "connector/match"}},
		{
			pkg:     "connector",
			imports: []string{record, "mapping", "conflicts", port, "connector/reconcile", "connector/match"},
			tests:   []string{"connector/*", "club/*", "federation/*"}, // the scenarios run the whole engine
		},

		// The two sides never import each other; a simulator, and the people in it, know nothing of the engine.
		{pkg: "club/*", imports: []string{record, port, "internal/httpx"}},
		{pkg: "federation/*", imports: []string{record, port, "internal/httpx"}},
		{pkg: "club/*/*test", imports: []string{"internal/faults", "internal/contract"}},
		{pkg: "federation/*/*test", imports: []string{"internal/faults", "internal/contract"}},
		{pkg: "internal/simulation", imports: []string{"internal/population", "internal/faults", "internal/contract", simulated}},
		{pkg: "internal/population"},
		{pkg: "internal/faults"},
		{pkg: "internal/contract"},

		{pkg: "internal/console", imports: []string{record, "conflicts", "connector", port}},
		{pkg: "internal/metrics", imports: []string{record, "connector", port}, tests: []string{"conflicts"}},
		{pkg: "internal/httpx"},
		{pkg: "internal/config"},
		{pkg: "internal/secrets"},
		{pkg: "internal/layout"},
		{pkg: "internal/mutants"},
		{pkg: "cmd/*", imports: everything, tests: everything},
	}
}

// outside says where the outside world ends: libraries that one package alone stands before, and what the pure
// decision does without.
func outside(folder, imported string) string {
	homes := map[string]string{
		"github.com/hashicorp/go-retryablehttp": "internal/httpx",
		"github.com/spf13/cobra":                "cmd/*",
		"go.etcd.io/bbolt":                      "connector/ledger",
		"github.com/prometheus/client_golang":   "internal/metrics",
	}
	for library, home := range homes {
		if within(imported, library) && !matches([]string{home}, folder) {
			return "only " + home + " imports it"
		}
	}
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	if folder == "internal/record" && !standard {
		return "the canonical language is built on the standard library alone"
	}
	if folder == "connector/reconcile" || folder == "connector/match" {
		for _, effect := range []string{"context", "crypto/rand", "io", "log", "math/rand", "net", "os", "github.com/rs/zerolog"} {
			if within(imported, effect) {
				return "the decision is pure"
			}
		}
	}
	return ""
}

// imports finds the imports that the table does not have.
func imports(house tree) []string {
	var broken []string
	for _, file := range house.sources {
		at := slices.IndexFunc(importTable(), func(r row) bool { return matches([]string{r.pkg}, file.folder) })
		if at < 0 {
			broken = append(broken, file.path+": no row in the import table has its package")
			continue
		}
		allowed := importTable()[at].imports
		if file.test {
			allowed = slices.Concat(allowed, importTable()[at].tests,
				[]string{file.folder, "internal/*", "*/*/*test", "connector/porttest"})
		}
		for _, imported := range file.imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			switch {
			case isOurs && !matches(allowed, ours):
				broken = append(broken, fmt.Sprintf("%s: imports %s, which its row of the import table does not have", file.path, ours))
			case !isOurs && !file.test:
				if reason := outside(file.folder, imported); reason != "" {
					broken = append(broken, fmt.Sprintf("%s: imports %s: %s", file.path, imported, reason))
				}
			}
		}
	}
	return broken
}

// matches reports whether one of the patterns matches the whole name.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// within reports whether a package is the other or lies under it.
func within(pkg, other string) bool {
	return pkg == other || strings.HasPrefix(pkg, other+"/")
}
