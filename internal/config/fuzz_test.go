package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"passerelle/internal/config"
)

// FuzzLoad reads anything as a configuration: it has links, each with both addresses, or every problem has its line.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte("links: &a [*a]\n"))
	f.Add([]byte("{}\n---\n{}\n"))
	path := filepath.Join(f.TempDir(), "passerelle.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path)
		if err == nil {
			for _, l := range c.Links {
				if l.ID == "" || l.Club.URL == "" || l.Federation.URL == "" || l.Poll <= 0 {
					t.Errorf("accepted: %+v", l)
				}
			}
			if len(c.Links) == 0 {
				t.Error("accepted without links")
			}
			return
		}
		invalid, ok := errors.AsType[*config.InvalidError](err)
		if !ok || len(invalid.Problems) == 0 {
			t.Fatalf("error = %v, want problems", err)
		}
		for _, p := range invalid.Problems {
			if p.Line < 1 || p.Text == "" {
				t.Errorf("problem = %+v", p)
			}
		}
	})
}
