package conflicts_test

import (
	"fmt"
	"time"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// An answer holds for the values on which it was given. When one of them changes before it was carried out, the question
// stands open again.
func ExampleNote() {
	raised := func(club string) conflicts.Question {
		return conflicts.Question{
			Kind: conflicts.BothChanged, Club: "contact/123", Federation: "members/a1", Record: "member",
			Fields:  []record.Field{"city"},
			Holds:   map[record.Field]conflicts.Holding{"city": {Base: record.Of("Wil"), Club: record.Of(club), Federation: record.Of("Uzwil")}},
			Answers: []conflicts.Verb{conflicts.TakeClub, conflicts.TakeFederation, conflicts.Leave},
		}.Sealed()
	}
	monday := time.Date(2026, time.March, 16, 9, 0, 0, 0, time.UTC)
	question := conflicts.Note(nil, []conflicts.Question{raised("Gossau")}, monday)[0]
	fmt.Println(question.State)

	question.State, question.Answer = conflicts.Answered, &conflicts.Answer{Verb: conflicts.TakeClub}
	fmt.Println(len(conflicts.Note([]conflicts.Question{question}, []conflicts.Question{raised("Gossau")}, monday)), "to store")

	question = conflicts.Note([]conflicts.Question{question}, []conflicts.Question{raised("Flawil")}, monday)[0]
	fmt.Println(question.State, question.Answer == nil)
	// Output:
	// open
	// 0 to store
	// open true
}
