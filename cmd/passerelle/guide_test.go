package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// guides returns the files of the guide for admins. The others are held to the first.
func guides() []string {
	return []string{"linking.md", "linking.de.md", "linking.fr.md", "linking.it.md"}
}

// A section is what a part of the guide has in common in every language.
type section struct {
	Heading  string   // its marks, and its number where it has one: "### 1."
	Blocks   []string // lines of code, one string for each run of them
	Commands []string // commands within sentences, in their order
	Code     []string // all other code within sentences, sorted: sentences are built differently
	Items    int      // list items
	Rows     []int    // cells of each row of a table
	Links    []string // targets but for the guide in other languages, sorted
	Bold     int      // marks of bold text
}

// sections takes a guide apart.
func sections(text string) []section {
	heading := regexp.MustCompile(`^(#+)( \d\.)?`)
	var all []section
	in := false // a run of code lines
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if marks := heading.FindString(line); marks != "" {
			all = append(all, section{Heading: marks})
		}
		s := &all[len(all)-1]
		if code, ok := strings.CutPrefix(line, "    "); ok {
			if !in {
				s.Blocks = append(s.Blocks, "")
			}
			s.Blocks[len(s.Blocks)-1] += code + "\n"
			in = true
			continue
		}
		in = false
		s.add(line)
	}
	for i := range all {
		slices.Sort(all[i].Code)
		slices.Sort(all[i].Links)
	}
	return all
}

// add counts what a line of text has.
func (s *section) add(line string) {
	for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
		if strings.HasPrefix(code[1], "passerelle ") {
			s.Commands = append(s.Commands, code[1])
		} else {
			s.Code = append(s.Code, code[1])
		}
	}
	for _, link := range linksOf(line) {
		if !slices.Contains(guides(), link) {
			s.Links = append(s.Links, link)
		}
	}
	if strings.HasPrefix(line, "- ") {
		s.Items++
	}
	if strings.HasPrefix(line, "|") {
		s.Rows = append(s.Rows, strings.Count(line, "|")-1)
	}
	s.Bold += strings.Count(line, "**")
}

func linksOf(text string) []string {
	var targets []string
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		targets = append(targets, link[1])
	}
	return targets
}

func readGuide(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs", filepath.Base(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// TestTheGuideIsTheSameInEveryLanguage holds the translations to the same sections, commands, tables and links.
func TestTheGuideIsTheSameInEveryLanguage(t *testing.T) {
	t.Parallel()
	want := sections(readGuide(t, guides()[0]))
	for _, name := range guides() {
		text := readGuide(t, name)
		if diff := cmp.Diff(want, sections(text)); diff != "" {
			t.Errorf("docs/%s is not the guide of docs/%s (-want +got):\n%s", name, guides()[0], diff)
		}
		others := slices.DeleteFunc(guides(), func(g string) bool { return g == name })
		for _, target := range linksOf(text) {
			if _, err := os.Stat(filepath.Join("../../docs", target)); err != nil {
				t.Errorf("docs/%s links to %s, which is not there", name, target)
			}
			others = slices.DeleteFunc(others, func(g string) bool { return g == target })
		}
		if len(others) > 0 {
			t.Errorf("docs/%s does not link to %s", name, others)
		}
		if strings.Contains(text, "ß") {
			t.Errorf("docs/%s has a ß, which Switzerland does not write", name)
		}
	}
}

// TestTheGuideNamesCommandsThatExist takes every command of the guide as it would be typed, down to its flags and arguments.
func TestTheGuideNamesCommandsThatExist(t *testing.T) {
	t.Parallel()
	flag := regexp.MustCompile(`^--[a-z]+$`)
	commands := 0
	for _, s := range sections(readGuide(t, guides()[0])) {
		lines := slices.Clone(s.Commands)
		for _, block := range s.Blocks {
			lines = append(lines, strings.Split(strings.TrimSpace(block), "\n")...)
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "passerelle ") {
				continue
			}
			commands++
			if err := understood(strings.Fields(line)[1:]); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
		for _, code := range s.Code {
			if flag.MatchString(code) && !anywhere(guided(), code[2:]) {
				t.Errorf("no command has %s", code)
			}
		}
	}
	if commands == 0 {
		t.Error("the guide names no command")
	}
}

// understood reports what is wrong with a command line, without carrying it out.
func understood(words []string) error {
	for i := range words {
		if words[i] == "N" {
			words[i] = "1" // a number in the place of one
		}
	}
	cmd, rest, err := guided().Find(words)
	if err != nil {
		return err
	}
	if err := cmd.ParseFlags(rest); err != nil {
		return err
	}
	if cmd.HasSubCommands() {
		return cobra.NoArgs(cmd, cmd.Flags().Args())
	}
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// anywhere reports whether a command or one below it has a flag.
func anywhere(cmd *cobra.Command, flag string) bool {
	return cmd.Flags().Lookup(flag) != nil || slices.ContainsFunc(cmd.Commands(), func(c *cobra.Command) bool { return anywhere(c, flag) })
}

// guided returns the tree of commands.
func guided() *cobra.Command { return (&app{}).root() }

// TestTheGuideDeclaresAMoveAsItIsUnderstood puts the guide's move in January into a configuration.
func TestTheGuideDeclaresAMoveAsItIsUnderstood(t *testing.T) {
	t.Parallel()
	var moves string
	for _, s := range sections(readGuide(t, guides()[0])) {
		for _, block := range s.Blocks {
			if strings.HasPrefix(block, "waves:\n") {
				moves = "    " + strings.ReplaceAll(strings.TrimSpace(block), "\n", "\n    ") + "\n"
			}
		}
	}
	if moves == "" {
		t.Fatal("the guide declares no move")
	}
	served(t, small(), moves, nil).begin(t, "", "config", "check").end(exitDone)
}

// TestTheGuideExplainsEveryQuestion holds its table to the kinds that there are.
func TestTheGuideExplainsEveryQuestion(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../conflicts/question.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := regexp.MustCompile(`Kind = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(kinds) == 0 {
		t.Fatal("conflicts/question.go has no kinds")
	}
	text := readGuide(t, guides()[0])
	for _, kind := range kinds {
		if !strings.Contains(text, "\n| `"+kind[1]+"` |") {
			t.Errorf("the guide does not explain questions of kind %s", kind[1])
		}
	}
}
