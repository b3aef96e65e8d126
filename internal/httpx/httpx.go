// Package httpx is the one way to build an HTTP client: bounded in time and size, repeating only what is safe to
// repeat, and saying of every failure whether the host may have acted on the request.
//
// The rule of repetition is by method. A GET or HEAD is sent again after a transport error and after 429, 502, 503 and
// 504. Any other method is sent again only when the host has provably done nothing: no connection came to be, or it
// answered 429. What a host asks us to wait is honoured up to a cap; beyond it the answer is handed back at once.
//
// Everybody who shares a [Client] shares its pace towards a host. A host that answers 429 or 503 is asked half as fast,
// and a little faster again with every good answer; while it asks to be left alone, nobody sends it anything.
//
// Headers, bodies and query strings never reach a log line or an error text.
package httpx

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"github.com/rs/zerolog"
)

// ErrNotSent is in the chain of every error of [Client.Do] that leaves the host untouched: the address was refused, no
// connection came to be, or the certificate did not verify. Sending the request again cannot double anything.
var ErrNotSent = errors.New("not sent")

// ErrUnknown is in the chain of every error of [Client.Do] that leaves open what the host did: the request may have
// arrived, and no whole answer came back. Before a write is sent again, somebody has to look.
var ErrUnknown = errors.New("outcome unknown")

// ErrTooLarge is in the chain, beside [ErrUnknown], when the answer is larger than Config.MaxBody.
var ErrTooLarge = errors.New("the answer is too large")

// Config is what a [Client] is made of. Now is required; the zero value of every other field means its default.
type Config struct {
	// Dial opens connections. Default: the operating system's network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Now is the clock that a host's "come back at" is compared with, and that requests are timed by.
	Now func() time.Time
	// After is the timer that pauses between two attempts wait on. Default: [time.After].
	After func(time.Duration) <-chan time.Time
	// Timeout bounds one attempt, from the dial to the last byte of the answer. Default: 30 s.
	Timeout time.Duration
	// RetryMax is how many further attempts may follow the first. Default: 3; negative: none.
	RetryMax int
	// MaxWait is the longest pause between two attempts. A host that asks for more gets no further attempt, and its
	// answer is returned at once. Default: 30 s.
	MaxWait time.Duration
	// MaxBody is the largest answer accepted, in bytes after decompression. Default: 64 MiB.
	MaxBody int64
	// Plain names the hosts besides this machine, as they stand in an address with the port, that plain http is accepted
	// to: everybody on the way can read and change what is sent there. Default: none.
	Plain []string
	// Log takes one line per attempt, on debug: method, path without query, status or failure, duration.
	Log zerolog.Logger
}

// A Client sends requests. It is safe for concurrent use, keeps connections open between requests, and knows of every
// host how fast it may be asked.
type Client struct {
	config    Config
	transport *http.Transport

	mu    sync.Mutex
	paces map[string]*pace // by host, with its port
}

// A Request is one request. An empty Method is GET; Body is sent anew with every attempt and is not kept afterwards.
// URL takes no user name and no password; plain http is accepted to this machine and to Config.Plain only.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// A Response is the host's answer, whatever its status, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// RetryAfter is how long the host asks to stay away, counted from when the answer came; 0 when it names no time
	// ahead. It may be longer than any wait of this client.
	RetryAfter time.Duration
}

// New returns a client with c's settings and the defaults for what c leaves out. It panics without a clock, which is a
// mistake in the program.
func New(c Config) *Client {
	if c.Now == nil {
		panic("httpx: a client needs a clock")
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.After == nil {
		c.After = time.After
	}
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.RetryMax = cmp.Or(c.RetryMax, 3)
	c.MaxWait = cmp.Or(c.MaxWait, 30*time.Second)
	c.MaxBody = cmp.Or(c.MaxBody, 64<<20)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		// The transport lets a dial outlive the request that began it, so it needs a bound of its own.
		ctx, cancel := context.WithTimeout(ctx, c.Timeout)
		defer cancel()
		return c.Dial(ctx, network, address)
	}
	return &Client{config: c, paces: map[string]*pace{}, transport: &http.Transport{
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    c.Timeout,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 1 << 20,
		// A write on a connection that the host has given up is of unknown outcome: don't keep one for long.
		IdleConnTimeout: 10 * time.Second,
	}}
}

// Do sends r, again where the package's rule allows it, and returns the last answer. A nil error means that there is
// an answer, of any status: also when attempts ran out, when the host asked for a longer wait than the cap, or when ctx
// ended during a pause after an answer.
//
// An error wraps [ErrNotSent] or [ErrUnknown] and speaks of the last attempt; earlier ones had no effect, or the method
// has none. Whether the caller's own context ended is for ctx.Err() to say, not for the error: a slow host is not a
// cancellation.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	method := cmp.Or(r.Method, http.MethodGet)
	address, err := parseURL(r.URL, c.config.Plain)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w: %w", method, ErrNotSent, err)
	}
	var body any // an empty []byte would be announced as a body of unknown length
	if len(r.Body) > 0 {
		body = r.Body
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return Response{}, fmt.Errorf("%s: %w: the method is not valid", place(address), ErrNotSent)
	}
	if r.Header != nil {
		request.Header = r.Header.Clone() // a connection may still be reading it when Do has returned
	}

	x := &exchange{client: c, method: method}
	answer, err := x.retrying().Do(request)
	if answer != nil {
		_ = answer.Body.Close() // in memory
	}
	switch {
	case x.failure != nil:
		return Response{}, fmt.Errorf("%s %s: %w", method, place(address), x.failure)
	case !x.answered: // nothing was attempted
		return Response{}, fmt.Errorf("%s %s: %w: %w", method, place(address), ErrNotSent, withoutURL(err))
	}
	return x.answer, nil
}

// Close closes the connections that no request is using.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
}

// CheckURL returns an error that says why the client would refuse raw: it is no absolute address, carries a user name or
// password, or speaks plain http to another machine. The text does not repeat raw.
// No client at all accepts plain http to this machine only.
func (c *Client) CheckURL(raw string) error {
	var plain []string
	if c != nil {
		plain = c.config.Plain
	}
	_, err := parseURL(raw, plain)
	return err
}

func parseURL(raw string, plain []string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("not an absolute address such as https://host/path")
	case u.User != nil:
		return nil, errors.New("an address must not carry a user name or password")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()) && !slices.Contains(plain, u.Host)):
		return nil, errors.New("the address must begin with https:// (plain http is for this machine only, or for what the configuration calls insecure)")
	}
	return u, nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// place is where a request went, in words that may be logged: the query may hold what nobody should read.
func place(u *url.URL) string {
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
