package match_test

import (
	"fmt"

	"passerelle/connector/match"
	"passerelle/internal/record"
)

// Evidence about two records: which fields agree, and by what rule, never what they hold.
func ExampleCompare() {
	known := func(last, first, born string) *record.Record {
		return &record.Record{Kind: "member", Fields: map[record.Field]record.Value{
			"lastName": record.Of(last), "firstName": record.Of(first), "birthDate": record.Of(born),
		}}
	}
	l := match.Compare(known("Meier", "Vreni", "1980-05-03"), known("Meier-Huber", "Verena", "1980-03-05"))
	for _, r := range l.Rows {
		fmt.Printf("%s: %s (%s)\n", r.Field, r.Verdict, r.Rule)
	}
	fmt.Println(l.Parts, "of three parts agree; proven:", match.Proven(l))
	// Output:
	// memberNumber:  ()
	// lastName: near (double name)
	// firstName: near (nickname)
	// birthDate: near (day and month exchanged)
	// 3 of three parts agree; proven: false
}

// Of twins each is asked about once: the crossed pairs wait.
func ExampleCandidates() {
	twin := func(ref, first string) *record.Record {
		return &record.Record{Kind: "member", Ref: record.Ref{Document: ref}, Fields: map[record.Field]record.Value{
			"lastName": record.Of("Graf"), "firstName": record.Of(first), "birthDate": record.Of("2012-05-03"),
		}}
	}
	club := []*record.Record{twin("contact/1", "Nora"), twin("contact/2", "Tim")}
	federation := []*record.Record{twin("members/a", "Tim"), twin("members/b", "Nora")}
	for _, p := range match.Candidates(club, federation, nil) {
		fmt.Println(club[p.Club].Ref, federation[p.Federation].Ref, p.Parts, p.Waits)
	}
	// Output:
	// contact/1 members/b 3 false
	// contact/1 members/a 2 true
	// contact/2 members/a 3 false
	// contact/2 members/b 2 true
}
