package connector_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"passerelle/conflicts"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/population"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// A sideVerb is something that people of a side do, or that happens to its system.
type sideVerb struct {
	usage string
	do    func(*scene, simulation.Side, []string) error
}

// sideVerbs are written behind "club" or "federation".
func sideVerbs() map[string]sideVerb {
	return map[string]sideVerb{
		"edit":     {"edit M17 FIELD=VALUE …: people enter values", (*scene).edit},
		"joins":    {"joins M67 [KEY=VALUE …]: somebody is taken in as a member", (*scene).joins},
		"leaves":   {"leaves M17 [YYYY-MM-DD]: a membership ends, today if no day is given", (*scene).leaves},
		"removes":  {"removes M17 …: somebody is deleted without a trace", (*scene).removes},
		"archives": {"archives M17 …: contacts are archived", (*scene).archives},
		"merges":   {"merges M17 M18 | M17 anew: two become one; the second remains, or what stands there of M17 a second time", (*scene).merges},
		"fault":    {"fault OPERATION|list|read|write|any KIND [times=N] [after=N] …: answers are broken", (*scene).fault},
		"token":    {"token reads|writes|revoked|other: what the token is good for", (*scene).token},
		"window":   {"window open|closed: the write window of the federation", (*scene).window},
		"backup":   {"backup: the system keeps a copy of all it holds", (*scene).backup},
		"restore":  {"restore: the system is put back to that copy", (*scene).restore},
		"moves":    {"moves YEAR: the federation moves a birth year to the adults", (*scene).moves},
		"is":       {"is down | up | elsewhere: nobody answers; the system answers; something without a certificate answers", (*scene).is},
		"returns":  {"returns M17 [anew]: who was removed is put back, as before or under another id", (*scene).returns},
		"touches":  {"touches M17 …: stamps and versions move, and nothing that anybody maps", (*scene).touches},
		"respells": {"respells M17 FIELD decomposed|composed|spaced: the same text in other signs", (*scene).respells},
		"system":   {"system renumber | skew 3h | reuse-ids on | …: what becomes of the system itself, as simulation.StaffUsage has it", (*scene).system},
		"accepts":  {"accepts M66: the federation says yes to a request", (*scene).accepts},
	}
}

func (s *scene) side(side simulation.Side, args []string) error {
	verbs := sideVerbs()
	if len(args) == 0 || verbs[args[0]].do == nil {
		return fmt.Errorf("the %s has the verbs %s", side, strings.Join(slices.Sorted(maps.Keys(verbs)), ", "))
	}
	if err := verbs[args[0]].do(s, side, args[1:]); err != nil {
		return fmt.Errorf("%w (%s %s)", err, side, verbs[args[0]].usage)
	}
	return nil
}

// person reads M17.
func person(word string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "M"))
	if err != nil || !strings.HasPrefix(word, "M") {
		return 0, fmt.Errorf("%q is nobody: people are called M17", word)
	}
	return n, nil
}

// persons reads M17 M18 ….
func persons(words []string) ([]int, error) {
	var out []int
	for _, word := range words {
		n, err := person(word)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	if out == nil {
		return nil, errors.New("nobody is named")
	}
	return out, nil
}

// place returns the name that the simulation has for a field: a member's unless it says otherwise.
func place(field string) string {
	switch {
	case strings.Contains(field, "."):
		return field
	case slices.Contains([]string{"category", "entryDate", "exitDate"}, field):
		return "affiliation." + field
	default:
		return "member." + field
	}
}

func (s *scene) edit(side simulation.Side, args []string) error {
	if len(args) < 2 {
		return errors.New("who, and what?")
	}
	n, err := person(args[0])
	if err != nil {
		return err
	}
	for _, word := range args[1:] {
		field, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("%q is no FIELD=VALUE", word)
		}
		if err := s.past.enters(s.b, side, n, place(field), value); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) joins(side simulation.Side, args []string) error {
	who, err := persons(args[:min(1, len(args))])
	if err != nil {
		return err
	}
	for len(s.b.world.People.People) < who[0] {
		s.b.world.Invent(recruit(len(s.b.world.People.People)))
	}
	if err := s.past.joins(s.b, side, who[0]); err != nil {
		return err
	}
	if len(args) > 1 {
		return s.edit(side, args)
	}
	return nil
}

// recruit is somebody whom the population does not have: like nobody else in name and birth date.
func recruit(i int) population.Person {
	first := map[bool]string{true: "Kuno", false: "Kuna"}[i%2 == 0]
	return population.Person{
		Standing: population.Newcomer, FirstName: first, LastName: fmt.Sprintf("Neuling%c%c", 'a'+i/26, 'a'+i%26),
		BirthDate: population.Date(fmt.Sprintf("19%02d-%02d-%02d", 60+i%30, 1+i%12, 1+i%28)), Gender: map[bool]string{true: "M", false: "F"}[i%2 == 0],
		Language: "de", Nationality: "CH", Street: fmt.Sprintf("Ringweg %d", i), PostalCode: "3000", City: "Bern", Country: "CH", HomeClub: true,
	}
}

func (s *scene) leaves(side simulation.Side, args []string) error {
	who, err := persons(args[:min(1, len(args))])
	if err != nil {
		return err
	}
	day := string(s.b.world.Today())
	if len(args) > 1 {
		day = args[1]
	}
	s.past.excused[who[0]] = true
	return s.past.enters(s.b, side, who[0], "affiliation.exitDate", day)
}

func (s *scene) removes(side simulation.Side, args []string) error {
	who, err := persons(args)
	for _, n := range who {
		s.removed[side][n] = s.keepRecord(side, n)
		if err := s.past.removes(s.b, side, n); err != nil {
			return err
		}
	}
	return err
}

func (s *scene) archives(side simulation.Side, args []string) error {
	who, err := persons(args)
	for _, n := range who {
		s.past.excused[n], s.past.shelved[n] = true, true
		if err := s.b.world.Type(side, n, "member.status", "archived"); err != nil {
			return err
		}
	}
	return err
}

// fault breaks answers. A bare verb stands for every operation of that kind.
func (s *scene) fault(side simulation.Side, args []string) error {
	if len(args) < 2 {
		return errors.New("which operation, and what kind?")
	}
	set := s.b.world.ClubSystem.Faults()
	if side == simulation.Federation {
		set = s.b.world.FederationSystem.Faults()
	}
	for _, op := range operations(side, args[0]) {
		rule, err := faults.Parse(op + " " + strings.Join(args[1:], " "))
		if err != nil {
			return err
		}
		set.Add(rule)
	}
	return nil
}

func operations(side simulation.Side, word string) []string {
	verbs := map[string][]string{"list": {"list"}, "read": {"read"}, "create": {"create"}, "write": {"create", "change"}}[word]
	sets := []string{"contacts"}
	if side == simulation.Federation {
		sets = []string{"members", "affiliations", "functions", "subscriptions"}
	}
	var ops []string
	for _, set := range sets {
		for _, verb := range verbs {
			ops = append(ops, set+"."+verb)
		}
	}
	if word == "any" {
		return []string{"*"}
	}
	if ops == nil {
		return []string{word}
	}
	return ops
}

func (s *scene) token(side simulation.Side, args []string) error {
	if len(args) != 1 || side == simulation.Club {
		return errors.New("the federation gives tokens")
	}
	grants := map[string]stvtest.Grant{
		"writes": {Club: simulation.ClubNumber}, "reads": {Club: simulation.ClubNumber, Rights: []string{"read"}},
		"revoked": {Club: simulation.ClubNumber, Revoked: true}, "other": {Club: population.NeighbourClub},
	}
	grant, ok := grants[args[0]]
	if !ok {
		return fmt.Errorf("%q is no right", args[0])
	}
	s.b.world.FederationSystem.SetGrant(simulation.Token, grant)
	s.b.renew()
	return nil
}

func (s *scene) window(_ simulation.Side, args []string) error {
	states := map[string]string{"open": stvtest.WindowOpen, "closed": stvtest.WindowClosed}
	if len(args) != 1 || states[args[0]] == "" {
		return errors.New("open or closed?")
	}
	s.b.world.FederationSystem.SetWriteWindow(states[args[0]])
	return nil
}

func (s *scene) backup(side simulation.Side, _ []string) error {
	s.kept[side] = kept{restore: s.b.world.Backup(side), past: s.past.copied()}
	return nil
}

func (s *scene) restore(side simulation.Side, _ []string) error {
	kept, ok := s.kept[side]
	if !ok {
		return fmt.Errorf("there is no copy of the %s", side)
	}
	before := s.b.world.Everybody()
	kept.restore()
	return s.past.setsBack(s.b, side, kept.past, before)
}

func (s *scene) moves(_ simulation.Side, args []string) error {
	if len(args) != 1 {
		return errors.New("which year?")
	}
	year, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	s.b.world.FederationSystem.MoveBirthYear(year)
	return nil
}

func (s *scene) accepts(side simulation.Side, args []string) error {
	who, err := persons(args)
	if err != nil {
		return err
	}
	s.past.roster[who[0]][side] = simulation.Present
	return s.b.world.FederationSystem.Accept(s.b.affiliation(who[0]).ID)
}

// is moves a system to another address: nobody listens at the first, and at the second a handshake fails.
func (s *scene) is(side simulation.Side, args []string) error {
	url := map[simulation.Side]*string{simulation.Club: &s.b.clubURL, simulation.Federation: &s.b.federationURL}[side]
	if s.urls[side] == "" {
		s.urls[side] = *url
	}
	if len(args) != 1 {
		return errors.New("how is it?")
	}
	switch args[0] {
	case "down":
		*url = "http://127.0.0.1:1"
	case "elsewhere":
		*url = strings.Replace(s.urls[side], "http:", "https:", 1)
	case "up":
		*url = s.urls[side]
	default:
		return fmt.Errorf("%q is no state", args[0])
	}
	s.b.restart(nil)
	return nil
}

// decide answers the open question of a kind about somebody, or the one with an ID.
func (s *scene) decide(args []string) error {
	var id string
	switch len(args) {
	case 2:
		id = args[0]
	case 3:
		n, err := person(args[1])
		if err != nil {
			return err
		}
		q, err := s.questionAbout(conflicts.Kind(args[0]), n, "")
		if err != nil {
			return err
		}
		id = q.ID
	default:
		return errUsage("decide KIND M17 ANSWER | decide ID ANSWER")
	}
	verb, value, _ := strings.Cut(args[len(args)-1], "=")
	answer := conflicts.Answer{Verb: conflicts.Verb(verb), By: "admin"}
	if value != "" {
		answer.Value = record.Of(value)
	}
	_, err := s.b.link.Decide(s.tb.Context(), id, answer)
	return err
}

// questionAbout returns the only open question of a kind about somebody, and about a field if one is named.
func (s *scene) questionAbout(kind conflicts.Kind, n int, field string) (conflicts.Question, error) {
	_, refs, err := s.b.personOf(s.b.world.Person(n))
	if err != nil {
		return conflicts.Question{}, err
	}
	open := slices.DeleteFunc(s.b.queue(kind, conflicts.Open), func(q conflicts.Question) bool {
		about := slices.Contains(refs, q.Club) || slices.Contains(refs, q.Federation)
		return !about || field != "" && !slices.Contains(fieldNames(q), field)
	})
	if len(open) != 1 {
		return conflicts.Question{}, fmt.Errorf("%d questions of kind %s are open about M%d, not one; open are: %s", len(open), kind, n, s.b.kinds())
	}
	return open[0], nil
}

func fieldNames(q conflicts.Question) []string {
	var out []string
	for _, f := range q.Fields {
		out = append(out, string(f))
	}
	return out
}
