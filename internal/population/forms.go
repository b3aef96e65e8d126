package population

// Cycle is the number of members after which the forms of households repeat: a population of so many members has every form.
const Cycle = 34

// form is a kind of household.
type form struct {
	// name says what is awkward about it.
	name     string
	language string // "" draws one
	// lastName draws the household's last name.
	lastName func(language string) []string
	roles    []role
	// coupleEmail: all adults share one address, so that a system where it is a key has it once.
	coupleEmail bool
	// unreachable: neither e-mail nor mobile phone.
	unreachable bool
	// parentOutside: the children's address is that of a parent who is not a member.
	parentOutside bool
}

// role is a person's part in a household.
type role struct {
	standing Standing // "" is Member
	gender   string
	// from and to bound the difference between this year and the year of birth, which is the federation's measure of age.
	from, to int
	category string // "" follows from gender and year
	// twin: born on the day of the person before. junior: has the first name of the person before.
	twin, junior bool
	// namesakeOf: has the name of the person in that form.
	namesakeOf string
	// ownName: another last name than the household.
	ownName    bool
	leapDay    bool
	decomposed bool
	// club says something about another club: "home here" or "home elsewhere".
	club string
	// function: held by this role in every cycle. office: held once in the club, in the first cycle.
	function, office string
}

// forms lists the households of members, in the order in which they come.
func forms() []form {
	return []form{
		{name: "family", language: "de", lastName: plain, roles: []role{
			{gender: "F", from: 38, to: 50, office: "PRA"},
			{gender: "M", from: 38, to: 52},
			{gender: "M", from: 12, to: 15},
			{gender: "F", from: 7, to: 11},
		}},
		{name: "leader", lastName: plain, roles: []role{{gender: "M", from: 20, to: 34, function: "LEI"}}},
		{name: "twins", language: "de", lastName: umlaut, roles: []role{
			{gender: "F", from: 36, to: 48},
			{gender: "F", from: 9, to: 14},
			{gender: "M", twin: true},
		}},
		{name: "one address for two", language: "de", lastName: plain, coupleEmail: true, roles: []role{
			{gender: "M", from: 64, to: 80},
			{gender: "F", from: 60, to: 78},
		}},
		{name: "two clubs, home here", lastName: plain, roles: []role{{gender: "F", from: 20, to: 34, club: "home here"}}},
		{name: "age limit", lastName: plain, roles: []role{
			{gender: "F", from: 40, to: 50},
			{gender: "M", from: 16, to: 16},
			{gender: "F", from: 17, to: 17},
			{gender: "F", from: 16, to: 16},
		}},
		{name: "father and son of one name", lastName: umlaut, roles: []role{
			{gender: "M", from: 42, to: 55},
			{gender: "M", from: 9, to: 14, junior: true},
		}},
		{name: "stranger of the same name", lastName: plain, roles: []role{{gender: "M", from: 40, to: 60, namesakeOf: "leader"}}},
		{name: "decomposed", language: "de", lastName: umlaut, roles: []role{
			{gender: "F", from: 22, to: 34, decomposed: true, office: "TEC"},
		}},
		{name: "two clubs, home elsewhere", lastName: plain, roles: []role{{gender: "M", from: 22, to: 34, club: "home elsewhere"}}},
		{name: "honorary", language: "de", lastName: plain, roles: []role{
			{gender: "M", from: 50, to: 70, category: "07", office: "KAS"},
		}},
		{name: "licence elsewhere", lastName: plain, roles: []role{{gender: "F", from: 18, to: 30, category: "09"}}},
		{name: "two last names", language: "de", lastName: plain, roles: []role{
			{gender: "M", from: 36, to: 46},
			{gender: "F", from: 36, to: 46, ownName: true},
			{gender: "F", from: 8, to: 14},
		}},
		{name: "leap day", lastName: plain, roles: []role{{gender: "F", from: 44, to: 60, leapDay: true, function: "LEI"}}},
		{name: "French", language: "fr", lastName: french, roles: []role{
			{gender: "F", from: 35, to: 45},
			{gender: "M", from: 8, to: 14},
		}},
		{name: "apostrophe", language: "it", lastName: apostrophe, roles: []role{{gender: "M", from: 24, to: 34}}},
		{name: "sharp s", language: "de", lastName: sharp, roles: []role{{gender: "F", from: 36, to: 58}}},
		{name: "unreachable", language: "de", lastName: plain, unreachable: true, roles: []role{{gender: "F", from: 66, to: 84}}},
		{name: "parent outside", lastName: plain, parentOutside: true, roles: []role{
			{gender: "F", from: 7, to: 13},
			{gender: "M", from: 7, to: 13},
		}},
		{name: "particle", lastName: particle, roles: []role{{gender: "F", from: 20, to: 33}}},
	}
}

// outsiders lists the households of people who are not in this club's scope: never, no longer, or not yet.
func outsiders() []form {
	return []form{
		{name: "passive", lastName: plain, roles: []role{
			{standing: Passive, gender: "M", from: 30, to: 75, category: "10"},
			{standing: Passive, gender: "F", from: 55, to: 85, category: "11"},
		}},
		{name: "friend", lastName: plain, roles: []role{{standing: Friend, gender: "F", from: 25, to: 65}}},
		{name: "company", lastName: plain, roles: []role{{standing: Company}}},
		{name: "former", lastName: plain, roles: []role{{standing: Former, gender: "M", from: 25, to: 60}}},
		{name: "neighbour", language: "de", lastName: plain, roles: []role{{standing: Neighbour, gender: "M", from: 20, to: 33}}},
		{name: "newcomer", language: "de", lastName: umlaut, roles: []role{{standing: Newcomer, gender: "F", from: 20, to: 33}}},
	}
}

// size returns how many people the forms have once.
func size(forms []form) int {
	n := 0
	for _, f := range forms {
		n += len(f.roles)
	}
	return n
}
