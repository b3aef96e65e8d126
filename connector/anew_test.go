package connector_test

import (
	"bytes"
	"context"
	"os"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

func (b *bench) dump(id string) stvtest.Member {
	for _, m := range b.world.FederationSystem.Members() {
		if m.ID == id {
			return m
		}
	}
	b.tb.Fatal("no member")
	return stvtest.Member{}
}

func TestAMemberEnteredAnewIsNotDoubled(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	m, a := b.dump(b.member(n)), b.affiliation(n)
	if err := b.world.FederationSystem.RemoveMember(m.ID); err != nil {
		t.Fatal(err)
	}
	m.Meta, a.Meta = stvtest.Meta{}, stvtest.Meta{}
	b.world.FederationSystem.AddMember(m, a)
	c, f := b.size()
	for range 3 {
		r := b.run()
		t.Log(r.Applied, r.Stopped, r.Held, b.kinds())
	}
	b.grew(c, f, 0, 0)
}

func TestAContactEnteredAnewEndsNobody(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	id := b.contact(n)
	var copyOf fairgatetest.Contact
	for _, c := range b.world.ClubSystem.Contacts() {
		if c.Basefields.ContactID == id {
			copyOf = c
		}
	}
	b.world.ClubSystem.Remove(id)
	copyOf.Basefields.ContactID = ""
	b.world.ClubSystem.Add(copyOf)
	c, f := b.size()
	for range 3 {
		r := b.run()
		t.Log(r.Applied, r.Stopped, r.Held, b.kinds())
	}
	b.grew(c, f, 0, 0)
	if a := b.affiliation(n); a.Status != "active" {
		t.Errorf("the person stands at the club, and the affiliation is %s", a.Status)
	}
}

func TestARefusedPersonWhoIsTakenInAfterAllIsLinked(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := atNeighbour(b)
	b.run()
	b.run()
	b.decide(b.question(conflicts.AlreadyExists).ID, conflicts.Answer{Verb: conflicts.Same})
	b.run()
	a := b.affiliation(n)
	if err := b.world.FederationSystem.Refuse(a.ID); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	c, f := b.size()
	b.world.FederationSystem.AddAffiliation(stvtest.Affiliation{MemberID: a.MemberID, ClubNumber: a.ClubNumber, Category: a.Category, EntryDate: a.EntryDate})
	for range 3 {
		r := b.run()
		t.Log(r.Applied, r.Stopped, r.Held, b.kinds())
	}
	b.grew(c, f, 0, 0)
}

func TestAFirstLinkIsHeldWhileTheWindowIsClosed(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest, InStep: true})
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = "" })
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed)
	r := b.run()
	t.Log(r.Planned, r.Held, r.Stopped)
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowOpen)
	b.forget()
	r = b.run()
	t.Log(r.Planned, r.Applied, r.Held)
	b.untouched()
}

func TestChangedSettingsAreHeldWhileTheWindowIsClosed(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	cfg := b.config()
	cfg.Settings["policy"] = "other"
	b.link = connector.New(cfg)
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowClosed)
	b.run()
	b.world.FederationSystem.SetWriteWindow(stvtest.WindowOpen)
	b.forget()
	r := b.run()
	t.Log(r.Planned, r.Applied, r.Held)
	b.untouched()
}

type counting struct {
	port.System
	n *int
}

func (s counting) Write(ctx context.Context, w record.Write) ([]record.Document, error) {
	if w.Kind == "affiliations" && w.Op == record.CreateDocument {
		*s.n++
		return nil, &port.Error{Next: port.Ask, Reason: "not now"}
	}
	return s.System.Write(ctx, w)
}

func TestARefusedRequestIsNotRepeated(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	atNeighbour(b)
	b.run()
	b.run()
	b.decide(b.question(conflicts.AlreadyExists).ID, conflicts.Answer{Verb: conflicts.Same})
	n := 0
	b.federationTap = func(s port.System) port.System { return counting{s, &n} }
	b.link = connector.New(b.config())
	for range 4 {
		b.run()
	}
	if n != 1 {
		t.Errorf("requested %d times after a refusal; open: %s", n, b.kinds())
	}
}

func TestTwoRequestsOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	if _, err := b.world.Edits(); err != nil {
		t.Fatal(err)
	}
	b.run()
	b.run()
	// two persons of another club whom the secretary adds
	var members []stvtest.Member
	for i, last := range []string{"Ersterfall", "Zweiterfall"} {
		p := newcomer(b)
		p.BirthDate = []population.Date{"1991-02-03", "1992-03-04"}[i]
		m := b.world.FederationSystem.AddMember(stvtest.Member{
			LastName: last, FirstName: last + "a", BirthDate: string(p.BirthDate), Gender: p.Gender, Language: "de",
			Street: "Weg 1", PostalCode: "3000", City: "Bern", Country: "CH",
		}, stvtest.Affiliation{ClubNumber: "1.01.05.9999.00-0", Category: p.Category, EntryDate: "2020-01-01", Primary: true})
		members = append(members, m)
		b.world.ClubSystem.Add(fairgatetest.Contact{
			Status: "active", Basefields: fairgatetest.Basefields{
				FirstName: last + "a", LastName: last, ContactType: "singleperson", Salutation: "informal",
				CorrespondenceLanguage: "de", Gender: map[string]string{"M": "male", "F": "female"}[p.Gender], Birthday: string(p.BirthDate),
			},
			Membership:  fairgatetest.Membership{Membership: map[string]string{"01": "Aktive Turner", "04": "Aktive Turnerin"}[p.Category], FirstJoiningDate: "2026-03-01"},
			CorrAddress: fairgatetest.Address{Street: "Weg 1", City: "Bern", PostaleCode: "3000", Country: "CH"}, CustomFields: map[string]any{},
		})
	}
	b.run()
	b.run()
	for _, q := range b.queue(conflicts.AlreadyExists, conflicts.Open) {
		for _, m := range members {
			if q.Number == m.MemberNumber {
				b.decide(q.ID, conflicts.Answer{Verb: conflicts.Same})
			}
		}
	}
	if err := b.world.AddFaults(faults.Rule{Op: "affiliations.create", Kind: "cut-before", Times: 1}, faults.Rule{Op: "affiliations.create", Kind: "cut-after", After: 1, Times: 1}); err != nil {
		t.Fatal(err)
	}
	r := b.run()
	t.Log(r.Unknown, r.Applied)
	b.world.FederationSystem.Faults().Clear()
	for range 3 {
		r = b.run()
		t.Log(r.Applied, r.Waiting, r.Failed)
	}
	c, f := b.size()
	for _, a := range b.world.FederationSystem.Affiliations() {
		if a.Status == stvtest.Requested {
			t.Log("requested", a.MemberID)
			if err := b.world.FederationSystem.Accept(a.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		r = b.run()
		t.Log(r.Applied, r.Linked, r.Waiting, r.Failed, b.kinds())
	}
	b.grew(c, f, 0, 0)
	accepted := 0
	for _, m := range members {
		for _, a := range b.world.FederationSystem.Affiliations() {
			if a.MemberID == m.ID && a.ClubNumber == simulation.ClubNumber {
				accepted++
				ids, _ := b.ledger.Numbered(t.Context(), m.MemberNumber)
				for _, id := range ids {
					p, _ := b.ledger.Person(t.Context(), id)
					if p.State != port.Linked {
						t.Errorf("accepted and not linked: person %d is %s with %v", id, p.State, p.Documents(record.Federation))
					}
				}
				if len(ids) != 1 {
					t.Errorf("accepted and %d persons", len(ids))
				}
			}
		}
	}
	t.Log("accepted", accepted)
}

func TestSameOfSomeoneAtRest(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	p := newcomer(b)
	m := b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
		Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: "CH", Email: p.Email,
	},
		stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: p.Category, EntryDate: "2020-03-01", ExitDate: "2025-12-31", Primary: true})
	b.world.FederationSystem.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: simulation.ClubNumber, FunctionCode: "LEI", StartDate: "2020-04-01"})
	b.run()
	b.run()
	b.world.ClubSystem.Add(fairgatetest.Contact{
		Status: "active", Basefields: fairgatetest.Basefields{
			FirstName: p.FirstName, LastName: p.LastName, ContactType: "singleperson", Salutation: "informal",
			CorrespondenceLanguage: "de", Gender: map[string]string{"M": "male", "F": "female"}[p.Gender], Birthday: string(p.BirthDate),
		},
		Membership:  fairgatetest.Membership{Membership: map[string]string{"01": "Aktive Turner", "04": "Aktive Turnerin"}[p.Category], FirstJoiningDate: "2026-03-01"},
		CorrAddress: fairgatetest.Address{Street: p.Street, City: p.City, PostaleCode: p.PostalCode, Country: "CH"}, CustomFields: map[string]any{},
	})
	b.run()
	b.decide(b.question(conflicts.Match).ID, conflicts.Answer{Verb: conflicts.Same})
	b.forget()
	r := b.run()
	t.Log(r.Applied, r.Failed, b.kinds(), b.sent(record.Federation))
	for range 3 {
		r = b.run()
		t.Log(r.Applied, r.Linked, r.Waiting, r.Failed, b.kinds(), b.sent(record.Federation))
	}
	b.clock.Add(poll)
	r, _ = b.link.RunOnce(t.Context(), connector.Options{Full: true})
	t.Log("full", r.Applied, r.Linked, r.Waiting, r.Failed, b.kinds(), b.sent(record.Federation))
	b.question(conflicts.EndedAndChanged)
	for _, op := range b.sent(record.Federation) {
		t.Errorf("sent %s without asking", op)
	}
}

func TestAStrangerComesIntoScope(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	p := newcomer(b)
	b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
		Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: "CH", Email: p.Email,
	},
		stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: p.Category, EntryDate: "2020-03-01", ExitDate: "2025-12-31", Primary: true})
	b.run()
	b.run()
	c, f := b.size()
	for _, a := range b.world.FederationSystem.Affiliations() {
		if a.ExitDate == "2025-12-31" {
			if err := b.world.FederationSystem.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.ExitDate, a.Status = "", stvtest.Active }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		r := b.run()
		t.Log(r.Applied, b.kinds())
	}
	b.grew(c, f, 1, 0)
}

// quiet fails when cycles write the ledger.
func (b *bench) quiet() {
	b.tb.Helper()
	before, _ := os.ReadFile(b.path)
	var r connector.Report
	for range 3 {
		r = b.run()
	}
	after, _ := os.ReadFile(b.path)
	if !bytes.Equal(before, after) {
		b.tb.Errorf("a quiet cycle wrote the ledger: %s", text(r))
	}
}

func TestANumberWithAnUnknownCategory(t *testing.T) {
	t.Parallel()
	b := newBench(t, simulation.Config{Seed: 7, Members: smallest, InStep: true})
	n := b.people(1)[0]
	b.atClub(n, func(c *fairgatetest.Contact) { c.Membership.Membership = "Phantasie" })
	b.run()
	b.run()
	t.Log(b.kinds())
	b.quiet()
}

func TestAnOpenQuestionAboutAnEndIsQuiet(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	ps := b.people(2)
	n := ps[0]
	b.atClub(n, func(c *fairgatetest.Contact) { c.Status = "archived" })
	b.atFederation(n, func(m *stvtest.Member) { m.Street = "Reckgasse 2" })
	b.atClub(ps[1], func(c *fairgatetest.Contact) { c.Membership.Membership = "Phantasie" })
	b.run()
	b.run()
	t.Log(b.kinds())
	b.quiet()
	b.clock.Add(24 * 3600e9)
	b.run()
	b.quiet()
}

type unreadable struct {
	port.System
	ref *string
}

func (s unreadable) Read(ctx context.Context, ref string) (record.Document, error) {
	if ref == *s.ref {
		return record.Document{}, &port.Error{Next: port.Again, Reason: "the system is busy"}
	}
	return s.System.Read(ctx, ref)
}

func TestTheQuestionOfAMergeStandsWhileNothingCanBeRead(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	ps := b.people(2)
	ref := ""
	b.federationTap = func(s port.System) port.System { return unreadable{s, &ref} }
	b.link = connector.New(b.config())
	loser := b.member(ps[0])
	if err := b.world.FederationSystem.Merge(loser, b.member(ps[1])); err != nil {
		t.Fatal(err)
	}
	b.run()
	q := b.question(conflicts.Merged)
	b.decide(q.ID, conflicts.Answer{Verb: conflicts.Leave})
	b.run()
	t.Log(b.kinds())
	ref = "members/" + loser
	b.run()
	ref = ""
	r := b.run()
	if r.Conflicts.Opened != 0 {
		t.Errorf("the answered question is open again: %s", b.kinds())
	}
}

func TestAFunctionOfAStrangerIsNotDoubled(t *testing.T) {
	t.Parallel()
	b := linked(t, smallest)
	p := newcomer(b)
	m := b.world.FederationSystem.AddMember(stvtest.Member{
		LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate), Gender: p.Gender, Language: p.Language,
		Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: "CH", Email: p.Email,
	},
		stvtest.Affiliation{ClubNumber: simulation.ClubNumber, Category: p.Category, EntryDate: "2020-03-01", ExitDate: "2025-12-31", Primary: true})
	b.world.FederationSystem.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: simulation.ClubNumber, FunctionCode: "LEI", StartDate: "2020-04-01"})
	b.run()
	b.run()
	for _, a := range b.world.FederationSystem.Affiliations() {
		if a.MemberID == m.ID {
			if err := b.world.FederationSystem.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.ExitDate, a.Status = "", stvtest.Active }); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = b.world.FederationSystem.EditMember(m.ID, func(m *stvtest.Member) { m.Street = "Neu 1" })
	fns := len(b.world.FederationSystem.Functions())
	b.world.ClubSystem.Add(fairgatetest.Contact{
		Status: "active", Basefields: fairgatetest.Basefields{
			FirstName: p.FirstName, LastName: p.LastName, ContactType: "singleperson", Salutation: "informal",
			CorrespondenceLanguage: "de", Gender: map[string]string{"M": "male", "F": "female"}[p.Gender], Birthday: string(p.BirthDate),
		},
		Membership:  fairgatetest.Membership{Membership: map[string]string{"01": "Aktive Turner", "04": "Aktive Turnerin"}[p.Category], FirstJoiningDate: "2026-03-01"},
		CorrAddress: fairgatetest.Address{Street: p.Street, City: p.City, PostaleCode: p.PostalCode, Country: "CH"}, CustomFields: map[string]any{"101": m.MemberNumber, "104": []any{"Leiter"}},
	})
	for range 3 {
		r := b.run()
		t.Log(r.Applied, r.Linked, r.Waiting, r.Failed, b.kinds(), b.sent(record.Federation))
	}
	if got := len(b.world.FederationSystem.Functions()); got != fns {
		t.Errorf("%d functions came to be", got-fns)
	}
}
