package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/config"
	"passerelle/internal/httpx"
)

// minimal has the required keys alone; tests put lines before, into and after it.
const minimal = `state: state
links:
  - id: tv-beispiel
    club: {system: fairgate, url: "https://fsa.fairgate.ch", organisation: tvb}
    federation: {system: stv, url: "https://stv.example.ch", club: 1.01.05.4521.00-0}
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passerelle.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load returns what is wrong with text, each as "line: text".
func load(t *testing.T, text string) (config.Config, []string) {
	t.Helper()
	path := write(t, text)
	c, err := config.Load(path)
	if err == nil {
		return c, nil
	}
	invalid, ok := errors.AsType[*config.InvalidError](err)
	if !ok {
		t.Fatalf("error = %v, want what is invalid", err)
	}
	var got []string
	for _, p := range invalid.Problems {
		if p.File != path {
			t.Errorf("file = %q, want %q", p.File, path)
		}
		got = append(got, strconv.Itoa(p.Line)+": "+p.Text)
	}
	return c, got
}

func mustLoad(t *testing.T, text string) config.Config {
	t.Helper()
	c, problems := load(t, text)
	if problems != nil {
		t.Fatalf("unexpected problems:\n%s", strings.Join(problems, "\n"))
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	path := write(t, minimal)
	got, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		State:  filepath.Join(filepath.Dir(path), "state"),
		Listen: "127.0.0.1:8470",
		Log:    config.Log{Level: "info", Format: "console"},
		Keep:   config.Keep{History: config.Period{Years: 3}},
		Links: []config.Link{{
			ID:         "tv-beispiel",
			Club:       config.Club{System: "fairgate", URL: "https://fsa.fairgate.ch", Organisation: "tvb"},
			Federation: config.Federation{System: "stv", URL: "https://stv.example.ch", Club: "1.01.05.4521.00-0"},
			Poll:       15 * time.Minute,
			Full:       config.TimeOfDay{Hour: 3, Minute: 0},
			Scope:      config.Scope{Categories: []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "12", "13", "28", "29"}},
			Guards: config.Guards{
				Ends:       config.Limit{Count: 3, Percent: 1},
				Clears:     config.Limit{Count: 5, Percent: 2},
				Categories: config.Limit{Count: 5, Percent: 2},
				Changes:    config.Limit{Count: 20, Percent: 10},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestTheDefaultsWrittenOutAreTheDefaults(t *testing.T) {
	t.Parallel()
	path := write(t, `state: state
listen: 127.0.0.1:8470
log: {level: info, format: console}
links:
  - id: tv-beispiel
    club:       {system: fairgate, url: "https://fsa.fairgate.ch", organisation: tvb}
    federation: {system: stv, url: "https://stv.example.ch", club: 1.01.05.4521.00-0}
    poll: 15m
    full: "03:00"
    scope: {categories: ["01-09", "12", "13", "28", "29"]}
    policy: {}
    guards: {ends: {count: 3, percent: 1}, clears: {count: 5, percent: 2}, categories: {count: 5, percent: 2}, changes: {count: 20, percent: 10}, pinned: []}
`)
	got, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	short := filepath.Join(filepath.Dir(path), "short.yaml")
	if err := os.WriteFile(short, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	want, err := config.Load(short)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-defaults +written out):\n%s", diff)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	t.Parallel()
	got := mustLoad(t, `state: /var/lib/passerelle
listen: 127.0.0.1:0
log: {level: debug, format: json}
keep: {history: 400d}
links:
  - id: a-1
    club: {system: other, url: "http://127.0.0.1:8081/", organisation: 0123, profile: /etc/tvb.yaml}
    federation: {system: another, url: "http://localhost:8082/odata", club: 9.99.99.9999.99-9}
    poll: 1s
    full: 23:59
    scope: {categories: [28, 08, "01-03", 02]}
    policy:
      member.email: {owner: both}
      member.phoneMobile: {owner: both, both: club}
      affiliation.exitDate: {owner: federation}
      member.homeClubNumber: {owner: derived}
      member.street: {both: ask}
    guards:
      ends: {count: 0, percent: 100}
      clears: {count: 7}
      categories: {percent: 8}
      changes: {count: 9, percent: 10}
      pinned: [012345, "543210"]
    waves:
      - {month: 2026-01, born: 2009, moves: {"12": "01", 13: 04}}
    tariff: /etc/fees.yaml
  - id: b
    club: {system: fairgate, url: "https://fsa.fairgate.ch", organisation: tvb}
    federation: {system: stv, url: "https://stv.example.ch", club: 1.01.05.4521.00-0}
`)
	want := config.Config{
		State:  "/var/lib/passerelle",
		Listen: "127.0.0.1:0",
		Log:    config.Log{Level: "debug", Format: "json"},
		Keep:   config.Keep{History: config.Period{Days: 400}},
		Links: []config.Link{{
			ID:         "a-1",
			Club:       config.Club{System: "other", URL: "http://127.0.0.1:8081", Organisation: "0123", Profile: "/etc/tvb.yaml"},
			Federation: config.Federation{System: "another", URL: "http://localhost:8082/odata", Club: "9.99.99.9999.99-9"},
			Poll:       time.Second,
			Full:       config.TimeOfDay{Hour: 23, Minute: 59},
			Scope:      config.Scope{Categories: []string{"01", "02", "03", "08", "28"}},
			Policy: map[string]config.Rule{
				"member.email":          {Owner: "both"},
				"member.phoneMobile":    {Owner: "both", Both: "club"},
				"affiliation.exitDate":  {Owner: "federation"},
				"member.homeClubNumber": {Owner: "derived"},
				"member.street":         {Both: "ask"},
			},
			Guards: config.Guards{
				Ends:       config.Limit{Count: 0, Percent: 100},
				Clears:     config.Limit{Count: 7, Percent: 2},
				Categories: config.Limit{Count: 5, Percent: 8},
				Changes:    config.Limit{Count: 9, Percent: 10},
				Pinned:     []string{"012345", "543210"},
			},
			Waves:  []config.Wave{{Year: 2026, Month: time.January, Born: 2009, Moves: map[string]string{"12": "01", "13": "04"}}},
			Tariff: "/etc/fees.yaml",
		}},
	}
	second := mustLoad(t, minimal).Links[0]
	second.ID = "b"
	want.Links = append(want.Links, second)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestPathsAreResolvedAgainstTheFolderOfTheConfiguration(t *testing.T) {
	t.Parallel()
	path := write(t, strings.Replace(minimal, "organisation: tvb", "organisation: tvb, profile: ../tvb.yaml", 1))
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	want := []string{filepath.Join(folder, "state"), filepath.Join(filepath.Dir(folder), "tvb.yaml")}
	if diff := cmp.Diff(want, []string{c.State, c.Links[0].Club.Profile}); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// TestOneProblem adds lines to the minimal configuration, the last of which is in line 5, or replaces a piece of it.
func TestOneProblem(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		replace, by string // in the minimal configuration
		add         string // after it
		want        string
	}{
		"an unknown key near a known one":  {add: "listne: 127.0.0.1:1", want: `6: the configuration has no key "listne"; did you mean "listen"?`},
		"an unknown key near none":         {add: "zzz: 1", want: `6: the configuration has no key "zzz"; it knows state, listen, log, keep, links`},
		"a known key in other letters":     {add: "Log: {}", want: `6: the configuration has no key "Log"; did you mean "log"?`},
		"a known key in capitals":          {add: "LISTEN: x", want: `6: the configuration has no key "LISTEN"; did you mean "listen"?`},
		"an unknown key in a link":         {add: "    pol: 1m", want: `6: a link has no key "pol"; did you mean "poll"?`},
		"an unknown key in a side":         {replace: "organisation", by: "organization: x, organisation", want: `4: club has no key "organization"; did you mean "organisation"?`},
		"an unknown key in a guard":        {add: "    guards: {ends: {cuont: 3}}", want: `6: ends has no key "cuont"; did you mean "count"?`},
		"a wave without a year of its own": {add: "    waves: [{month: 01, born: 2009, moves: {12: 01}}]", want: "6: month must be a month of a year like 2026-01: a wave is over with it"},
		"a wave of a year that is none":    {add: "    waves: [{month: 2026-01, born: 9, moves: {12: 01}}]", want: "6: born must be a year of four digits"},
		"a wave to nowhere":                {add: "    waves: [{month: 2026-01, born: 2009, moves: {}}]", want: "6: moves is empty: nobody would move"},
		"a wave to where it comes from":    {add: "    waves: [{month: 2026-01, born: 2009, moves: {12: 12}}]", want: `6: moves: "12" goes to itself`},
		"a wave to no category":            {add: "    waves: [{month: 2026-01, born: 2009, moves: {12: adult}}]", want: `6: moves: "12": "adult" must be two categories of two digits each, like "12": "01"`},
		"a wave without a month":           {add: "    waves: [{born: 2009, moves: {12: 01}}]", want: `6: a wave needs the key "month"`},
		"an unknown guard":                 {add: "    guards: {ending: {}}", want: `6: guards has no key "ending"; it knows ends, clears, categories, changes, pinned`},
		"a secret where none belongs":      {replace: "organisation", by: "token: hunter2, organisation", want: `4: club has no key "token"; secrets are never in this file: passerelle connect LINK club|federation takes them`},
		"a merge key":                      {add: "    <<: {poll: 1m}", want: `6: a link has no key "<<"; it knows id, club, federation, poll, full, scope, policy, guards, waves, tariff`},
		"a key given twice":                {add: "state: other", want: `6: the configuration has the key "state" twice, first in line 1`},
		"a key of a policy given twice":    {add: "    policy:\n      member.email: {owner: both}\n      member.email: {owner: club}", want: `8: policy has the key "member.email" twice, first in line 7`},
		"a key that is no word":            {add: "? [a]\n: b", want: `6: the configuration: a key must be a word`},
		"a required key missing":           {replace: "state: state", by: "log: {}", want: `1: the configuration needs the key "state"`},
		"a required key without a value":   {replace: "state: state", by: "state:", want: `1: state is empty: give it a value`},
		"a required key that is null":      {replace: "state: state", by: "state: ~", want: `1: state is empty: give it a value`},
		"a required key with no text":      {replace: "state: state", by: `state: " "`, want: `1: state is empty: give it a value`},
		"an id missing":                    {replace: "id: tv-beispiel", by: "poll: 1m", want: `3: a link needs the key "id"`},
		"a system missing":                 {replace: "system: stv, ", by: "", want: `5: federation needs the key "system"`},
		"an organisation missing":          {replace: ", organisation: tvb", by: "", want: `4: club needs the key "organisation"`},
		"a profile without a value":        {replace: "tvb", by: "tvb, profile: ", want: `4: profile is empty: give it a value`},
		"a number where keys belong":       {add: "log: 3", want: `6: log must have keys, each with a value`},
		"keys where a value belongs":       {add: "listen: {a: b}", want: `6: listen must be a single value`},
		"a value where a list belongs":     {add: `    scope: {categories: "01"}`, want: `6: categories must be a list`},
		"an id with capitals":              {replace: "tv-beispiel", by: "TV", want: `3: id must be small letters, digits and hyphens`},
		"an id that is a path":             {replace: "tv-beispiel", by: "../x", want: `3: id must be small letters, digits and hyphens`},
		"an id with a dot":                 {replace: "tv-beispiel", by: "tv.beispiel", want: `3: id must be small letters, digits and hyphens`},
		"an id with a line end":            {replace: "tv-beispiel", by: `"a\n"`, want: `3: id must be small letters, digits and hyphens`},
		"an id used twice":                 {add: strings.Join(strings.SplitAfter(minimal, "\n")[2:], ""), want: `6: another link has the id "tv-beispiel", in line 3`},
		"a club number too short":          {replace: "1.01.05.4521.00-0", by: "1.01.05.452.00-0", want: `5: club must be a club number like 1.01.05.4521.00-0`},
		"a club number with more":          {replace: "1.01.05.4521.00-0", by: "1.01.05.4521.00-01", want: `5: club must be a club number like 1.01.05.4521.00-0`},
		"a club number without dots":       {replace: "1.01.05.4521.00-0", by: "1x01.05.4521.00-0", want: `5: club must be a club number like 1.01.05.4521.00-0`},
		"a club number in one piece":       {replace: "4521.00-0", by: "4521000-0", want: `5: club must be a club number like 1.01.05.4521.00-0`},
		"a url that is none":               {replace: "https://stv.example.ch", by: "stv.example.ch", want: `5: url must be an address like https://host`},
		"a url that cannot be read":        {replace: "https://stv.example.ch", by: "https://%zz", want: `5: url must be an address like https://host`},
		"plain http to another machine":    {replace: "https://stv", by: "http://stv", want: `5: url must begin with https:// (http:// is for this machine only)`},
		"a url with a password":            {replace: "https://stv", by: "https://me:hunter2@stv", want: `5: url must be an address without user, password, ? and #`},
		"a url with a query":               {replace: ".example.ch", by: ".example.ch/?token=hunter2", want: `5: url must be an address without user, password, ? and #`},
		"a listen address with no port":    {add: "listen: 127.0.0.1", want: `6: listen must be an address and a port like 127.0.0.1:8470`},
		"a port that is none":              {add: "listen: 127.0.0.1:65536", want: `6: listen must be an address and a port like 127.0.0.1:8470`},
		"a level that is none":             {add: "log: {level: loud}", want: `6: level must be one of debug, info, warn, error`},
		"a format that is none":            {add: "log: {format: xml}", want: `6: format must be one of console, json`},
		"a history without a unit":         {add: "keep: {history: 3}", want: `6: history must be a number of years or days, like 3y or 400d`},
		"a history of nothing":             {add: "keep: {history: 0y}", want: `6: history must be a number of years or days, like 3y or 400d`},
		"a history of months":              {add: "keep: {history: 3m}", want: `6: history must be a number of years or days, like 3y or 400d`},
		"a history of two units":           {add: "keep: {history: 3dy}", want: `6: history must be a number of years or days, like 3y or 400d`},
		"a history unit first":             {add: "keep: {history: y3}", want: `6: history must be a number of years or days, like 3y or 400d`},
		"a poll without a unit":            {add: "    poll: 15", want: `6: poll must be a time with its unit, like 15m or 1h30m`},
		"a poll of nothing":                {add: "    poll: 0s", want: `6: poll must be a time with its unit, like 15m or 1h30m`},
		"a poll back in time":              {add: "    poll: -1m", want: `6: poll must be a time with its unit, like 15m or 1h30m`},
		"a full without a minute":          {add: `    full: "3"`, want: `6: full must be a time of day like 03:00`},
		"a full of one digit":              {add: `    full: "3:00"`, want: `6: full must be a time of day like 03:00`},
		"a full after midnight":            {add: `    full: "24:00"`, want: `6: full must be a time of day like 03:00`},
		"a category of one digit":          {add: `    scope: {categories: [1]}`, want: `6: categories: "1" must be two digits, or a range like "01-09"`},
		"a category of three digits":       {add: `    scope: {categories: ["012"]}`, want: `6: categories: "012" must be two digits, or a range like "01-09"`},
		"a range turned round":             {add: `    scope: {categories: ["09-01"]}`, want: `6: categories: the range 09-01 ends before it begins`},
		"no category":                      {add: `    scope: {categories: []}`, want: `6: categories is empty: nobody would take part`},
		"a policy for no field":            {add: "    policy: {email: {owner: both}}", want: `6: policy: "email" must be a record and a field, like member.email`},
		"a policy with another owner":      {add: "    policy: {member.email: {owner: me}}", want: `6: owner must be one of both, club, federation, derived`},
		"a policy by the clock":            {add: "    policy: {member.email: {owner: both, both: newest}}", want: `6: both must be one of ask, club, federation`},
		"a policy that says nothing":       {add: "    policy: {member.email: {}}", want: `6: policy for member.email says nothing: give it an owner`},
		"a policy that contradicts":        {add: "    policy: {member.email: {owner: club, both: ask}}", want: `6: policy for member.email: when both changed it only matters if the owner is both, not club`},
		"a negative guard":                 {add: "    guards: {ends: {count: -1}}", want: `6: count must be a whole number, 0 or more`},
		"a guard that is a fraction":       {add: "    guards: {ends: {percent: 0.5}}", want: `6: percent must be a whole number, 0 or more`},
		"a pinned nobody":                  {add: `    guards: {pinned: [""]}`, want: `6: pinned is empty: give it a value`},
		"a second document":                {add: "---\nstate: x", want: `6: a second document begins here; the configuration is one`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.replace != "" && !strings.Contains(minimal, tt.replace) {
				t.Fatalf("nothing to replace: %q", tt.replace)
			}
			_, got := load(t, strings.Replace(minimal, tt.replace, tt.by, 1)+tt.add+"\n")
			if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllProblemsAtOnceInTheOrderOfTheLines(t *testing.T) {
	t.Parallel()
	c, got := load(t, `listen: nowhere
links:
  - id: TV
    poll: soon
    club:
      system: ""
      url: ftp://x
    federation: [stv]
  - 3
  - poll: 1m
state:
`)
	want := []string{
		`1: listen must be an address and a port like 127.0.0.1:8470`,
		`3: id must be small letters, digits and hyphens`,
		`4: poll must be a time with its unit, like 15m or 1h30m`,
		`6: system is empty: give it a value`,
		`6: club needs the key "organisation"`,
		`7: url must begin with https:// (http:// is for this machine only)`,
		`8: federation must have keys, each with a value`,
		`9: a link must have keys, each with a value`,
		`10: a link needs the key "id"`,
		`10: a link needs the key "club"`,
		`10: a link needs the key "federation"`,
		`11: state is empty: give it a value`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if len(c.Links) != 3 || c.Links[2].Poll != time.Minute || c.Links[0].ID != "" || c.Listen != "127.0.0.1:8470" {
		t.Errorf("what could be read is not returned, or what could not is: %+v", c)
	}
}

func TestFilesThatAreNoConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		want []string
	}{
		"nothing":      {"", []string{"1: the file is empty"}},
		"only a note":  {"# later\n", []string{"1: the file is empty"}},
		"a mark":       {"---\n", []string{"1: the file is empty"}},
		"a list":       {"- a\n", []string{"1: the configuration must have keys, each with a value"}},
		"no link":      {"state: s\nlinks: []\n", []string{"2: links needs at least one link"}},
		"links alone":  {"state: s\nlinks:\n", []string{"2: links needs at least one link"}},
		"not YAML":     {"state: s\nlinks: [\n", []string{"2: not YAML: did not find expected node content"}},
		"no such mark": {"state: *x\n", []string{"1: not YAML: unknown anchor 'x' referenced"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := load(t, tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLinksMayShareValues(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, minimal+"    guards: &usual {ends: {count: 9}}\n"+
		strings.Replace(strings.Join(strings.SplitAfter(minimal, "\n")[2:], ""), "tv-beispiel", "b", 1)+"    guards: *usual\n")
	if got := c.Links[1].Guards.Ends.Count; got != 9 {
		t.Errorf("the second link's guard = %d, want 9", got)
	}
}

func TestTheErrorNamesFileAndLine(t *testing.T) {
	t.Parallel()
	path := write(t, minimal+"a: 1\nb: 2\n")
	_, err := config.Load(path)
	want := path + `:6: the configuration has no key "a"; it knows state, listen, log, keep, links` + "\n" +
		path + `:7: the configuration has no key "b"; it knows state, listen, log, keep, links`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want that the file does not exist", err)
	}
}

// TestAnAddressIsAcceptedIfAClientWouldUseIt holds the rule here to the one of the package that obeys it.
func TestAnAddressIsAcceptedIfAClientWouldUseIt(t *testing.T) {
	t.Parallel()
	client := httpx.New(httpx.Config{Now: time.Now})
	for _, address := range []string{
		"https://a.example.ch", "https://a.example.ch:8443/base", "http://127.0.0.1:80", "http://127.1.2.3", "http://[::1]:80",
		"http://localhost", "http://a.example.ch", "http://10.0.0.1", "http://localhost.example.ch", "ftp://127.0.0.1",
		"a.example.ch", "https://", "https:///x", "https://me@a.example.ch", "//a.example.ch", "file:///etc/passwd",
	} {
		_, problems := load(t, strings.Replace(minimal, "https://stv.example.ch", address, 1))
		if got, want := problems == nil, client.CheckURL(address) == nil; got != want {
			t.Errorf("%s: accepted = %v, want %v", address, got, want)
		}
	}
}

// TestPlainHTTPIsASidesOwnDecision: the other side's address is held to https still.
func TestPlainHTTPIsASidesOwnDecision(t *testing.T) {
	t.Parallel()
	const plain = "http://stv.example.ch"
	tests := map[string]struct {
		insecure string // the key beside the address
		accepted bool
	}{
		"not said":             {"", false},
		"said":                 {", insecure: true", true},
		"said not to be":       {", insecure: false", false},
		"neither true nor not": {", insecure: yes please", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(minimal, `https://stv.example.ch"`, plain+`"`+tt.insecure, 1)
			if text == minimal {
				t.Fatal("the address was not replaced")
			}
			c, problems := load(t, text)
			if accepted := problems == nil; accepted != tt.accepted {
				t.Errorf("accepted = %v (%v), want %v", accepted, problems, tt.accepted)
			}
			if tt.accepted && (!c.Links[0].Federation.Insecure || c.Links[0].Club.Insecure) {
				t.Errorf("insecure: club %v, federation %v", c.Links[0].Club.Insecure, c.Links[0].Federation.Insecure)
			}
		})
	}
	if _, problems := load(t, strings.Replace(minimal, `https://stv.example.ch"`, `ftp://stv.example.ch", insecure: true`, 1)); problems == nil {
		t.Error("insecure allows ftp")
	}
}
