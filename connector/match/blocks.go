package match

import (
	"cmp"
	"slices"

	"passerelle/internal/record"
)

const (
	crowd  = 50 // of how many people of a side may share a key and all be compared with all of the other
	window = 5  // how many before and after somebody are compared within a crowd, in each order
)

// A block is who shares one key: indexes into the lists of either side.
type block struct{ club, federation []int }

// meetings returns, for each of the club's people, whom of the federation they are to be compared with, each once.
func meetings(club, federation []person) [][]int {
	blocks := map[string]*block{}
	for i := range club {
		for _, k := range keysAndNumber(&club[i]) {
			if blocks[k] == nil {
				blocks[k] = &block{}
			}
			blocks[k].club = append(blocks[k].club, i)
		}
	}
	for i := range federation {
		for _, k := range keysAndNumber(&federation[i]) {
			if b := blocks[k]; b != nil {
				b.federation = append(b.federation, i)
			}
		}
	}
	with := make([][]int, len(club))
	for _, b := range blocks {
		b.meet(club, federation, with)
	}
	for i := range with {
		slices.Sort(with[i])
		with[i] = slices.Compact(with[i])
	}
	return with
}

func keysAndNumber(p *person) []string {
	keys := p.keys()
	if p.number != "" {
		keys = append(keys, record.Identity("number", p.number))
	}
	return keys
}

// meet adds to with whom the people of a block are compared with: all, or within a crowd those who come closest.
func (b *block) meet(club, federation []person, with [][]int) {
	if len(b.federation) == 0 {
		return
	}
	if max(len(b.club), len(b.federation)) <= crowd {
		for _, i := range b.club {
			with[i] = append(with[i], b.federation...)
		}
		return
	}
	for _, by := range orders() {
		b.club, b.federation = sorted(club, b.club, by), sorted(federation, b.federation, by)
		for _, i := range b.club {
			from, to := around(federation, b.federation, &club[i], by)
			with[i] = append(with[i], b.federation[from:to]...)
		}
		for _, j := range b.federation {
			from, to := around(club, b.club, &federation[j], by)
			for _, i := range b.club[from:to] {
				with[i] = append(with[i], j)
			}
		}
	}
}

// orders returns the orders of birth dates in which those stand side by side of which one part is off, or day and month are
// exchanged.
func orders() []func(record.Date) [3]int {
	return []func(record.Date) [3]int{
		func(d record.Date) [3]int { return [3]int{d.Year, int(d.Month), d.Day} },
		func(d record.Date) [3]int { return [3]int{int(d.Month), d.Day, d.Year} },
		func(d record.Date) [3]int { return [3]int{d.Year, d.Day, int(d.Month)} },
		func(d record.Date) [3]int { return [3]int{d.Year, min(int(d.Month), d.Day), max(int(d.Month), d.Day)} },
	}
}

func sorted(people []person, some []int, by func(record.Date) [3]int) []int {
	slices.SortFunc(some, func(i, j int) int { return cmp.Or(order(&people[i], &people[j], by), cmp.Compare(i, j)) })
	return some
}

// around returns between which of the sorted people the window about somebody of the other side lies.
func around(people []person, sorted []int, p *person, by func(record.Date) [3]int) (from, to int) {
	at, _ := slices.BinarySearchFunc(sorted, p, func(i int, p *person) int { return order(&people[i], p, by) })
	return max(at-window, 0), min(at+window, len(sorted))
}

// order returns the order of two people of a list by their birth dates, as by writes them, then by their names.
func order(a, b *person, by func(record.Date) [3]int) int {
	x, y := by(a.born), by(b.born)
	return cmp.Or(
		cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]), cmp.Compare(x[2], y[2]),
		cmp.Compare(a.first.loose, b.first.loose), cmp.Compare(a.last.loose, b.last.loose), cmp.Compare(a.ref, b.ref),
	)
}
