package layout

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

// topFolders finds folders at the top that the house does not have.
func topFolders(house tree) []string {
	rooms := []string{"cmd", "connector", "federation", "club", "mapping", "conflicts", "internal", "docs", "deploy"}
	var broken []string
	for _, folder := range house.folders {
		if !strings.HasPrefix(folder, ".") && !slices.Contains(rooms, folder) {
			broken = append(broken, folder+": no such folder stands at the top of the house")
		}
	}
	return broken
}

// packageComments finds packages without their one comment, at the top of one file that is not a test.
func packageComments(house tree) []string {
	comments := map[string][]string{} // the files that have one, by folder
	names := map[string]string{}
	var broken []string
	for _, file := range house.sources {
		if name := file.syntax.Name.Name; !strings.HasSuffix(name, "_test") {
			names[file.folder] = name
		}
		comment := file.syntax.Doc.Text()
		if comment == "" {
			continue
		}
		comments[file.folder] = append(comments[file.folder], path.Base(file.path))
		if name := file.syntax.Name.Name; name != "main" && !strings.HasPrefix(comment, "Package "+name+" ") {
			broken = append(broken, fmt.Sprintf("%s: the package comment does not begin with %q", file.path, "Package "+name))
		}
		if file.test {
			broken = append(broken, file.path+": a package comment stands in a test")
		}
	}
	for folder := range names {
		if n := len(comments[folder]); n != 1 {
			broken = append(broken, fmt.Sprintf("%s: %d package comments %v, want one", folder, n, comments[folder]))
		}
	}
	return broken
}

// passedIn names what no package reaches for by itself, by import path. A trailing star stands for any ending.
func passedIn() map[string][]string {
	random := []string{"ExpFloat*", "Float*", "Int*", "N", "NormFloat*", "Perm", "Read", "Seed", "Shuffle", "Uint*"}
	return map[string][]string{
		"time":         {"Now", "Since", "Sleep", "Until"},
		"math/rand":    random,
		"math/rand/v2": random,
		"crypto/rand":  {"Int", "Prime", "Read", "Reader", "Text"},
		"net": {
			"Dial", "DialIP", "DialTCP", "DialTimeout", "DialUDP", "DialUnix",
			"Listen", "ListenIP", "ListenMulticastUDP", "ListenPacket", "ListenTCP", "ListenUDP", "ListenUnix", "ListenUnixgram",
		},
		"net/http": {
			"DefaultClient", "DefaultServeMux", "DefaultTransport", "Get", "Handle", "HandleFunc", "Head",
			"ListenAndServe*", "Post", "PostForm",
		},
		"os":  {"Exit"},
		"log": {"Fatal*", "Panic*", "Print*"},
		"fmt": {"Print*"},
	}
}

// reaches finds where a package takes the clock, the random source, the network or the process by itself.
func reaches(house tree) []string {
	var broken []string
	for _, file := range house.sources {
		if file.folder == "cmd/passerelle" {
			continue // where they come from
		}
		for _, decl := range file.syntax.Decls {
			function := ""
			if f, ok := decl.(*ast.FuncDecl); ok {
				function = f.Name.Name
			}
			ast.Inspect(decl, func(node ast.Node) bool {
				selector, ok := node.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := selector.X.(*ast.Ident)
				if !ok {
					return true
				}
				from, name := file.imports[pkg.Name], selector.Sel.Name
				if matches(passedIn()[from], name) && (!file.test || !inTests(file, function, from, name)) {
					broken = append(broken, fmt.Sprintf("%s: %s reaches for %s.%s: it is passed in", file.path, function, from, name))
				}
				return true
			})
		}
		for local, imported := range file.imports {
			if strings.HasPrefix(local, ".") && passedIn()[imported] != nil {
				broken = append(broken, fmt.Sprintf("%s: imports %s without a name", file.path, imported))
			}
		}
	}
	return broken
}

// inTests reports whether a test may reach for it: it draws and listens as it likes, and reads the clock; it never waits
// on the real one, asks no server by a client that outlives it, and prints only to show an example.
func inTests(file source, function, from, name string) bool {
	switch from {
	case "time":
		return name != "Sleep" || slices.Contains(slices.Collect(maps.Values(file.imports)), "testing/synctest")
	case "net/http":
		return false
	case "fmt":
		return strings.HasPrefix(function, "Example")
	case "os", "log":
		return function == "TestMain"
	default:
		return true
	}
}

// registryHosts finds where a file speaks of the hosts that packages come from: whoever builds the house chooses them.
func registryHosts(house tree) []string {
	// In two parts each, or this file would be the first find.
	hosts := []string{
		"go" + "proxy", "proxy." + "golang.org", "sum." + "golang.org", "go" + "sumdb", "registry." + "npmjs", "npmjs" + ".com",
		"pypi" + ".org", "crates" + ".io", "deb." + "debian.org", "repo." + "maven", "docker" + ".io", "ghcr" + ".io",
	}
	var broken []string
	for name, text := range house.texts {
		if strings.HasSuffix(name, ".sum") || strings.HasSuffix(name, ".mod") {
			continue // module paths, which may be spelled like a host
		}
		for _, host := range hosts {
			if strings.Contains(strings.ToLower(text), host) {
				broken = append(broken, fmt.Sprintf("%s: speaks of %s", name, host))
			}
		}
	}
	return broken
}
