package stvtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/faults"
)

// body is the members of a JSON object, as sent.
type body map[string]json.RawMessage

// object reads the JSON object that a write carries: 415 for another type, 400 for another form.
func object(c *call) (body, error) {
	kind, _, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "a body is application/json", "")
	}
	return objectOf(c.body)
}

func objectOf(text []byte) (body, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	var b body
	if err := d.Decode(&b); err != nil || b == nil {
		return nil, badRequest("BadJSON", "the body is one JSON object", "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, badRequest("BadJSON", "the body is one JSON object", "")
	}
	return b, nil
}

// create answers POST to an entity set.
func (s *Server) create(c *call) (answer, error) {
	b, err := object(c)
	if err != nil {
		return answer{}, err
	}
	switch c.route.set.name {
	case members:
		return s.createMember(c, b)
	case affiliations:
		return s.createAffiliation(c, b)
	default:
		return s.createChild(c, b)
	}
}

// createMember makes a member with its first affiliation inside.
func (s *Server) createMember(c *call, b body) (answer, error) {
	inner, err := firstAffiliation(b)
	if err != nil {
		return answer{}, err
	}
	if err := ownClub(inner, c.grant.Club); err != nil {
		return answer{}, err
	}
	delete(b, "affiliations")
	m := &Member{HomeClubNumber: c.grant.Club}
	changed, problems := s.sets[members].take(b, m, true)
	problems = append(problems, s.check(m, changed)...)
	a := &Affiliation{ClubNumber: c.grant.Club, Status: Active}
	for _, p := range s.begin(a, inner, m) {
		p.Target = "affiliations/" + p.Target
		problems = append(problems, p)
	}
	if err := invalid(problems); err != nil {
		return answer{}, err
	}
	if same := s.samePerson(m); same != nil {
		no := refuse(http.StatusConflict, "MemberExists", "the federation has this person already", "")
		no.content.MemberNumber = same.MemberNumber
		return answer{}, no
	}
	m.MemberNumber = s.number()
	s.save(m)
	a.MemberID = m.ID
	s.save(a)
	// Saving the affiliation replaced the member, whose status follows from it.
	stored := s.state.sets[members][m.ID]
	out := created(c, s.found(c, http.StatusCreated, stored, everything), m.ID)
	out.body["affiliations"] = []any{s.sets[affiliations].render(s.view(a, c.grant.Club), everything)}
	return out, nil
}

// begin puts a body into a new affiliation and returns what is wrong. Whose it is stands outside of the body; the member
// is nil where that is already wrong.
func (s *Server) begin(a *Affiliation, b body, m *Member) []problem {
	t := s.sets[affiliations]
	if _, ok := b["memberId"]; ok {
		return []problem{{"NotWritable", "the member is known", "memberId"}}
	}
	delete(b, "clubNumber")
	// Required of every affiliation, and known here.
	b["memberId"] = json.RawMessage(`"-"`)
	changed, problems := t.take(b, a, true)
	a.MemberID = ""
	problems = append(problems, s.check(a, changed)...)
	if m != nil {
		problems = append(problems, s.checkCategory(m, a.Category, "category")...)
	}
	return problems
}

// created adds the place of a new entity to its answer.
func created(c *call, a answer, id string) answer {
	a.header["Location"] = c.origin + Base + "/" + c.route.set.name + "(" + id + ")"
	return a
}

// firstAffiliation returns the one affiliation inside of a new member.
func firstAffiliation(b body) (body, error) {
	var inside []json.RawMessage
	if err := json.Unmarshal(b["affiliations"], &inside); err != nil || len(inside) != 1 {
		return nil, badRequest("Required", "a new member has one affiliation inside", "affiliations")
	}
	inner, err := objectOf(inside[0])
	if err != nil {
		return nil, badRequest("Type", "an affiliation is an object", "affiliations")
	}
	return inner, nil
}

// ownClub refuses a club number other than the token's.
func ownClub(b body, club string) error {
	raw, ok := b["clubNumber"]
	if !ok {
		return nil
	}
	var number string
	if err := json.Unmarshal(raw, &number); err != nil || number == "" {
		return badRequest("Type", "a club number is text", "clubNumber")
	}
	if number != club {
		return forbidden("OtherClub", "the token is of another club")
	}
	return nil
}

// samePerson returns a member anywhere in the federation with the same names and birth date.
func (s *Server) samePerson(m *Member) *Member {
	last, first := fold(m.LastName), fold(m.FirstName)
	var same *Member
	for other := range rows[*Member](&s.state) {
		if other.BirthDate == m.BirthDate && fold(other.LastName) == last && fold(other.FirstName) == first &&
			(same == nil || other.MemberNumber < same.MemberNumber) {
			same = other
		}
	}
	return same
}

// createAffiliation asks the federation to tie a member that it has to the token's club.
func (s *Server) createAffiliation(c *call, b body) (answer, error) {
	if err := ownClub(b, c.grant.Club); err != nil {
		return answer{}, err
	}
	m, problems := s.named(b, c.grant.Club)
	for _, key := range []string{"memberId", "memberNumber", "birthDate"} {
		delete(b, key)
	}
	a := &Affiliation{ClubNumber: c.grant.Club, Status: Requested}
	problems = append(problems, s.begin(a, b, m)...)
	if err := invalid(problems); err != nil {
		return answer{}, err
	}
	a.MemberID = m.ID
	if old := s.state.affiliationAt(m.ID, c.grant.Club); old != nil {
		if old.Status != Refused {
			return answer{}, refuse(http.StatusConflict, "AffiliationExists", "the member has an affiliation with the club", "")
		}
		a.ID = old.ID
		delete(s.state.polls, old.ID)
	}
	s.save(a)
	return created(c, s.found(c, http.StatusAccepted, a, everything), a.ID), nil
}

// named returns the member that a new affiliation is for: by number and birth date, or by id for one's own.
func (s *Server) named(b body, club string) (*Member, []problem) {
	var id, number, born string
	var problems []problem
	for key, text := range map[string]*string{"memberId": &id, "memberNumber": &number, "birthDate": &born} {
		if raw, ok := b[key]; ok && (json.Unmarshal(raw, text) != nil || *text == "") {
			problems = append(problems, problem{"Type", "this is text", key})
		}
	}
	switch {
	case problems != nil:
		slices.SortFunc(problems, func(a, b problem) int { return strings.Compare(a.Target, b.Target) })
		return nil, problems
	case id != "" && (number != "" || born != ""):
		return nil, []problem{{"Ambiguous", "memberId, or memberNumber and birthDate", "memberId"}}
	case id != "":
		m, ok := row[*Member](&s.state, id)
		if !ok || s.state.affiliationAt(m.ID, club) == nil {
			return nil, []problem{{"UnknownMember", "the club has no such member", "memberId"}}
		}
		return m, nil
	case number == "":
		return nil, []problem{{"Required", "memberNumber and birthDate, or memberId", "memberNumber"}}
	case born == "":
		return nil, []problem{{"Required", "the birth date goes with the number", "birthDate"}}
	}
	for m := range rows[*Member](&s.state) {
		if m.MemberNumber == number && m.BirthDate == born {
			return m, nil
		}
	}
	return nil, []problem{{"UnknownMember", "no member has this number and birth date", "memberNumber"}}
}

// createChild makes a function or a subscription.
func (s *Server) createChild(c *call, b body) (answer, error) {
	if err := ownClub(b, c.grant.Club); err != nil && c.route.set.name == functions {
		return answer{}, err
	}
	var e entity = &Subscription{}
	if c.route.set.name == functions {
		e = &Function{ClubNumber: c.grant.Club}
	}
	changed, problems := c.route.set.take(b, e, true)
	if id, ok := changed["memberId"].(string); ok && !s.state.memberVisible(id, c.grant.Club) {
		problems = append(problems, problem{"UnknownMember", "the club has no such member", "memberId"})
	}
	problems = append(problems, s.check(e, changed)...)
	if err := invalid(problems); err != nil {
		return answer{}, err
	}
	if err := s.unique(e); err != nil {
		return answer{}, err
	}
	s.save(e)
	return created(c, s.found(c, http.StatusCreated, e, everything), e.meta().ID), nil
}

// guarded returns the entity that a change or a deletion is for, if it is the club's and as the client last saw it.
func (s *Server) guarded(c *call) (entity, error) {
	e, err := s.seen(c)
	if err != nil {
		return nil, err
	}
	if a, ok := e.(*Affiliation); ok && a.ClubNumber != c.grant.Club {
		return nil, forbidden("OtherClub", "the affiliation is of another club")
	}
	switch match := c.header.Get("If-Match"); match {
	case "":
		return nil, refuse(http.StatusPreconditionRequired, "PreconditionRequired", "a change needs If-Match", "If-Match")
	case "*":
		return nil, badRequest("BadPrecondition", "If-Match names one version", "If-Match")
	case e.meta().ETag:
		return e, nil
	default:
		if _, ignored := s.faults.Take(c.route.op, faults.IgnoredIfMatch); ignored {
			return e, nil
		}
		return nil, refuse(http.StatusPreconditionFailed, "PreconditionFailed", "it changed meanwhile", "If-Match")
	}
}

// change answers PATCH.
func (s *Server) change(c *call) (answer, error) {
	b, err := object(c)
	if err != nil {
		return answer{}, err
	}
	old, err := s.guarded(c)
	if err != nil {
		return answer{}, err
	}
	if c.route.set.name != subscriptions && c.route.set.name != members {
		if err := ownClub(b, c.grant.Club); err != nil {
			return answer{}, err
		}
	}
	e := clone(old)
	changed, problems := c.route.set.take(b, e, false)
	problems = append(problems, s.check(e, changed)...)
	if a, ok := e.(*Affiliation); ok && s.status(a) != Left {
		if m, ok := row[*Member](&s.state, a.MemberID); ok {
			problems = append(problems, s.checkCategory(m, a.Category, "category")...)
		}
	}
	if err := invalid(problems); err != nil {
		return answer{}, err
	}
	if err := s.unique(e); err != nil {
		return answer{}, err
	}
	if c.route.set.differs(old, e) {
		s.save(e)
	} else {
		e = old
	}
	return s.found(c, http.StatusOK, e, everything), nil
}

// remove answers DELETE.
func (s *Server) remove(c *call) (answer, error) {
	e, err := s.guarded(c)
	if err != nil {
		return answer{}, err
	}
	s.drop(e)
	return answer{status: http.StatusNoContent}, nil
}
