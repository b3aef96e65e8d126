package stv

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// Read reads one document with what is selected. It is gone when the federation itself says so, in the form of the
// contract: 404, or 410, which may name the survivor. Any other answer that is not the document says nothing about it:
// Next Look.
func (s *System) Read(ctx context.Context, ref string) (record.Document, error) {
	at, err := s.placeOf(ref)
	if err != nil {
		return record.Document{}, err
	}
	address := s.address(at)
	address.RawQuery = s.selection(at.kind).Encode()
	answer, err := s.call(ctx, httpx.Request{Method: http.MethodGet, URL: address.String()})
	if err != nil {
		return record.Document{}, fmt.Errorf("read %s: %w", ref, err)
	}
	if d, ok := s.entity(at, answer); ok {
		return d, nil
	}
	return record.Document{}, fmt.Errorf("read %s: %w", ref, notShown(at.kind, answer))
}

// entity returns the document at a place, if that is what the answer has.
func (s *System) entity(at place, a httpx.Response) (record.Document, bool) {
	if a.Status != http.StatusOK || !httpx.IsJSON(a) {
		return record.Document{}, false
	}
	d, err := s.trimmed(at.kind, a.Body)
	return d, err == nil && d.Ref == at.ref()
}

// notShown is what to do about an answer to a read that is not the document.
func notShown(kind string, a httpx.Response) *port.Error {
	r, own := refusalIn(a)
	switch {
	case own && (a.Status == http.StatusNotFound || a.Status == http.StatusGone):
		return r.gone(kind)
	case own:
		return &port.Error{
			Next:   port.Look,
			Reason: fmt.Sprintf("the federation does not show this (status %d, %s)", a.Status, r.code()),
		}
	default:
		return foreign(a.Status, port.Look)
	}
}

// Write creates, changes or deletes one document. After a create of a member, the affiliations created inside it follow it.
// What the federation rewrote, and what it derives, is in the documents as they come back; the member of an affiliation that
// was written changes with it and is not among them.
//
// A change or deletion carries its version; one without is a mistake, and nothing is sent. Any answer that is not the
// contract's leaves the outcome unknown: Next Look.
func (s *System) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	switch w.Op {
	case record.CreateDocument:
		documents, err := s.create(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("create in %s: %w", w.Kind, err)
		}
		return documents, nil
	case record.ChangeDocument, record.DeleteDocument:
		documents, err := s.change(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", w.Op, w.Ref, err)
		}
		return documents, nil
	default:
		return nil, mistake("there is no such way to write")
	}
}

// create posts a new entity.
func (s *System) create(ctx context.Context, w record.Write) ([]record.Document, error) {
	if !slices.Contains(s.Kinds(), w.Kind) {
		return nil, mistake("there is no such kind to create")
	}
	answer, err := s.call(ctx, httpx.Request{Method: http.MethodPost, URL: s.base.JoinPath(w.Kind).String(), Body: w.Body})
	if err != nil {
		return nil, err
	}
	// An affiliation is asked for: the federation may take its time (WIRE.md 1, create).
	taken := answer.Status == http.StatusCreated || w.Kind == kindAffiliations && answer.Status == http.StatusAccepted
	if !taken {
		return nil, notWritten(w, answer)
	}
	var inside struct {
		Affiliations []json.RawMessage `json:"affiliations"`
	}
	d, err := s.trimmed(w.Kind, answer.Body)
	if err != nil || !httpx.IsJSON(answer) || json.Unmarshal(answer.Body, &inside) != nil {
		return nil, foreign(answer.Status, port.Look)
	}
	documents := []record.Document{d}
	for _, raw := range inside.Affiliations {
		a, err := s.trimmed(kindAffiliations, raw)
		if err != nil {
			return nil, foreign(answer.Status, port.Look)
		}
		documents = append(documents, a)
	}
	return documents, nil
}

// change patches or deletes the version of an entity that was planned for.
func (s *System) change(ctx context.Context, w record.Write) ([]record.Document, error) {
	at, err := s.placeOf(w.Ref)
	switch {
	case err != nil:
		return nil, err
	case w.Version == "" || w.Version == "*":
		return nil, mistake("a change needs the version of the document")
	}
	r := httpx.Request{Method: http.MethodPatch, URL: s.address(at).String(), Header: http.Header{"If-Match": {w.Version}}, Body: w.Body}
	if w.Op == record.DeleteDocument {
		if at.kind != kindFunctions && at.kind != kindSubscriptions {
			return nil, mistake("members and affiliations are ended, never deleted")
		}
		r.Method, r.Body = http.MethodDelete, nil
	}
	answer, err := s.call(ctx, r)
	if err != nil {
		return nil, err
	}
	if w.Op == record.DeleteDocument && answer.Status == http.StatusNoContent {
		return nil, nil
	}
	if d, ok := s.entity(at, answer); ok && w.Op == record.ChangeDocument {
		return []record.Document{d}, nil
	}
	return nil, notWritten(w, answer)
}

// notWritten is what to do about an answer to a write that does not confirm it.
func notWritten(w record.Write, a httpx.Response) *port.Error {
	r, own := refusalIn(a)
	if !own {
		return foreign(a.Status, port.Look)
	}
	change := w.Op != record.CreateDocument
	switch {
	case a.Status == http.StatusForbidden:
		return notAllowed(r)
	case a.Status == http.StatusConflict && r.Code == "MemberExists" && isNumber(r.MemberNumber):
		return &port.Error{Next: port.Exists, Reason: "the federation has this person already", Number: r.MemberNumber}
	case a.Status == http.StatusPreconditionFailed && change:
		return &port.Error{Next: port.Replan, Reason: "it changed at the federation meanwhile"}
	case a.Status == http.StatusPreconditionRequired:
		return mistake("the federation missed the version of the document")
	case change && (a.Status == http.StatusNotFound || a.Status == http.StatusGone):
		kind, _, _ := strings.Cut(w.Ref, "/")
		return r.gone(kind)
	default:
		return &port.Error{
			Next:   port.Ask,
			Reason: fmt.Sprintf("the federation refuses what it was given (status %d, %s)", a.Status, r.code()),
			Fields: r.fields(),
			Unique: a.Status == http.StatusConflict,
		}
	}
}

// notAllowed is a refusal for want of a right.
func notAllowed(r refusal) *port.Error {
	e := &port.Error{Next: port.Wait, Reason: "the token has no right to write this", Advice: askRights}
	switch r.Code {
	case "WriteWindowClosed":
		e.Reason, e.Advice = "the federation's write window is closed", ""
	case "OtherClub":
		e.Reason, e.Advice = "this belongs to another club", ""
	}
	return e
}
