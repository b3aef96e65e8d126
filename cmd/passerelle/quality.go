package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	_ "time/tzdata" // the calendar days of a link are those of Europe/Zurich on every machine

	"passerelle/connector/quality"
	"passerelle/internal/record"
)

// A checkQuestion is what check is asked for besides its link.
type checkQuestion struct {
	folder   string // for the files of the report, "" for none
	language string
	values   bool
}

// today is the calendar day of a link.
func (a *app) today() record.Date { return record.DateOf(a.now().In(zurich())) }

// languageOf returns the language that was asked for, else that of the shell when it is one of the four, else English.
func languageOf(asked string, getenv func(string) string) (quality.Language, error) {
	if l := quality.Language(asked); asked != "" {
		if !slices.Contains(quality.Languages(), l) {
			return "", usage(fmt.Errorf("there is no report in %q; --language takes de, fr, it or en", asked))
		}
		return l, nil
	}
	locale := cmp.Or(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	name, _, _ := strings.Cut(locale, ".")
	name, _, _ = strings.Cut(name, "_")
	if l := quality.Language(name); slices.Contains(quality.Languages(), l) {
		return l, nil
	}
	return "en", nil
}

// writeQuality writes the report of a link, with its values, and returns where. Each file is replaced in one step.
func writeQuality(folder string, c *quality.Catalogue, l quality.Language, h quality.Heading, r quality.Report) ([]string, error) {
	var page, table bytes.Buffer
	if err := quality.Page(&page, c, l, h, r); err != nil {
		return nil, err
	}
	if err := quality.CSV(&table, c, l, r); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	var files []string
	for _, f := range []struct {
		ending string
		text   []byte
	}{{".html", page.Bytes()}, {".csv", table.Bytes()}} {
		path := filepath.Join(folder, h.Link+"-check"+f.ending)
		if err := replaceFile(path, f.text); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}

// examples is how many findings of a kind are shown; the files have them all.
const examples = 3

// tellQuality tells what was found, kind by kind.
func tellQuality(text *strings.Builder, c *quality.Catalogue, l quality.Language, found checked) {
	line := lines(text)
	r := found.Quality
	for _, side := range record.Sides() {
		switch why, unread := r.Unread[side]; {
		case unread && found.Sides[side].Reached:
			line("  the data of the %s could not be looked at: %s", side, why)
			line("    next: passerelle check %s reads them again; if it stays so, ask the %s's support why its list is not whole", found.Link, side)
		case unread:
			line("  the data of the %s could not be looked at", side)
		default:
			line("  the data of the %s: %d people looked at, %d out of scope or over", side, r.Counts.People[side], r.Counts.Outside[side])
		}
	}
	severity := quality.Severity("")
	for _, g := range r.Groups(c) {
		if g.Severity != severity {
			severity = g.Severity
			line("  %s:", c.Severities[severity][l])
		}
		line("    %s: %d", g.Title[l], len(g.Findings))
		for i := range min(examples, len(g.Findings)) {
			line("      %s", findingWords(c, l, &g.Findings[i]))
		}
		if more := len(g.Findings) - examples; more > 0 {
			line("      %s", c.Word(l, "more", "n", strconv.Itoa(more)))
		}
		line("      %s: %s", c.Word(l, "what"), g.What[l])
	}
	switch {
	case len(r.Findings) == 0 && len(r.Unread) == 0:
		line("  %s", c.Word(l, "nothing"))
	case len(found.Files) == 0 && len(r.Findings) > 0:
		line("  all of them, with what is held and proposed: passerelle check %s --to FOLDER", found.Link)
	}
	for _, file := range found.Files {
		line("  written, with personal data: %s", file)
	}
}

// findingWords tells one finding in a line, with values where it has them.
func findingWords(c *quality.Catalogue, l quality.Language, f *quality.Finding) string {
	parts := []string{f.Ref}
	for _, part := range []string{f.Number, f.Who, c.Fields[f.Field][l], c.Reason(l, f)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	words := strings.Join(parts, "  ")
	if f.Held != "" {
		words += ": " + f.Held
	}
	if f.Proposed != "" {
		words += " -> " + f.Proposed
	}
	return words
}
