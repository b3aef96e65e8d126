package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/quality"
	"passerelle/connector/verify"
	"passerelle/internal/config"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// sceneFirstLink is the scene of a club that links two lists which were kept apart for years.
const sceneFirstLink = "first-link"

// A sceneReport is what came of the first link of a club whose two lists have grown apart for years. Everything in it but the runs
// and the verification is counted against what the two systems were made from.
type sceneReport struct {
	Scene   string `json:"scene"`
	Members int    `json:"members"`
	Differ  int    `json:"differ"` // people who were not alike in both systems, or in one only
	// Check counts what the report before the link finds.
	Check quality.Counts `json:"check"`
	// Questions were asked, each counted once; Answers is how many times the admin had to say something.
	Questions       int                    `json:"questions"`
	QuestionsByKind map[conflicts.Kind]int `json:"questionsByKind"`
	Answers         int                    `json:"answers"`
	Approvals       int                    `json:"approvals"`
	Linked          int                    `json:"linked"`
	FalseLinks      int                    `json:"falseLinks"`
	Unlinked        int                    `json:"unlinked"` // people whom both sides have, and who are not linked
	Twice           int                    `json:"twice"`    // people who stand on a side more often than before
	Outline         *port.Outline          `json:"outline"`  // of the plan that was approved first
	Runs            []connector.Report     `json:"runs"`     // the last is quiet
	Verify          verify.Report          `json:"verify"`
}

// An admin answers what the program asks, knowing who is who, as the club's secretary does.
type admin struct {
	*stage
	told sceneReport
	seen map[string]bool // questions by their IDs
}

// linkAfterYears plays the scene: look, answer field by field and person by person, look again, approve, carry, until a run has
// nothing left to do.
func (s *stage) linkAfterYears(ctx context.Context, c config.Config) error {
	a := &admin{stage: s, seen: map[string]bool{}}
	a.told = sceneReport{
		Scene: sceneFirstLink, Members: s.world.People.Members, Differ: s.world.Differ(), QuestionsByKind: map[conflicts.Kind]int{},
	}
	s.say("A club with %d members and its federation have kept two lists for years. %d people are not alike in both, or stand in one only.",
		a.told.Members, a.told.Differ)
	if err := a.check(ctx, c); err != nil {
		return err
	}
	if err := a.untilQuiet(ctx); err != nil {
		return err
	}
	if err := a.count(ctx); err != nil {
		return err
	}
	s.say("Linked: %d persons, %d of them wrongly. Questions: %d, answered with %d answers and %d approvals.",
		a.told.Linked, a.told.FalseLinks, a.told.Questions, a.told.Answers, a.told.Approvals)
	if s.json {
		if err := s.printJSON(a.told); err != nil {
			return err
		}
	}
	if err := errors.Join(s.wrong...); err != nil {
		return fmt.Errorf("the scene did not come out as it must:\n%w", err)
	}
	return nil
}

// check reads the report on the data of both sides. The admin of this scene mends nothing of it, which makes the link harder.
func (a *admin) check(ctx context.Context, c config.Config) error {
	checker, err := quality.New()
	if err != nil {
		return err
	}
	client := a.network(c, a.logger(c.Log))
	defer client.Close()
	found, _, err := a.checkLink(ctx, c, c.Links[0], client, checker)
	if err != nil {
		return err
	}
	a.told.Check = found.Quality.Counts
	a.expect(len(found.Quality.Unread) == 0, "the report could not read both sides: %v", found.Quality.Unread)
	a.say("The report before the link has findings about the data: %d. The first run looks, and writes nothing.", len(found.Quality.Findings))
	return nil
}

// mostRuns bounds the scene: an engine that always finds something to do must not run for ever.
const mostRuns = 12

// untilQuiet runs, answers and approves until a run has nothing to do and nothing to ask.
func (a *admin) untilQuiet(ctx context.Context) error {
	for range mostRuns {
		report, err := a.run(ctx)
		if err != nil {
			return err
		}
		a.told.Runs = append(a.told.Runs, report)
		if report.Stopped != nil {
			return fmt.Errorf("the run stopped at the %s: %s", report.Stopped.Side, report.Stopped.Reason)
		}
		answered, err := a.answer(ctx)
		switch {
		case err != nil:
			return err
		case answered > 0: // first everything that is asked, then one plan
			continue
		case report.Held != nil:
			if err := a.approve(ctx, report.Held); err != nil {
				return err
			}
		case report.Conflicts.Open == 0 && idleRun(&report):
			return nil
		}
	}
	return fmt.Errorf("after %d runs there is still something to do", mostRuns)
}

// idleRun reports whether a run has linked, planned and written nothing.
func idleRun(r *connector.Report) bool {
	for _, side := range record.Sides() {
		if r.Planned[side].Total()+r.Applied[side].Total()+r.Requests[side].Write > 0 {
			return false
		}
	}
	return r.Linked == 0 && r.Failed+r.Unknown == 0
}

// answer answers every open question: those that can be answered at once at once, the club's value for most fields, and the truth
// about who is who. It returns how many questions that were.
func (a *admin) answer(ctx context.Context) (int, error) {
	queue, err := ask[conflictsAnswer](ctx, a.door, "conflicts/list", conflictsQuestion{})
	if err != nil {
		return 0, err
	}
	done := map[string]bool{}
	for i := range queue.Conflicts {
		q := &queue.Conflicts[i]
		if !a.seen[q.ID] {
			a.seen[q.ID] = true
			a.told.Questions++
			a.told.QuestionsByKind[q.Kind]++
		}
		id, verb := a.answerTo(q)
		if done[id] {
			continue
		}
		done[id] = true
		answer, err := ask[decideAnswer](ctx, a.door, "conflicts/decide", decideQuestion{ID: id, Verb: verb, By: "demo"})
		if err != nil {
			return 0, err
		}
		a.told.Answers++
		a.say("  %s: %s (questions: %d)", id, verb, answer.Answered)
	}
	return len(queue.Conflicts), nil
}

// answerTo returns what the admin says, and to which question or group of them.
func (a *admin) answerTo(q *conflict) (string, conflicts.Verb) {
	offers := func(v conflicts.Verb) bool { return slices.Contains(q.Answers, v) }
	switch {
	case q.Group == conflicts.Alike && a.world.Same(q.Club, q.Federation):
		return connector.AllAlike, conflicts.Same
	case q.Kind == conflicts.Match && a.world.Same(q.Club, q.Federation):
		return q.ID, conflicts.Same
	case q.Kind == conflicts.Match:
		return q.ID, conflicts.Different
	case q.Kind == conflicts.BothChanged && len(q.Fields) == 1:
		if field := q.Fields[0]; field != "birthDate" && offers(conflicts.TakeClub) {
			return "field:" + string(field), conflicts.TakeClub
		}
		return "field:" + string(q.Fields[0]), conflicts.TakeFederation // which has right birth dates, and gives the numbers
	case offers(conflicts.TakeClub):
		return q.ID, conflicts.TakeClub
	case offers(conflicts.Leave):
		return q.ID, conflicts.Leave
	}
	return q.ID, conflicts.Later
}

// approve looks at the plan, and approves it by the number of its persons.
func (a *admin) approve(ctx context.Context, held *connector.Held) error {
	plan, err := ask[planAnswer](ctx, a.door, "plan", planQuestion{})
	if err != nil {
		return err
	}
	if a.told.Outline == nil {
		a.told.Outline = plan.Outline
		var text strings.Builder
		tellOutline(lines(&text), &plan)
		tellConsequence(lines(&text), plan)
		a.say("%s", strings.TrimRight(text.String(), "\n"))
	}
	a.say("The demo approves plan %s in your place: %d changes for %d persons.", held.Plan, held.Changes, held.Persons)
	a.told.Approvals++
	_, err = ask[approveAnswer](ctx, a.door, "approve", approveQuestion{Plan: held.Plan, Persons: &held.Persons, By: "demo"})
	return err
}

// count holds what came of it to the truth.
func (a *admin) count(ctx context.Context) (err error) {
	if a.told.Verify, err = ask[verify.Report](ctx, a.door, "verify", verifyQuestion{}); err != nil {
		return err
	}
	a.expect(a.told.Verify.Unexplained == 0, "%d differences that nothing explains", a.told.Verify.Unexplained)
	everybody, err := ask[peopleAnswer](ctx, a.door, "people", peopleQuestion{All: true})
	if err != nil {
		return err
	}
	linked := map[string]string{}
	for i := range everybody.People {
		if p := &everybody.People[i]; p.Linked {
			linked[p.Club] = p.Federation
			a.told.Linked++
			if !a.world.Same(p.Club, p.Federation) {
				a.told.FalseLinks++
			}
		}
	}
	for _, seen := range a.world.Everybody() {
		if len(seen.Club) == 1 && len(seen.Federation) == 1 && seen.Club[0].Life == simulation.Present && linked[seen.Club[0].Ref] == "" {
			a.told.Unlinked++
		}
	}
	a.told.Twice = len(a.world.Twice()) - a.twice
	a.expect(a.told.FalseLinks == 0, "%d persons are linked with somebody else", a.told.FalseLinks)
	a.expect(a.told.Unlinked == 0, "%d persons whom both sides have are not linked", a.told.Unlinked)
	a.expect(a.told.Twice == 0, "%d persons stand twice on a side who did not before", a.told.Twice)
	return nil
}
