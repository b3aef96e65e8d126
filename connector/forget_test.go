package connector_test

import (
	"errors"
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// TestForgottenIsLeftAlone forgets somebody with a history and a question, by each of the names there are: nothing of them is
// left in the ledger, and no later run links, creates, asks about or writes to them.
func TestForgottenIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"club", "federation", "number"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 60)
			people := b.people(2)
			n := people[0]
			b.mobile(record.Club, n, "791110001")
			b.mobile(record.Club, people[1], "791110005")
			b.flows(b.run())
			b.mobile(record.Club, n, "791110002")
			b.mobile(record.Federation, n, "791110003")
			b.flows(b.run())
			name := map[string]string{
				"club": "contact/" + b.contact(n), "federation": "members/" + b.member(n), "number": b.holds(record.Federation, n, "member.memberNumber"),
			}[by]

			if _, err := b.link.Forget(t.Context(), "contact/0", "salt", true); !errors.Is(err, connector.ErrPerson) {
				t.Errorf("nobody: got %v, want ErrNone", err)
			}
			dry, err := b.link.Forget(t.Context(), name, "salt", true)
			if err != nil || dry.Done || dry.Removed.History != 1 || dry.Removed.Questions != 1 || dry.Removed.Records < 2 {
				t.Errorf("dry: %+v, %v; want the one write and the one question counted", dry, err)
			}
			if open := len(b.queue(conflicts.BothChanged, conflicts.Open)) + len(b.queue(conflicts.Match, conflicts.Open)); open != 1 {
				t.Errorf("a dry one has removed something: %d questions", open)
			}
			done, err := b.link.Forget(t.Context(), name, "salt", false)
			if err != nil || !done.Done || done.Removed != dry.Removed {
				t.Fatalf("forgotten: %+v, %v; want what the dry one counted", done, err)
			}
			if _, err := b.ledger.PersonOf(t.Context(), record.Club, "contact/"+b.contact(n)); !errors.Is(err, port.ErrNone) {
				t.Errorf("the person is in the ledger still: %v", err)
			}
			if err := b.ledger.History(t.Context(), func(e port.Entry) error {
				if e.Ref == "members/"+b.member(n) {
					t.Error("the history of the person is there still")
				}
				return nil
			}); err != nil {
				t.Error(err)
			}

			b.forget()
			for range 2 {
				b.clock.Add(poll)
				if _, err := b.link.RunOnce(t.Context(), connector.Options{Full: true}); err != nil {
					t.Fatal(err)
				}
			}
			b.mobile(record.Federation, n, "791110004")
			r := b.run()
			b.flows(r)
			b.untouched()
			if open := len(b.queue(conflicts.BothChanged, conflicts.Open)) + len(b.queue(conflicts.Match, conflicts.Open)); open != 0 || r.Linked != 0 {
				t.Errorf("%d questions about one who was forgotten, %d linked", open, r.Linked)
			}
			b.once() // on the two sides nothing has happened to anybody
			b.explained("with one forgotten")

			// Gone from one side, the person is not created there anew.
			b.remove(record.Club, n)
			b.run()
			b.run()
			b.untouched()
			b.mobile(record.Club, people[1], "791110009")
			b.flows(b.run())
			b.both(people[1], "member.phoneMobile", "+41791110009", "+41791110009")
		})
	}
}

// TestWhatStaysOfTheForgotten sees that the ledger's used pages hold neither name nor number of one who was forgotten.
func TestWhatStaysOfTheForgotten(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "791110001")
	b.flows(b.run())
	number, email := b.holds(record.Federation, n, "member.memberNumber"), b.holds(record.Club, n, "member.email")
	before := string(b.copied())
	if !strings.Contains(before, email) || !strings.Contains(before, number) {
		t.Fatal("the ledger does not hold what is looked for")
	}
	if _, err := b.link.Forget(t.Context(), number, "salt", false); err != nil {
		t.Fatal(err)
	}
	var left []string
	if err := b.ledger.Dump(t.Context(), true, func(line []byte) error {
		for _, word := range []string{email, number, "791110001", "contact/" + b.contact(n) + `"`} {
			if strings.Contains(string(line), word) {
				left = append(left, string(line))
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left of one who was forgotten:\n%s", strings.Join(left, "\n"))
	}
}
