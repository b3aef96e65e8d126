package population

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
)

// household is one household while it is being invented.
type household struct {
	*generator
	form  form
	first bool // of the first cycle, where the offices are that a club has once
	rand  *rand.Rand

	shared Person   // language, address, private phone, last name: what everybody in it has
	email  string   // the first adult's, or a parent's who is not a member
	names  []string // first names already given
	before Person   // the person before
}

// settle draws what the people of the household share.
func (h *household) settle() {
	language := h.form.language
	if language == "" {
		language = h.pick("de", "de", "de", "de", "fr", "it")
	}
	at := pickOf(h.rand, towns(language))
	h.shared = Person{
		Household: h.household, Form: h.form.name, Language: language,
		LastName:   pickOf(h.rand, h.form.lastName(language)),
		Street:     pickOf(h.rand, streets(language)) + " " + strconv.Itoa(1+h.rand.IntN(120)) + h.pick("", "", "", "a"),
		PostalCode: at.code, City: at.city, Country: "CH",
		Nationality: h.pick("CH", "CH", "CH", "CH", "CH", "DE", "IT", "PT"),
	}
	if h.rand.IntN(3) == 0 || h.form.unreachable {
		h.shared.PhonePrivate = h.phone("31", "32", "41", "44", "52", "71")
	}
	if h.form.parentOutside {
		h.email = h.address(h.pick("familie", "eltern") + "." + Fold(h.shared.LastName))
	}
}

// person draws one person of the household.
func (h *household) person(r role) Person {
	p := h.shared
	p.N, p.Standing = len(h.all)+1, r.standing
	if p.Standing == "" {
		p.Standing = Member
	}
	if p.Standing == Company {
		return h.company(p)
	}
	p.Gender, p.Decomposed = r.gender, r.decomposed
	h.name(&p, r)
	h.reach(&p)
	h.membership(&p, r)
	h.before = p
	return p
}

// company turns what the household has into a sponsor.
func (h *household) company(p Person) Person {
	p.CompanyName = h.pick("Muster", "Beispiel", "Exempel") + " " + p.LastName + " " + h.pick("AG", "GmbH", "& Söhne")
	p.LastName, p.PhonePrivate, p.Nationality = "", "", ""
	p.Email = h.address("info." + Fold(p.CompanyName))
	return p
}

// name draws names and a birth date that nobody else has together.
func (h *household) name(p *Person, r role) {
	if r.ownName {
		p.LastName = pickOf(h.rand, plain("de")) + "-" + p.LastName
	}
	for {
		p.FirstName = h.firstName(p, r)
		if other, ok := h.namesake(r.namesakeOf); ok {
			p.FirstName, p.LastName, p.Language = other.FirstName, other.LastName, other.Language
		}
		p.BirthDate = h.birthDate(r)
		who := identity{Fold(p.FirstName), Fold(p.LastName), p.BirthDate}
		if !h.people[who] {
			h.people[who] = true
			return
		}
	}
}

func (h *household) firstName(p *Person, r role) string {
	if r.junior {
		return h.before.FirstName
	}
	names := slices.DeleteFunc(firstNames(p.Gender, p.Language), func(n string) bool { return slices.Contains(h.names, n) })
	name := pickOf(h.rand, names)
	h.names = append(h.names, name)
	return name
}

func (h *household) birthDate(r role) Date {
	if r.twin {
		return h.before.BirthDate
	}
	year := h.year - r.from - h.rand.IntN(r.to-r.from+1)
	if r.leapDay {
		return Date(fmt.Sprintf("%04d-02-29", year-year%4)) // 1901 to 2099 have a leap year every four
	}
	return Date(fmt.Sprintf("%04d-%02d-%02d", year, 1+h.rand.IntN(12), 1+h.rand.IntN(28)))
}

// reach gives the person an e-mail address and phones: a child the household's, an adult their own.
func (h *household) reach(p *Person) {
	child := p.BirthDate.Age(h.config.Today) < 16
	if h.form.unreachable {
		return
	}
	switch {
	case h.email != "" && (child || h.form.coupleEmail):
		p.Email = h.email
	case !child:
		p.Email = h.address(Fold(p.FirstName) + "." + Fold(p.LastName))
		if h.email == "" {
			h.email = p.Email
		}
	}
	if !child || h.rand.IntN(3) == 0 {
		p.PhoneMobile = h.phone("75", "76", "77", "78", "79")
	}
}

// address returns an e-mail address that nobody has yet.
func (h *household) address(local string) string {
	domain := h.pick("@example.org", "@example.ch")
	address := local + domain
	for i := 2; h.emails[address]; i++ {
		address = local + strconv.Itoa(i) + domain
	}
	h.emails[address] = true
	return address
}

// membership gives the person a number, a category, dates, functions and subscriptions.
func (h *household) membership(p *Person, r role) {
	if p.Standing == Friend {
		return // Somebody without a membership has none of this.
	}
	p.Category = r.category
	if p.Category == "" {
		p.Category = category(p.Gender, h.year-p.BirthDate.Year())
	}
	born, years := p.BirthDate, p.BirthDate.Age(h.config.Today)
	p.EntryDate = born.Add(min(5, years)+h.rand.IntN(max(1, years-6)), h.rand.IntN(12), 0)
	switch p.Standing {
	case Passive:
		return
	case Newcomer:
		p.EntryDate = h.config.Today
		return
	case Former:
		p.ExitDate = p.EntryDate.Add(1, 0, 0)
	case Neighbour:
		p.OtherClub = NeighbourClub
	case Member:
		p.HomeClub = r.club != "home elsewhere"
		if r.club != "" {
			p.OtherClub = NeighbourClub
		}
		h.offices(p, r)
	case Friend, Company:
	}
	p.MemberNumber = h.number(p.N)
}

// offices gives the person functions, and subscriptions to those who are old enough to read.
func (h *household) offices(p *Person, r role) {
	since := func() Date { return p.EntryDate.Add(0, 1+h.rand.IntN(6), 0) }
	if r.function != "" {
		p.Functions = append(p.Functions, Function{Code: r.function, StartDate: since()})
	}
	if r.office != "" && h.first {
		f := Function{Code: r.office, StartDate: since()}
		if r.office == "PRA" {
			f.Organ = "VST"
		}
		p.Functions = append(p.Functions, f)
	}
	if len(p.Functions) > 0 {
		p.Subscriptions = append(p.Subscriptions, Subscription{Publication: "STVAKTUELL", Delivery: h.pick("print", "digital"), StartDate: since()})
	}
	if p.BirthDate.Age(h.config.Today) >= 16 && h.rand.IntN(3) == 0 {
		p.Subscriptions = append(p.Subscriptions, Subscription{Publication: "GYMLIVE", Delivery: h.pick("print", "digital"), StartDate: since()})
	}
}

// category returns the federation's category for a training member who turns so many years old this year (WIRE.md 1).
func category(gender string, years int) string {
	male := gender == "M"
	choose := func(m, f string) string {
		if male {
			return m
		}
		return f
	}
	switch {
	case years <= 16:
		return choose("12", "13")
	case years < 35:
		return choose("01", "04")
	case years < 60:
		return choose("02", "05")
	default:
		return choose("03", "06")
	}
}

// phone returns a number that the numbering plan allows and nobody has: its block is 000.
func (h *household) phone(areas ...string) string {
	return fmt.Sprintf("+41%s000%04d", h.pick(areas...), h.rand.IntN(10000))
}

func (h *household) pick(from ...string) string { return pickOf(h.rand, from) }

func pickOf[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
