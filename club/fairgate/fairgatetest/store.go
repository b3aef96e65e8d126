package fairgatetest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"passerelle/internal/faults"
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
	before   map[string]*Contact // by id: what the last write replaced; nil for what was not there
	freed    []string            // the ids of removed contacts, the oldest first
	frozen   bool                // no change moves a stamp
	reuses   bool                // a new contact gets a freed id
}

// A sight is what one request sees of the contacts.
type sight struct {
	archived bool         // the list holds archived contacts
	stale    bool         // the contacts are those before the last write
	hidden   *faults.Rule // whose share of the contacts is out of sight; nil is none
}

func newStore(c Config) *store {
	return &store{
		now: c.Now, quiet: c.QuietCustomFields, numbers: c.FederationNumbers,
		contacts: map[string]Contact{}, next: firstID,
	}
}

// set changes a habit of the store.
func (s *store) set(habit func(*store)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	habit(s)
}

// seen returns the contacts in sight by their ids. The caller holds the lock.
func (s *store) seen(v sight) map[string]Contact {
	if !v.stale && v.hidden == nil {
		return s.contacts
	}
	seen := maps.Clone(s.contacts)
	if v.stale {
		for id, c := range s.before {
			delete(seen, id)
			if c != nil {
				seen[id] = *c
			}
		}
	}
	if v.hidden != nil {
		for id := range v.hidden.Share(slices.Collect(maps.Keys(seen))) {
			delete(seen, id)
		}
	}
	return seen
}

// page returns a stretch of the contacts in sight in the order of their ids, as copies, and how many there are.
func (s *store) page(offset, limit int, v sight) (page []Contact, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var listed []Contact
	for _, c := range s.seen(v) {
		if v.archived || c.Status != "archived" {
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

func (s *store) get(id string, v sight) (Contact, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.seen(v)[id]
	return c.normal(), ok
}

func (s *store) remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.contacts[id]; !ok {
		return false
	}
	s.note(id)
	s.drop(id)
	return true
}

// drop forgets a contact that there is. The caller holds the lock.
func (s *store) drop(id string) {
	delete(s.contacts, id)
	s.freed = append(s.freed, id)
}

// note begins a write that touches these contacts and no others. The caller holds the lock.
func (s *store) note(ids ...string) {
	s.before = map[string]*Contact{}
	for _, id := range ids {
		s.before[id] = nil
		if c, ok := s.contacts[id]; ok {
			s.before[id] = &c
		}
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
		c.Basefields.ContactID = s.newID()
	}
	if _, taken := s.contacts[c.Basefields.ContactID]; taken || !isDigits(c.Basefields.ContactID) {
		panic(fmt.Sprintf("fairgatetest: contact id %q is taken or not digits", c.Basefields.ContactID))
	}
	if c.Basefields.LastUpdate.IsZero() {
		c.Basefields.LastUpdate = s.now().Truncate(time.Second)
	}
	s.note(c.Basefields.ContactID)
	return s.put(c), nil
}

// newID returns the next id, or a freed one where ids are used again. The caller holds the lock.
func (s *store) newID() string {
	s.freed = slices.DeleteFunc(s.freed, func(id string) bool { _, taken := s.contacts[id]; return taken })
	if !s.reuses || len(s.freed) == 0 {
		return strconv.Itoa(s.next)
	}
	id := s.freed[0]
	s.freed = s.freed[1:]
	return id
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
	replaced := s.before
	s.note(id)
	kept := s.keep(before, after)
	if kept.sameAs(before) {
		s.before = replaced // What changes nothing is no write.
	}
	return kept, nil, true
}

// keep puts a contact in the place of what it was before; the stamp moves if anything is different. The caller holds the
// lock.
func (s *store) keep(before, after Contact) Contact {
	after.Basefields.ContactID, after.Basefields.LastUpdate = before.Basefields.ContactID, before.Basefields.LastUpdate
	kept := s.put(after)
	if !s.frozen && !kept.sameAs(before) && (!s.quiet || !kept.sameButCustom(before)) {
		kept.Basefields.LastUpdate = s.now().Truncate(time.Second)
		s.contacts[kept.Basefields.ContactID] = kept
	}
	return kept.normal()
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
