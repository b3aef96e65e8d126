package contract_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/contract"
)

const document = `
openapi: 3.1.0
info: {title: Keys, version: "1"}
paths:
  /keys/{number}:
    parameters:
      - {name: number, in: path, required: true, schema: {type: integer}}
    put:
      parameters:
        - {name: room, in: query, required: true, schema: {type: string}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [holder], properties: {holder: {type: string}}, additionalProperties: false}
      responses:
        "200":
          description: kept
          content:
            application/json:
              schema:
                type: object
                required: [since]
                properties: {since: {type: string, format: date}}
                additionalProperties: false
        "400":
          description: refused
          content:
            application/json:
              schema: {type: object, required: [why], properties: {why: {type: string}}}
`

func TestEachExchangeIsHeldToTheDocument(t *testing.T) {
	t.Parallel()
	const good = `{"holder":"Vreni"}`
	tests := map[string]struct {
		method, path, body string
		status             int
		answer             string
		want               []string // what each violation says, in order
	}{
		"a good request and a good answer agree": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusOK, answer: `{"since":"2026-01-31"}`,
		},
		"a bad body that the server refuses is the contract at work": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: `{"holder":7}`, status: http.StatusBadRequest, answer: `{"why":"no"}`,
		},
		"a bad body that the server takes is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: `{"holder":7}`, status: http.StatusOK, answer: `{"since":"2026-01-31"}`,
			want: []string{"answered 200, but the request breaks the document"},
		},
		"an unknown member that the server takes is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: `{"holder":"Vreni","nick":"V"}`, status: http.StatusOK,
			answer: `{"since":"2026-01-31"}`, want: []string{"the request breaks the document"},
		},
		"a missing parameter that the server takes is a violation": {
			method: http.MethodPut, path: "/keys/7", body: good, status: http.StatusOK, answer: `{"since":"2026-01-31"}`,
			want: []string{"the request breaks the document"},
		},
		"an answer without what it must carry is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusOK, answer: `{}`,
			want: []string{"the answer 200 breaks the document"},
		},
		"an answer in the wrong format is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusOK, answer: `{"since":"31.01.2026"}`,
			want: []string{"the answer 200 breaks the document"},
		},
		"an answer with more than the document says is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusOK, answer: `{"since":"2026-01-31","by":"x"}`,
			want: []string{"the answer 200 breaks the document"},
		},
		"a refusal in the wrong form is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusBadRequest, answer: `{"error":"no"}`,
			want: []string{"the answer 400 breaks the document"},
		},
		"a status that the document does not name is a violation": {
			method: http.MethodPut, path: "/keys/7?room=hall", body: good, status: http.StatusTeapot, answer: `{}`,
			want: []string{"the answer 418 breaks the document"},
		},
		"an operation that is not in the document may be refused": {
			method: http.MethodDelete, path: "/keys/7", status: http.StatusMethodNotAllowed, answer: `{}`,
		},
		"an operation that is not in the document may not be served": {
			method: http.MethodGet, path: "/locks", status: http.StatusOK, answer: `{}`,
			want: []string{"answered 200, but the request breaks the document"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checker := check(t, func(w http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				if err != nil || string(got) != tt.body {
					t.Errorf("the handler read %q, %v, want %q", got, err, tt.body)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				if _, err := io.WriteString(w, tt.answer); err != nil {
					t.Error(err)
				}
			})
			status, answer := exchange(t, checker, tt.method, tt.path, tt.body)
			if status != tt.status || answer != tt.answer {
				t.Errorf("passed on %d %q, want %d %q", status, answer, tt.status, tt.answer)
			}
			got := checker.Violations()
			if len(got) != len(tt.want) {
				t.Fatalf("violations: got %q, want %q", got, tt.want)
			}
			for i := range got {
				if !strings.Contains(got[i], tt.want[i]) {
					t.Errorf("violation %d: got %q, want it to contain %q", i, got[i], tt.want[i])
				}
			}
		})
	}
}

func TestAnAnswerCutOffIsPassedOnAndNotJudged(t *testing.T) {
	t.Parallel()
	checker := check(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	func() {
		defer func() {
			if got := recover(); !errors.Is(asError(got), http.ErrAbortHandler) {
				t.Errorf("recovered %v, want the abort", got)
			}
		}()
		checker.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/keys/7", http.NoBody))
	}()
	if diff := cmp.Diff([]string(nil), checker.Violations()); diff != "" {
		t.Errorf("violations (-want +got):\n%s", diff)
	}
}

func TestADocumentThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not YAML":                         "\t{",
		"not an OpenAPI document":          "swagger: yes",
		"an operation without its answers": strings.Replace(document, "description: kept", "note: kept", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := contract.Check([]byte(text), http.NotFoundHandler()); err == nil {
				t.Error("got no error")
			}
		})
	}
}

func check(t *testing.T, next http.HandlerFunc) *contract.Checker {
	t.Helper()
	checker, err := contract.Check([]byte(document), next)
	if err != nil {
		t.Fatal(err)
	}
	return checker
}

// exchange sends one request over a real connection and returns the answer's status and body.
func exchange(t *testing.T, handler http.Handler, method, path, body string) (int, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	got, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(got)
}

func asError(v any) error {
	err, _ := v.(error)
	return err
}
