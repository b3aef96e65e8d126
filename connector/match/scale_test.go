package match_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"passerelle/connector/match"
	"passerelle/internal/record"
)

func perPerson(club, federation []*record.Record) float64 {
	return float64(match.Comparisons(club, federation)) / float64(len(club)+len(federation))
}

// Four times as many people are about four times as many comparisons: a few more, because frequent names meet more often.
func TestComparisonsStayInProportion(t *testing.T) {
	t.Parallel()
	small, large := newCorpus(1, 1000, true), newCorpus(1, 4000, true)
	few, many := perPerson(small.club, small.federation), perPerson(large.club, large.federation)
	if few > 2 || many > 1.25*few {
		t.Errorf("%.2f comparisons per person of 1000, %.2f of 4000", few, many)
	}
}

// crowded returns so many people of one name on each side, each with its own birth date or what stands for it.
func crowded(n int, born func(i int) (club, federation string)) (club, federation []*record.Record) {
	for i := range n {
		c, f := born(i)
		one, other := person("Müller", "Anna", c), person("Mueller", "Anna", f)
		one.Ref.Document, other.Ref.Document = fmt.Sprintf("contact/%d", i), fmt.Sprintf("members/%d", i)
		club, federation = append(club, one), append(federation, other)
	}
	return club, federation
}

// Who shares everything with thousands is compared with a few, and has somebody to be asked about.
func TestACrowdIsNotCompared(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		born string
	}{
		{"without birth dates", ""},
		{"with what stands for none", "1900-01-01"},
		{"with one birth date", "2000-01-01"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			club, federation := crowded(2000, func(int) (string, string) { return tt.born, tt.born })
			if got := perPerson(club, federation); got > 50 {
				t.Errorf("%.1f comparisons per person", got)
			}
			has := map[int]bool{}
			for _, p := range match.Candidates(club, federation, nil) {
				has[p.Club] = true
			}
			if len(has) != len(club) {
				t.Errorf("%d of %d have a candidate", len(has), len(club))
			}
		})
	}
}

// Everybody of a crowd has somebody to be asked about, however far the birth dates of the other side lie.
func TestEverybodyOfACrowdHasSomebody(t *testing.T) {
	t.Parallel()
	club, federation := crowded(60, func(i int) (string, string) {
		return fmt.Sprintf("1950-%02d-%02d", 1+i/28, 1+i%28), fmt.Sprintf("2000-%02d-%02d", 6+i/28, 1+i%28)
	})
	has := map[string]bool{}
	for _, p := range match.Candidates(club, federation, nil) {
		has[club[p.Club].Ref.Document], has[federation[p.Federation].Ref.Document] = true, true
	}
	if len(has) != 120 {
		t.Errorf("%d of 120 have a candidate", len(has))
	}
}

// Within a crowd, people meet by their birth dates, also where one part is off or day and month are exchanged.
func TestACrowdMeetsByBirthDate(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		slip func(y, m, d int) (int, int, int)
		days int
	}{
		{"as it is", func(y, m, d int) (int, int, int) { return y, m, d }, 28},
		{"another day", func(y, m, d int) (int, int, int) { return y, m, 1 + (d+6)%28 }, 28},
		{"another month", func(y, m, d int) (int, int, int) { return y, 1 + (m+5)%12, d }, 28},
		{"another year", func(y, m, d int) (int, int, int) { return y - 10, m, d }, 28},
		{"day and month exchanged", func(y, m, d int) (int, int, int) { return y, d, m }, 12},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, 1))
			date := func(y, m, d int) string { return fmt.Sprintf("%04d-%02d-%02d", y, m, d) }
			club, federation := crowded(1500, func(int) (string, string) {
				y, m, d := 1975+r.IntN(30), 1+r.IntN(12), 1+r.IntN(tt.days)
				return date(y, m, d), date(tt.slip(y, m, d))
			})
			if got := perPerson(club, federation); got > 50 {
				t.Errorf("%.1f comparisons per person", got)
			}
			found := 0
			for _, p := range match.Candidates(club, federation, nil) {
				if p.Club == p.Federation {
					found++
				}
			}
			if share(found, len(club)) < 95 {
				t.Errorf("%d of %d meet themselves", found, len(club))
			}
		})
	}
}

// BenchmarkCandidates reports the time for each person, among 1,000 and, with PASSERELLE_DEEP, among 100,000 on each side,
// where it may be eight times as much: in proportion to the square it would be a hundred times.
func BenchmarkCandidates(b *testing.B) {
	sizes := []int{1000}
	if os.Getenv(deep) != "" {
		sizes = append(sizes, 100_000)
	}
	var first float64
	for _, n := range sizes {
		c := newCorpus(1, n, true)
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			for b.Loop() {
				match.Candidates(c.club, c.federation, nil)
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(len(c.club)+len(c.federation))
			b.ReportMetric(each/1000, "µs/person")
			if n == sizes[0] {
				first = each
			} else {
				b.ReportMetric(each/first, "ratio")
			}
			if each > 8*first {
				b.Errorf("%.0f ns for each person, of 1000 %.0f ns", each, first)
			}
		})
	}
}
