package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestACrashWritesNoMemory looks at a process of its own from outside: it is waiting for a secret on its standard input.
func TestACrashWritesNoMemory(t *testing.T) {
	t.Parallel()
	const probe = "PASSERELLE_TEST_CORE"
	if os.Getenv(probe) != "" {
		if err := noCoreDumps(); err != nil {
			t.Fatal(err)
		}
		limits, err := os.ReadFile("/proc/self/limits")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(limits)) {
			if strings.HasPrefix(line, "Max core file size") {
				t.Log(strings.Join(strings.Fields(line), " "))
			}
		}
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestACrashWritesNoMemory$", "-test.v")
	child.Env = append(os.Environ(), probe+"=1")
	out, err := child.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Max core file size 0 0 bytes") {
		t.Errorf("the child ends with %v and says:\n%s", err, out)
	}
}

// TestTheProgramWritesNoMemory: the program as it is switches core dumps off before it does anything.
func TestTheProgramWritesNoMemory(t *testing.T) {
	t.Parallel()
	said := newWatched()
	child := exec.CommandContext(t.Context(), os.Args[0]) // ours, under the name that runs the program
	child.Args = []string{"passerelle", "simulate", "--members", "12"}
	child.Stdout = said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said.wait("serving until Ctrl-C")
	limits, err := os.ReadFile("/proc/" + itoa(child.Process.Pid) + "/limits")
	if interrupted := child.Process.Signal(os.Interrupt); interrupted != nil {
		t.Error(interrupted)
	}
	if ended := child.Wait(); ended != nil {
		t.Error(ended)
	}
	if err != nil || !strings.Contains(strings.Join(strings.Fields(string(limits)), " "), "Max core file size 0 0 bytes") {
		t.Errorf("its limits (%v):\n%s", err, limits)
	}
}
