// Package faults breaks an HTTP server on purpose, in the ways real servers were seen to break.
//
// A simulator owns a [Set] and puts [Set.Wrap] around its handler. A test, or a person at the knobs of a running
// simulator, adds a [Rule]; the requests that it matches are then answered wrongly until its hits are used up. What only
// the simulator itself can break, a page chain for one, it asks for with [Set.Take].
//
// The quiet kinds (WIRE.md 4) leave an answer legal: nothing in it tells that it is not the whole truth.
package faults

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Kind is one way to break an answer.
type Kind string

// The kinds of faults. Those that say "after" let the request take effect first: the client learns nothing of it.
const (
	// CutBefore closes the connection before the request takes effect. Go's client sends a GET again by itself when
	// this happens on a connection it had used before.
	CutBefore Kind = "cut-before"
	// CutAfter closes the connection after the request took effect.
	CutAfter Kind = "cut-after"
	// Delay waits for Rule.Delay, then lets the request through to the other faults and to the handler.
	Delay Kind = "delay"
	// Unauthorized answers 401 in the host's form.
	Unauthorized Kind = "unauthorized"
	// Forbidden answers 403 in the host's form.
	Forbidden Kind = "forbidden"
	// TooMany answers 429 with the host's retry hint: Rule.Delay, or one second.
	TooMany Kind = "too-many"
	// TooManyBare answers 429 without any hint.
	TooManyBare Kind = "too-many-bare"
	// ServerError answers 500 in the host's form.
	ServerError Kind = "server-error"
	// Unavailable answers 503 with the host's retry hint: Rule.Delay, or one second.
	Unavailable Kind = "unavailable"
	// HTML answers 200 with a page, as a captive portal or a proxy does.
	HTML Kind = "html"
	// HTMLAfter answers 200 with a page after the request took effect.
	HTMLAfter Kind = "html-after"
	// ErrorAfter answers 500 after the request took effect.
	ErrorAfter Kind = "error-after"
	// Truncated cuts the body of the true answer in the middle; as HTTP it is whole, as JSON it is not.
	Truncated Kind = "truncated"
	// Empty answers 200 with an empty JSON object.
	Empty Kind = "empty"
	// LostNext drops the mark of the next page. The simulator applies it.
	LostNext Kind = "lost-next"
	// LostRows drops Rule.Percent of a page's rows, all of them when it is 0. The simulator applies it.
	LostRows Kind = "lost-rows"
)

// The quiet kinds. The simulator applies them; a request that has nothing for them to work on does not use them up.
const (
	// Stale answers a list or a read from the state before the last write, as a replica that lags does.
	Stale Kind = "stale"
	// DoubleRows gives Rule.Percent of a page's rows a second time, all of them when it is 0: ahead of the page's own rows
	// stand the last of the page before, on the first page its own first ones. A page stays within its limit, so what no
	// longer fits falls out. The total stays true.
	DoubleRows Kind = "double-rows"
	// HiddenRows takes Rule.Percent of the persons out of sight, all of them when it is 0, with all that is theirs, as a
	// token does whose rights were cut: they are not listed, not counted, and missing when they are asked for. The same
	// persons are hidden each time.
	HiddenRows Kind = "hidden-rows"
	// HiddenFields leaves the fields of Rule.Fields out of the answers to lists, reads and changes: absent, not empty.
	HiddenFields Kind = "hidden-fields"
	// MissingForbidden answers 403 for a record that is missing, where 404 is due.
	MissingForbidden Kind = "missing-forbidden"
	// IgnoredIfMatch lets a change or a deletion pass though the version in If-Match is not the present one.
	IgnoredIfMatch Kind = "ignored-if-match"
)

// Kinds returns every kind that is not quiet, in a fixed order.
func Kinds() []Kind {
	return append(transportKinds(), Delay, LostNext, LostRows)
}

// QuietKinds returns the quiet kinds, in a fixed order.
func QuietKinds() []Kind {
	return []Kind{Stale, DoubleRows, HiddenRows, HiddenFields, MissingForbidden, IgnoredIfMatch}
}

// transportKinds returns the kinds that replace an answer whatever the handler is.
func transportKinds() []Kind {
	return []Kind{
		CutBefore, CutAfter, Unauthorized, Forbidden, TooMany, TooManyBare, ServerError, Unavailable,
		HTML, HTMLAfter, ErrorAfter, Truncated, Empty,
	}
}

// Rule says which requests are broken, how, and how often.
type Rule struct {
	Op      string        // the operation, "members.list" for one; empty is every operation
	Kind    Kind          // the way to break the answer
	After   int           // how many matching requests are let through first
	Times   int           // how many are hit then; 0 is all of them until the set is cleared
	Delay   time.Duration // how long Delay waits; the retry hint of TooMany and Unavailable
	Percent int           // the share of rows for LostRows, DoubleRows and HiddenRows, 1 to 100; 0 is all of them
	Fields  string        // what HiddenFields hides: the simulator's names of fields, with commas between them
}

// Settings returns the settings that a rule can have, as Parse reads them.
func Settings() []string {
	return []string{"after=N", "times=N", "delay=DURATION", "percent=N", "fields=A,B"}
}

// Parse returns the rule that text spells: an operation ("*" is every one), a kind, then any of after=N, times=N,
// delay=DURATION, percent=N, fields=A,B. "members.list truncated after=2 times=1" is one. An error names what is legal.
func Parse(text string) (Rule, error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return Rule{}, fmt.Errorf("a fault is an operation (or *), a kind and settings such as times=1; kinds: %s", kindList())
	}
	r := Rule{Kind: Kind(words[1])}
	if words[0] != "*" {
		r.Op = words[0]
	}
	if !slices.Contains(append(Kinds(), QuietKinds()...), r.Kind) {
		return Rule{}, fmt.Errorf("no fault kind %q; kinds: %s", words[1], kindList())
	}
	for _, word := range words[2:] {
		if err := set(&r, word); err != nil {
			return Rule{}, err
		}
	}
	if (r.Kind == HiddenFields) != (r.Fields != "") {
		return Rule{}, fmt.Errorf("fields=A,B goes with the kind %s, and it with that", HiddenFields)
	}
	return r, nil
}

// set puts one setting of the form key=value into a rule.
func set(r *Rule, word string) error {
	key, value, _ := strings.Cut(word, "=")
	var err error
	switch key {
	case "after":
		r.After, err = count(value)
	case "times":
		r.Times, err = count(value)
	case "percent":
		if r.Percent, err = count(value); r.Percent > 100 {
			err = fmt.Errorf("%d is more than 100", r.Percent)
		}
	case "delay":
		if r.Delay, err = time.ParseDuration(value); r.Delay < 0 {
			err = fmt.Errorf("%s is less than 0", r.Delay)
		}
	case "fields":
		if r.Fields = value; slices.Contains(strings.Split(value, ","), "") {
			err = fmt.Errorf("%q holds a field without a name", value)
		}
	default:
		return fmt.Errorf("no fault setting %q; settings: %s", key, strings.Join(Settings(), ", "))
	}
	if err != nil {
		return fmt.Errorf("fault setting %s: %w", key, err)
	}
	return nil
}

// count reads a number that is not negative.
func count(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is not a count", text)
	}
	return int(n), nil
}

// String returns the rule as [Parse] reads it.
func (r Rule) String() string {
	words := []string{"*", string(r.Kind)}
	if r.Op != "" {
		words[0] = r.Op
	}
	for _, s := range []struct {
		key   string
		value int
	}{{"after", r.After}, {"times", r.Times}, {"percent", r.Percent}} {
		if s.value != 0 {
			words = append(words, s.key+"="+strconv.Itoa(s.value))
		}
	}
	if r.Delay != 0 {
		words = append(words, "delay="+r.Delay.String())
	}
	if r.Fields != "" {
		words = append(words, "fields="+r.Fields)
	}
	return strings.Join(words, " ")
}

// Count returns how many of n rows the rule is about: Rule.Percent of them, rounded up, all when that is 0.
func (r Rule) Count(n int) int {
	if r.Percent == 0 {
		return n
	}
	return (n*r.Percent + 99) / 100
}

// Share returns the keys that the rule is about, as many as [Rule.Count] says: of the same keys always the same ones, in
// no order that the keys have.
func (r Rule) Share(keys []string) map[string]bool {
	lots := make(map[string][sha256.Size]byte, len(keys))
	for _, key := range keys {
		lots[key] = sha256.Sum256([]byte(key))
	}
	drawn := slices.SortedFunc(maps.Keys(lots), func(a, b string) int {
		lotA, lotB := lots[a], lots[b]
		return bytes.Compare(lotA[:], lotB[:])
	})
	share := map[string]bool{}
	for _, key := range drawn[:r.Count(len(drawn))] {
		share[key] = true
	}
	return share
}

func kindList() string {
	var names []string
	for _, k := range append(Kinds(), QuietKinds()...) {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// Set is the rules in force. The zero value is an empty set, ready for use; it is safe for concurrent use.
type Set struct {
	mu    sync.Mutex
	rules []Rule
}

// Add puts a rule behind those there are.
func (s *Set) Add(r Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, r)
}

// Clear drops every rule.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// List returns the rules in force, in order, with what is left of their After and Times.
func (s *Set) List() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rules)
}

// Take shows a request for op to the rules of the given kinds, in order, and returns the first that hits it. A hit is
// used up by it; a rule that lets requests through first counts this one and passes it on to the next rule.
func (s *Set) Take(op string, kinds ...Kind) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.rules {
		r := &s.rules[i]
		if (r.Op != "" && r.Op != op) || !slices.Contains(kinds, r.Kind) {
			continue
		}
		if r.After > 0 {
			r.After--
			continue
		}
		hit := *r
		if r.Times == 1 {
			s.rules = slices.Delete(s.rules, i, i+1)
		} else if r.Times > 1 {
			r.Times--
		}
		return hit, true
	}
	return Rule{}, false
}
