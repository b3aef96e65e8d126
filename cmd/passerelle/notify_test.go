package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"passerelle/connector"
)

// A said is a dialer that keeps what is written to it.
type said struct {
	net.Conn

	mu    sync.Mutex
	texts []string
}

func (*said) SetWriteDeadline(time.Time) error { return nil }

func (s *said) dial(context.Context, string, string) (net.Conn, error) { return s, nil }

func (s *said) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.texts = append(s.texts, string(data))
	return len(data), nil
}

func (s *said) Close() error { return nil }

func (s *said) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, t := range s.texts {
		if t == text {
			n++
		}
	}
	return n
}

// TestAHangingRunEndsTheHeartbeat lets a link live, rest and hang under a clock of its own.
func TestAHangingRunEndsTheHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out said
		log := newWatched()
		s := &supervisor{
			dial: out.dial, after: time.After, log: zerolog.New(log), socket: "@there", every: 150 * time.Second,
			pulse: newPulse(time.Now), news: make(chan struct{}, 1),
		}
		s.pulse.watch("one", 15*time.Minute)
		s.pulse.watch("other", 15*time.Minute)
		end := s.begin(t.Context(), make(chan struct{}))
		defer end()
		beats := func(during time.Duration, want int, when string) {
			t.Helper()
			before := out.count("WATCHDOG=1")
			time.Sleep(during)
			synctest.Wait()
			if got := out.count("WATCHDOG=1") - before; got != want {
				t.Errorf("%s: %d heartbeats, want %d", when, got, want)
			}
		}
		// A run that takes three hours and shows a page every ten minutes.
		for range 18 {
			s.pulse.sign("one")
			s.pulse.sign("other")
			beats(10*time.Minute, 4, "a long run")
		}
		s.ran("one", connector.Ran{})
		s.ran("other", connector.Ran{Report: connector.Report{Stopped: &connector.Stopped{}}})
		beats(30*time.Minute, 12, "one rests for 16.5 minutes, and begins its run within 15 more")
		s.ran("one", connector.Ran{Err: errors.New("full")})
		beats(50*time.Minute, 20, "after a failure the pause may be an hour")
		s.pulse.sign("one") // a command's run takes nothing from the pause of the loop
		beats(30*time.Minute, 0, "the other hangs: its pause and the silence after it ended 81 minutes after its run")
		if told := strings.Count(log.String(), "a run hangs"); told != 1 || !strings.Contains(log.String(), `"links":"other"`) {
			t.Errorf("it is told %d times, want once, of the other link:\n%s", told, log)
		}
		s.pulse.sign("other")
		s.ran("one", connector.Ran{})
		beats(10*time.Minute, 4, "the run was only slow")
	})
}

// TestTheServiceManagerIsTold runs the daemon with a socket as systemd gives one, by path and by abstract name.
func TestTheServiceManagerIsTold(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "notify") //nolint:usetesting // a test's own folder is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	for name, socket := range map[string]string{
		"path": filepath.Join(folder, "notify"), "abstract name": "@passerelle-test-" + filepath.Base(folder),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
			if err != nil {
				t.Skipf("no such socket here: %v", err)
			}
			defer func() { _ = heard.Close() }()
			w := served(t, small(), "    poll: 1h\n", nil)
			w.connect(t)
			d := w.beginAs(t, func(p *process) {
				p.args = w.args("run")
				p.getenv = func(name string) string {
					return map[string]string{"NOTIFY_SOCKET": socket, "WATCHDOG_USEC": "20000"}[name]
				}
			})
			var all []string
			until := func(want string) {
				t.Helper()
				for buffer := make([]byte, 4096); ; {
					n, err := heard.Read(buffer)
					if err != nil {
						t.Fatal(err)
					}
					if all = append(all, string(buffer[:n])); all[len(all)-1] == want {
						return
					}
				}
			}
			until("READY=1")
			w.passerelle(t, exitDone, "status") // it answers
			until("STATUS=links: 0 well, 1 waiting for a person, 0 stopped")
			until("WATCHDOG=1")
			d.interrupt()
			until("STOPPING=1")
			d.end(exitDone)
			if all[0] != "READY=1" || slices.Contains(all[1:], "READY=1") {
				t.Errorf("it says %q; want READY=1 first, and once", all)
			}
		})
	}
}

// TestAWatchdogThatIsNoTime is refused before anything opens; another process's is not ours.
func TestAWatchdogThatIsNoTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		usec, pid string
		every     time.Duration
		refused   bool
	}{
		{"300000000", "", 150 * time.Second, false},
		{"300000000", "1", 0, false},
		{"", "", 0, false},
		{"soon", "", 0, true},
		{"-5", "", 0, true},
		{"9223372036854775807", "", 0, true},
	} {
		env := map[string]string{"NOTIFY_SOCKET": "@there", "WATCHDOG_USEC": tt.usec, "WATCHDOG_PID": tt.pid}
		a := &app{process: process{getenv: func(name string) string { return env[name] }, now: time.Now}}
		s, err := a.supervisor(zerolog.Nop())
		if (err != nil) != tt.refused || (err != nil && codeOf(err) != exitUsage) {
			t.Errorf("%+v: %v", tt, err)
		} else if err == nil && s.every != tt.every {
			t.Errorf("%+v: a heartbeat every %s", tt, s.every)
		}
	}
}
