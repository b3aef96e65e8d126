package connector_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// grant gives the token of the federation other rights, or another end.
func (b *bench) grant(change func(*stvtest.Grant)) {
	g := stvtest.Grant{Club: simulation.ClubNumber}
	change(&g)
	b.world.FederationSystem.SetGrant(simulation.Token, g)
}

func (b *bench) status() connector.Status {
	b.tb.Helper()
	s, err := b.link.Status(b.tb.Context())
	if err != nil {
		b.tb.Fatal(err)
	}
	return s
}

// reopen makes the link anew on its ledger, as another process would: it has run nothing yet.
func (b *bench) reopen() {
	b.tb.Helper()
	if err := b.ledger.Close(); err != nil {
		b.tb.Fatal(err)
	}
	b.open()
}

// TestATokenTakenBackIsKnownAfterARestart sees the reason stay, with the time at which it began, until a run goes well.
func TestATokenTakenBackIsKnownAfterARestart(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	n := b.people(1)[0]
	b.mobile(record.Club, n, "790001111")
	b.grant(func(g *stvtest.Grant) { g.Revoked = true })
	b.run()
	began := b.clock.Now()
	b.run() // again, and the reason is as old as before
	b.reopen()
	s := b.status()
	if s.State != connector.Stops || s.Stopped == nil || s.Stopped.Side != record.Federation || !s.Stopped.Secret || !s.StoppedSince.Equal(began) {
		t.Fatalf("state %s, stopped %+v since %s; want stopped by the federation's secret since %s", s.State, s.Stopped, s.StoppedSince, began)
	}
	if !strings.Contains(s.Next, "passerelle connect tv-beispiel federation") {
		t.Errorf("next: %s", s.Next)
	}
	b.untouched()

	b.grant(func(*stvtest.Grant) {})
	b.run()
	b.both(n, "member.phoneMobile", "+41790001111", "+41790001111") // it goes on where it was
	b.reopen()
	if s := b.status(); s.Stopped != nil || s.State == connector.Stops || !s.StoppedSince.IsZero() {
		t.Errorf("state %s, stopped %+v; want none after a run that went well", s.State, s.Stopped)
	}
}

// TestStandingIsWrittenOnce sees what stays as it was leave the ledger as it is, a link that is stopped included.
func TestStandingIsWrittenOnce(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.run()
	for _, tt := range []struct {
		name  string
		grant func(*stvtest.Grant)
	}{
		{"well, and ending on a day", func(g *stvtest.Grant) { g.Expires = b.clock.Now().AddDate(0, 1, 0) }},
		{"stopped", func(g *stvtest.Grant) { g.Revoked = true }},
	} {
		b.grant(tt.grant)
		runs := b.run().Run
		before, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if again := b.run().Run; again != runs {
			t.Errorf("%s: run %d counted as %d though nobody's data changed", tt.name, runs, again)
		}
		after, err := os.ReadFile(b.path)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(before, after) {
			t.Errorf("%s: a run that found nothing new wrote the ledger", tt.name)
		}
	}
}

func TestTheEndOfASecretIsWarnedOf(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.run()
	const day = 24 * time.Hour
	for _, tt := range []struct {
		name string
		left time.Duration
		days int
		warn string
	}{
		{"31 days before", 31 * day, 31, ""},
		{"30 days before", 30 * day, 30, "expires on"},
		{"a moment under 14 days before", 14*day - time.Minute, 13, "expires on"},
		{"within its last day", time.Hour, 0, "expires on"},
	} {
		b.grant(func(g *stvtest.Grant) { g.Expires = b.clock.Now().Add(poll + tt.left) })
		b.run()
		s := b.status()
		got := s.Sides[record.Federation]
		if got.ExpiresIn == nil || *got.ExpiresIn != tt.days {
			t.Fatalf("%s: %+v, want %d days", tt.name, got, tt.days)
		}
		if warned := strings.Join(s.Warnings, "\n"); (warned != "") != (tt.warn != "") || !strings.Contains(warned, tt.warn) {
			t.Errorf("%s: warned of %q", tt.name, warned)
		}
		if tt.warn != "" && s.State != connector.Waits {
			t.Errorf("%s: state %s, want one that waits for a person", tt.name, s.State)
		}
	}
	b.clock.Add(2 * time.Hour)
	if s := b.status(); *s.Sides[record.Federation].ExpiresIn != -1 || !strings.Contains(strings.Join(s.Warnings, ""), "has expired") {
		t.Errorf("an hour after its end: %v", s.Warnings)
	}
}

func TestWhichWayDataFlowIsNamed(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.run()
	if s := b.status(); s.Mode != "both ways" {
		t.Errorf("with both rights: %s", s.Mode)
	}
	b.grant(func(g *stvtest.Grant) { g.Rights = []string{"read"} })
	b.run()
	if s := b.status(); !strings.HasPrefix(s.Mode, "one way, from the federation to the club") {
		t.Errorf("with a federation that may only be read: %s", s.Mode)
	}
	b.world.ClubSystem.SetKey(simulation.AccessKey, "read")
	n := b.people(1)[0]
	b.mobile(record.Federation, n, "790001111")
	b.run() // Fairgate says what a key may not do when it is asked to do it
	if s := b.status(); !strings.HasPrefix(s.Mode, "report only") {
		t.Errorf("with two sides that may only be read: %s", s.Mode)
	}
	if s := b.status(); s.State == connector.Stops {
		t.Error("a key that may only read has stopped the link")
	}
}

// TestWhatIsApprovedWaitsForNobody tells a plan that was approved from one that waits for a person.
func TestWhatIsApprovedWaitsForNobody(t *testing.T) {
	t.Parallel()
	b := grownApart(t)
	b.run()
	plan := b.held()
	if s := b.status(); s.State != connector.Waits || s.Approved != 0 || !strings.Contains(s.Next, "passerelle plan") {
		t.Errorf("before: %s, %d approved, next %s", s.State, s.Approved, s.Next)
	}
	if _, err := b.link.Approve(t.Context(), plan.ID, plan.Persons, connector.Only{IDs: []string{plan.Changes[0].ID}}); err != nil {
		t.Fatal(err)
	}
	if s := b.status(); s.State != connector.Waits || s.Approved != 1 || !strings.Contains(s.Next, "passerelle plan") {
		t.Errorf("approved in part: %s, %d approved, next %s", s.State, s.Approved, s.Next)
	}
	b.approve()
	if s := b.status(); s.Approved != len(plan.Changes) || strings.Contains(s.Next, "passerelle plan") {
		t.Errorf("approved: %d of %d approved, next %s", s.Approved, len(plan.Changes), s.Next)
	}
	b.clock.Add(15 * 24 * time.Hour)
	if s := b.status(); s.Approved != 0 || !strings.Contains(s.Next, "passerelle plan") {
		t.Errorf("after fifteen days: %d approved, next %s", s.Approved, s.Next)
	}
}

// TestErrorsAreCounted counts what the sides answer, by what to do next.
func TestErrorsAreCounted(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.grant(func(g *stvtest.Grant) { g.Revoked = true })
	if got := b.run().Errors[record.Federation][port.Token]; got != 1 {
		t.Errorf("%d refused tokens, want 1", got)
	}
	b.grant(func(*stvtest.Grant) {})
	if r := b.run(); len(r.Errors[record.Federation])+len(r.Errors[record.Club]) != 0 {
		t.Errorf("errors of a run that went well: %v", r.Errors)
	}
}
