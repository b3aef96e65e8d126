package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"passerelle/connector"
	"passerelle/internal/config"
)

func (a *app) runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Keep every link in step, until it is stopped",
		Long: `Runs every link of the configuration again and again: every poll, once a day in full, less often while a side is
out of order. The other commands reach it over its socket in the state folder.

The first signal (Ctrl-C, SIGTERM) lets the write under way finish and ends; a second one ends at once, and the
next start finds its way by reading. One daemon has a ledger: a second one ends with exit code 5.`,
		Example: `  passerelle run
  passerelle run --config /etc/passerelle/passerelle.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			if err := checkModes(a.configPath, c); err != nil {
				return err
			}
			return a.serve(cmd.Context(), c, nil)
		},
	}
	a.takesConfig(cmd)
	return cmd
}

// serve keeps the links in step and answers commands, until the first signal. after is told of every success of a link; it
// may be nil.
func (a *app) serve(ctx context.Context, c config.Config, after func(*opened)) (err error) {
	log := a.logger(c.Log)
	client := a.network(c, log)
	defer client.Close()
	path, serving, err := a.daemon(ctx, c.State)
	if err != nil {
		return err
	}
	if serving {
		return &exitError{code: exitBusy, cause: fmt.Errorf("a daemon is running already: it answers at %s; stop it first, or leave the work to it", path)}
	}
	if path, err = socketPath(c.State); err != nil {
		return err
	}
	manager, err := a.supervisor(log)
	if err != nil {
		return err
	}
	outlook := newLookout(thisBuild().Version, manager.pulse, a.interrupted)
	links, err := a.open(ctx, c, c.Links, client, log, watching{alive: manager.pulse.sign, ran: func(link string, r connector.Ran) {
		outlook.ran(link, r)
		manager.ran(link, r)
	}})
	if err != nil {
		return err
	}
	outlook.watch(a, links)
	manager.watch(links)
	defer func() { err = errors.Join(err, closeAll(links)) }()
	socket, err := a.listenAt(ctx, c.State, path)
	if err != nil {
		return err
	}
	address, err := a.listenFor(ctx, c.Listen)
	if err != nil {
		return errors.Join(err, socket.Close())
	}
	warnOfPlain(c, log)
	log.Info().Int("links", len(links)).Str("socket", path).Stringer("address", address.Addr()).
		Str("version", thisBuild().Version).Msg("started")
	defer log.Info().Msg("stopped")
	return a.keep(ctx, links, places{
		socket: socket, address: address, pages: outlook.pages(), manager: manager, keep: c.Keep, log: log,
	}, after)
}

// listenAt opens the socket, in place of one that a daemon has left behind. The ledgers are ours already, so nobody else
// is at it.
func (a *app) listenAt(ctx context.Context, state, path string) (net.Listener, error) {
	info, err := os.Stat(state)
	if err != nil {
		return nil, fmt.Errorf("the state folder: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, usage(fmt.Errorf("the state folder is open to others (mode %04o): run chmod 700 %s", mode, state))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the socket that was left behind: %w", err)
	}
	socket, err := a.listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("the socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("the socket: %w", err), socket.Close())
	}
	return socket, nil
}

// goodbye is how long answers under way may take once all links have ended.
const goodbye = 5 * time.Second

// places are where a daemon answers: commands at its socket, probes at its address.
type places struct {
	socket, address net.Listener
	pages           http.Handler
	manager         *supervisor // told once they are open
	keep            config.Keep
	log             zerolog.Logger
}

// keep runs the loops of the links and answers at the places until the loops have ended.
func (a *app) keep(ctx context.Context, links []*opened, at places, after func(*opened)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer a.drainWhenInterrupted(ctx, links)()
	commands := &http.Server{Handler: newDesk(ctx, links, a.now, at.address.Addr().String()), ReadHeaderTimeout: goodbye}
	probes := &http.Server{Handler: at.pages, ReadHeaderTimeout: goodbye, ReadTimeout: goodbye, IdleTimeout: time.Minute, MaxHeaderBytes: 1 << 16}
	var answering errgroup.Group
	answer := func(what string, server *http.Server, l net.Listener) {
		answering.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				cancel() // nobody could reach the daemon any more
				return fmt.Errorf("%s: %w", what, err)
			}
			return nil
		})
	}
	answer("the socket", commands, at.socket)
	answer("listen", probes, at.address)
	defer at.manager.begin(ctx, a.interrupted)()
	var loops errgroup.Group
	for _, l := range links {
		schedule := a.schedule(l, after)
		schedule.Daily = a.daily(l, at.keep, at.log)
		loops.Go(func() error { return l.link.Serve(ctx, schedule, a.interrupted) })
	}
	err := loops.Wait()
	patience, done := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer done()
	for _, server := range []*http.Server{commands, probes} {
		if stopped := server.Shutdown(patience); stopped != nil {
			err = errors.Join(err, server.Close())
		}
	}
	return errors.Join(err, answering.Wait())
}

// schedule says when a link runs.
func (a *app) schedule(l *opened, after func(*opened)) connector.Schedule {
	return connector.Schedule{
		Poll: l.Poll, FullHour: l.Full.Hour, FullMinute: l.Full.Minute, Random: a.chance,
		Beat: func(at time.Time) error {
			if after != nil {
				after(l)
			}
			return l.beats(at)
		},
	}
}
