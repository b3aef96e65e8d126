package connector_test

import (
	"context"
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
//	linked [members=60] [shape=federation] [put=shallow]  begins: a club in step with its federation, linked; with dates=times
//	                                                      the club serves dates as midnights, with shape=numbers its software
//	                                                      keeps federation numbers as numbers, without zeros
//	apart  [members=60]                                   begins: two systems that nobody has linked, grown apart
//	sync [N times] [dry-run] [full] [by changes]          carries out a run, one poll after the last
//	sync overlapped                                       the same, and while it writes another run is asked for and another
//	                                                      process opens the ledger: neither may get anywhere
//	crash before|after CALL N [perhaps]                   lets the process die in the next run, at its Nth list, read, write
//	                                                      or commit, if it comes so far; a new process takes over after it
//	crash everywhere                                      lets it die before and after call 1, a new one at call 2, and so on
//	later 24h                                             lets time pass
//	stamped -3h club|federation VERB …                    people of a side do something while their clock is off
//	meanwhile OPERATION N club|federation VERB …          something happens just before the Nth such request of the next sync
//	zone Pacific/Kiritimati                               sets the machine that runs the link to another time zone
//	approve [create|update|clear|end|ask]                 says yes to the plan that waits, or to a part of it
//	decide KIND M17 ANSWER | decide ID ANSWER             answers the open question of that kind about somebody, or any
//	unlink M17 | relink M17 M18                           takes somebody apart; joins a contact and a member ("perhaps": may be refused)
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
			env.Values["scene"] = &scene{tb: tb, net: loopback{}}
			return nil
		},
		Cmds: commands(),
	})
}

// A scene is what a script has before it.
type scene struct {
	tb      testing.TB
	net     network
	b       *bench
	past    *chronicle
	last    connector.Report // of the last run
	all     []connector.Report
	err     error // of a run that a crash cut short
	kill    *killer
	mayLive bool                       // a run may also be over before it would have died
	copy    []byte                     // of the ledger
	file    []byte                     // the ledger's, when the last sync began
	kept    map[simulation.Side]kept   // a copy of a system
	urls    map[simulation.Side]string // where a system is when it is up

	removed       map[simulation.Side]map[int]removed // by person: what a side held of who was removed
	interruptions []interruption                      // of the next run
}

// A kept copy of a system: what puts it back, and the chronicle when it was made.
type kept struct {
	restore func()
	past    *chronicle
}

// verbs are the words with which a line of a script begins.
func verbs() map[string]func(*scene, []string) error {
	return map[string]func(*scene, []string) error{
		"linked": (*scene).linked, "apart": (*scene).apart, "sync": (*scene).sync, "crash": (*scene).crash, "later": (*scene).later,
		"approve": (*scene).approve, "decide": (*scene).decide, "ledger": (*scene).ledger, "setting": (*scene).setting, "unlink": (*scene).unlink, "relink": (*scene).relink,
		"stamped": (*scene).stamped, "meanwhile": (*scene).meanwhile, "zone": (*scene).zone,
		"faults": (*scene).faults, "suffer": (*scene).suffer, "expect": (*scene).expect,
		"club":       func(s *scene, args []string) error { return s.side(simulation.Club, args) },
		"federation": func(s *scene, args []string) error { return s.side(simulation.Federation, args) },
	}
}

// commands makes the verbs commands of a script.
func commands() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){}
	for name, do := range verbs() {
		out[name] = func(ts *testscript.TestScript, negated bool, args []string) {
			s, ok := ts.Value("scene").(*scene)
			if !ok || negated {
				ts.Fatalf("a scenario has no use for this")
			}
			ts.Check(do(s, args))
		}
	}
	return out
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
	with, err := settings(args, "members", "shape", "put", "dates")
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
	if with["dates"] == "times" {
		config.Tune = func(c *fairgatetest.Config, _ *stvtest.Config) { c.DatesAsTimes = true }
	}
	s.b = newBenchOn(s.tb, config, s.net)
	s.b.tally = &noted{}
	_, s.b.inTurn = s.net.(*pipes)
	s.b.restart(nil)
	s.kept, s.urls = map[simulation.Side]kept{}, map[simulation.Side]string{}
	s.removed = map[simulation.Side]map[int]removed{simulation.Club: {}, simulation.Federation: {}}
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
		if err := s.interrupted(func() error { return s.once(opt) }); err != nil {
			return err
		}
	}
	return nil
}

// once carries out one run; one that a crash cuts short is followed by a new process.
func (s *scene) once(opt connector.Options) error {
	s.b.clock.Add(poll)
	if s.kill != nil {
		s.b.restart(s.kill)
	}
	s.last, s.err = s.b.link.RunOnce(s.tb.Context(), opt)
	s.all = append(s.all, s.last)
	if s.b.inTurn { // a bubble's own clock: a request that somebody gave up on arrives before the next poll, not polls later
		ctx, done := context.WithTimeout(s.tb.Context(), poll)
		<-ctx.Done()
		done()
	}
	if s.kill == nil {
		return s.err
	}
	if !s.kill.dead && !s.mayLive {
		return fmt.Errorf("the run was over before its %s", s.kill.what)
	}
	s.kill, s.mayLive = nil, false
	s.b.restart(nil)
	return nil
}

func (s *scene) crash(args []string) error {
	const usage = "crash before|after list|read|write|commit N [perhaps] | crash everywhere"
	if len(args) == 1 && args[0] == "everywhere" {
		return s.crashEverywhere()
	}
	s.mayLive = len(args) == 4 && args[3] == "perhaps"
	if len(args) != 3 && !s.mayLive || !slices.Contains([]string{"before", "after"}, args[0]) {
		return errUsage(usage)
	}
	n, err := strconv.Atoi(args[2])
	if err != nil || !slices.Contains([]string{"list", "read", "write", "commit"}, args[1]) {
		return errUsage(usage)
	}
	s.kill = &killer{at: n, after: args[0] == "after", what: args[1]}
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
		return errors.New("no plan waits")
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
		return errors.New("it was approved with another number of persons")
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
		return s.past.forgets(s.b)
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
