package connector_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
	"passerelle/mapping"
)

// A still system holds nothing. It tells when it was asked, and answers what it is told to.
type still struct {
	organisation string
	kinds        []string
	mu           sync.Mutex
	checks       []time.Time
	err          error
	hold         chan struct{} // a check waits for it, when there is one
	expires      time.Time
}

func (s *still) Check(ctx context.Context) (port.Account, error) {
	s.mu.Lock()
	s.checks = append(s.checks, time.Now())
	err, hold := s.err, s.hold
	s.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return port.Account{}, ctx.Err()
		}
	}
	return port.Account{Organisation: s.organisation, CanWrite: true, Expires: s.expires}, err
}

func (s *still) set(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *still) asked() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.checks)
}

func (s *still) Kinds() []string { return s.kinds }

func (s *still) List(context.Context, string, func([]record.Document) error) (port.Certificate, error) {
	return port.Certificate{Organisation: s.organisation, Closed: true}, nil
}

func (s *still) Read(context.Context, string) (record.Document, error) {
	return record.Document{}, &port.Error{Next: port.Gone}
}

func (s *still) Write(context.Context, record.Write) ([]record.Document, error) {
	return nil, errors.New("nothing is to be written here")
}

// stillLink returns a link between two still systems, and the club.
func stillLink(tb testing.TB) (*connector.Link, *still) {
	tb.Helper()
	club := &still{organisation: simulation.Organisation, kinds: []string{"contact"}}
	federation := &still{organisation: simulation.ClubNumber, kinds: []string{"members", "affiliations", "functions", "subscriptions"}}
	return connector.New(between(tb, club, federation, &porttest.Memory{})), club
}

// between returns the configuration of a link between two systems.
func between(tb testing.TB, club, federation port.System, store port.Store) connector.Config {
	tb.Helper()
	schema, err := mapping.Schema("club")
	if err != nil {
		tb.Fatal(err)
	}
	policy, err := conflicts.LoadPolicy("fairgate+stv", schema, nil)
	if err != nil {
		tb.Fatal(err)
	}
	scope := mapping.Link{
		Constants: map[string]string{"clubNumber": simulation.ClubNumber}, Categories: []string{"01-09", "12", "13", "28", "29"},
	}
	overlay := "profile: fairgate\nplaces:\n  memberNumber: custom_fields.101\n  category: membership.membership\n" +
		"  exitDate: custom_fields.103\ncodes:\n  category:\n    \"01\": [\"Aktive Turner\"]\n"
	clubProfile, err := mapping.LoadText("fairgate", []byte(overlay), "tvb.yaml", scope)
	if err != nil {
		tb.Fatal(err)
	}
	federationProfile, err := mapping.Load("stv", "", scope)
	if err != nil {
		tb.Fatal(err)
	}
	return connector.Config{
		ID: "tv-beispiel", Store: store, Schema: schema, Policy: policy, Poll: poll, Now: time.Now, Log: zerolog.Nop(),
		Settings: map[string]string{"club": clubProfile.Hash()},
		Sides: map[record.Side]connector.End{
			record.Club:       {System: club, Profile: clubProfile, Organisation: simulation.Organisation},
			record.Federation: {System: federation, Profile: federationProfile, Organisation: simulation.ClubNumber},
		},
	}
}

// schedule draws what random says and beats into nothing.
func schedule(random float64) connector.Schedule {
	return connector.Schedule{
		Poll: poll, FullHour: 3, Random: func() float64 { return random }, Beat: func(time.Time) error { return nil },
	}
}

// pauses returns the time between each two.
func pauses(at []time.Time) []time.Duration {
	var out []time.Duration
	for i := 1; i < len(at); i++ {
		out = append(out, at[i].Sub(at[i-1]))
	}
	return out
}

func TestPollWithJitter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		random float64
		want   time.Duration
	}{
		{"at the least nine tenths", 0, 13*time.Minute + 30*time.Second},
		{"in the middle the poll itself", 0.5, 15 * time.Minute},
		{"at the most eleven tenths", 1, 16*time.Minute + 30*time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				link, club := stillLink(t)
				ctx, cancel := context.WithTimeout(t.Context(), 3*c.want+time.Second)
				defer cancel()
				if err := link.Serve(ctx, schedule(c.random), nil); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]time.Duration{c.want, c.want, c.want}, pauses(club.asked())); diff != "" {
					t.Errorf("pauses (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestPausesGrowWhileRunsFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link, club := stillLink(t)
		club.set(errors.New("out of order"))
		beats := 0
		s := schedule(0.5)
		s.Beat = func(time.Time) error { beats++; return nil }
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Hour+16*time.Minute)
		defer cancel()
		go func() {
			time.Sleep(3*time.Hour + 45*time.Minute) // in synctest's time
			club.set(nil)
		}()
		if err := link.Serve(ctx, s, nil); err != nil {
			t.Fatal(err)
		}
		// Fails at 0:00, 0:30, 1:30, 2:30, 3:30; succeeds at 4:30 if there were time for it.
		want := []time.Duration{30 * time.Minute, time.Hour, time.Hour, time.Hour}
		if diff := cmp.Diff(want, pauses(club.asked())); diff != "" {
			t.Errorf("pauses (-want +got):\n%s", diff)
		}
		if beats != 0 {
			t.Errorf("%d successes were told", beats)
		}
	})
}

// TestASideIsLeftAloneForAsLongAsItAsks, but for no longer than an hour.
func TestASideIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	t.Parallel()
	const century = 100 * 365 * 24 * time.Hour
	for _, c := range []struct {
		name        string
		asked, want time.Duration
		next        string
	}{
		{"no time: the pause after a failure", 0, 30 * time.Minute, "nothing was changed; the next run tries again"},
		{"less than the pause: the pause", 5 * time.Minute, 30 * time.Minute, "after 00:05:00 UTC"},
		{"more than the pause", 45 * time.Minute, 45 * time.Minute, "after 00:45:00 UTC"},
		{"a century: an hour", century, time.Hour, "after 01:00:00 UTC"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				link, club := stillLink(t)
				e := &port.Error{Reason: "the club is being maintained"}
				if c.asked > 0 {
					e.Until = time.Now().Add(c.asked)
				}
				club.set(e)
				report, err := link.RunOnce(t.Context(), connector.Options{})
				if err != nil || report.Stopped == nil || !strings.Contains(report.Stopped.Next, c.next) {
					t.Errorf("stopped = %+v, error = %v; want the next step to say %q", report.Stopped, err, c.next)
				}
				ctx, cancel := context.WithTimeout(t.Context(), c.want+time.Second)
				defer cancel()
				if err := link.Serve(ctx, schedule(0.5), nil); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]time.Duration{0, c.want}, pauses(club.asked())); diff != "" {
					t.Errorf("pauses (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestPausesAreShortAgainAfterASuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link, club := stillLink(t)
		club.set(errors.New("out of order"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour+time.Minute)
		defer cancel()
		go func() {
			time.Sleep(time.Hour)
			club.set(nil)
		}()
		if err := link.Serve(ctx, schedule(0.5), nil); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{30 * time.Minute, time.Hour, 15 * time.Minute, 15 * time.Minute}
		if diff := cmp.Diff(want, pauses(club.asked())); diff != "" {
			t.Errorf("pauses (-want +got):\n%s", diff)
		}
	})
}

func TestTwoRunsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link, club := stillLink(t)
		club.hold = make(chan struct{})
		done := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := link.RunOnce(t.Context(), connector.Options{})
				done <- err
			}()
		}
		synctest.Wait()
		if got := len(club.asked()); got != 1 {
			t.Errorf("%d runs are under way at once", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := link.RunOnce(ctx, connector.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("a run that was called off while it waited: %v", err)
		}
		close(club.hold)
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if got := len(club.asked()); got != 2 {
			t.Errorf("%d runs were carried out", got)
		}
	})
}

// TestDrain stops a run behind the write that is under way: that one is recorded, the others are not sent.
func TestDrain(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	people := b.people(3)
	for _, n := range people {
		b.mobile(record.Club, n, "790001111")
	}
	b.world.FederationSystem.BeforeEach(onceAt("members.change", func() { b.link.Drain() }))
	b.run()
	if sent := b.sent(record.Federation); len(sent) != 1 {
		t.Errorf("sent %v after it was to end", sent)
	}
	b.world.FederationSystem.BeforeEach(nil)
	b.link = connector.New(b.config())
	b.run()
	if sent := b.sent(record.Federation); len(sent) != 3 {
		t.Errorf("sent %v in all, want each once", sent)
	}
	for _, n := range people {
		b.both(n, "member.phoneMobile", "+41790001111", "+41790001111")
	}
}

func TestServeEndsWhenDrained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link, club := stillLink(t)
		drain := make(chan struct{})
		ended := make(chan error, 1)
		go func() { ended <- link.Serve(t.Context(), schedule(0.5), drain) }()
		synctest.Wait()
		link.Drain()
		close(drain)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := len(club.asked()); got != 1 {
			t.Errorf("%d runs", got)
		}
	})
}
