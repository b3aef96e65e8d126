package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walked are the commands of a text, in the order in which each comes for the first time, with what a reader fills in as the
// README writes it. What a script reads with --json, for a value that a reader sees, is none.
func walked(text string, command *regexp.Regexp) []string {
	filled := strings.NewReplacer("$ID", "ID", "$PLAN", "PLAN", "$PERSONS", "N")
	field := regexp.MustCompile(`field:\w+ (club|federation)`)
	var commands []string
	for _, m := range command.FindAllStringSubmatch(text, -1) {
		c := field.ReplaceAllString(filled.Replace(strings.TrimSpace(m[1])), "field:street club")
		if !strings.Contains(c, "--json") && !slices.Contains(commands, c) {
			commands = append(commands, c)
		}
	}
	return commands
}

// TestTheWalkIsTheReadmes holds the script from an empty folder to a linked club to the words of the README: the same commands in
// the same order, and no other.
func TestTheWalkIsTheReadmes(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## A first link, step by step")
	section, _, _ = strings.Cut(section, "\n## ")
	script, err := os.ReadFile("testdata/walk.txtar")
	if err != nil {
		t.Fatal(err)
	}
	want := walked(section, regexp.MustCompile(`(?m)^    \.\./passerelle ([^#\n]+)`))
	want = slices.DeleteFunc(want, func(c string) bool { return c == "run" }) // which does not end by itself
	got := walked(string(script), regexp.MustCompile(`(?m)^exec (?:sh -c '(?:echo \$\w+ \| )?)?passerelle ([^';\n]+)`))
	got = slices.DeleteFunc(got, func(c string) bool { return c == "conflicts list" }) // at the end, that nothing is left
	if len(want) < 10 {
		t.Fatalf("the README has %d commands: %v", len(want), want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the README -, the script +:\n%s", diff)
	}
}
