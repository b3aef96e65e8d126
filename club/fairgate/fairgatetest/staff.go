package fairgatetest

import "math"

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
	all, _ := s.contacts.page(0, math.MaxInt, true)
	return all
}

// Restore puts the organisation back to what [Server.Contacts] returned earlier, as a backup does: stamps go back too,
// and ids given since are given again.
func (s *Server) Restore(contacts []Contact) { s.contacts.restore(contacts) }

// SetKey gives an access key a right, at once, also for the tokens that were issued for it. Without a right ("") the key
// and its tokens work no longer.
func (s *Server) SetKey(key string, right Right) { s.tokens.setKey(key, right) }
