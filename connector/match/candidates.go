package match

import (
	"cmp"
	"slices"

	"passerelle/internal/record"
)

// few is how many questions about one person are asked at once.
const few = 5

// A Pair is two records that may be one person, as indexes into the lists that were compared.
//
// Links says that the pair may be linked without a question: the number is proven (Proven), stands once in each list, and
// nobody else is as like, the number left aside. Waits says that a better pair of one of the two is to be settled first: until then
// nothing is asked of this one, and nobody is created in its place.
type Pair struct {
	Club       int `json:"club"`
	Federation int `json:"federation"`
	Likeness
	Links bool `json:"links,omitempty"`
	Waits bool `json:"waits,omitempty"`
}

// Candidates returns who may be whom, in the order of the club's list and the best first for each. The pairs for which never is
// true have been answered: they are no candidates and stand in nobody's way. A nil never is true of no pair.
func Candidates(club, federation []*record.Record, never func(club, federation int) bool) []Pair {
	m := matching{club: peopleOf(club), federation: peopleOf(federation)}
	for i, with := range meetings(m.club, m.federation) {
		for _, j := range with {
			if never != nil && never(i, j) {
				continue
			}
			if l := compare(&m.club[i], &m.federation[j]); l.isCandidate() {
				m.pairs = append(m.pairs, Pair{Club: i, Federation: j, Likeness: l})
			}
		}
	}
	slices.SortFunc(m.pairs, m.better)
	m.prove()
	m.settle()
	slices.SortStableFunc(m.pairs, func(p, q Pair) int { return cmp.Compare(p.Club, q.Club) })
	return m.pairs
}

// Doubles returns who stands twice in one list, as indexes of which Club is the smaller. All three parts agree, or one birth date is
// missing or the last names differ, and an e-mail address or a mobile phone of their own is the same.
func Doubles(list []*record.Record) []Pair {
	people := peopleOf(list)
	var pairs []Pair
	for i, with := range meetings(people, people) {
		for _, j := range with {
			if i >= j {
				continue
			}
			if l := compare(&people[i], &people[j]); l.isCandidate() && l.isDouble() {
				pairs = append(pairs, Pair{Club: i, Federation: j, Likeness: l})
			}
		}
	}
	return pairs
}

// isDouble reports whether two records of one side are one person: the three parts agree, or where one of the others is open beside
// the first name, what is the person's own does. A first name with a typing error may be a twin's.
func (l *Likeness) isDouble() bool {
	first, born := l.row(firstName), l.row(birthDate)
	if !first.agrees() || first.Rule == typing || born.Verdict == Differs {
		return false
	}
	own := l.row(phoneMobile).Verdict == Equal || l.row(email).Rule == ownName
	return l.Parts == 3 || l.Parts == 2 && own && l.row(memberNumber).Verdict != Differs
}

// A matching is the candidates of two lists while they are weighed against each other, the best first.
type matching struct {
	club, federation []person
	pairs            []Pair
}

// better orders pairs, the better first: by score, then by the documents, so that the order of the lists plays no part.
func (m *matching) better(p, q Pair) int {
	return cmp.Or(
		cmp.Compare(q.Score, p.Score),
		cmp.Compare(m.club[p.Club].ref, m.club[q.Club].ref), cmp.Compare(m.federation[p.Federation].ref, m.federation[q.Federation].ref),
		cmp.Compare(p.Club, q.Club), cmp.Compare(p.Federation, q.Federation),
	)
}

// prove marks the pairs that link: a number must not be what decides between two who are alike.
func (m *matching) prove() {
	clubOnce, federationOnce := once(m.club), once(m.federation)
	clubBest, federationBest := newBest(len(m.club)), newBest(len(m.federation))
	for i := range m.pairs {
		p := &m.pairs[i]
		clubBest.add(p.Club, p.bare())
		federationBest.add(p.Federation, p.bare())
	}
	for i := range m.pairs {
		p := &m.pairs[i]
		p.Links = Proven(p.Likeness) && clubOnce[m.club[p.Club].number] && federationOnce[m.federation[p.Federation].number] &&
			clubBest.alone(p.Club, p.bare()) && federationBest.alone(p.Federation, p.bare())
	}
}

// once returns the numbers that stand once in a list.
func once(people []person) map[string]bool {
	is := map[string]bool{}
	for i := range people {
		n := people[i].number
		_, again := is[n]
		is[n] = n != "" && !again
	}
	return is
}

// A best holds, for each of a list, the highest score without the number and how many pairs have it.
type best struct{ score, pairs []int }

func newBest(n int) best { return best{score: make([]int, n), pairs: make([]int, n)} }

func (b *best) add(i, score int) {
	switch {
	case b.pairs[i] == 0 || score > b.score[i]:
		b.score[i], b.pairs[i] = score, 1
	case score == b.score[i]:
		b.pairs[i]++
	}
}

// alone reports whether a pair with this score is the best of all, and the only one.
func (b *best) alone(i, score int) bool { return b.score[i] == score && b.pairs[i] == 1 }

// settle marks the pairs that wait. A pair that does not wait holds back the worse ones of its two people if all three parts of it
// agree, and is one of the few that may be asked of each in any case.
func (m *matching) settle() {
	club, federation := newHolds(len(m.club)), newHolds(len(m.federation))
	for from := 0; from < len(m.pairs); {
		to := from + 1
		for to < len(m.pairs) && m.pairs[to].Score == m.pairs[from].Score {
			to++
		}
		equals := m.pairs[from:to] // of which none is better than another
		for i := range equals {
			p := &equals[i]
			outdone := (club.held[p.Club] || federation.held[p.Federation]) && !p.inAllParts()
			p.Waits = outdone || club.asked[p.Club] >= few || federation.asked[p.Federation] >= few
			if !p.Waits {
				club.asked[p.Club]++
				federation.asked[p.Federation]++
			}
		}
		for _, p := range equals {
			if !p.Waits && p.Parts == 3 {
				club.held[p.Club], federation.held[p.Federation] = true, true
			}
		}
		from = to
	}
}

// inAllParts reports whether names and birth date are the very same: no score makes another pair a better one.
func (l *Likeness) inAllParts() bool {
	return l.row(lastName).Verdict == Equal && l.row(firstName).Verdict == Equal && l.row(birthDate).Verdict == Equal
}

// A holds says of each of a list how many pairs are asked, and whether a better one holds back the rest.
type holds struct {
	asked []int
	held  []bool
}

func newHolds(n int) holds { return holds{asked: make([]int, n), held: make([]bool, n)} }
