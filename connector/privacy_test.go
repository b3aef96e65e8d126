package connector_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"passerelle/connector"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// personal returns what is known of people, in every spelling that either system has of it, each to a name for it that
// tells nothing. Short words are left out where they could stand in any text.
func personal(w *simulation.World) map[string]string {
	marks := map[string]string{}
	add := func(n int, what, value string) {
		if len(value) > 4 {
			marks[strings.ToLower(value)] = fmt.Sprintf("%s of M%d", what, n)
		}
	}
	for _, p := range w.People.People {
		add(p.N, "last name", p.LastName)
		add(p.N, "first name", p.FirstName)
		add(p.N, "birth date", string(p.BirthDate))
		add(p.N, "street", p.Street)
		add(p.N, "e-mail", p.Email)
		for _, phone := range []string{p.PhoneMobile, p.PhonePrivate} {
			add(p.N, "phone", phone)
			if rest, ok := strings.CutPrefix(phone, "+41"); ok && len(rest) == 9 {
				add(p.N, "phone", "0"+rest)
				add(p.N, "phone", fmt.Sprintf("%s %s %s", rest[2:5], rest[5:7], rest[7:]))
			}
		}
	}
	for _, seen := range w.Everybody() { // what was typed since
		for _, s := range append(seen.Club, seen.Federation...) {
			for _, field := range []string{"lastName", "firstName", "birthDate", "street", "email", "phoneMobile"} {
				add(seen.N, field, s.Fields["member."+field])
			}
		}
	}
	return marks
}

// discreet fails the test when a text tells something personal.
func (b *bench) discreet(where, text string) {
	b.tb.Helper()
	lower := strings.ToLower(text)
	for mark, what := range personal(b.world) {
		if strings.Contains(lower, mark) {
			b.tb.Errorf("%s tells the %s", where, what)
		}
	}
}

// TestNothingPersonalIsTold holds what a run tells (the log is looked through at the end of every test).
func TestNothingPersonalIsTold(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	look := func(what string, v any) {
		t.Helper()
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.discreet(what, string(data))
	}
	r := b.run()
	if applied(r) == 0 || r.Conflicts.Opened == 0 {
		t.Fatalf("the edits came to nothing: %s", text(r))
	}
	look("the report", r)
	status, err := b.link.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	look("the status", status)
	b.mobile(record.Club, b.people(1)[0], "790001111")
	plan, stopped, err := b.link.Plan(t.Context())
	if err != nil || stopped != nil {
		t.Fatal(err, stopped)
	}
	look("the plan", plan)
	open, err := b.link.Questions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range open {
		look("the reason of a question", []any{q.Reason, q.How, q.ID})
	}
	_, err = b.link.Decide(t.Context(), open[0].ID, wrongAnswer())
	b.discreet("the error about an answer", fmt.Sprint(err))
	_, err = b.link.Approve(t.Context(), "nothing", 0, connector.Only{})
	b.discreet("the error about an approval", fmt.Sprint(err))
	if b.logged.String() == "" {
		t.Error("nothing was logged: the test of the log shows nothing")
	}
}
