package stv_test

import (
	"testing"

	"passerelle/connector/port"
	"passerelle/federation/stv"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// fine is what a method answers where a fault does it no harm.
const fine port.Next = "fine"

// An act is one method at work on a member of the house.
type act struct {
	op string // the operation that is broken
	do func(*testing.T, *house, acted) error
}

// acted is what acts are about.
type acted struct{ member, function record.Document }

func acts() map[string]act {
	write := func(w func(acted) record.Write) func(*testing.T, *house, acted) error {
		return func(t *testing.T, h *house, a acted) error {
			t.Helper()
			return second(h.Write(t.Context(), w(a)))
		}
	}
	check := func(t *testing.T, h *house, _ acted) error {
		t.Helper()
		return second(h.Check(t.Context()))
	}
	return map[string]act{
		"who":   {"club", check},
		"codes": {"functionCodes", check},
		"list": {"members.list", func(t *testing.T, h *house, _ acted) error {
			t.Helper()
			return second(h.List(t.Context(), "members", func([]record.Document) error { return nil }))
		}},
		"read": {"members.read", func(t *testing.T, h *house, a acted) error {
			t.Helper()
			return second(h.Read(t.Context(), a.member.Ref))
		}},
		"create": {"members.create", write(func(acted) record.Write { return create("members", newcomer) })},
		"ask": {"affiliations.create", write(func(acted) record.Write {
			return create("affiliations", `{"memberNumber":"098001","birthDate":"1985-02-03","category":"04","entryDate":"2026-03-01"}`)
		})},
		"change": {"members.change", write(func(a acted) record.Write { return change(a.member, `{"city":"Trub"}`) })},
		"delete": {"functions.delete", write(func(a acted) record.Write { return remove(a.function) })},
	}
}

// TestEveryFaultOfEveryMethod breaks every operation in every way and looks at what is to be done next. A write is sent
// once, unless the federation says that it took no notice of it (429).
func TestEveryFaultOfEveryMethod(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	const (
		again, wait, look  = port.Again, port.Wait, port.Look
		stop, secret, once = port.Stop, port.Token, 1
		asLongAsItMay      = 4
	)
	type nexts struct{ who, codes, list, read, create, ask, change, delete port.Next }
	tests := map[faults.Kind]struct {
		next   nexts
		writes int // requests of a write
	}{
		faults.CutBefore:    {nexts{again, again, again, again, look, look, look, look}, once},
		faults.CutAfter:     {nexts{again, again, again, again, look, look, look, look}, once},
		faults.Unauthorized: {nexts{secret, secret, secret, secret, secret, secret, secret, secret}, once},
		faults.Forbidden:    {nexts{secret, stop, stop, look, wait, wait, wait, wait}, once},
		faults.TooMany:      {nexts{again, again, again, again, again, again, again, again}, asLongAsItMay},
		faults.TooManyBare:  {nexts{again, again, again, again, again, again, again, again}, asLongAsItMay},
		faults.ServerError:  {nexts{again, again, again, again, look, look, look, look}, once},
		faults.Unavailable:  {nexts{again, again, again, again, look, look, look, look}, once},
		faults.HTML:         {nexts{stop, stop, stop, look, look, look, look, look}, once},
		faults.HTMLAfter:    {nexts{stop, stop, stop, look, look, look, look, look}, once},
		faults.ErrorAfter:   {nexts{again, again, again, again, look, look, look, look}, once},
		// The answer to a deletion has no body to be cut.
		faults.Truncated: {nexts{stop, stop, stop, look, look, look, look, fine}, once},
		faults.Empty:     {nexts{stop, stop, stop, look, look, look, look, look}, once},
	}
	for _, kind := range faults.Kinds() {
		tt, ok := tests[kind]
		if !ok {
			switch kind {
			case faults.Delay, faults.LostNext, faults.LostRows: // no errors: the first waits, the others show in the certificate
			default:
				t.Errorf("no row for the fault %s", kind)
			}
			continue
		}
		n := tt.next
		for name, want := range map[string]port.Next{
			"who": n.who, "codes": n.codes, "list": n.list, "read": n.read,
			"create": n.create, "ask": n.ask, "change": n.change, "delete": n.delete,
		} {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, shared)
				a := h.acted(t)
				h.ResetRequests()
				act := acts()[name]
				h.Faults().Add(faults.Rule{Op: act.op, Kind: kind})
				err := act.do(t, h, a)
				got := fine
				if err != nil {
					got = failed(t, err).Next
				}
				if got != want {
					t.Errorf("next = %q, want %q: %v", got, want, err)
				}
				writes := name == "create" || name == "ask" || name == "change" || name == "delete"
				if sent := h.asked(act.op); writes && sent != tt.writes {
					t.Errorf("requests = %d, want %d", sent, tt.writes)
				}
			})
		}
	}
}

// acted puts into the house what acts are about: a member with a function, and one of the neighbour's to ask for.
func (h *house) acted(t *testing.T) acted {
	t.Helper()
	h.AddMember(stvtest.Member{MemberNumber: "098001", LastName: "Gast", FirstName: "Ida", BirthDate: "1985-02-03", Gender: "F"},
		stvtest.Affiliation{ClubNumber: neighbour, Category: "04", EntryDate: "2010-01-01"})
	m := h.person("Muster")
	h.AddFunction(stvtest.Function{MemberID: m.ID, ClubNumber: home, FunctionCode: "LEI", StartDate: "2020-01-01"})
	return acted{h.only(t, "members"), h.only(t, "functions")}
}

func TestWithoutAConnectionNothingHappened(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	for name, act := range acts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared)
			a := h.acted(t)
			h.cutOff()
			h.ResetRequests()
			err := act.do(t, h, a)
			if e := failed(t, err); e.Next != port.Again || len(h.Requests()) != 0 {
				t.Errorf("next = %q after %d requests, want again after none: %v", e.Next, len(h.Requests()), err)
			}
		})
	}
}

func TestWithoutATokenNothingIsSent(t *testing.T) {
	t.Parallel()
	shared := sharing(t)
	for name, act := range acts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, shared, tuning{system: func(c *stv.Config) { c.Token = bearing("") }})
			d := acted{
				record.Document{Kind: "members", Ref: "members/" + stranger, Version: `W/"1"`},
				record.Document{Kind: "functions", Ref: "functions/" + stranger, Version: `W/"1"`},
			}
			if e := failed(t, act.do(t, h, d)); e.Next != port.Token || len(h.Requests()) != 0 {
				t.Errorf("next = %q after %d requests, want token after none", e.Next, len(h.Requests()))
			}
		})
	}
}
