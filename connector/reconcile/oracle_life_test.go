package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A lifeCase is what the two sides and the base say of one record's life. "nil" is proven not to be there, "unknown" is
// hidden. The base is "none", "active" or "over" on both sides, or "outside" on both.
type lifeCase struct {
	base, club, federation string
	edited                 string // the side on which a field of the record changed since the base, or ""
	answer                 string
}

func (c lifeCase) String() string {
	return fmt.Sprintf("base %s, club %s, federation %s, edited %q, answer %q", c.base, c.club, c.federation, c.edited, c.answer)
}

// on returns what a side shows.
func (c lifeCase) on(side record.Side) string {
	if side == record.Club {
		return c.club
	}
	return c.federation
}

func isActive(life string) bool { return life == "present" || life == "leaving" }
func isOver(life string) bool   { return life == "ended" || life == "gone" }

// every calls fn with every combination.
func every(answers []string, fn func(lifeCase)) {
	stages := []string{"nil", "unknown", "present", "leaving", "ended", "gone", "outside"}
	for _, base := range []string{"none", "active", "over", "outside"} {
		for _, club := range stages {
			for _, federation := range stages {
				for _, edited := range []string{"", "club", "federation"} {
					for _, answer := range answers {
						fn(lifeCase{base, club, federation, edited, answer})
					}
				}
			}
		}
	}
}

// subject makes the record: one field, of which the base holds "a" and an edited side "b".
func (c lifeCase) subject(t *testing.T, kind record.Kind, identity string, f record.Field) reconcile.Subject {
	t.Helper()
	end := schema().Kind(kind).End()
	shown := func(side record.Side) *record.Record {
		value := "a"
		if c.edited == string(side) {
			value = "b"
		}
		switch life := c.on(side); life {
		case "nil":
			return nil
		case "unknown":
			return staged(kind, record.Life{})
		case "present":
			return there(t, kind, held{f: value, end: ""})
		case "leaving":
			return there(t, kind, held{f: value, end: nextYear})
		case "ended":
			return there(t, kind, held{f: value, end: lastWeek})
		case "gone":
			return staged(kind, record.Life{Stage: record.Gone})
		default:
			r := there(t, kind, held{f: value, end: ""})
			r.Life.Stage = record.Outside
			return r
		}
	}
	base := port.Base{}
	stage := map[string]record.Stage{"active": record.Present, "over": record.Ended, "outside": record.Outside}[c.base]
	if c.base != "none" {
		base = met(held{f: "a", end: ""})
		base.Life = lives(stage, stage)
	}
	return subject(kind, identity, shown(record.Club), shown(record.Federation), base)
}

// told names what an outcome does to the life of a record of this kind: creations, ends, restorations, questions about the
// life, waits for a parent. Ordinary changes of fields are left out.
func told(out reconcile.Outcome, kind record.Kind) string {
	var parts []string
	if out.Skipped {
		parts = append(parts, "skipped")
	}
	for _, c := range out.Changes {
		switch {
		case c.Kind != kind:
		case c.Op == record.Create:
			parts = append(parts, "create at "+string(c.Side))
		case c.Op == record.End && today().Before(c.On): // a field like others
		case c.Op == record.End && c.On == today():
			parts = append(parts, "end at "+string(c.Side)+" today")
		case c.Op == record.End:
			parts = append(parts, "end at "+string(c.Side)+" on "+c.On.String())
		case c.Rule == "answer":
			parts = append(parts, "restore at "+string(c.Side))
		}
	}
	for _, q := range out.Questions {
		if q.Record == kind && len(q.Fields) == 0 {
			parts = append(parts, "ask "+string(q.Kind)+" "+fmt.Sprint(q.Answers))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// wantLead tells what has to come of the person's life.
func wantLead(c lifeCase) string {
	if c.club == "unknown" || c.federation == "unknown" {
		return "skipped"
	}
	if isActive(c.club) == isActive(c.federation) {
		return "" // both take part: fields; neither does: nothing
	}
	away := record.Club // the side on which the person does not take part
	if isActive(c.club) {
		away = record.Federation
	}
	life := c.on(away)
	if life == "nil" && c.base == "none" {
		return "create at " + string(away)
	}
	end := "end at " + string(away.Other()) + " today"
	if life == "ended" {
		end = "end at " + string(away.Other()) + " on " + lastWeek
	}
	untouched := c.base == "active" && c.edited != string(away.Other())
	// A leaving one is an edit too, when it was not when the base was taken.
	untouched = untouched && c.on(away.Other()) != "leaving"
	if isOver(life) && untouched {
		return end
	}
	kind := "ended-and-changed"
	if life == "outside" && c.base != "over" {
		kind = "left-scope"
	}
	var verbs []string
	if isOver(life) || (life == "outside" && away == record.Club) {
		verbs = append(verbs, string(away))
	}
	if life == "ended" || life == "outside" {
		verbs = append(verbs, string(away.Other()))
	}
	verbs = append(verbs, "leave")
	text := "ask " + kind + " " + fmt.Sprint(verbs)
	switch {
	case c.answer == string(away) && slices.Contains(verbs, c.answer):
		text += "; " + end
	case c.answer == string(away.Other()) && life == "ended":
		text += "; restore at " + string(away)
	case c.answer == string(away.Other()) && life == "outside" && (c.edited != "" || c.on(away.Other()) == "leaving"):
		text += "; restore at " + string(away)
	}
	return text
}

func TestEveryLifeOfAPerson(t *testing.T) {
	t.Parallel()
	tried := 0
	every([]string{"", "club", "federation", "leave", "stale"}, func(c lifeCase) {
		member := subject("member", "", staged("member", record.Life{Stage: record.Present}),
			staged("member", record.Life{Stage: record.Present}), met(nil))
		in := person(t, member, c.subject(t, "affiliation", "", "category"))
		out := reconcile.Reconcile(answerLife(in, c.answer))
		tried++
		if got, want := told(out, "affiliation"), wantLead(c); got != want {
			t.Errorf("%s:\n got %q\nwant %q", c, got, want)
		}
	})
	if want := 4 * 7 * 7 * 3 * 5; tried != want {
		t.Errorf("tried %d combinations, want %d", tried, want)
	}
}

// answerLife answers the questions about lives and no others.
func answerLife(in reconcile.Input, answer string) reconcile.Input {
	if answer == "" {
		return in
	}
	verb := conflicts.Verb(answer)
	if answer == "stale" {
		verb = conflicts.TakeClub
	}
	in = answered(in, conflicts.Answer{Verb: verb})
	for id, q := range in.Questions {
		if len(q.Fields) > 0 {
			delete(in.Questions, id)
		}
	}
	if answer == "stale" {
		return stale(in)
	}
	return in
}

// wantChild tells what has to come of a child of someone who takes part on both sides.
func wantChild(c lifeCase) string {
	if c.club == "unknown" || c.federation == "unknown" || isActive(c.club) == isActive(c.federation) {
		return ""
	}
	away := record.Club
	if isActive(c.club) {
		away = record.Federation
	}
	life := c.on(away)
	if c.base == "none" && life != "outside" && life != "gone" { // gone: it was there and was taken away
		return "create at " + string(away)
	}
	end := "end at " + string(away.Other()) + " today"
	if life == "ended" {
		end = "end at " + string(away.Other()) + " on " + lastWeek
	}
	edited := c.edited == string(away.Other()) || c.on(away.Other()) == "leaving"
	if isOver(life) && c.base == "active" && !edited {
		return end
	}
	kind, verbs := "ended-and-changed", []string{"club", "federation", "leave"}
	if life == "outside" {
		kind, verbs = "left-scope", []string{"leave"}
		if away == record.Club {
			verbs = []string{"club", "leave"}
		}
	}
	text := "ask " + kind + " " + fmt.Sprint(verbs)
	switch {
	case !slices.Contains(verbs, c.answer):
	case c.answer == string(away):
		text += "; " + end
	case c.answer == string(away.Other()):
		return "ask " + kind + " " + fmt.Sprint(verbs) + "; create at " + string(away)
	}
	return text
}

func TestEveryLifeOfAChild(t *testing.T) {
	t.Parallel()
	every([]string{"", "club", "federation", "leave", "stale"}, func(c lifeCase) {
		member := subject("member", "", staged("member", record.Life{Stage: record.Present}),
			staged("member", record.Life{Stage: record.Present}), met(nil))
		in := person(t, member, active(), c.subject(t, "function", "LEI", "start"))
		out := reconcile.Reconcile(answerLife(in, c.answer))
		if got, want := told(out, "function"), wantChild(c); got != want {
			t.Errorf("%s:\n got %q\nwant %q", c, got, want)
		}
	})
}
