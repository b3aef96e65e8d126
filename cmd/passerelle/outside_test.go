package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"passerelle/conflicts"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

func TestASystemThatIsDown(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	w.federation.Close()
	atOnce := func(p *process) {
		p.after = func(time.Duration) <-chan time.Time {
			c := make(chan time.Time, 1)
			c <- time.Time{}
			return c
		}
	}
	c := w.beginAs(t, func(p *process) { atOnce(p); p.args = w.args("sync") })
	if out := c.end(exitFailed); !strings.Contains(out, "stopped at the federation: check: ") || !strings.Contains(out, "the federation cannot be reached") {
		t.Errorf("sync says\n%s\nwant one sentence about the federation", out)
	}
	c = w.beginAs(t, func(p *process) { atOnce(p); p.args = w.args("check") })
	if out := c.end(exitFailed); !strings.Contains(out, "the federation cannot be reached") {
		t.Errorf("check says\n%s", out)
	}
	c = w.beginAs(t, func(p *process) {
		atOnce(p)
		p.args, p.stdin = w.args("connect", "tv-beispiel", "federation"), bytes.NewBufferString("another-token")
	})
	c.end(exitFailed)
	if said := c.stderr.String(); !strings.Contains(said, "nothing was sealed") || strings.Contains(said, "another-token") {
		t.Errorf("connect says\n%s", said)
	}
}

// TestStatusWithoutADaemon tells a link that runs well from one that nobody has run of late.
func TestStatusWithoutADaemon(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	w.approveHeld(t)
	w.passerelle(t, exitDone, "sync")
	for _, q := range w.questions(t) {
		w.passerelle(t, exitDone, "conflicts", "decide", simulation.LinkID, q.ID, string(q.Answers[0]))
	}
	w.passerelle(t, exitDone, "sync")
	for _, tt := range []struct {
		name  string
		later time.Duration
		want  string
	}{
		{"just now", 0, "well"},
		{"within three polls", 44 * time.Minute, "well"},
		{"not for three polls", 46 * time.Minute, "stopped"},
	} {
		c := w.beginAs(t, func(p *process) {
			p.args = w.args("status", "--json")
			p.now = func() time.Time { return time.Now().Add(tt.later) }
		})
		var got statusAnswer
		if err := json.Unmarshal([]byte(c.end(exitDone)), &got); err != nil {
			t.Fatal(err)
		}
		if got.State != tt.want || got.Daemon || !got.Linked {
			t.Errorf("%s: state %q, daemon %t, linked %t; want %q, no daemon, linked", tt.name, got.State, got.Daemon, got.Linked, tt.want)
		}
	}
}

// questions returns the open questions.
func (w *world) questions(tb testing.TB) []conflict {
	tb.Helper()
	var queue conflictsAnswer
	w.json(tb, &queue, exitDone, "conflicts", "list", "--json")
	return queue.Conflicts
}

// TestASocketThatCannotBeReached is an error, and not taken for no daemon.
func TestASocketThatCannotBeReached(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, context.DeadlineExceeded }
	c := w.beginAs(t, func(p *process) {
		p.dial = refuse
		p.args = w.args("status")
	})
	c.end(exitFailed)
	if said := c.stderr.String(); !strings.Contains(said, "the daemon's socket") {
		t.Errorf("status says\n%s", said)
	}
}

// TestAnswersAtOnceAreThoseThatAllTake offers for a field only what each of its open questions takes.
func TestAnswersAtOnceAreThoseThatAllTake(t *testing.T) {
	t.Parallel()
	of := func(fields []record.Field, answers ...conflicts.Verb) conflict {
		return conflict{State: conflicts.Open, Fields: fields, Answers: answers}
	}
	number := []record.Field{"memberNumber"}
	a := conflictsAnswer{Conflicts: []conflict{
		of(number, conflicts.TakeClub, conflicts.TakeFederation, conflicts.Leave),
		of(number, conflicts.TakeFederation, conflicts.Leave),
		of([]record.Field{"city"}, conflicts.TakeClub),
	}}
	for field, want := range map[record.Field]string{"memberNumber": "federation|leave", "city": "club"} {
		if got := strings.Join(a.common(field), "|"); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}
