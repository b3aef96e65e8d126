package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/config"
)

// TestTheConfigurationOfASimulationIsTheReadmes: whoever follows the README finds the daemon where it says.
func TestTheConfigurationOfASimulationIsTheReadmes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := new(world).beginAs(t, func(p *process) { p.args = []string{"simulate", "--members", "12", "--write", folder} })
	c.stdout.wait("serving until Ctrl-C")
	c.interrupt()
	c.end(exitDone)
	written, err := config.Load(filepath.Join(folder, "passerelle.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "At `listen` ("+written.Listen+" ") {
		t.Errorf("the daemon would listen at %s, which the README does not say", written.Listen)
	}
}
