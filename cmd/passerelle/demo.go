package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/verify"
	"passerelle/internal/config"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// A demonstration is what demo is told.
type demonstration struct {
	scene   string // "" is the usual one
	once    bool
	members int
	seed    uint64
}

func (a *app) demoCommand() *cobra.Command {
	var d demonstration
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try everything with invented people, in this one process",
		Long: `Serves both systems, simulated, on this machine, and links them as run does: the same adapters over HTTP, the same
cycle, a ledger in a temporary folder. It approves the first plan itself, and says so. Then people on both sides
edit, the next run carries that, and one more run finds nothing to do. In the end one value is changed behind
everybody's back, and verify finds it.

With --once it ends there; the exit code is 1 if anything did not come as it must. Without, the daemon goes on,
and people edit now and then, until Ctrl-C.

--scene first-link shows another beginning: a club whose list was kept apart from the federation's for years, so that a
third of the people differ. It answers every question that comes as an admin would who knows who is who, approves, and
counts what came of it against the truth.`,
		Example: `  passerelle demo
  passerelle demo --once --json --members 300 --seed 7
  passerelle demo --scene first-link --once --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.json && !d.once {
				return usage(errors.New("--json prints what came of it in the end: it goes with --once"))
			}
			if d.scene != "" && d.scene != sceneFirstLink {
				return usage(fmt.Errorf("--scene %q: there is one besides the usual: %s", d.scene, sceneFirstLink))
			}
			return a.demo(cmd.Context(), d)
		},
	}
	cmd.Flags().StringVar(&d.scene, "scene", "", "another `SCENE`: "+sceneFirstLink)
	cmd.Flags().BoolVar(&d.once, "once", false, "a first link, two more runs and two verifications, then end")
	cmd.Flags().IntVar(&d.members, "members", 300, "how many `MEMBERS` the club has")
	cmd.Flags().Uint64Var(&d.seed, "seed", 1, "the `NUMBER` that the people are drawn from: the same number, the same people")
	a.takesJSON(cmd)
	return cmd
}

// A demonstrated is what came of a demo. Runs are the one that carried the approved first plan, the one after the edits,
// and a quiet one, the first with what was linked when it was looked at; Planted is a verification after one value was changed behind everybody's back.
type demonstrated struct {
	Runs    []connector.Report `json:"runs"`
	Verify  verify.Report      `json:"verify"`
	Planted verify.Report      `json:"planted"`
}

// demoPoll is the time between two runs of the demo's daemon.
const demoPoll = "5s"

func (a *app) demo(ctx context.Context, d demonstration) (err error) {
	world, err := a.world(simulated{members: d.members, seed: d.seed, years: d.scene == sceneFirstLink})
	if err != nil {
		return err
	}
	listeners, err := a.listeners(ctx, simulated{club: "127.0.0.1:0", federation: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx) // past the first signal: the daemon finishes its write before they go
	served := world.Serve(serving, listeners)
	defer func() {
		stop()
		err = errors.Join(err, served.Wait())
	}()
	folder, err := os.MkdirTemp("", "passerelle-demo-")
	if err != nil {
		return fmt.Errorf("a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c, err := a.demoConfig(folder, world, served)
	if err != nil {
		return err
	}
	s := &stage{app: a, world: world, twice: len(world.Twice())}
	begin, whole := s.beginLinked, s.play
	if d.scene == sceneFirstLink {
		begin = func(ctx context.Context) error { return s.linkAfterYears(ctx, c) }
		whole = begin
	}
	if d.once {
		return s.during(ctx, c, whole)
	}
	return s.goOn(ctx, c, begin)
}

// demoConfig writes the configuration and seals the secrets, as somebody would who links the two systems.
func (a *app) demoConfig(folder string, world *simulation.World, served *simulation.Served) (config.Config, error) {
	text := world.ConfigYAML(served.ClubURL, served.FederationURL, "127.0.0.1:0") + "    poll: " + demoPoll + "\n"
	if err := writeConfig(folder, text, world.Overlay()); err != nil {
		return config.Config{}, err
	}
	a.configPath = filepath.Join(folder, "passerelle.yaml")
	c, err := a.config()
	if err != nil {
		return c, err
	}
	return c, errors.Join(
		a.seal(c.State, simulation.LinkID, record.Club, simulation.AccessKey),
		a.seal(c.State, simulation.LinkID, record.Federation, simulation.Token),
	)
}

// A stage is a simulated world with a link in it, and what did not come as it must.
type stage struct {
	*app
	world *simulation.World
	door  *door
	twice int // who stood more than once on a side to begin with
	wrong []error
}

// during acts while nobody else has the ledger.
func (s *stage) during(ctx context.Context, c config.Config, act func(context.Context) error) (err error) {
	ctx, stop := s.untilInterrupted(ctx)
	defer stop()
	if s.door, err = s.app.door(ctx, c, c.Links); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.door.close()) }()
	return act(ctx)
}

// beginLinked makes the first link.
func (s *stage) beginLinked(ctx context.Context) error {
	_, err := s.firstLink(ctx)
	return err
}

// play shows the link from its first plan to a difference that nobody noticed, and prints what came of it.
func (s *stage) play(ctx context.Context) (err error) {
	var shown demonstrated
	first, err := s.firstLink(ctx)
	if err != nil {
		return err
	}
	edits, err := s.edited(ctx)
	if err != nil {
		return err
	}
	quiet, err := s.quiet(ctx)
	if err != nil {
		return err
	}
	shown.Runs = []connector.Report{first, edits, quiet}
	if shown.Verify, err = ask[verify.Report](ctx, s.door, "verify", verifyQuestion{}); err != nil {
		return err
	}
	s.expect(shown.Verify.Unexplained == 0, "%d differences that nothing explains", shown.Verify.Unexplained)
	s.say("Verified: %d persons are linked, %d of them alike on both sides; %d differences have no explanation.",
		shown.Verify.Pairs, shown.Verify.Equal, shown.Verify.Unexplained)
	if shown.Planted, err = s.planted(ctx); err != nil {
		return err
	}
	if s.json {
		if err := s.printJSON(shown); err != nil {
			return err
		}
	}
	if err := errors.Join(s.wrong...); err != nil {
		return fmt.Errorf("the demo did not come out as it must:\n%w", err)
	}
	return nil
}

// firstLink makes the first plan, approves it, and carries it.
func (s *stage) firstLink(ctx context.Context) (connector.Report, error) {
	s.say("A club with %d members and its federation have grown apart. The first run looks, and writes nothing.", s.world.People.Members)
	looked, err := s.run(ctx)
	report := looked
	if err != nil {
		return report, err
	}
	s.expect(report.Held != nil, "the first run has held nothing")
	if report.Held == nil {
		return report, nil
	}
	s.say("The demo approves plan %s in your place: %d changes for %d persons.", report.Held.Plan, report.Held.Changes, report.Held.Persons)
	approval := approveQuestion{Plan: report.Held.Plan, Persons: &report.Held.Persons}
	if _, err := ask[approveAnswer](ctx, s.door, "approve", approval); err != nil {
		return report, err
	}
	report, err = s.run(ctx)
	if err == nil {
		s.carried("first", report)
	}
	// The first link is both: who was found to be whom when it looked belongs to it.
	report.Linked += looked.Linked
	report.Adopted += looked.Adopted
	return report, err
}

// edited lets people edit, carries that, and holds both systems to what must have come of it.
func (s *stage) edited(ctx context.Context) (connector.Report, error) {
	edits, err := s.world.Edits()
	if err != nil {
		return connector.Report{}, usage(fmt.Errorf("--members: the club is too small for every kind of edit: %w", err))
	}
	for _, e := range edits {
		s.say("  M%d, %s: %s.", e.N, e.What, e.Then)
	}
	report, err := s.run(ctx)
	if err != nil {
		return report, err
	}
	s.carried("second", report)
	queue, err := ask[conflictsAnswer](ctx, s.door, "conflicts/list", conflictsQuestion{})
	if err != nil {
		return report, err
	}
	for _, e := range edits {
		if err := s.world.Check(e); err != nil {
			s.wrong = append(s.wrong, err)
		}
		s.expect(e.Question == "" || s.asked(queue, e), "%s, M%d: no question of kind %s is open", e.What, e.N, e.Question)
	}
	return report, nil
}

// asked reports whether the question that an edit must lead to is open.
func (s *stage) asked(queue conflictsAnswer, e simulation.Edit) bool {
	seen := s.world.Person(e.N)
	return slices.ContainsFunc(queue.Conflicts, func(c conflict) bool {
		about := func(sighting simulation.Sighting) bool { return sighting.Ref == c.Club || sighting.Ref == c.Federation }
		return c.Kind == conflicts.Kind(e.Question) && (slices.ContainsFunc(seen.Club, about) || slices.ContainsFunc(seen.Federation, about))
	})
}

// quiet runs once more and expects nothing to be written.
func (s *stage) quiet(ctx context.Context) (connector.Report, error) {
	report, err := s.run(ctx)
	if err != nil {
		return report, err
	}
	s.carried("third", report)
	for _, side := range record.Sides() {
		s.expect(report.Requests[side].Write+report.Applied[side].Total() == 0, "the quiet run has written to the %s", side)
	}
	s.expect(len(s.world.Twice()) == s.twice, "%d persons stand twice on a side, %d before", len(s.world.Twice()), s.twice)
	return report, nil
}

// planted changes one value behind everybody's back and lets verify find it.
func (s *stage) planted(ctx context.Context) (verify.Report, error) {
	planted, err := s.world.Plant()
	if err != nil {
		return verify.Report{}, err
	}
	found, err := ask[verify.Report](ctx, s.door, "verify", verifyQuestion{})
	if err != nil {
		return found, err
	}
	s.say("One value was changed behind everybody's back: %s of %s. Verify finds %d:", planted.Field, planted.Ref, found.Unexplained)
	for _, d := range found.Differences {
		s.say("  %s and %s: %s", d.Club, d.Federation, d.Field)
	}
	s.expect(found.Unexplained == 1 && len(found.Differences) == 1 && found.Differences[0].Field == planted.Field &&
		found.Differences[0].Federation == planted.Ref, "verify does not find just the value that was planted")
	return found, nil
}

// run carries out one cycle and says what it did.
func (s *stage) run(ctx context.Context) (connector.Report, error) {
	report, err := ask[connector.Report](ctx, s.door, "sync", syncQuestion{})
	if err == nil {
		var text strings.Builder
		tellReport(&text, report)
		s.say("%s", strings.TrimRight(text.String(), "\n"))
	}
	return report, err
}

// carried expects of a run that nothing was left over.
func (s *stage) carried(which string, r connector.Report) {
	s.expect(r.Stopped == nil && r.Held == nil && r.Failed == 0 && r.Unknown == 0,
		"the %s run did not carry everything: see its stopped, held, failed, and unknown", which)
}

func (s *stage) expect(as bool, format string, args ...any) {
	if !as {
		s.wrong = append(s.wrong, fmt.Errorf(format, args...))
	}
}

// say tells the story: on standard output, or beside it where that is for JSON.
func (s *stage) say(format string, args ...any) {
	out := s.stdout
	if s.json {
		out = s.stderr
	}
	_, _ = fmt.Fprintf(out, format+"\n", args...) // a story that nobody hears changes nothing
}

// ask asks the desk of the demo's one link, and leaves the exit code to the demo.
func ask[A any](ctx context.Context, d *door, what string, question any) (answer A, err error) {
	result, _, err := d.call(ctx, simulation.LinkID, what, question)
	if err != nil {
		return answer, err
	}
	return answer, json.Unmarshal(result, &answer)
}

// idle is how many runs of the daemon pass between two times that people edit.
const idle = 4

// goOn makes the first link, and then lets the daemon run while people edit now and then.
func (s *stage) goOn(ctx context.Context, c config.Config, begin func(context.Context) error) error {
	if err := s.during(ctx, c, begin); err != nil {
		return err
	}
	s.say("The daemon goes on, every %s, and people edit now and then. Ctrl-C ends it. Look at it from elsewhere:", demoPoll)
	s.say("  passerelle status --config %s", s.configPath)
	runs := 0
	return s.serve(ctx, c, func(l *opened) {
		status, err := l.link.Status(ctx)
		if err != nil || status.LastRun == nil {
			return
		}
		s.happened(*status.LastRun)
		if runs++; runs%idle == 0 {
			s.someoneEdits()
		}
	})
}

// happened tells of a run, if it did anything.
func (s *stage) happened(r connector.Report) {
	for _, side := range record.Sides() {
		if r.Applied[side].Total() > 0 {
			s.say("%s  run %d: at the %s: %s", s.now().Format(time.TimeOnly), r.Run, side, told(r.Applied[side]))
		}
	}
	if r.Conflicts.Opened > 0 {
		s.say("%s  run %d: %d new questions, %d are open", s.now().Format(time.TimeOnly), r.Run, r.Conflicts.Opened, r.Conflicts.Open)
	}
	if r.Held != nil {
		s.say("%s  plan %s is held, because %s", s.now().Format(time.TimeOnly), r.Held.Plan, strings.Join(r.Held.Reasons, "; "))
	}
}

// someoneEdits lets people of both systems edit, as long as there is somebody whom it could happen to.
func (s *stage) someoneEdits() {
	edits, err := s.world.Edits()
	for _, e := range edits {
		s.say("%s  M%d, %s: %s", s.now().Format(time.TimeOnly), e.N, e.What, e.Then)
	}
	if err != nil && len(edits) == 0 {
		s.say("%s  everything that could happen has happened", s.now().Format(time.TimeOnly))
	}
}
