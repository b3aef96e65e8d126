package secrets_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/rs/zerolog"

	"passerelle/internal/secrets"
)

const token = "hunter2-hunter2"

// stream is a random source that repeats itself from test to test.
func stream(seed byte) io.Reader {
	return rand.NewChaCha8([32]byte{seed})
}

// environment is the key of 32 bytes b, as the environment holds it.
func environment(b byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32))
}

func open(t *testing.T, state string, key byte) *secrets.Store {
	t.Helper()
	k, err := secrets.OpenKey(state, environment(key))
	if err != nil {
		t.Fatal(err)
	}
	return secrets.Open(state, k, stream(key))
}

// sealed returns a state folder in which the club's token of link a lies, and that token's file.
func sealed(t *testing.T) (state, path string) {
	t.Helper()
	state = filepath.Join(t.TempDir(), "state")
	if err := open(t, state, 1).Put("a", "club", secrets.NewSecret(token)); err != nil {
		t.Fatal(err)
	}
	return state, filepath.Join(state, "secrets", "a.club")
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	status, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return status.Mode().Perm()
}

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWhatWasPutIsGot(t *testing.T) {
	t.Parallel()
	state, _ := sealed(t)
	s := open(t, state, 1)
	want := map[[2]string]string{{"a", "club"}: token, {"a", "federation"}: "other", {"a-b", "club"}: "line\nend \x00é"}
	for at, text := range want {
		if err := s.Put(at[0], at[1], secrets.NewSecret(text)); err != nil {
			t.Fatal(err)
		}
	}
	for at, text := range want {
		got, err := open(t, state, 1).Get(at[0], at[1])
		if err != nil || got.Reveal() != text {
			t.Errorf("%v: got %q, error %v; want %q", at, got.Reveal(), err, text)
		}
	}
	if diff := cmp.Diff([]string{"a-b.club", "a.club", "a.federation"}, names(t, filepath.Join(state, "secrets"))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestASecondPutReplacesTheFirst(t *testing.T) {
	t.Parallel()
	state, path := sealed(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, state, 1)
	for _, text := range []string{"second", "third"} {
		if err := s.Put("a", "club", secrets.NewSecret(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get("a", "club"); err != nil || got.Reveal() != text {
			t.Errorf("got %q, error %v; want %q", got.Reveal(), err, text)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(before[1:13], after[1:13]) {
		t.Error("a nonce was used twice with one key")
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	state, path := sealed(t)
	fresh := filepath.Join(t.TempDir(), "state")
	if _, err := secrets.OpenOrCreateKey(fresh, "", stream(9)); err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{
		state: 0o700, filepath.Dir(path): 0o700, path: 0o600, fresh: 0o700, filepath.Join(fresh, "key"): 0o600,
	}
	for at, permission := range want {
		if got := mode(t, at); got != permission {
			t.Errorf("%s has mode %o, want %o", filepath.Base(at), got, permission)
		}
	}
}

// TestTheFormOnDisk opens a file with the standard library alone, by what the package comment says of the form.
func TestTheFormOnDisk(t *testing.T) {
	t.Parallel()
	_, path := sealed(t)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	got, err := gcm.Open(nil, content[1:13], content[13:], []byte("\x01a.club"))
	if content[0] != 1 || err != nil || string(got) != token {
		t.Errorf("version %d, content %q, error %v", content[0], got, err)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	spoil := func(change func([]byte) []byte) func(t *testing.T, state, path string) {
		return func(t *testing.T, _, path string) {
			t.Helper()
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	move := func(to string) func(t *testing.T, state, path string) {
		return func(t *testing.T, _, path string) {
			t.Helper()
			if err := os.Rename(path, filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	chmod := func(name string, mode fs.FileMode) func(t *testing.T, state, path string) {
		return func(t *testing.T, state, _ string) {
			t.Helper()
			if err := os.Chmod(filepath.Join(state, name), mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothing := func(*testing.T, string, string) {}
	tests := map[string]struct {
		change     func(t *testing.T, state, path string)
		key        byte
		link, side string
		want       error
		says       string
	}{
		"another key":               {nothing, 2, "a", "club", secrets.ErrRefused, "run passerelle connect"},
		"a secret never given":      {nothing, 1, "a", "federation", secrets.ErrMissing, "run passerelle connect"},
		"a link never connected":    {nothing, 1, "b", "club", secrets.ErrMissing, "secret b.club"},
		"one moved to another side": {move("a.federation"), 1, "a", "federation", secrets.ErrRefused, "secret a.federation"},
		"one moved to another link": {move("b.club"), 1, "b", "club", secrets.ErrRefused, "secret b.club"},
		"a bit turned at the end":   {spoil(func(c []byte) []byte { c[len(c)-1] ^= 1; return c }), 1, "a", "club", secrets.ErrRefused, ""},
		"a bit turned in the nonce": {spoil(func(c []byte) []byte { c[1] ^= 1; return c }), 1, "a", "club", secrets.ErrRefused, ""},
		"another version":           {spoil(func(c []byte) []byte { c[0] = 2; return c }), 1, "a", "club", secrets.ErrRefused, ""},
		"a file cut short":          {spoil(func(c []byte) []byte { return c[:12] }), 1, "a", "club", secrets.ErrRefused, ""},
		"an empty file":             {spoil(func([]byte) []byte { return nil }), 1, "a", "club", secrets.ErrRefused, ""},
		"a file the group reads":    {chmod("secrets/a.club", 0o640), 1, "a", "club", secrets.ErrExposed, "chmod 600 "},
		"a file others write":       {chmod("secrets/a.club", 0o602), 1, "a", "club", secrets.ErrExposed, "mode 0602"},
		"a folder others enter":     {chmod("secrets", 0o711), 1, "a", "club", secrets.ErrExposed, "chmod 700 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, path := sealed(t)
			tt.change(t, state, path)
			got, err := open(t, state, tt.key).Get(tt.link, tt.side)
			if !errors.Is(err, tt.want) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("error = %v, want %v, saying %q", err, tt.want, tt.says)
			}
			if got != (secrets.Secret{}) {
				t.Error("a secret came with the error")
			}
			if strings.Contains(fmt.Sprint(err), token) {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}

func TestWhatCannotBePutLeavesEverythingAsItWas(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		link, side, text string
		random           io.Reader
		mode             fs.FileMode // of the folder
	}{
		"nothing":                   {"a", "club", "", stream(1), 0o700},
		"a link that leads out":     {"../a", "club", token, stream(1), 0o700},
		"a link with a dot":         {"a.club", "club", token, stream(1), 0o700},
		"no link":                   {"", "club", token, stream(1), 0o700},
		"a side that is none":       {"a", "source", token, stream(1), 0o700},
		"a random source run dry":   {"a", "club", token, strings.NewReader("short"), 0o700},
		"a random source that errs": {"a", "club", token, iotest.ErrReader(errors.New("no entropy")), 0o700},
		"a folder others enter":     {"a", "club", token, stream(1), 0o750},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, path := sealed(t)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(filepath.Dir(path), tt.mode); err != nil {
				t.Fatal(err)
			}
			key, err := secrets.OpenKey(state, environment(1))
			if err != nil {
				t.Fatal(err)
			}
			err = secrets.Open(state, key, tt.random).Put(tt.link, tt.side, secrets.NewSecret(tt.text))
			if err == nil || strings.Contains(err.Error(), token) {
				t.Errorf("error = %v, want one that does not tell the secret", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the earlier secret did not stay: %v", err)
			}
			if diff := cmp.Diff([]string{"a.club"}, names(t, filepath.Dir(path))); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEarlierSecretStandsWhenItCannotBeReplaced(t *testing.T) {
	t.Parallel()
	state, path := sealed(t)
	// A folder with something in it, where the file should come, cannot be renamed over.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := open(t, state, 1).Put("a", "club", secrets.NewSecret("second")); err == nil {
		t.Error("the secret was put nowhere without an error")
	}
	if diff := cmp.Diff([]string{"a.club"}, names(t, filepath.Dir(path))); diff != "" {
		t.Errorf("what was written was left behind (-want +got):\n%s", diff)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	const good = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=" // 32 bytes 0x01
	tests := map[string]struct {
		environment string
		file        string // empty: none
		mode        fs.FileMode
		want        error
		says        string
	}{
		"from the environment":              {good, "", 0, nil, ""},
		"with a line end":                   {good + "\n", "", 0, nil, ""},
		"from the file":                     {"", good + "\n", 0o600, nil, ""},
		"a file its owner only reads":       {"", good, 0o400, nil, ""},
		"the environment before the file":   {good, "no key at all", 0o644, nil, ""},
		"neither":                           {"", "", 0, secrets.ErrMissing, "run passerelle connect"},
		"an environment that is no base64":  {"hunter2!", "", 0, secrets.ErrRefused, "PASSERELLE_KEY"},
		"an environment too short":          {base64.StdEncoding.EncodeToString([]byte(token)), "", 0, secrets.ErrRefused, "32 bytes"},
		"an environment too long":           {base64.StdEncoding.EncodeToString(make([]byte, 33)), "", 0, secrets.ErrRefused, "32 bytes"},
		"a bad environment before the file": {"hunter2!", good, 0o600, secrets.ErrRefused, "PASSERELLE_KEY"},
		"a file that is no base64":          {"", "hunter2!", 0o600, secrets.ErrRefused, "key"},
		"an empty file":                     {"", "\n", 0o600, secrets.ErrRefused, "key"},
		"a file that others read":           {"", good, 0o604, secrets.ErrExposed, "chmod 600 "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, _ := sealed(t)
			path := filepath.Join(state, "key")
			if tt.file != "" {
				if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, tt.mode); err != nil {
					t.Fatal(err)
				}
			}
			key, err := secrets.OpenKey(state, tt.environment)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Fatalf("error = %v, want %v, saying %q", err, tt.want, tt.says)
			}
			if err != nil {
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error tells the key: %v", err)
				}
				return
			}
			if got, err := secrets.Open(state, key, stream(1)).Get("a", "club"); err != nil || got.Reveal() != token {
				t.Errorf("the key does not open what it sealed: %v", err)
			}
		})
	}
	t.Run("a key is not made by opening", func(t *testing.T) {
		t.Parallel()
		state := filepath.Join(t.TempDir(), "state")
		if _, err := secrets.OpenKey(state, ""); !errors.Is(err, secrets.ErrMissing) {
			t.Errorf("error = %v, want missing", err)
		}
		if _, err := os.Stat(state); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("something was written: %v", err)
		}
	})
}

func TestOpenOrCreateKey(t *testing.T) {
	t.Parallel()
	t.Run("makes the key from the random source, once", func(t *testing.T) {
		t.Parallel()
		state := filepath.Join(t.TempDir(), "deep", "state")
		for _, seed := range []byte{1, 2} {
			if _, err := secrets.OpenOrCreateKey(state, "", stream(seed)); err != nil {
				t.Fatal(err)
			}
		}
		raw := make([]byte, 32)
		if _, err := io.ReadFull(stream(1), raw); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(state, "key"))
		if want := base64.StdEncoding.EncodeToString(raw) + "\n"; err != nil || string(got) != want {
			t.Errorf("key = %q, error %v, want %q", got, err, want)
		}
		if diff := cmp.Diff([]string{"key"}, names(t, state)); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
	})
	t.Run("makes none when the environment has one", func(t *testing.T) {
		t.Parallel()
		state := filepath.Join(t.TempDir(), "state")
		if _, err := secrets.OpenOrCreateKey(state, environment(1), stream(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(state); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("something was written: %v", err)
		}
	})
	t.Run("does not replace a key that it cannot use", func(t *testing.T) {
		t.Parallel()
		state := t.TempDir()
		path := filepath.Join(state, "key")
		if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := secrets.OpenOrCreateKey(state, "", stream(1)); !errors.Is(err, secrets.ErrRefused) {
			t.Errorf("error = %v, want refused", err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != "damaged" {
			t.Errorf("key = %q, error %v", got, err)
		}
	})
	t.Run("makes none beside an environment that it cannot use", func(t *testing.T) {
		t.Parallel()
		state := t.TempDir()
		if _, err := secrets.OpenOrCreateKey(state, "no key", stream(1)); !errors.Is(err, secrets.ErrRefused) {
			t.Errorf("error = %v, want refused", err)
		}
		if got := names(t, state); got != nil {
			t.Errorf("files = %v, want none", got)
		}
	})
	t.Run("makes none from a random source run dry", func(t *testing.T) {
		t.Parallel()
		state := t.TempDir()
		if _, err := secrets.OpenOrCreateKey(state, "", strings.NewReader("short")); err == nil {
			t.Error("no error")
		}
		if got := names(t, state); got != nil {
			t.Errorf("files = %v, want none", got)
		}
	})
}

func TestOfTwoThatMakeAKeyAtOnceBothUseOne(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	// Each has read that there is no key before either makes one: their random sources wait for one another.
	var both, done sync.WaitGroup
	both.Add(2)
	keys := make([]secrets.Key, 2)
	errs := make([]error, 2)
	for i := range keys {
		meeting := readerFunc(sync.OnceFunc(func() { both.Done(); both.Wait() }), stream(byte(i)))
		done.Go(func() { keys[i], errs[i] = secrets.OpenOrCreateKey(state, "", meeting) })
	}
	done.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if err := secrets.Open(state, keys[0], stream(3)).Put("a", "club", secrets.NewSecret(token)); err != nil {
		t.Fatal(err)
	}
	if got, err := secrets.Open(state, keys[1], stream(4)).Get("a", "club"); err != nil || got.Reveal() != token {
		t.Errorf("the two have different keys: %v", err)
	}
}

// readerFunc calls before ahead of every read of r.
func readerFunc(before func(), r io.Reader) io.Reader {
	return io.MultiReader(readFunc(func([]byte) (int, error) { before(); return 0, io.EOF }), r)
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestPrintingTellsNothing(t *testing.T) {
	t.Parallel()
	secret := secrets.NewSecret(token)
	key, err := secrets.OpenKey("", environment('k'))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Secret  secrets.Secret
		Pointer *secrets.Secret
		Key     secrets.Key
	}
	type hider struct {
		secret  secrets.Secret
		pointer *secrets.Secret
		key     secrets.Key
	}
	held, hidden := holder{secret, &secret, key}, hider{secret, &secret, key}
	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T %[1]v", "%10.3s", "%!"} {
		for _, value := range []any{secret, &secret, key, held, &held, hidden, &hidden, []secrets.Secret{secret}, map[string]any{"a": secret}} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
	}
	printed = append(printed, secret.String(), fmt.Sprint(fmt.Errorf("a: %v", secret)))
	for _, value := range []any{secret, held, map[string]any{"a": &secret}} {
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		printed = append(printed, string(encoded))
	}
	text, err := secret.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := zerolog.New(&log)
	logger.Info().Stringer("a", secret).Interface("b", secret).Any("c", held).Msg("x")
	printed = append(printed, string(text), log.String())
	for _, p := range printed {
		for _, form := range []string{token, fmt.Sprintf("%x", token), fmt.Sprintf("%X", token), "107 107", "6b6b", "0x6b"} {
			if strings.Contains(p, form) {
				t.Errorf("a secret was printed: %s", p)
			}
		}
	}
	for _, got := range []string{fmt.Sprint(secret), fmt.Sprintf("%#v", secret), fmt.Sprintf("%d", secret), fmt.Sprintf("%x", key), secret.String(), string(text)} {
		if got != "[secret]" {
			t.Errorf("placeholder = %q", got)
		}
	}
	if got, err := json.Marshal(secret); err != nil || string(got) != `"[secret]"` {
		t.Errorf("placeholder in JSON = %s, error %v", got, err)
	}
	if secret.Reveal() != token || new(secrets.Secret).Reveal() != "" {
		t.Error("Reveal does not")
	}
}
