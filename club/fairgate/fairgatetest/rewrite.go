package fairgatetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// postalPlaces is how wide a rewritten postal code is, in characters.
const postalPlaces = 10

// rewritingFieldsOf returns the contact as it is when the server rewrites: see [Server.Rewrite].
func rewritingFieldsOf(c Config, zone *time.Location) field {
	c.DatesAsTimes = true
	contact := fieldsOf(c, zone)
	keep := func(object, name string, spell func(string) string) {
		f := contact.members[object].members[name]
		f.keep = spell
		contact.members[object].members[name] = f
	}
	keep("basefields", "first_name", strings.ToUpper)
	keep("basefields", "last_name", strings.ToUpper)
	keep("communication", "mobile", abroadPhone)
	keep("communication", "handy2", abroadPhone)
	keep("corr_address", "postale_code", padded)
	keep("invoice_address", "postale_code", padded)
	return contact
}

// abroadPhone returns a phone as it is dialled from abroad, in groups; a text that is none stays as it is.
func abroadPhone(typed string) string {
	number, err := phonenumbers.Parse(typed, "CH")
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return typed
	}
	return "00" + strings.TrimPrefix(phonenumbers.Format(number, phonenumbers.INTERNATIONAL), "+")
}

func padded(code string) string { return fmt.Sprintf("%-*s", postalPlaces, code) }
