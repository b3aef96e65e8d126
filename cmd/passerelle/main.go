// Command passerelle keeps a club's software and its federation's database in step, both ways.
//
// It is one binary with one file per command. main is an exit code; run.go alone sees every package and builds a link of
// what the configuration says. Every command that touches a ledger puts its question to one set of handlers (desk.go):
// those of the daemon, over its socket, or its own where no daemon runs (door.go).
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is what the build says it is (see the Makefile); empty, the version that Go has noted.
var version string

func main() {
	os.Exit(thisProcess())
}

// thisProcess runs Main in the process as it is, and returns its exit code.
func thisProcess() int {
	if err := noCoreDumps(); err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "passerelle: a crash might write secrets to disk: %v\n", err) // there is nobody else to tell
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	return Main(context.Background(), process{
		args: os.Args[1:], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		signals: signals, getenv: os.Getenv, now: time.Now, after: time.After, random: rand.Reader, chance: mathrand.Float64,
		dial: new(net.Dialer).DialContext, listen: new(net.ListenConfig).Listen,
	})
}

// A process is everything outside that the program reaches for: nothing below takes it by itself.
type process struct {
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer
	signals        <-chan os.Signal
	getenv         func(name string) string
	now            func() time.Time
	after          func(time.Duration) <-chan time.Time
	random         io.Reader      // of keys
	chance         func() float64 // of jitter, from 0 to 1
	dial           func(ctx context.Context, network, address string) (net.Conn, error)
	listen         func(ctx context.Context, network, address string) (net.Listener, error)
}
