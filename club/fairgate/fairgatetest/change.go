package fairgatetest

import (
	"net/http"
	"strings"
)

// changed returns the contact that a checked patch makes of before, or why it may not. The store does not change
// meanwhile. The empty contact is changed into a new one.
func (s *Server) changed(before Contact, patch map[string]any, isNew bool) (Contact, *refusal) {
	id := before.Basefields.ContactID
	if base, ok := patch["basefields"].(map[string]any); ok {
		given, _ := base["contact_id"].(string)
		if given != "" && given != id {
			return Contact{}, invalid(fieldError{Field: "basefields.contact_id", Message: "is given by the server"})
		}
	}
	doc := before.document()
	merge(doc, patch, s.config.Merge)
	after := contactOf(doc)
	after.Basefields.ContactID = id

	if wrong := missing(before, after, isNew); len(wrong) > 0 {
		return Contact{}, invalid(wrong...)
	}
	email := after.Communication.PrimaryEmail
	if email != "" && !strings.EqualFold(email, before.Communication.PrimaryEmail) && s.contacts.emailTaken(email, id) {
		return Contact{}, &refusal{
			status: http.StatusOK, message: "the contact was not saved",
			errors: []fieldError{{Field: "communication.primary_email", Message: "is not unique"}},
		}
	}
	return after, nil
}

// merge puts a patch into a document.
func merge(doc, patch map[string]any, how Merge) {
	for name, given := range patch {
		inner, isObject := given.(map[string]any)
		held, wasObject := doc[name].(map[string]any)
		if how == Deep && isObject && wasObject {
			merge(held, inner, how)
			continue
		}
		doc[name] = given
	}
}

// missing returns the required fields that are empty: all of them on a new contact, those that the change has emptied
// on another, so that what the secretary left out does not stand in the way.
func missing(before, after Contact, isNew bool) []fieldError {
	var wrong []fieldError
	for _, f := range []struct{ name, was, is string }{
		{"basefields.contact_type", before.Basefields.ContactType, after.Basefields.ContactType},
		{"basefields.first_name", before.Basefields.FirstName, after.Basefields.FirstName},
		{"basefields.last_name", before.Basefields.LastName, after.Basefields.LastName},
		{"status", before.Status, after.Status},
	} {
		if f.is == "" && (isNew || f.was != "") {
			wrong = append(wrong, fieldError{Field: f.name, Message: "is required"})
		}
	}
	return wrong
}
