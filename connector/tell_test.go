package connector_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/internal/simulation"
)

// messages returns what was logged above debug, in order: level and message.
func messages(tb testing.TB, logged string) []string {
	tb.Helper()
	var out []string
	for line := range strings.Lines(logged) {
		var said struct{ Level, Message string }
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			tb.Fatal(err)
		}
		if said.Level != "debug" {
			out = append(out, said.Level+": "+said.Message)
		}
	}
	return out
}

// TestEachChangeOfStateIsLoggedOnce has the same trouble last for many runs, turn into another, and end.
func TestEachChangeOfStateIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logged := &lines{}
		club := &still{organisation: simulation.Organisation, kinds: []string{"contact"}}
		federation := &still{organisation: simulation.ClubNumber, kinds: []string{"members", "affiliations", "functions", "subscriptions"}}
		config := between(t, club, federation, &porttest.Memory{})
		config.Log = zerolog.New(logged)
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Hour)
		defer cancel()
		go func() {
			time.Sleep(time.Hour)
			club.set(&port.Error{Next: port.Stop, Reason: "out of order"})
			time.Sleep(5 * time.Hour)
			club.set(&port.Error{Next: port.Token, Reason: "the key is refused"})
			time.Sleep(3 * time.Hour)
			club.set(nil)
		}()
		if err := connector.New(config).Serve(ctx, schedule(0.5), nil); err != nil {
			t.Fatal(err)
		}
		want := []string{"error: the run stopped", "error: the run stopped", "info: the link is well again"}
		if diff := cmp.Diff(want, messages(t, logged.String())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestTheEndOfASecretIsLoggedAtEachStep has a secret come to its end while the link runs.
func TestTheEndOfASecretIsLoggedAtEachStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logged := &lines{}
		club := &still{organisation: simulation.Organisation, kinds: []string{"contact"}}
		federation := &still{organisation: simulation.ClubNumber, kinds: []string{"members", "affiliations", "functions", "subscriptions"}}
		federation.expires = time.Now().Add(40 * 24 * time.Hour)
		config := between(t, club, federation, &porttest.Memory{})
		config.Log = zerolog.New(logged)
		ctx, cancel := context.WithTimeout(t.Context(), 41*24*time.Hour)
		defer cancel()
		if err := connector.New(config).Serve(ctx, schedule(0.5), nil); err != nil {
			t.Fatal(err)
		}
		var days []int
		for line := range strings.Lines(logged.String()) {
			var said struct {
				Message string
				Days    int
			}
			if err := json.Unmarshal([]byte(line), &said); err != nil {
				t.Fatal(err)
			}
			if said.Message == "the secret expires soon" {
				days = append(days, said.Days)
			}
		}
		// At each step the first run that finds fewer than a whole day more: 30, 14, 3, and when it is over.
		if diff := cmp.Diff([]int{30, 14, 3, -1}, days); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestWakeRunsAtOnce has a link that backs off after failures run as soon as somebody has mended what was wrong.
func TestWakeRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		link, club := stillLink(t)
		club.set(errors.New("out of order"))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		defer cancel()
		go func() {
			time.Sleep(40 * time.Minute) // it has failed at 0:00 and 0:30, and would try again at 1:30
			club.set(nil)
			link.Wake()
		}()
		if err := link.Serve(ctx, schedule(0.5), nil); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{30 * time.Minute, 10 * time.Minute, 15 * time.Minute}
		got := pauses(club.asked())
		if diff := cmp.Diff(want, got[:min(len(got), 3)]); diff != "" {
			t.Errorf("pauses (-want +got):\n%s", diff)
		}
	})
}
