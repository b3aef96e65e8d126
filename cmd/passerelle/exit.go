package main

import (
	"errors"
	"slices"

	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/internal/config"
	"passerelle/internal/secrets"
)

// The exit codes (DESIGN, The outside of the program).
const (
	exitDone   = 0
	exitFailed = 1 // in whole or in part; stopped; a verification with unexplained differences
	exitUsage  = 2 // wrong use or configuration
	exitHeld   = 3 // a plan is held
	exitSecret = 4 // a secret is missing or refused
	exitBusy   = 5 // another process has the ledger
)

// An exitError ends the program with a code. Without a cause everything has been said already.
type exitError struct {
	code  int
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return "done"
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// exitWith returns the error that ends the program with a code, nil for done.
func exitWith(code int) error {
	if code == exitDone {
		return nil
	}
	return &exitError{code: code}
}

// usage returns the error of a wrong use or configuration.
func usage(cause error) error { return &exitError{code: exitUsage, cause: cause} }

// codeOf returns the exit code of an error.
func codeOf(err error) int {
	var own *exitError
	var invalid *config.InvalidError
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &own):
		return own.code
	case is(ledger.ErrBusy):
		return exitBusy
	case is(secrets.ErrMissing, secrets.ErrRefused, secrets.ErrExposed):
		return exitSecret
	case errors.As(err, &invalid), is(connector.ErrPlan, connector.ErrPersons, connector.ErrPart, connector.ErrAnswer, connector.ErrPerson, connector.ErrUndo, port.ErrNone):
		return exitUsage
	}
	return exitFailed
}

// worst returns the code that counts where several hold (DESIGN: 4 before 1 before 3).
func worst(a, b int) int {
	order := []int{exitBusy, exitUsage, exitSecret, exitFailed, exitHeld, exitDone}
	return order[min(slices.Index(order, a), slices.Index(order, b))]
}

// codeOfReport returns the exit code of a run.
func codeOfReport(r connector.Report) int {
	switch {
	case r.Stopped != nil:
		return codeOfStop(r.Stopped)
	case r.Failed+r.Unknown > 0:
		return exitFailed
	case r.Held != nil:
		return exitHeld
	}
	return exitDone
}

// codeOfStop returns the exit code of a run that stopped.
func codeOfStop(s *connector.Stopped) int {
	if s.Secret {
		return exitSecret
	}
	return exitFailed
}
