package fairgate

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"passerelle/connector/port"
	"passerelle/internal/record"
)

// primaryEmail is the unique key of a contact.
const primaryEmail = "communication.primary_email"

// Write creates or changes one contact and returns it as it stands afterwards. Contacts are never deleted: that is a
// mistake in the program.
//
// A refusal of the primary e-mail alone, in an answer of status 200, is how Fairgate says that another contact has it
// (WIRE.md 2): Unique. A 403 is a key without the right to write: Next Wait. An answer that is not Fairgate's own, or does
// not hold the contact, leaves the outcome open: Next Look.
func (s *System) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	r, err := s.request(w)
	if err != nil {
		return nil, err
	}
	answer, err := s.call(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := refusal(answer, w.Op); err != nil {
		return nil, err
	}
	doc, ok := document(answer.data)
	if !ok || (w.Op == record.ChangeDocument && doc.Ref != w.Ref) {
		return nil, &port.Error{Next: port.Look, Reason: "Fairgate took the write and did not show the contact"}
	}
	return []record.Document{doc}, nil
}

// request returns what w asks of Fairgate.
func (s *System) request(w record.Write) (request, error) {
	switch {
	case w.Kind != kindContact:
		return request{}, mistake("there is no such kind to write")
	case len(w.Body) == 0 && w.Op != record.DeleteDocument:
		return request{}, mistake("there is nothing to write")
	}
	switch w.Op {
	case record.CreateDocument:
		return request{method: http.MethodPost, url: s.config.address(s.config.Assumed.Create, ""), body: w.Body}, nil
	case record.ChangeDocument:
		id, err := idOf(w.Ref)
		return request{method: http.MethodPut, url: s.config.address(s.config.Assumed.Change, id), body: w.Body}, err
	case record.DeleteDocument:
		return request{}, mistake("contacts are ended, never deleted")
	default:
		return request{}, mistake("there is no such request")
	}
}

// refusal returns why a write was not carried out, or that nobody knows; nil when it was.
func refusal(answer reply, op record.WriteOp) error {
	done := answer.status >= http.StatusOK && answer.status < http.StatusMultipleChoices
	switch {
	case answer.own && done && answer.success:
		return nil
	case !answer.own, answer.success:
		return foreign("the contact as written", answer.status, port.Look)
	case done, answer.status == http.StatusBadRequest, answer.status == http.StatusConflict,
		answer.status == http.StatusUnprocessableEntity:
		return &port.Error{
			Next:   port.Ask,
			Reason: "Fairgate refused what it was given",
			Fields: answer.refused,
			Unique: answer.status == http.StatusOK && slices.Equal(answer.refused, []string{primaryEmail}),
		}
	case answer.status == http.StatusForbidden:
		return &port.Error{
			Next:   port.Wait,
			Reason: "the access key is read-only",
			Advice: "give the access key the right to write in Fairgate",
		}
	case answer.gone() && op == record.ChangeDocument:
		return noContact()
	default:
		return &port.Error{
			Next:   port.Stop,
			Reason: fmt.Sprintf("Fairgate does not know this kind of request (status %d)", answer.status),
			Advice: "report it together with what passerelle version prints",
		}
	}
}
