package reconcile_test

import (
	"maps"
	"testing"
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// The people of these tests are made of five kinds of fields: one that the federation gives (number), ones that stand
// alone (name, phone), a group (street and city), a group with the day of the end in it (entry and exit), and the same for
// a child (start, end).
func schema() *record.Schema {
	return &record.Schema{Domain: "club", Kinds: []record.KindDef{
		{Name: "member", Fields: []record.FieldDef{
			{Name: "number", Type: record.MemberNumber, Derived: record.Federation},
			{Name: "name", Type: record.Name},
			{Name: "phone", Type: record.Phone},
			{Name: "street", Type: record.Text, Group: "address"},
			{Name: "city", Type: record.Text, Group: "address"},
		}},
		{Name: "affiliation", Leads: true, Fields: []record.FieldDef{
			{Name: "category", Type: record.Code},
			{Name: "entry", Type: record.CivilDate, Group: "period"},
			{Name: "exit", Type: record.CivilDate, Group: "period", End: true},
			{Name: "status", Type: record.Code, Derived: record.Federation},
		}},
		{Name: "function", Identity: []record.Field{"function"}, Fields: []record.FieldDef{
			{Name: "start", Type: record.CivilDate},
			{Name: "end", Type: record.CivilDate, End: true},
		}},
	}}
}

// The days of these tests.
const (
	longAgo  = "2019-06-30"
	lastWeek = "2026-03-08"
	nextYear = "2027-01-31"
)

func today() record.Date { return record.Date{Year: 2026, Month: time.March, Day: 15} }

func day(tb testing.TB, text string) record.Date {
	tb.Helper()
	d, err := record.ParseDate(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// owners is a policy with one rule for every field that people edit.
func owners(tb testing.TB, rule conflicts.Rule) *conflicts.Policy {
	tb.Helper()
	rules := map[string]conflicts.Rule{}
	for _, k := range schema().Kinds {
		for _, f := range k.Fields {
			rules[string(k.Name)+"."+string(f.Name)] = rule
			if f.Derived != "" {
				rules[string(k.Name)+"."+string(f.Name)] = conflicts.Rule{Owner: conflicts.OwnerDerived}
			}
		}
	}
	p, err := conflicts.NewPolicy(schema(), rules)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func bothAsk() conflicts.Rule {
	return conflicts.Rule{Owner: conflicts.OwnerBoth, Both: conflicts.Ask}
}

// shapes are two sides that have a place for everything. The club takes no end ahead; the federation takes no number and
// no status, and children only once their member is there.
func shapes() map[record.Side]record.Shape {
	out := map[record.Side]record.Shape{}
	for _, side := range record.Sides() {
		writable := map[record.Kind]map[record.Field]bool{}
		for _, k := range schema().Kinds {
			writable[k.Name] = map[record.Field]bool{}
			for _, f := range k.Fields {
				writable[k.Name][f.Name] = f.Derived != side
			}
		}
		out[side] = record.Shape{
			Writable: writable, Required: map[record.Kind][]record.Field{"member": {"name"}},
			Children: func(record.Kind, string) bool { return true }, EndAhead: side == record.Federation,
			Together: map[record.Kind]bool{"affiliation": true, "function": side == record.Club},
		}
	}
	return out
}

// held is what one side holds: canonical texts, "" being empty. A field that is missing is not carried.
type held map[record.Field]string

func (h held) values() map[record.Field]record.Value {
	out := map[record.Field]record.Value{}
	for f, text := range h {
		out[f] = record.Of(text)
	}
	return out
}

// there is a record in scope, with the life that its end gives it.
func there(tb testing.TB, kind record.Kind, h held) *record.Record {
	tb.Helper()
	end := record.Date{}
	if text := h[schema().Kind(kind).End()]; text != "" {
		end = day(tb, text)
	}
	return &record.Record{Kind: kind, Life: record.LifeUntil(end, today()), Fields: h.values()}
}

// staged is a record of which only the life matters.
func staged(kind record.Kind, life record.Life) *record.Record {
	return &record.Record{Kind: kind, Life: life, Fields: map[record.Field]record.Value{}}
}

// met is the base of a pair whose sides agreed on h when both were present.
func met(h held) port.Base {
	return port.Base{Agreed: h.values(), Life: lives(record.Present, record.Present)}
}

func lives(club, federation record.Stage) map[record.Side]record.Stage {
	return map[record.Side]record.Stage{record.Club: club, record.Federation: federation}
}

// subject puts two records and a base together. A record is found at contact/7 of the club, and in a document of its kind
// at the federation.
func subject(kind record.Kind, identity string, club, federation *record.Record, base port.Base) reconcile.Subject {
	s := reconcile.Subject{Pair: port.Pair{Kind: kind, Identity: identity, Base: base}}
	if club != nil {
		c := *club
		c.Kind, c.Identity, c.Ref = kind, identity, record.Ref{Document: "contact/7"}
		if kind != "member" {
			c.Ref.Key, c.Parent = string(kind)+identity, "contact/7"
		}
		s.ClubRecord, s.Club = &c, c.Ref
	}
	if federation != nil {
		f := *federation
		f.Kind, f.Identity, f.Ref = kind, identity, record.Ref{Document: string(kind) + "s/7" + identity}
		if kind != "member" {
			f.Parent = "members/7"
		}
		s.FederationRecord, s.Federation = &f, f.Ref
	}
	return s
}

// active is the affiliation of someone who takes part on both sides.
func active() reconcile.Subject {
	present := staged("affiliation", record.Life{Stage: record.Present})
	return subject("affiliation", "", present, present, met(nil))
}

// person is the input that decides about these records, the member first, when both own every field and are asked.
func person(tb testing.TB, subjects ...reconcile.Subject) reconcile.Input {
	tb.Helper()
	return reconcile.Input{
		Today: today(), Schema: schema(), Policy: owners(tb, bothAsk()), Shapes: shapes(), Person: 7, Subjects: subjects,
	}
}

// answered gives the answer to every question that the input raises, as stored with the values that stand now.
func answered(in reconcile.Input, a conflicts.Answer) reconcile.Input {
	stored := maps.Clone(in.Questions)
	if stored == nil {
		stored = map[string]conflicts.Question{}
	}
	for _, q := range reconcile.Reconcile(in).Questions {
		if _, earlier := stored[q.ID]; earlier {
			continue // two about one field: the first is the one that people see
		}
		q.State, q.Answer = conflicts.Answered, &a
		stored[q.ID] = q
	}
	in.Questions = stored
	return in
}

// stale makes every answer in the input one that was given on other values.
func stale(in reconcile.Input) reconcile.Input {
	stored := map[string]conflicts.Question{}
	for id, q := range in.Questions {
		q.Fingerprint = "of other values"
		stored[id] = q
	}
	in.Questions = stored
	return in
}
