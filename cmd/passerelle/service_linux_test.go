package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/verify"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// A service is the built program as a service manager runs it, between two simulated systems.
type service struct {
	*world

	tb      testing.TB
	binary  string
	process *exec.Cmd
	ended   chan error
	stderr  *watched
	manager *watched // what the service manager was told
	notify  string   // where
	tight   bool     // its state folder has a size of its own

	edited  map[int]string // people to the mobile phone that both sides must come to hold
	edits   int
	joined  int
	chance  *rand.Rand
	running time.Duration // how long its first run took
}

// smallDisk is the size of the state folder, where one can be made.
const smallDisk = "16m"

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{
		tb: t, binary: filepath.Join(t.TempDir(), "passerelle"), edited: map[int]string{}, chance: rand.New(rand.NewPCG(7, 7)),
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	more := "    poll: 1h\n    guards: {changes: {count: 500, percent: 100}}\n"
	s.world = served(t, simulation.Config{Seed: 7, Members: 300, InStep: true}, more, nil)
	state := filepath.Join(s.folder, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "mode=0700,size="+smallDisk); err == nil {
		s.tight = true
		t.Cleanup(func() { _ = syscall.Unmount(state, syscall.MNT_DETACH) })
	} else if !errors.Is(err, syscall.EPERM) {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.Process.Kill()
			_ = s.end()
		}
	})
	s.listen(t)
	s.connect(t)
	return s
}

// listen is the service manager's ear, whatever process speaks.
func (s *service) listen(t *testing.T) {
	t.Helper()
	s.notify, s.manager = filepath.Join(t.TempDir(), "notify"), newWatched()
	ear, err := new(net.ListenConfig).ListenPacket(t.Context(), "unixgram", s.notify)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		datagram := make([]byte, 4096)
		for {
			n, _, err := ear.ReadFrom(datagram)
			if err != nil {
				return
			}
			_, _ = s.manager.Write(append(datagram[:n:n], '\n'))
		}
	}()
	t.Cleanup(func() {
		_ = ear.Close()
		<-heard
	})
}

// start starts the service and waits until it says that it is ready, and once more that it lives.
func (s *service) start() {
	s.tb.Helper()
	s.manager.reset()
	s.begin()
	s.manager.wait("READY=1\n")
	s.manager.wait("WATCHDOG=1\n")
}

// begin starts the service.
func (s *service) begin() {
	s.tb.Helper()
	s.stderr, s.ended = newWatched(), make(chan error, 1)
	s.process = exec.Command(s.binary, s.args("run")...) //nolint:noctx // it ends by its signals
	s.process.Stderr = s.stderr
	s.process.Env = append(os.Environ(), "NOTIFY_SOCKET="+s.notify, "WATCHDOG_USEC=200000")
	if err := s.process.Start(); err != nil {
		s.tb.Fatal(err)
	}
	process, ended := s.process, s.ended
	go func() { ended <- process.Wait() }()
}

// end waits for the end of the service, which has been asked for.
func (s *service) end() error {
	err := <-s.ended
	s.process = nil
	return err
}

// stop ends the service as a service manager does.
func (s *service) stop() {
	s.tb.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.tb.Fatal(err)
	}
	if err := s.end(); err != nil {
		s.tb.Fatalf("after SIGTERM: %v\n%s", err, s.stderr)
	}
	s.manager.wait("STOPPING=1\n")
}

// sync has the service run now, and returns how that ended.
func (s *service) sync(want int) connector.Report {
	s.tb.Helper()
	var report connector.Report
	s.json(s.tb, &report, want, "sync", "--json")
	return report
}

// rest has the service run until there is nothing left to do.
func (s *service) rest() {
	s.tb.Helper()
	var report connector.Report
	for range 6 {
		report = s.sync(exitDone)
		if report.Applied[record.Club].Total()+report.Applied[record.Federation].Total()+report.Adopted+report.Linked == 0 {
			break
		}
	}
	if report.Waiting > 0 {
		s.looksTwice()
	}
}

// looksTwice lets the service poll each second for a while: who may have been created is looked for in two lists, a poll apart.
func (s *service) looksTwice() {
	s.tb.Helper()
	s.polls("1h", "1s")
	defer s.polls("1s", "1h")
	for range 60 {
		if report := s.sync(exitDone); report.Waiting == 0 {
			return
		}
	}
	s.tb.Fatal("it does not come to rest")
}

// polls restarts the service with another time between its polls.
func (s *service) polls(from, to string) {
	s.tb.Helper()
	s.stop()
	path := filepath.Join(s.folder, "passerelle.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		s.tb.Fatal(err)
	}
	text = bytes.Replace(text, []byte("poll: "+from), []byte("poll: "+to), 1)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		s.tb.Fatal(err)
	}
	s.start()
}

// edit gives somebody another mobile phone at the club, each time somebody else, and every third time takes somebody new in.
// Who has another home club stays out: those data are not this club's to change.
func (s *service) edit() {
	s.tb.Helper()
	elsewhere := map[string]bool{}
	for _, seen := range s.Everybody() {
		if len(seen.Club) > 0 && seen.N > 0 && s.M(seen.N).OtherClub != "" && !s.M(seen.N).HomeClub {
			elsewhere[seen.Club[0].Ref] = true
		}
	}
	trains := []string{"Aktive Turner", "Aktive Turnerin", "Männer", "Frauen"}
	var plain []fairgatetest.Contact
	for _, c := range s.ClubSystem.Contacts() {
		if c.Status == "active" && !elsewhere["contact/"+c.Basefields.ContactID] && c.Communication.Mobile != "" && slices.Contains(trains, c.Membership.Membership) {
			plain = append(plain, c)
		}
	}
	if s.edits++; s.edits >= len(plain) {
		s.tb.Fatal("everybody has been edited")
	}
	id := plain[s.edits].Basefields.ContactID
	phone := fmt.Sprintf("07900%05d", s.edits)
	s.ClubSystem.Edit(id, func(c *fairgatetest.Contact) { c.Communication.Mobile = phone })
	for n, seen := range s.Everybody() {
		if len(seen.Club) > 0 && seen.Club[0].Ref == "contact/"+id {
			s.edited[n] = "+41" + phone[1:]
		}
	}
	if s.edits%3 == 0 {
		s.join()
	}
}

// join takes somebody new in at the club, as a member without a number.
func (s *service) join() {
	s.joined++
	for _, c := range s.ClubSystem.Contacts() {
		if c.Membership.Membership == "Aktive Turner" && c.Status == "active" && c.Basefields.Gender == "male" {
			c.Basefields.ContactID, c.Basefields.FirstName = "", "Neu"
			c.Basefields.LastName = "Angekommen" + string(rune('a'+s.joined/26)) + string(rune('a'+s.joined%26))
			c.Basefields.Birthday = fmt.Sprintf("19%02d-03-%02d", 50+s.joined%40, 1+s.joined%28)
			c.Communication.PrimaryEmail, c.Communication.Mobile = "", ""
			c.CustomFields = map[string]any{}
			s.ClubSystem.Add(c)
			return
		}
	}
	s.tb.Fatal("the club has no active member to take as an example")
}

// settled sees that every edit has arrived on both sides, everybody stands once on each, and nothing stays unexplained.
func (s *service) settled() {
	s.tb.Helper()
	everybody := s.Everybody()
	for n, want := range s.edited {
		seen := everybody[n]
		if len(seen.Club) != 1 || len(seen.Federation) != 1 {
			s.tb.Errorf("person %d stands %d times at the club and %d times at the federation", n, len(seen.Club), len(seen.Federation))
			continue
		}
		for side, sighting := range map[string]simulation.Sighting{"club": seen.Club[0], "federation": seen.Federation[0]} {
			if got := sighting.Fields["member.phoneMobile"]; got != want {
				s.tb.Errorf("person %d: the %s holds %q, want %q", n, side, got, want)
			}
		}
	}
	if twice, missing := s.Twice(), s.Missing(); len(twice)+len(missing) > 0 {
		s.tb.Errorf("stand twice: %d, are missing: %d", len(twice), len(missing))
	}
	if s.tb.Failed() {
		s.tb.Logf("status:\n%squestions:\n%s", s.passerelle(s.tb, exitDone, "status"), s.passerelle(s.tb, exitDone, "conflicts", "list"))
	}
	var report verify.Report
	s.json(s.tb, &report, exitDone, "verify", "--json")
	if report.Unexplained != 0 || report.Pairs == 0 {
		s.tb.Errorf("verify: %+v", report)
	}
}

// fault breaks a system until the faults are cleared.
func (s *service) fault(rules ...string) {
	s.tb.Helper()
	breakAll(s.tb, s.world, rules...)
}

func (s *service) mend() {
	s.ClubSystem.Faults().Clear()
	s.FederationSystem.Faults().Clear()
}

// TestAServiceLives has the built program live through what happens to a service in some years, and end with everybody
// standing once on each side, every edit in place and nothing unexplained.
func TestAServiceLives(t *testing.T) { //nolint:tparallel // the steps follow one another
	t.Parallel()
	s := newService(t)
	for _, step := range []struct {
		name string
		do   func(*service)
	}{
		{"it links and comes to rest", (*service).links},
		{"its token is taken back and replaced", (*service).losesItsToken},
		{"a storm of 429", (*service).isPutOff},
		{"a window of maintenance", (*service).isMaintained},
		{"the window for writing is closed for a while", (*service).mayNotWrite},
		{"SIGTERM during a write", (*service).isStoppedInAWrite},
		{"kill -9 at fifty moments", (*service).isKilled},
		{"a ledger restored from a copy", (*service).isRestored},
		{"a full disk", (*service).hasNoSpace},
	} {
		if !t.Run(step.name, func(t *testing.T) {
			s.tb = t
			step.do(s)
		}) {
			t.Fatal("the rest would tell nothing")
		}
	}
	s.tb = t
	s.start()
	s.rest()
	s.settled()
	s.stop()
}

func (s *service) links() {
	began := time.Now()
	s.start()
	s.sync(exitDone)
	s.running = time.Since(began)
	s.edit()
	s.rest()
	s.settled()
}

func (s *service) losesItsToken() {
	s.FederationSystem.SetGrant(simulation.Token, stvtest.Grant{Club: simulation.ClubNumber, Revoked: true})
	s.edit()
	writes := s.writes()
	s.sync(exitSecret)
	var status statusAnswer
	s.json(s.tb, &status, exitDone, "status", "--json")
	if status.State != connector.Stops || !strings.Contains(status.Next, "passerelle connect") {
		s.tb.Errorf("status: %s, next %s", status.State, status.Next)
	}
	if got := s.writes(); got != writes {
		s.tb.Errorf("it has sent %d writes without a token", got-writes)
	}
	const token = "simulated-next-token"
	s.FederationSystem.SetGrant(token, stvtest.Grant{Club: simulation.ClubNumber})
	s.world.begin(s.tb, token, "connect", simulation.LinkID, "federation").end(exitDone)
	s.rest()
	s.settled()
}

// writes counts the requests that were meant to change something.
func (s *service) writes() int {
	n := 0
	for _, r := range s.FederationSystem.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}

func (s *service) isPutOff() {
	s.edit()
	s.fault("members.list too-many delay=1s times=2", "members.change too-many-bare times=1", "contacts.list too-many delay=1s times=1")
	s.rest()
	s.mend()
	s.settled()
}

func (s *service) isMaintained() {
	s.edit()
	s.fault("* unavailable delay=1h")
	s.sync(exitFailed)
	var status statusAnswer
	s.json(s.tb, &status, exitDone, "status", "--json")
	if status.State != connector.Stops {
		s.tb.Errorf("status: %s", status.State)
	}
	s.mend()
	s.stop() // whoever was told to come back in an hour is not asked again by the same process
	s.start()
	s.rest()
	s.settled()
}

func (s *service) mayNotWrite() {
	s.FederationSystem.SetWriteWindow("closed")
	s.edit()
	writes := s.writes()
	if report := s.sync(exitDone); report.Waiting == 0 {
		s.tb.Errorf("nothing waits: %+v", report)
	}
	if got := s.writes(); got != writes {
		s.tb.Errorf("it has sent %d writes into a closed window", got-writes)
	}
	s.FederationSystem.SetWriteWindow("open")
	s.rest()
	s.settled()
}

func (s *service) isStoppedInAWrite() {
	s.stop()
	for range 3 {
		s.edit()
	}
	var once sync.Once
	begun := make(chan *os.Process, 1)
	s.FederationSystem.BeforeEach(func(op string) {
		if op == "members.change" {
			once.Do(func() { _ = (<-begun).Signal(syscall.SIGTERM) })
		}
	})
	s.begin()
	begun <- s.process.Process
	if err := s.end(); err != nil {
		s.tb.Fatalf("it ended with %v\n%s", err, s.stderr)
	}
	s.FederationSystem.BeforeEach(nil)
	s.start()
	s.rest()
	s.settled()
	s.stop()
}

// kills is how often the service is killed.
const kills = 50

func (s *service) isKilled() {
	for range kills {
		s.edit()
		wait := time.Duration(s.chance.Int64N(int64(s.running)))
		var once sync.Once
		begun := make(chan *os.Process, 1)
		arm := func(string) {
			once.Do(func() { time.AfterFunc(wait, func() { _ = (<-begun).Kill() }) })
		}
		s.ClubSystem.BeforeEach(arm)
		s.begin()
		begun <- s.process.Process
		if err := s.end(); err == nil {
			s.tb.Fatal("it ended by itself")
		}
		s.ClubSystem.BeforeEach(func(string) {})
	}
	s.start()
	s.rest()
	s.askedTwice()
	s.rest()
	s.settled()
}

// askedTwice answers for the persons whose creation was cut twice: the program sends it a third time only when it is told to.
func (s *service) askedTwice() {
	s.tb.Helper()
	for _, q := range s.questions(s.tb) {
		if q.Kind == conflicts.Refused && slices.Contains(q.Answers, conflicts.New) {
			s.passerelle(s.tb, exitDone, "conflicts", "decide", simulation.LinkID, q.ID, string(conflicts.New))
		}
	}
}

// isRestored takes a copy, works on, and puts the copy back: everything is held until a person has looked at it.
func (s *service) isRestored() {
	copies := s.tb.TempDir()
	s.passerelle(s.tb, exitDone, "backup", "--to", copies)
	s.edit()
	s.join()
	s.rest()
	s.edit() // nobody has seen this one when the copy is put back
	s.stop()
	found, err := filepath.Glob(filepath.Join(copies, "*.db"))
	if err != nil || len(found) != 1 {
		s.tb.Fatalf("copies: %v, %v", found, err)
	}
	s.passerelle(s.tb, exitDone, "restore", simulation.LinkID, found[0])
	s.start()
	writes := s.writes()
	report := s.sync(exitHeld)
	if got := s.writes(); got != writes || report.Held == nil {
		s.tb.Fatalf("after the copy was put back it has sent %d writes; held: %+v", got-writes, report.Held)
	}
	s.passerelle(s.tb, exitDone, "approve", simulation.LinkID, report.Held.Plan, "--persons", itoa(report.Held.Persons))
	s.rest()
	s.settled()
}

func (s *service) hasNoSpace() {
	if !s.tight {
		s.stop()
		s.tb.Skip("a state folder of its own size needs the right to mount one")
	}
	full := filepath.Join(s.folder, "state", "full")
	file, err := os.Create(full)
	if err != nil {
		s.tb.Fatal(err)
	}
	block := bytes.Repeat([]byte{1}, 4096)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		s.tb.Fatal(err)
	}
	for range 120 {
		s.join()
	}
	c := s.world.begin(s.tb, "", "sync")
	if code := <-c.code; code != exitFailed || !strings.Contains(c.stderr.String(), "free some space") {
		s.tb.Errorf("on a full disk sync ends with %d and says\n%s%s", code, c.stdout, c.stderr)
	}
	if err := errors.Join(file.Close(), os.Remove(full)); err != nil {
		s.tb.Fatal(err)
	}
	s.rest()
	s.settled()
	s.stop()
}
