package simulation

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"time"
)

// errNotDone says that an act was understood and could not be done.
var errNotDone = errors.New("not done")

// StaffUsage lists what [World.Staff] takes, one a line, as a person types it.
func StaffUsage() []string {
	return []string{
		"SIDE renumber                every record has a new id",
		"SIDE merge LOSER SURVIVOR    two persons, by their ids, become one",
		"SIDE backup                  what is there is remembered, in the place of what was before",
		"SIDE restore                 everything is as it was at the backup",
		"SIDE reuse-ids on|off        new persons get the ids of removed ones",
		"SIDE freeze-stamps on|off    changes move no stamp",
		"SIDE skew DURATION           the clock is ahead, or behind (-3h)",
		"club rewrite on|off          what is written is kept in another spelling",
	}
}

// staff is what the people behind one system can do to it, each as the simulator's method of the same name does.
type staff struct {
	renumber     func() map[string]string
	merge        func(loser, survivor string) error
	reuseIDs     func(on bool)
	freezeStamps func(on bool)
	rewrite      func(on bool) // nil: it has a spelling of its own anyway
	setSkew      func(time.Duration)
}

func (w *World) staffOf(side Side) (staff, bool) {
	club, federation := w.ClubSystem, w.FederationSystem
	switch side {
	case Club:
		return staff{
			func() map[string]string { return w.Renumber(Club) }, club.Merge,
			club.ReuseIDs, club.FreezeStamps, club.Rewrite, club.SetSkew,
		}, true
	case Federation:
		return staff{
			func() map[string]string { return w.Renumber(Federation) }, federation.Merge,
			federation.ReuseIDs, federation.FreezeStamps, nil, federation.SetSkew,
		}, true
	default:
		return staff{}, false
	}
}

// Renumber gives every record of one system a new id, as its simulator's Renumber does, and goes on knowing who is who. It
// returns the new ids by the old ones.
func (w *World) Renumber(side Side) map[string]string {
	renumber, who := w.ClubSystem.Renumber, w.contacts
	if side == Federation {
		renumber, who = w.FederationSystem.Renumber, w.members
	}
	given := renumber()
	for n, id := range who {
		if id, ok := given[id]; ok {
			who[n] = id
		}
	}
	return given
}

// Backup keeps all that one system holds. What it returns puts the system back, as its simulator's Restore does, and who is
// who with it.
func (w *World) Backup(side Side) (restore func()) {
	if side == Club {
		held, who := w.ClubSystem.Backup(), maps.Clone(w.contacts)
		return func() { w.ClubSystem.Restore(held); w.contacts = maps.Clone(who) }
	}
	held, who := w.FederationSystem.Backup(), maps.Clone(w.members)
	return func() { w.FederationSystem.Restore(held); w.members = maps.Clone(who) }
}

// Staff has the staff of the two systems do what the lines of text say, in order; see [StaffUsage]. Where a line cannot be
// read nothing is done; where one cannot be done, those before it are.
func (w *World) Staff(text io.Reader) error {
	w.desk.Lock()
	defer w.desk.Unlock()
	var acts []func() error
	var wrong []error
	lines := bufio.NewScanner(text)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) == 0 {
			continue
		}
		act, err := w.staffAct(words)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
		}
		acts = append(acts, act)
	}
	if err := errors.Join(append(wrong, lines.Err())...); err != nil {
		return err
	}
	for i, act := range acts {
		if err := act(); err != nil {
			return fmt.Errorf("act %d: %w: %w", i+1, errNotDone, err)
		}
	}
	return nil
}

// staffAct returns what one line asks for. Its error says what is legal.
func (w *World) staffAct(words []string) (func() error, error) {
	side := Side(words[0])
	s, ok := w.staffOf(side)
	if ok && len(words) > 1 {
		switch verb, args := words[1], words[2:]; {
		case verb == "renumber" && len(args) == 0:
			return func() error { s.renumber(); return nil }, nil
		case verb == "merge" && len(args) == 2:
			return func() error { return s.merge(args[0], args[1]) }, nil
		case verb == "backup" && len(args) == 0:
			return func() error { w.backups[side] = w.Backup(side); return nil }, nil
		case verb == "restore" && len(args) == 0:
			return func() error { return w.restore(side) }, nil
		case verb == "skew" && len(args) == 1:
			skew, err := time.ParseDuration(args[0])
			return func() error { s.setSkew(skew); return nil }, err
		case len(args) == 1 && s.habit(verb) != nil && (args[0] == "on" || args[0] == "off"):
			return func() error { s.habit(verb)(args[0] == "on"); return nil }, nil
		}
	}
	return nil, fmt.Errorf("%q is none of these, SIDE being club or federation:\n%s",
		strings.Join(words, " "), strings.Join(StaffUsage(), "\n"))
}

// habit returns what switches a habit of the system, nil where it has none of that name.
func (s staff) habit(name string) func(on bool) {
	return map[string]func(bool){"reuse-ids": s.reuseIDs, "freeze-stamps": s.freezeStamps, "rewrite": s.rewrite}[name]
}

// restore puts one system back to its backup.
func (w *World) restore(side Side) error {
	restore, ok := w.backups[side]
	if !ok {
		return fmt.Errorf("restore: there is no backup of the %s; %s backup makes one", side, side)
	}
	restore()
	return nil
}
