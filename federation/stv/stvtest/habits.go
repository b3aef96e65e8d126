package stvtest

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Renumber gives every record a new id, as a move to another database does: what refers to it follows, all else stays, the
// member numbers, stamps and etags included. It returns the new ids by the old ones, which are missing from then on.
func (s *Server) Renumber() map[string]string {
	defer s.turn()()
	given := map[string]string{}
	for _, name := range []string{members, affiliations, functions, subscriptions} {
		for _, id := range slices.Sorted(maps.Keys(s.state.sets[name])) {
			given[id] = s.guid()
		}
	}
	moved := newState()
	moved.numbers, moved.changes, moved.freed = s.state.numbers, s.state.changes, slices.Clone(s.state.freed)
	for _, rows := range s.state.sets {
		for _, e := range rows {
			e = clone(e)
			e.meta().ID = given[e.meta().ID]
			if _, ok := e.(*Member); !ok {
				*owner(e) = given[*owner(e)]
			}
			moved.put(e)
		}
	}
	for name, graves := range s.state.graves {
		for id, g := range graves {
			moved.graves[name][id] = grave{into: cmp.Or(given[g.into], g.into), clubs: g.clubs}
		}
	}
	for id, polls := range s.state.polls {
		moved.polls[cmp.Or(given[id], id)] = polls
	}
	s.replace(moved)
	return given
}

// ReuseIDs sets whether a new member gets the id of a removed one, the longest removed first, as long as there are any
// (WIRE.md 4). The id of a member that was merged into another stays taken. At first it does not.
func (s *Server) ReuseIDs(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reuses = on
}

// FreezeStamps sets whether lastModifiedDateTime stays where it is when a record changes, through the API or not (WIRE.md 4);
// the etag moves all the same. A new record has the present time. At first stamps move.
func (s *Server) FreezeStamps(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = on
}

// SetSkew puts the server's clock ahead of Config.Now, or behind it where skew is negative: stamps, today, and the end of
// tokens go by it.
func (s *Server) SetSkew(skew time.Duration) { s.skew.Store(int64(skew)) }
