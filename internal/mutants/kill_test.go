package mutants

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wanted asks for the mutants to be built and run.
const wanted = "PASSERELLE_MUTANTS"

// TestMutants builds every mutant and runs the tests that are to kill it. A mutant that does not build, panics or hangs
// is not killed: no test has said what is wrong with it. They take turns, because each builds on every core.
func TestMutants(t *testing.T) {
	if os.Getenv(wanted) == "" {
		t.Skip("builds 28 wrong programs, which takes minutes: make mutants")
	}
	mutants := list(t)
	sound(t, mutants)
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			overlay, err := m.overlay(t.TempDir())
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			v := goTest(t, "-count=1", "-overlay="+overlay, "-run="+m.tests, m.pkg)
			if len(v.killers()) == 0 {
				t.Fatalf("%s: %s\n%s", m.name, v.instead(), v.output)
			}
			t.Logf("%s: killed by %s", m.name, strings.Join(v.killers(), ", "))
		})
	}
}

// sound sees that the tests pass on our own program: else their failing would say nothing of a mutant.
func sound(t *testing.T, mutants []mutant) {
	t.Helper()
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.pkg] = append(tests[m.pkg], m.tests)
	}
	for _, pkg := range slices.Sorted(maps.Keys(tests)) {
		if v := goTest(t, "-run="+strings.Join(tests[pkg], "|"), pkg); !v.passed {
			t.Fatalf("the tests of %s fail without a mutant:\n%s", pkg, v.output)
		}
	}
}

// overlay writes what `go test -overlay` needs to see the mutant in place of our file, and returns its path.
func (m *mutant) overlay(folder string) (string, error) {
	text, err := m.mutated()
	if err != nil {
		return "", err
	}
	ours, err := filepath.Abs(filepath.Join(top, m.file))
	if err != nil {
		return "", err
	}
	wrong, overlay := filepath.Join(folder, "mutant.go"), filepath.Join(folder, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {ours: wrong}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(os.WriteFile(wrong, []byte(text), 0o600), os.WriteFile(overlay, replace, 0o600))
}

// A verdict is what came of running some tests.
type verdict struct {
	passed, built, panicked bool
	failed                  []string // tests, in the order in which they ended
	output                  string
}

// An event is a line of `go test -json`.
type event struct{ Action, Test, Output, FailedBuild string }

// goTest runs tests at the top of the repository.
func goTest(t *testing.T, args ...string) verdict {
	t.Helper()
	args = append([]string{"test", "-json", "-vet=off", "-ldflags=-s -w", "-timeout=3m"}, args...)
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = top
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	v, bad := judge(&stdout)
	if bad != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), bad, stderr.String())
	}
	v.passed = err == nil
	v.output += stderr.String()
	return v
}

// judge reads what `go test -json` tells.
func judge(lines io.Reader) (verdict, error) {
	v, told := verdict{built: true}, strings.Builder{}
	for decoder := json.NewDecoder(lines); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			v.output = told.String()
			return v, nil
		} else if err != nil {
			return v, fmt.Errorf("what go test told cannot be read: %w", err)
		}
		told.WriteString(e.Output)
		v.built = v.built && e.Action != "build-fail" && e.FailedBuild == ""
		v.panicked = v.panicked || strings.HasPrefix(e.Output, "panic: ") || strings.HasPrefix(e.Output, "fatal error: ")
		if e.Action == "fail" && e.Test != "" {
			v.failed = append(v.failed, e.Test)
		}
	}
}

// killers returns the tests that have killed a mutant: those at the top that failed.
func (v *verdict) killers() []string {
	if v.panicked || !v.built {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.failed), func(test string) bool { return strings.Contains(test, "/") })
}

// instead says what a mutant did that was not killed.
func (v *verdict) instead() string {
	switch {
	case !v.built:
		return "does not build"
	case v.panicked:
		return "panics, or hangs, and no test says what is wrong"
	case v.passed:
		return "SURVIVED: a test is missing"
	default:
		return "go test failed, and no test did"
	}
}

func TestWhatIsAKill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ told, killers, instead string }{
		"a test that fails": {
			`{"Action":"fail","Test":"TestA/one"}{"Action":"fail","Test":"TestA"}{"Action":"fail"}`, "TestA", "go test failed, and no test did",
		},
		"a mutant that does not build": {
			`{"Action":"build-output","Output":"undefined: x\n"}{"Action":"build-fail"}{"Action":"fail","FailedBuild":"a"}`, "", "does not build",
		},
		"a panic in a test": {
			`{"Action":"output","Test":"TestA","Output":"panic: nil map\n"}{"Action":"fail","Test":"TestA"}`, "", "panics, or hangs, and no test says what is wrong",
		},
		"a test that hangs": {
			`{"Action":"output","Output":"panic: test timed out after 3m0s\n"}{"Action":"fail","Test":"TestA"}`, "", "panics, or hangs, and no test says what is wrong",
		},
		"a package that fails without a test": {`{"Action":"fail"}`, "", "go test failed, and no test did"},
	} {
		v, err := judge(strings.NewReader(c.told))
		if got := strings.Join(v.killers(), " "); err != nil || got != c.killers || v.instead() != c.instead {
			t.Errorf("%s: killed by %q, else it %q, %v; want %q and %q", name, got, v.instead(), err, c.killers, c.instead)
		}
	}
	if v := (verdict{passed: true, built: true}); v.instead() != "SURVIVED: a test is missing" {
		t.Errorf("tests that pass: %s", v.instead())
	}
}
