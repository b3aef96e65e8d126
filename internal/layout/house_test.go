package layout

import (
	"io/fs"
	"os"
	"testing"
)

// A rule finds the places of a tree that break it.
type rule func(tree) []string

func TestHouse(t *testing.T) {
	t.Parallel()
	house := readTree(t, repository(t))
	for name, broken := range map[string]rule{
		"folders at the top":                   topFolders,
		"the import table":                     imports,
		"one package comment each":             packageComments,
		"clock, chance and network are passed": reaches,
		"no registry by name":                  registryHosts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, place := range broken(house) {
				t.Error(place)
			}
		})
	}
}

// repository is the tree that this test stands in.
func repository(tb testing.TB) fs.FS {
	tb.Helper()
	top := os.DirFS("../..")
	if _, err := fs.Stat(top, "go.mod"); err != nil {
		tb.Fatalf("the top of the repository: %v", err)
	}
	return top
}
