package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/connector/verify"
	"passerelle/internal/record"
)

// A reply is what the desk answers: how the command ends, and the result that it prints, or the error.
type reply struct {
	Exit   int             `json:"exit"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// A desk answers what commands ask about links, at POST /links/{link}/{what}: JSON in, a reply out. There is one set of
// these handlers, whoever serves it (DESIGN decision 16).
type desk struct {
	links   map[string]*opened
	now     func() time.Time
	serving bool   // a daemon's
	address string // where it answers probes
}

// newDesk returns the handlers for links. What a run has begun ends with ctx, not with the request that asked for it:
// nobody who hangs up cuts a write. address is where the daemon answers probes, "" where no daemon serves.
func newDesk(ctx context.Context, links []*opened, now func() time.Time, address string) http.Handler {
	d := &desk{links: map[string]*opened{}, now: now, serving: address != "", address: address}
	for _, l := range links {
		d.links[l.ID] = l
	}
	mux := http.NewServeMux()
	handle(d, mux, "sync", func(_ context.Context, l *opened, q syncQuestion) (connector.Report, int, error) {
		return d.sync(ctx, l, q)
	})
	handle(d, mux, "plan", d.plan)
	handle(d, mux, "approve", d.approve)
	handle(d, mux, "conflicts/list", d.conflicts)
	handle(d, mux, "conflicts/show", d.conflict)
	handle(d, mux, "conflicts/decide", d.decide)
	handle(d, mux, "status", d.status)
	handle(d, mux, "verify", d.verify)
	handle(d, mux, "wake", d.wake)
	handle(d, mux, "relink", d.relink)
	handle(d, mux, "people", d.people)
	handle(d, mux, "explain", d.explain)
	handle(d, mux, "history", d.history)
	handle(d, mux, "undo", d.undo)
	handle(d, mux, "backup", d.backup)
	handle(d, mux, "fsck", d.fsck)
	handle(d, mux, "forget", d.forget)
	handle(d, mux, "ledger/dump", d.dump)
	return mux
}

// largestQuestion bounds a request: answers of people, never data.
const largestQuestion = 1 << 20

// handle serves one function. Its error becomes the reply's, with its exit code.
func handle[Q, A any](d *desk, mux *http.ServeMux, what string, do func(context.Context, *opened, Q) (A, int, error)) {
	mux.HandleFunc("POST /links/{link}/"+what, func(w http.ResponseWriter, r *http.Request) {
		var out reply
		var question Q
		err := readQuestion(http.MaxBytesReader(w, r.Body, largestQuestion), &question)
		if l := d.links[r.PathValue("link")]; err == nil && l == nil {
			err = usage(fmt.Errorf("the daemon does not keep the link %s: its configuration is another", r.PathValue("link")))
		} else if err == nil {
			var answer A
			if answer, out.Exit, err = do(r.Context(), l, question); err == nil {
				out.Result, err = json.Marshal(answer)
			}
		}
		if err != nil {
			out = reply{Exit: codeOf(err), Error: err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out) // who hung up misses nothing: the ledger has it
	})
}

// errUnread is a request that is not what this version of the program is asked. It may be another version's, with a
// condition that this one does not know: nothing of it is done. What stands in it is not repeated, being perhaps an answer.
var errUnread = errors.New(
	"this command cannot be read, and nothing was done: a daemon of another version may be running; restart it")

// readQuestion reads a request: one JSON value, and nothing in it that is not known.
func readQuestion(body io.Reader, question any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if decoder.Decode(question) != nil {
		return errUnread
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errUnread
	}
	return nil
}

// What commands ask.
type (
	syncQuestion struct {
		DryRun bool `json:"dryRun"`
		Full   bool `json:"full"`
	}
	approveQuestion struct {
		Plan    string        `json:"plan"`
		Persons *int          `json:"persons"` // nil: not given
		IDs     []string      `json:"ids"`
		Of      []string      `json:"of"` // documents of people
		Sides   []record.Side `json:"sides"`
		Kinds   []record.Op   `json:"kinds"`
		By      string        `json:"by"`
	}
	conflictsQuestion struct {
		All    bool `json:"all"`
		Values bool `json:"values"`
	}
	conflictQuestion struct {
		ID     string `json:"id"`
		Values bool   `json:"values"`
	}
	decideQuestion struct {
		ID    string         `json:"id"`
		Verb  conflicts.Verb `json:"verb"`
		Value string         `json:"value"`
		By    string         `json:"by"`
	}
	statusQuestion struct{}
	wakeQuestion   struct{}
	verifyQuestion struct{}
)

// An approveAnswer says how many changes the next run may carry.
type approveAnswer struct {
	Link     string `json:"link"`
	Plan     string `json:"plan"`
	Approved int    `json:"approved"`
}

// A decideAnswer says how many questions one answer has answered.
type decideAnswer struct {
	Link     string `json:"link"`
	ID       string `json:"id"`
	Answered int    `json:"answered"`
	// Before is what the question had been answered with, which no longer counts.
	Before conflicts.Verb `json:"before,omitempty"`
}

// A statusAnswer says how a link stands, and whether a daemon serves it.
type statusAnswer struct {
	connector.Status
	Daemon   bool      `json:"daemon"`
	Address  string    `json:"address,omitempty"`  // of the daemon's probes
	Verified *verified `json:"verified,omitempty"` // the last time, by night or by command
}

func (d *desk) sync(ctx context.Context, l *opened, q syncQuestion) (connector.Report, int, error) {
	report, err := l.link.RunOnce(ctx, connector.Options{DryRun: q.DryRun, Full: q.Full})
	if err != nil {
		return report, 0, fmt.Errorf("link %s: %w", l.ID, advised(err))
	}
	if report.Stopped == nil && report.Cut == "" && !q.DryRun {
		_ = l.beats(d.now()) // without it only status knows less: what the run did is done
	}
	return report, codeOfReport(report), nil
}

// beats writes down the time of a success.
func (l *opened) beats(at time.Time) error {
	if err := os.WriteFile(l.beat, []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
		return fmt.Errorf("the time of the last success: %w", err)
	}
	return nil
}

// lastBeat returns the time of the last success that was written down, zero where there is none.
func (l *opened) lastBeat() time.Time {
	text, err := os.ReadFile(l.beat)
	if err != nil || len(text) == 0 {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, string(text[:len(text)-1]))
	if err != nil {
		return time.Time{}
	}
	return at
}

func (*desk) approve(ctx context.Context, l *opened, q approveQuestion) (approveAnswer, int, error) {
	held, err := l.link.Held(ctx)
	switch {
	case err != nil:
		return approveAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	case held.ID == "":
		return approveAnswer{}, 0, fmt.Errorf("plan %s: %w; there is none at the moment", q.Plan, connector.ErrPlan)
	case held.ID != q.Plan:
		return approveAnswer{}, 0, fmt.Errorf("plan %s: %w; %s does: look at it with passerelle plan %s", q.Plan, connector.ErrPlan, held.ID, l.ID)
	case q.Persons == nil:
		return approveAnswer{}, 0, usage(fmt.Errorf(
			"plan %s changes %d persons; if that is what you expect, approve it with --persons %d", held.ID, held.Persons, held.Persons))
	}
	approved, err := l.link.Approve(ctx, q.Plan, *q.Persons, connector.Only{By: q.By, IDs: q.IDs, Persons: q.Of, Sides: q.Sides, Kinds: q.Kinds})
	return approveAnswer{Link: l.ID, Plan: q.Plan, Approved: approved}, exitDone, approvedOrWhy(l.ID, err)
}

// approvedOrWhy adds where the parts of a plan are shown.
func approvedOrWhy(link string, err error) error {
	if errors.Is(err, connector.ErrPart) {
		return fmt.Errorf("%w; passerelle plan %s shows them", err, link)
	}
	return err
}

func (*desk) conflicts(ctx context.Context, l *opened, q conflictsQuestion) (conflictsAnswer, int, error) {
	states := []conflicts.State{conflicts.Open}
	if q.All {
		states = nil
	}
	questions, err := l.link.Questions(ctx, states...)
	if err != nil {
		return conflictsAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	return conflictsOf(l.ID, questions, q.Values), exitDone, nil
}

func (*desk) conflict(ctx context.Context, l *opened, q conflictQuestion) (conflictAnswer, int, error) {
	questions, err := l.link.Questions(ctx)
	if err != nil {
		return conflictAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	for i := range questions {
		if questions[i].ID == q.ID {
			return conflictAnswer{Link: l.ID, conflict: conflictOf(&questions[i], q.Values)}, exitDone, nil
		}
	}
	return conflictAnswer{}, 0, fmt.Errorf("question %s: %w; passerelle conflicts list %s --all shows all that are", q.ID, port.ErrNone, l.ID)
}

func (*desk) decide(ctx context.Context, l *opened, q decideQuestion) (decideAnswer, int, error) {
	answer := conflicts.Answer{Verb: q.Verb, By: q.By}
	if q.Verb == conflicts.TakeValue {
		answer.Value = record.Of(q.Value)
	}
	before, err := l.ledger.Question(ctx, q.ID)
	if err != nil && !errors.Is(err, port.ErrNone) { // field:NAME is no question by itself, and Decide knows about the others
		return decideAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	n, err := l.link.Decide(ctx, q.ID, answer)
	done := decideAnswer{Link: l.ID, ID: q.ID, Answered: n}
	if before.Answer != nil {
		done.Before = before.Answer.Verb
	}
	return done, exitDone, err
}

// stale is after how many polls without a success a link that no daemon serves counts as stopped.
const stale = 3

func (d *desk) status(ctx context.Context, l *opened, _ statusQuestion) (statusAnswer, int, error) {
	s, err := l.link.Status(ctx)
	if err != nil {
		return statusAnswer{}, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	answer := statusAnswer{Status: s, Daemon: d.serving, Address: d.address, Verified: l.lastVerified()}
	if answer.LastSuccess.IsZero() {
		answer.LastSuccess = l.lastBeat()
	}
	switch {
	case s.State != connector.Well, s.Left > 0:
	case !s.Linked && !d.serving:
		answer.State, answer.Next = connector.Waits, "make the first link: passerelle sync "+l.ID
	case !d.serving && d.now().Sub(answer.LastSuccess) > stale*l.Poll:
		answer.State = connector.Stops
		answer.Next = "nothing has run well of late: start passerelle run, or see why with passerelle sync " + l.ID
	case answer.Verified != nil && answer.Verified.Unexplained > 0:
		answer.State, answer.Next = connector.Waits, "see what nothing explains: passerelle verify "+l.ID
	case !d.serving && s.Held == nil:
		answer.Next = "nothing; no daemon is running: passerelle run keeps the link in step"
	}
	return answer, exitDone, nil
}

// wake has the loop of a link run at once. Where nothing loops, the next run comes when somebody asks for one.
func (*desk) wake(_ context.Context, l *opened, _ wakeQuestion) (struct{}, int, error) {
	l.link.Wake()
	return struct{}{}, exitDone, nil
}

func (d *desk) verify(ctx context.Context, l *opened, _ verifyQuestion) (verify.Report, int, error) {
	var report verify.Report
	err := l.link.Still(ctx, func(ctx context.Context) (err error) {
		report, err = verify.Run(ctx, d.verification(l))
		return err
	})
	if err == nil {
		l.noteVerified(d.now(), &report)
	}
	switch {
	case err != nil:
		return report, 0, fmt.Errorf("link %s: %w", l.ID, systemError(l.ID, err))
	case report.Unexplained > 0:
		return report, exitFailed, nil
	}
	return report, exitDone, nil
}

// systemError gives the error of a system of a link its exit code and its advice.
func systemError(link string, err error) error {
	said, ok := errors.AsType[*port.Error](err)
	if !ok {
		return err
	}
	code := exitFailed
	if said.Next == port.Token {
		code = exitSecret
	}
	if said.Advice != "" {
		err = fmt.Errorf("%w; %s", err, strings.ReplaceAll(said.Advice, "LINK", link))
	}
	return &exitError{code: code, cause: err}
}
