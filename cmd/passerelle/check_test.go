package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/quality"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// enter has a secretary type values for a member, by field.
func enter(tb testing.TB, w *world, side simulation.Side, n int, values map[string]string) {
	tb.Helper()
	for field, value := range values {
		if err := w.Type(side, n, field, value); err != nil {
			tb.Fatal(err)
		}
	}
}

// TestCheckFindsWhatPeopleTyped reads it over HTTP from both systems, and names just that: the same world before is clean but for
// what the simulation lets grow apart.
func TestCheckFindsWhatPeopleTyped(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60, InStep: true}, "", nil)
	w.connect(t)
	found := func() map[string]bool {
		var answer checked
		w.json(t, &answer, exitDone, "check", "--json", "--values")
		all := map[string]bool{}
		for _, f := range answer.Quality.Findings {
			if f.Kind != quality.January { // which depends on the day
				all[strings.Join([]string{string(f.Kind), f.Ref, string(f.Field), f.Note, f.Proposed}, " ")] = true
			}
		}
		return all
	}
	before := found()
	enter(t, w, simulation.Club, 1, map[string]string{"member.phoneMobile": "intern 23, abends", "member.lastName": "TSCHUDIN-VON ARX"})
	enter(t, w, simulation.Club, 2, map[string]string{"member.postalCode": "8611", "member.city": "Uster", "member.email": "at home"})
	enter(t, w, simulation.Club, 5, map[string]string{"member.memberNumber": "999999", "member.birthDate": "1900-01-01"})
	enter(t, w, simulation.Federation, 6, map[string]string{"affiliation.category": "12"})
	got := found()
	for had := range before {
		delete(got, had)
	}
	at := w.Person(6).Federation[0].Ref
	want := map[string]bool{
		"unreadable contact/1001 phoneMobile  ":                   true,
		"name contact/1001 lastName capitals Tschudin-von Arx":    true,
		"unreadable contact/1002 email  ":                         true,
		"postal-town contact/1002 postalCode unlisted 8610 Uster": true,
		"date contact/1005 birthDate placeholder ":                true,
		"number-unknown contact/1005 memberNumber  ":              true,
		"category " + at + " category sex 13":                     w.M(6).Gender == "F",
		"category " + at + " category too-old 01":                 w.M(6).Gender == "M",
	}
	for name, is := range want {
		if !is {
			delete(want, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCheckWritesNothing to a system or into the state folder, whatever it finds.
func TestCheckWritesNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var written []string
	w := served(t, small(), "", func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/auth/") {
				mu.Lock()
				written = append(written, r.Method+" "+r.URL.Path)
				mu.Unlock()
			}
			h.ServeHTTP(rw, r)
		})
	})
	w.connect(t)
	enter(t, w, simulation.Club, 1, map[string]string{"member.lastName": "IN CAPITALS"})
	state := filepath.Join(w.folder, "state")
	before := files(t, state)
	w.passerelle(t, exitDone, "check", "--to", filepath.Join(w.folder, "a", "report"))
	if diff := cmp.Diff(before, files(t, state)); diff != "" {
		t.Errorf("the state folder (-before +after):\n%s", diff)
	}
	if len(written) > 0 {
		t.Errorf("it has sent %q", written)
	}
	want := map[string]fs.FileMode{"tv-beispiel-check.csv": 0o600, "tv-beispiel-check.html": 0o600}
	if diff := cmp.Diff(want, files(t, filepath.Join(w.folder, "a", "report"))); diff != "" {
		t.Errorf("the report (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(w.folder, "a", "report")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the report: %v, %v", info.Mode(), err)
	}
}

// files returns the files under a folder with their modes.
func files(tb testing.TB, folder string) map[string]fs.FileMode {
	tb.Helper()
	all := map[string]fs.FileMode{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		name, relative := filepath.Rel(folder, path)
		all[name] = info.Mode().Perm()
		return errors.Join(err, relative)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// What people are called, and what they hold, stands in the files, and elsewhere only where it is asked for.
func TestCheckKeepsValuesBack(t *testing.T) {
	t.Parallel()
	w := served(t, simulation.Config{Seed: 7, Members: 60, Mark: mark}, "log: {level: debug}\n", nil)
	w.connect(t)
	enter(t, w, simulation.Club, 1, map[string]string{"member.lastName": strings.ToUpper(mark), "member.postalCode": "8611"})
	for _, form := range []string{"--json=true", "--json=false"} {
		c := w.begin(t, "", "check", form, "--to", w.folder)
		said := strings.ToLower(c.end(exitDone) + c.stderr.String())
		for _, trace := range append(traces(w), "8611") {
			if strings.Contains(said, trace) {
				t.Errorf("%s shows %q:\n%s", form, trace, around(said, trace))
			}
		}
		if said := w.passerelle(t, exitDone, "check", form, "--values"); !strings.Contains(said, strings.ToUpper(mark)) {
			t.Errorf("%s --values shows no mark", form)
		}
	}
	for _, ending := range []string{"html", "csv"} {
		text, err := os.ReadFile(filepath.Join(w.folder, simulation.LinkID+"-check."+ending))
		if err != nil || !strings.Contains(string(text), strings.ToUpper(mark)) {
			t.Errorf("the %s holds no mark: %v", ending, err)
		}
	}
}

// A side that cannot be read whole has no report, the other has, and the command fails as it does when a side is away.
func TestCheckOfASideThatBreaksOff(t *testing.T) {
	t.Parallel()
	w := served(t, small(), "", nil)
	w.connect(t)
	breakAll(t, w, "members.list lost-rows percent=50 times=1")
	said := w.begin(t, "", "check", "--json").end(exitFailed)
	var answer checked
	if err := json.Unmarshal([]byte(said), &answer); err != nil {
		t.Fatal(err)
	}
	if !answer.Sides[record.Federation].Reached || answer.Quality.Unread[record.Federation] == "" {
		t.Errorf("the federation: %+v, unread: %q", answer.Sides[record.Federation], answer.Quality.Unread)
	}
	if n, m := answer.Quality.Counts.People[record.Club], answer.Quality.Counts.People[record.Federation]; n == 0 || m != 0 {
		t.Errorf("people looked at: %d at the club, %d at the federation", n, m)
	}
}

func TestLanguageOf(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, asked string
		env         map[string]string
		want        quality.Language
	}{
		{"what is asked for counts", "it", map[string]string{"LC_ALL": "de_CH.UTF-8"}, "it"},
		{"the shell's language", "", map[string]string{"LANG": "fr_CH.UTF-8"}, "fr"},
		{"LC_ALL before the others", "", map[string]string{"LC_ALL": "de_CH", "LC_MESSAGES": "it", "LANG": "fr_CH.UTF-8"}, "de"},
		{"LC_MESSAGES before LANG", "", map[string]string{"LC_MESSAGES": "it", "LANG": "fr_CH.UTF-8"}, "it"},
		{"another language is English", "", map[string]string{"LANG": "pt_BR.UTF-8"}, "en"},
		{"no language is English", "", map[string]string{"LANG": "C.UTF-8"}, "en"},
		{"nothing is English", "", nil, "en"},
	}
	for _, tt := range rows {
		got, err := languageOf(tt.asked, func(name string) string { return tt.env[name] })
		if err != nil || got != tt.want {
			t.Errorf("%s: got %q, %v", tt.name, got, err)
		}
	}
	if _, err := languageOf("rm", func(string) string { return "" }); codeOf(err) != exitUsage {
		t.Errorf("a language that there is not: %v", err)
	}
}
