package main

import (
	"slices"
	"time"

	"passerelle/conflicts"
	"passerelle/internal/record"
)

// A conflict is a question as it is shown. Values are in it only when they were asked for.
type conflict struct {
	ID          string                             `json:"id"`
	Kind        conflicts.Kind                     `json:"kind"`
	State       conflicts.State                    `json:"state"`
	Opened      time.Time                          `json:"opened"`
	Club        string                             `json:"club,omitempty"`
	Federation  string                             `json:"federation,omitempty"`
	Number      string                             `json:"number,omitempty"`
	Record      record.Kind                        `json:"record"`
	Identity    string                             `json:"identity,omitempty"`
	Fields      []record.Field                     `json:"fields"`
	Reason      string                             `json:"reason"`
	Answers     []conflicts.Verb                   `json:"answers"`
	Answer      conflicts.Verb                     `json:"answer,omitempty"`
	AnswerValue *record.Value                      `json:"answerValue,omitempty"` // as typed; only when values were asked for
	How         string                             `json:"how,omitempty"`
	Values      map[record.Field]conflicts.Holding `json:"values,omitempty"`
	Evidence    []conflicts.Evidence               `json:"evidence,omitempty"` // of who is who; its values only when they were asked for
	Group       string                             `json:"group,omitempty"`    // of those that can be answered at once
}

// A bulk is a field about which several questions can be answered at once, as field:NAME.
type bulk struct {
	Field record.Field `json:"field"`
	Count int          `json:"count"`
}

// A conflictsAnswer is a link's queue. Alike counts the open questions about two who agree in everything, which can be answered at
// once as match:alike.
type conflictsAnswer struct {
	Link      string     `json:"link"`
	Conflicts []conflict `json:"conflicts"`
	Bulk      []bulk     `json:"bulk"`
	Alike     int        `json:"alike,omitempty"`
}

// A conflictAnswer is one question of a link.
type conflictAnswer struct {
	Link string `json:"link"`
	conflict
}

// conflictOf returns a question as it is shown.
func conflictOf(q *conflicts.Question, values bool) conflict {
	c := conflict{
		ID: q.ID, Kind: q.Kind, State: q.State, Opened: q.Opened, Club: q.Club, Federation: q.Federation, Number: q.Number,
		Record: q.Record, Identity: q.Identity, Fields: q.Fields, Reason: q.Reason, Answers: q.Answers, How: q.How,
	}
	if c.Fields == nil {
		c.Fields = []record.Field{}
	}
	if c.Answers == nil {
		c.Answers = []conflicts.Verb{}
	}
	if q.Answer != nil {
		c.Answer = q.Answer.Verb
		if values && c.Answer == conflicts.TakeValue {
			c.AnswerValue = &q.Answer.Value
		}
	}
	c.Group = q.Group
	c.Evidence = q.Evidence
	if !values {
		c.Evidence = withoutValues(q.Evidence)
	}
	if values {
		c.Values = q.Holds
	}
	return c
}

func byHeading(q conflicts.Question) int {
	if q.Kind == conflicts.Match {
		return 0
	}
	return 1
}

// withoutValues returns what speaks for or against two being one person without what they hold.
func withoutValues(evidence []conflicts.Evidence) []conflicts.Evidence {
	out := slices.Clone(evidence)
	for i := range out {
		out[i].Club, out[i].Federation = record.NotCarried(), record.NotCarried()
	}
	return out
}

// conflictsOf returns the queue as it is shown: who is who first, because it says what else there is to ask.
func conflictsOf(link string, questions []conflicts.Question, values bool) conflictsAnswer {
	answer := conflictsAnswer{Link: link, Conflicts: []conflict{}, Bulk: []bulk{}}
	slices.SortStableFunc(questions, func(a, b conflicts.Question) int { return byHeading(a) - byHeading(b) })
	for i := range questions {
		q := &questions[i]
		answer.Conflicts = append(answer.Conflicts, conflictOf(q, values))
		if q.State == conflicts.Open && q.Group == conflicts.Alike {
			answer.Alike++
		}
		if q.Kind != conflicts.BothChanged || q.State != conflicts.Open || len(q.Fields) != 1 {
			continue
		}
		at := slices.IndexFunc(answer.Bulk, func(b bulk) bool { return b.Field == q.Fields[0] })
		if at < 0 {
			at = len(answer.Bulk)
			answer.Bulk = append(answer.Bulk, bulk{Field: q.Fields[0]})
		}
		answer.Bulk[at].Count++
	}
	return answer
}
