package record_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"passerelle/internal/record"
)

func TestValueIsOneOfThree(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name                    string
		value                   record.Value
		carried, empty, hasText bool
		text, json, shown       string
	}{
		{"not carried", record.NotCarried(), false, false, false, "", `null`, "(not carried)"},
		{"the zero value", record.Value{}, false, false, false, "", `null`, "(not carried)"},
		{"empty", record.Empty(), true, true, false, "", `""`, "(empty)"},
		{"of no text", record.Of(""), true, true, false, "", `""`, "(empty)"},
		{"a text", record.Of("Zoë"), true, false, true, "Zoë", `"Zoë"`, "(value)"},
		{"a text that says null", record.Of("null"), true, false, true, "null", `"null"`, "(value)"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := tt.value
			if v.Carried() != tt.carried || v.IsEmpty() != tt.empty || v.HasText() != tt.hasText || v.Text() != tt.text {
				t.Errorf("carried %t, empty %t, has text %t, text %q", v.Carried(), v.IsEmpty(), v.HasText(), v.Text())
			}
			data, err := json.Marshal(v)
			if err != nil || string(data) != tt.json {
				t.Errorf("as JSON: got %s, %v, want %s", data, err, tt.json)
			}
			back := record.Of("something else")
			if err := json.Unmarshal(data, &back); err != nil || back != v {
				t.Errorf("read back from %s: got %q, %v", data, back.Text(), err)
			}
			if got := v.String(); got != tt.shown {
				t.Errorf("shown as %q, want %q", got, tt.shown)
			}
		})
	}
	if record.Empty() == record.NotCarried() {
		t.Error("empty and not carried are the same")
	}
}

// A value reaches no log by accident, whatever it is printed with (DESIGN decision 17).
func TestValueIsNotPrinted(t *testing.T) {
	t.Parallel()
	v := record.Of("+41790000001")
	in := struct{ Phone record.Value }{v}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, printed := range []string{fmt.Sprintf(format, v), fmt.Sprintf(format, in), fmt.Sprintf(format, map[string]record.Value{"phone": v})} {
			if strings.Contains(printed, "790000001") {
				t.Errorf("%s shows the text: %s", format, printed)
			}
		}
	}
}

func TestValueRefusesOtherJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`12`, `{}`, `["a"]`, `true`} {
		var v record.Value
		if err := json.Unmarshal([]byte(text), &v); err == nil {
			t.Errorf("%s is read as %q", text, v.Text())
		}
	}
}
