package stvtest_test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"passerelle/federation/stv/stvtest"
)

func TestBatchAnswersOneByOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	path := "members(" + m.ID + ")"
	etag := h.member(t, m.ID).ETag
	got := h.want(t, ask{method: http.MethodPost, path: "$batch", body: object{"requests": []object{
		{"id": "a", "method": "POST", "url": "members", "body": person(object{"lastName": "Neu"}), "headers": object{"Content-Type": "application/json"}},
		{"id": "b", "method": "POST", "url": "members", "body": person(object{"gender": "W"})},
		{"id": "c", "method": "patch", "url": "/api/stv/club/v1.0/" + path, "headers": object{"if-match": etag}, "body": object{"city": "Thun"}},
		{"id": "d", "method": "PATCH", "url": path, "headers": object{"If-Match": etag}, "body": object{"city": "Biel"}},
		{"id": "e", "method": "GET", "url": "members?$select=lastName&$orderby=lastName"},
		{"id": "f", "method": "GET", "url": "nothing"},
		{"id": "g", "method": "POST", "url": "$batch", "body": object{"requests": []object{}}},
	}}}, http.StatusOK)

	answers, _ := got.body["responses"].([]any)
	var ids []string
	var statuses []float64
	for _, a := range answers {
		answer, _ := a.(object)
		status, _ := answer["status"].(float64)
		ids, statuses = append(ids, text(answer["id"])), append(statuses, status)
	}
	same(t, "ids", []string{"a", "b", "c", "d", "e", "f", "g"}, ids)
	same(t, "statuses", []float64{201, 400, 200, 412, 200, 404, 400}, statuses)
	same(t, "the town", "Thun", h.member(t, m.ID).City)
	list, _ := answers[4].(object)
	body, _ := list["body"].(object)
	same(t, "the list", []string{"Muster", "Neu"}, each(response{body: body}.rows(), "lastName"))
	same(t, "what the server got", []stvtest.Request{
		{Op: "members.create", Method: "POST", Path: stvtest.Base + "/members", Status: 201},
		{Op: "members.create", Method: "POST", Path: stvtest.Base + "/members", Status: 400},
		{Op: "members.change", Method: "PATCH", Path: stvtest.Base + "/" + path, Status: 200},
		{Op: "members.change", Method: "PATCH", Path: stvtest.Base + "/" + path, Status: 412},
		{Op: "members.list", Method: "GET", Path: stvtest.Base + "/members", Query: "$select=lastName&$orderby=lastName", Status: 200},
		{Op: "unknown", Method: "GET", Path: stvtest.Base + "/nothing", Status: 404},
		{Op: "batch", Method: "POST", Path: stvtest.Base + "/$batch", Status: 400},
		{Op: "batch", Method: "POST", Path: stvtest.Base + "/$batch", Status: 200},
	}, h.Requests())
	h.ResetRequests()
	same(t, "after a reset", []stvtest.Request(nil), h.Requests())
}

func TestBatchRights(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	batch := ask{method: http.MethodPost, path: "$batch", token: reader, body: object{"requests": []object{
		{"id": "1", "method": "GET", "url": "members"},
		{"id": "2", "method": "POST", "url": "members", "body": person(nil), "headers": object{"Authorization": "Bearer " + token}},
	}}}
	got := h.want(t, batch, http.StatusOK)
	answers, _ := got.body["responses"].([]any)
	for i, want := range []float64{200, 403} {
		answer, _ := answers[i].(object)
		same(t, fmt.Sprintf("status %d", i), any(want), answer["status"])
	}
}

func TestBatchRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	many := func(n int) object {
		var requests []object
		for i := range n {
			requests = append(requests, object{"id": strconv.Itoa(i), "method": "GET", "url": "club"})
		}
		return object{"requests": requests}
	}
	h.want(t, ask{method: http.MethodPost, path: "$batch", body: many(100)}, http.StatusOK)
	for name, body := range map[string]any{
		"a hundred and one":     many(101),
		"none":                  object{"requests": []object{}},
		"no requests":           object{},
		"two of one id":         object{"requests": []object{{"id": "1", "method": "GET", "url": "club"}, {"id": "1", "method": "GET", "url": "club"}}},
		"one without an id":     object{"requests": []object{{"method": "GET", "url": "club"}}},
		"a group":               object{"requests": []object{{"id": "1", "method": "GET", "url": "club", "atomicityGroup": "g"}}},
		"a dependency":          object{"requests": []object{{"id": "1", "method": "GET", "url": "club", "dependsOn": []string{"0"}}}},
		"a text for a request":  object{"requests": []string{"club"}},
		"not JSON":              "{",
		"another thing besides": object{"requests": []object{{"id": "1", "method": "GET", "url": "club"}}, "more": 1},
	} {
		if got := h.do(t, ask{method: http.MethodPost, path: "$batch", body: body}); got.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", name, got.status, got.text)
		}
	}
	h.want(t, ask{method: http.MethodPost, path: "$batch", body: many(1), kind: "multipart/mixed"}, http.StatusUnsupportedMediaType)
}
