package simulation

import (
	"errors"
	"fmt"
	"slices"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// The edits, one function each, in the order of [World.Edits].

func (w *World) editDifferentFields() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "different fields of one member on both sides", Sides: []Side{Club, Federation},
		Then: "both sides hold the new phone and the new street",
	}, easy)
	if err != nil {
		return e, err
	}
	phone, street := replacementPhone(p.N, 2), "Neue "+p.Street
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { c.Communication.Mobile = typedPhone(phone, 1) })
	e.check = w.shirt(p.N, false, holds(map[string]string{"member.phoneMobile": phone, "member.street": street}))
	return e, w.atFederationNow(p.N, func(m *stvtest.Member) { m.Street = street })
}

func (w *World) editSameField() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "the same field on both sides", Sides: []Side{Club, Federation}, Question: "both-changed",
		Then: "each side keeps its own phone until somebody decides",
	}, easy)
	if err != nil {
		return e, err
	}
	club, federation := replacementPhone(p.N, 3), replacementPhone(p.N, 4)
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { c.Communication.Mobile = typedPhone(club, 1) })
	e.check = apart(map[string]string{"member.phoneMobile": club}, map[string]string{"member.phoneMobile": federation})
	return e, w.atFederationNow(p.N, func(m *stvtest.Member) { m.PhoneMobile = spacedPhone(federation) })
}

// join adds somebody at the club as a member without a number.
func (w *World) join(p population.Person) {
	p.MemberNumber, p.EntryDate, p.Functions, p.Subscriptions = "", w.Today(), nil, nil
	w.contacts[p.N] = w.ClubSystem.Add(w.contact(p))
}

func (w *World) editNewcomer() (Edit, error) {
	e, p, err := w.beginWith(population.Newcomer, Edit{
		What: "a new member without a number at the club", Sides: []Side{Club},
		Then: "the federation holds the member once, and the club has its number",
	}, anybody)
	if err != nil {
		return e, err
	}
	w.join(p)
	e.check = func(s Seen) error {
		if err := holds(map[string]string{"affiliation.category": p.Category})(s); err != nil {
			return err
		}
		number := s.Federation[0].Fields["member.memberNumber"]
		if number == "" || s.Federation[0].Life != Present {
			return errors.New("not a member at the federation")
		}
		return holdsOn(Club, s.Club, map[string]string{"member.memberNumber": number})
	}
	return e, nil
}

func (w *World) editNeighbour() (Edit, error) {
	e, p, err := w.beginWith(population.Neighbour, Edit{
		What: "a member of another club joins", Sides: []Side{Club}, Question: "already-exists",
		Then: "the federation holds the person once as before, until somebody says that it is the same",
	}, anybody)
	if err != nil {
		return e, err
	}
	w.join(p)
	e.check = apart(
		map[string]string{"member.memberNumber": ""},
		map[string]string{"member.memberNumber": p.MemberNumber, "affiliation.category": ""},
	)
	return e, nil
}

func (w *World) editExitAtClub() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "exit at the club", Sides: []Side{Club}, Then: "the affiliation has ended today on both sides",
	}, unburdened)
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setCustom(c, exitPlace, string(w.Today())) })
	e.check = w.left(p.N)
	return e, nil
}

func (w *World) editExitAtFederation() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "exit at the federation", Sides: []Side{Federation}, Then: "the affiliation has ended today on both sides",
	}, unburdened)
	if err != nil {
		return e, err
	}
	e.check = w.left(p.N)
	return e, w.exitAtFederation(p.N)
}

// left checks that somebody has left today, on both sides.
func (w *World) left(n int) func(Seen) error {
	want := map[string]string{"affiliation.exitDate": string(w.Today())}
	return w.shirt(n, false, func(s Seen) error {
		err := holds(want)(s)
		if err == nil && (s.Club[0].Life != Ended || s.Federation[0].Life != Ended) {
			err = errors.New("not ended")
		}
		return err
	})
}

func (w *World) editExitAgainstEdit() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "an address edited at the federation while the member leaves at the club",
		Then: "nothing is carried until somebody decides", Sides: []Side{Club, Federation}, Question: "ended-and-changed",
	}, unburdened)
	if err != nil {
		return e, err
	}
	today, street := string(w.Today()), "Neue "+p.Street
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setCustom(c, exitPlace, today) })
	e.check = apart(
		map[string]string{"affiliation.exitDate": today, "member.street": p.Street},
		map[string]string{"affiliation.exitDate": "", "member.street": street},
	)
	return e, w.atFederationNow(p.N, func(m *stvtest.Member) { m.Street = street })
}

func (w *World) editFunctionsAtClub() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "one function ends and another begins at the club", Sides: []Side{Club},
		Then: "the federation has the one ended and the other running, and the club keeps the choice that is no function",
	}, func(p population.Person) bool { return len(p.Functions) == 1 && p.Functions[0].Code == "LEI" })
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setFunctions(c, w.federationShape(), []string{"TEC"}) })
	e.check = w.shirt(p.N, true, holds(map[string]string{"function.LEI": "", "function.TEC": "held"}))
	return e, nil
}

func (w *World) editFunctionAtFederation() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "a function begins at the federation", Sides: []Side{Federation},
		Then: "the club has chosen it too, and keeps the choice that is no function",
	}, func(p population.Person) bool {
		return len(p.Functions) > 0 && !slices.ContainsFunc(p.Functions, func(f population.Function) bool { return f.Code == "TEC" })
	})
	if err != nil {
		return e, err
	}
	w.FederationSystem.AddFunction(stvtest.Function{
		MemberID: w.members[p.N], ClubNumber: ClubNumber, FunctionCode: "TEC", StartDate: string(w.Today()),
	})
	want := map[string]string{"function.TEC": "held"}
	for _, f := range p.Functions {
		want["function."+f.Code] = "held"
	}
	e.check = w.shirt(p.N, true, holds(want))
	return e, nil
}

func (w *World) editSubscriptionBegins() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "a subscription begins at the club", Sides: []Side{Club}, Then: "the federation delivers it in print",
	}, func(p population.Person) bool { return unburdened(p) && reachable(p) })
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setSubscription(c, "GYMLIVE", "print") })
	e.check = w.shirt(p.N, false, holds(map[string]string{"subscription.GYMLIVE": "print"}))
	return e, nil
}

func (w *World) editSubscriptionEnds() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "a subscription ends at the club", Sides: []Side{Club}, Then: "the federation delivers it no more",
	}, func(p population.Person) bool {
		return ordinary(p) && slices.ContainsFunc(p.Subscriptions, func(s population.Subscription) bool { return s.Publication == "GYMLIVE" })
	})
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setSubscription(c, "GYMLIVE", "") })
	e.check = w.shirt(p.N, false, holds(map[string]string{"subscription.GYMLIVE": ""}))
	return e, nil
}

func (w *World) editCategory() (Edit, error) {
	next := map[string]string{"01": "02", "04": "05", "02": "03", "05": "06"}
	e, p, err := w.begin(Edit{
		What: "another category at the club", Sides: []Side{Club}, Then: "both sides hold the new category",
	}, func(p population.Person) bool { return unburdened(p) && next[p.Category] != "" })
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { setCategory(c, w.federationShape(), next[p.Category]) })
	e.check = w.shirt(p.N, false, holds(map[string]string{"affiliation.category": next[p.Category]}))
	return e, nil
}

func (w *World) editPhoneCleared() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "a phone cleared at the club", Sides: []Side{Club}, Then: "neither side holds a mobile phone",
	}, easy)
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { c.Communication.Mobile = "" })
	e.check = w.shirt(p.N, false, holds(map[string]string{"member.phoneMobile": ""}))
	return e, nil
}

func (w *World) editEmail() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "another e-mail at the club", Sides: []Side{Club}, Then: "both sides hold the new e-mail",
	}, func(p population.Person) bool { return ordinary(p) && w.emailPlace(p) == primaryPlace })
	if err != nil {
		return e, err
	}
	email := fmt.Sprintf("neu.%d@example.org", p.N)
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { c.Communication.PrimaryEmail = email })
	e.check = w.shirt(p.N, false, holds(map[string]string{"member.email": email}))
	return e, nil
}

// unreadable is a phone as secretaries note it.
const unreadable = "intern 23, abends"

func (w *World) editUnreadablePhone() (Edit, error) {
	e, p, err := w.begin(Edit{
		What: "a phone at the club that is none", Sides: []Side{Club}, Question: "unreadable",
		Then: "the federation keeps its phone and the club its text",
	}, easy)
	if err != nil {
		return e, err
	}
	w.atClubNow(p.N, func(c *fairgatetest.Contact) { c.Communication.Mobile = unreadable })
	e.check = apart(map[string]string{"member.phoneMobile": unreadable}, map[string]string{"member.phoneMobile": p.PhoneMobile})
	return e, nil
}

func anybody(population.Person) bool { return true }

// unburdened is somebody without functions and subscriptions, whose edits concern nothing else.
func unburdened(p population.Person) bool { return ordinary(p) && len(p.Subscriptions) == 0 }

// Planted is a difference that nobody noticed.
type Planted struct {
	N     int
	Side  Side
	Ref   string
	Field string // member.street
}

// Plant changes one mapped value in one system, so that a verification has something to find. An error says that nobody
// is left to plant it on.
func (w *World) Plant() (Planted, error) {
	_, p, err := w.begin(Edit{}, easy)
	if err != nil {
		return Planted{}, fmt.Errorf("plant a difference: %w", err)
	}
	planted := Planted{N: p.N, Side: Federation, Ref: "members/" + w.members[p.N], Field: "member.street"}
	return planted, w.atFederationNow(p.N, func(m *stvtest.Member) { m.Street = "Irrweg 13" })
}
