package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// An errand is what a command asks the desk about each of its links, and how it tells the answer.
type errand[A any] struct {
	links    []string // the command's argument, if any
	what     string
	question any
	finish   bool // an interruption lets the write under way finish
	tell     func(*strings.Builder, A)
}

// run asks about every link, prints the answers, and returns how the command ends.
func (e errand[A]) run(ctx context.Context, a *app) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	links, err := chosen(c, e.links)
	if err != nil {
		return err
	}
	hurried, stop := a.untilInterrupted(ctx)
	defer stop()
	d, err := a.door(ctx, c, links)
	if err != nil {
		return err
	}
	if e.finish && d.links != nil {
		hurried = ctx
		defer a.drainWhenInterrupted(ctx, d.links)()
	}
	code := exitDone
	var results []json.RawMessage
	var failures []error
	fail := func(err error) {
		if err != nil {
			failures, code = append(failures, err), worst(code, codeOf(err))
		}
	}
	for _, l := range links {
		result, ended, err := d.call(hurried, l.ID, e.what, e.question)
		if err != nil {
			fail(err)
			continue
		}
		results, code = append(results, result), worst(code, ended)
	}
	if err := a.ended(ctx, e.finish, d.links == nil); err != nil { // which says more than what it made of the answers
		failures = nil
		fail(err)
	}
	fail(d.close())
	fail(a.print(results, len(links) > 1, e.text))
	if err := errors.Join(failures...); err != nil {
		return &exitError{code: code, cause: err}
	}
	return exitWith(code)
}

// text returns one answer in words.
func (e errand[A]) text(result json.RawMessage) (string, error) {
	var answer A
	if err := json.Unmarshal(result, &answer); err != nil {
		return "", fmt.Errorf("an answer that is none: %w", err)
	}
	var text strings.Builder
	e.tell(&text, answer)
	return text.String(), nil
}

// print writes results to standard output: as one JSON object, or in words.
func (a *app) print(results []json.RawMessage, several bool, text func(json.RawMessage) (string, error)) error {
	switch {
	case a.json && several:
		return a.printJSON(map[string]any{"links": slices.Concat([]json.RawMessage{}, results)})
	case a.json && len(results) == 1:
		return a.printJSON(results[0])
	case a.json:
		return nil
	}
	for _, result := range results {
		words, err := text(result)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(a.stdout, words); err != nil {
			return err
		}
	}
	return nil
}

// printJSON writes one JSON object to standard output.
func (a *app) printJSON(object any) error {
	out := json.NewEncoder(a.stdout)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(object)
}

// ended says what a signal has made of a command; nil without one. finish is of a command that finishes what it is at, daemon
// of one that a daemon carries out.
func (a *app) ended(ctx context.Context, finish, daemon bool) error {
	switch {
	case !a.wasInterrupted():
		return nil
	case ctx.Err() != nil:
		return errors.New("interrupted twice: ended at once; what became of the write under way, the next run finds out by reading: passerelle sync")
	case finish && daemon:
		return fmt.Errorf("%w: the daemon goes on with the run; passerelle status tells what comes of it", errInterrupted)
	case finish:
		return fmt.Errorf("%w: what was written is noted; the next run goes on: passerelle sync", errInterrupted)
	}
	return errInterrupted
}

// wasInterrupted reports whether a signal has come.
func (a *app) wasInterrupted() bool {
	select {
	case <-a.interrupted:
		return true
	default:
		return false
	}
}

// drainWhenInterrupted lets the links finish the write that they are at when the first signal comes. The function that it
// returns ends the watch.
func (a *app) drainWhenInterrupted(ctx context.Context, links []*opened) func() {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-a.interrupted:
			for _, l := range links {
				l.link.Drain()
			}
			// A courtesy: whoever does not read it waits a moment longer.
			_, _ = fmt.Fprintln(a.stderr, "passerelle: ending as soon as a write under way is finished; a second signal ends at once")
		case <-ctx.Done():
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}
