package connector_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"passerelle/connector/port"
)

// A network connects the engine with the two simulated systems.
type network interface {
	serve(tb testing.TB, system http.Handler) (url string)
	dial(ctx context.Context, network, address string) (net.Conn, error)
}

// loopback is this machine's own network.
type loopback struct{}

func (loopback) serve(tb testing.TB, system http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(system)
	tb.Cleanup(server.Close)
	return server.URL
}

func (loopback) dial(ctx context.Context, network, address string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, address)
}

// errNobodyListens is what a dial in memory gets where nothing is served.
var errNobodyListens = errors.New("connection refused: nobody listens")

// pipes is a network in memory, for bubbles of testing/synctest: nothing in it waits for the machine.
type pipes struct {
	mu     sync.Mutex
	served map[string]*pipeListener // by address
}

func (p *pipes) serve(tb testing.TB, system http.Handler) string {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.served == nil {
		p.served = map[string]*pipeListener{}
	}
	l := &pipeListener{address: fmt.Sprintf("127.0.0.1:%d", 1000+len(p.served)), dialled: make(chan net.Conn), closed: make(chan struct{})}
	p.served[l.address] = l
	server := httptest.NewUnstartedServer(system)
	_ = server.Listener.Close() // the machine's own
	server.Listener = l
	server.Start()
	tb.Cleanup(server.Close)
	return server.URL
}

func (p *pipes) dial(ctx context.Context, _, address string) (net.Conn, error) {
	p.mu.Lock()
	l := p.served[address]
	p.mu.Unlock()
	if l == nil {
		return nil, errNobodyListens
	}
	here, there := net.Pipe()
	select {
	case l.dialled <- there:
		return here, nil
	case <-l.closed:
		return nil, errNobodyListens
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A pipeListener accepts what is dialled in memory.
type pipeListener struct {
	address string
	dialled chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.dialled:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.address) }

type pipeAddr string

func (pipeAddr) Network() string  { return "tcp" }
func (a pipeAddr) String() string { return string(a) }

// patient lets a system in a bubble wait for everything else that goes on there, so that one seed makes one trace: the two
// sides are listed at once, and what of the one is still asked when the other fails would be chance.
func patient(s port.System) port.System {
	if tells, ok := s.(port.Deltas); ok {
		return struct {
			port.System
			port.Deltas
		}{waiter{s}, tells}
	}
	return waiter{s}
}

type waiter struct{ port.System }

// Check implements port.System. The bubble's time goes on when nobody else can.
func (w waiter) Check(ctx context.Context) (port.Account, error) {
	select {
	case <-time.After(time.Second):
		return w.System.Check(ctx)
	case <-ctx.Done():
		return port.Account{}, ctx.Err()
	}
}
