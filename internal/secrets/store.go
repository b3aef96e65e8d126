package secrets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

// ErrMissing is returned when a secret, or the key, has not been given yet: `passerelle connect` takes it.
var ErrMissing = errors.New("not there; run passerelle connect LINK club|federation")

// ErrRefused is returned when a secret cannot be opened with this key, because another sealed it or because the file
// is damaged, and when the key itself is none.
var ErrRefused = errors.New("cannot be opened with this key; use the key that it was sealed with (" + KeyVariable +
	", or the file key in the state folder), or run passerelle connect LINK club|federation again")

// ErrExposed is returned when others than the owner could read a file or enter a folder.
var ErrExposed = errors.New("others have access")

// version is the first byte of a sealed file.
const version = 1

// A Store holds the secrets of one state folder.
type Store struct {
	folder string
	key    Key
	random io.Reader
}

// Open returns the store in the state folder. Put makes what is missing on disk, and takes its nonces from random.
func Open(state string, key Key, random io.Reader) *Store {
	return &Store{folder: filepath.Join(state, "secrets"), key: key, random: random}
}

// Put seals secret for one side of link, in place of an earlier one: after an error, the earlier one stands. The side
// is club or federation.
func (s *Store) Put(link, side string, secret Secret) error {
	name, err := fileName(link, side)
	if err != nil {
		return err
	}
	if secret.Reveal() == "" {
		return fmt.Errorf("secret %s: it is empty", name)
	}
	nonce := make([]byte, s.key.aead.NonceSize())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return fmt.Errorf("secret %s: random source: %w", name, err)
	}
	sealed := append([]byte{version}, nonce...)
	sealed = s.key.aead.Seal(sealed, nonce, []byte(secret.Reveal()), binding(name))
	if err := checkMode(s.folder, privateFolder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	if err := writePrivate(filepath.Join(s.folder, name), sealed, os.Rename); err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}
	return nil
}

// Get opens the secret of one side of link. The error is [ErrMissing], [ErrRefused], [ErrExposed], or the disk's.
func (s *Store) Get(link, side string) (Secret, error) {
	name, err := fileName(link, side)
	if err != nil {
		return Secret{}, err
	}
	sealed, err := s.read(name)
	if err != nil {
		return Secret{}, fmt.Errorf("secret %s: %w", name, err)
	}
	begin := 1 + s.key.aead.NonceSize()
	if len(sealed) < begin || sealed[0] != version {
		return Secret{}, fmt.Errorf("secret %s: %w", name, ErrRefused)
	}
	text, err := s.key.aead.Open(nil, sealed[1:begin], sealed[begin:], binding(name))
	if err != nil {
		return Secret{}, fmt.Errorf("secret %s: %w", name, ErrRefused)
	}
	return NewSecret(string(text)), nil
}

func (s *Store) read(name string) ([]byte, error) {
	err := checkMode(s.folder, privateFolder)
	var sealed []byte
	if err == nil {
		sealed, err = readPrivate(filepath.Join(s.folder, name))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return sealed, err
}

// fileName is the name of a secret, one for each link and side: neither has a dot.
func fileName(link, side string) (string, error) {
	if !regexp.MustCompile(`\A[a-z0-9-]+\z`).MatchString(link) || (side != "club" && side != "federation") {
		return "", fmt.Errorf("no secret can belong to %q, %q", link, side)
	}
	return link + "." + side, nil
}

// binding is what a sealed file is authenticated with besides its content.
func binding(name string) []byte {
	return append([]byte{version}, name...)
}
