package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	privateFile   fs.FileMode = 0o600
	privateFolder fs.FileMode = 0o700
)

// readPrivate returns the content of a file that its owner alone may read.
func readPrivate(path string) ([]byte, error) {
	if err := checkMode(path, privateFile); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// writePrivate writes the whole file or leaves everything as it was; the folder is made where it is missing. place
// brings the temporary file to its name: [os.Rename] replaces what is there, [os.Link] fails with [fs.ErrExist].
func writePrivate(path string, content []byte, place func(from, to string) error) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, privateFolder); err != nil {
		return err
	}
	temporary, err := writeTemporary(folder, content)
	if err != nil {
		return err
	}
	if err := place(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) { // gone when it was renamed
		return err
	}
	return syncFolder(folder)
}

// writeTemporary returns the path of a new private file, on disk with its content.
func writeTemporary(folder string, content []byte) (string, error) {
	file, err := os.CreateTemp(folder, ".new-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// syncFolder makes a new name in folder survive a power cut.
func syncFolder(folder string) error {
	file, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// checkMode returns [ErrExposed], with the command that mends it, unless path has no permission beyond allowed.
func checkMode(path string, allowed fs.FileMode) error {
	status, err := os.Stat(path)
	if err != nil {
		return err
	}
	if mode := status.Mode().Perm(); mode&^allowed != 0 {
		return fmt.Errorf("%w: %s has mode %04o; run: chmod %o %s", ErrExposed, path, mode, allowed, path)
	}
	return nil
}
