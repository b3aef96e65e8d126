package simulation

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// Life is what somebody is to the club in one of the systems.
type Life string

// The lives that a store can show.
const (
	Present Life = "present" // a member in scope
	Ended   Life = "ended"   // has left: archived, or an exit date that has come
	Outside Life = "outside" // there, and not in scope: no federation category, another club's, not accepted yet
)

// Sighting is one person in one system, in spellings that can be compared: dates YYYY-MM-DD, phones +41…, e-mail in lower
// case, names in NFC. Ref is contact/ID or members/ID.
type Sighting struct {
	Side Side
	Ref  string
	// N is the person, 0 where nobody of the population is meant.
	N    int
	Life Life
	// Fields are what both systems have places for, by names such as member.street, affiliation.exitDate, function.LEI
	// (whose value is "held") and subscription.GYMLIVE (whose value is the delivery). What is empty is not in it.
	Fields map[string]string
	// Own are some of those for which this system alone has a place: a write of the other's must leave them as they are.
	Own map[string]string

	born        population.Date
	first, last string
}

// atClub reads one contact; ok is false for a company.
func (w *World) atClub(c fairgatetest.Contact) (s Sighting, ok bool) {
	if c.Basefields.ContactType == "company" {
		return Sighting{}, false
	}
	federationShape := w.federationShape()
	category, exit := categoryAtClub(c, federationShape), custom(c, exitPlace)
	email := cmp.Or(c.Communication.PrimaryEmail, c.Communication.EmailParent1)
	entry := c.Membership.FirstJoiningDate
	if federationShape {
		entry = c.FederationData.FederationFirstJoiningDate
	}
	s = Sighting{Side: Club, Ref: "contact/" + c.Basefields.ContactID, Life: Present, Fields: map[string]string{
		"member.memberNumber": numberAtClub(c, federationShape),
		"member.lastName":     c.Basefields.LastName,
		"member.firstName":    c.Basefields.FirstName,
		"member.birthDate":    c.Basefields.Birthday,
		"member.gender":       map[string]string{"male": "M", "female": "F"}[c.Basefields.Gender],
		"member.language":     cmp.Or(c.Basefields.CorrespondenceLanguage, c.Communication.CorrespondenceLanguage),
		"member.street":       c.CorrAddress.Street,
		"member.postalCode":   c.CorrAddress.PostaleCode,
		"member.city":         c.CorrAddress.City,
		"member.country":      cmp.Or(map[string]string{"Schweiz": "CH"}[c.CorrAddress.Country], c.CorrAddress.Country),
		"member.email":        email, "member.phoneMobile": c.Communication.Mobile,
		"affiliation.category": category, "affiliation.entryDate": entry, "affiliation.exitDate": exit,
	}}
	s.Own = map[string]string{"member.handy2": c.Communication.Handy2, "member.website": c.Communication.Website}
	for _, code := range functionsAtClub(c, federationShape) {
		s.Fields["function."+code] = "held"
	}
	for _, p := range publications() {
		s.Fields["subscription."+p.publication] = subscriptionAtClub(c, p)
	}
	switch {
	case category == "" || category == "10" || category == "11" || category == "14" || category == "15":
		s.Life = Outside
	case c.Status == "archived" || exit != "" && population.Date(exit) <= w.Today():
		s.Life = Ended
	}
	return s.settled(), true
}

// federationRows are the federation's rows about one member.
type federationRows struct {
	affiliation   stvtest.Affiliation // with our club, the zero value for none
	functions     []stvtest.Function
	subscriptions []stvtest.Subscription
}

// atFederation reads one member with what refers to it.
func (w *World) atFederation(m stvtest.Member, rows federationRows) Sighting {
	s := Sighting{Side: Federation, Ref: "members/" + m.ID, Life: Outside, Fields: map[string]string{
		"member.memberNumber": m.MemberNumber,
		"member.lastName":     m.LastName, "member.firstName": m.FirstName, "member.birthDate": m.BirthDate,
		"member.gender": m.Gender, "member.language": m.Language,
		"member.street": m.Street, "member.postalCode": m.PostalCode, "member.city": m.City, "member.country": m.Country,
		"member.email": m.Email, "member.phoneMobile": m.PhoneMobile,
		"affiliation.category": rows.affiliation.Category, "affiliation.entryDate": rows.affiliation.EntryDate,
		"affiliation.exitDate": rows.affiliation.ExitDate,
	}}
	s.Own = map[string]string{"member.nationality": m.Nationality, "member.phonePrivate": comparablePhone(m.PhonePrivate)}
	today := string(w.Today())
	for _, f := range rows.functions {
		if f.ClubNumber == ClubNumber && (f.EndDate == "" || f.EndDate > today) {
			s.Fields["function."+f.FunctionCode] = "held"
		}
	}
	for _, sub := range rows.subscriptions {
		if sub.EndDate == "" || sub.EndDate > today {
			s.Fields["subscription."+sub.Publication] = sub.Delivery
		}
	}
	switch rows.affiliation.Status {
	case stvtest.Active:
		s.Life = Present
	case stvtest.Left:
		s.Life = Ended
	}
	return s.settled()
}

// settled brings the fields into comparable spellings and drops the empty ones.
func (s Sighting) settled() Sighting {
	s.Fields["member.phoneMobile"] = comparablePhone(s.Fields["member.phoneMobile"])
	s.Fields["member.email"] = strings.ToLower(s.Fields["member.email"])
	for field, value := range s.Fields {
		s.Fields[field] = norm.NFC.String(value)
	}
	maps.DeleteFunc(s.Fields, func(_, value string) bool { return value == "" })
	s.born = population.Date(s.Fields["member.birthDate"])
	s.first, s.last = population.Fold(s.Fields["member.firstName"]), population.Fold(s.Fields["member.lastName"])
	return s
}

// comparablePhone returns a Swiss number in E.164 form; a text that is none stays as it is.
func comparablePhone(typed string) string {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" /-.", r) {
			return -1
		}
		return r
	}, typed)
	for _, prefix := range []string{"+41", "0041", "0"} {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && len(rest) == 9 && strings.Trim(rest, "0123456789") == "" {
			return "+41" + rest
		}
	}
	return typed
}

// sightings reads both stores: first the club's contacts in the order of their ids, then the federation's members in the
// order of their numbers.
func (w *World) sightings() []Sighting {
	var all []Sighting
	for _, c := range w.ClubSystem.Contacts() {
		if s, ok := w.atClub(c); ok {
			all = append(all, s)
		}
	}
	rows := make(map[string]*federationRows)
	of := func(memberID string) *federationRows {
		if rows[memberID] == nil {
			rows[memberID] = &federationRows{}
		}
		return rows[memberID]
	}
	for _, a := range w.FederationSystem.Affiliations() {
		if a.ClubNumber == ClubNumber {
			of(a.MemberID).affiliation = a
		}
	}
	for _, f := range w.FederationSystem.Functions() {
		of(f.MemberID).functions = append(of(f.MemberID).functions, f)
	}
	for _, s := range w.FederationSystem.Subscriptions() {
		of(s.MemberID).subscriptions = append(of(s.MemberID).subscriptions, s)
	}
	for _, m := range w.FederationSystem.Members() {
		all = append(all, w.atFederation(m, *of(m.ID)))
	}
	return all
}

// Difference is a field in which the two sides do not hold the same about one person.
type Difference struct {
	N                int
	Club, Federation string // refs
	Field            string
}

// Differences compares, field by field, everybody whom each side holds once, and returns where they differ, in the order of
// the people and the fields. Of somebody who has left on either side only the end is compared, because nothing else is
// carried any more; of somebody who is out of scope on either side, nothing is.
func (w *World) Differences() []Difference {
	var out []Difference
	for _, seen := range w.Everybody() {
		if len(seen.Club) != 1 || len(seen.Federation) != 1 {
			continue
		}
		c, f := seen.Club[0], seen.Federation[0]
		if c.Life == Outside || f.Life == Outside {
			continue
		}
		fields := slices.Sorted(maps.Keys(c.Fields))
		fields = slices.AppendSeq(fields, maps.Keys(f.Fields))
		if c.Life == Ended || f.Life == Ended {
			fields = []string{"affiliation.exitDate"}
		}
		slices.Sort(fields)
		for _, field := range slices.Compact(fields) {
			if c.Fields[field] != f.Fields[field] {
				out = append(out, Difference{N: seen.N, Club: c.Ref, Federation: f.Ref, Field: field})
			}
		}
	}
	return out
}
