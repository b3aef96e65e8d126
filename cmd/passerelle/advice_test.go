package main

import (
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

func TestAFullDiskSaysWhatToDo(t *testing.T) {
	t.Parallel()
	err := advised(fmt.Errorf("ledger: write the ledger: %w", &fs.PathError{Op: "write", Path: "state/x.db", Err: syscall.ENOSPC}))
	if !strings.Contains(err.Error(), "free some space") || codeOf(err) != exitFailed {
		t.Errorf("a full disk: %v, code %d", err, codeOf(err))
	}
}
