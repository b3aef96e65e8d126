package layout

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityNamesTestsThatExist holds docs/security.md to the tests of the tree: every threat has one, and it is there.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	top := repository(t)
	page, err := fs.ReadFile(top, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	there := testsIn(t, top)
	rows := 0
	for line := range strings.Lines(string(page)) {
		named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)`").FindAllStringSubmatch(line, -1)
		for _, name := range named {
			if !there[name[1]] {
				t.Errorf("docs/security.md names %s, which is not there", name[1])
			}
		}
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| threat") && !strings.HasPrefix(line, "| ---") {
			rows++
			if len(named) == 0 {
				t.Errorf("a threat without a test: %s", line)
			}
		}
	}
	if rows == 0 {
		t.Error("docs/security.md has no threats")
	}
}

// testsIn returns the names of all tests in a tree.
func testsIn(tb testing.TB, top fs.FS) map[string]bool {
	tb.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := fs.WalkDir(top, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(top, path)
		for _, found := range declared.FindAllStringSubmatch(string(text), -1) {
			names[found[1]] = true
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}
