package stvtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNotThere says that the federation holds no such record.
var ErrNotThere = errors.New("the federation holds no such record")

// AddMember takes in a member as staff do, with affiliations and without any rule: no one checks it. Id, member number
// and, with an affiliation, the home club are given where they are empty; an affiliation without a status is active.
// It returns the member as stored.
func (s *Server) AddMember(m Member, with ...Affiliation) Member {
	defer s.turn()()
	if m.MemberNumber == "" {
		m.MemberNumber = s.number()
	}
	if len(with) > 0 {
		m.HomeClubNumber = cmp.Or(m.HomeClubNumber, with[0].ClubNumber)
	}
	s.save(&m)
	for _, a := range with {
		a.MemberID, a.Status = m.ID, cmp.Or(a.Status, Active)
		s.save(&a)
	}
	return s.snapshot(m.ID)
}

// snapshot returns the stored member as seen from its home club.
func (s *Server) snapshot(id string) Member {
	stored, ok := row[*Member](&s.state, id)
	if !ok {
		return Member{}
	}
	seen, ok := s.view(stored, stored.HomeClubNumber).(*Member)
	if !ok {
		return Member{}
	}
	return *seen
}

// AddAffiliation takes in an affiliation of a member there is; without a status it is active.
func (s *Server) AddAffiliation(a Affiliation) Affiliation {
	a.Status = cmp.Or(a.Status, Active)
	return *add(s, &a)
}

// AddFunction takes in a function of a member there is.
func (s *Server) AddFunction(f Function) Function { return *add(s, &f) }

// AddSubscription takes in a subscription of a member there is.
func (s *Server) AddSubscription(sub Subscription) Subscription { return *add(s, &sub) }

func add[E entity](s *Server, e E) E {
	defer s.turn()()
	s.save(e)
	return e
}

// EditMember changes a member as staff do: no rule is asked, the stamp and the etag move, even for no change.
func (s *Server) EditMember(id string, f func(*Member)) error { return edit(s, id, f) }

// EditAffiliation changes an affiliation as staff do; see [Server.EditMember].
func (s *Server) EditAffiliation(id string, f func(*Affiliation)) error { return edit(s, id, f) }

// EditFunction changes a function as staff do; see [Server.EditMember].
func (s *Server) EditFunction(id string, f func(*Function)) error { return edit(s, id, f) }

// EditSubscription changes a subscription as staff do; see [Server.EditMember].
func (s *Server) EditSubscription(id string, f func(*Subscription)) error { return edit(s, id, f) }

func edit[E entity](s *Server, id string, f func(E)) error {
	defer s.turn()()
	old, ok := row[E](&s.state, id)
	if !ok {
		return fmt.Errorf("edit %s(%s): %w", setName[E](), id, ErrNotThere)
	}
	e, ok := clone(old).(E)
	if !ok {
		return fmt.Errorf("edit %s(%s): %w", setName[E](), id, ErrNotThere)
	}
	f(e)
	s.save(e)
	return nil
}

// RemoveMember deletes a member and all that refers to it without a trace, as a faulty clean-up would.
func (s *Server) RemoveMember(id string) error {
	defer s.turn()()
	m, ok := row[*Member](&s.state, id)
	if !ok {
		return fmt.Errorf("remove members(%s): %w", id, ErrNotThere)
	}
	for _, child := range s.childrenOf(id) {
		s.drop(child)
	}
	s.drop(m)
	s.state.freed = append(s.state.freed, id)
	return nil
}

// RemoveFunction deletes a function.
func (s *Server) RemoveFunction(id string) error { return removeRow[*Function](s, id) }

// RemoveSubscription deletes a subscription.
func (s *Server) RemoveSubscription(id string) error { return removeRow[*Subscription](s, id) }

func removeRow[E entity](s *Server, id string) error {
	defer s.turn()()
	e, ok := row[E](&s.state, id)
	if !ok {
		return fmt.Errorf("remove %s(%s): %w", setName[E](), id, ErrNotThere)
	}
	s.drop(e)
	return nil
}

// childrenOf returns what refers to a member, in the order of the ids.
func (s *Server) childrenOf(memberID string) []entity {
	var out []entity
	for _, name := range []string{affiliations, functions, subscriptions} {
		for _, id := range slices.Sorted(maps.Keys(s.state.sets[name])) {
			if e := s.state.sets[name][id]; *owner(e) == memberID {
				out = append(out, e)
			}
		}
	}
	return out
}

// owner returns where an entity names its member.
func owner(e entity) *string {
	switch e := e.(type) {
	case *Affiliation:
		return &e.MemberID
	case *Function:
		return &e.MemberID
	case *Subscription:
		return &e.MemberID
	default:
		panic(fmt.Sprintf("stvtest: %T names no member", e))
	}
}

// Merge makes one person of two. What the loser had goes to the survivor, unless the survivor has the same: an
// affiliation with the club, the function, the publication. What is left over is answered 410 from then on, to the clubs
// that could see it.
func (s *Server) Merge(loser, survivor string) error {
	defer s.turn()()
	gone, ok := row[*Member](&s.state, loser)
	if _, there := row[*Member](&s.state, survivor); !ok || !there || loser == survivor {
		return fmt.Errorf("merge members(%s) into members(%s): %w", loser, survivor, ErrNotThere)
	}
	var clubs []string
	for _, a := range s.state.affiliationsOf(loser) {
		if !pending(a) {
			clubs = append(clubs, a.ClubNumber)
		}
	}
	for _, child := range s.childrenOf(loser) {
		moved := clone(child)
		*owner(moved) = survivor
		if same := s.counterpart(moved); same != nil {
			s.bury(child, same.meta().ID, clubs)
			continue
		}
		s.save(moved)
	}
	s.bury(gone, survivor, clubs)
	return nil
}

// bury drops an entity and leaves a mark of where it went.
func (s *Server) bury(e entity, into string, clubs []string) {
	s.drop(e)
	s.state.graves[nameOf(e)][e.meta().ID] = grave{into: into, clubs: clubs}
}

// counterpart returns another entity that stands for the same thing as e, nil if there is none.
func (s *Server) counterpart(e entity) entity {
	for _, other := range s.childrenOf(*owner(e)) {
		if other.meta().ID != e.meta().ID && nameOf(other) == nameOf(e) && identity(other) == identity(e) {
			return other
		}
	}
	return nil
}

// identity returns what may stand only once per member.
func identity(e entity) [3]string {
	switch e := e.(type) {
	case *Affiliation:
		return [3]string{e.ClubNumber}
	case *Function:
		return [3]string{e.FunctionCode, e.Organ, e.StartDate}
	case *Subscription:
		return [3]string{e.Publication}
	default:
		panic(fmt.Sprintf("stvtest: %T may stand more than once", e))
	}
}

// Accept makes a requested affiliation an active one: the member becomes visible to the club.
func (s *Server) Accept(affiliationID string) error { return s.settle(affiliationID, Active) }

// Refuse turns a requested affiliation down.
func (s *Server) Refuse(affiliationID string) error { return s.settle(affiliationID, Refused) }

func (s *Server) settle(id, status string) error {
	defer s.turn()()
	a, ok := row[*Affiliation](&s.state, id)
	if !ok || a.Status != Requested {
		return fmt.Errorf("settle affiliations(%s): not requested: %w", id, ErrNotThere)
	}
	s.decide(a, status)
	return nil
}

// decide ends the waiting of a requested affiliation. The caller holds the lock.
func (s *Server) decide(a *Affiliation, status string) {
	decided := *a
	decided.Status = status
	delete(s.state.polls, a.ID)
	s.save(&decided)
}

// MoveBirthYear moves the youth born in a year to the adult categories, as the federation does at the end of January:
// 12 to 01, 13 to 04, 29 to 28, of all clubs. It returns how many affiliations moved.
func (s *Server) MoveBirthYear(year int) int {
	defer s.turn()()
	next := map[string]string{"12": "01", "13": "04", "29": "28"}
	moved := 0
	for _, id := range slices.Sorted(maps.Keys(s.state.sets[affiliations])) {
		a, ok := row[*Affiliation](&s.state, id)
		if !ok || next[a.Category] == "" || s.status(a) != Active {
			continue
		}
		m, ok := row[*Member](&s.state, a.MemberID)
		if !ok || len(m.BirthDate) < 4 || atoi(m.BirthDate[:4]) != year {
			continue
		}
		adult := *a
		adult.Category = next[a.Category]
		s.save(&adult)
		moved++
	}
	return moved
}

// SetGrant gives out a token, or changes what it is good for.
func (s *Server) SetGrant(token string, g Grant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Tokens[token] = g
}

// SetWriteWindow opens or closes the write window: WindowOpen or WindowClosed.
func (s *Server) SetWriteWindow(state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.WriteWindow = state
}

// Members returns all members, by member number.
func (s *Server) Members() []Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Member
	for m := range rows[*Member](&s.state) {
		out = append(out, s.snapshot(m.ID))
	}
	slices.SortFunc(out, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.MemberNumber, b.MemberNumber), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Affiliations returns all affiliations with the status that they have today, by id.
func (s *Server) Affiliations() []Affiliation {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Affiliation
	for a := range rows[*Affiliation](&s.state) {
		seen := *a
		seen.Status = s.status(a)
		out = append(out, seen)
	}
	slices.SortFunc(out, func(a, b Affiliation) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Functions returns all functions, by id.
func (s *Server) Functions() []Function {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Function
	for f := range rows[*Function](&s.state) {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Function) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Subscriptions returns all subscriptions, by id.
func (s *Server) Subscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Subscription
	for sub := range rows[*Subscription](&s.state) {
		out = append(out, *sub)
	}
	slices.SortFunc(out, func(a, b Subscription) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Backup is all that the federation held at one time.
type Backup struct{ state state }

// Backup returns what the federation holds.
func (s *Server) Backup() Backup {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Backup{s.state.copy()}
}

// Restore puts the federation back to a backup: what came since is forgotten, numbers and versions are given again.
func (s *Server) Restore(b Backup) {
	defer s.turn()()
	s.replace(b.state.copy())
}
