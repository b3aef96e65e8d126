package secrets_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/secrets"
)

// FuzzSealed reads anything as the file of a sealed secret: nothing but the file that was sealed opens, to what was sealed,
// and a refusal tells neither the secret nor the key.
func FuzzSealed(f *testing.F) {
	state := filepath.Join(f.TempDir(), "state")
	key, err := secrets.OpenKey(state, environment(1))
	if err != nil {
		f.Fatal(err)
	}
	store := secrets.Open(state, key, stream(1))
	if err := store.Put("a", "club", secrets.NewSecret(token)); err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(state, "secrets", "a.club")
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	other := append([]byte{2}, whole[1:]...) // another version
	for _, content := range [][]byte{
		whole, other, whole[:len(whole)-1], whole[:13], whole[:12], whole[:1],
		{},
		append(bytes.Clone(whole), 0),
		bytes.Repeat([]byte{1}, len(whole)), []byte(token),
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := store.Get("a", "club")
		switch same := bytes.Equal(content, whole); {
		case same && (err != nil || got.Reveal() != token):
			t.Errorf("what was sealed does not open: %v", err)
		case !same && (!errors.Is(err, secrets.ErrRefused) || got.Reveal() != ""):
			t.Errorf("%x opens: error %v", content, err)
		case err != nil && (strings.Contains(err.Error(), token) || strings.Contains(err.Error(), environment(1))):
			t.Errorf("the refusal tells a secret: %v", err)
		}
	})
}

// FuzzKey reads anything as a key, from the environment and from the file in the state folder: it is 32 bytes in base64,
// and opens what the same bytes have sealed, or it is refused without being quoted.
func FuzzKey(f *testing.F) {
	for _, text := range []string{
		environment(1), environment(1) + "\n", " " + environment(2), environment(1)[:40], environment(1)[:43], strings.Repeat("A", 43) + "=#",
		"#", "\x00", "====", base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32)), base64.StdEncoding.EncodeToString(make([]byte, 33)),
	} {
		f.Add([]byte(text))
	}
	const mark = "Qzx@mark" // in no key
	state := filepath.Join(f.TempDir(), "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		text = bytes.ReplaceAll(text, []byte("#"), []byte(mark))
		if err := os.WriteFile(filepath.Join(state, "key"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		given := []string{""} // the file
		if len(text) > 0 {
			given = append(given, string(text)) // the environment, where empty is none
		}
		for _, environment := range given {
			key, err := secrets.OpenKey(state, environment)
			raw, bad := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
			switch good := bad == nil && len(raw) == 32; {
			case !good && !errors.Is(err, secrets.ErrRefused):
				t.Errorf("%q: error %v, want it refused", text, err)
			case good && err != nil:
				t.Errorf("%q: %v", text, err)
			case err != nil && strings.Contains(err.Error(), mark):
				t.Errorf("the refusal quotes the key: %v", err)
			case err == nil:
				sealsWith(t, key, raw)
			}
		}
	})
}

// sealsWith holds a key to the bytes that it was read from.
func sealsWith(t *testing.T, key secrets.Key, raw []byte) {
	t.Helper()
	folder := t.TempDir()
	same, err := secrets.OpenKey(folder, base64.StdEncoding.EncodeToString(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := secrets.Open(folder, key, stream(3)).Put("a", "club", secrets.NewSecret(token)); err != nil {
		t.Fatal(err)
	}
	if got, err := secrets.Open(folder, same, stream(4)).Get("a", "club"); err != nil || got.Reveal() != token {
		t.Errorf("the same bytes do not open what the key has sealed: %v", err)
	}
}
