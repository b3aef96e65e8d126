package match_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"passerelle/connector/match"
	"passerelle/internal/record"
)

// drawn returns people among whom many are alike: few names, dates a slip apart, shared phones.
func drawn(t *rapid.T, prefix string) []*record.Record {
	n := rapid.IntRange(0, 8).Draw(t, prefix)
	list := make([]*record.Record, n)
	for i := range list {
		list[i] = drawnPerson(t, fmt.Sprintf("%s/%d", prefix, i))
	}
	return list
}

func drawnPerson(t *rapid.T, ref string) *record.Record {
	values := map[string][]string{
		"lastName":     {"", "Meier", "Meyer", "Meier-Huber", "Huber-Keller", "Hüber", "Meiir", "von Rotz", "Rotz", "Rotzz"},
		"firstName":    {"", "Hans", "Johannes", "Hans-Peter", "Hanspeter", "Hampi", "Peter", "Marie-Claude", "Marie-Louise", "Marie", "Mario"},
		"birthDate":    {"", "1990-05-03", "1990-03-05", "1990-05-13", "1980-05-03", "2010-02-04", "1900-01-01"},
		"memberNumber": {"", "", "000001", "000002", "000003"},
		"gender":       {"", "F", "M"},
		"phoneMobile":  {"", "+41790000001"},
		"email":        {"", "hans@example.org", "marie@example.org"},
		"street":       {"", "Reckstrasse 1"},
	}
	m := member(ref)
	for _, f := range []string{"lastName", "firstName", "birthDate", "memberNumber", "gender", "phoneMobile", "email", "street"} {
		if text := rapid.SampledFrom(values[f]).Draw(t, f); text != "" {
			m.Fields[record.Field(f)] = record.Of(text)
		}
	}
	return m
}

// named writes pairs by the documents of their two, in an order of its own.
func named(club, federation []*record.Record, pairs []match.Pair) []string {
	var out []string
	for _, p := range pairs {
		out = append(out, fmt.Sprintf("%s %s %+v links=%t waits=%t", club[p.Club].Ref.Document, federation[p.Federation].Ref.Document, p.Likeness, p.Links, p.Waits))
	}
	slices.Sort(out)
	return out
}

func TestCompareIsSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawnPerson(t, "a"), drawnPerson(t, "b")
		if diff := cmp.Diff(match.Compare(a, b), match.Compare(b, a)); diff != "" {
			t.Fatalf("(-one way +the other):\n%s", diff)
		}
	})
}

// Whoever is like somebody in what they are known by shares a key, or their number: blocking loses nobody.
func TestCandidatesAreAllWhoAreAlike(t *testing.T) {
	t.Parallel()
	slips := []string{"typing error", "one part off", "day and month exchanged"}
	rapid.Check(t, func(t *rapid.T) {
		club, federation := drawn(t, "club"), drawn(t, "federation")
		want := map[[2]int]bool{}
		for i, c := range club {
			for j, f := range federation {
				known := 0
				rows := verdicts(match.Compare(c, f))
				for _, part := range []record.Field{"lastName", "firstName", "birthDate"} {
					r := rows[part]
					if r.Verdict == match.Equal || r.Verdict == match.Near && !slices.Contains(slips, r.Rule) {
						known++
					}
				}
				if known >= 2 || rows["memberNumber"].Verdict == match.Equal {
					want[[2]int{i, j}] = true
				}
			}
		}
		got := map[[2]int]bool{}
		for _, p := range match.Candidates(club, federation, nil) {
			at := [2]int{p.Club, p.Federation}
			if got[at] {
				t.Fatalf("%v is a pair twice", at)
			}
			got[at] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("pairs (-alike +candidates):\n%s", diff)
		}
	})
}

// Who shares a key is a candidate: of those at rest nothing is known but their keys. First names that differ may share a part.
func TestWhoSharesAKeyIsACandidate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawnPerson(t, "a"), drawnPerson(t, "b")
		shares := slices.ContainsFunc(match.Keys(a), func(k string) bool { return slices.Contains(match.Keys(b), k) })
		l := match.Compare(a, b)
		if shares && l.Parts < 2 && verdicts(l)["firstName"].Verdict != match.Differs {
			t.Fatalf("they share a key and are %+v", l)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		m    *record.Record
		want []string
	}{
		{"names, and each with the birth date", person("Graf", "Tim", "1980-05-03"), []string{
			"names|graf|tim", "born last|1980-05-03|graf", "born first|1980-05-03|tim",
		}},
		{"every form of a name", person("Müller-Frey", "Köbi", "1980-05-03"), []string{
			"names|frei|jakob", "names|frei|kobi", "names|muler|jakob", "names|muler|kobi", "names|mulerfrei|jakob", "names|mulerfrei|kobi",
			"born last|1980-05-03|frei", "born last|1980-05-03|muler", "born last|1980-05-03|mulerfrei",
			"born first|1980-05-03|jakob", "born first|1980-05-03|kobi",
		}},
		{"no birth date", person("Graf", "Tim", ""), []string{"names|graf|tim"}},
		{"no first name", person("Graf", "", "1980-05-03"), []string{"born last|1980-05-03|graf"}},
		{"no last name", person("", "Tim", "1980-05-03"), []string{"born first|1980-05-03|tim"}},
		{"a birth date alone", person("", "", "1980-05-03"), nil},
		{"a first name alone", person("", "Tim", ""), nil},
		{"the number is the engine's", person("Graf", "Tim", "", "memberNumber", "012345"), []string{"names|graf|tim"}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, match.Keys(tt.m)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrderPlaysNoPart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		club, federation := drawn(t, "club"), drawn(t, "federation")
		want := named(club, federation, match.Candidates(club, federation, nil))
		otherClub, otherFederation := slices.Clone(club), slices.Clone(federation)
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		shuffle.Shuffle(len(club), func(i, j int) { otherClub[i], otherClub[j] = otherClub[j], otherClub[i] })
		shuffle.Shuffle(len(federation), func(i, j int) {
			otherFederation[i], otherFederation[j] = otherFederation[j], otherFederation[i]
		})
		got := named(otherClub, otherFederation, match.Candidates(otherClub, otherFederation, nil))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
	})
}

// Whom nobody knows changes nothing for the others.
func TestAStrangerChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		club, federation := drawn(t, "club"), drawn(t, "federation")
		want := match.Candidates(club, federation, nil)
		stranger := person("Tobler", "Ursina", "1971-11-29", "memberNumber", "000009", "phoneMobile", "+41790000001", "email", "hans@example.org", "street", "Reckstrasse 1")
		stranger.Ref.Document = "a stranger"
		got := match.Candidates(append(slices.Clone(club), stranger), append(slices.Clone(federation), stranger), nil)
		if own := got[len(got)-1]; own.Club != len(club) || own.Federation != len(federation) || own.Waits {
			t.Fatalf("the stranger's own pair is %+v", own)
		}
		if diff := cmp.Diff(want, got[:len(got)-1], cmp.Transformer("none", func(p []match.Pair) []match.Pair { return append([]match.Pair{}, p...) })); diff != "" {
			t.Fatalf("with a stranger (-want +got):\n%s", diff)
		}
	})
}

// What is asked at once is never too much, and never nothing: whoever has a candidate has one about whom to ask.
func TestSomethingIsAlwaysAsked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		club, federation := drawn(t, "club"), drawn(t, "federation")
		pairs := match.Candidates(club, federation, nil)
		asked, better := map[string]int{}, 0
		for i, p := range pairs {
			if !p.Waits {
				asked[club[p.Club].Ref.Document]++
				asked[federation[p.Federation].Ref.Document]++
				better++
			}
			if i > 0 && pairs[i-1].Club == p.Club && pairs[i-1].Score < p.Score {
				t.Fatalf("of %s a better one comes later", club[p.Club].Ref.Document)
			}
			if p.Links && p.Waits {
				t.Fatal("a pair links and waits")
			}
		}
		if len(pairs) > 0 && better == 0 {
			t.Fatal("everybody waits for somebody else")
		}
		for ref, n := range asked {
			if n > 5 {
				t.Fatalf("%d questions about %s at once", n, ref)
			}
		}
		for _, p := range pairs {
			if p.Waits && asked[club[p.Club].Ref.Document]+asked[federation[p.Federation].Ref.Document] == 0 {
				t.Fatalf("nothing is asked of %s and %s, and they wait", club[p.Club].Ref.Document, federation[p.Federation].Ref.Document)
			}
		}
	})
}

// Nobody links twice, and no link hangs on the number alone.
func TestLinksAreOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		club, federation := drawn(t, "club"), drawn(t, "federation")
		linked := map[string]bool{}
		for _, p := range match.Candidates(club, federation, nil) {
			if !p.Links {
				continue
			}
			for _, ref := range []string{club[p.Club].Ref.Document, federation[p.Federation].Ref.Document} {
				if linked[ref] {
					t.Fatalf("%s links twice", ref)
				}
				linked[ref] = true
			}
			if p.Parts < 2 || !match.Proven(p.Likeness) {
				t.Fatalf("%+v links", p)
			}
		}
	})
}
