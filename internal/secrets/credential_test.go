package secrets_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"passerelle/internal/secrets"
)

const anotherKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

func TestCredential(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		content string
		mode    fs.FileMode
		want    string
		err     error
	}{
		{"its owner's alone", anotherKey + "\n", 0o400, anotherKey + "\n", nil},
		{"with an access list, whose mask shows as the group's", anotherKey, 0o440, anotherKey, nil},
		{"open to everybody", anotherKey, 0o444, "", secrets.ErrExposed},
		{"for the group to write", anotherKey, 0o660, "", secrets.ErrExposed},
		{"empty", "\n", 0o400, "", secrets.ErrRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, secrets.CredentialName)
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			got, err := secrets.Credential(folder)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
	for name, folder := range map[string]string{"no folder": "", "a folder without it": t.TempDir()} {
		if got, err := secrets.Credential(folder); got != "" || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestNoSecondKey seals with a key that then is not given: no other is made in its place.
func TestNoSecondKey(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	key, err := secrets.OpenOrCreateKey(state, anotherKey, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := secrets.Open(state, key, rand.Reader).Put("one", "club", secrets.NewSecret("text")); err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.OpenOrCreateKey(state, "", rand.Reader); !errors.Is(err, secrets.ErrRefused) {
		t.Errorf("without the key: %v; want it refused", err)
	}
	if _, err := os.Stat(filepath.Join(state, "key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a second key was made: %v", err)
	}
	if _, err := secrets.OpenOrCreateKey(state, anotherKey, rand.Reader); err != nil {
		t.Errorf("with the key: %v", err)
	}
}
