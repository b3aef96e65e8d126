package simulation

import (
	"errors"
	"fmt"
	"strings"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// errNobody says that a world is too small, or too much in motion, for another edit of its kind.
var errNobody = errors.New("nobody is left whom this could happen to")

// Edit is something that people of one or both systems did, and what must come of it.
type Edit struct {
	// What happened, as a title: "exit at the club".
	What string
	N    int
	// Sides are where it was done.
	Sides []Side
	// Then says in a sentence what must be true after the next cycles.
	Then string
	// Question is the kind of question that must be open then, "" if none.
	Question string

	check func(Seen) error
}

// Check looks into both stores whether what must come of the edit has come. Its error names the person and fields, not values.
func (w *World) Check(e Edit) error {
	if err := e.check(w.Person(e.N)); err != nil {
		return fmt.Errorf("%s, M%d: %w", e.What, e.N, err)
	}
	return nil
}

// Edits does what people of both systems do in a few weeks, each time to somebody else, and returns it in the order in
// which it was done. It is for two systems that are linked; nobody who had grown apart before is touched. An error says
// that the club is too small, with the edits that were possible.
func (w *World) Edits() ([]Edit, error) {
	var done []Edit
	var impossible []error
	for _, do := range []func() (Edit, error){
		w.editDifferentFields, w.editSameField,
		w.editNewcomer, w.editNeighbour,
		w.editExitAtClub, w.editExitAtFederation, w.editExitAgainstEdit,
		w.editFunctionsAtClub, w.editFunctionAtFederation,
		w.editSubscriptionBegins, w.editSubscriptionEnds,
		w.editCategory, w.editPhoneCleared, w.editEmail, w.editUnreadablePhone,
	} {
		e, err := do()
		if err != nil {
			impossible = append(impossible, fmt.Errorf("%s: %w", e.What, err))
			continue
		}
		done = append(done, e)
	}
	return done, errors.Join(impossible...)
}

// begin chooses the first member that an edit suits and that nothing has happened to yet.
func (w *World) begin(e Edit, suits func(population.Person) bool) (Edit, population.Person, error) {
	return w.beginWith(population.Member, e, suits)
}

func (w *World) beginWith(s population.Standing, e Edit, suits func(population.Person) bool) (Edit, population.Person, error) {
	for _, p := range w.People.Of(s) {
		// Whom the other club knows too, and couples on one address, stay out: their rules are stranger than these edits.
		if w.taken[p.N] || s == population.Member && p.OtherClub != "" || p.Form == sharedForm || !suits(p) {
			continue
		}
		w.taken[p.N] = true
		e.N = p.N
		return e, p, nil
	}
	return e, population.Person{}, errNobody
}

// atClubNow edits a contact as the secretary does.
func (w *World) atClubNow(n int, change func(*fairgatetest.Contact)) {
	w.ClubSystem.Edit(w.contacts[n], change)
}

// atFederationNow edits a member as staff do.
func (w *World) atFederationNow(n int, change func(*stvtest.Member)) error {
	return w.FederationSystem.EditMember(w.members[n], change)
}

// exitAtFederation ends the affiliation with the club today.
func (w *World) exitAtFederation(n int) error {
	for _, a := range w.FederationSystem.Affiliations() {
		if a.MemberID == w.members[n] && a.ClubNumber == ClubNumber {
			return w.FederationSystem.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { a.ExitDate = string(w.Today()) })
		}
	}
	return errNobody
}

// holds returns a check that both sides hold the values.
func holds(want map[string]string) func(Seen) error {
	return func(s Seen) error {
		return errors.Join(holdsOn(Club, s.Club, want), holdsOn(Federation, s.Federation, want))
	}
}

// apart returns a check that each side holds its own values.
func apart(club, federation map[string]string) func(Seen) error {
	return func(s Seen) error {
		return errors.Join(holdsOn(Club, s.Club, club), holdsOn(Federation, s.Federation, federation))
	}
}

// holdsOn checks that a side holds a person once, with the values; "" is none.
func holdsOn(side Side, sightings []Sighting, want map[string]string) error {
	if len(sightings) != 1 {
		return fmt.Errorf("the %s holds the person %d times", side, len(sightings))
	}
	var wrong []string
	for field, value := range want {
		if sightings[0].Fields[field] != value {
			wrong = append(wrong, field)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s: not as it must be at the %s: %s", sightings[0].Ref, side, strings.Join(wrong, ", "))
	}
	return nil
}

// shirt checks that what nobody maps was not touched in a contact, and that a choice which is no function stays chosen.
func (w *World) shirt(n int, private bool, then func(Seen) error) func(Seen) error {
	return func(s Seen) error {
		for _, c := range w.ClubSystem.Contacts() {
			if c.Basefields.ContactID != w.contacts[n] {
				continue
			}
			if custom(c, shirtPlace) == "" {
				return fmt.Errorf("contact/%s: custom_fields.%s was not left alone", c.Basefields.ContactID, shirtPlace)
			}
			if private && !strings.Contains(strings.Join(chosen(c), "\n"), privateChoice) && !w.federationShape() {
				return fmt.Errorf("contact/%s: custom_fields.%s lost a choice that is no function", c.Basefields.ContactID, functionsPlace)
			}
		}
		return then(s)
	}
}
