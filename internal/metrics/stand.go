package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"passerelle/connector"
	"passerelle/internal/record"
)

// A stand is how one link stands, asked anew whenever it is collected.
type stand struct {
	link     string
	standing Standing
	now      func() time.Time

	unexplained func() (n int, known bool)
}

// patience bounds how long a link may take to say how it stands: its ledger may be busy.
const patience = 5 * time.Second

// Describe sends nothing: which kinds of questions there are shows when there are some.
func (*stand) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s *stand) Collect(out chan<- prometheus.Metric) {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	status, err := s.standing(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(prometheus.NewDesc("passerelle_link_state", "How the link stands.", nil, prometheus.Labels{"link": s.link}), err)
		return
	}
	gauge := func(name, help string, value float64, labels ...string) {
		named := prometheus.Labels{"link": s.link}
		for i := 0; i+1 < len(labels); i += 2 {
			named[labels[i]] = labels[i+1]
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc("passerelle_"+name, help, nil, named), prometheus.GaugeValue, value)
	}
	for _, state := range []string{connector.Well, connector.Waits, connector.Stops} {
		gauge("link_state", "How the link stands: 1 for the state it is in.", number(status.State == state), "state", state)
	}
	for _, side := range record.Sides() {
		stopped := status.Stopped != nil && status.Stopped.Side == side
		gauge("stopped", "Whether the link is stopped because of this side.", number(stopped), "side", string(side))
		if is, heard := status.Sides[side]; heard {
			gauge("can_write", "Whether the secret of this side may write.", number(is.CanWrite), "side", string(side))
			if !is.Expires.IsZero() {
				gauge("secret_expiry_timestamp_seconds", "When the secret of this side ends.", seconds(is.Expires), "side", string(side))
				gauge("secret_left_days", "Whole days until the secret of this side ends.", float64(*is.ExpiresIn), "side", string(side))
			}
		}
	}
	if !status.LastSuccess.IsZero() {
		gauge("last_success_timestamp_seconds", "When a run last came to its end.", seconds(status.LastSuccess))
		gauge("lag_seconds", "Time since a run last came to its end.", s.now().Sub(status.LastSuccess).Seconds())
	}
	for kind, n := range status.Open {
		gauge("questions_open", "Questions that wait for a person, by kind.", float64(n), "kind", string(kind))
	}
	if !status.Oldest.IsZero() {
		gauge("oldest_question_timestamp_seconds", "When the oldest open question was opened.", seconds(status.Oldest))
	}
	if n, known := s.unexplained(); known {
		gauge("unexplained_differences", "Differences of the two sides that the last verification could not explain.", float64(n))
	}
	changes, persons := 0, 0
	if status.Held != nil {
		changes, persons = status.Held.Changes-status.Approved, status.Held.Persons
	}
	gauge("held_changes", "Changes that wait for approval.", float64(changes))
	gauge("held_persons", "Persons in the plan that waits.", float64(persons))
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func seconds(at time.Time) float64 { return float64(at.Unix()) }
