package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// What people of the two systems do by hand, one act at a time.

// id returns the contact or the member that stands for a person, "" for none: what this world put there, whatever has become
// of the name, else who is called so.
func (w *World) id(side Side, n int) string {
	known, refs := w.contacts[n], []string{}
	for _, s := range w.sightings() {
		if s.Side == side {
			refs = append(refs, s.Ref)
		}
	}
	seen := func() []Sighting { return w.Person(n).Club }
	kind := "contact/"
	if side == Federation {
		known, kind, seen = w.members[n], "members/", func() []Sighting { return w.Person(n).Federation }
	}
	if slices.Contains(refs, kind+known) {
		return known
	}
	for _, s := range seen() {
		return strings.TrimPrefix(s.Ref, kind)
	}
	return ""
}

// Type has the people of a side enter a value. Fields are named as in [Sighting], with values in its spellings; "" empties.
// A function is "held" or "", from today. The error names a field for which the side has no place, or a person whom it lacks.
func (w *World) Type(side Side, n int, field, value string) error {
	kind, name, _ := strings.Cut(field, ".")
	if side == Club {
		return w.typeAtClub(n, kind, name, value)
	}
	return w.typeAtFederation(n, kind, name, value)
}

func (w *World) typeAtClub(n int, kind, name, value string) error {
	var change func(*fairgatetest.Contact)
	switch {
	case kind == "function":
		change = func(c *fairgatetest.Contact) {
			codes := slices.DeleteFunc(functionsAtClub(*c, w.federationShape()), func(code string) bool { return code == name })
			if value != "" {
				codes = append(codes, name)
			}
			setFunctions(c, w.federationShape(), codes)
		}
	case kind == "subscription":
		change = func(c *fairgatetest.Contact) { setSubscription(c, name, value) }
	case kind == "affiliation" && name == "category":
		change = func(c *fairgatetest.Contact) { setCategory(c, w.federationShape(), value) }
	case kind == "affiliation" && name == "exitDate":
		change = func(c *fairgatetest.Contact) { setCustom(c, exitPlace, value) }
	case name == "gender":
		change = func(c *fairgatetest.Contact) {
			c.Basefields.Gender = map[string]string{"M": "male", "F": "female"}[value]
		}
	case name == "memberNumber":
		change = func(c *fairgatetest.Contact) { setNumber(c, w.federationShape(), value) }
	default:
		if contactText(&fairgatetest.Contact{}, name) == nil {
			return fmt.Errorf("the club has no place for %s.%s", kind, name)
		}
		change = func(c *fairgatetest.Contact) { *contactText(c, name) = value }
	}
	id := w.id(Club, n)
	if id == "" {
		return fmt.Errorf("the club does not hold M%d", n)
	}
	w.ClubSystem.Edit(id, change)
	return nil
}

// contactText returns where a contact keeps a text, nil where it has no such place.
func contactText(c *fairgatetest.Contact, name string) *string {
	return map[string]*string{
		"firstName": &c.Basefields.FirstName, "lastName": &c.Basefields.LastName, "birthDate": &c.Basefields.Birthday,
		"language": &c.Basefields.CorrespondenceLanguage, "street": &c.CorrAddress.Street, "postalCode": &c.CorrAddress.PostaleCode,
		"city": &c.CorrAddress.City, "country": &c.CorrAddress.Country, "email": &c.Communication.PrimaryEmail,
		"phoneMobile": &c.Communication.Mobile, "entryDate": &c.Membership.FirstJoiningDate, "status": &c.Status,
		"emailParent": &c.Communication.EmailParent1,
	}[name]
}

func (w *World) typeAtFederation(n int, kind, name, value string) error {
	id := w.id(Federation, n)
	switch kind {
	case "function":
		return w.typeFunction(id, name, value)
	case "subscription":
		return w.typeSubscription(id, name, value)
	case "affiliation":
		a, ok := w.affiliationOf(id)
		if !ok {
			return fmt.Errorf("no affiliation of M%d with the club", n)
		}
		if affiliationText(&a, name) == nil {
			return fmt.Errorf("an affiliation has no %s", name)
		}
		return w.FederationSystem.EditAffiliation(a.ID, func(a *stvtest.Affiliation) { *affiliationText(a, name) = value })
	}
	if memberText(&stvtest.Member{}, name) == nil {
		return fmt.Errorf("a member has no %s", name)
	}
	return w.FederationSystem.EditMember(id, func(m *stvtest.Member) { *memberText(m, name) = value })
}

func affiliationText(a *stvtest.Affiliation, name string) *string {
	return map[string]*string{"category": &a.Category, "entryDate": &a.EntryDate, "exitDate": &a.ExitDate}[name]
}

// memberText returns where a member keeps a text, nil where it has no such place.
func memberText(m *stvtest.Member, name string) *string {
	return map[string]*string{
		"firstName": &m.FirstName, "lastName": &m.LastName, "birthDate": &m.BirthDate, "gender": &m.Gender,
		"nationality": &m.Nationality, "language": &m.Language, "street": &m.Street, "postalCode": &m.PostalCode, "city": &m.City,
		"country": &m.Country, "email": &m.Email, "phoneMobile": &m.PhoneMobile, "phonePrivate": &m.PhonePrivate,
		"deceasedOn": &m.DeceasedOn, "memberNumber": &m.MemberNumber,
	}[name]
}

// affiliationOf returns a member's affiliation with our club.
func (w *World) affiliationOf(id string) (stvtest.Affiliation, bool) {
	for _, a := range w.FederationSystem.Affiliations() {
		if a.MemberID == id && a.ClubNumber == ClubNumber {
			return a, true
		}
	}
	return stvtest.Affiliation{}, false
}

func (w *World) typeFunction(member, code, value string) error {
	today := string(w.Today())
	if value == "" {
		for _, f := range w.FederationSystem.Functions() {
			if f.MemberID == member && f.FunctionCode == code && f.EndDate == "" {
				return w.FederationSystem.EditFunction(f.ID, func(f *stvtest.Function) { f.EndDate = today })
			}
		}
		return fmt.Errorf("the federation has no function %s of members/%s", code, member)
	}
	for _, c := range choices() {
		if c.code == code {
			w.FederationSystem.AddFunction(stvtest.Function{
				MemberID: member, ClubNumber: ClubNumber, FunctionCode: code, Organ: c.organ, StartDate: today,
			})
			return nil
		}
	}
	return fmt.Errorf("there is no function %s", code)
}

func (w *World) typeSubscription(member, publication, delivered string) error {
	for _, s := range w.FederationSystem.Subscriptions() {
		if s.MemberID != member || s.Publication != publication {
			continue
		}
		if delivered == "" {
			return w.FederationSystem.RemoveSubscription(s.ID)
		}
		return w.FederationSystem.EditSubscription(s.ID, func(s *stvtest.Subscription) { s.Delivery, s.EndDate = delivered, "" })
	}
	if delivered == "" {
		return nil // there was none
	}
	w.FederationSystem.AddSubscription(stvtest.Subscription{
		MemberID: member, Publication: publication, Language: "de", Delivery: delivered, StartDate: string(w.Today()),
	})
	return nil
}

// Invent adds a person to the population whom no system knows yet, and returns the number.
func (w *World) Invent(p population.Person) int {
	p.N = len(w.People.People) + 1
	w.People.People = append(w.People.People, p)
	return p.N
}

// Join has a side take somebody in as a member from today; at the club the person comes without a number. The error says
// that there is no such person.
func (w *World) Join(side Side, n int) error {
	if n < 1 || n > len(w.People.People) {
		return fmt.Errorf("there is no M%d among %d people", n, len(w.People.People))
	}
	p := w.M(n)
	p.Category = cmp.Or(p.Category, map[string]string{"M": "01", "F": "04"}[p.Gender])
	if side == Club {
		w.join(p)
		return nil
	}
	p.EntryDate, p.MemberNumber, p.Functions, p.Subscriptions = w.Today(), "", nil, nil
	w.members[n] = w.enrol(p, nil)
	return nil
}

// Remove has a side delete somebody without a trace.
func (w *World) Remove(side Side, n int) error {
	id := w.id(side, n)
	switch {
	case id == "":
		return fmt.Errorf("the %s does not hold M%d", side, n)
	case side == Club:
		delete(w.contacts, n) // the id may be given to somebody else
		w.ClubSystem.Remove(id)
		return nil
	}
	delete(w.members, n)
	return w.FederationSystem.RemoveMember(id)
}
