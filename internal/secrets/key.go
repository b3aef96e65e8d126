package secrets

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyVariable names the environment variable that may hold the key; its value is passed in.
const KeyVariable = "PASSERELLE_KEY"

// CredentialName names the file in which a service manager may hand over the key: LoadCredential= of systemd.
const CredentialName = "passerelle-key" //nolint:gosec // a name, no credential

const (
	keySize = 32
	// credentialFile is what others may do with a credential: systemd gives the service's user an access list, whose mask
	// shows as the group's right to read.
	credentialFile fs.FileMode = 0o640
)

// A Key seals and opens secrets. It prints as a placeholder.
type Key struct {
	aead cipher.AEAD
}

// Format writes a placeholder, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { redact(f) }

// OpenKey returns the key that environment holds, the value of [KeyVariable] or of [Credential], and without one the key in
// the state folder. The error is [ErrMissing] when there is neither, [ErrRefused] for one that is no key, [ErrExposed] for a file
// that others may read.
func OpenKey(state, environment string) (Key, error) {
	if environment != "" {
		return parseKey([]byte(environment), KeyVariable)
	}
	path := keyPath(state)
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Key{}, fmt.Errorf("the key that opens what connect has sealed is neither in %s, nor the service manager's credential %s, nor in %s: %w", KeyVariable, CredentialName, path, ErrMissing)
	}
	if err != nil {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	return parseKey(text, path)
}

// OpenOrCreateKey is [OpenKey], except that it makes the key in the state folder, out of random, when there is neither.
// A key that is there is never replaced: what it sealed would be lost. Nor is one made beside secrets that another has
// sealed: that is [ErrRefused].
func OpenOrCreateKey(state, environment string, random io.Reader) (Key, error) {
	key, err := OpenKey(state, environment)
	if !errors.Is(err, ErrMissing) {
		return key, err
	}
	sealed, err := sealedBefore(state)
	switch {
	case err != nil:
		return Key{}, fmt.Errorf("key: %w", err)
	case sealed:
		return Key{}, fmt.Errorf(
			"key: %s/secrets was sealed with a key that is not here, neither in %s nor as the credential %s nor as %s: give that key, or remove the folder and connect every side again: %w",
			state, KeyVariable, CredentialName, keyPath(state), ErrRefused)
	}
	raw := make([]byte, keySize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return Key{}, fmt.Errorf("key: random source: %w", err)
	}
	text := base64.StdEncoding.AppendEncode(nil, raw)
	// Of two that make a key at once, one wins, and both use its key.
	if err := writePrivate(keyPath(state), append(text, '\n'), os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	return OpenKey(state, "")
}

// Credential returns the text of the key in folder, the service manager's $CREDENTIALS_DIRECTORY; empty where there is no
// folder or it has no key. The error is [ErrExposed] when others may read it, [ErrRefused] when it is empty.
func Credential(folder string) (string, error) {
	if folder == "" {
		return "", nil
	}
	path := filepath.Join(folder, CredentialName)
	err := checkMode(path, credentialFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("key: %w", err)
	case len(bytes.TrimSpace(text)) == 0: // taken for none, it would have another key made
		return "", fmt.Errorf("key: %s is empty: %w", path, ErrRefused)
	}
	return string(text), nil
}

// sealedBefore reports whether secrets lie in the state folder.
func sealedBefore(state string) (bool, error) {
	files, err := os.ReadDir(filepath.Join(state, "secrets"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(files) > 0, err
}

func keyPath(state string) string {
	return filepath.Join(state, "key")
}

// parseKey reads the key in text, which comes from where. Errors do not repeat the text.
func parseKey(text []byte, where string) (Key, error) {
	raw, err := base64.StdEncoding.AppendDecode(nil, bytes.TrimSpace(text))
	if err != nil || len(raw) != keySize {
		return Key{}, fmt.Errorf("key: %s does not hold %d bytes in base64: %w", where, keySize, ErrRefused)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Key{}, fmt.Errorf("key: %w", err)
	}
	return Key{aead: aead}, nil
}
