package stvtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/mail"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"
)

// take puts the members of a body into e, rewritten as the federation writes them. It returns the values that were put,
// by name, and what is wrong, in the order of the fields.
func (t *set) take(b body, e entity, creating bool) (map[string]any, []problem) {
	values := map[string]any{}
	var problems []problem
	for name := range b {
		if _, ok := t.field(name); !ok {
			problems = append(problems, problem{"UnknownProperty", "there is no such property", name})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int { return cmp.Compare(a.Target, b.Target) })
	for _, f := range t.fields {
		raw, given := b[f.name]
		p := problem{Target: f.name}
		switch {
		case given && f.derived:
			p.Code, p.Message = "NotWritable", "the federation sets this"
		case given:
			var value any
			value, p.Code, p.Message = f.read(raw)
			switch {
			case p.Code != "":
			case f.key && !creating && value != f.get(e):
				p.Code, p.Message = "NotWritable", "this is given once and never changed"
			default:
				f.put(e, value)
				values[f.name] = value
			}
		case creating && f.required:
			p.Code, p.Message = "Required", "this is required"
		}
		if p.Code != "" {
			problems = append(problems, p)
		}
	}
	return values, problems
}

// differs says whether any property differs.
func (t *set) differs(a, b entity) bool {
	return slices.ContainsFunc(t.fields, func(f field) bool { return f.get(a) != f.get(b) })
}

// read returns a value of a body in the property's own type, nil for empty, or what is wrong with it.
func (f field) read(raw json.RawMessage) (value any, code, message string) {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return f.cleared()
	}
	switch f.kind {
	case reflect.Bool:
		var flag bool
		if json.Unmarshal(raw, &flag) != nil {
			return nil, "Type", "this is true or false"
		}
		return flag, "", ""
	case reflect.Int:
		var n int
		if json.Unmarshal(raw, &n) != nil {
			return nil, "Type", "this is a whole number"
		}
		if n < 1 {
			return nil, "Format", "this is at least 1"
		}
		return n, "", ""
	default:
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return nil, "Type", "this is text"
		}
		if text = strings.Join(strings.Fields(text), " "); text == "" {
			return f.cleared()
		}
		text, ok := rewrite(f.form, text)
		if !ok {
			return nil, "Format", "this has not the form of its kind"
		}
		return text, "", ""
	}
}

func (f field) cleared() (value any, code, message string) {
	if f.required || f.key {
		return nil, "Required", "this cannot be empty"
	}
	return nil, "", ""
}

// rewrite returns a text as the federation spells it, false where it has not the form that the field wants.
func rewrite(form, text string) (string, bool) {
	switch form {
	case "date", "past":
		_, err := time.Parse(time.DateOnly, text)
		return text, err == nil
	case "gender":
		return text, text == "M" || text == "F"
	case "language":
		return text, text == "de" || text == "fr" || text == "it"
	case "delivery":
		return text, text == "print" || text == "digital"
	case "country":
		region, err := language.ParseRegion(text)
		return text, err == nil && len(text) == 2 && region.IsCountry() && region.String() == text
	case "email":
		address, err := mail.ParseAddress(text)
		return strings.ToLower(text), err == nil && address.Address == text
	case "phone":
		number, err := phonenumbers.Parse(text, "CH")
		if err != nil || !phonenumbers.IsValidNumber(number) {
			return "", false
		}
		return phonenumbers.Format(number, phonenumbers.INTERNATIONAL), true
	default:
		return text, true
	}
}

// check returns what is wrong with e beyond the form of its fields. Only what was changed is looked at.
func (s *Server) check(e entity, changed map[string]any) []problem {
	c := checker{changed: changed}
	today := s.today()
	switch e := e.(type) {
	case *Member:
		swiss := regexp.MustCompile(`^[1-9][0-9]{3}$`)
		c.that(e.Country != "CH" || e.PostalCode == "" || swiss.MatchString(e.PostalCode), "Format", "a Swiss postal code has four digits", "postalCode", "country")
		c.that(e.BirthDate <= today, "Format", "this is not in the future", "birthDate")
		c.that(e.DeceasedOn <= today, "Format", "this is not in the future", "deceasedOn")
	case *Affiliation:
		c.period(e.EntryDate, e.ExitDate, "exitDate", "entryDate")
	case *Function:
		c.that(s.valid(functionCodes, e.FunctionCode, today), "UnknownCode", "there is no such function", "functionCode")
		c.period(e.StartDate, e.EndDate, "endDate", "startDate")
	case *Subscription:
		c.that(s.valid(publications, e.Publication, today), "UnknownCode", "there is no such publication", "publication")
		c.period(e.StartDate, e.EndDate, "endDate", "startDate")
	}
	return c.problems
}

// checker collects problems of changed fields.
type checker struct {
	changed  map[string]any
	problems []problem
}

// that notes a problem with target unless it holds; with others it is a matter of theirs as well.
func (c *checker) that(holds bool, code, message, target string, others ...string) {
	touched := func(name string) bool { return c.changed[name] != nil }
	if !holds && (touched(target) || slices.ContainsFunc(others, touched)) {
		c.problems = append(c.problems, problem{code, message, target})
	}
}

func (c *checker) period(start, end, target, other string) {
	c.that(end == "" || start <= end, "Format", "the end comes after the start", target, other)
}

// unique refuses a second function or subscription of the same kind.
func (s *Server) unique(e entity) error {
	switch e := e.(type) {
	case *Function:
		for f := range rows[*Function](&s.state) {
			if f.ID != e.ID && f.MemberID == e.MemberID && f.FunctionCode == e.FunctionCode && f.Organ == e.Organ && f.StartDate == e.StartDate {
				return refuse(http.StatusConflict, "FunctionExists", "the member has this function from that day", "")
			}
		}
	case *Subscription:
		for sub := range rows[*Subscription](&s.state) {
			if sub.ID != e.ID && sub.MemberID == e.MemberID && sub.Publication == e.Publication {
				return refuse(http.StatusConflict, "SubscriptionExists", "the member has this publication", "")
			}
		}
	}
	return nil
}
