package quality

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"

	"passerelle/internal/record"
)

//go:embed page.html
var pageText string

// A Heading is what stands above a report: the link, and the day on which both sides were read.
type Heading struct {
	Link string
	Date record.Date
}

// Page writes the report as one HTML file that loads nothing and runs nothing. It holds values.
func Page(w io.Writer, c *Catalogue, l Language, h Heading, r Report) error {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	if err := page.Execute(w, newView(c, l, h, r)); err != nil {
		return fmt.Errorf("page: %w", err)
	}
	return nil
}

// A view is what the page shows, in one language.
type view struct {
	Language                                          Language
	Title, Subtitle, Personal, Summary, What, Nothing string
	Sides                                             []string
	Totals                                            []total
	Unread                                            []string
	Parts                                             []part
}

// A total is one line of the summary: a number for each side, "" where the side could not be read.
type total struct {
	Name     string
	Severity Severity // "" for a number of people
	Cells    []string
}

// A part is the groups of one severity.
type part struct {
	Severity Severity
	Title    string
	Groups   []shownGroup
}

// A shownGroup is the findings of one kind, as a table.
type shownGroup struct {
	Kind             Kind
	Title, Why, What string
	Count            int
	Columns          []string
	Rows             [][]cell
}

// A cell is a text under the name of its column. Code is a reference or a number.
type cell struct {
	Column, Text string
	Code         bool
}

func newView(c *Catalogue, l Language, h Heading, r Report) view {
	v := view{
		Language: l,
		Title:    c.Word(l, "title", "link", h.Link), Subtitle: c.Word(l, "subtitle", "date", h.Date.String()),
		Personal: c.Word(l, "personal"), Summary: c.Word(l, "summary"), What: c.Word(l, "what"),
	}
	if len(r.Findings) == 0 {
		v.Nothing = c.Word(l, "nothing")
	}
	for _, side := range record.Sides() {
		v.Sides = append(v.Sides, c.Sides[side][l])
		if why, unread := r.Unread[side]; unread {
			v.Unread = append(v.Unread, c.Sides[side][l]+": "+c.Word(l, "unread", "reason", why))
		}
	}
	v.Totals = totals(c, l, r)
	for _, severity := range Severities() {
		p := part{Severity: severity, Title: c.Severities[severity][l]}
		for _, g := range r.Groups(c) {
			if g.Severity == severity {
				p.Groups = append(p.Groups, shown(c, l, g))
			}
		}
		if len(p.Groups) > 0 {
			v.Parts = append(v.Parts, p)
		}
	}
	return v
}

// totals returns the lines of the summary.
func totals(c *Catalogue, l Language, r Report) []total {
	line := func(name string, severity Severity, cell func(record.Side) string) total {
		t := total{Name: name, Severity: severity}
		for _, side := range record.Sides() {
			text := ""
			if _, unread := r.Unread[side]; !unread {
				text = cell(side)
			}
			t.Cells = append(t.Cells, text)
		}
		return t
	}
	var all []total
	for _, severity := range Severities() {
		all = append(all, line(c.Severities[severity][l], severity, func(side record.Side) string {
			n, persons := r.Counts.Severity[severity][side], r.Counts.Persons[severity][side]
			if n == 0 {
				return "0"
			}
			return c.Word(l, "of", "n", strconv.Itoa(n), "persons", strconv.Itoa(persons))
		}))
	}
	return append(all,
		line(c.Word(l, "people"), "", func(side record.Side) string { return strconv.Itoa(r.Counts.People[side]) }),
		line(c.Word(l, "outside"), "", func(side record.Side) string { return strconv.Itoa(r.Counts.Outside[side]) }),
	)
}

// shown makes a table of a group, without the columns in which nothing stands.
func shown(c *Catalogue, l Language, g Group) shownGroup {
	s := shownGroup{Kind: g.Kind, Title: g.Title[l], Why: g.Why[l], What: g.What[l], Count: len(g.Findings)}
	columns := []struct {
		word string
		code bool
		text func(*Finding) string
	}{
		{"reference", true, func(f *Finding) string { return f.Ref }},
		{"side", false, func(f *Finding) string { return c.Sides[f.Side][l] }},
		{"number", true, func(f *Finding) string { return f.Number }},
		{"who", false, func(f *Finding) string { return f.Who }},
		{"field", false, func(f *Finding) string { return c.Fields[f.Field][l] }},
		{"reason", false, func(f *Finding) string { return c.Reason(l, f) }},
		{"held", false, func(f *Finding) string { return f.Held }},
		{"proposed", false, func(f *Finding) string { return f.Proposed }},
	}
	s.Rows = make([][]cell, len(g.Findings))
	for _, column := range columns {
		if !slices.ContainsFunc(g.Findings, func(f Finding) bool { return column.text(&f) != "" }) {
			continue
		}
		name := c.Word(l, column.word)
		s.Columns = append(s.Columns, name)
		for i := range g.Findings {
			s.Rows[i] = append(s.Rows[i], cell{name, column.text(&g.Findings[i]), column.code})
		}
	}
	return s
}
