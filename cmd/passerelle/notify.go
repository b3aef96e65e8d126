package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"passerelle/connector"
)

// A supervisor is the service manager that started the process, as sd_notify(3) describes the way to it: datagrams of
// NAME=value to the socket that $NOTIFY_SOCKET names. Without that variable it hears nothing.
type supervisor struct {
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	after  func(time.Duration) <-chan time.Time
	log    zerolog.Logger
	socket string        // a path, or a name in the abstract namespace, with @
	every  time.Duration // half of the time after which it takes the process for dead; zero: it does not look

	pulse *pulse
	links []*opened
	news  chan struct{} // holds one token when a run has ended
}

// supervisor returns the one that the environment names.
func (a *app) supervisor(log zerolog.Logger) (*supervisor, error) {
	s := &supervisor{
		dial: a.dial, after: a.after, log: log, socket: a.getenv("NOTIFY_SOCKET"), pulse: newPulse(a.now), news: make(chan struct{}, 1),
	}
	given, pid := a.getenv("WATCHDOG_USEC"), a.getenv("WATCHDOG_PID")
	if s.socket == "" || given == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return s, nil
	}
	usec, err := strconv.ParseInt(given, 10, 64)
	if err != nil || usec <= 1 || usec > int64(24*time.Hour/time.Microsecond) {
		return nil, usage(fmt.Errorf("WATCHDOG_USEC is %q, and it is a number of microseconds up to a day; see WatchdogSec= of the unit", given))
	}
	s.every = time.Duration(usec) * time.Microsecond / 2
	return s, nil
}

// watch has the supervisor hear of links.
func (s *supervisor) watch(links []*opened) {
	s.links = links
	for _, l := range links {
		s.pulse.watch(l.ID, l.Poll)
		l.sign = func() { s.pulse.sign(l.ID) }
	}
}

// ran is told of every run of a link.
func (s *supervisor) ran(link string, r connector.Ran) {
	s.pulse.ran(link, r)
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// begin says that the process is ready, and from then on how the links stand and that it lives. It says that the process is
// stopping when stopping is closed. The function that it returns ends it.
func (s *supervisor) begin(ctx context.Context, stopping <-chan struct{}) func() {
	if s.socket == "" {
		return func() {}
	}
	s.say(ctx, "READY=1")
	telling, cancel := context.WithCancel(ctx)
	var wait sync.WaitGroup
	told := false
	wait.Go(func() { told = s.tell(telling, stopping) })
	return func() {
		cancel()
		wait.Wait()
		if !told { // the end came sooner than it could be told, or without a signal
			s.say(context.WithoutCancel(ctx), "STOPPING=1")
		}
	}
}

// tell speaks until ctx ends, and reports whether it has said that the process is stopping.
func (s *supervisor) tell(ctx context.Context, stopping <-chan struct{}) (told bool) {
	var beat <-chan time.Time
	next := func() {
		if s.every > 0 {
			beat = s.after(s.every)
		}
	}
	said, silent := "", ""
	for next(); ; {
		if standing := s.standing(ctx); standing != said && ctx.Err() == nil {
			s.say(ctx, "STATUS="+standing)
			said = standing
		}
		select {
		case <-ctx.Done():
			return told
		case <-s.news:
		case <-stopping:
			s.say(context.WithoutCancel(ctx), "STOPPING=1")
			stopping, told = nil, true
		case <-beat:
			stuck := strings.Join(s.pulse.stuck(), ", ")
			if stuck == "" {
				s.say(ctx, "WATCHDOG=1")
			} else if stuck != silent {
				s.log.Error().Str("links", stuck).Msg("a run hangs: the service manager is told no longer that all is well, and will restart the daemon")
			}
			silent = stuck
			next()
		}
	}
}

// standing says in one line how many links are well, wait, or are stopped.
func (s *supervisor) standing(ctx context.Context) string {
	count := map[string]int{}
	for _, l := range s.links {
		status, err := l.link.Standing(ctx)
		if err != nil {
			status.State = connector.Stops // it cannot even be read
		}
		count[status.State]++
	}
	return fmt.Sprintf("links: %d well, %d waiting for a person, %d stopped", count[connector.Well], count[connector.Waits], count[connector.Stops])
}

// hearing is how long a service manager may take to hear: one that is busy must not hold up the daemon.
const hearing = 5 * time.Second

// say sends one datagram. A supervisor that does not hear stops nothing: it decides itself what follows.
func (s *supervisor) say(ctx context.Context, what string) {
	connection, err := s.dial(ctx, "unixgram", s.socket)
	if err == nil {
		err = connection.SetWriteDeadline(time.Now().Add(hearing))
	}
	if err == nil {
		_, err = connection.Write([]byte(what))
		_ = connection.Close() // a datagram is sent or not
	}
	if err != nil && ctx.Err() == nil {
		name, _, _ := strings.Cut(what, "=")
		s.log.Warn().Err(err).Str("message", name).Msg("the service manager cannot be told")
	}
}
