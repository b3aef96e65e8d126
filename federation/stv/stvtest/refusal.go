package stvtest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// refusal is an answer that says no, in the contract's form. It names fields, never values.
type refusal struct {
	status  int
	header  map[string]string
	content errorContent
}

// errorContent is what stands in "error".
type errorContent struct {
	Code         string    `json:"code"`
	Message      string    `json:"message"`
	Target       string    `json:"target,omitempty"`
	Details      []problem `json:"details,omitempty"`
	MemberNumber string    `json:"memberNumber,omitempty"`
	MergedInto   string    `json:"mergedInto,omitempty"`
}

// problem is what is wrong with one field.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

// Error implements error.
func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.content.Code) }

func (r *refusal) answer() answer {
	return answer{status: r.status, header: r.header, body: map[string]any{"error": r.content}}
}

func refuse(status int, code, message, target string) *refusal {
	return &refusal{status: status, content: errorContent{Code: code, Message: message, Target: target}}
}

func badRequest(code, message, target string) *refusal {
	return refuse(http.StatusBadRequest, code, message, target)
}

func notFound() *refusal {
	return refuse(http.StatusNotFound, "NotFound", "there is no such resource", "")
}

func forbidden(code, message string) *refusal {
	return refuse(http.StatusForbidden, code, message, "")
}

func merged(into string) *refusal {
	r := refuse(http.StatusGone, "Merged", "this record was merged into another", "")
	r.content.MergedInto = into
	return r
}

// invalid returns the refusal of a body with the given problems, nil where there are none.
func invalid(problems []problem) error {
	switch len(problems) {
	case 0:
		return nil
	case 1:
		p := problems[0]
		return badRequest(p.Code, p.Message, p.Target)
	default:
		r := badRequest("Validation", strconv.Itoa(len(problems))+" fields are not valid", problems[0].Target)
		r.content.Details = problems
		return r
	}
}

// refusalOf words the statuses that do not come from a rule of the contract but from the house around it.
func refusalOf(status int, retryAfter time.Duration) *refusal {
	var r *refusal
	switch status {
	case http.StatusUnauthorized:
		r = refuse(status, "Unauthorized", "the token is unknown, revoked or expired", "")
		r.header = map[string]string{"WWW-Authenticate": "Bearer"}
	case http.StatusForbidden:
		r = forbidden("Forbidden", "the token has no right to this")
	case http.StatusTooManyRequests:
		r = refuse(status, "TooManyRequests", "too many requests", "")
	case http.StatusServiceUnavailable:
		r = refuse(status, "Maintenance", "the service is being maintained", "")
	default:
		r = refuse(status, "ServerError", "something went wrong", "")
	}
	if retryAfter > 0 {
		// A hint of less than a second must not become 0, which is no hint.
		seconds := int64((retryAfter + time.Second - 1) / time.Second)
		r.header = map[string]string{"Retry-After": strconv.FormatInt(seconds, 10)}
	}
	return r
}
