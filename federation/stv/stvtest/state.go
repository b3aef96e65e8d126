package stvtest

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// state is everything that the federation holds. The entities in it are never changed in place, only replaced.
type state struct {
	sets    map[string]map[string]entity       // by set name and id
	graves  map[string]map[string]grave        // by set name and id: what a merge ended
	polls   map[string]int                     // by id: how often a requested affiliation was listed
	numbers int                                // the last member number given
	changes int                                // the last version given
	tied    map[string]map[string]*Affiliation // affiliations by member and id
	freed   []string                           // the ids of removed members, the oldest first
}

// grave is what is left of a record that was merged into another.
type grave struct {
	into  string
	clubs []string // those that could see it
}

// firstNumber is small enough that numbers with a leading zero come first.
const firstNumber = 98000

func newState() state {
	return state{
		sets: map[string]map[string]entity{
			members: {}, affiliations: {}, functions: {}, subscriptions: {},
		},
		graves: map[string]map[string]grave{
			members: {}, affiliations: {}, functions: {}, subscriptions: {},
		},
		polls:   map[string]int{},
		numbers: firstNumber,
		tied:    map[string]map[string]*Affiliation{},
	}
}

// copy returns a state that shares no map with this one.
func (st *state) copy() state {
	c := *st
	c.sets, c.graves = map[string]map[string]entity{}, map[string]map[string]grave{}
	c.tied = map[string]map[string]*Affiliation{}
	for name, rows := range st.sets {
		c.sets[name] = maps.Clone(rows)
	}
	for name, rows := range st.graves {
		c.graves[name] = maps.Clone(rows)
	}
	for id, rows := range st.tied {
		c.tied[id] = maps.Clone(rows)
	}
	c.polls = maps.Clone(st.polls)
	c.freed = slices.Clone(st.freed)
	return c
}

// put stores an entity in the place of the one with its id.
func (st *state) put(e entity) {
	st.drop(e)
	st.sets[nameOf(e)][e.meta().ID] = e
	if a, ok := e.(*Affiliation); ok {
		if st.tied[a.MemberID] == nil {
			st.tied[a.MemberID] = map[string]*Affiliation{}
		}
		st.tied[a.MemberID][a.ID] = a
	}
}

// drop forgets an entity without a trace.
func (st *state) drop(e entity) {
	rows, id := st.sets[nameOf(e)], e.meta().ID
	// The stored one counts: what replaces it may be of another member.
	if a, ok := rows[id].(*Affiliation); ok {
		delete(st.tied[a.MemberID], id)
	}
	delete(rows, id)
}

// rows returns the entities of one kind, in no order.
func rows[E entity](st *state) iter.Seq[E] {
	return func(yield func(E) bool) {
		for _, e := range st.sets[setName[E]()] {
			if e, ok := e.(E); ok && !yield(e) {
				return
			}
		}
	}
}

// row returns the entity of one kind with that id.
func row[E entity](st *state, id string) (E, bool) {
	e, ok := st.sets[setName[E]()][id].(E)
	return e, ok
}

func setName[E entity]() string {
	var e E
	return nameOf(e)
}

func nameOf(e entity) string {
	switch e.(type) {
	case *Member:
		return members
	case *Affiliation:
		return affiliations
	case *Function:
		return functions
	case *Subscription:
		return subscriptions
	default:
		panic(fmt.Sprintf("stvtest: no such entity: %T", e))
	}
}

// affiliationsOf returns the affiliations of a member, in the order of their ids.
func (st *state) affiliationsOf(memberID string) []*Affiliation {
	byID := func(a, b *Affiliation) int { return cmp.Compare(a.ID, b.ID) }
	return slices.SortedFunc(maps.Values(st.tied[memberID]), byID)
}

// affiliationAt returns the affiliation of a member with a club, nil if there is none.
func (st *state) affiliationAt(memberID, club string) *Affiliation {
	for _, a := range st.affiliationsOf(memberID) {
		if a.ClubNumber == club {
			return a
		}
	}
	return nil
}

// pending says whether the affiliation was asked for and is not, or never became, one.
func pending(a *Affiliation) bool { return a.Status == Requested || a.Status == Refused }

// memberVisible says whether a club sees a member: by an affiliation that runs or has ended.
func (st *state) memberVisible(memberID, club string) bool {
	a := st.affiliationAt(memberID, club)
	return a != nil && !pending(a)
}

// visible says whether a club sees an entity.
func (st *state) visible(e entity, club string) bool {
	switch e := e.(type) {
	case *Member:
		return st.memberVisible(e.ID, club)
	case *Affiliation:
		return e.ClubNumber == club || (!pending(e) && st.memberVisible(e.MemberID, club))
	case *Function:
		return e.ClubNumber == club && st.memberVisible(e.MemberID, club)
	case *Subscription:
		return st.memberVisible(e.MemberID, club)
	default:
		return false
	}
}

// save stores an entity as changed now: a new stamp, unless stamps are frozen, and a new etag. With an affiliation its member changes, whose status
// and dates follow from it.
func (s *Server) save(e entity) {
	s.state.changes++
	m := e.meta()
	if m.ID == "" {
		m.ID = s.newID(e)
	}
	if m.LastModified.IsZero() || !s.frozen {
		m.LastModified = s.config.Now().UTC().Truncate(time.Second)
	}
	m.ETag = `W/"` + strconv.FormatInt(int64(s.state.changes), 36) + `"`
	s.put(e)
	if a, ok := e.(*Affiliation); ok && !pending(a) {
		if m, ok := row[*Member](&s.state, a.MemberID); ok {
			s.save(clone(m))
		}
	}
}

// newID returns an id for an entity: for a member that of a removed one where ids are used again, else the next.
func (s *Server) newID(e entity) string {
	_, isMember := e.(*Member)
	// Staff may have given one out by themselves.
	s.state.freed = slices.DeleteFunc(s.state.freed, func(id string) bool { return s.state.sets[members][id] != nil })
	if !isMember || !s.reuses || len(s.state.freed) == 0 {
		return s.guid()
	}
	id := s.state.freed[0]
	s.state.freed = s.state.freed[1:]
	return id
}

// guid returns the next id.
func (s *Server) guid() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], s.rand.Uint64())
	binary.BigEndian.PutUint64(b[8:], s.rand.Uint64())
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// number returns the next member number.
func (s *Server) number() string {
	s.state.numbers++
	return fmt.Sprintf("%06d", s.state.numbers)
}

// today returns the date in Switzerland.
func (s *Server) today() string { return s.config.Now().In(s.zone).Format(time.DateOnly) }

// view returns an entity as a club sees it: what is derived is filled in.
func (s *Server) view(e entity, club string) entity {
	switch e := e.(type) {
	case *Member:
		v := *e
		v.Status, v.EntryDate, v.ExitDate = Left, "", ""
		for _, a := range s.state.affiliationsOf(e.ID) {
			if s.status(a) == Active {
				v.Status = Active
			}
			if a.ClubNumber == club {
				v.EntryDate, v.ExitDate = a.EntryDate, a.ExitDate
			}
		}
		return &v
	case *Affiliation:
		v := *e
		v.Status = s.status(e)
		return &v
	default:
		return e
	}
}

// status returns the state of an affiliation today.
func (s *Server) status(a *Affiliation) string {
	if a.Status == Active && a.ExitDate != "" && a.ExitDate <= s.today() {
		return Left
	}
	return a.Status
}

// fold returns a name as the federation compares it: without case, marks and doubled spaces.
func fold(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// atoi reads a number that is known to be one.
func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
