// Package metrics counts what the runs of links come to and shows how links stand, in the form that Prometheus reads.
//
// Labels hold names of links, sides and kinds of trouble, never a person's reference or value. How a link stands is asked
// when it is read, and from the ledger alone: reading it costs the systems nothing.
package metrics

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// Metrics are those of one daemon. Make them with [New]; all methods may be called from several goroutines.
type Metrics struct {
	registry *prometheus.Registry
	runs     *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	changes  *prometheus.CounterVec
	requests *prometheus.CounterVec
	errors   *prometheus.CounterVec
}

// A Standing says how a link stands, from what is on this machine. LastSuccess may come from an earlier process.
type Standing func(context.Context) (connector.Status, error)

// New returns metrics of a daemon of that version, with nothing counted.
func New(version string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		runs:     counter("runs_total", "Runs, by what they came to: done, held, cut, stopped or failed.", "link", "result"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "passerelle_run_duration_seconds", Help: "How long runs took.", Buckets: []float64{.1, .5, 1, 5, 15, 60, 300, 1800},
		}, []string{"link"}),
		changes:  counter("changes_total", "Changes carried out, by side and kind.", "link", "side", "kind"),
		requests: counter("requests_total", "Requests of runs to a side, reads and writes apart.", "link", "side", "op"),
		errors:   counter("errors_total", "Answers of a side that were not what was asked for, by what to do next.", "link", "side", "next"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "passerelle_build_info", Help: "The version of this program; always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.runs, m.seconds, m.changes, m.requests, m.errors, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "passerelle_" + name, Help: help}, labels)
}

// Watch shows how a link stands whenever the metrics are read, and how many differences the last verification could not
// explain, where there was one. Each link is watched once.
func (m *Metrics) Watch(link string, standing Standing, unexplained func() (n int, known bool), now func() time.Time) {
	m.registry.MustRegister(&stand{link: link, standing: standing, unexplained: unexplained, now: now})
	for _, side := range record.Sides() { // a counter that is not there yet cannot be told from one that is at 0
		for _, next := range []port.Next{port.Again, port.Wait, port.Ask, port.Replan, port.Exists, port.Gone, port.Look, port.Stop, port.Token} {
			m.errors.WithLabelValues(link, string(side), nextLabel(next))
		}
	}
	for _, result := range []string{"done", "held", "cut", "stopped", "failed"} {
		m.runs.WithLabelValues(link, result)
	}
}

// Ran counts what a run came to.
func (m *Metrics) Ran(link string, r connector.Ran) {
	if !r.Options.DryRun {
		m.runs.WithLabelValues(link, result(r)).Inc()
		m.seconds.WithLabelValues(link).Observe(r.Took.Seconds())
	}
	for _, side := range record.Sides() {
		of := []string{link, string(side)}
		requests := r.Report.Requests[side]
		m.requests.WithLabelValues(append(of, "read")...).Add(float64(requests.Read))
		m.requests.WithLabelValues(append(of, "write")...).Add(float64(requests.Write))
		for next, n := range r.Report.Errors[side] {
			m.errors.WithLabelValues(append(of, nextLabel(next))...).Add(float64(n))
		}
		applied := r.Report.Applied[side]
		for kind, n := range map[record.Op]int{
			record.Create: applied.Create, record.Update: applied.Update, record.Clear: applied.Clear, record.End: applied.End, record.Ask: applied.Ask,
		} {
			m.changes.WithLabelValues(append(of, string(kind))...).Add(float64(n))
		}
	}
}

// result names what a run came to. One that was told to end is cut, also when it has held a plan: it has not done all the rest.
func result(r connector.Ran) string {
	switch {
	case r.Err != nil:
		return "failed"
	case r.Report.Stopped != nil:
		return "stopped"
	case r.Report.Cut != "":
		return "cut"
	case r.Report.Held != nil:
		return "held"
	}
	return "done"
}

// nextLabel names what to do next; the zero Next has a name here, because an empty label is none.
func nextLabel(next port.Next) string {
	if next == port.Again {
		return "again"
	}
	return string(next)
}

// Handler serves the metrics. A link that cannot say how it stands is left out, the rest is shown.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
