package mapping_test

import (
	"fmt"

	"passerelle/internal/record"
	"passerelle/mapping"
)

// A contact of the club is taken apart into records, and what the federation holds of the person is folded back into it.
func Example() {
	overlay := `profile: fairgate
places:
  memberNumber: custom_fields.101
  category: membership.membership
codes:
  category: {"12": ["Knaben"]}
`
	profile, err := mapping.LoadText("fairgate", []byte(overlay), "tvb.yaml", mapping.Link{})
	if err != nil {
		fmt.Println(err)
		return
	}
	today := record.Date{Year: 2026, Month: 2, Day: 1}
	contact := record.Document{Kind: "contact", Ref: "contact/7", Body: []byte(`{
		"basefields": {"contact_id": "7", "contact_type": "singleperson", "first_name": "Anna", "last_name": "Muster"},
		"status": "active", "membership": {"membership": "Knaben"},
		"custom_fields": {"101": "12345", "999": "Trikot M"}}`)}

	taken, err := profile.Take(contact, today)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range taken.Records {
		fmt.Println(r.Kind, r.Ref, r.Life.Stage)
	}
	fmt.Println(taken.Records[0].Fields["memberNumber"].Text())

	write, err := profile.Fold(contact, []record.Change{{
		Kind: "member", Op: record.Update, Set: map[record.Field]record.Value{"memberNumber": record.Of("054321")},
	}}, today, nil)
	fmt.Println(string(write.Body), err)
	// Output:
	// member contact/7 present
	// affiliation contact/7 present
	// 012345
	// {"custom_fields":{"101":"054321","999":"Trikot M"}} <nil>
}

// Problems of an overlay are said all at once, each with its line and what to do.
func ExampleLoadText() {
	overlay := "profile: fairgate\nplaces:\n  emial: custom_fields.1\n  phonePrivate: communication.mobile\n"
	_, err := mapping.LoadText("fairgate", []byte(overlay), "tvb.yaml", mapping.Link{})
	fmt.Println(err)
	// Output:
	// tvb.yaml:3: there is no field "emial" to give a place to; did you mean email?
	// tvb.yaml:4: the place communication.mobile is used twice; give each field a place of its own
}

// What a person typed becomes a canonical value, or an error that does not repeat it.
func ExampleCanonical() {
	number, err := mapping.Canonical(record.Phone, "079 733 58 42")
	fmt.Println(number.Text(), err)
	_, err = mapping.Canonical(record.Phone, "intern 23, abends")
	fmt.Println(err)
	// Output:
	// +41797335842 <nil>
	// the text does not have the form of its field
}

// Names are compared in a form in which their spellings are one.
func ExampleFoldName() {
	fmt.Println(mapping.FoldName("Müller-Weiß"), mapping.FoldName("MUELLER WEISS"))
	// Output: muellerweiss muellerweiss
}
