package match_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"passerelle/internal/population"
	"passerelle/internal/record"
)

// What may have happened to somebody between the two lists. Of one person one thing, and two where it says so.
const (
	nothing      = "nothing"
	umlautLost   = "an umlaut or accent"
	lastTyped    = "a typing error in the last name"
	firstTyped   = "a typing error in the first name"
	married      = "another last name, after a marriage"
	doubled      = "a double name, after a marriage"
	called       = "a nickname"
	secondName   = "a second first name"
	dayMonth     = "day and month exchanged"
	partOff      = "one part of the birth date"
	bornUnknown  = "no birth date at the club"
	moved        = "address, phones and e-mail"
	numberLost   = "no number at the club"
	numberMixed  = "numbers exchanged in a household"
	numberOther  = "the number of somebody of that first name"
	marriedNick  = "marriage and nickname"
	typedPartOff = "a typing error and the birth date"
)

// kinds lists them in the order in which they are reported.
func kinds() []string {
	return []string{
		nothing, umlautLost, lastTyped, firstTyped, married, doubled, called, secondName, dayMonth, partOff, bornUnknown, moved,
		numberLost, numberMixed, numberOther, marriedNick, typedPartOff,
	}
}

// A corpus is an invented club and federation of which it is known who is who: by construction, not by comparing.
type corpus struct {
	club, federation []*record.Record
	truth            map[string]string // the federation's document by the club's; who stands twice there has two
	happened         map[string]string // by the club's document
	again            map[string]string // of whom the club has twice: the first document by the second
}

// A scribe writes people down, one household at a time, with what happens to lists in twenty years.
type scribe struct {
	*corpus
	rand    *rand.Rand
	numbers bool // the club has the federation's numbers
}

// newCorpus invents the lists of so many people: half of them as they are on the other side, a tenth on one side only, each.
func newCorpus(seed uint64, members int, numbers bool) *corpus {
	s := &scribe{
		corpus:  &corpus{truth: map[string]string{}, happened: map[string]string{}, again: map[string]string{}},
		rand:    rand.New(rand.NewPCG(seed, 1)),
		numbers: numbers,
	}
	for village := 0; village*5000 < members; village++ {
		s.village(village, population.Generate(population.Config{
			Seed: seed + uint64(village)<<32, Members: min(5000, members-village*5000), Today: "2026-03-15",
		}))
	}
	s.mixUp()
	s.rand.Shuffle(len(s.club), func(i, j int) { s.club[i], s.club[j] = s.club[j], s.club[i] })
	s.rand.Shuffle(len(s.federation), func(i, j int) { s.federation[i], s.federation[j] = s.federation[j], s.federation[i] })
	return s.corpus
}

// village writes down the members of a population, of whom several make up a large corpus.
func (s *scribe) village(n int, all population.Population) {
	people := all.People[:all.Members]
	for i := range people {
		people[i].N += n * 5000
		people[i].MemberNumber = fmt.Sprintf("%06d", people[i].N*7919%999983)
	}
	for len(people) > 0 {
		n := 1
		for n < len(people) && people[n].Household == people[0].Household {
			n++
		}
		s.household(people[:n])
		people = people[n:]
	}
}

// household writes down a household.
func (s *scribe) household(people []population.Person) {
	s.rename(people)
	var both, newcomers, others []*record.Record // of whom both sides have, the club alone, and the federation alone
	for i := range people {
		club, federation := written(&people[i], "contact"), written(&people[i], "members")
		switch s.rand.IntN(10) {
		case 0:
			club.Fields["memberNumber"] = record.Empty()
			s.club, newcomers = append(s.club, club), append(newcomers, club)
		case 1:
			s.federation, others = append(s.federation, federation), append(others, federation)
		default:
			s.club, s.federation = append(s.club, club), append(s.federation, federation)
			s.truth[club.Ref.Document] = federation.Ref.Document
			both = append(both, club)
		}
	}
	s.happen(both)
	if s.numbers && len(newcomers) > 0 && len(others) > 0 {
		newcomers[0].Fields["memberNumber"] = others[0].Fields["memberNumber"] // the number of a brother who has left, say
	}
	for _, m := range both {
		if s.rand.IntN(100) == 0 {
			s.twice(m)
		}
	}
}

// rename gives most households a name of their own: the population has few, and a federation many of which some are frequent.
func (s *scribe) rename(people []population.Person) {
	name := s.lastName()
	for _, p := range people {
		if p.LastName != people[0].LastName || strings.ContainsAny(p.LastName, "-'’ ") || strings.Contains(p.Form, "name") || p.Form == "leader" {
			return
		}
	}
	if s.rand.IntN(10) > 0 {
		for i := range people {
			people[i].LastName = name
		}
	}
}

// lastName draws one of 3,600 last names, the first of them as often as a frequent name is.
func (s *scribe) lastName() string {
	begin := strings.Fields("Acker Aesch Amrein Bach Berg Bieder Birch Blatt Boden Brand Breit Brunn Buch Burg Dorf Eggen Eich Erlen Feld Fels Fisch Flüe Frisch Fuhr Gall Gass Geiss Glatt Grüt Haag Hager Halden Hasel Hegg Hirsch Hoch Holz Hutt Kalt Kess Kirch Kling Krumm Lang Leutert Lind Matt Moos Nieder Ober Ried Roth Sand Schön Stein Stock Tann Wald Weid Wyl")
	end := strings.Fields("acher ammann baum bauer beck berger brand bühl egger eisen er felder fluh furter gartner gger hafen halder hauser heer hof hofer holzer huber i imann inger iker ler li lin linger luz mann matter meier meister metz müller mooser moser ner rain reich reuter rieder ser sperger stadler steiner storz stutz tal wald wander weber wiler wyler zer zli")
	rank := s.rand.Float64()
	at := int(rank * rank * rank * float64(len(begin)*len(end)))
	return begin[at%len(begin)] + end[at/len(begin)]
}

// written is what both sides know of a person before anything happens.
func written(p *population.Person, at string) *record.Record {
	return member(fmt.Sprintf("%s/%06d", at, p.N*1009%999983),
		"lastName", p.LastName, "firstName", p.FirstName, "birthDate", string(p.BirthDate), "gender", p.Gender,
		"street", p.Street, "postalCode", p.PostalCode, "city", p.City, "email", p.Email,
		"phoneMobile", p.PhoneMobile, "phonePrivate", p.PhonePrivate, "memberNumber", p.MemberNumber)
}

// happen lets things happen to what the club knows of a household: to half of its people, or numbers are exchanged.
func (s *scribe) happen(both []*record.Record) {
	for _, m := range both {
		kind := nothing
		if s.rand.IntN(2) == 0 {
			kind = kinds()[1+s.rand.IntN(len(kinds())-2)]
		}
		if s.rand.IntN(50) == 0 {
			kind = typedPartOff
		}
		if kind == numberMixed || kind == numberOther || !s.change(m, kind) {
			kind = nothing
		}
		s.happened[m.Ref.Document] = kind
	}
	if len(both) > 1 && s.rand.IntN(8) == 0 {
		a, b := both[0], both[1+s.rand.IntN(len(both)-1)]
		if s.happened[a.Ref.Document] == nothing && s.happened[b.Ref.Document] == nothing {
			a.Fields["memberNumber"], b.Fields["memberNumber"] = b.Fields["memberNumber"], a.Fields["memberNumber"]
			s.happened[a.Ref.Document], s.happened[b.Ref.Document] = numberMixed, numberMixed
		}
	}
	for _, m := range both {
		if !s.numbers {
			m.Fields["memberNumber"] = record.Empty()
		}
	}
}

// mixUp exchanges numbers between some of those to whom nothing else has happened, each time two of one first name.
func (s *scribe) mixUp() {
	of := map[string]*record.Record{}
	for _, m := range s.club {
		first := m.Value("firstName").Text()
		if s.happened[m.Ref.Document] != nothing || !s.numbers || s.rand.IntN(20) > 0 {
			continue
		}
		other := of[first]
		if of[first] = m; other == nil {
			continue
		}
		m.Fields["memberNumber"], other.Fields["memberNumber"] = other.Fields["memberNumber"], m.Fields["memberNumber"]
		s.happened[m.Ref.Document], s.happened[other.Ref.Document] = numberOther, numberOther
		delete(of, first)
	}
}

// change lets one thing happen to somebody, and reports whether it could.
func (s *scribe) change(m *record.Record, kind string) bool {
	last, first := m.Value("lastName").Text(), m.Value("firstName").Text()
	born, err := record.ParseDate(m.Value("birthDate").Text())
	if err != nil {
		return false
	}
	before := fmt.Sprint(last, first, born)
	switch kind {
	case umlautLost:
		last, first = s.plain(last), s.plain(first)
	case lastTyped:
		last = s.typo(last)
	case firstTyped:
		first = s.typo(first)
	case married:
		last = s.lastName()
	case doubled:
		last = []string{last + "-" + s.lastName(), s.lastName() + " " + last}[s.rand.IntN(2)]
	case called:
		first = nick(first)
	case secondName:
		first += []string{" Maria", "-Rose", " Andreas", " Luca"}[s.rand.IntN(4)]
	case dayMonth:
		if born.Day > 12 {
			return false
		}
		born.Day, born.Month = int(born.Month), time.Month(born.Day)
	case partOff:
		born = s.off(born)
	case bornUnknown:
		m.Fields["birthDate"] = record.Empty()
		return true
	case moved:
		for _, f := range []record.Field{"street", "phoneMobile", "phonePrivate", "email"} {
			m.Fields[f] = record.Empty()
		}
		return true
	case numberLost:
		m.Fields["memberNumber"] = record.Empty()
		return s.numbers
	case marriedNick:
		last, first = s.lastName(), nick(first)
		if first == m.Value("firstName").Text() {
			return false
		}
	case typedPartOff:
		last, born = s.typo(last), s.off(born)
	}
	m.Fields["lastName"], m.Fields["firstName"], m.Fields["birthDate"] = record.Of(last), record.Of(first), record.Of(born.String())
	return fmt.Sprint(last, first, born) != before
}

// plain writes a name on a keyboard without umlauts and accents: in two letters, or without the marks.
func (s *scribe) plain(name string) string {
	marks := strings.NewReplacer("é", "e", "É", "E", "è", "e", "ë", "e", "ç", "c", "â", "a", "î", "i", "ï", "i", "ò", "o", "à", "a", "ß", "ss")
	if s.rand.IntN(2) == 0 {
		return marks.Replace(strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue").Replace(name))
	}
	return marks.Replace(strings.NewReplacer("ä", "a", "ö", "o", "ü", "u").Replace(name))
}

// typo makes one typing error after the first letter.
func (s *scribe) typo(name string) string {
	r := []rune(name)
	at := 1 + s.rand.IntN(len(r)-1)
	letter := rune("aeinrstl"[s.rand.IntN(8)])
	switch s.rand.IntN(4) {
	case 0:
		r[at] = letter
	case 1:
		r = slices.Delete(r, at, at+1)
	case 2:
		r = slices.Insert(r, at, letter)
	default:
		if at+1 < len(r) {
			r[at], r[at+1] = r[at+1], r[at]
		}
	}
	return string(r)
}

// off writes one part of a date wrongly.
func (s *scribe) off(d record.Date) record.Date {
	switch s.rand.IntN(3) {
	case 0:
		d.Day = 1 + (d.Day+s.rand.IntN(26))%28
	case 1:
		d.Month = time.Month(1 + (int(d.Month)+s.rand.IntN(10))%12)
	default:
		d.Year += []int{-10, -1, 1}[s.rand.IntN(3)]
	}
	return d
}

// twice lets the club enter somebody a second time: without a number and without a phone, some by another form of the name.
func (s *scribe) twice(m *record.Record) {
	other := *m
	other.Fields = maps.Clone(m.Fields)
	other.Ref.Document = m.Ref.Document + "-again"
	other.Fields["memberNumber"], other.Fields["phoneMobile"] = record.Empty(), record.Empty()
	if s.rand.IntN(2) == 0 {
		other.Fields["firstName"] = record.Of(nick(m.Value("firstName").Text()))
	}
	s.club = append(s.club, &other)
	s.again[other.Ref.Document] = m.Ref.Document
	s.truth[other.Ref.Document] = s.truth[m.Ref.Document]
}

// nick returns what somebody is called. Some of these are in no table of nicknames.
func nick(first string) string {
	pairs := strings.FieldsSeq(`Andreas=Res Anna=Anni Barbara=Babs Beat=Beätu Bettina=Betti Christian=Chrigu Daniel=Dani Dominik=Domi Elisabeth=Lisbeth
		Fabian=Fäbu Flurina=Fluri Florian=Flo Franziska=Fränzi Gabriela=Gabi Hans-Peter=Hampi Jakob=Köbi Jasmin=Jasi Käthi=Katharina Kevin=Kevi Laura=Lauri
		Lukas=Luki Margrit=Gritli Matthias=Mätthu Patrick=Pädi Petra=Petsch Regula=Regi Reto=Retschgi Sarah=Sari Simone=Simi Stefan=Steff Thomas=Tömu
		Urs=Ursli Vreni=Verena Yvonne=Yvi Mathieu=Mat Jean-Luc=JL François=Fanfan Étienne=Tienne Hélène=Lène Marie-Claude=Maclo Alessia=Ale
		Federica=Chicca Giulia=Giuli Matteo=Teo Niccolò=Nico Nicoletta=Etta Fabrizio=Fabri`)
	for p := range pairs {
		if full, short, _ := strings.Cut(p, "="); full == first {
			return short
		}
	}
	return first
}
