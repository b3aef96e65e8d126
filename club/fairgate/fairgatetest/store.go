package fairgatetest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// firstID is the id of the first contact that is added without one.
const firstID = 1001

// A store is the organisation's contacts.
type store struct {
	now     func() time.Time
	quiet   bool // the stamp does not move when only custom fields change
	numbers bool // federation numbers are kept without leading zeros

	mu       sync.Mutex
	contacts map[string]Contact // by id, normal
	next     int
}

func newStore(c Config) *store {
	return &store{
		now: c.Now, quiet: c.QuietCustomFields, numbers: c.FederationNumbers,
		contacts: map[string]Contact{}, next: firstID,
	}
}

// page returns a stretch of the contacts in the order of their ids, as copies, and how many contacts there are. It
// counts and returns the archived ones only where that is asked for.
func (s *store) page(offset, limit int, archived bool) (page []Contact, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var listed []Contact
	for _, c := range s.contacts {
		if archived || c.Status != "archived" {
			listed = append(listed, c)
		}
	}
	slices.SortFunc(listed, func(a, b Contact) int { return cmp.Compare(idNumber(a), idNumber(b)) })
	total = len(listed)
	offset = min(offset, total)
	for _, c := range listed[offset : offset+min(limit, total-offset)] {
		page = append(page, c.normal())
	}
	return page, total
}

func (s *store) get(id string) (Contact, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.contacts[id]
	return c.normal(), ok
}

func (s *store) remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.contacts[id]
	delete(s.contacts, id)
	return ok
}

func (s *store) restore(contacts []Contact) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contacts, s.next = map[string]Contact{}, firstID
	for _, c := range contacts {
		s.put(c)
	}
}

// create keeps what build returns as a new contact, under its id or the next free one. While build runs, the store does
// not change; on a refusal it stays as it is.
func (s *store) create(build func() (Contact, *refusal)) (Contact, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, refused := build()
	if refused != nil {
		return Contact{}, refused
	}
	if c.Basefields.ContactID == "" {
		c.Basefields.ContactID = strconv.Itoa(s.next)
	}
	if _, taken := s.contacts[c.Basefields.ContactID]; taken || !isDigits(c.Basefields.ContactID) {
		panic(fmt.Sprintf("fairgatetest: contact id %q is taken or not digits", c.Basefields.ContactID))
	}
	if c.Basefields.LastUpdate.IsZero() {
		c.Basefields.LastUpdate = s.now().Truncate(time.Second)
	}
	return s.put(c), nil
}

// change keeps what edit makes of a contact, and moves its stamp if anything is different then. While edit runs, the
// store does not change; on a refusal, or where there is no such contact (ok is false), it stays as it is.
func (s *store) change(id string, edit func(before Contact) (Contact, *refusal)) (c Contact, refused *refusal, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, ok := s.contacts[id]
	if !ok {
		return Contact{}, nil, false
	}
	after, refused := edit(before.normal())
	if refused != nil {
		return Contact{}, refused, true
	}
	after.Basefields.ContactID, after.Basefields.LastUpdate = id, before.Basefields.LastUpdate
	kept := s.put(after)
	if !kept.sameAs(before) && (!s.quiet || !kept.sameButCustom(before)) {
		kept.Basefields.LastUpdate = s.now().Truncate(time.Second)
		s.contacts[id] = kept
	}
	return kept.normal(), nil, true
}

// emailTaken reports whether another contact has this primary e-mail, in whatever case. The caller holds the lock.
func (s *store) emailTaken(email, exceptID string) bool {
	for id, c := range s.contacts {
		if id != exceptID && strings.EqualFold(c.Communication.PrimaryEmail, email) {
			return true
		}
	}
	return false
}

// put keeps a contact under its id. The caller holds the lock.
func (s *store) put(c Contact) Contact {
	c = c.normal()
	if s.numbers && isDigits(c.FederationData.FederationContactID) {
		c.FederationData.FederationContactID = withoutZeros(c.FederationData.FederationContactID)
	}
	s.contacts[c.Basefields.ContactID] = c
	s.next = max(s.next, idNumber(c)+1)
	return c.normal()
}

func idNumber(c Contact) int {
	n, err := strconv.Atoi(c.Basefields.ContactID)
	if err != nil {
		panic("fairgatetest: a contact id that is not a number")
	}
	return n
}
