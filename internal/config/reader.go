package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A reader walks the nodes of one file and collects what is wrong with them instead of stopping at it.
type reader struct {
	file     string
	folder   string
	problems []Problem
}

// A key is what a mapping may hold under name, and who reads it.
type key struct {
	name     string
	required bool
	read     func(*yaml.Node)
}

func (r *reader) problem(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) inOrder() []Problem {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return r.problems
}

// document returns the one document's content, or nil after noting why there is none.
func (r *reader) document(text []byte) *yaml.Node {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || (err == nil && isNull(document.Content[0])) {
		r.problem(1, "the file is empty")
		return nil
	}
	if err == nil {
		if err = decoder.Decode(&second); errors.Is(err, io.EOF) {
			return document.Content[0]
		}
	}
	if err == nil {
		r.problem(second.Line, "a second document begins here; the configuration is one")
		return nil
	}
	line, reason := 1, strings.TrimPrefix(err.Error(), "yaml: ")
	if found := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(reason); found != nil {
		if n, err := strconv.Atoi(found[1]); err == nil {
			line, reason = n, found[2]
		}
	}
	r.problem(line, "not YAML: %s", reason)
	return nil
}

// mapping reads n, called name in problems, by keys. An n without a value is an empty mapping.
func (r *reader) mapping(n *yaml.Node, name string, keys ...key) {
	given := map[string]bool{}
	r.entries(n, name, func(k, value *yaml.Node) {
		given[k.Value] = true
		i := slices.IndexFunc(keys, func(known key) bool { return known.name == k.Value })
		if i < 0 {
			r.problem(k.Line, "%s has no key %q%s", name, k.Value, hint(k.Value, keys))
			return
		}
		keys[i].read(value)
	})
	if n.Kind != yaml.MappingNode && !isNull(n) {
		return // said already, and every key is missing
	}
	for _, k := range keys {
		if k.required && !given[k.name] {
			r.problem(n.Line, "%s needs the key %q", name, k.name)
		}
	}
}

// entries hands every key of n to each, with its value; of a key given twice, the first.
func (r *reader) entries(n *yaml.Node, name string, each func(k, value *yaml.Node)) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, "%s must have keys, each with a value", name)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, value := resolved(n.Content[i]), resolved(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			r.problem(k.Line, "%s: a key must be a word", name)
			continue
		}
		if line, twice := first[k.Value]; twice {
			r.problem(k.Line, "%s has the key %q twice, first in line %d", name, k.Value, line)
			continue
		}
		first[k.Value] = k.Line
		each(k, value)
	}
}

// list hands every element of n to each. An n without a value is an empty list.
func (r *reader) list(n *yaml.Node, name string, each func(element *yaml.Node)) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, "%s must be a list", name)
		return
	}
	for _, element := range n.Content {
		each(resolved(element))
	}
}

// text returns n as it is written, quoted or not: 01 stays 01. ok is false after a problem.
func (r *reader) text(n *yaml.Node, name string) (text string, ok bool) {
	switch {
	case n.Kind != yaml.ScalarNode:
		r.problem(n.Line, "%s must be a single value", name)
	case strings.TrimSpace(n.Value) == "" || isNull(n):
		r.problem(n.Line, "%s is empty: give it a value", name)
	default:
		return n.Value, true
	}
	return "", false
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Tag == "!!null"
}

// hint proposes the known key that unknown was probably meant to be.
func hint(unknown string, keys []key) string {
	if slices.Contains([]string{"access_key", "key", "password", "secret", "token"}, unknown) {
		return "; secrets are never in this file: passerelle connect LINK club|federation takes them"
	}
	best, least := "", max(1, len(unknown)/3)+1
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.name
		if d := distance(strings.ToLower(unknown), k.name); d < least {
			best, least = k.name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; it knows " + strings.Join(names, ", ")
}

// distance is the number of letters to insert, remove, replace or swap with their neighbour to turn a into b.
func distance(a, b string) int {
	previous, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before := previous
		previous, row = row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
