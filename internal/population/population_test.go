package population_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"

	"passerelle/internal/population"
)

const today = population.Date("2026-03-15")

func generate(seed uint64, members int) population.Population {
	return population.Generate(population.Config{Seed: seed, Members: members, Today: today})
}

func TestGenerateIsDeterminedByItsSeed(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(generate(7, 120), generate(7, 120)); diff != "" {
		t.Errorf("the same seed gave other people:\n%s", diff)
	}
	if cmp.Equal(generate(7, 120).People, generate(8, 120).People) {
		t.Error("two seeds gave the same people")
	}
}

func TestTheMarkIsInEveryText(t *testing.T) {
	t.Parallel()
	plain := generate(7, 120)
	marked := population.Generate(population.Config{Seed: 7, Members: 120, Today: today, Mark: "qzx"})
	for i, p := range marked.People {
		for name, text := range map[string]*string{
			"last name": &p.LastName, "first name": &p.FirstName, "company": &p.CompanyName,
			"street": &p.Street, "city": &p.City, "e-mail": &p.Email,
		} {
			if *text != "" && !strings.Contains(*text, "qzx") {
				t.Errorf("M%d: the %s has no mark", p.N, name)
			}
			*text = strings.ReplaceAll(*text, "qzx", "")
		}
		if diff := cmp.Diff(plain.People[i], p); diff != "" {
			t.Errorf("M%d is another person without the mark:\n%s", p.N, diff)
		}
	}
}

func TestAMemberStaysTheSameInALargerClub(t *testing.T) {
	t.Parallel()
	small, large := generate(3, 50), generate(3, 400)
	if diff := cmp.Diff(small.People[:50], large.People[:50]); diff != "" {
		t.Errorf("the first fifty members depend on the size of the club:\n%s", diff)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for _, members := range []int{1, 33, 34, 60, 300, 2000} {
		t.Run(fmt.Sprintf("%d members", members), func(t *testing.T) {
			t.Parallel()
			p := generate(1, members)
			if got := len(p.Of(population.Member)); got != members || p.Members != members {
				t.Errorf("got %d members, and says %d; want %d", got, p.Members, members)
			}
			if got, want := len(p.People)-members, max(members/10, 7); got != want {
				t.Errorf("got %d people beside them, want %d", got, want)
			}
			for _, s := range []population.Standing{population.Passive, population.Former, population.Friend, population.Company, population.Neighbour, population.Newcomer} {
				if len(p.Of(s)) == 0 {
					t.Errorf("nobody is %s", s)
				}
			}
			for i, person := range p.People {
				if person.N != i+1 || p.M(i+1).N != i+1 {
					t.Fatalf("the person at %d is numbered %d", i+1, person.N)
				}
				if (person.Standing == population.Member) != (i < members) {
					t.Errorf("M%d is a %s", person.N, person.Standing)
				}
			}
		})
	}
}

// TestEveryPersonIsAcceptable holds each person to what the federation demands (WIRE.md 1), stated anew here.
func TestEveryPersonIsAcceptable(t *testing.T) {
	t.Parallel()
	postal, six := regexp.MustCompile(`^[1-9]\d{3}$`), regexp.MustCompile(`^\d{6}$`)
	mail := regexp.MustCompile(`^[a-z0-9.]+@example\.(org|ch)$`)
	for seed := range uint64(5) {
		p := generate(seed, 400)
		numbers := map[string]int{}
		for _, m := range p.People {
			if m.Email != "" && !mail.MatchString(m.Email) {
				t.Errorf("seed %d M%d: an e-mail address that could exist", seed, m.N)
			}
			if !postal.MatchString(m.PostalCode) || m.Street == "" || m.City == "" || m.Country != "CH" {
				t.Errorf("seed %d M%d: address incomplete", seed, m.N)
			}
			if m.Standing == population.Company {
				if m.CompanyName == "" || m.LastName+m.FirstName+string(m.BirthDate)+m.MemberNumber+m.Category != "" {
					t.Errorf("seed %d M%d: a company has a person's fields, or no name", seed, m.N)
				}
				continue
			}
			for _, name := range []string{m.LastName, m.FirstName} {
				if name == "" || !norm.NFC.IsNormalString(name) {
					t.Errorf("seed %d M%d: name missing or not in NFC", seed, m.N)
				}
			}
			if age := m.BirthDate.Age(today); age < 5 || age > 90 {
				t.Errorf("seed %d M%d: is %d", seed, m.N, age)
			}
			if m.EntryDate > today || m.EntryDate != "" && m.EntryDate <= m.BirthDate {
				t.Errorf("seed %d M%d: joined before birth or tomorrow", seed, m.N)
			}
			if known := []population.Standing{population.Member, population.Former, population.Neighbour}; !slices.Contains(known, m.Standing) {
				if m.MemberNumber != "" {
					t.Errorf("seed %d M%d: a %s has a federation number", seed, m.N, m.Standing)
				}
				continue
			}
			if (m.Standing == population.Former) != (m.ExitDate != "") || m.ExitDate >= today {
				t.Errorf("seed %d M%d: a %s with an exit that does not fit", seed, m.N, m.Standing)
			}
			if other := numbers[m.MemberNumber]; other != 0 || !six.MatchString(m.MemberNumber) {
				t.Errorf("seed %d M%d: number not six digits or also that of M%d", seed, m.N, other)
			}
			numbers[m.MemberNumber] = m.N
			acceptableCategory(t, seed, m)
		}
	}
}

func acceptableCategory(t *testing.T, seed uint64, m population.Person) {
	t.Helper()
	years := today.Year() - m.BirthDate.Year()
	male := slices.Contains([]string{"01", "02", "03", "08", "12"}, m.Category)
	female := slices.Contains([]string{"04", "05", "06", "09", "13"}, m.Category)
	youth := m.Category == "12" || m.Category == "13"
	switch {
	case !male && !female && m.Category != "07":
		t.Errorf("seed %d M%d: category %s is out of scope", seed, m.N, m.Category)
	case male && m.Gender != "M", female && m.Gender != "F":
		t.Errorf("seed %d M%d: category %s against sex %s", seed, m.N, m.Category, m.Gender)
	case youth != (years <= 16):
		t.Errorf("seed %d M%d: category %s in the %dth year", seed, m.N, m.Category, years)
	}
	for _, f := range m.Functions {
		if f.StartDate < m.EntryDate || f.StartDate > today {
			t.Errorf("seed %d M%d: function held before entry or from a day ahead", seed, m.N)
		}
	}
	for _, s := range m.Subscriptions {
		if s.StartDate < m.EntryDate || s.StartDate > today {
			t.Errorf("seed %d M%d: subscription before entry or from a day ahead", seed, m.N)
		}
	}
}

func TestPhonesAreValidAndNobodysOwn(t *testing.T) {
	t.Parallel()
	for _, m := range generate(2, 300).People {
		for _, phone := range []string{m.PhoneMobile, m.PhonePrivate} {
			if phone == "" {
				continue
			}
			parsed, err := phonenumbers.Parse(phone, "CH")
			if err != nil || !phonenumbers.IsValidNumber(parsed) || phonenumbers.Format(parsed, phonenumbers.E164) != phone {
				t.Errorf("M%d: a phone that a phone library refuses or rewrites: %v", m.N, err)
			}
			if phone[5:8] != "000" {
				t.Errorf("M%d: a phone outside the block 000", m.N)
			}
		}
	}
}

// TestEveryTraitIsThere looks for what the population is for, in the smallest club that promises it.
func TestEveryTraitIsThere(t *testing.T) {
	t.Parallel()
	pairs := func(is func(a, b population.Person) bool) func([]population.Person) bool {
		return func(people []population.Person) bool {
			for i, a := range people {
				if slices.ContainsFunc(people[i+1:], func(b population.Person) bool { return is(a, b) }) {
					return true
				}
			}
			return false
		}
	}
	one := func(is func(population.Person) bool) func([]population.Person) bool {
		return func(people []population.Person) bool { return slices.ContainsFunc(people, is) }
	}
	age := func(m population.Person) int { return m.BirthDate.Age(today) }
	traits := map[string]func([]population.Person) bool{
		"twins": pairs(func(a, b population.Person) bool {
			return a.LastName == b.LastName && a.BirthDate == b.BirthDate && a.FirstName != b.FirstName && a.Household == b.Household
		}),
		"strangers of the same name": pairs(func(a, b population.Person) bool {
			return a.LastName == b.LastName && a.FirstName == b.FirstName && a.Household != b.Household
		}),
		"father and son of one name": pairs(func(a, b population.Person) bool {
			return a.LastName == b.LastName && a.FirstName == b.FirstName && a.Household == b.Household && age(a) > age(b)+20
		}),
		"a child on a parent's address": pairs(func(a, b population.Person) bool {
			return a.Email != "" && a.Email == b.Email && age(a) >= 16 && age(b) < 16 && a.Household == b.Household
		}),
		"a couple on one address": pairs(func(a, b population.Person) bool {
			return a.Email != "" && a.Email == b.Email && age(a) >= 16 && age(b) >= 16
		}),
		"two last names in a household": pairs(func(a, b population.Person) bool {
			return a.Household == b.Household && a.LastName != b.LastName && strings.Contains(b.LastName, "-")
		}),
		"siblings on both sides of the age limit": pairs(func(a, b population.Person) bool {
			return a.Household == b.Household && a.BirthDate.Year() == 2010 && b.BirthDate.Year() == 2009
		}),
		"a child whose parent is no member": one(func(m population.Person) bool { return m.Form == "parent outside" && m.Email != "" }),
		"an umlaut":                         one(func(m population.Person) bool { return strings.ContainsAny(m.LastName, "äöü") }),
		"a decomposed spelling that matters": one(func(m population.Person) bool {
			return m.Decomposed && norm.NFD.String(m.LastName) != m.LastName
		}),
		"a sharp s":       one(func(m population.Person) bool { return strings.Contains(m.LastName, "ß") }),
		"an apostrophe":   one(func(m population.Person) bool { return strings.ContainsAny(m.LastName, "'’") }),
		"a leap day":      one(func(m population.Person) bool { return strings.HasSuffix(string(m.BirthDate), "-02-29") }),
		"a leading zero":  one(func(m population.Person) bool { return m.MemberNumber[0] == '0' }),
		"nothing to call": one(func(m population.Person) bool { return m.Email == "" && m.PhoneMobile == "" && m.PhonePrivate != "" }),
		"two clubs, home here": one(func(m population.Person) bool {
			return m.OtherClub != "" && m.HomeClub
		}),
		"two clubs, home elsewhere": one(func(m population.Person) bool { return m.OtherClub != "" && !m.HomeClub }),
		"a leader":                  one(func(m population.Person) bool { return holds(m, "LEI") }),
		"a president":               one(func(m population.Person) bool { return holds(m, "PRA") }),
		"a treasurer":               one(func(m population.Person) bool { return holds(m, "KAS") }),
		"a technical leader":        one(func(m population.Person) bool { return holds(m, "TEC") }),
		"French":                    one(func(m population.Person) bool { return m.Language == "fr" }),
		"Italian":                   one(func(m population.Person) bool { return m.Language == "it" }),
	}
	for name, there := range traits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				if !there(generate(seed, population.Cycle).People[:population.Cycle]) {
					t.Errorf("seed %d: not in a cycle of households", seed)
				}
			}
		})
	}
}

func TestTheFormsRepeatAfterACycle(t *testing.T) {
	t.Parallel()
	people := generate(1, 2*population.Cycle).People
	for i := range population.Cycle {
		if a, b := people[i], people[i+population.Cycle]; a.Form != b.Form || a.Household == b.Household {
			t.Errorf("M%d is of %q, M%d of %q", a.N, a.Form, b.N, b.Form)
		}
	}
}

func holds(m population.Person, code string) bool {
	return slices.ContainsFunc(m.Functions, func(f population.Function) bool { return f.Code == code })
}

func TestTheClubHasOnePresident(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"PRA", "KAS", "TEC"} {
		n := 0
		for _, m := range generate(4, 500).People {
			if holds(m, code) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is held by %d people, want 1", code, n)
		}
	}
}

func TestNobodyIsInventedTwice(t *testing.T) {
	t.Parallel()
	type who struct{ last, first, born string }
	for seed := range uint64(3) {
		seen := map[who]int{}
		for _, m := range generate(seed, 2000).People {
			if m.Standing == population.Company {
				continue
			}
			key := who{population.Fold(m.LastName), population.Fold(m.FirstName), string(m.BirthDate)}
			if other := seen[key]; other != 0 {
				t.Errorf("seed %d: M%d and M%d are one person", seed, other, m.N)
			}
			seen[key] = m.N
		}
	}
}

func TestAnAddressIsSharedOnlyInAHousehold(t *testing.T) {
	t.Parallel()
	of := map[string]int{}
	for _, m := range generate(9, 1000).People {
		if household, taken := of[m.Email]; taken && m.Email != "" && household != m.Household {
			t.Errorf("M%d has an e-mail address of household %d", m.N, household)
		}
		of[m.Email] = m.Household
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		born, on population.Date
		want     int
	}{
		{"the day before the birthday", "2010-03-16", "2026-03-15", 15},
		{"on the birthday", "2010-03-15", "2026-03-15", 16},
		{"an earlier month with a later day", "2010-02-28", "2026-03-01", 16},
		{"a leap day in a common year waits for March", "2008-02-29", "2025-02-28", 16},
		{"and is a year older on the first", "2008-02-29", "2025-03-01", 17},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.born.Age(tt.on); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Böhlen": "bohlen", "BÖHLEN": "bohlen", norm.NFD.String("Böhlen"): "bohlen",
		"Weißhaupt": "weisshaupt", "D'Angelo": "dangelo", "L’Abate": "labate",
		"Meier-Hofstetter": "meierhofstetter", "von Rotz": "vonrotz", "Élodie": "elodie",
	} {
		if got := population.Fold(name); got != want {
			t.Errorf("Fold(%q) = %q, want %q", name, got, want)
		}
	}
}
