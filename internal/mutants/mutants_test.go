package mutants

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// many is how many mutants there are, and top where the repository begins.
const (
	many = 28
	top  = "../.."
)

// A mutant is ours but for one text of one file.
type mutant struct {
	name     string // of its file, without the ending: "14-the-look-is-left-out"
	story    string // what it does and what that costs
	file     string // of ours, from the top
	old, new string
	pkg      string // whose tests kill it: "./connector"
	tests    string // which of them, as -run takes it
}

// list reads the mutants in the order of their numbers.
func list(tb testing.TB) []mutant {
	tb.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		tb.Fatal(err)
	}
	var out []mutant
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			tb.Fatal(err)
		}
		m, err := read(archive)
		if err != nil {
			tb.Fatalf("%s: %v", path, err)
		}
		m.name = strings.TrimSuffix(filepath.Base(path), ".txtar")
		out = append(out, m)
	}
	return out
}

// read reads the form that the package comment shows.
func read(archive *txtar.Archive) (mutant, error) {
	form := regexp.MustCompile(`(?s)^(.+)\n\nfile (\S+)\ntests (\S+) (\S+)\n$`)
	parts := form.FindStringSubmatch(string(archive.Comment))
	if parts == nil {
		return mutant{}, errors.New("its comment does not end with the lines 'file FILE' and 'tests PACKAGE TESTS' after a story")
	}
	if len(archive.Files) != 2 || archive.Files[0].Name != "old" || archive.Files[1].Name != "new" {
		return mutant{}, errors.New("it does not have just the texts old and new")
	}
	text := func(i int) string { return strings.TrimSuffix(string(archive.Files[i].Data), "\n") }
	return mutant{story: parts[1], file: parts[2], pkg: parts[3], tests: parts[4], old: text(0), new: text(1)}, nil
}

// mutated returns the file with the other text in it.
func (m *mutant) mutated() (string, error) {
	ours, err := os.ReadFile(filepath.Join(top, m.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(ours), m.old); n != 1 || m.old == m.new {
		return "", fmt.Errorf("%s has the old text %d times, and it has to be replaced just once: make the same mistake in the code as it is now", m.file, n)
	}
	return strings.Replace(string(ours), m.old, m.new, 1), nil
}

// TestEveryMutantApplies keeps the list from rotting between two runs of `make mutants`.
func TestEveryMutantApplies(t *testing.T) {
	t.Parallel()
	mutants := list(t)
	var numbers, want []string
	for i := range many {
		want = append(want, fmt.Sprintf("%02d", i+1))
	}
	for _, m := range mutants {
		number, _, _ := strings.Cut(m.name, "-")
		numbers = append(numbers, number)
		text, err := m.mutated()
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, text, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s is no Go: %v", m.name, err)
		}
		for test := range strings.SplitSeq(m.tests, "|") {
			function, _, _ := strings.Cut(test, "/")
			if !hasTest(t, m.pkg, function) {
				t.Errorf("%s: %s has no %s", m.name, m.pkg, function)
			}
		}
	}
	if diff := cmp.Diff(want, numbers); diff != "" {
		t.Errorf("numbers of the mutants (-want +got):\n%s", diff)
	}
}

// hasTest reports whether a package has a test of that name.
func hasTest(tb testing.TB, pkg, function string) bool {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(top, pkg, "*_test.go"))
	if err != nil {
		tb.Fatal(err)
	}
	return slices.ContainsFunc(paths, func(path string) bool {
		text, err := os.ReadFile(path)
		return err == nil && strings.Contains(string(text), "\nfunc "+function+"(t *testing.T)")
	})
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const whole = "It does something else.\n\nfile a.go\ntests ./a TestA\n-- old --\na\n-- new --\nb\n"
	if _, err := read(txtar.Parse([]byte(whole))); err != nil {
		t.Fatalf("a whole one: %v", err)
	}
	for name, text := range map[string]string{
		"no story":        strings.TrimPrefix(whole, "It does something else.\n\n"),
		"no tests":        strings.Replace(whole, "tests ./a TestA\n", "", 1),
		"no pattern":      strings.Replace(whole, " TestA", "", 1),
		"no new text":     strings.Replace(whole, "-- new --\nb\n", "", 1),
		"a text too many": whole + "-- newer --\nc\n",
	} {
		if _, err := read(txtar.Parse([]byte(text))); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
