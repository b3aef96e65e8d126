package main

import (
	"fmt"
	"syscall"
)

// noCoreDumps keeps what is in memory, secrets among it, out of the file that a crash would write, and the process closed
// to debuggers of the same user.
func noCoreDumps() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("core dumps cannot be switched off: %w", err)
	}
	// A core pattern that is a pipe does not heed the limit.
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		return fmt.Errorf("core dumps cannot be switched off: %w", errno)
	}
	return nil
}
