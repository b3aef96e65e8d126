//go:build unix && !linux

package main

import (
	"fmt"
	"syscall"
)

// noCoreDumps keeps what is in memory, secrets among it, out of the file that a crash would write.
func noCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("core dumps cannot be switched off: %w", err)
	}
	return nil
}
