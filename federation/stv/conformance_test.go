package stv_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"passerelle/connector/porttest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// TestConformance holds the system to the port, by the members of the house.
func TestConformance(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	porttest.System(t, func(tb testing.TB) *porttest.SystemUnderTest {
		tb.Helper()
		return subject(tb, newHouse(tb, shared, sized(3)))
	})
}

// ops returns the operations that the suite's requests are.
func ops() map[porttest.Request]string {
	return map[porttest.Request]string{
		porttest.CheckRequest:  "club",
		porttest.ListRequest:   "members.list",
		porttest.ReadRequest:   "members.read",
		porttest.CreateRequest: "members.create",
		porttest.ChangeRequest: "members.change",
	}
}

func subject(tb testing.TB, h *house) *porttest.SystemUnderTest {
	tb.Helper()
	id := func(ref string) string { return ref[len("members/"):] }
	must := func(tb testing.TB, err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	names := 0 // the suite makes and creates one after the other
	name := func() string { names++; return fmt.Sprintf("Muster%d", names) }
	named := func(lastName string) record.Write {
		return create("members", strings.Replace(newcomer, "Neu", lastName, 1))
	}
	return &porttest.SystemUnderTest{
		System: h.System, Organisation: home, Kind: "members", Page: 3,
		Secrets: []string{token, "Muster", "1990-05-17", "1991-01-01", "example.ch"},

		Make: func(testing.TB) string { return "members/" + h.person(name()).ID },
		Edit: func(tb testing.TB, ref string) {
			tb.Helper()
			must(tb, h.EditMember(id(ref), func(m *stvtest.Member) { m.Email = "edited@example.ch" }))
		},
		Remove: func(tb testing.TB, ref string) { tb.Helper(); must(tb, h.RemoveMember(id(ref))) },
		Merge:  func(tb testing.TB, from, into string) { tb.Helper(); must(tb, h.Merge(id(from), id(into))) },
		Count:  func(testing.TB) int { return len(h.Members()) },

		Create: func(testing.TB) record.Write { return named(name()) },
		Change: func(_ testing.TB, d record.Document) record.Write { return change(d, `{"email":"changed@example.ch"}`) },
		Refuse: func(_ testing.TB, d record.Document) record.Write { return change(d, `{"email":"Muster"}`) },
		Known: func(testing.TB) (record.Write, string) {
			m := h.AddMember(stvtest.Member{LastName: "Mustergast", FirstName: "Eva", BirthDate: "1991-01-01", Gender: "F"},
				stvtest.Affiliation{ClubNumber: neighbour, Category: "04", EntryDate: "2010-01-01"})
			return named("Mustergast"), m.MemberNumber
		},
		Delete: func(testing.TB) string {
			m := h.person(name())
			f := h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2020-01-01"})
			return "functions/" + f.ID
		},

		Break: func(tb testing.TB, at porttest.Request, f porttest.Fault) {
			tb.Helper()
			if !slices.Contains(faults.Kinds(), faults.Kind(f)) {
				tb.Fatalf("the house cannot be broken by %s", f)
			}
			h.Faults().Add(faults.Rule{Op: ops()[at], Kind: faults.Kind(f), Percent: 50})
		},
		Mend: func(testing.TB) { h.Faults().Clear(); h.BeforeEach(nil) },
		Arrives: func(at porttest.Request, fn func()) {
			h.BeforeEach(func(op string) {
				if op == ops()[at] {
					fn()
				}
			})
		},
		Requests: func(at porttest.Request) int { return h.asked(ops()[at]) },
	}
}
