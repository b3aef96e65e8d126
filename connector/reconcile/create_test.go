package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// tell lists an outcome in words: changes, questions, waits.
func tell(out reconcile.Outcome) []string {
	var told []string
	for _, c := range out.Changes {
		words := []string{fmt.Sprintf("%s %s%s at %s", c.Op, c.Kind, c.Identity, c.Side)}
		if !c.On.IsZero() {
			words = append(words, "on "+c.On.String())
		}
		for _, k := range schema().Kind(c.Kind).Fields {
			if v, set := c.Set[k.Name]; set {
				words = append(words, fmt.Sprintf("%s=%s", k.Name, v.Text()))
			}
		}
		told = append(told, strings.Join(words, " ")+", by "+c.Rule)
	}
	for _, q := range out.Questions {
		told = append(told, fmt.Sprintf("%s: %s%s %v %v", q.Kind, q.Record, q.Identity, q.Fields, q.Answers))
	}
	for _, w := range out.Waits {
		told = append(told, fmt.Sprintf("%s%s waits at %s: %s", w.Kind, w.Identity, w.Side, w.Reason))
	}
	return told
}

// newcomer is someone whom only the club has, with a function.
func newcomer(tb testing.TB, member held) []reconcile.Subject {
	tb.Helper()
	return []reconcile.Subject{
		subject("member", "", there(tb, "member", member), nil, port.Base{}),
		subject("affiliation", "", there(tb, "affiliation", held{"category": "01", "entry": "2026-03-01", "exit": ""}), nil, port.Base{}),
		subject("function", "LEI", there(tb, "function", held{"start": "2026-03-01"}), nil, port.Base{}),
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	const affiliation = "create affiliation at federation category=01 entry=2026-03-01, by policy"
	rows := []struct {
		name   string
		member held
		change func(*reconcile.Input)
		want   []string
	}{
		{
			name:   "the first affiliation goes with the member, the function waits for its parent",
			member: held{"name": "Muster", "phone": "", "city": "Wil"},
			want: []string{
				"create member at federation name=Muster city=Wil, by policy", affiliation, "functionLEI waits at federation: parent",
			},
		},
		{
			name:   "what a side creates in one document needs no waiting",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) { in.Shapes[record.Federation].Together["function"] = true },
			want: []string{
				"create member at federation name=Muster, by policy", affiliation,
				"create functionLEI at federation start=2026-03-01, by policy",
			},
		},
		{
			name:   "a child that has no place is left out",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) {
				shape := in.Shapes[record.Federation]
				shape.Together["function"] = true
				shape.Children = func(record.Kind, string) bool { return false }
				in.Shapes[record.Federation] = shape
			},
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "functionLEI waits at federation: no place",
			},
		},
		{
			name:   "without a required field nothing of the person is created",
			member: held{"name": "", "city": "Wil"},
			want:   []string{"incomplete: member [name] [leave]", "functionLEI waits at federation: parent"},
		},
		{
			name:   "a required field that is not carried is missing too",
			member: held{"city": "Wil"},
			want:   []string{"incomplete: member [name] [leave]", "functionLEI waits at federation: parent"},
		},
		{
			name:   "what is given by the side itself is not sent to it",
			member: held{"name": "Muster", "number": "012345"},
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "functionLEI waits at federation: parent",
			},
		},
		{
			name:   "a refused field is left out",
			member: held{"name": "Muster", "phone": "+41791234567"},
			change: func(in *reconcile.Input) { refusedBefore(in, "phone", "+41791234567") },
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "functionLEI waits at federation: parent",
			},
		},
		{
			name:   "a refused field that is required is a question",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) { refusedBefore(in, "name", "Muster") },
			want:   []string{"refused: member [name] [leave]", "functionLEI waits at federation: parent"},
		},
		{
			name:   "a required field for which there is no word is a question",
			member: held{"name": "Muster"},
			change: wordless("name"),
			want:   []string{"unknown-code: member [name] [leave]", "functionLEI waits at federation: parent"},
		},
		{
			name:   "a field for which there is no word is left out",
			member: held{"name": "Muster", "phone": "12"},
			change: wordless("phone"),
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "functionLEI waits at federation: parent",
			},
		},
		{
			name:   "what cannot be read is asked about and the rest is created",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) {
				in.Subjects[0].ClubRecord.Issues = map[record.Field]record.Issue{"phone": record.Unreadable}
			},
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "unreadable: member [phone] [value leave]",
				"functionLEI waits at federation: parent",
			},
		},
		{
			name:   "a place that cannot be written is left out",
			member: held{"name": "Muster", "city": "Wil"},
			change: func(in *reconcile.Input) { in.Shapes[record.Federation].Writable["member"]["city"] = false },
			want: []string{
				"create member at federation name=Muster, by policy", affiliation, "functionLEI waits at federation: parent",
			},
		},
		{
			name:   "who has ended before being paired is not created",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) {
				in.Subjects[1].ClubRecord.Life = record.Life{Stage: record.Ended, On: day(t, longAgo)}
			},
		},
		{
			name:   "a member who is there already gets the affiliation alone, with its parent",
			member: held{"name": "Muster"},
			change: func(in *reconcile.Input) {
				in.Subjects[0] = subject("member", "", in.Subjects[0].ClubRecord, there(t, "member", held{"name": "Muster"}), port.Base{})
			},
			want: []string{affiliation},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := person(t, newcomer(t, tt.member)...)
			if tt.change != nil {
				tt.change(&in)
			}
			out := reconcile.Reconcile(in)
			if diff := cmp.Diff(tt.want, tell(out)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, c := range out.Changes {
				if want := map[bool]string{true: "members/7"}[in.Subjects[0].FederationRecord != nil]; c.Parent != want || !c.Ref.Zero() {
					t.Errorf("%s is created under %q with the reference %q, want parent %q and none", c.Kind, c.Parent, c.Ref, want)
				}
			}
		})
	}
}

// refusedBefore remembers that the federation refused a value of the member.
func refusedBefore(in *reconcile.Input, f record.Field, text string, named ...record.Field) {
	if in.Refused == nil {
		in.Refused = map[string]port.Refusal{}
	}
	in.Refused[reconcile.RefusalKey("contact/7", record.Federation, "member", "", f)] = port.Refusal{
		Reason: "it is not wanted", Value: reconcile.Hash(text), Fields: named,
		Context: reconcile.Context(in.Subjects[0].ClubRecord, named),
	}
}

// wordless makes the federation have no word for any value of a field.
func wordless(f record.Field) func(*reconcile.Input) {
	return func(in *reconcile.Input) {
		in.Express = map[record.Side]func(record.Change) map[record.Field]record.Issue{
			record.Federation: func(c record.Change) map[record.Field]record.Issue {
				if _, set := c.Set[f]; set {
					return map[record.Field]record.Issue{f: record.UnknownCode}
				}
				return nil
			},
		}
	}
}

func TestChildren(t *testing.T) {
	t.Parallel()
	here := func() *record.Record { return there(t, "function", held{"start": longAgo, "end": ""}) }
	edited := func() *record.Record { return there(t, "function", held{"start": "2020-01-01", "end": ""}) }
	ended := func() *record.Record { return there(t, "function", held{"start": longAgo, "end": lastWeek}) }
	gone := staged("function", record.Life{Stage: record.Gone})
	known := met(held{"start": longAgo, "end": ""})
	over := port.Base{Agreed: known.Agreed, Life: lives(record.Ended, record.Gone)}
	alone := port.Base{Own: map[record.Side]map[record.Field]record.Value{record.Club: held{"start": longAgo, "end": ""}.values()}}
	alone.Life = map[record.Side]record.Stage{record.Club: record.Present}
	rows := []struct {
		name             string
		club, federation *record.Record
		base             port.Base
		noPlace          bool
		want             []string
	}{
		{name: "a new one is created", club: here(), want: []string{"create functionLEI at federation start=2019-06-30, by policy"}},
		{name: "a new one without a place waits", club: here(), noPlace: true, want: []string{"functionLEI waits at federation: no place"}},
		{
			name: "one that could not be shown until now is created when it proves not to be there", club: here(), base: alone,
			want: []string{"create functionLEI at federation start=2019-06-30, by policy"},
		},
		{
			name: "one that ended before it was paired counts as not there", club: here(), federation: ended(),
			want: []string{"create functionLEI at federation start=2019-06-30, by policy"},
		},
		{name: "one that ended before it was paired is not brought over", club: ended()},
		{
			name: "an end ends the other on its day", club: ended(), federation: here(), base: known,
			want: []string{"end functionLEI at federation on 2026-03-08, by policy"},
		},
		{
			name: "one that vanished ends the other today", club: gone, federation: here(), base: known,
			want: []string{"end functionLEI at federation on 2026-03-15, by policy"},
		},
		{
			name: "an end against an edit is a question", club: ended(), federation: edited(), base: known,
			want: []string{"ended-and-changed: functionLEI [] [club federation leave]"},
		},
		{
			name: "one that returns is a question", club: here(), federation: gone, base: over,
			want: []string{"ended-and-changed: functionLEI [] [club federation leave]"},
		},
		{name: "one that is over on both sides is left alone", club: ended(), federation: gone, base: known},
		{name: "one that is hidden is left alone", club: staged("function", record.Life{}), federation: edited(), base: known},
		{
			name: "one that the base knows and nothing shows is a question, not an end", federation: here(), base: known,
			want: []string{"ended-and-changed: functionLEI [] [club federation leave]"},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			member := subject("member", "", there(t, "member", nil), there(t, "member", nil), met(nil))
			in := person(t, member, active(), subject("function", "LEI", tt.club, tt.federation, tt.base))
			if tt.noPlace {
				shape := in.Shapes[record.Federation]
				shape.Children = func(record.Kind, string) bool { return false }
				in.Shapes[record.Federation] = shape
			}
			if diff := cmp.Diff(tt.want, tell(reconcile.Reconcile(in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The functions of someone who takes no part any more are left as they are, on both sides.
func TestChildrenOfAnEndedPerson(t *testing.T) {
	t.Parallel()
	ended := there(t, "affiliation", held{"exit": lastWeek})
	member := subject("member", "", there(t, "member", held{"name": "Muster"}), there(t, "member", held{"name": "Meister"}), met(nil))
	function := subject("function", "LEI", there(t, "function", held{"start": longAgo}), nil, port.Base{})
	in := person(t, member, subject("affiliation", "", ended, ended, met(held{"exit": lastWeek})), function)
	if got := tell(reconcile.Reconcile(in)); len(got) > 0 {
		t.Errorf("got %v, want nothing", got)
	}
}

// A child that only one side can show comes to rest, and is then no edit that stands against the person's end.
func TestAChildThatOneSideCannotShowDoesNotHoldUpAnEnd(t *testing.T) {
	t.Parallel()
	present := there(t, "affiliation", held{"exit": ""})
	member := subject("member", "", there(t, "member", nil), there(t, "member", nil), met(nil))
	hidden := subject("function", "LEI", staged("function", record.Life{}), there(t, "function", held{"start": longAgo}), port.Base{})
	in := person(t, member, subject("affiliation", "", present, present, met(held{"exit": ""})), hidden)
	out := reconcile.Reconcile(in)
	if got := tell(out); len(got) > 0 {
		t.Fatalf("while both take part: got %v, want nothing", got)
	}
	for i := range in.Subjects {
		in.Subjects[i].Pair = out.Pairs[i]
	}
	in.Subjects[1].ClubRecord.Life = record.Life{Stage: record.Ended, On: day(t, lastWeek)}
	want := []string{"end affiliation at federation on 2026-03-08, by policy"}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("when the club ended it (-want +got):\n%s", diff)
	}
	in.Subjects[2].FederationRecord.Fields["start"] = record.Of("2020-01-01")
	want = []string{"ended-and-changed: affiliation [] [club federation leave]"}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("when the federation changed the function since (-want +got):\n%s", diff)
	}
}
