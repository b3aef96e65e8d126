package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path under which this repository's packages are imported.
const module = "passerelle"

// A tree is the repository as the rules see it. Paths are slash-separated and relative to its top.
type tree struct {
	folders []string          // at the top
	texts   map[string]string // every file by its path
	sources []source          // every Go file
}

// A source is one parsed Go file.
type source struct {
	path, folder string
	test         bool
	imports      map[string]string // by the name that the file uses for the package
	syntax       *ast.File
}

// readTree reads what is kept in version control: not what building and running leave behind.
func readTree(tb testing.TB, fsys fs.FS) tree {
	tb.Helper()
	read := tree{texts: map[string]string{}}
	left := leftBehind(fsys)
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(left, name):
			return fs.SkipDir
		case entry.IsDir():
			if name != "." && path.Dir(name) == "." {
				read.folders = append(read.folders, name)
			}
			return nil
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		read.texts[name] = string(text)
		if strings.HasSuffix(name, ".go") && !slices.Contains(strings.Split(name, "/"), "testdata") {
			file, err := parse(name, text)
			if err != nil {
				return err
			}
			read.sources = append(read.sources, file)
		}
		return nil
	})
	if err != nil {
		tb.Fatalf("read the tree: %v", err)
	}
	return read
}

// leftBehind returns the folders at the top that version control leaves out.
func leftBehind(fsys fs.FS) []string {
	left := []string{".git"}
	ignored, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return left // then none is
	}
	for line := range strings.Lines(string(ignored)) {
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), "/"); ok && strings.HasPrefix(name, "/") {
			left = append(left, name[1:])
		}
	}
	return left
}

// parse reads one Go file, and by which names it knows the packages that it imports.
func parse(name string, text []byte) (source, error) {
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, err
	}
	file := source{
		path: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		imports: map[string]string{}, syntax: syntax,
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return source{}, err
		}
		local := path.Base(imported)
		if spec.Name != nil {
			local = spec.Name.Name
		} else if version := strings.TrimPrefix(local, "v"); version != local && strings.Trim(version, "0123456789") == "" {
			local = path.Base(path.Dir(imported)) // math/rand/v2 is known as rand
		}
		if local == "_" || local == "." {
			local += imported // no name to call by; several may stand in one file
		}
		file.imports[local] = imported
	}
	return file, nil
}
