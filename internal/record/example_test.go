package record_test

import (
	"fmt"

	"passerelle/internal/record"
)

// A field has three values, and what is not carried never becomes empty.
func ExampleValue() {
	for _, v := range []record.Value{record.NotCarried(), record.Empty(), record.Of("+41790000001")} {
		fmt.Println(v, v.Carried(), v.HasText())
	}
	// Output:
	// (not carried) false false
	// (empty) true false
	// (value) true true
}

// An end that is reached, the day itself included, is over; one that lies ahead still takes part.
func ExampleLifeUntil() {
	today, err := record.ParseDate("2026-03-15")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, end := range []record.Date{{}, today.AddYears(1), today} {
		life := record.LifeUntil(end, today)
		fmt.Println(life.Stage, life.Active())
	}
	// Output:
	// present true
	// leaving true
	// ended false
}

// Fields of a group move or wait together.
func ExampleKindDef_Units() {
	member := record.KindDef{Name: "member", Fields: []record.FieldDef{
		{Name: "street", Group: "address"}, {Name: "email"}, {Name: "city", Group: "address"},
	}}
	fmt.Println(member.Units())
	// Output:
	// [[street city] [email]]
}
