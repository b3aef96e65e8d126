package reconcile_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// paired is someone who takes part on both sides and holds this in the member.
func paired(tb testing.TB, base port.Base, club, federation held) reconcile.Input {
	tb.Helper()
	return person(tb, subject("member", "", there(tb, "member", club), there(tb, "member", federation), base), active())
}

// Two who have never met: an empty field takes what the other side knows, and nobody's value is emptied.
func TestEmptyTakesTheValueAtTheFirstLink(t *testing.T) {
	t.Parallel()
	for side, in := range map[record.Side]reconcile.Input{
		record.Club:       paired(t, port.Base{}, held{"phone": ""}, held{"phone": "1"}),
		record.Federation: paired(t, port.Base{}, held{"phone": "1"}, held{"phone": ""}),
	} {
		want := []string{"update member at " + string(side) + " phone=1, by first link"}
		if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
			t.Errorf("empty at the %s (-want +got):\n%s", side, diff)
		}
	}
}

func TestARefusalStands(t *testing.T) {
	t.Parallel()
	const (
		update = "update member at federation phone=2, by policy"
		asks   = "refused: member [phone] [federation value leave]"
	)
	rows := []struct {
		name   string
		change func(*reconcile.Input)
		want   []string
	}{
		{name: "nothing was refused", want: []string{update}},
		{
			name:   "the value was refused before",
			change: func(in *reconcile.Input) { refusedBefore(in, "phone", "2") },
			want:   []string{asks},
		},
		{
			name:   "another value was refused before",
			change: func(in *reconcile.Input) { refusedBefore(in, "phone", "3") },
			want:   []string{update},
		},
		{
			name:   "the refusal named another field, and that is as it was",
			change: func(in *reconcile.Input) { refusedBefore(in, "phone", "2", "city") },
			want:   []string{asks},
		},
		{
			name: "the refusal named another field, and that has changed",
			change: func(in *reconcile.Input) {
				refusedBefore(in, "phone", "2", "number")
				in.Subjects[0].ClubRecord.Fields["number"] = record.Of("000002")
				in.Subjects[0].FederationRecord.Fields["number"] = record.Of("000002")
			},
			want: []string{update},
		},
		{
			name:   "there is no word for the value",
			change: wordless("phone"),
			want:   []string{"unknown-code: member [phone] [federation value leave]"},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := paired(t, met(held{"phone": "1"}), held{"phone": "2", "city": "Wil"}, held{"phone": "1", "city": "Wil"})
			if tt.change != nil {
				tt.change(&in)
			}
			if diff := cmp.Diff(tt.want, tell(reconcile.Reconcile(in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An answer that a side refuses is not lost in silence: the refusal asks, and can be answered in turn.
func TestAnAnswerThatIsRefused(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"phone": "1"}), held{"phone": "2"}, held{"phone": "3"})
	refusedBefore(&in, "phone", "2")
	both := "both-changed: member [phone] [club federation value leave]"
	if diff := cmp.Diff([]string{both}, tell(reconcile.Reconcile(in))); diff != "" {
		t.Fatalf("before an answer (-want +got):\n%s", diff)
	}
	in = answered(in, conflicts.Answer{Verb: conflicts.TakeClub})
	refused := "refused: member [phone] [federation value leave]"
	if diff := cmp.Diff([]string{both, refused}, tell(reconcile.Reconcile(in))); diff != "" {
		t.Fatalf("answered with what is refused (-want +got):\n%s", diff)
	}
	in = answered(in, conflicts.Answer{Verb: conflicts.TakeFederation})
	want := []string{"update member at club phone=3, by answer", both, refused}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("the refusal answered (-want +got):\n%s", diff)
	}
}

// Of several refusals it is always the same one that is told, else its question would change by itself.
func TestOfTwoRefusalsTheSameOneIsTold(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"street": "1", "city": "1"}), held{"street": "2", "city": "2"}, held{"street": "1", "city": "1"})
	refusedBefore(&in, "street", "2")
	refusedBefore(&in, "city", "2")
	r := in.Refused[reconcile.RefusalKey("contact/7", record.Federation, "member", "", "city")]
	r.Reason = "there is no such town"
	in.Refused[reconcile.RefusalKey("contact/7", record.Federation, "member", "", "city")] = r
	for range 50 {
		if got, want := reconcile.Reconcile(in).Questions[0].Reason, "federation refused it: there is no such town"; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func TestARefusedEnd(t *testing.T) {
	t.Parallel()
	member := subject("member", "", there(t, "member", nil), there(t, "member", nil), met(nil))
	ended := there(t, "affiliation", held{"category": "01", "exit": lastWeek})
	present := there(t, "affiliation", held{"category": "01", "exit": ""})
	in := person(t, member, subject("affiliation", "", ended, present, met(held{"category": "01", "exit": ""})))
	in.Refused = map[string]port.Refusal{
		reconcile.RefusalKey("contact/7", record.Federation, "affiliation", "", "exit"): {Reason: "too early", Value: reconcile.Hash(lastWeek)},
	}
	if diff := cmp.Diff([]string{"refused: affiliation [exit] [leave]"}, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	in.Subjects[1].ClubRecord.Life.On = day(t, "2026-03-09")
	if diff := cmp.Diff([]string{"end affiliation at federation on 2026-03-09, by policy"}, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("on another day (-want +got):\n%s", diff)
	}
}

func TestTheDayOfAnEnd(t *testing.T) {
	t.Parallel()
	base := held{"category": "01", "entry": longAgo, "exit": ""}
	rows := []struct {
		name             string
		base             held
		club, federation held
		change           func(*reconcile.Input)
		want             []string
	}{
		{
			name: "one that lies ahead is sent to a side that takes it",
			base: base, club: held{"category": "01", "entry": longAgo, "exit": nextYear}, federation: base,
			want: []string{"end affiliation at federation on 2027-01-31, by policy"},
		},
		{
			name: "one that lies ahead waits where it is refused",
			base: base, club: base, federation: held{"category": "01", "entry": longAgo, "exit": nextYear},
			want: []string{"affiliation waits at club: date ahead"},
		},
		{
			name: "its group waits with it, and nothing else does",
			base: base, club: base, federation: held{"category": "02", "entry": "2020-01-01", "exit": nextYear},
			want: []string{"update affiliation at club category=02, by policy", "affiliation waits at club: date ahead"},
		},
		{
			name: "its group goes with it",
			base: base, club: held{"category": "01", "entry": "2020-01-01", "exit": nextYear}, federation: base,
			want: []string{
				"end affiliation at federation on 2027-01-31, by policy", "update affiliation at federation entry=2020-01-01, by policy",
			},
		},
		{
			name: "it does not go without its group",
			base: base, club: held{"category": "01", "entry": "2020-01-01", "exit": nextYear}, federation: base,
			change: func(in *reconcile.Input) { in.Shapes[record.Federation].Writable["affiliation"]["entry"] = false },
			want:   []string{"affiliation waits at federation: no place"},
		},
		{
			name: "one that is taken back is a field like others",
			base: held{"exit": nextYear}, club: held{"exit": ""}, federation: held{"exit": nextYear},
			want: []string{"clear affiliation at federation exit=, by policy"},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			member := subject("member", "", there(t, "member", nil), there(t, "member", nil), met(nil))
			in := person(t, member, subject("affiliation", "", there(t, "affiliation", tt.club), there(t, "affiliation", tt.federation), met(tt.base)))
			if tt.change != nil {
				tt.change(&in)
			}
			if diff := cmp.Diff(tt.want, tell(reconcile.Reconcile(in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a side may not change is set back, and said until someone has seen it; when that was once, it is not said again.
func TestNotYoursIsSaidOnce(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"phone": "1"}), held{"phone": "1"}, held{"phone": "2"})
	in.Policy = owners(t, conflicts.Rule{Owner: conflicts.OwnerClub})
	out := reconcile.Reconcile(in)
	want := []string{"update member at federation phone=1, by set back", "not-yours: member [phone] [leave]"}
	if diff := cmp.Diff(want, tell(out)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	if before := out.Changes[0].Before["phone"]; before != record.Of("2") {
		t.Errorf("what the federation had put there is not in the change: got %q", before.Text())
	}
	stored := conflicts.Note(nil, out.Questions, time.Unix(1, 0))
	in.Subjects[0].FederationRecord.Fields["phone"] = record.Of("1")
	out = reconcile.Reconcile(in)
	if got := tell(out); len(got) > 0 {
		t.Fatalf("set back, and still: %v", got)
	}
	if again := conflicts.Note(stored, out.Questions, time.Unix(2, 0)); len(again) > 0 {
		t.Errorf("nobody has seen it, and it becomes %s", again[0].State)
	}
	stored[0].State, stored[0].Answer = conflicts.Answered, &conflicts.Answer{Verb: conflicts.Leave}
	if seen := conflicts.Note(stored, out.Questions, time.Unix(3, 0)); len(seen) != 1 || seen[0].State != conflicts.Closed {
		t.Errorf("someone has seen it, and it does not close: %v", seen)
	}
}

func TestUnreadableBlocksItsGroupAlone(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"street": "1", "city": "1", "phone": "1"}),
		held{"street": "2", "phone": "2"}, held{"street": "1", "city": "1", "phone": "1"})
	in.Subjects[0].ClubRecord.Issues = map[record.Field]record.Issue{"city": record.UnknownCode}
	want := []string{"update member at federation phone=2, by policy", "unknown-code: member [city] [federation value leave]"}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An answer holds for the values that it was given on: when one changes, the question stands open again.
func TestAnAnswerIsBoundToItsValues(t *testing.T) {
	t.Parallel()
	in := paired(t, met(held{"phone": "1"}), held{"phone": "2"}, held{"phone": "3"})
	stored := conflicts.Note(nil, reconcile.Reconcile(in).Questions, time.Unix(1, 0))
	stored[0].State, stored[0].Answer = conflicts.Answered, &conflicts.Answer{Verb: conflicts.TakeClub}
	in.Questions = map[string]conflicts.Question{stored[0].ID: stored[0]}
	asks := "both-changed: member [phone] [club federation value leave]"
	want := []string{"update member at federation phone=2, by answer", asks}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Fatalf("while the values stand (-want +got):\n%s", diff)
	}
	for name, r := range map[string]*record.Record{"club": in.Subjects[0].ClubRecord, "federation": in.Subjects[0].FederationRecord} {
		was := r.Fields["phone"]
		r.Fields["phone"] = record.Of("4")
		out := reconcile.Reconcile(in)
		r.Fields["phone"] = was
		if diff := cmp.Diff([]string{asks}, tell(out)); diff != "" {
			t.Fatalf("when the value of the %s changed (-want +got):\n%s", name, diff)
		}
		noted := conflicts.Note(stored, out.Questions, time.Unix(2, 0))
		if len(noted) != 1 || noted[0].State != conflicts.Open || noted[0].Answer != nil || !noted[0].Opened.Equal(time.Unix(1, 0)) {
			t.Errorf("when the value of the %s changed, the question does not stand open again: %+v", name, noted)
		}
	}
}

// An answer about a person's life holds for all that the person holds.
func TestAnAnswerAboutALifeIsBoundToThePerson(t *testing.T) {
	t.Parallel()
	ended := there(t, "affiliation", held{"exit": lastWeek})
	present := there(t, "affiliation", held{"exit": ""})
	in := person(t, subject("member", "", there(t, "member", held{"city": "1"}), there(t, "member", held{"city": "2"}), met(held{"city": "1"})),
		subject("affiliation", "", ended, present, met(held{"exit": ""})))
	in = answered(in, conflicts.Answer{Verb: conflicts.TakeClub})
	asks := "ended-and-changed: affiliation [] [club federation leave]"
	want := []string{"end affiliation at federation on 2026-03-08, by answer", asks}
	if diff := cmp.Diff(want, tell(reconcile.Reconcile(in))); diff != "" {
		t.Fatalf("while all stands (-want +got):\n%s", diff)
	}
	in.Subjects[0].FederationRecord.Fields["city"] = record.Of("3")
	if diff := cmp.Diff([]string{asks}, tell(reconcile.Reconcile(in))); diff != "" {
		t.Errorf("when the member changed (-want +got):\n%s", diff)
	}
}

// What is hidden settles no question: that of a child which cannot be seen stands as it did, with its answer.
func TestQuestionsOfAHiddenChildStand(t *testing.T) {
	t.Parallel()
	member := subject("member", "", there(t, "member", nil), there(t, "member", nil), met(nil))
	function := subject("function", "LEI", there(t, "function", held{"start": "2021-01-01"}), there(t, "function", held{"start": "2022-01-01"}), met(held{"start": longAgo}))
	in := person(t, member, active(), function)
	stored := conflicts.Note(nil, reconcile.Reconcile(in).Questions, time.Unix(1, 0))
	if len(stored) != 1 {
		t.Fatalf("got %d questions, want one", len(stored))
	}
	in.Questions = map[string]conflicts.Question{stored[0].ID: stored[0]}
	in.Subjects[2].ClubRecord.Life, in.Subjects[2].ClubRecord.Fields = record.Life{}, nil
	out := reconcile.Reconcile(in)
	if changed := conflicts.Note(stored, out.Questions, time.Unix(2, 0)); len(changed) > 0 || len(out.Changes) > 0 {
		t.Errorf("got %v and %d changes, want the question as it was", changed, len(out.Changes))
	}
}

// A change's ID stands for exactly what was approved: any other value before or after makes another change of it.
func TestAChangeIsKnownByWhatItDoes(t *testing.T) {
	t.Parallel()
	id := func(base, club, federation string) string {
		return reconcile.Reconcile(paired(t, met(held{"phone": base}), held{"phone": club}, held{"phone": federation})).Changes[0].ID
	}
	first := id("1", "2", "1")
	if again := id("1", "2", "1"); again != first {
		t.Errorf("the same change has two IDs: %s and %s", first, again)
	}
	for name, other := range map[string]string{
		"another value after": id("1", "3", "1"), "another value before": id("0", "2", "0"), "the other side": id("1", "1", "2"),
	} {
		if other == first {
			t.Errorf("%s: the ID is the same", name)
		}
	}
}
