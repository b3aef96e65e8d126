package mapping

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

// A word is a text of a YAML file and the line on which it stands.
type word struct {
	text string
	line int
}

// UnmarshalYAML keeps a scalar as it is spelled: 01 stays 01.
func (w *word) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: a single text is expected here", node.Line)}}
	}
	w.text, w.line = node.Value, node.Line
	return nil
}

// words are one text or a list of them.
type words []word

// UnmarshalYAML takes a single text for a list of one.
func (l *words) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*l = words{{text: node.Value, line: node.Line}}
		return nil
	}
	var list []word
	if err := node.Decode(&list); err != nil {
		return err
	}
	*l = list
	return nil
}

func (l words) texts() []string {
	texts := make([]string, len(l))
	for i, w := range l {
		texts[i] = w.text
	}
	return texts
}

// problems collects everything that is wrong with a file, so that all of it is said at once.
type problems struct {
	file  string
	found []problem
}

// A problem is what is wrong at a line of a file.
type problem struct {
	line int
	text string
}

// add notes what is wrong at a line and what to do about it; line 0 is the file as a whole.
func (p *problems) add(line int, what, todo string) {
	at := p.file
	if line > 0 {
		at += ":" + strconv.Itoa(line)
	}
	p.found = append(p.found, problem{line, fmt.Sprintf("%s: %s; %s", at, what, todo)})
}

// err returns the problems as one error, in the order of their lines.
func (p *problems) err() error {
	slices.SortStableFunc(p.found, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.text, b.text))
	})
	var all []error
	for _, f := range p.found {
		all = append(all, errors.New(f.text))
	}
	return errors.Join(all...)
}

// decode reads a YAML file into a structure that names every key it may have, and notes every key that it does not.
func (p *problems) decode(text []byte, into any) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	err := decoder.Decode(into)
	var typed *yaml.TypeError
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return
	case !errors.As(err, &typed):
		p.library(strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	for _, message := range typed.Errors {
		p.library(message)
	}
}

// library says a message of the YAML library in the form of the house.
func (p *problems) library(message string) {
	line := 0
	if m := regexp.MustCompile(`^line (\d+): (.*)`).FindStringSubmatch(message); m != nil {
		line, _ = strconv.Atoi(m[1]) // the expression matched digits
		message = m[2]
	}
	todo := "correct it"
	if m := regexp.MustCompile(`^field (.*) not found in type `).FindStringSubmatch(message); m != nil {
		message, todo = fmt.Sprintf("unknown key %q", m[1]), "remove it or correct its spelling"
	}
	if m := regexp.MustCompile(`^mapping key (".*") already defined at line (\d+)`).FindStringSubmatch(message); m != nil {
		message, todo = fmt.Sprintf("the key %s stands twice, first at line %s", m[1], m[2]), "keep one of them"
	}
	p.add(line, message, todo)
}

// nearest returns the name that a misspelt one is closest to, as an advice; "" when none is close.
func nearest(name string, names []string) string {
	best, distance := "", 3
	for _, candidate := range names {
		if d := edits(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits counts the letters by which a and b differ.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
