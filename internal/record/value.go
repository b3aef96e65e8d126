package record

import "encoding/json"

// A Value is one of three things: not carried (the zero Value), empty, or a text in its one canonical spelling. Not carried
// never becomes empty (DESIGN decision 3). Values are comparable with ==.
type Value struct {
	carried bool
	text    string
}

// Of returns the value with a canonical text. Of("") is Empty.
func Of(text string) Value { return Value{carried: true, text: text} }

// Empty returns the value of a field that is there and holds nothing.
func Empty() Value { return Value{carried: true} }

// NotCarried returns the value of a field of which nothing is known: absent, hidden or unmappable.
func NotCarried() Value { return Value{} }

// Carried reports whether anything is known of the field.
func (v Value) Carried() bool { return v.carried }

// IsEmpty reports whether the field is there and holds nothing.
func (v Value) IsEmpty() bool { return v.carried && v.text == "" }

// HasText reports whether the field holds a text.
func (v Value) HasText() bool { return v.text != "" }

// Text returns the canonical text, "" for empty and for not carried.
func (v Value) Text() string { return v.text }

// MarshalJSON writes not carried as null and everything else as its text.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.carried {
		return []byte("null"), nil
	}
	return json.Marshal(v.text)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*v = Value{}
		return nil
	}
	v.carried = true
	return json.Unmarshal(data, &v.text)
}

// String hides the text: values are personal and reach no log by accident (DESIGN decision 17).
func (v Value) String() string {
	switch {
	case !v.carried:
		return "(not carried)"
	case v.text == "":
		return "(empty)"
	default:
		return "(value)"
	}
}

// GoString hides the text as String does.
func (v Value) GoString() string { return "record.Value" + v.String() }
