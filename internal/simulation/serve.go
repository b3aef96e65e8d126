package simulation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// shutdownTime is how long requests may take to end after the context has; then they are cut.
const shutdownTime = 5 * time.Second

// Listeners are where a world is served. Control may be nil: then the knobs are out of reach.
type Listeners struct {
	Club, Federation, Control net.Listener
}

// Served is a world on the network.
type Served struct {
	// The base addresses, such as http://127.0.0.1:40001; ControlURL is "" without a listener for it.
	ClubURL, FederationURL, ControlURL string
	// Wait returns when every server has stopped: nil after an orderly stop, else what went wrong first.
	Wait func() error
}

// Serve serves the two systems and the knobs on the listeners until ctx ends; it owns the listeners from then on. It
// returns at once.
func (w *World) Serve(ctx context.Context, l Listeners) *Served {
	s := &Served{ClubURL: baseURL(l.Club), FederationURL: baseURL(l.Federation)}
	// One server that cannot serve takes the others with it: half a world is of no use.
	group, ctx := errgroup.WithContext(ctx)
	s.Wait = group.Wait
	group.Go(func() error { return serve(ctx, l.Club, w.ClubSystem) })
	group.Go(func() error { return serve(ctx, l.Federation, w.FederationSystem) })
	if l.Control != nil {
		s.ControlURL = baseURL(l.Control)
		group.Go(func() error { return serve(ctx, l.Control, w.Control()) })
	}
	return s
}

// serve serves one listener until ctx ends, and returns when its requests have ended too.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		err := server.Shutdown(patience)
		if err != nil {
			err = errors.Join(err, server.Close())
		}
		stopped <- err
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stop %s: %w", listener.Addr(), err)
	}
	return nil
}

func baseURL(l net.Listener) string { return "http://" + l.Addr().String() }
