package connector_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/internal/record"
)

// What happens to the process and to its ledger.

// patience is how long somebody waits who asks for what another has, before going away.
const patience = 200 * time.Millisecond

// lost takes the ledger away, and what it had noted beside it: the next process begins with an empty one.
func (b *bench) lost() error {
	if err := b.ledger.Close(); err != nil {
		return err
	}
	if err := os.Remove(b.path); err != nil {
		return err
	}
	b.tally = &noted{}
	b.open()
	return nil
}

// crashEverywhere lets the process die before and after the first list, read, write or commit of the next run, a new one before
// and after the second of the run after it, and so on, until a run comes to its end before it can die. No time passes between.
func (s *scene) crashEverywhere() error {
	const enough = 200
	for at := 1; at <= enough; at++ {
		for _, after := range []bool{false, true} {
			k := &killer{at: at, after: after, what: "list read write commit"}
			s.b.restart(k)
			_, err := s.b.link.RunOnce(s.tb.Context(), connector.Options{})
			s.b.restart(nil)
			switch {
			case !k.dead && at == 1:
				return errors.New("the run made no call")
			case !k.dead:
				return err
			case err != nil && !errors.Is(err, errKilled):
				return fmt.Errorf("call %d: %w", at, err)
			}
		}
	}
	return fmt.Errorf("no run was over after %d calls", enough)
}

// overlapped carries out a run in the middle of whose first write another run is asked for, and another process opens the
// ledger. Neither may get anywhere before the run is over.
func (s *scene) overlapped() error {
	came := make(chan error, 1)
	come := sync.OnceFunc(func() { came <- errors.Join(s.secondRun(), s.secondProcess()) })
	for _, hook := range []func(func(string)){s.b.world.ClubSystem.BeforeEach, s.b.world.FederationSystem.BeforeEach} {
		hook(func(op string) {
			if strings.HasSuffix(op, ".create") || strings.HasSuffix(op, ".change") {
				come()
			}
		})
		defer hook(func(string) {})
	}
	err := s.once(connector.Options{})
	select {
	case between := <-came:
		return errors.Join(err, between)
	default:
		return errors.Join(err, errors.New("the run wrote nothing, so nothing could come between"))
	}
}

// secondRun asks for a run while one is under way, and goes away when its turn does not come.
func (s *scene) secondRun() error {
	before := len(s.b.world.FederationSystem.Requests()) + len(s.b.world.ClubSystem.Requests())
	ctx, cancel := context.WithTimeout(s.tb.Context(), patience)
	defer cancel()
	_, err := s.b.link.RunOnce(ctx, connector.Options{})
	after := len(s.b.world.FederationSystem.Requests()) + len(s.b.world.ClubSystem.Requests())
	if !errors.Is(err, context.DeadlineExceeded) || after != before {
		return errors.Join(fmt.Errorf("a second run did not wait for its turn, and sent %d requests", after-before), err)
	}
	return nil
}

// secondProcess opens the ledger as another process would.
func (s *scene) secondProcess() error {
	second, err := ledger.Open(s.tb.Context(), s.b.path, ledger.Options{Timeout: patience})
	switch {
	case errors.Is(err, ledger.ErrBusy):
		return nil
	case err == nil:
		return errors.Join(errors.New("a second process has opened the ledger"), second.Close())
	default:
		return err
	}
}

// file returns the ledger's file as it is now.
func (b *bench) file() []byte {
	b.tb.Helper()
	file, err := os.ReadFile(b.path)
	if err != nil {
		b.tb.Fatal(err)
	}
	return file
}

func (s *scene) expectLedger(args []string) error {
	if len(args) != 1 || args[0] != "unchanged" {
		return errors.New("how is it?")
	}
	if !bytes.Equal(s.file, s.b.file()) {
		return errors.New("the ledger's file has changed")
	}
	return nil
}

func (s *scene) expectPlanned(args []string) error {
	if len(args) != 2 {
		return errors.New("where, and how many?")
	}
	if n := s.last.Planned[record.Side(args[0])].Total(); strconv.Itoa(n) != args[1] {
		return fmt.Errorf("%d changes are planned at the %s", n, args[0])
	}
	return nil
}
