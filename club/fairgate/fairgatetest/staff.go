package fairgatetest

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// ErrNotThere says that the organisation has no such contact.
var ErrNotThere = errors.New("the organisation has no such contact")

// Add puts a contact in, as the organisation's secretary does, and returns its id. A contact without an id gets the next
// one, without a last update the present time, without a status it is active. None of the API's rules is checked. It
// panics on an id that is taken or not digits: the test is wrong then, and so on in the other methods.
func (s *Server) Add(c Contact) string {
	if c.Status == "" {
		c.Status = "active"
	}
	added, _ := s.contacts.create(func() (Contact, *refusal) { return c, nil })
	return added.Basefields.ContactID
}

// Edit changes a contact as the organisation's secretary does: last_update moves if anything changed, none of the API's
// rules is checked, the id stays. It must not call the server. It panics if there is no such contact.
func (s *Server) Edit(id string, change func(*Contact)) {
	_, _, ok := s.contacts.change(id, func(c Contact) (Contact, *refusal) {
		change(&c)
		return c, nil
	})
	if !ok {
		panic("fairgatetest: edit: no contact " + id)
	}
}

// Remove deletes a contact without a trace. It panics if there is no such contact.
func (s *Server) Remove(id string) {
	if !s.contacts.remove(id) {
		panic("fairgatetest: remove: no contact " + id)
	}
}

// Contacts returns a copy of all contacts, the archived ones included, in the order of their ids.
func (s *Server) Contacts() []Contact {
	all, _ := s.contacts.page(0, math.MaxInt, sight{archived: true})
	return all
}

// Backup is all that the organisation held at one time: its contacts.
type Backup []Contact

// Backup returns what the organisation holds.
func (s *Server) Backup() Backup { return s.Contacts() }

// Restore puts the organisation back to a backup: stamps go back too, and ids given since are given again.
func (s *Server) Restore(b Backup) { s.contacts.restore(b) }

// Renumber gives every contact a new id, one that none had so far, as a move to another installation does; all else stays,
// the stamps included. It returns the new ids by the old ones, which are missing from then on.
func (s *Server) Renumber() map[string]string { return s.contacts.renumber() }

// Merge makes one person of two: the loser is removed without a trace, and the survivor takes the values that it lacks.
func (s *Server) Merge(loser, survivor string) error {
	if !s.contacts.merge(loser, survivor) {
		return fmt.Errorf("merge contact %s into contact %s: %w", loser, survivor, ErrNotThere)
	}
	return nil
}

// ReuseIDs sets whether a new contact gets the id of a removed one, the longest removed first, as long as there are any
// (WIRE.md 4). At first it does not.
func (s *Server) ReuseIDs(on bool) { s.contacts.set(func(st *store) { st.reuses = on }) }

// FreezeStamps sets whether last_update stays where it is when a contact changes, through the API or not (WIRE.md 4). A new
// contact has the present time all the same. At first stamps move.
func (s *Server) FreezeStamps(on bool) { s.contacts.set(func(st *store) { st.frozen = on }) }

// Rewrite sets whether the organisation's software keeps what the API writes in its own spelling (WIRE.md 4): names in
// capitals, phones as 0041 79 733 58 42, postal codes padded with blanks to ten places; and serves every date as
// midnight in Europe/Zurich, as Config.DatesAsTimes does. What is there stays until it is written. At first it does not.
func (s *Server) Rewrite(on bool) { s.rewrites.Store(on) }

// SetSkew puts the server's clock ahead of Config.Now, or behind it where skew is negative: stamps, today, and the life of
// tokens go by it.
func (s *Server) SetSkew(skew time.Duration) { s.skew.Store(int64(skew)) }

// SetKey gives an access key a right, at once, also for the tokens that were issued for it. Without a right ("") the key
// and its tokens work no longer.
func (s *Server) SetKey(key string, right Right) { s.tokens.setKey(key, right) }
