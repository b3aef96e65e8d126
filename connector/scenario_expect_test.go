package connector_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// An expectation is something that has to be true at this point of a script.
type expectation struct {
	usage string
	holds func(*scene, []string) error
}

// expectations are written behind "expect".
func expectations() map[string]expectation {
	return map[string]expectation{
		"club":       {"club M17 FIELD=VALUE … | present|ended|outside|gone: what the club holds", atSide(simulation.Club)},
		"federation": {"federation M17 …: what the federation holds", atSide(simulation.Federation)},
		"both":       {"both M17 …: what each side holds", (*scene).expectBoth},
		"wrote":      {"wrote nothing | wrote club|federation N: what was sent since the last sync began", (*scene).expectWrote},
		"planned":    {"planned club|federation N: so many changes the last run found", (*scene).expectPlanned},
		"ledger":     {"ledger unchanged: its file is as it was when the last sync began", (*scene).expectLedger},
		"held":       {"held PERSONS [WORDS OF THE REASON]: so many persons wait for a yes", (*scene).expectHeld},
		"flows":      {"flows: the last run neither held, stopped nor failed anything", (*scene).expectFlows},
		"stopped":    {"stopped club|federation [WORDS OF THE REASON]", (*scene).expectStopped},
		"waiting":    {"waiting N: so many changes wait by themselves", (*scene).expectWaiting},
		"question":   {"question KIND M17 [FIELD]: exactly one is open", (*scene).expectQuestion},
		"no":         {"no question [KIND]", (*scene).expectNoQuestion},
		"paired":     {"paired M17 …: the ledger has what stands on the two sides as one person", (*scene).expectPaired},
		"read":       {"read whole|changes: how the federation was read since the last sync began", (*scene).expectRead},
		"nobody":     {"nobody lost: people and what was entered are all there; nobody twice", (*scene).expectNobody},
		"quiet":      {"quiet: two more runs write nothing, and the second leaves the ledger's file as it is", (*scene).expectQuiet},
		"explained":  {"explained: the second opinion finds nothing that the ledger does not explain", (*scene).expectExplained},
	}
}

func (s *scene) expect(args []string) error {
	all := expectations()
	if len(args) == 0 || all[args[0]].holds == nil {
		return fmt.Errorf("what can be expected: %s", strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if err := all[args[0]].holds(s, args[1:]); err != nil {
		return fmt.Errorf("%w (expect %s)\n%s", err, all[args[0]].usage, s.told())
	}
	return nil
}

// atSide expects what a side holds of somebody.
func atSide(side simulation.Side) func(*scene, []string) error {
	return func(s *scene, args []string) error {
		if len(args) < 2 {
			return errors.New("who, and what?")
		}
		n, err := person(args[0])
		if err != nil {
			return err
		}
		seen := s.b.world.Person(n)
		held := at(seen, side)
		for _, word := range args[1:] {
			if err := sighted(held, word); err != nil {
				return fmt.Errorf("M%d at the %s: %w", n, side, err)
			}
		}
		return nil
	}
}

// sighted sees whether a side holds somebody once, and in the state or with the value that the word says.
func sighted(held []simulation.Sighting, word string) error {
	field, value, ok := strings.Cut(word, "=")
	switch {
	case word == "gone" && len(held) == 0:
		return nil
	case len(held) != 1:
		return fmt.Errorf("stands there %d times", len(held))
	case ok && stands(held[0], place(field)) != value:
		return fmt.Errorf("%s is %q", field, stands(held[0], place(field)))
	case !ok && string(held[0].Life) != word:
		return fmt.Errorf("is %s", held[0].Life)
	}
	return nil
}

// stands returns what a side holds in a field, whether the other has a place for it or not.
func stands(s simulation.Sighting, field string) string { return cmp.Or(s.Fields[field], s.Own[field]) }

func (s *scene) expectBoth(args []string) error {
	if err := atSide(simulation.Club)(s, args); err != nil {
		return err
	}
	return atSide(simulation.Federation)(s, args)
}

func (s *scene) expectWrote(args []string) error {
	if len(args) == 1 && args[0] == "nothing" {
		for _, side := range record.Sides() {
			if ops := s.b.sent(side); len(ops) > 0 {
				return fmt.Errorf("to the %s was sent: %v", side, ops)
			}
		}
		return nil
	}
	if len(args) != 2 {
		return errors.New("where, and how often?")
	}
	if ops := s.b.sent(record.Side(args[0])); strconv.Itoa(len(ops)) != args[1] {
		return fmt.Errorf("to the %s was sent: %v", args[0], ops)
	}
	return nil
}

func (s *scene) expectHeld(args []string) error {
	if s.last.Held == nil {
		return errors.New("nothing is held")
	}
	if len(args) == 0 || strconv.Itoa(s.last.Held.Persons) != args[0] {
		return fmt.Errorf("%d persons are held", s.last.Held.Persons)
	}
	if reasons := strings.Join(s.last.Held.Reasons, "; "); !strings.Contains(reasons, strings.Join(args[1:], " ")) {
		return fmt.Errorf("held because: %s", reasons)
	}
	return nil
}

func (s *scene) expectFlows([]string) error {
	if s.err != nil {
		return fmt.Errorf("it did not flow: %w", s.err)
	}
	if s.last.Held != nil || s.last.Stopped != nil || s.last.Failed+s.last.Unknown != 0 {
		return errors.New("it did not flow")
	}
	return nil
}

func (s *scene) expectStopped(args []string) error {
	if len(args) == 0 || s.last.Stopped == nil || string(s.last.Stopped.Side) != args[0] {
		return errors.New("it was not stopped by that side")
	}
	if !strings.Contains(s.last.Stopped.Reason, strings.Join(args[1:], " ")) {
		return fmt.Errorf("stopped because: %s", s.last.Stopped.Reason)
	}
	if s.last.Stopped.Next == "" {
		return errors.New("it does not say what to do next")
	}
	return nil
}

func (s *scene) expectWaiting(args []string) error {
	if len(args) != 1 || strconv.Itoa(s.last.Waiting) != args[0] {
		return fmt.Errorf("%d wait", s.last.Waiting)
	}
	return nil
}

func (s *scene) expectQuestion(args []string) error {
	if len(args) < 2 {
		return errors.New("of which kind, about whom?")
	}
	n, err := person(args[1])
	if err != nil {
		return err
	}
	field := ""
	if len(args) > 2 {
		field = args[2]
	}
	_, err = s.questionAbout(conflicts.Kind(args[0]), n, field)
	return err
}

func (s *scene) expectNoQuestion(args []string) error {
	open, err := s.b.link.Questions(s.tb.Context(), conflicts.Open)
	if err != nil {
		return err
	}
	if len(args) > 1 {
		open = slices.DeleteFunc(open, func(q conflicts.Question) bool { return string(q.Kind) != args[1] })
	}
	if len(open) > 0 {
		return fmt.Errorf("%d are open", len(open))
	}
	return nil
}

func (s *scene) expectNobody([]string) error { return s.past.lost(s.b) }

func (s *scene) expectQuiet([]string) error {
	s.b.forget()
	if err := s.once(connector.Options{}); err != nil { // what was written comes to rest
		return err
	}
	before, err := os.ReadFile(s.b.path)
	if err != nil {
		return err
	}
	if err := s.once(connector.Options{}); err != nil {
		return err
	}
	after, err := os.ReadFile(s.b.path)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(before, after):
		return errors.New("the ledger's file has changed")
	default:
		return s.expectWrote([]string{"nothing"})
	}
}

func (s *scene) expectExplained([]string) error {
	if r := s.b.verify(); r.Unexplained != 0 {
		return fmt.Errorf("%d differences are not explained: %v", r.Unexplained, r.Differences)
	}
	return nil
}

// told describes the last run and what is open, for whoever reads why a script failed.
func (s *scene) told() string {
	if s.b == nil {
		return "nothing has begun: linked or apart"
	}
	report, err := json.Marshal(s.last)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("the last run: %s\nopen: %s", report, s.b.kinds())
}
