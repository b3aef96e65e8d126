package layout

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestImportTableFires(t *testing.T) {
	t.Parallel()
	const unlisted = "which its row of the import table does not have"
	tests := []struct {
		name, file, imported string
		want                 string // what is said after the file's name, empty where the import is right
	}{
		{
			name: "the engine imports its port",
			file: "connector/x.go", imported: "passerelle/connector/port",
		},
		{
			name: "the engine does not import the ledger",
			file: "connector/x.go", imported: "passerelle/connector/ledger", want: "imports connector/ledger, " + unlisted,
		},
		{
			name: "the engine's tests import the ledger",
			file: "connector/x_test.go", imported: "passerelle/connector/ledger",
		},
		{
			name: "the engine does not import a simulator",
			file: "connector/x.go", imported: "passerelle/club/a/atest", want: "imports club/a/atest, " + unlisted,
		},
		{
			name: "a prefix of what may be imported is not enough",
			file: "connector/ledger/x.go", imported: "passerelle/connector/porttest", want: "imports connector/porttest, " + unlisted,
		},
		{
			name: "the simulation imports a simulator",
			file: "internal/simulation/x.go", imported: "passerelle/federation/b/btest",
		},
		{
			name: "a side does not import the other",
			file: "club/a/x.go", imported: "passerelle/federation/b", want: "imports federation/b, " + unlisted,
		},
		{
			name: "nor do its tests",
			file: "club/a/x_test.go", imported: "passerelle/federation/b", want: "imports federation/b, " + unlisted,
		},
		{
			name: "a side's tests import its simulator",
			file: "club/a/x_test.go", imported: "passerelle/club/a/atest",
		},
		{
			name: "a simulator does not import its client",
			file: "club/a/atest/x.go", imported: "passerelle/club/a", want: "imports club/a, " + unlisted,
		},
		{
			name: "the second opinion shares no code with the decision",
			file: "connector/verify/x.go", imported: "passerelle/connector/reconcile", want: "imports connector/reconcile, " + unlisted,
		},
		{
			name: "the command imports what it likes",
			file: "cmd/passerelle/x.go", imported: "passerelle/club/a/atest",
		},
		{
			name: "a package that nobody placed is found",
			file: "internal/util/x.go", imported: "strings", want: "no row in the import table has its package",
		},
		{
			name: "the canonical language is built on the standard library",
			file: "internal/record/x.go", imported: "golang.org/x/text/cases",
			want: "imports golang.org/x/text/cases: the canonical language is built on the standard library alone",
		},
		{
			name: "the decision reads no files",
			file: "connector/reconcile/x.go", imported: "io/fs", want: "imports io/fs: the decision is pure",
		},
		{
			name: "who may be whom takes no context",
			file: "connector/match/x.go", imported: "context", want: "imports context: the decision is pure",
		},
		{
			name: "the engine does not know the ledger's library",
			file: "connector/x.go", imported: "go.etcd.io/bbolt", want: "imports go.etcd.io/bbolt: only connector/ledger imports it",
		},
		{
			name: "the ledger knows it",
			file: "connector/ledger/x.go", imported: "go.etcd.io/bbolt",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A file under a build tag counts, and so does an import for its effects.
			text := "//go:build plan9\n\npackage x\n\nimport _ \"" + tt.imported + "\"\n"
			var want []string
			if tt.want != "" {
				want = []string{tt.file + ": " + tt.want}
			}
			fires(t, imports, map[string]string{tt.file: text}, want)
		})
	}
}

func TestPackageCommentsFires(t *testing.T) {
	t.Parallel()
	const (
		comment = "// Package connector carries.\n"
		pkg     = "package connector\n"
	)
	tests := []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{name: "one is right", files: map[string]string{"connector/a.go": comment + pkg, "connector/b.go": pkg}},
		{
			name:  "none is found",
			files: map[string]string{"connector/a.go": pkg},
			want:  []string{"connector: 0 package comments [], want one"},
		},
		{
			name:  "two are found",
			files: map[string]string{"connector/a.go": comment + pkg, "connector/b.go": comment + pkg},
			want:  []string{"connector: 2 package comments [a.go b.go], want one"},
		},
		{
			name:  "a build tag is none",
			files: map[string]string{"connector/a.go": "//go:build linux\n\n" + pkg},
			want:  []string{"connector: 0 package comments [], want one"},
		},
		{
			name:  "one in a test is found",
			files: map[string]string{"connector/a.go": pkg, "connector/a_test.go": comment + pkg},
			want:  []string{"connector/a_test.go: a package comment stands in a test"},
		},
		{
			name:  "one of another form is found",
			files: map[string]string{"connector/a.go": "// The engine.\n" + pkg},
			want:  []string{`connector/a.go: the package comment does not begin with "Package connector"`},
		},
		{name: "a command's has a form of choice", files: map[string]string{"cmd/x/a.go": "// Carries members.\npackage main\n"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fires(t, packageComments, tt.files, tt.want)
		})
	}
}

func TestReachesFires(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, imported, body string
		want                       []string // what is reached for, and where
	}{
		{
			name: "the clock is found, called or handed on",
			file: "connector/x.go", imported: `"time"`, body: "var now = time.Now\nfunc f() { time.Sleep(1) }",
			want: []string{" reaches for time.Now", "f reaches for time.Sleep"},
		},
		{
			name: "another name does not hide it",
			file: "connector/x.go", imported: `chance "math/rand/v2"`, body: "func f() { chance.IntN(1) }",
			want: []string{"f reaches for math/rand/v2.IntN"},
		},
		{
			name: "nor does a version at the end of the path",
			file: "connector/x.go", imported: `"math/rand/v2"`, body: "func f() { rand.Shuffle(1, nil) }",
			want: []string{"f reaches for math/rand/v2.Shuffle"},
		},
		{
			name: "nor does no name at all",
			file: "connector/x.go", imported: `. "time"`, body: "var now = Now",
			want: []string{"imports time without a name"},
		},
		{
			name: "a source with a seed is passed in",
			file: "connector/x.go", imported: `"math/rand/v2"`, body: "func f() { rand.New(rand.NewPCG(1, 2)).IntN(3) }",
		},
		{
			name: "a method of the same name is none",
			file: "connector/x.go", imported: `"time"`, body: "func f(c clock) { c.Now(); time.Unix(0, 0) }",
		},
		{
			name: "the default client is found",
			file: "connector/x.go", imported: `"net/http"`, body: "func f() { http.DefaultClient.Do(nil); http.Get(``) }",
			want: []string{"f reaches for net/http.DefaultClient", "f reaches for net/http.Get"},
		},
		{
			name: "an end of the program is found",
			file: "connector/x.go", imported: `"os"`, body: "func f() { os.Exit(1) }",
			want: []string{"f reaches for os.Exit"},
		},
		{
			name: "the command ends it",
			file: "cmd/passerelle/x.go", imported: `"os"`, body: "func f() { os.Exit(1) }",
		},
		{
			name: "a print is found, a write is none",
			file: "connector/x.go", imported: `"fmt"`, body: "func f() { fmt.Println(); fmt.Fprintln(nil) }",
			want: []string{"f reaches for fmt.Println"},
		},
		{
			name: "an example prints, a test does not",
			file: "connector/x_test.go", imported: `"fmt"`, body: "func ExampleF() { fmt.Println() }\nfunc TestF() { fmt.Printf(``) }",
			want: []string{"TestF reaches for fmt.Printf"},
		},
		{
			name: "a test reads the clock and does not sleep",
			file: "connector/x_test.go", imported: `"time"`, body: "func TestF() { time.Now(); time.Sleep(1) }",
			want: []string{"TestF reaches for time.Sleep"},
		},
		{
			name: "a test in a bubble sleeps on the fake clock",
			file: "connector/x_test.go", imported: `("testing/synctest"; "time")`, body: "func TestF() { synctest.Wait(); time.Sleep(1) }",
		},
		{
			name: "a test does not ask by a client that outlives it",
			file: "connector/x_test.go", imported: `"net/http"`, body: "func TestF() { http.Get(``) }",
			want: []string{"TestF reaches for net/http.Get"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var want []string
			for _, found := range tt.want {
				if strings.Contains(found, "reaches") {
					found += ": it is passed in"
				}
				want = append(want, tt.file+": "+found)
			}
			fires(t, reaches, map[string]string{tt.file: "package x\n\nimport " + tt.imported + "\n\n" + tt.body}, want)
		})
	}
}

func TestTopFoldersFires(t *testing.T) {
	t.Parallel()
	fires(t, topFolders,
		map[string]string{"connector/x.go": "package connector", ".ci/run": "", ".gitignore": "/bin/\n/passerelle\n*.test\n", "pkg/x.txt": "", "bin/passerelle": ""},
		[]string{"pkg: no such folder stands at the top of the house"})
}

func TestRegistryHostsFires(t *testing.T) {
	t.Parallel()
	fires(t, registryHosts,
		map[string]string{"README.md": "export Go" + "Proxy=off", "go.sum": "example.org/go" + "proxy v1.0.0", "deploy/x": "plain"},
		[]string{"README.md: speaks of go" + "proxy"})
}

// fires asks a rule of a small tree.
func fires(t *testing.T, broken rule, files map[string]string, want []string) {
	t.Helper()
	small := fstest.MapFS{}
	for name, text := range files {
		small[name] = &fstest.MapFile{Data: []byte(text)}
	}
	got := broken(readTree(t, small))
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("broken (-want +got):\n%s", diff)
	}
}
