package httpx

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxRedirects is how many hops within one host a GET follows.
const maxRedirects = 5

// An exchange is one call of Do: its attempts, and what the last of them brought. As an [http.RoundTripper] it reads
// the whole answer inside the attempt, so that a cut in the body counts as the attempt's failure.
type exchange struct {
	client *Client
	method string

	answered bool     // answer holds the last attempt's answer
	answer   Response // the last attempt's
	failure  error    // the last attempt's; ErrNotSent or ErrUnknown is in its chain
	wait     time.Duration
}

func (x *exchange) retrying() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: x, CheckRedirect: x.redirect},
		RetryMax:     x.client.config.RetryMax,
		CheckRetry:   x.again,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		// The library's own timer cannot be injected: it waits for nothing, and pause does the waiting.
		Backoff: func(_, _ time.Duration, attempt int, _ *http.Response) time.Duration {
			x.wait = x.waitBefore(attempt + 1)
			return 0
		},
		PrepareRetry: x.pause,
	}
}

// RoundTrip makes one attempt.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	config := x.client.config
	x.answered, x.failure = false, nil
	pace := x.client.pace(r.URL.Host)
	n, err := pace.admit(r.Context(), config)
	if err != nil {
		x.failure = turnedAway(err)
		return nil, x.failure
	}
	ctx, cancel := context.WithTimeout(r.Context(), config.Timeout)
	defer cancel()

	var connected atomic.Bool // from here on, bytes of the request may have left
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	began := config.Now()
	response, err := x.roundTrip(r.WithContext(ctx))
	if err != nil {
		x.failure = x.explain(r.Context(), ctx, err, connected.Load())
	}
	event := config.Log.Debug().Str("method", r.Method).Str("path", r.URL.Path).Dur("duration", config.Now().Sub(began))
	if x.failure != nil {
		event.Err(x.failure).Msg("request failed")
		return nil, x.failure
	}
	pace.learn(n, x.answer, config.Now())
	event.Int("status", x.answer.Status).Msg("request answered")
	return response, nil
}

// roundTrip sends r and keeps the whole answer. The response that it returns reads from memory.
func (x *exchange) roundTrip(r *http.Request) (*http.Response, error) {
	config := x.client.config
	response, err := x.client.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, config.MaxBody+1))
	_ = response.Body.Close() // the answer is whole or the read has failed: closing adds nothing
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > config.MaxBody {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, config.MaxBody)
	}
	x.answered = true
	x.answer = Response{
		Status:     response.StatusCode,
		Header:     response.Header,
		Body:       body,
		RetryAfter: retryAfter(response.Header, config.Now()),
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// again tells the library whether there is to be a further attempt.
func (x *exchange) again(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	return ctx.Err() == nil && x.mayRepeat(), nil
}

// mayRepeat is the package's rule of repetition.
func (x *exchange) mayRepeat() bool {
	if x.failure != nil {
		return !isLasting(x.failure) && (x.isRead() || errors.Is(x.failure, ErrNotSent))
	}
	if x.answer.RetryAfter > x.client.config.MaxWait {
		return false
	}
	switch x.answer.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return x.isRead()
	}
	return false
}

// isLasting reports whether the next attempt would fail the same way.
func isLasting(failure error) bool {
	_, unverified := errors.AsType[*tls.CertificateVerificationError](failure)
	_, away := errors.AsType[*AwayError](failure)
	return unverified || away || errors.Is(failure, ErrTooLarge)
}

func (x *exchange) isRead() bool {
	return x.method == http.MethodGet || x.method == http.MethodHead
}

// waitBefore is the pause before further attempt n: what the host asked for, else 1 s, 2 s, 4 s, ...
func (x *exchange) waitBefore(n int) time.Duration {
	if x.answered && x.answer.RetryAfter > 0 {
		return x.answer.RetryAfter
	}
	return min(time.Second<<min(n-1, 10), x.client.config.MaxWait)
}

// pause waits before the next attempt, or returns ctx's error, which ends the exchange with what the last one brought.
func (x *exchange) pause(r *http.Request) error {
	return x.client.config.wait(r.Context(), x.wait, x.client.pace(r.URL.Host))
}

// redirect follows a GET within the scheme and host it was meant for. Every other redirect is itself the answer: a
// write must not turn into a GET, nor a token travel to another host.
func (x *exchange) redirect(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if !x.isRead() || len(via) > maxRedirects || next.URL.Scheme != first.Scheme || next.URL.Host != first.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// explain says of err, which ended an attempt, what it means for the host, and why it came: the caller's context ended,
// the attempt's did, or err itself.
func (x *exchange) explain(caller, attempt context.Context, err error, connected bool) error {
	switch {
	case caller.Err() != nil:
		err = caller.Err()
	case attempt.Err() != nil, errors.Is(err, context.DeadlineExceeded): // the dial has a deadline too
		err = fmt.Errorf("no whole answer within %s", x.client.config.Timeout)
	case connected:
		err = safeCause(err)
	}
	if connected {
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return fmt.Errorf("%w: %w", ErrNotSent, err)
}

// safeCause returns err where its text cannot quote what the host sent, and a plain sentence otherwise: net/http quotes
// a malformed answer, which may hold a person's data.
func safeCause(err error) error {
	if errors.Is(err, ErrTooLarge) {
		return err
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the connection was closed before the answer was whole")
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network
	}
	return errors.New("the connection broke, or the answer is not HTTP")
}
