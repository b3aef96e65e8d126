package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"passerelle/internal/config"
)

// checkModes holds the files of the daemon to who may read and write them: nobody else reads what is in the state folder,
// nobody else writes the configuration, the overlays and the tariffs. The error names every command that mends one. What is missing is
// for others to say, and Windows has no such modes.
func checkModes(configPath string, c config.Config) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	wrong := []error{checkMode("the configuration", configPath, 0o022, "go-w")}
	wrong = append(wrong, checkMode("the state folder", c.State, 0o077, "700"))
	for _, file := range []string{"key", "secrets"} {
		wrong = append(wrong, checkMode("a secret", filepath.Join(c.State, file), 0o077, "go-rwx"))
	}
	sealed, err := os.ReadDir(filepath.Join(c.State, "secrets"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		wrong = append(wrong, fmt.Errorf("the sealed secrets: %w", err))
	}
	for _, file := range sealed {
		wrong = append(wrong, checkMode("a secret", filepath.Join(c.State, "secrets", file.Name()), 0o077, "600"))
	}
	for _, l := range c.Links {
		wrong = append(wrong, checkMode("the ledger of "+l.ID, filepath.Join(c.State, l.ID+".db"), 0o077, "600"))
		if l.Club.Profile != "" {
			wrong = append(wrong, checkMode("the overlay of "+l.ID, l.Club.Profile, 0o022, "go-w"))
		}
		if l.Tariff != "" {
			wrong = append(wrong, checkMode("the tariff of "+l.ID, l.Tariff, 0o022, "go-w"))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return usage(err)
	}
	return nil
}

// checkMode returns an error with the chmod to run when others may do with path what forbidden says.
func checkMode(what, path string, forbidden fs.FileMode, mend string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		return fmt.Errorf("%s is open to others (mode %04o): run chmod %s %s", what, mode, mend, path)
	}
	return nil
}
