package simulation

import (
	"fmt"
	"strconv"

	"golang.org/x/text/unicode/norm"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// firstContact is where the ids of contacts start: M17 is contact 1017.
const firstContact = 1000

// seed puts a person into the systems that know the person.
func (w *World) seed(p *population.Person) {
	apart := w.about(p.N)
	if of(Unnumbered, apart) {
		p.MemberNumber = ""
	}
	atClub := p.Standing != population.Newcomer && p.Standing != population.Neighbour
	if atClub && !of(Unlisted, apart) {
		c := w.contact(*p)
		c.Basefields.ContactID = strconv.Itoa(firstContact + p.N)
		dropAtClub(&c, apart)
		w.driftAtClub(&c, p, apart)
		w.contacts[p.N] = w.ClubSystem.Add(c)
	}
	if p.MemberNumber != "" {
		w.members[p.N] = w.enrol(*p, apart)
	}
}

// contact returns a person or a company as the club's secretary has typed it.
func (w *World) contact(p population.Person) fairgatetest.Contact {
	c := fairgatetest.Contact{Status: "active", CustomFields: map[string]any{}}
	c.Basefields.ContactType, c.Basefields.Salutation = "singleperson", "informal"
	if p.Standing == population.Company {
		c.Basefields.ContactType, c.Basefields.CompanyName = "company", p.CompanyName
	}
	c.Basefields.FirstName, c.Basefields.LastName = p.FirstName, p.LastName
	if p.Decomposed {
		c.Basefields.FirstName, c.Basefields.LastName = norm.NFD.String(p.FirstName), norm.NFD.String(p.LastName)
	}
	c.Basefields.CorrespondenceLanguage = p.Language
	c.Basefields.Gender = map[string]string{"M": "male", "F": "female"}[p.Gender]
	c.Basefields.Birthday = string(p.BirthDate)
	c.CorrAddress = fairgatetest.Address{Street: p.Street, PostaleCode: p.PostalCode, City: p.City, Country: p.Country}
	if p.N%5 == 0 && p.Country == "CH" {
		c.CorrAddress.Country = "Schweiz"
	}
	c.Communication.Mobile = typedPhone(p.PhoneMobile, p.N)
	switch w.emailPlace(p) {
	case primaryPlace:
		c.Communication.PrimaryEmail = p.Email
	case parentPlace:
		c.Communication.EmailParent1 = p.Email
	case noPlace:
	}
	// What nobody maps must survive every write.
	c.CustomFields[shirtPlace] = []string{"S", "M", "L"}[p.N%3]
	if p.Category == "" {
		return c
	}
	c.Communication.Handy2, c.Communication.Website = "intern "+strconv.Itoa(p.N), "https://www.example.org/"+strconv.Itoa(p.N)
	w.contactMembership(&c, p)
	return c
}

// contactMembership fills in what a member has and a friend has not.
func (w *World) contactMembership(c *fairgatetest.Contact, p population.Person) {
	if p.ExitDate != "" {
		c.Status = "archived"
		c.CustomFields[exitPlace] = string(p.ExitDate)
	}
	setCategory(c, w.federationShape(), p.Category)
	c.Membership.FirstJoiningDate = string(p.EntryDate)
	number := p.MemberNumber
	if p.N%4 == 0 && number != "" && number[0] == '0' {
		number = number[1:] // Somebody typed it into a spreadsheet first.
	}
	if w.federationShape() {
		c.FederationData.FederationContactID = number
		c.FederationData.FederationFirstJoiningDate = string(p.EntryDate)
	} else if number != "" {
		c.CustomFields[numberPlace] = number
	}
	var codes []string
	for _, f := range p.Functions {
		codes = append(codes, f.Code)
	}
	setFunctions(c, w.federationShape(), codes)
	if len(codes) > 0 {
		addPrivateChoice(c)
	}
	for _, s := range p.Subscriptions {
		setSubscription(c, s.Publication, s.Delivery)
	}
}

// enrol takes a person into the federation and returns the member's id.
func (w *World) enrol(p population.Person, apart []Apart) string {
	m := stvtest.Member{
		MemberNumber: p.MemberNumber, LastName: p.LastName, FirstName: p.FirstName, BirthDate: string(p.BirthDate),
		Gender: p.Gender, Nationality: p.Nationality, Language: p.Language,
		Street: p.Street, PostalCode: p.PostalCode, City: p.City, Country: p.Country,
		Email: p.Email, PhonePrivate: spacedPhone(p.PhonePrivate), PhoneMobile: spacedPhone(p.PhoneMobile),
		HomeClubNumber: ClubNumber,
	}
	if w.emailPlace(p) == noPlace && !of(SharedEmail, apart) {
		m.Email = ""
	}
	if !p.HomeClub && p.OtherClub != "" {
		m.HomeClubNumber = p.OtherClub
	}
	ageAtFederation(&m, apart)
	var at []stvtest.Affiliation
	if p.Standing != population.Neighbour {
		at = append(at, stvtest.Affiliation{
			ClubNumber: ClubNumber, Category: p.Category, Primary: m.HomeClubNumber == ClubNumber,
			EntryDate: string(p.EntryDate), ExitDate: string(p.ExitDate),
		})
	}
	if p.OtherClub != "" {
		at = append(at, stvtest.Affiliation{
			ClubNumber: p.OtherClub, Category: p.Category, Primary: m.HomeClubNumber == p.OtherClub, EntryDate: string(p.EntryDate),
		})
	}
	id := w.FederationSystem.AddMember(m, at...).ID
	for _, f := range p.Functions {
		w.FederationSystem.AddFunction(stvtest.Function{
			MemberID: id, ClubNumber: ClubNumber, FunctionCode: f.Code, Organ: f.Organ, StartDate: string(f.StartDate),
		})
	}
	for _, s := range p.Subscriptions {
		w.FederationSystem.AddSubscription(stvtest.Subscription{
			MemberID: id, Publication: s.Publication, Language: p.Language, Delivery: s.Delivery, StartDate: string(s.StartDate),
		})
	}
	return id
}

// emailPlaceKind is where the club has a person's e-mail address.
type emailPlaceKind int

const (
	noPlace emailPlaceKind = iota
	primaryPlace
	parentPlace
)

// emailPlace says where the club can keep the address: a child's with its parent, anybody else's as the primary one, which
// may not repeat, so that whoever came first has it.
func (w *World) emailPlace(p population.Person) emailPlaceKind {
	switch {
	case p.Email == "":
		return noPlace
	case p.BirthDate != "" && p.BirthDate.Age(w.Today()) < 16:
		return parentPlace
	}
	for _, other := range w.People.People[:p.N-1] {
		if other.Email == p.Email && other.Household == p.Household && other.BirthDate.Age(w.Today()) >= 16 {
			return noPlace
		}
	}
	return primaryPlace
}

// typedPhone spells a phone as one of several people would type it.
func typedPhone(e164 string, n int) string {
	if e164 == "" {
		return ""
	}
	area, local := e164[3:5], e164[5:]
	switch n % 4 {
	case 0:
		return e164
	case 1:
		return "0" + area + " " + local[:3] + " " + local[3:5] + " " + local[5:]
	case 2:
		return "0041 " + area + " " + local[:3] + local[3:]
	default:
		return "0" + area + "/" + local[:3] + " " + local[3:5] + " " + local[5:]
	}
}

// spacedPhone spells a phone as the federation does.
func spacedPhone(e164 string) string {
	if e164 == "" {
		return ""
	}
	return e164[:3] + " " + e164[3:5] + " " + e164[5:8] + " " + e164[8:10] + " " + e164[10:]
}

// replacementPhone returns the i-th other mobile number of person n, in E.164 form.
func replacementPhone(n, i int) string { return fmt.Sprintf("+4178001%d%03d", i, n%1000) }
