package reconcile_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// plainly compares values by what they are.
func plainly() cmp.Options {
	return cmp.Options{cmp.Comparer(func(a, b record.Value) bool { return a == b }), cmpopts.EquateEmpty()}
}

func anything() world { return world{lives: true, trouble: true, answers: true} }

// A plan that was carried out leaves nothing to do, but for what a side has just given and children whose parent has just
// come to be: after at most three rounds there is rest.
func TestPropertyRestAfterThreeRounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawPerson(t, anything()).Input
		var last []reconcile.Change
		for range 3 {
			out := reconcile.Reconcile(in)
			last = out.Changes
			if len(last) == 0 {
				break
			}
			in = carriedOut(t, in, out)
		}
		if out := reconcile.Reconcile(in); len(out.Changes) > 0 {
			t.Fatalf("a fourth round would write\n%s\nand the third wrote\n%s", list(out.Changes), list(last))
		}
	})
}

// Where nothing is created and nothing comes back, the plan is carried out in one round.
func TestPropertyOneRoundIsEnoughForFields(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawPerson(t, world{trouble: true}).Input
		first := reconcile.Reconcile(in)
		again := reconcile.Reconcile(carriedOut(t, in, first))
		if len(again.Changes) > 0 {
			t.Fatalf("after\n%s\na second round would write\n%s", list(first.Changes), list(again.Changes))
		}
	})
}

func list(changes []reconcile.Change) string {
	var text strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&text, "  %s %s %s at the %s, by %s:", c.Op, c.Kind, c.Identity, c.Side, c.Rule)
		for _, f := range slices.Sorted(maps.Keys(c.Set)) {
			fmt.Fprintf(&text, " %s=%q", f, c.Set[f].Text())
		}
		text.WriteString("\n")
	}
	return text.String()
}

func TestPropertyTheSameAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawPerson(t, anything()).Input
		before := make([]reconcile.Subject, len(in.Subjects))
		for i, s := range in.Subjects {
			before[i] = reconcile.Subject{Pair: s.Clone(), ClubRecord: copied(s.ClubRecord), FederationRecord: copied(s.FederationRecord)}
		}
		first := reconcile.Reconcile(in)
		if diff := cmp.Diff(first, reconcile.Reconcile(in), plainly()); diff != "" {
			t.Fatalf("the same input was decided in two ways:\n%s", diff)
		}
		if diff := cmp.Diff(before, in.Subjects, plainly()); diff != "" {
			t.Fatalf("deciding changed the input:\n%s", diff)
		}
	})
}

// What one unit does is not altered by what another unit holds, as long as the person takes part on both sides.
func TestPropertyUnitsDoNotMindEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := drawPerson(t, world{trouble: true}).Input
		other := in
		other.Subjects = slices.Clone(in.Subjects)
		m := &other.Subjects[0]
		m.ClubRecord, m.FederationRecord = copied(m.ClubRecord), copied(m.FederationRecord)
		phone := *in.Schema.Kind("member").Field("phone")
		drawField(t, world{}, m.ClubRecord, phone, record.Of("a"), "another phone at the club")
		drawField(t, world{}, m.FederationRecord, phone, record.Of("b"), "another phone at the federation")
		but := func(out reconcile.Outcome) []string {
			var acts []string
			for _, c := range out.Changes {
				if _, phone := c.Set["phone"]; !phone {
					acts = append(acts, list([]reconcile.Change{c}))
				}
			}
			for _, q := range out.Questions {
				if !slices.Contains(q.Fields, "phone") {
					acts = append(acts, fmt.Sprint(q.Kind, q.Record, q.Identity, q.Fields, q.Answers))
				}
			}
			return acts
		}
		if diff := cmp.Diff(but(reconcile.Reconcile(in)), but(reconcile.Reconcile(other))); diff != "" {
			t.Fatalf("another phone altered what comes of the rest:\n%s", diff)
		}
	})
}

// Whatever holds between club and federation holds between federation and club, when everything that is known of the two
// is exchanged. The exception is the scope, which is the federation's: what left it there cannot be said at the club.
func TestPropertyTheSidesAreAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPerson(t, world{lives: true, trouble: true})
		for i := range d.Subjects {
			for _, side := range record.Sides() {
				if r := d.Subjects[i].On(side); r != nil && r.Life.Stage == record.Outside {
					t.Skip("the scope is the federation's")
				}
			}
		}
		got, want := acts(reconcile.Reconcile(exchanged(t, d)), true), acts(reconcile.Reconcile(d.Input), false)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("with the sides exchanged (-want +got):\n%s", diff)
		}
	})
}

// acts lists what an outcome does, sorted, with the sides exchanged or as they are.
func acts(out reconcile.Outcome, exchange bool) []string {
	name := func(text string) string {
		if !exchange || text != "club" && text != "federation" {
			return text
		}
		return string(record.Side(text).Other())
	}
	var all []string
	for _, c := range out.Changes {
		c.Side = record.Side(name(string(c.Side)))
		all = append(all, list([]reconcile.Change{c})+c.On.String())
	}
	for _, q := range out.Questions {
		var verbs []string
		for _, v := range q.Answers {
			verbs = append(verbs, name(string(v)))
		}
		slices.Sort(verbs)
		all = append(all, fmt.Sprint(q.Kind, q.Record, q.Identity, q.Fields, verbs))
	}
	for _, w := range out.Waits {
		all = append(all, fmt.Sprint(w.Kind, w.Identity, name(string(w.Side)), w.Reason))
	}
	all = append(all, fmt.Sprint("skipped ", out.Skipped, " adopted ", out.Adopted))
	slices.Sort(all)
	return all
}

// exchanged returns the input in which the club is the federation and the federation the club.
func exchanged(t *rapid.T, d drawn) reconcile.Input {
	in := d.Input
	in.Schema = schema()
	for k := range in.Schema.Kinds {
		for f := range in.Schema.Kinds[k].Fields {
			if def := &in.Schema.Kinds[k].Fields[f]; def.Derived != "" {
				def.Derived = def.Derived.Other()
			}
		}
	}
	other := map[string]string{"club": "federation", "federation": "club"}
	rules := map[string]conflicts.Rule{}
	for name, r := range d.rules {
		if to, named := other[string(r.Owner)]; named {
			r.Owner = conflicts.Owner(to)
		}
		if to, named := other[string(r.Both)]; named {
			r.Both = conflicts.Verb(to)
		}
		rules[name] = r
	}
	in.Policy = policyOf(t, in.Schema, rules)
	in.Shapes = map[record.Side]record.Shape{record.Club: d.Shapes[record.Federation], record.Federation: d.Shapes[record.Club]}
	in.Express = map[record.Side]func(record.Change) map[record.Field]record.Issue{record.Club: d.Express[record.Federation]}
	in.Subjects = nil
	for _, s := range d.Subjects {
		x := reconcile.Subject{Pair: s.Clone(), ClubRecord: s.FederationRecord, FederationRecord: s.ClubRecord}
		x.Club, x.Federation = s.Federation, s.Club
		x.Base.Own = exchangedMap(x.Base.Own)
		x.Base.Life = exchangedMap(x.Base.Life)
		in.Subjects = append(in.Subjects, x)
	}
	in.Refused = map[string]port.Refusal{}
	for _, side := range record.Sides() {
		origin := map[record.Side]string{record.Club: "members/7", record.Federation: "contact/7"}[side]
		for _, s := range d.Subjects {
			for _, f := range d.Schema.Kind(s.Kind).Fields {
				if r, refused := d.Refused[reconcile.RefusalKey(origin, side, s.Kind, s.Identity, f.Name)]; refused {
					in.Refused[reconcile.RefusalKey(origin, side.Other(), s.Kind, s.Identity, f.Name)] = r
				}
			}
		}
	}
	return in
}

func exchangedMap[V any](m map[record.Side]V) map[record.Side]V {
	out := map[record.Side]V{}
	for side, v := range m {
		out[side.Other()] = v
	}
	return out
}

// One change, on a side that may make it, that nobody opposes: it is carried over as it is, and nothing else happens.
func TestPropertyAnUnopposedChangeWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := schema()
		side := rapid.SampledFrom(record.Sides()).Draw(t, "side")
		rule := rules()[rapid.SampledFrom([]string{string(side), "both, ask", "both, club", "both, federation"}).Draw(t, "owner")]
		all := map[string]conflicts.Rule{}
		for name, r := range drawPolicy(t, s) {
			all[name] = r
			if r.Owner != conflicts.OwnerDerived {
				all[name] = rule
			}
		}
		in := reconcile.Input{Today: today(), Schema: s, Policy: policyOf(t, s, all), Shapes: shapes(), Person: 7}
		agreed := func(kind record.Kind, identity string) reconcile.Subject {
			club, federation := staged(kind, record.Life{Stage: record.Present}), staged(kind, record.Life{Stage: record.Present})
			base := met(nil)
			for _, f := range s.Kind(kind).Fields {
				v := drawState(t, f, string(kind)+"."+string(f.Name))
				if f.End {
					v = record.Empty()
				}
				if !v.Carried() {
					continue
				}
				club.Fields[f.Name], federation.Fields[f.Name], base.Agreed[f.Name] = v, v, v
			}
			return subject(kind, identity, club, federation, base)
		}
		in.Subjects = []reconcile.Subject{agreed("member", ""), agreed("affiliation", ""), agreed("function", "LEI")}
		at := rapid.IntRange(0, 2).Draw(t, "record")
		var free []record.Field
		for _, f := range s.Kind(in.Subjects[at].Kind).Fields {
			if f.Derived == "" && !f.End && in.Subjects[at].ClubRecord.Value(f.Name).Carried() {
				free = append(free, f.Name)
			}
		}
		if len(free) == 0 {
			t.Skip("nothing that could change")
		}
		field := rapid.SampledFrom(free).Draw(t, "field")
		was := in.Subjects[at].On(side).Fields[field]
		now := rapid.SampledFrom([]record.Value{record.Empty(), record.Of("x"), record.Of("y")}).Filter(func(v record.Value) bool { return v != was }).Draw(t, "value")
		in.Subjects[at].On(side).Fields[field] = now
		out := reconcile.Reconcile(in)
		if len(out.Questions)+len(out.Waits) > 0 {
			t.Fatalf("asked or made to wait about what nobody opposes: %v %v", out.Questions, out.Waits)
		}
		if len(out.Changes) != 1 || out.Changes[0].Side != side.Other() || out.Changes[0].Kind != in.Subjects[at].Kind ||
			len(out.Changes[0].Set) != 1 || out.Changes[0].Set[field] != now || out.Changes[0].Before[field] != was {
			t.Fatalf("%s of the %s became %q, and that led to\n%s", field, side, now.Text(), list(out.Changes))
		}
	})
}

// Everything that is written follows from something: this is the property that loses nothing.
func TestPropertyNothingIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPerson(t, anything())
		for _, c := range reconcile.Reconcile(d.Input).Changes {
			i := slices.IndexFunc(d.Subjects, func(s reconcile.Subject) bool { return s.Kind == c.Kind && s.Identity == c.Identity })
			s := &d.Subjects[i]
			for f, v := range c.Set {
				if why := unjust(d, s, c, f, v); why != "" {
					t.Fatalf("%s of %s: %s\n%s", f, c.Kind, why, list([]reconcile.Change{c}))
				}
			}
			if c.Op == record.End && !justEnd(d.Schema, s, c) {
				t.Fatalf("an end that nothing on the other side says:\n%s", list([]reconcile.Change{c}))
			}
			if c.Rule == "answer" {
				a := d.Questions[c.Question].Answer
				if a == nil || a.Verb == conflicts.Leave || !slices.Contains(d.Questions[c.Question].Answers, a.Verb) {
					t.Fatalf("an answer that nobody gave:\n%s", list([]reconcile.Change{c}))
				}
			}
		}
	})
}

// justEnd reports whether an end follows from the other side: its record is over, or its end lies ahead on that day; or
// from an answer.
func justEnd(s *record.Schema, of *reconcile.Subject, c reconcile.Change) bool {
	from := of.On(c.Side.Other())
	if c.Rule == "answer" {
		return true
	}
	return from != nil && (from.Life.Over() || from.Value(s.Kind(c.Kind).End()) == record.Of(c.On.String()))
}

// unjust says why a value may not be written, and "" when it may.
func unjust(d drawn, s *reconcile.Subject, c reconcile.Change, f record.Field, v record.Value) string {
	from, to := s.On(c.Side.Other()), s.On(c.Side)
	if !v.Carried() {
		return "nothing is known of what is written"
	}
	if c.Op == record.Create {
		if from.Value(f) != v {
			return "created with what the other side does not hold"
		}
		return ""
	}
	lost := to.Value(f)
	if c.Before[f] != lost {
		return "what it held before is not remembered"
	}
	if c.Rule == "answer" {
		return ""
	}
	based := s.Base.Agreed[f].Carried()
	owner := d.rules[string(c.Kind)+"."+string(f)]
	derived := d.Schema.Kind(c.Kind).Field(f).Derived
	switch {
	case from.Value(f) != v || !lost.Carried():
		return "written without being carried on both sides"
	case derived == c.Side:
		return "written to the side that gives it"
	case !lost.HasText():
		return ""
	case !based:
		return "a value gives way without a base"
	case lost == s.Base.Held(c.Side, f):
		return ""
	case string(owner.Owner) == string(c.Side.Other()), derived == c.Side.Other():
		return ""
	case owner.Owner == conflicts.OwnerBoth && string(owner.Both) == string(c.Side.Other()):
		return ""
	}
	return "a change is overwritten by no rule"
}

// A question has a reason in what the sides hold.
func TestPropertyAQuestionNeedsADisagreement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPerson(t, world{lives: true, trouble: true})
		out := reconcile.Reconcile(d.Input)
		for _, q := range out.Questions {
			i := slices.IndexFunc(d.Subjects, func(s reconcile.Subject) bool { return s.Kind == q.Record && s.Identity == q.Identity })
			if !founded(d, &d.Subjects[i], q) {
				t.Fatalf("%s about %s %v of %s has no reason", q.Kind, q.Record, q.Fields, q.Reason)
			}
			if !q.Offers(conflicts.Leave) {
				t.Fatalf("%s cannot be left", q.Kind)
			}
		}
	})
}

// founded reports whether a question has a reason.
func founded(d drawn, s *reconcile.Subject, q conflicts.Question) bool {
	club, federation := s.ClubRecord, s.FederationRecord
	differ := func(f record.Field) bool {
		return club != nil && federation != nil && club.Value(f) != federation.Value(f)
	}
	all := func(ok func(record.Field) bool) bool {
		return !slices.ContainsFunc(q.Fields, func(f record.Field) bool { return !ok(f) })
	}
	switch q.Kind {
	case conflicts.BothChanged, conflicts.NotYours:
		return len(q.Fields) > 0 && all(func(f record.Field) bool {
			return differ(f) && club.Value(f).Carried() && federation.Value(f).Carried()
		})
	case conflicts.EndedAndChanged, conflicts.LeftScope:
		takesPart := func(r *record.Record) bool { return r != nil && r.Life.Active() }
		return takesPart(club) != takesPart(federation)
	case conflicts.Unreadable:
		return all(func(f record.Field) bool {
			return club != nil && club.Issues[f] != "" || federation != nil && federation.Issues[f] != ""
		})
	case conflicts.Incomplete:
		return club == nil || federation == nil || club.Life.Active() != federation.Life.Active()
	case conflicts.Refused:
		return len(d.Refused) > 0
	case conflicts.UnknownCode:
		return d.Express != nil
	default: // the linking asks who is who, not this
		return false
	}
}
