package connector_test

import (
	"errors"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// exitPlace is the custom field in which the simulated club keeps the exit date.
const exitPlace = "103"

// rest runs until nothing more follows, and fails the test when something still does.
func (b *bench) settle() {
	b.tb.Helper()
	b.run()
	b.run()
	b.forget()
	if r := b.run(); r.Stopped != nil || r.Held != nil || applied(r) != 0 || r.Conflicts.Opened != 0 {
		b.tb.Errorf("the world does not come to rest: %s", text(r))
	}
	b.untouched()
}

func TestAnswerToTwoValues(t *testing.T) {
	t.Parallel()
	const club, federation, typed = "+41790001111", "+41790002222", "+41790003333"
	for _, c := range []struct {
		name                     string
		answer                   conflicts.Answer
		wantClub, wantFederation string
	}{
		{"the club's stands", conflicts.Answer{Verb: conflicts.TakeClub}, club, club},
		{"the federation's stands", conflicts.Answer{Verb: conflicts.TakeFederation}, federation, federation},
		{"a typed one stands", conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("079 000 33 33")}, typed, typed},
		{"each keeps its own", conflicts.Answer{Verb: conflicts.Leave}, club, federation},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(1)[0]
			b.mobile(record.Club, n, "790001111")
			b.mobile(record.Federation, n, "790002222")
			b.run()
			b.untouched()
			b.both(n, "member.phoneMobile", club, federation)
			b.decide(b.question(conflicts.BothChanged).ID, c.answer)
			b.untouched()
			b.settle()
			b.both(n, "member.phoneMobile", c.wantClub, c.wantFederation)
			if open := b.queue(conflicts.BothChanged, conflicts.Open); len(open) > 0 {
				t.Error("the question is open again")
			}
		})
	}
}

func TestAnswerDoesNotCoverWhatChangedSince(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	club := b.mobile(record.Club, n, "790001111")
	b.mobile(record.Federation, n, "790002222")
	b.run()
	q := b.question(conflicts.BothChanged)
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.TakeClub})
	federation := b.mobile(record.Federation, n, "790004444")
	b.run()
	b.untouched()
	b.both(n, "member.phoneMobile", club, federation)
	if again := b.question(conflicts.BothChanged); again.ID != q.ID {
		t.Errorf("another question is open: %s", again.ID)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.mobile(record.Federation, n, "790002222")
	b.run()
	id := b.question(conflicts.BothChanged).ID
	m := b.people(2)[1]
	b.atClub(m, func(c *fairgatetest.Contact) { c.Basefields.LastName = "Reckwart" })
	b.atFederation(m, func(f *stvtest.Member) { f.LastName = "Barrena" })
	b.run()
	name := ""
	for _, q := range b.queue(conflicts.BothChanged, conflicts.Open) {
		if q.Fields[0] == "lastName" {
			name = q.ID
		}
	}
	for _, c := range []struct {
		name   string
		id     string
		answer conflicts.Answer
		want   error
	}{
		{"a verb that is not offered", id, conflicts.Answer{Verb: conflicts.Same}, connector.ErrAnswer},
		{"a value that is no phone", id, conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("intern 23")}, connector.ErrAnswer},
		{"nothing, where both sides insist on something", name, conflicts.Answer{Verb: conflicts.TakeValue}, connector.ErrAnswer},
		{"a question that there is not", "00000000", conflicts.Answer{Verb: conflicts.Leave}, port.ErrNone},
		{"one value for everybody", "field:phoneMobile", conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("+41790003333")}, connector.ErrAnswer},
		{"a field that nobody is asked about", "field:street", conflicts.Answer{Verb: conflicts.TakeClub}, port.ErrNone},
	} {
		if _, err := b.link.Decide(t.Context(), c.id, c.answer); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	b.run()
	b.untouched()
}

func TestAnswerForAllOfAField(t *testing.T) {
	t.Parallel()
	b := linked(t, 60)
	people := b.people(4)
	for _, n := range people[:3] {
		b.atClub(n, func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Barrenweg 1" })
		b.atFederation(n, func(m *stvtest.Member) { m.Street = "Reckgasse 2" })
	}
	other := people[3]
	b.mobile(record.Club, other, "790001111")
	b.mobile(record.Federation, other, "790002222")
	b.run()
	b.untouched()
	n, err := b.link.Decide(t.Context(), "field:street", conflicts.Answer{Verb: conflicts.TakeFederation})
	if n != 3 || err != nil {
		t.Fatalf("answered %d, %v; want 3", n, err)
	}
	b.settle()
	for _, n := range people[:3] {
		b.both(n, "member.street", "Reckgasse 2", "Reckgasse 2")
	}
	b.both(other, "member.phoneMobile", "+41790001111", "+41790002222")
	b.question(conflicts.BothChanged)
}

func TestAnswerToAnEndAgainstAnEdit(t *testing.T) {
	t.Parallel()
	exitAtClub := func(b *bench, n int) {
		b.atClub(n, func(c *fairgatetest.Contact) { c.CustomFields[exitPlace] = string(b.world.Today()) })
		b.atFederation(n, func(m *stvtest.Member) { m.Street = "Reckgasse 2" })
	}
	archived := func(b *bench, n int) {
		b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "archived" })
		b.atFederation(n, func(m *stvtest.Member) { m.Street = "Reckgasse 2" })
	}
	exitAtFederation := func(b *bench, n int) {
		if err := b.world.FederationSystem.EditAffiliation(b.affiliation(n).ID, func(a *stvtest.Affiliation) { a.ExitDate = string(b.world.Today()) }); err != nil {
			b.tb.Fatal(err)
		}
		b.atClub(n, func(c *fairgatetest.Contact) { c.CorrAddress.Street = "Reckgasse 2" })
	}
	for _, c := range []struct {
		name   string
		edit   func(*bench, int)
		answer conflicts.Verb
		ends   bool
	}{
		{"exit date at the club, answered club: it ends", exitAtClub, conflicts.TakeClub, true},
		{"exit date at the club, answered federation: it is taken back", exitAtClub, conflicts.TakeFederation, false},
		{"archived at the club, answered club: it ends", archived, conflicts.TakeClub, true},
		{"archived at the club, answered federation: the contact is active again", archived, conflicts.TakeFederation, false},
		{"exit at the federation, answered federation: it ends", exitAtFederation, conflicts.TakeFederation, true},
		{"exit at the federation, answered club: it is taken back", exitAtFederation, conflicts.TakeClub, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(1)[0]
			c.edit(b, n)
			b.run()
			b.untouched()
			b.decide(b.question(conflicts.EndedAndChanged).ID, conflicts.Answer{Verb: c.answer})
			today := string(b.world.Today())
			b.settle()
			seen := b.world.Person(n)
			want := simulation.Present
			if c.ends {
				want = simulation.Ended
			}
			for _, s := range append(seen.Club, seen.Federation...) {
				if s.Life != want {
					t.Errorf("at the %s: %s, want %s", s.Side, s.Life, want)
				}
			}
			if c.ends {
				if got := b.holds(record.Federation, n, "affiliation.exitDate"); got != today {
					t.Errorf("the exit at the federation is %q, want %s", got, today)
				}
				return
			}
			b.both(n, "affiliation.exitDate", "", "")
			b.both(n, "member.street", "Reckgasse 2", "Reckgasse 2")
			for _, contact := range b.world.ClubSystem.Contacts() {
				if contact.Basefields.ContactID == b.contact(n) && contact.Status != "active" {
					t.Errorf("the contact is %s", contact.Status)
				}
			}
		})
	}
}

func TestAnswerToAnUnreadableValue(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	was := b.holds(record.Federation, n, "member.phoneMobile")
	b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "intern 23, abends" })
	b.run()
	b.untouched()
	b.both(n, "member.phoneMobile", "intern 23, abends", was)
	b.decide(b.question(conflicts.Unreadable).ID, conflicts.Answer{Verb: conflicts.TakeValue, Value: record.Of("079 000 88 88")})
	b.settle()
	b.both(n, "member.phoneMobile", "+41790008888", "+41790008888")
}

// atNeighbour lets a member of the neighbouring club join ours, and returns who it is.
func atNeighbour(b *bench) int {
	b.tb.Helper()
	edits, err := b.world.Edits()
	if err != nil {
		b.tb.Fatal(err)
	}
	for _, e := range edits {
		if e.Question == string(conflicts.AlreadyExists) {
			return e.N
		}
	}
	b.tb.Fatal("nobody joined from the neighbour")
	return 0
}

// asked counts the affiliations that were requested since the logs were emptied.
func (b *bench) asked() int {
	n := 0
	for _, op := range b.sent(record.Federation) {
		if op == "affiliations.create" {
			n++
		}
	}
	return n
}

func TestSomebodyWhomTheFederationKnowsIsAskedForOnce(t *testing.T) {
	t.Parallel()
	for _, accept := range []bool{true, false} {
		name := map[bool]string{true: "and linked when it accepts", false: "and never again when it refuses"}[accept]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, smallest)
			n := atNeighbour(b)
			b.run()
			b.run()
			b.forget()
			b.decide(b.question(conflicts.AlreadyExists).ID, conflicts.Answer{Verb: conflicts.Same})
			r := b.run()
			if r.Applied[record.Federation].Ask != 1 || b.asked() != 1 {
				t.Fatalf("requested %d times: %s", b.asked(), text(r))
			}
			b.run()
			b.run()
			if b.asked() != 1 {
				t.Errorf("requested %d times before the federation answered", b.asked())
			}
			a := b.affiliation(n)
			if a.Status != stvtest.Requested {
				t.Fatalf("the affiliation is %s", a.Status)
			}
			number := b.holds(record.Federation, n, "member.memberNumber")
			if accept {
				if err := b.world.FederationSystem.Accept(a.ID); err != nil {
					t.Fatal(err)
				}
				b.settle()
				b.both(n, "member.memberNumber", number, number)
				if open := b.queue(conflicts.AlreadyExists, conflicts.Open); len(open) > 0 {
					t.Error("it is still asked whether the federation's is the same")
				}
			} else {
				if err := b.world.FederationSystem.Refuse(a.ID); err != nil {
					t.Fatal(err)
				}
				b.settle()
				b.both(n, "member.memberNumber", "", number)
				if q := b.question(conflicts.Refused); q.Number != number {
					t.Errorf("the question is about number %q", q.Number)
				}
			}
			b.forget()
			b.run()
			if b.asked() != 0 {
				t.Error("it was requested again")
			}
			b.once()
		})
	}
}

func TestAChangeThatIsNotYoursIsSetBackOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy map[string]conflicts.Rule
		field  string
		edit   func(*stvtest.Member)
	}{
		{"by the built-in policy", nil, "member.email", func(m *stvtest.Member) { m.Email = "anders@example.org" }},
		{
			"by a rule of the link",
			map[string]conflicts.Rule{"member.phoneMobile": {Owner: conflicts.OwnerClub}},
			"member.phoneMobile",
			func(m *stvtest.Member) { m.PhoneMobile = "+41790005555" },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			b.policy = c.policy
			b.link = connector.New(b.config())
			n := b.people(1)[0]
			was := b.holds(record.Club, n, c.field)
			b.atFederation(n, c.edit)
			b.run()
			b.both(n, c.field, was, was)
			if club, federation := b.sent(record.Club), b.sent(record.Federation); len(club) != 0 || len(federation) != 1 {
				t.Errorf("written: %v, %v", club, federation)
			}
			q := b.question(conflicts.NotYours)
			b.settle()
			if again := b.question(conflicts.NotYours); again.ID != q.ID {
				t.Error("it is shown a second time")
			}
			b.decide(q.ID, conflicts.Answer{Verb: conflicts.Leave})
			b.settle()
			if open := b.queue(conflicts.NotYours, conflicts.Open); len(open) > 0 {
				t.Error("it is shown again after it was seen")
			}
		})
	}
}
