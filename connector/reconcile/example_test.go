package reconcile_test

import (
	"fmt"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A member moved, which only the club knows, and has two new phone numbers, one on each side. The move is carried over;
// which number is right, only a person can say.
func ExampleReconcile() {
	schema := &record.Schema{Domain: "club", Kinds: []record.KindDef{{
		Name:   "member",
		Fields: []record.FieldDef{{Name: "city", Type: record.Text}, {Name: "phone", Type: record.Phone}},
	}}}
	both := conflicts.Rule{Owner: conflicts.OwnerBoth, Both: conflicts.Ask}
	policy, err := conflicts.NewPolicy(schema, map[string]conflicts.Rule{"member.city": both, "member.phone": both})
	if err != nil {
		fmt.Println(err)
		return
	}
	anna := func(ref, city, phone string) *record.Record {
		return &record.Record{
			Kind: "member", Ref: record.Ref{Document: ref}, Life: record.Life{Stage: record.Present},
			Fields: map[record.Field]record.Value{"city": record.Of(city), "phone": record.Of(phone)},
		}
	}
	places := record.Shape{Writable: map[record.Kind]map[record.Field]bool{"member": {"city": true, "phone": true}}}
	out := reconcile.Reconcile(reconcile.Input{
		Schema: schema, Policy: policy,
		Shapes: map[record.Side]record.Shape{record.Club: places, record.Federation: places},
		Subjects: []reconcile.Subject{{
			Pair: port.Pair{Kind: "member", Base: port.Base{
				Agreed: map[record.Field]record.Value{"city": record.Of("Wil"), "phone": record.Of("+41790000001")},
				Life:   map[record.Side]record.Stage{record.Club: record.Present, record.Federation: record.Present},
			}},
			ClubRecord:       anna("contact/123", "Gossau", "+41790000002"),
			FederationRecord: anna("members/a1", "Wil", "+41790000003"),
		}},
	})
	for _, c := range out.Changes {
		fmt.Println(c.Op, c.Ref, "at the", c.Side, "from", c.Before["city"].Text(), "to", c.Set["city"].Text())
	}
	for _, q := range out.Questions {
		fmt.Println(q.Kind, q.Fields, q.Answers)
	}
	// Output:
	// update members/a1 at the federation from Wil to Gossau
	// both-changed [phone] [club federation value leave]
}
