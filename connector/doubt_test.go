package connector_test

import (
	"context"
	"slices"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// TestMissingAndUnreadIsNotGone is INCIDENTS 4: an error of a point read that is not "not found" says nothing.
func TestMissingAndUnreadIsNotGone(t *testing.T) {
	t.Parallel()
	for _, kind := range []faults.Kind{faults.ServerError, faults.Unavailable, faults.HTML, faults.Empty, faults.Truncated, faults.CutAfter} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			n := b.people(1)[0]
			lacks := "contact/" + b.contact(n)
			b.clubTap = func(s port.System) port.System { return lacking{s, lacks} }
			b.link = connector.New(b.config())
			if err := b.world.AddFaults(faults.Rule{Op: fairgatetest.OpRead, Kind: kind}); err != nil {
				t.Fatal(err)
			}
			want := b.believes()
			for range 4 {
				b.run()
			}
			b.untouched()
			if got := b.believes(); len(got.Gone) != len(want.Gone) {
				t.Errorf("missing: %v", got.Gone)
			}
			if got := b.holds(record.Federation, n, "affiliation.exitDate"); got != "" {
				t.Errorf("ended on %s", got)
			}
		})
	}
}

// TestANumberAloneLinksNobody holds the second proof of a number (DESIGN decision 7).
func TestANumberAloneLinksNobody(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	one := newcomer(b)
	other := one
	other.FirstName, other.LastName, other.BirthDate = "Reckwart", "Bodenturner", one.BirthDate.Add(-7, 1, 3)
	contact, member := b.add(twosome{one, other})
	for _, m := range b.world.FederationSystem.Members() {
		if m.ID == member {
			b.world.ClubSystem.Edit(contact, func(c *fairgatetest.Contact) { c.CustomFields = map[string]any{"101": m.MemberNumber} })
		}
	}
	if r := b.run(); r.Linked != 0 {
		t.Errorf("linked by a number alone: %s", text(r))
	}
	if got := contactOf(b, contact).Basefields.LastName; got != one.LastName {
		t.Error("the contact has another name by now")
	}
	if b.kinds() == "" {
		t.Error("nobody is asked")
	}
}

// A deaf system answers every change with yes and the document as it was.
type deaf struct{ port.System }

func (d deaf) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	doc, err := d.Read(ctx, w.Ref)
	return []record.Document{doc}, err
}

// TestAWriteThatChangedNothing is no agreement: what was read back counts, not what was meant.
func TestAWriteThatChangedNothing(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	was := b.holds(record.Federation, n, "member.phoneMobile")
	want := b.mobile(record.Club, n, "790001111")
	b.federationTap = func(s port.System) port.System { return deaf{s} }
	b.link = connector.New(b.config())
	b.run()
	b.question(conflicts.Refused)
	b.settle()
	p, err := b.ledger.PersonOf(t.Context(), record.Club, "contact/"+b.contact(n))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Pair("member", "").Base.Agreed["phoneMobile"]; got != record.Of(was) {
		t.Error("the base holds what was never agreed")
	}
	b.both(n, "member.phoneMobile", want, was)
}

// TestAWriteThatFailedIsNoAgreement: of a write that did not arrive the base says nothing, so that the edit is still one.
func TestAWriteThatFailedIsNoAgreement(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	was := b.holds(record.Federation, n, "member.phoneMobile")
	want := b.mobile(record.Club, n, "790001111")
	if err := b.world.AddFaults(faults.Rule{Op: "members.change", Kind: faults.ServerError, Times: 1}); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.both(n, "member.phoneMobile", want, was)
	b.run()
	b.both(n, "member.phoneMobile", want, want)
	b.settle()
}

// A wary system looks before each write.
type wary struct {
	port.System
	look func(record.Write)
}

func (s wary) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	s.look(w)
	return s.System.Write(ctx, w)
}

// TestEveryRequestIsOnDiskBeforeItIsSent reads the ledger, as another process would after a crash, at the moment of each
// write (DESIGN decision 10).
func TestEveryRequestIsOnDiskBeforeItIsSent(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.joined(record.Club)
	seen := map[record.WriteOp]int{}
	b.federationTap = func(s port.System) port.System {
		return wary{s, func(w record.Write) {
			seen[w.Op]++
			pending, err := b.ledger.Pending(t.Context())
			if err != nil {
				t.Error(err)
			}
			if !slices.ContainsFunc(pending, func(in port.Intent) bool { return in.Side == record.Federation && in.Document == w.Ref }) {
				t.Errorf("%s of %q is sent, and the journal on disk does not have it", w.Op, w.Ref)
			}
		}}
	}
	b.link = connector.New(b.config())
	b.run()
	if seen[record.ChangeDocument] != 1 || seen[record.CreateDocument] != 1 {
		t.Errorf("looked before %v, want one change and one creation", seen)
	}
}

// A vouching system says something else of its listings than is true.
type vouching struct {
	port.System
	says func(*port.Certificate)
}

func (v vouching) List(ctx context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	c, err := v.System.List(ctx, kind, page)
	v.says(&c)
	return c, err
}

// TestCertificate holds that the engine believes no listing by itself, whatever a system has looked at already.
func TestCertificate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		says func(*port.Certificate)
	}{
		{"one more than were seen", func(c *port.Certificate) { c.First, c.Last = c.First+1, c.Last+1 }},
		{"one less than were seen", func(c *port.Certificate) { c.First, c.Last = c.First-1, c.Last-1 }},
		{"a total that changed on the way", func(c *port.Certificate) { c.Last++ }},
		{"a chain of pages that did not close", func(c *port.Certificate) { c.Closed = false }},
		{"another organisation's documents", func(c *port.Certificate) { c.Organisation = "tva" }},
	} {
		for _, side := range record.Sides() {
			t.Run(c.name+", "+string(side), func(t *testing.T) {
				t.Parallel()
				b := linked(t, 34)
				b.mobile(side, b.people(1)[0], "790001111")
				tap := func(s port.System) port.System { return vouching{s, c.says} }
				if side == record.Club {
					b.clubTap = tap
				} else {
					b.federationTap = tap
				}
				b.link = connector.New(b.config())
				if r := b.run(); r.Stopped == nil || r.Stopped.Side != side {
					t.Errorf("not stopped: %s", text(r))
				}
				b.untouched()
			})
		}
	}
}
