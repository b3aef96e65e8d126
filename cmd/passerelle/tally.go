package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A tally is a file beside a ledger with the number of the link's runs. A ledger that was put back from a copy by hand
// remembers fewer, and is recognised by that.
type tally string

// Noted implements connector.Tally. A file that is no number counts as none: it proves nothing.
func (t tally) Noted() (uint64, error) {
	text, err := os.ReadFile(string(t))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, nil //nolint:nilerr // as above
	}
	return n, nil
}

// Note implements connector.Tally.
func (t tally) Note(n uint64) error {
	return replaceFile(string(t), []byte(strconv.FormatUint(n, 10)+"\n"))
}

// replaceFile writes a small file in one step, readable by its owner alone: whoever reads it finds the one before or this.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}
