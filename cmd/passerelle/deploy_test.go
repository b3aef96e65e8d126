package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unitForHere returns the unit in a folder of the test, with a program that stands on this machine.
func unitForHere(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../../deploy/passerelle.service")
	if err != nil {
		tb.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	here := bytes.Replace(text, []byte("ExecStart=/usr/local/bin/passerelle "), []byte("ExecStart="+program+" "), 1)
	if bytes.Equal(here, text) {
		tb.Fatal("the unit does not start /usr/local/bin/passerelle")
	}
	path := filepath.Join(tb.TempDir(), "passerelle.service")
	if err := os.WriteFile(path, here, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// TestSystemdTakesTheUnit asks systemd itself, where it is installed: that it understands every line (what it does not, it
// says and ignores), and how exposed the service is, from 0 to 10.
func TestSystemdTakesTheUnit(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit := unitForHere(t)
	said, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || strings.Contains(string(said), filepath.Base(unit)) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, said)
	}
	said, err = exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--threshold=15", unit).CombinedOutput()
	if err != nil {
		t.Errorf("systemd-analyze security: more exposed than 1.5: %v\n%s", err, said)
	}
}

// TestTheUnitFitsTheProgram holds what systemd cannot know.
func TestTheUnitFitsTheProgram(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/passerelle.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Type=notify", "NotifyAccess=main", "StateDirectory=passerelle", "StateDirectoryMode=0700", "LimitCORE=0", "UMask=0077",
		"LoadCredential=passerelle-key:/etc/passerelle/key", "RestartPreventExitStatus=2",
	} {
		if !slices.Contains(strings.Split(string(text), "\n"), line) {
			t.Errorf("the unit has no line %s", line)
		}
	}
}

// TestTheExampleConfiguration is one that the program takes.
func TestTheExampleConfiguration(t *testing.T) {
	t.Parallel()
	w := &world{}
	c := w.beginAs(t, func(p *process) { p.args = []string{"config", "check", "--config", "../../deploy/passerelle.yaml"} })
	if said := c.end(exitDone); !strings.Contains(said, "is right: links: 1, state in /var/lib/passerelle") {
		t.Errorf("config check says %s", said)
	}
}

// TestDockerfile reads what matters of it: nothing here can build it. The last stage is empty but for the program, runs as
// nobody, and fetches and holds nothing.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(string(text), "\nFROM ")
	if at < 0 {
		t.Fatal("it has one stage")
	}
	building, last := string(text[:at]), string(text[at:])
	if !strings.HasPrefix(last, "\nFROM scratch\n") {
		t.Error("the last stage does not begin with scratch")
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	language := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if want := "FROM golang:" + string(language[1]); !strings.Contains(building, want) {
		t.Errorf("it does not build with the Go of go.mod: no %s", want)
	}
	for _, want := range []string{
		"\nUSER 65532:65532\n", "\nENTRYPOINT [\"/passerelle\"]\n", "\nCMD [\"run\", \"--config\", \"/etc/passerelle/passerelle.yaml\"]\n",
		"ca-certificates.crt", "--chown=65532:65532 /state /var/lib/passerelle\n",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("the last stage has no %q", want)
		}
	}
	if !strings.Contains(building, "CGO_ENABLED=0 go build -trimpath") {
		t.Error("the program is not built to stand alone")
	}
	for _, never := range []string{"PASSERELLE_KEY", "COPY . /", "ADD ", "--insecure", "EXPOSE"} {
		if strings.Contains(string(text), never) {
			t.Errorf("it has %q", never)
		}
	}
	if strings.Contains(last, "\nRUN ") {
		t.Error("the last stage runs something")
	}
}
