package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"

	"passerelle/connector"
	"passerelle/internal/metrics"
)

// A lookout shows operators how the daemon is: /metrics, /healthz and /readyz. It holds no data of people.
type lookout struct {
	metrics *metrics.Metrics
	pulse   *pulse
	stopped <-chan struct{} // closed when the daemon is told to end

	mu      sync.Mutex
	waiting map[string]bool // links whose first run has not ended yet
}

func newLookout(version string, p *pulse, stopped <-chan struct{}) *lookout {
	return &lookout{metrics: metrics.New(version), pulse: p, stopped: stopped, waiting: map[string]bool{}}
}

// watch has the lookout show links, which have not run yet.
func (o *lookout) watch(a *app, links []*opened) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range links {
		o.waiting[l.ID] = true
		o.metrics.Watch(l.ID, func(ctx context.Context) (connector.Status, error) {
			s, err := l.link.Standing(ctx)
			if s.LastSuccess.IsZero() {
				s.LastSuccess = l.lastBeat()
			}
			return s, err
		}, l.unexplained, a.now)
	}
}

// ran is told of every run of a link.
func (o *lookout) ran(link string, r connector.Ran) {
	o.metrics.Ran(link, r)
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.waiting, link)
}

// pages returns what is served at the address that the configuration names.
func (o *lookout) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", o.metrics.Handler())
	mux.HandleFunc("GET /healthz", o.healthy)
	mux.HandleFunc("GET /readyz", o.ready)
	return mux
}

// healthy is no when a run hangs: then another process would do better.
func (o *lookout) healthy(w http.ResponseWriter, _ *http.Request) {
	if stuck := o.pulse.stuck(); len(stuck) > 0 {
		say(w, http.StatusServiceUnavailable, "hangs", stuck)
		return
	}
	say(w, http.StatusOK, "ok", nil)
}

// ready is yes once every link has run, however that run ended, until the daemon is told to end. A link that is stopped
// does not make it no: another process would be stopped as well, and only a person can help.
func (o *lookout) ready(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-o.stopped:
		say(w, http.StatusServiceUnavailable, "stopping", nil)
		return
	default:
	}
	o.mu.Lock()
	waiting := sortedKeys(o.waiting)
	o.mu.Unlock()
	if len(waiting) > 0 {
		say(w, http.StatusServiceUnavailable, "starting", waiting)
		return
	}
	say(w, http.StatusOK, "ready", nil)
}

// say answers a probe.
func say(w http.ResponseWriter, code int, status string, links []string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(struct { // a probe that has gone asks again
		Status string   `json:"status"`
		Links  []string `json:"links,omitempty"` // that hang, or have not run yet
	}{status, links})
}

// listenFor opens the address of the lookout.
func (a *app) listenFor(ctx context.Context, address string) (net.Listener, error) {
	l, err := a.listen(ctx, "tcp", address)
	if err != nil {
		// It may be free again in a moment: a service manager tries once more.
		return nil, fmt.Errorf("listen: %w; name a free address in the configuration, or 127.0.0.1:0 for any", err)
	}
	return l, nil
}
