package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"passerelle/internal/config"
)

// A door leads to a desk: to the daemon's over its socket, or to one in this process.
type door struct {
	client http.Client
	links  []*opened // of a desk in this process
	close  func() error
}

// door opens the way to the desk for links. Without a daemon it opens their ledgers.
func (a *app) door(ctx context.Context, c config.Config, links []config.Link) (*door, error) {
	path, serving, err := a.daemon(ctx, c.State)
	if err != nil {
		return nil, err
	}
	if serving {
		return a.doorOf(path), nil
	}
	log := a.logger(c.Log)
	bar := newBar(a.stderr)
	client := a.network(c, log)
	opened, err := a.open(ctx, c, links, client, log, watching{progress: bar.progress})
	if err != nil {
		client.Close()
		return nil, err
	}
	return &door{
		client: http.Client{Transport: inProcess{newDesk(ctx, opened, a.now, "")}}, links: opened,
		close: func() error {
			bar.close()
			client.Close()
			return closeAll(opened)
		},
	}, nil
}

// doorOf returns the way to the desk of the daemon whose socket is at path.
func (a *app) doorOf(path string) *door {
	way := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return a.dial(ctx, "unix", path) }}
	return &door{client: http.Client{Transport: way}, close: func() error {
		way.CloseIdleConnections()
		return nil
	}}
}

// daemon returns where a daemon's socket is, and whether one answers there.
func (a *app) daemon(ctx context.Context, state string) (path string, serving bool, err error) {
	path, err = socketPath(state)
	if err != nil {
		// A daemon that runs all the same has the ledger, which says so.
		return "", false, nil //nolint:nilerr // only a daemon needs the socket
	}
	connection, err := a.dial(ctx, "unix", path)
	switch {
	case err == nil:
		return path, true, connection.Close()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return path, false, nil
	}
	return path, false, fmt.Errorf("the daemon's socket: %w; run this as the user that runs the daemon", err)
}

// longestSocket is the most bytes that every system takes for the path of a socket.
const longestSocket = 100

// socketPath returns the shorter of the two ways to name the daemon's socket, from the root and from here.
func socketPath(state string) (string, error) {
	path := filepath.Join(state, "passerelle.sock")
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	best := absolute
	if here, err := os.Getwd(); err == nil {
		if relative, err := filepath.Rel(here, absolute); err == nil && len(relative) < len(best) {
			best = relative
		}
	}
	if len(best) > longestSocket {
		return "", usage(fmt.Errorf(
			"state: the path of the daemon's socket has %d bytes, and a socket's can have %d: choose a shorter folder, or start from nearer to it (%s)",
			len(best), longestSocket, best))
	}
	return best, nil
}

// call asks the desk something about a link. result is what to print; code is how the command ends. An error has its code.
func (d *door) call(ctx context.Context, link, what string, question any) (result json.RawMessage, code int, err error) {
	body, err := json.Marshal(question)
	if err != nil {
		return nil, 0, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://passerelle/links/"+link+"/"+what, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	answer, err := d.client.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, 0, context.Cause(ctx)
		}
		return nil, 0, fmt.Errorf("the daemon went away while it was asked: %w", err)
	}
	defer answer.Body.Close()
	var said reply
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || answer.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("the daemon does not understand this command (status %d): it runs another version; restart it", answer.StatusCode)
	}
	if said.Error != "" {
		return nil, 0, &exitError{code: said.Exit, cause: errors.New(said.Error)}
	}
	return said.Result, said.Exit, nil
}

// inProcess carries requests to a handler in this process.
type inProcess struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	w := &kept{header: http.Header{}, status: http.StatusOK}
	t.handler.ServeHTTP(w, r)
	return &http.Response{
		StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// kept is an answer kept in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *kept) Header() http.Header { return w.header }

func (w *kept) WriteHeader(status int) { w.status = status }

func (w *kept) Write(data []byte) (int, error) { return w.body.Write(data) }
