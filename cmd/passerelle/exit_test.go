package main

import (
	"errors"
	"fmt"
	"testing"

	"passerelle/connector"
	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/internal/config"
	"passerelle/internal/secrets"
)

func TestTheWorstCodeCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ a, b, want int }{
		{exitDone, exitDone, exitDone},
		{exitDone, exitHeld, exitHeld},
		{exitHeld, exitFailed, exitFailed},
		{exitFailed, exitSecret, exitSecret},
		{exitHeld, exitSecret, exitSecret},
		{exitSecret, exitDone, exitSecret},
		{exitBusy, exitSecret, exitBusy},
	} {
		if got := worst(tt.a, tt.b); got != tt.want {
			t.Errorf("of %d and %d: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := worst(tt.b, tt.a); got != tt.want {
			t.Errorf("of %d and %d: %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestTheCodeOfAReport(t *testing.T) {
	t.Parallel()
	held, stopped, secret := &connector.Held{}, &connector.Stopped{}, &connector.Stopped{Secret: true}
	for name, tt := range map[string]struct {
		report connector.Report
		want   int
	}{
		"nothing to tell":                  {connector.Report{}, exitDone},
		"open questions alone":             {connector.Report{Conflicts: connector.Queue{Open: 3}}, exitDone},
		"what waits":                       {connector.Report{Waiting: 3}, exitDone},
		"a plan is held":                   {connector.Report{Held: held}, exitHeld},
		"something failed":                 {connector.Report{Failed: 1}, exitFailed},
		"something is unknown":             {connector.Report{Unknown: 1}, exitFailed},
		"held, and something failed":       {connector.Report{Held: held, Failed: 1}, exitFailed},
		"stopped":                          {connector.Report{Stopped: stopped}, exitFailed},
		"stopped for a secret":             {connector.Report{Stopped: secret}, exitSecret},
		"stopped for a secret, and failed": {connector.Report{Stopped: secret, Failed: 1, Held: held}, exitSecret},
	} {
		if got := codeOfReport(tt.report); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func TestTheCodeOfAnError(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, exitDone},
		{errors.New("anything"), exitFailed},
		{ledger.ErrNewer, exitFailed},
		{ledger.ErrBusy, exitBusy},
		{secrets.ErrMissing, exitSecret},
		{secrets.ErrRefused, exitSecret},
		{secrets.ErrExposed, exitSecret},
		{&config.InvalidError{}, exitUsage},
		{connector.ErrPersons, exitUsage},
		{connector.ErrPlan, exitUsage},
		{connector.ErrAnswer, exitUsage},
		{port.ErrNone, exitUsage},
		{systemError("tvb", &port.Error{Next: port.Token}), exitSecret},
		{systemError("tvb", &port.Error{Next: port.Stop, Advice: "wait"}), exitFailed},
	} {
		wrapped := tt.err
		if wrapped != nil {
			wrapped = fmt.Errorf("a step: %w", tt.err)
		}
		if got := codeOf(wrapped); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.err, got, tt.want)
		}
	}
}
