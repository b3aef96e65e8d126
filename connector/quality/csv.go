package quality

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// CSV writes the findings as the spreadsheets of this country open them: columns by semicolons, CRLF, UTF-8 with a byte
// order mark. It holds values. A cell that a spreadsheet would take for a formula gets an apostrophe before it. That would
// spoil a phone number, which begins with a plus: no finding holds one, since what can be read of a phone is right.
func CSV(w io.Writer, c *Catalogue, l Language, r Report) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	var head []string
	for _, name := range []string{"severity", "kind", "side", "reference", "number", "who", "field", "reason", "held", "proposed", "what"} {
		head = append(head, c.Words[name][l])
	}
	rows := [][]string{head}
	for i := range r.Findings {
		f := &r.Findings[i]
		e := c.Entry(f.Kind)
		rows = append(rows, []string{
			c.Severities[e.Severity][l], e.Title[l], c.Sides[f.Side][l], f.Ref, f.Number, f.Who, c.Fields[f.Field][l], c.Reason(l, f),
			f.Held, f.Proposed, e.What[l],
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = harmless(row[i])
		}
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	return nil
}

// harmless returns a cell that no spreadsheet takes for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
