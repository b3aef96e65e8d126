package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesThatOthersMayTouch: the daemon does not start, and says the command that mends it; run, it does.
func TestFilesThatOthersMayTouch(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		mode os.FileMode
		mend string
	}{
		"a configuration that others write":  {"passerelle.yaml", 0o664, "chmod go-w "},
		"an overlay that others write":       {"tvb.yaml", 0o666, "chmod go-w "},
		"a tariff that others write":         {"fees.yaml", 0o662, "chmod go-w "},
		"a key that others read":             {"state/key", 0o640, "chmod go-rwx "},
		"a folder that others enter":         {"state/secrets", 0o711, "chmod go-rwx "},
		"a sealed secret that others read":   {"state/secrets/tv-beispiel.club", 0o604, "chmod 600 "},
		"a ledger that others read":          {"state/tv-beispiel.db", 0o644, "chmod 600 "},
		"a state folder that others look in": {"state", 0o750, "chmod 700 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := served(t, small(), "    tariff: fees.yaml\n", nil)
			tariff := "currency: CHF\nfees:\n  - {from: 2024, codes: {\"01\": 48.00}}\n"
			if err := os.WriteFile(filepath.Join(w.folder, "fees.yaml"), []byte(tariff), 0o600); err != nil {
				t.Fatal(err)
			}
			w.connect(t)
			w.passerelle(t, exitHeld, "sync")
			path := filepath.Join(w.folder, tt.file)
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			c := w.begin(t, "", "run")
			c.end(exitUsage)
			if said := c.stderr.String(); !strings.Contains(said, tt.mend+path) {
				t.Errorf("run says %q, want %q", said, tt.mend+path)
			}
		})
	}
}

func TestAConfigurationThatOthersReadIsNoReason(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\n", nil)
	w.connect(t)
	if err := os.Chmod(filepath.Join(w.folder, "passerelle.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	d := w.begin(t, "", "run")
	d.stderr.wait("run done")
	d.interrupt()
	d.end(exitDone)
}
