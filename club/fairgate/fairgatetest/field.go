package fairgatetest

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fieldKind is what a member of a contact may be on the wire.
type fieldKind int

const (
	object fieldKind = iota
	array            // of one kind of element
	text
	email
	date
	choice   // one text out of several
	choices  // some texts out of several
	number   // an integer
	digits   // a number that may be spelled as a text
	identity // the contact's own id: may be sent as it is, cannot be changed
	stamp    // given by the server: may be sent, is ignored
)

// A field describes one member of a contact: it is the one place that says how the member is served and what may be
// written to it.
type field struct {
	kind     fieldKind
	members  map[string]field    // of an object
	element  *field              // of an array
	values   []string            // of a choice or choices
	empty    any                 // how none is served: "" or null, by the field
	noFuture bool                // of a date
	asNumber bool                // of digits and an identity
	asTime   *time.Location      // of a date: served as that day's midnight there
	keep     func(string) string // of a text: the spelling in which it is kept; nil is the one given
	// complete checks an object as a whole, each member being right by itself, and adds what the server knows of it.
	complete func(a *accepting, at string, kept map[string]any)
}

// fieldsOf returns the whole contact as the configuration shapes it.
func fieldsOf(c Config, zone *time.Location) field {
	if !c.DatesAsTimes {
		zone = nil
	}
	members := map[string]field{
		"basefields": {members: map[string]field{
			"contact_id":              {kind: identity, asNumber: c.NumericIDs},
			"first_name":              {kind: text, empty: ""},
			"last_name":               {kind: text, empty: ""},
			"company_name":            {kind: text},
			"contact_type":            {kind: choice, values: []string{"singleperson", "company"}, empty: ""},
			"salutation":              {kind: choice, values: []string{"formal", "informal"}},
			"correspondence_language": {kind: text, empty: ""},
			"gender":                  {kind: choice, values: []string{"male", "female"}, empty: ""},
			"birthday":                {kind: date, asTime: zone},
			"last_update":             {kind: stamp},
		}},
		"status": {kind: choice, values: []string{"active", "archived", "ffm", "members"}, empty: ""},
		"membership": {members: map[string]field{
			"membership":         {kind: choice, values: c.Memberships, empty: ""},
			"first_joining_date": {kind: date, empty: "", asTime: zone},
		}},
		"corr_address":    addressField(),
		"invoice_address": addressField(),
		"communication": {members: map[string]field{
			"primary_email":           {kind: email, empty: ""},
			"mobile":                  {kind: text},
			"handy2":                  {kind: text, empty: ""},
			"email_parent_1":          {kind: email, empty: ""},
			"email_parent_2":          {kind: email},
			"website":                 {kind: text},
			"correspondence_language": {kind: text},
		}},
		"custom_fields": {members: customFieldsOf(c, zone)},
	}
	if c.Shape == FederationShape {
		members["federation_data"] = field{members: map[string]field{
			"federation_contact_id":         {kind: digits, asNumber: c.FederationNumbers},
			"federation_membership":         {kind: choice, values: c.Memberships, empty: ""},
			"federation_first_joining_date": {kind: date, empty: "", asTime: zone},
		}}
		members["club_assignments"] = assignmentsField(c)
	}
	return field{members: members}
}

func addressField() field {
	return field{members: map[string]field{
		"alias_name":      {kind: text},
		"street":          {kind: text, empty: ""},
		"city":            {kind: text, empty: ""},
		"state":           {kind: text},
		"postale_code":    {kind: text, empty: ""},
		"country":         {kind: text},
		"post_office_box": {kind: text},
	}}
}

func assignmentsField(c Config) field {
	role := field{members: map[string]field{
		"role_id":   {kind: number},
		"role_name": {kind: text, empty: ""},
	}, complete: c.completeRole}
	assignment := field{members: map[string]field{
		"organization_id": {kind: number},
		"organization":    {kind: text, empty: ""},
		"membership":      {kind: choice, values: c.Memberships, empty: ""},
		"executive_board": {kind: array, element: &role},
	}}
	return field{members: map[string]field{
		"primary":   assignment,
		"secondary": {kind: array, element: &assignment},
	}}
}

// completeRole holds a seat to the roles there are, and gives it the role's name.
func (c Config) completeRole(a *accepting, at string, kept map[string]any) {
	i := slices.IndexFunc(c.Roles, func(r Role) bool { return kept["role_id"] == float64(r.RoleID) })
	if i < 0 {
		a.refuse(at+".role_id", "is not one of the roles")
		return
	}
	name := c.Roles[i].RoleName
	if given := kept["role_name"]; given != nil && given != name {
		a.refuse(at+".role_name", "is not the name of the role")
	}
	kept["role_name"] = name
}

func customFieldsOf(c Config, zone *time.Location) map[string]field {
	fields := map[string]field{}
	for _, f := range c.CustomFields {
		switch f.Type {
		case CustomText:
			fields[f.ID] = field{kind: text, empty: ""}
		case CustomDate:
			fields[f.ID] = field{kind: date, noFuture: f.NoFuture, asTime: zone}
		case CustomChoice:
			fields[f.ID] = field{kind: choice, values: f.Choices}
		case CustomChoices:
			fields[f.ID] = field{kind: choices, values: f.Choices, empty: []any{}}
		}
	}
	return fields
}

// serve returns the kept value v as the wire has it. A member that is not kept is served all the same, as none.
func (f field) serve(v any) any {
	switch f.kind {
	case object:
		kept, _ := v.(map[string]any)
		served := make(map[string]any, len(f.members))
		for name, m := range f.members {
			served[name] = m.serve(kept[name])
		}
		return served
	case array:
		kept, _ := v.([]any)
		served := make([]any, 0, len(kept))
		for _, element := range kept {
			served = append(served, f.element.serve(element))
		}
		return served
	case number:
		if v == float64(0) {
			return f.empty
		}
		return v
	case choices:
		if v == nil {
			return f.empty
		}
		return v
	case text, email, date, choice, digits, identity, stamp:
	}
	kept, _ := v.(string)
	switch {
	case kept == "":
		return f.empty
	case f.asNumber && isDigits(kept):
		return json.Number(withoutZeros(kept))
	case f.asTime != nil:
		return midnight(kept, f.asTime)
	}
	return kept
}

// An accepting goes through what a client sent and collects what is wrong with it.
type accepting struct {
	today  string // YYYY-MM-DD
	errors []fieldError
}

func (a *accepting) refuse(at, message string) {
	a.errors = append(a.errors, fieldError{Field: at, Message: message})
}

// accept returns the value v, found at a dotted path, in the form in which it is kept; none is nil. What is wrong goes
// to a, and the value returned then is of no use.
func (f field) accept(a *accepting, at string, v any) any {
	if v == nil {
		return nil
	}
	switch f.kind {
	case object:
		return f.acceptObject(a, at, v)
	case array:
		return f.acceptArray(a, at, v)
	case choices:
		return f.acceptChoices(a, at, v)
	case number:
		n, ok := v.(json.Number)
		if i, err := strconv.Atoi(n.String()); ok && err == nil {
			return float64(i)
		}
		a.refuse(at, "is not an integer")
		return nil
	case digits, identity:
		if n, ok := v.(json.Number); ok {
			v = n.String()
		}
	case text, email, date, choice, stamp:
	}
	s, ok := v.(string)
	if !ok {
		a.refuse(at, "is not a text")
		return nil
	}
	if s == "" {
		return nil
	}
	return f.acceptText(a, at, s)
}

func (f field) acceptObject(a *accepting, at string, v any) any {
	given, ok := v.(map[string]any)
	if !ok {
		a.refuse(at, "is not an object")
		return nil
	}
	kept, before := map[string]any{}, len(a.errors)
	for name, value := range given {
		path := strings.TrimPrefix(at+"."+name, ".")
		m, known := f.members[name]
		if !known {
			a.refuse(path, "is not a known field")
			continue
		}
		if m.kind != stamp {
			kept[name] = m.accept(a, path, value)
		}
	}
	if f.complete != nil && len(a.errors) == before {
		f.complete(a, at, kept)
	}
	return kept
}

func (f field) acceptArray(a *accepting, at string, v any) any {
	given, ok := v.([]any)
	if !ok {
		a.refuse(at, "is not an array")
		return nil
	}
	kept := make([]any, 0, len(given))
	for i, value := range given {
		path := at + "." + strconv.Itoa(i)
		if _, ok := value.(map[string]any); !ok {
			a.refuse(path, "is not an object")
			continue
		}
		kept = append(kept, f.element.accept(a, path, value))
	}
	return kept
}

func (f field) acceptChoices(a *accepting, at string, v any) any {
	given, ok := v.([]any)
	if !ok && v == "" {
		return nil
	}
	if !ok {
		a.refuse(at, "is not an array")
		return nil
	}
	for i, value := range given {
		s, ok := value.(string)
		switch {
		case !ok:
			a.refuse(at, "holds what is not a text")
			return nil
		case !slices.Contains(f.values, s):
			a.refuse(at, "holds what is not one of the choices")
			return nil
		case slices.Contains(given[:i], value):
			a.refuse(at, "holds a choice twice")
			return nil
		}
	}
	return given
}

func (f field) acceptText(a *accepting, at, s string) any {
	switch f.kind {
	case choice:
		if !slices.Contains(f.values, s) {
			a.refuse(at, "is not one of the choices")
		}
	case email:
		if parsed, err := mail.ParseAddress(s); err != nil || parsed.Address != s {
			a.refuse(at, "is not an e-mail address")
		}
	case digits, identity:
		if !isDigits(s) {
			a.refuse(at, "is not a number")
		}
	case date:
		return f.acceptDate(a, at, s)
	case text:
		if f.keep != nil {
			return f.keep(s)
		}
	case object, array, choices, number, stamp:
	}
	return s
}

func (f field) acceptDate(a *accepting, at, s string) any {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil && f.asTime != nil {
		day, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		a.refuse(at, "is not a date of the form YYYY-MM-DD")
		return nil
	}
	// The day of a time is the day of its own offset, wherever the server stands.
	kept := day.Format(time.DateOnly)
	if f.noFuture && kept > a.today {
		a.refuse(at, "is in the future")
	}
	return kept
}

func midnight(day string, zone *time.Location) string {
	parsed, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		// The secretary's texts are not checked; they are served as they are.
		return day
	}
	return parsed.Format(time.RFC3339)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// withoutZeros returns digits as a number spells them.
func withoutZeros(digits string) string {
	if trimmed := strings.TrimLeft(digits, "0"); trimmed != "" {
		return trimmed
	}
	return "0"
}
