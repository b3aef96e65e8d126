package connector

import (
	"time"

	"passerelle/connector/reconcile"
	"passerelle/internal/record"
)

// A Limit is how much of one thing may happen unasked: the greater of a count and a share of the pairs, rounded up. The
// rules that make a limit for longer windows and for groups of it are ADR 0017's.
type Limit struct{ Count, Percent int }

// of returns the limit of a run, and of a day, for so many pairs.
func (l Limit) of(pairs int) int { return max(l.Count, (l.Percent*pairs+99)/100) }

// month returns the limit of 30 days: a run's, and twice the count besides. One end a day is more than that, in a club of
// 60 and in one of 2,000.
func (l Limit) month(pairs int) int { return l.of(pairs) + 2*l.Count }

// smallestGroup is how many a group has at the least for its share to mean anything.
const smallestGroup = 3

// half returns the limit of a group, in every window: half of those in it.
func half(group int) int { return group / 2 }

// A window is a stretch of time that ends now. What was written in it unasked counts together with what is planned now.
type window struct {
	name  string        // as a reason says it
	ago   time.Duration // 0: the run alone
	limit func(l Limit, pairs int) int
}

const (
	day   = 24 * time.Hour
	month = 30 * day
)

// A counter is one thing that a guard counts, with its limit.
type counter struct {
	name   string // what a reason calls so many of it
	limit  Limit
	longer bool // counted over time and by group as well, not in the run alone
	leaves bool // each takes somebody or something out of its group
	count  func(*reconcile.Change) int
}

// windows returns the windows that it is counted in, the shortest first.
func (g *counter) windows() []window {
	run := window{"in this run", 0, Limit.of}
	if !g.longer {
		return []window{run}
	}
	return []window{run, {"within 24 hours", day, Limit.of}, {"within 30 days", month, Limit.month}}
}

// group returns the limit of a group of so many, and 0 for one too small to have one. Values are cleared one by one: a group
// holds as many as a run may clear, whatever its size.
func (g *counter) group(size int) int {
	switch {
	case size < smallestGroup:
		return 0
	case g.leaves:
		return half(size)
	}
	return max(g.limit.Count, half(size))
}

// counters returns what is counted. Ends are counted kind by kind: people, functions and subscriptions each by themselves.
func (r *run) counters() []counter {
	var out []counter
	g := r.cfg.Guards
	for _, kind := range r.cfg.Schema.Kinds {
		out = append(out, counter{"ends of kind " + string(kind.Name), g.Ends, true, true, func(c *reconcile.Change) int {
			return one(c.Op == record.End && c.Kind == kind.Name)
		}})
	}
	return append(
		out,
		counter{"values cleared", g.Clears, true, false, cleared},
		counter{"categories changed", g.Categories, true, true, func(c *reconcile.Change) int {
			return one(c.Op != record.Create && c.Op != record.Ask && c.Set[category].HasText())
		}},
		counter{"changes", g.Changes, false, false, func(*reconcile.Change) int { return 1 }},
	)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// cleared counts the values that a change would empty.
func cleared(c *reconcile.Change) int {
	n := 0
	for f, v := range c.Set {
		n += one(v.IsEmpty() && c.Before[f].HasText())
	}
	return n
}
