package stvtest

// A write is what a request or the staff changed in one go.
type write struct {
	over bool // the next change belongs to another write
	// before is what the write replaced, by set name and id; nil is what was not there.
	before map[string]map[string]entity
}

// note writes down what stands in the place of an entity before it changes.
func (w *write) note(st *state, e entity) {
	if w.over || w.before == nil {
		*w = write{before: map[string]map[string]entity{}}
	}
	name, id := nameOf(e), e.meta().ID
	if w.before[name] == nil {
		w.before[name] = map[string]entity{}
	}
	if _, noted := w.before[name][id]; !noted {
		w.before[name][id] = st.sets[name][id]
	}
}

// past returns the state before the last write.
func (s *Server) past() state {
	past := s.state.copy()
	for name, rows := range s.last.before {
		for id, e := range rows {
			if now, ok := past.sets[name][id]; ok {
				past.drop(now)
			}
			if e != nil {
				past.put(e)
			}
		}
	}
	return past
}

// turn locks the server for one write of the staff; what it returns unlocks it.
func (s *Server) turn() (unlock func()) {
	s.mu.Lock()
	s.last.over = true
	return s.mu.Unlock
}

// put stores an entity in the place of the one with its id.
func (s *Server) put(e entity) {
	s.last.note(&s.state, e)
	s.state.put(e)
}

// drop forgets an entity without a trace.
func (s *Server) drop(e entity) {
	s.last.note(&s.state, e)
	s.state.drop(e)
}

// replace puts a whole state in the place of the present one, as one write.
func (s *Server) replace(st state) {
	for _, from := range []state{s.state, st} {
		for _, rows := range from.sets {
			for _, e := range rows {
				s.last.note(&s.state, e)
			}
		}
	}
	s.state = st
}
