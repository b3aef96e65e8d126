package porttest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// wrongly is the environment variable that tells a child process which wrong subject to try.
const wrongly = "PORTTEST_WRONG"

// notices sees that a suite fails for each wrong subject, in the test that is meant to fail. A failing test cannot be
// looked at from within, so each is a process of its own.
func notices(t *testing.T, wrongs map[string]string, suite func(t *testing.T, wrong string)) {
	t.Helper()
	if wrong := os.Getenv(wrongly); wrong != "" {
		suite(t, wrong)
		return
	}
	name := t.Name()
	for wrong, caught := range wrongs {
		t.Run(wrong, func(t *testing.T) {
			t.Parallel()
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+name+"$")
			child.Env = append(os.Environ(), wrongly+"="+wrong)
			out, err := child.CombinedOutput()
			if err == nil {
				t.Fatal("the suite passes")
			}
			if !strings.Contains(string(out), "--- FAIL: "+name+"/"+caught) {
				t.Errorf("the suite fails, but not in %s:\n%s", caught, out)
			}
		})
	}
}
