package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"passerelle/connector/ledger"
)

// stampForm is how a moment stands in the name of a file.
const stampForm = "20060102T150405Z"

type backupQuestion struct {
	Folder string `json:"folder"` // absolute: a daemon stands elsewhere
}

// A backupAnswer says what a copy of a ledger holds.
type backupAnswer struct {
	Link    string    `json:"link"`
	File    string    `json:"file"`
	Persons int       `json:"persons"`
	Runs    uint64    `json:"runs"`
	Last    time.Time `json:"last,omitzero"` // of the newest thing in it
	Without []string  `json:"without"`       // what is not in it
}

func (a *app) backupCommand() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "backup [LINK] --to FOLDER",
		Short: "Copy the ledgers, also while a daemon runs",
		Long: `Writes a copy of each ledger into FOLDER, as LINK-DATE.db: consistent, readable by you alone, checked before it has
its name, never over anything. Runs go on meanwhile.

The ledger is the memory of a link: who is who, what was agreed, questions, history. It holds personal data. Not in a
copy are the configuration, the sealed secrets, and the key that opens them (state/key): keep the key apart from both.
Without secrets a restored link asks for passerelle connect.`,
		Example: `  passerelle backup --to /var/backups/passerelle
  passerelle backup tv-beispiel --to . --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return usage(errors.New("say where to: passerelle backup --to FOLDER"))
			}
			folder, err := filepath.Abs(to)
			if err != nil {
				return err
			}
			return errand[backupAnswer]{links: args, what: "backup", question: backupQuestion{Folder: folder}, tell: tellBackup}.run(cmd.Context(), a)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `FOLDER` of the copies; it is made when there is none")
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (d *desk) backup(ctx context.Context, l *opened, q backupQuestion) (backupAnswer, int, error) {
	answer := backupAnswer{Link: l.ID, Without: []string{"configuration", "sealed secrets", "sealing key"}}
	if !filepath.IsAbs(q.Folder) {
		return answer, 0, usage(errors.New("backup needs a folder"))
	}
	if err := os.MkdirAll(q.Folder, 0o700); err != nil {
		return answer, 0, fmt.Errorf("link %s: %w", l.ID, err)
	}
	answer.File = filepath.Join(q.Folder, l.ID+"-"+d.now().UTC().Format(stampForm)+".db")
	facts, err := l.ledger.Backup(ctx, answer.File)
	if err != nil {
		return answer, 0, fmt.Errorf("link %s: %w", l.ID, advised(err))
	}
	answer.Persons, answer.Runs, answer.Last = facts.Persons, facts.Runs, facts.Last
	return answer, exitDone, nil
}

func tellBackup(text *strings.Builder, b backupAnswer) {
	line := lines(text)
	line("%s: copied and checked: %s", b.Link, b.File)
	line("  persons: %d, runs: %d", b.Persons, b.Runs)
	line("  not in it: %s; keep state/key apart from it, and the configuration with it", strings.Join(b.Without, ", "))
}

// A restoreAnswer says what was put back.
type restoreAnswer struct {
	Link    string    `json:"link"`
	File    string    `json:"file"`
	Persons int       `json:"persons"`
	Runs    uint64    `json:"runs"`
	Last    time.Time `json:"last,omitzero"`
	Aside   string    `json:"aside,omitempty"` // where the ledger is that was there before
}

func (a *app) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore LINK FILE",
		Short: "Put a copy of a ledger back",
		Long: `Puts FILE, a copy that passerelle backup has made, in place of the link's ledger. The file is checked first: that it
is whole, of this link, and of a version that this program knows. The present ledger is kept beside it. No daemon may
run, and no other command (exit code 5).

A ledger that was put back knows nothing of what happened since. So the next run looks at everything: what both sides
hold alike is taken over without a word, who was created since is found again by number or asked about, and all that
would be written, ended or cleared is held as one plan, to be looked at and approved. The same happens when somebody
puts a file back by hand. Whoever was forgotten after the copy was made is in it again: forget them again.`,
		Example: `  passerelle restore tv-beispiel /var/backups/passerelle/tv-beispiel-20260314T030500Z.db
  passerelle sync tv-beispiel        (holds what would follow: exit code 3)
  passerelle plan tv-beispiel`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return a.restore(cmd.Context(), args[0], args[1]) },
	}
	a.takesConfig(cmd)
	a.takesJSON(cmd)
	return cmd
}

func (a *app) restore(ctx context.Context, link, file string) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	if _, err := chosen(c, []string{link}); err != nil {
		return err
	}
	path, serving, err := a.daemon(ctx, c.State)
	if err != nil {
		return err
	}
	if serving {
		return &exitError{code: exitBusy, cause: fmt.Errorf("a daemon is running: it answers at %s; stop it, restore, and start it again", path)}
	}
	done, err := ledger.Restore(ctx, file, ledgerPath(c.State, link), a.now(), func(f ledger.Facts) error { return ofLink(f, link, file) })
	if err != nil {
		return restoreError(err)
	}
	answer := restoreAnswer{Link: link, File: file, Persons: done.Persons, Runs: done.Runs, Last: done.Last, Aside: done.Aside}
	if a.json {
		return a.printJSON(answer)
	}
	var text strings.Builder
	tellRestored(&text, answer)
	_, err = fmt.Fprint(a.stdout, text.String())
	return err
}

// ofLink refuses another link's ledger. One of an earlier version does not say whose it is; then its name has to.
func ofLink(f ledger.Facts, link, file string) error {
	whose := cmp.Or(f.Link, strings.TrimSuffix(filepath.Base(file), ".db"))
	if whose == link || f.Link == "" && strings.HasPrefix(whose, link+"-20") {
		return nil
	}
	return usage(fmt.Errorf("it is a ledger of the link %s, not of %s; nothing was changed", whose, link))
}

// restoreError says what to do about a file that cannot be restored.
func restoreError(err error) error {
	switch {
	case errors.Is(err, ledger.ErrBusy):
		return fmt.Errorf("%w; wait until it is done, or stop it; nothing was changed", err)
	case errors.Is(err, ledger.ErrForeign):
		return usage(fmt.Errorf("%w; nothing was changed: name a copy that passerelle backup has made, LINK-DATE.db", err))
	case errors.Is(err, ledger.ErrCorrupt):
		return fmt.Errorf("%w; nothing was changed: take an older copy", err)
	case errors.Is(err, ledger.ErrNewer):
		return fmt.Errorf("%w; nothing was changed", err)
	case errors.Is(err, os.ErrNotExist):
		return usage(fmt.Errorf("%w; nothing was changed", err))
	}
	return err
}

func tellRestored(text *strings.Builder, r restoreAnswer) {
	line := lines(text)
	line("%s: restored from %s", r.Link, r.File)
	line("  persons: %d, runs: %d", r.Persons, r.Runs)
	if r.Aside != "" {
		line("  the ledger that was there before: %s; it holds personal data: remove it when all is well", r.Aside)
	}
	line("  whoever was forgotten after the copy was made is in it again: forget them again")
	line("  next: passerelle sync %s; it holds what would follow, for you to look at", r.Link)
}

// ledgerPath returns where the ledger of a link is.
func ledgerPath(state, link string) string { return filepath.Join(state, link+".db") }
