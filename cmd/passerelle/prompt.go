package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"passerelle/internal/record"
)

// longestLine bounds what is taken for a secret, or for an answer.
const longestLine = 1 << 16

// readSecret reads one line, without echo where somebody types.
func (a *app) readSecret(ctx context.Context, side record.Side) (string, error) {
	read := a.readLine
	if file, ok := a.stdin.(*os.File); ok && isTerminal(file) {
		terminal := int(file.Fd())
		before, err := term.GetState(terminal)
		if err != nil {
			return "", fmt.Errorf("the terminal: %w", err)
		}
		defer func() { _ = term.Restore(terminal, before) }() // interrupted, the echo must come back
		what := map[record.Side]string{record.Club: "access key of the club's software", record.Federation: "token for the federation"}[side]
		_, _ = fmt.Fprintf(a.stderr, "%s (it is not shown): ", what) // the prompt is only a courtesy
		read = func() (string, error) {
			line, err := term.ReadPassword(terminal)
			_, _ = fmt.Fprintln(a.stderr)
			return string(line), err
		}
	}
	text, err := typed(ctx, read)
	if err == nil && text == "" {
		return "", usage(errors.New("nothing was given: paste the secret, or pipe it in as one line"))
	}
	return text, err
}

// agreed asks a question of somebody at a terminal, and reports whether the answer is yes. Enter is no.
func (a *app) agreed(ctx context.Context, question string) (bool, error) {
	if _, err := fmt.Fprintf(a.stderr, "%s [y/N] ", question); err != nil {
		return false, err
	}
	answer, err := typed(ctx, a.readLine)
	return slices.Contains([]string{"y", "yes"}, strings.ToLower(answer)), err
}

// readLine reads one line from standard input, or what there is of it.
func (a *app) readLine() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(a.stdin, longestLine)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}

// typed returns what read reads, without the spaces around it. A read cannot be cancelled: one that is given up ends with the
// process.
func typed(ctx context.Context, read func() (string, error)) (string, error) {
	type line struct {
		text string
		err  error
	}
	got := make(chan line, 1)
	go func() {
		text, err := read()
		got <- line{strings.TrimSpace(text), err}
	}()
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case l := <-got:
		return l.text, l.err
	}
}
