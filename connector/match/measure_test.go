package match_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/match"
)

// A tally counts the people to whom one thing has happened.
type tally struct{ people, found, first, linked int }

// A measure is what Candidates makes of a corpus.
type measure struct {
	kinds map[string]*tally
	all   tally
	// Of the club's people who have a candidate, and of whom the first of them is who it should be.
	asked, right int
	// Pairs that are asked about at once, those of them about people whom the other side does not have, and those that wait.
	questions, idle, waiting int
	falseLinks               int
}

func measured(c *corpus) *measure {
	m := &measure{kinds: map[string]*tally{}}
	for _, k := range kinds() {
		m.kinds[k] = &tally{}
	}
	of := map[int][]match.Pair{}
	for _, p := range match.Candidates(c.club, c.federation, nil) {
		of[p.Club] = append(of[p.Club], p)
		truth := c.truth[c.club[p.Club].Ref.Document]
		switch {
		case p.Links && truth != c.federation[p.Federation].Ref.Document:
			m.falseLinks++
		case p.Links:
		case p.Waits:
			m.waiting++
		default:
			m.questions++
			if truth == "" {
				m.idle++
			}
		}
	}
	for i, r := range c.club {
		m.count(c, r.Ref.Document, of[i])
	}
	return m
}

// count adds one of the club's people with their candidates, the best first.
func (m *measure) count(c *corpus, ref string, pairs []match.Pair) {
	is := func(p match.Pair) bool { return c.federation[p.Federation].Ref.Document == c.truth[ref] }
	if len(pairs) > 0 && !pairs[0].Waits {
		m.asked++
		if is(pairs[0]) {
			m.right++
		}
	}
	kind, both := c.happened[ref]
	if !both {
		return // on one side only, or entered twice
	}
	for _, t := range []*tally{m.kinds[kind], &m.all} {
		t.people++
		if slices.ContainsFunc(pairs, is) {
			t.found++
		}
		if len(pairs) > 0 && is(pairs[0]) {
			t.first++
			if pairs[0].Links {
				t.linked++
			}
		}
	}
}

// add adds another corpus.
func (m *measure) add(o *measure) {
	for k, t := range o.kinds {
		m.kinds[k].add(*t)
	}
	m.all.add(o.all)
	m.asked, m.right = m.asked+o.asked, m.right+o.right
	m.questions, m.idle, m.waiting, m.falseLinks = m.questions+o.questions, m.idle+o.idle, m.waiting+o.waiting, m.falseLinks+o.falseLinks
}

func (t *tally) add(o tally) {
	t.people, t.found, t.first, t.linked = t.people+o.people, t.found+o.found, t.first+o.first, t.linked+o.linked
}

// over measures the corpora of several seeds together.
func over(seeds, members int, numbers bool) *measure {
	total := measured(newCorpus(1, members, numbers))
	for seed := 2; seed <= seeds; seed++ {
		total.add(measured(newCorpus(uint64(seed), members, numbers)))
	}
	return total
}

func share(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// deep is the variable with which the long tests run (make deep).
const deep = "PASSERELLE_DEEP"

// TestMatching holds docs/matching.md to what is measured, and what is measured to what is promised there; with the argument
// update it writes the table (make docs).
func TestMatching(t *testing.T) {
	t.Parallel()
	without, with := over(3, 2000, false), over(3, 2000, true)
	for name, m := range map[string]*measure{"without numbers": without, "with numbers": with} {
		if m.falseLinks > 0 {
			t.Errorf("%s: %d are linked wrongly, want none", name, m.falseLinks)
		}
		if got := share(m.all.first, m.all.people); got < 95 {
			t.Errorf("%s: the first candidate is right for %.1f %%, want 95", name, got)
		}
		if got := share(m.right, m.asked); got < 95 {
			t.Errorf("%s: %.1f %% of the first candidates are right, want 95", name, got)
		}
	}
	if without.all.linked > 0 {
		t.Errorf("%d are linked without a number", without.all.linked)
	}
	if got := share(with.all.linked, with.all.people); got < 85 {
		t.Errorf("%.1f %% link by their number, want 85", got)
	}
	if got := share(without.questions, without.all.people); got > 105 {
		t.Errorf("without numbers %.1f questions are asked per 100 people, want 105 at most", got)
	}
	documented(t, table(without, with))
}

// TestNobodyLinksWrongly looks at many corpora of few people, where every form of household comes often.
func TestNobodyLinksWrongly(t *testing.T) {
	t.Parallel()
	seeds := 20
	if os.Getenv(deep) != "" {
		seeds = 2000
	}
	if m := over(seeds, 300, true); m.falseLinks > 0 {
		t.Errorf("%d of %d are linked wrongly", m.falseLinks, m.all.people)
	}
}

// Who is entered twice is found where nothing hides it, and hardly anybody else.
func TestDoublesOfACorpus(t *testing.T) {
	t.Parallel()
	c := newCorpus(1, 3000, true)
	found, wrong := 0, 0
	for _, p := range match.Doubles(c.club) {
		a, b := c.club[p.Club].Ref.Document, c.club[p.Federation].Ref.Document
		if c.again[a] == b || c.again[b] == a {
			found++
		} else {
			wrong++
		}
	}
	if share(found, len(c.again)) < 90 || wrong > 3 {
		t.Errorf("found %d of %d, and %d who are none", found, len(c.again), wrong)
	}
}

// table writes what was measured in the form of docs/matching.md.
func table(without, with *measure) string {
	var b strings.Builder
	b.WriteString("| what is different at the club | people | without numbers: is a candidate | is the first | with numbers: links unasked | is the first |\n|---|---:|---:|---:|---:|---:|\n")
	percent := func(n, of int) string {
		if of == 0 {
			return ""
		}
		return fmt.Sprintf("%.1f %%", share(n, of))
	}
	row := func(kind string, a, b *tally) string {
		return fmt.Sprintf("| %s | %d | %s | %s | %s | %s |\n", kind, max(a.people, b.people), percent(a.found, a.people), percent(a.first, a.people), percent(b.linked, b.people), percent(b.first, b.people))
	}
	for _, k := range kinds() {
		b.WriteString(row(k, without.kinds[k], with.kinds[k]))
	}
	b.WriteString(row("**all**", &without.all, &with.all))
	b.WriteString("\n| for 100 people on both sides | without numbers | with numbers |\n|---|---:|---:|\n")
	per := func(name string, of func(m *measure) int) {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f |\n", name, share(of(without), without.all.people), share(of(with), with.all.people))
	}
	per("linked wrongly", func(m *measure) int { return m.falseLinks })
	per("questions asked at once", func(m *measure) int { return m.questions })
	per("of these about people whom the other side does not have", func(m *measure) int { return m.idle })
	per("pairs that wait for a better one, and are mostly never asked about", func(m *measure) int { return m.waiting })
	fmt.Fprintf(&b, "\nOf those who have a candidate, the first is the right one for %s without numbers and for %s with them.\n",
		percent(without.right, without.asked), percent(with.right, with.asked))
	return b.String()
}

// documented holds the part of docs/matching.md between its marks to a text.
func documented(t *testing.T, want string) {
	t.Helper()
	const from, to = "<!-- measured, by make docs -->\n", "<!-- end of what is measured -->\n"
	file := filepath.Join("..", "..", "docs", "matching.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), from)
	got, after, closed := strings.Cut(rest, to)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	if slices.Contains(flag.Args(), "update") {
		if err := os.WriteFile(file, []byte(before+from+want+to+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/matching.md is not what is measured; run make docs (-want +got):\n%s", diff)
	}
}
