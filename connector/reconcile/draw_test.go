package reconcile_test

import (
	"maps"
	"slices"

	"pgregory.net/rapid"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A world says which kinds of trouble a drawn person may be in.
type world struct {
	lives   bool // not there, hidden, ended, gone, outside
	trouble bool // unreadable values, refusals, places that are missing, words that are not known
	answers bool // of every verb, offered or not
}

// likely draws true in n of ten.
func likely(t *rapid.T, n int, label string) bool { return rapid.IntRange(1, 10).Draw(t, label) <= n }

// texts are the values that a field can have besides none.
func texts(f record.FieldDef) []string {
	if f.Type == record.CivilDate {
		return []string{"2001-02-03", "2012-05-06", "2020-09-10"}
	}
	return []string{"a", "b", "c"}
}

// drawState draws what is held of a field: nothing known, empty, or one of its texts.
func drawState(t *rapid.T, f record.FieldDef, label string) record.Value {
	switch n := rapid.IntRange(0, 9).Draw(t, label); {
	case n == 0:
		return record.NotCarried()
	case n <= 2:
		return record.Empty()
	default:
		return record.Of(texts(f)[n%3])
	}
}

func drawLife(t *rapid.T, w world, label string) record.Life {
	if !w.lives || likely(t, 6, label+" simply there") {
		return record.Life{Stage: record.Present}
	}
	ahead, past := record.Date{Year: 2027, Month: 1, Day: 31}, record.Date{Year: 2026, Month: 3, Day: 8}
	return rapid.SampledFrom([]record.Life{
		{Stage: record.Leaving, On: ahead},
		{Stage: record.Ended, On: past},
		{Stage: record.Ended},
		{Stage: record.Gone},
		{Stage: record.Outside},
		{},
	}).Draw(t, label)
}

// drawSubject draws a record on both sides and its base. Of most fields all three agree.
func drawSubject(t *rapid.T, w world, s *record.Schema, kind record.Kind, identity string) reconcile.Subject {
	name := string(kind) + identity
	records := map[record.Side]*record.Record{}
	for _, side := range record.Sides() {
		if w.lives && !likely(t, 8, name+" there "+string(side)) {
			continue
		}
		records[side] = staged(kind, drawLife(t, w, name+" life "+string(side)))
	}
	base := port.Base{}
	if likely(t, 8, name+" has met") {
		stage := record.Present
		if w.lives && likely(t, 2, name+" was over") {
			stage = record.Ended
		}
		base.Life = lives(stage, stage)
	}
	for _, f := range s.Kind(kind).Fields {
		label := name + "." + string(f.Name)
		agreed := drawState(t, f, label+" agreed")
		if f.End {
			agreed = record.Empty()
		}
		if base.Life != nil && agreed.Carried() {
			base.Agree(f.Name, agreed, nil)
		}
		for _, side := range record.Sides() {
			if r := records[side]; r != nil {
				drawField(t, w, r, f, agreed, label+" "+string(side))
			}
		}
	}
	return subject(kind, identity, records[record.Club], records[record.Federation], base)
}

// drawField draws what one side holds of a field; the day of the end is that of the life.
func drawField(t *rapid.T, w world, r *record.Record, f record.FieldDef, agreed record.Value, label string) {
	v := agreed
	if !likely(t, 6, label+" as agreed") {
		v = drawState(t, f, label)
	}
	if f.End {
		v = record.Of(r.Life.On.String())
	}
	if w.trouble && likely(t, 1, label+" unreadable") {
		v = record.NotCarried()
		r.Issues = map[record.Field]record.Issue{f.Name: record.Unreadable}
	}
	if r.Life.Stage == record.Gone || r.Life.Stage == record.Unknown {
		v, r.Issues = record.NotCarried(), nil
	}
	if v.Carried() {
		r.Fields[f.Name] = v
	}
}

// drawPolicy draws a rule for each unit.
func drawPolicy(t *rapid.T, s *record.Schema) map[string]conflicts.Rule {
	byUnit, out := map[string]conflicts.Rule{}, map[string]conflicts.Rule{}
	for _, k := range s.Kinds {
		for _, f := range k.Fields {
			unit := string(k.Name) + "." + f.Group
			rule, drawn := byUnit[unit]
			if !drawn || f.Group == "" {
				rule = rules()[rapid.SampledFrom(columns()[:5]).Draw(t, "owner of "+unit+"."+string(f.Name))]
				byUnit[unit] = rule
			}
			if f.Derived != "" {
				rule = conflicts.Rule{Owner: conflicts.OwnerDerived}
			}
			out[string(k.Name)+"."+string(f.Name)] = rule
		}
	}
	return out
}

func policyOf(t *rapid.T, s *record.Schema, rules map[string]conflicts.Rule) *conflicts.Policy {
	p, err := conflicts.NewPolicy(s, rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drawn is an input with the rules of its policy, which a policy does not give away.
type drawn struct {
	reconcile.Input
	rules map[string]conflicts.Rule
}

// drawPerson draws a person with everything that the decision depends on.
func drawPerson(t *rapid.T, w world) drawn {
	s := schema()
	d := drawn{rules: drawPolicy(t, s)}
	d.Input = reconcile.Input{
		Today: today(), Schema: s, Policy: policyOf(t, s, d.rules), Shapes: shapes(), Person: 7,
		Refused: map[string]port.Refusal{}, Questions: map[string]conflicts.Question{},
	}
	d.Subjects = []reconcile.Subject{drawSubject(t, w, s, "member", ""), drawSubject(t, w, s, "affiliation", "")}
	for _, identity := range []string{"LEI", "PRA"}[:rapid.IntRange(0, 2).Draw(t, "functions")] {
		d.Subjects = append(d.Subjects, drawSubject(t, w, s, "function", identity))
	}
	if w.trouble {
		drawTrouble(t, &d.Input)
	}
	if w.answers {
		drawAnswers(t, &d.Input)
	}
	return d
}

func drawTrouble(t *rapid.T, in *reconcile.Input) {
	for _, side := range record.Sides() {
		shape := in.Shapes[side]
		shape.EndAhead = likely(t, 5, string(side)+" takes an end ahead")
		if likely(t, 1, string(side)+" has no place for functions") {
			shape.Children = func(record.Kind, string) bool { return false }
		}
		in.Shapes[side] = shape
		for _, k := range in.Schema.Kinds {
			for _, f := range k.Fields {
				label := string(side) + " " + string(k.Name) + "." + string(f.Name)
				if likely(t, 1, label+" read-only") {
					shape.Writable[k.Name][f.Name] = false
				}
				if likely(t, 1, label+" refused") {
					refuse(in, side, k.Name, f, rapid.SampledFrom(texts(f)).Draw(t, label+" refused value"))
				}
			}
		}
	}
	if likely(t, 2, "words are missing") {
		wordless := func(c record.Change) map[record.Field]record.Issue {
			out := map[record.Field]record.Issue{}
			for f, v := range c.Set {
				if v == record.Of("c") {
					out[f] = record.UnknownCode
				}
			}
			return out
		}
		in.Express = map[record.Side]func(record.Change) map[record.Field]record.Issue{record.Federation: wordless}
	}
}

// refuse remembers that a side refused a value of a field of any record of the kind.
func refuse(in *reconcile.Input, side record.Side, kind record.Kind, f record.FieldDef, text string) {
	origin := map[record.Side]string{record.Club: "members/7", record.Federation: "contact/7"}[side]
	for i := range in.Subjects {
		if s := &in.Subjects[i]; s.Kind == kind {
			in.Refused[reconcile.RefusalKey(origin, side, kind, s.Identity, f.Name)] = port.Refusal{
				Reason: "not like this", Value: reconcile.Hash(text),
			}
		}
	}
}

// drawAnswers answers some of the questions, also with what they do not offer and with answers given on other values.
func drawAnswers(t *rapid.T, in *reconcile.Input) {
	verbs := []conflicts.Verb{conflicts.TakeClub, conflicts.TakeFederation, conflicts.TakeValue, conflicts.Leave}
	for _, q := range reconcile.Reconcile(*in).Questions {
		if !likely(t, 7, "answered "+q.ID) {
			continue
		}
		a := conflicts.Answer{Verb: rapid.SampledFrom(verbs).Draw(t, "answer "+q.ID)}
		if a.Verb == conflicts.TakeValue && len(q.Fields) > 0 {
			a.Value = record.Of(rapid.SampledFrom(texts(*in.Schema.Kind(q.Record).Field(q.Fields[0]))).Draw(t, "typed "+q.ID))
		}
		q.State, q.Answer = conflicts.Answered, &a
		if likely(t, 1, "stale "+q.ID) {
			q.Fingerprint = "of other values"
		}
		in.Questions[q.ID] = q
	}
}

// carriedOut returns the input of the next round: the two sides after an obedient execution of the changes, the bases
// as recorded from what was read back. The federation gives a member that is created a number.
func carriedOut(t *rapid.T, in reconcile.Input, out reconcile.Outcome) reconcile.Input {
	next := in
	next.Subjects = slices.Clone(in.Subjects)
	for i := range next.Subjects {
		s := &next.Subjects[i]
		s.Pair = out.Pairs[i].Clone()
		s.ClubRecord, s.FederationRecord = copied(s.ClubRecord), copied(s.FederationRecord)
	}
	for _, c := range out.Changes {
		i := slices.IndexFunc(next.Subjects, func(s reconcile.Subject) bool { return s.Kind == c.Kind && s.Identity == c.Identity })
		s := &next.Subjects[i]
		write(in, s, c)
		base, kept := reconcile.Recorded(s.Base, c, s.On(c.Side), s.On(c.Side.Other()))
		if len(kept) > 0 {
			t.Fatalf("the write of %s %s at the %s counts as refused: %v", c.Op, c.Kind, c.Side, kept)
		}
		s.Base = base
	}
	return next
}

func copied(r *record.Record) *record.Record {
	if r == nil {
		return nil
	}
	out := *r
	out.Fields, out.Issues = maps.Clone(r.Fields), maps.Clone(r.Issues)
	return &out
}

// write carries one change out.
func write(in reconcile.Input, s *reconcile.Subject, c reconcile.Change) {
	end := in.Schema.Kind(c.Kind).End()
	if c.Op == record.Create {
		created := staged(c.Kind, record.Life{Stage: record.Present})
		for _, f := range in.Schema.Kind(c.Kind).Fields {
			if in.Shapes[c.Side].Writable[c.Kind][f.Name] {
				created.Fields[f.Name] = record.Empty()
			}
			if f.Derived == c.Side {
				created.Fields[f.Name] = record.Of("a")
			}
		}
		placed := subject(c.Kind, c.Identity, created, created, port.Base{})
		if c.Side == record.Club {
			s.ClubRecord, s.Club = placed.ClubRecord, placed.Club
		} else {
			s.FederationRecord, s.Federation = placed.FederationRecord, placed.Federation
		}
	}
	r := s.On(c.Side)
	for f, v := range c.Set {
		r.Fields[f] = v
		delete(r.Issues, f)
	}
	switch {
	case c.Op == record.End:
		r.Life = record.LifeUntil(c.On, in.Today)
		if _, unreadable := r.Issues[end]; unreadable || r.Fields[end].Carried() {
			r.Fields[end] = record.Of(c.On.String())
			delete(r.Issues, end)
		}
	case r.Life.Stage == record.Outside && c.Kind == in.Schema.Lead():
		r.Life = record.Life{Stage: record.Present}
	default:
		if v, written := c.Set[end]; written && v.HasText() {
			on, err := record.ParseDate(v.Text())
			if err == nil {
				r.Life = record.LifeUntil(on, in.Today)
			}
		} else if written {
			r.Life = record.Life{Stage: record.Present}
		}
	}
}
