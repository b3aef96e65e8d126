// Package contract holds a server to the OpenAPI document that describes it.
//
// A [Checker] stands in front of a handler and looks at each exchange after it happened. It never changes what the
// caller gets: it only writes down where the document and the server disagree. It belongs into tests and
// demonstrations, in front of simulators that hold invented people, because a violation quotes the value that broke
// the rule.
package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/config"
	validation "github.com/pb33f/libopenapi-validator/errors"
	"github.com/pb33f/libopenapi-validator/helpers"
)

// maxBody is the largest request body a Checker reads; no contract here comes near it.
const maxBody = 16 << 20

// A Checker is a handler that holds another handler to an OpenAPI document. It is safe for concurrent use.
//
// An exchange breaks the document in three ways:
//   - the answer is not one that the document describes for this operation;
//   - the request breaks the document, and the server took it all the same (a status below 400);
//   - the operation is not in the document, and the server took it all the same.
//
// A bad request that the server refuses is the contract at work, and no violation. An answer that the wrapped handler
// does not finish (it panics with [http.ErrAbortHandler]) is passed on and not judged. To exempt injected faults, put
// the Checker beneath the layer that injects them.
type Checker struct {
	next  http.Handler
	rules validator.Validator

	mu         sync.Mutex
	violations []string
}

// Check returns a [Checker] of next by an OpenAPI 3.1 document in YAML or JSON. The error says that the document itself
// cannot be read or is not valid OpenAPI.
func Check(document []byte, next http.Handler) (*Checker, error) {
	parsed, err := libopenapi.NewDocument(document)
	if err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	rules, errs := validator.NewValidator(parsed, config.WithFormatAssertions())
	if len(errs) > 0 {
		return nil, fmt.Errorf("build the OpenAPI document: %w", errors.Join(errs...))
	}
	if valid, problems := rules.ValidateDocument(); !valid {
		return nil, fmt.Errorf("validate the OpenAPI document: %s", describe(problems))
	}
	return &Checker{next: next, rules: rules}, nil
}

// Violations returns what was found so far, in the order it was found; none is the good case.
func (c *Checker) Violations() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.violations)
}

// ServeHTTP lets the wrapped handler answer, judges the exchange, and hands the answer on unchanged.
func (c *Checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	// The handler gets its own copy, because it may change or consume what is judged afterwards.
	asked := r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	c.next.ServeHTTP(answer, r)

	c.judge(asked, body, answer)

	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	// The exchange has been judged; a caller that went away is not the document's matter.
	_, _ = w.Write(answer.Body.Bytes())
}

// judge notes where a request and its answer break the document.
func (c *Checker) judge(r *http.Request, body []byte, answer *httptest.ResponseRecorder) {
	r.Body = io.NopCloser(bytes.NewReader(body))
	_, problems := c.rules.ValidateHttpRequestSync(r)
	accepted := answer.Code < http.StatusBadRequest
	if len(problems) > 0 && accepted {
		c.note("%s %s: answered %d, but the request breaks the document: %s",
			r.Method, r.URL.Path, answer.Code, describe(problems))
	}
	if undescribed(problems) {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if valid, problems := c.rules.ValidateHttpResponse(r, answer.Result()); !valid {
		c.note("%s %s: the answer %d breaks the document: %s", r.Method, r.URL.Path, answer.Code, describe(problems))
	}
}

func (c *Checker) note(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, fmt.Sprintf(format, args...))
}

// undescribed reports whether the document does not know the operation at all, so that no answer can be judged.
func undescribed(problems []*validation.ValidationError) bool {
	return slices.ContainsFunc(problems, func(p *validation.ValidationError) bool {
		return p.ValidationType == helpers.PathValidation
	})
}

// describe puts the problems of one exchange into one line, each with its place in the document or in the value.
func describe(problems []*validation.ValidationError) string {
	var line bytes.Buffer
	for i, p := range problems {
		if i > 0 {
			line.WriteString("; ")
		}
		line.WriteString(p.Message)
		for _, s := range p.SchemaValidationErrors {
			fmt.Fprintf(&line, " [%s %s: %s]", s.FieldPath, s.KeywordLocation, s.Reason)
		}
		if len(p.SchemaValidationErrors) == 0 {
			fmt.Fprintf(&line, " [%s]", p.Reason)
		}
	}
	return line.String()
}
