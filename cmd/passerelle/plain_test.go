package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlainHTTPIsWarnedOf at the start of the daemon, for the side that is asked so, and for no other.
func TestPlainHTTPIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "    poll: 1h\nlog: {format: json}\n", nil)
	path := filepath.Join(w.folder, "passerelle.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	plain := strings.Replace(string(text), "{system: fairgate,", "{system: fairgate, insecure: true,", 1)
	if err := os.WriteFile(path, []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	w.connect(t)
	d := w.begin(t, "", "run")
	d.stderr.wait("run done")
	d.interrupt()
	d.end(exitDone)
	said := d.stderr.String()
	if strings.Count(said, "insecure: the token") != 1 || !strings.Contains(said, `"side":"club"`) {
		t.Errorf("run says\n%s\nwant one warning, of the club", said)
	}
}
