package connector_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/porttest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/faults"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// TestScenarios plays every script in testdata/scenarios: one for each loss that INCIDENTS.md reports, over real HTTP. M17 is
// the seventeenth of the invented members. The scripts know these verbs besides those that people and systems have (see
// sideVerbs) and what can be expected (see expectations):
//
//	linked [members=60] [shape=federation] [put=shallow]  begins: a club in step with its federation, linked; with shape=numbers
//	                                                      its software keeps federation numbers as numbers, without zeros
//	apart  [members=60]                                   begins: two systems that nobody has linked, grown apart
//	sync [N times] [dry-run] [full] [by changes]          carries out a run, one poll after the last
//	sync overlapped                                       the same, and while it writes another run is asked for and another
//	                                                      process opens the ledger: neither may get anywhere
//	crash before|after CALL N                             lets the process die in the next run, at its Nth list, read, write
//	                                                      or commit; a new process takes over after it
//	crash everywhere                                      lets it die before and after call 1, a new one at call 2, and so on
//	later 24h                                             lets time pass
//	approve [create|update|clear|end|ask]                 says yes to the plan that waits, or to a part of it
//	decide KIND M17 ANSWER                                answers the open question of that kind about somebody
//	ledger copy | ledger restore | ledger lost            keeps a copy of the ledger; puts it back; takes it away
//	setting KEY=VALUE                                     opens the link with another setting (pinned=NUMBER, owner.FIELD=SIDE)
//	faults end                                            the systems work again
//	suffer                                                breaks every request of a run in every way, one after another: no
//	                                                      such run may write or come to believe anything
func TestScenarios(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/scenarios",
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			tb, ok := env.T().(testing.TB)
			if !ok {
				return fmt.Errorf("%T is no testing.TB", env.T())
			}
			env.Values["scene"] = &scene{tb: tb}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"linked": verb((*scene).linked), "apart": verb((*scene).apart), "sync": verb((*scene).sync), "crash": verb((*scene).crash),
			"later": verb((*scene).later), "approve": verb((*scene).approve), "decide": verb((*scene).decide), "ledger": verb((*scene).ledger),
			"setting": verb((*scene).setting), "faults": verb((*scene).faults), "suffer": verb((*scene).suffer), "expect": verb((*scene).expect),
			"club":       verb(func(s *scene, args []string) error { return s.side(simulation.Club, args) }),
			"federation": verb(func(s *scene, args []string) error { return s.side(simulation.Federation, args) }),
		},
	})
}

// A scene is what a script has before it.
type scene struct {
	tb   testing.TB
	b    *bench
	past *chronicle
	last connector.Report // of the last run
	all  []connector.Report
	err  error // of a run that a crash cut short
	kill *killer
	copy []byte                     // of the ledger
	file []byte                     // the ledger's, when the last sync began
	kept map[simulation.Side]any    // a copy of a system
	urls map[simulation.Side]string // where a system is when it is up
}

// verb makes a command of a script out of a method.
func verb(do func(*scene, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, negated bool, args []string) {
		s, ok := ts.Value("scene").(*scene)
		if !ok || negated {
			ts.Fatalf("a scenario has no use for this")
		}
		ts.Check(do(s, args))
	}
}

// errUsage says how a verb is used.
func errUsage(usage string) error { return fmt.Errorf("usage: %s", usage) }

// settings reads words of the form key=value.
func settings(words []string, legal ...string) (map[string]string, error) {
	out := map[string]string{}
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok || !slices.Contains(legal, key) {
			return nil, fmt.Errorf("%q is none of %s", word, strings.Join(legal, "=, ")+"=")
		}
		out[key] = value
	}
	return out, nil
}

// begin serves the two systems.
func (s *scene) begin(args []string, inStep bool) error {
	with, err := settings(args, "members", "shape", "put")
	if err != nil {
		return err
	}
	config := simulation.Config{Seed: 7, Members: smallest, InStep: inStep}
	if n, ok := with["members"]; ok {
		if config.Members, err = strconv.Atoi(n); err != nil {
			return err
		}
	}
	if shape := with["shape"]; shape == "federation" || shape == "numbers" {
		config.Shape = fairgatetest.FederationShape
		config.Tune = func(c *fairgatetest.Config, _ *stvtest.Config) { c.FederationNumbers = shape == "numbers" }
	}
	if with["put"] == "shallow" {
		config.Merge = fairgatetest.Shallow
	}
	s.b = newBench(s.tb, config)
	s.b.tally = &noted{}
	s.b.restart(nil)
	s.kept, s.urls = map[simulation.Side]any{}, map[simulation.Side]string{}
	s.past = s.b.chronicle()
	return nil
}

func (s *scene) apart(args []string) error { return s.begin(args, false) }

func (s *scene) linked(args []string) error {
	if err := s.begin(args, true); err != nil {
		return err
	}
	r := s.b.run()
	if r.Held != nil || r.Stopped != nil || r.Linked == 0 {
		return fmt.Errorf("a club in step was not linked: %s", text(r))
	}
	s.b.forget()
	return nil
}

func (s *scene) sync(args []string) error {
	var opt connector.Options
	times := 1
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case word == "dry-run":
			opt.DryRun = true
		case word == "overlapped":
			s.b.forget()
			return s.overlapped()
		case word == "full":
			opt.Full = true
		case word == "by" && i+1 < len(args) && args[i+1] == "changes":
			opt.Deltas = true
			i++
		case i+1 < len(args) && args[i+1] == "times":
			n, err := strconv.Atoi(word)
			if err != nil {
				return err
			}
			times = n
			i++
		default:
			return errUsage("sync [N times] [dry-run] [full] [by changes] | sync overlapped")
		}
	}
	s.b.forget()
	s.all, s.file = nil, s.b.file()
	for range times {
		if err := s.once(opt); err != nil {
			return err
		}
	}
	return nil
}

// once carries out one run; one that a crash cuts short is followed by a new process.
func (s *scene) once(opt connector.Options) error {
	s.b.clock.Add(poll)
	s.last, s.err = s.b.link.RunOnce(s.tb.Context(), opt)
	s.all = append(s.all, s.last)
	if s.kill == nil {
		return s.err
	}
	if !s.kill.dead {
		return fmt.Errorf("the run was over before its %s", s.kill.what)
	}
	s.kill = nil
	s.b.restart(nil)
	return nil
}

func (s *scene) crash(args []string) error {
	const usage = "crash before|after list|read|write|commit N | crash everywhere"
	if len(args) == 1 && args[0] == "everywhere" {
		return s.crashEverywhere()
	}
	if len(args) != 3 || !slices.Contains([]string{"before", "after"}, args[0]) {
		return errUsage(usage)
	}
	n, err := strconv.Atoi(args[2])
	if err != nil || !slices.Contains([]string{"list", "read", "write", "commit"}, args[1]) {
		return errUsage(usage)
	}
	s.kill = &killer{at: n, after: args[0] == "after", what: args[1]}
	s.b.restart(s.kill)
	return nil
}

func (s *scene) later(args []string) error {
	if len(args) != 1 {
		return errUsage("later DURATION")
	}
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	s.b.clock.Add(d)
	return nil
}

func (s *scene) approve(args []string) error {
	plan := s.b.held()
	if plan.ID == "" {
		return fmt.Errorf("no plan waits")
	}
	var only connector.Only
	for _, word := range args {
		if persons, ok := strings.CutPrefix(word, "persons="); ok {
			n, err := strconv.Atoi(persons)
			if err != nil {
				return err
			}
			_, err = s.b.link.Approve(s.tb.Context(), plan.ID, n, only)
			return refusedAs(err, n != plan.Persons)
		}
		only.Kinds = append(only.Kinds, record.Op(word))
	}
	_, err := s.b.link.Approve(s.tb.Context(), plan.ID, plan.Persons, only)
	return err
}

// refusedAs turns a refusal that has to be into success, and a success that must not be into an error.
func refusedAs(err error, has bool) error {
	if has && err == nil {
		return fmt.Errorf("it was approved with another number of persons")
	}
	if has {
		return nil
	}
	return err
}

func (s *scene) ledger(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "copy":
		s.copy = s.b.copied()
	case len(args) == 1 && args[0] == "restore" && s.copy != nil:
		s.b.putBack(s.copy)
	case len(args) == 1 && args[0] == "lost":
		return s.b.lost()
	default:
		return errUsage("ledger copy | ledger restore | ledger lost")
	}
	return nil
}

// setting opens the link with another configuration, as an admin would after editing the file.
func (s *scene) setting(args []string) error {
	for _, word := range args {
		key, value, _ := strings.Cut(word, "=")
		field, owner := strings.CutPrefix(key, "owner.")
		switch {
		case key == "pinned":
			s.b.guards.Pinned = strings.Split(value, ",")
		case owner:
			s.b.policy = map[string]conflicts.Rule{field: {Owner: conflicts.Owner(value)}}
		default:
			return errUsage("setting pinned=NUMBER | owner.RECORD.FIELD=club|federation|both")
		}
	}
	s.b.restart(nil)
	return nil
}

func (s *scene) faults(args []string) error {
	if len(args) != 1 || args[0] != "end" {
		return errUsage("faults end")
	}
	s.b.world.ClubSystem.Faults().Clear()
	s.b.world.FederationSystem.Faults().Clear()
	return nil
}

// suffer breaks every request that a listing makes, in every way there is.
func (s *scene) suffer([]string) error {
	want := s.b.believes()
	for _, op := range listingOps() {
		for _, kind := range faults.Kinds() {
			if kind == faults.Delay {
				continue // that breaks no answer
			}
			s.b.forget()
			s.b.renew()
			if err := s.b.world.AddFaults(faults.Rule{Op: op, Kind: kind}); err != nil {
				return err
			}
			s.last = s.b.dryOrRun()
			if err := errors.Join(s.faults([]string{"end"}), s.expectWrote([]string{"nothing"})); err != nil {
				return fmt.Errorf("%s %s: %w", op, kind, err)
			}
			if diff := cmp.Diff(want, s.b.believes(), porttest.Same()); diff != "" {
				return fmt.Errorf("%s %s: the ledger believes something new:\n%s", op, kind, diff)
			}
		}
	}
	return nil
}
