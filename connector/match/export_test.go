package match

import "passerelle/internal/record"

// Comparisons returns how many pairs Candidates compares.
func Comparisons(club, federation []*record.Record) int {
	n := 0
	for _, with := range meetings(peopleOf(club), peopleOf(federation)) {
		n += len(with)
	}
	return n
}
