package mapping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/mapping"
)

func TestAnOverlayIsRefused(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		overlay string
		want    []string
	}{
		{
			name:    "misspelt keys, all of them",
			overlay: "profile: fairgate\nplces: {}\nfunctions:\n  plac: custom_fields.104\n",
			want: []string{
				`tvb.yaml:2: unknown key "plces"; remove it or correct its spelling`,
				`tvb.yaml:4: unknown key "plac"; remove it or correct its spelling`,
			},
		},
		{
			name:    "everything else at once, in the order of the lines",
			overlay: "profile: fairgate\nplaces:\n  emial: custom_fields.1\n  exitDate: custom fields\ncodes:\n  category: {\"1\": [x]}\n",
			want: []string{
				`tvb.yaml:3: there is no field "emial" to give a place to; did you mean email?`,
				`tvb.yaml:4: "custom fields" is no place; write member names with dots between them, as in custom_fields.101`,
				`tvb.yaml:6: the field category has no place that could hold a code; give it a place under places, or remove its codes`,
			},
		},
		{
			name:    "two places for one field",
			overlay: "profile: fairgate\nplaces:\n  exitDate: custom_fields.1\n  exitDate: custom_fields.2\n",
			want:    []string{`tvb.yaml:4: the key "exitDate" stands twice, first at line 3; keep one of them`},
		},
		{
			name:    "two places for one field under two names",
			overlay: "profile: fairgate\nplaces:\n  exitDate: custom_fields.1\n  affiliation.exitDate: custom_fields.2\n",
			want:    []string{`tvb.yaml:4: the field exitDate has two places, the other on line 3; keep one of them`},
		},
		{
			name:    "a place used twice",
			overlay: "profile: fairgate\nplaces:\n  exitDate: custom_fields.1\n  memberNumber: custom_fields.1\n",
			want:    []string{`tvb.yaml:4: the place custom_fields.1 is used twice; give each field a place of its own`},
		},
		{
			name:    "a place that the profile uses",
			overlay: "profile: fairgate\nplaces:\n  phonePrivate: communication.mobile\n",
			want:    []string{`tvb.yaml:3: the place communication.mobile is used twice; give each field a place of its own`},
		},
		{
			name:    "a place around another one",
			overlay: "profile: fairgate\nplaces:\n  phonePrivate: communication\n",
			want:    []string{`tvb.yaml:3: the place communication is used twice; give each field a place of its own`},
		},
		{
			name:    "a function code that is none",
			overlay: "profile: fairgate\nfunctions:\n  place: custom_fields.104\n  choices:\n    Leiter: {function: leiter}\n",
			want:    []string{`tvb.yaml:5: "leiter" does not have the form of a function code; take the code from the federation's table`},
		},
		{
			name:    "two choices for one function",
			overlay: "profile: fairgate\nfunctions:\n  place: custom_fields.104\n  choices:\n    Leiter: {function: LEI}\n    Leiterin: {function: LEI}\n",
			want:    []string{`tvb.yaml:6: two choices, "Leiter" and "Leiterin", mean the same function; keep one of them`},
		},
		{
			name:    "functions without a place",
			overlay: "profile: fairgate\nfunctions: {choices: {Leiter: {function: LEI}}}\n",
			want:    []string{`functions have no place; name the field under functions: place`},
		},
		{
			name:    "one publication twice, a delivery that is none",
			overlay: "profile: fairgate\nsubscriptions:\n  - {publication: GYMLIVE, place: a.b, values: {Papier: paper}}\n  - {publication: GYMLIVE, place: a.c, values: {Papier: print}}\n",
			want: []string{
				`tvb.yaml:3: a delivery "paper" is not known; write print or digital`,
				`tvb.yaml:4: the publication GYMLIVE has two places; keep one of them`,
			},
		},
		{
			name:    "a category code that is none",
			overlay: "profile: fairgate\nplaces: {category: membership.membership}\ncodes:\n  category:\n    Aktive: [\"01\"]\n",
			want:    []string{`tvb.yaml:5: "Aktive" does not have the form of a category code; take the code from the federation's table`},
		},
		{
			name:    "one spelling for two categories",
			overlay: "profile: fairgate\nplaces: {category: membership.membership}\ncodes:\n  category:\n    \"12\": [Jugend]\n    \"13\": [jugend]\n",
			want:    []string{`tvb.yaml:6: "jugend" is a spelling of 12 and of 13 at the same time; leave it to one of them, or give them years`},
		},
		{
			name:    "a code without a spelling",
			overlay: "profile: fairgate\nplaces: {category: membership.membership}\ncodes:\n  category:\n    \"12\": []\n",
			want:    []string{`tvb.yaml:5: a code has no spelling; correct it`},
		},
		{
			name:    "a category without spellings",
			overlay: "profile: fairgate\nplaces: {category: membership.membership}\n",
			want:    []string{`tvb.yaml: the field category has a place, and no spelling of its codes is named; name them under codes: category`},
		},
		{
			name:    "the overlay of something else",
			overlay: "profile: stv\n",
			want:    []string{`tvb.yaml:1: the overlay is not one of fairgate, but of "stv"; write profile: fairgate or profile: fairgate-federation`},
		},
		{
			name:    "an overlay of nothing",
			overlay: "places: {exitDate: custom_fields.1}\n",
			want:    []string{`tvb.yaml: the overlay does not say which profile it overlays; begin it with profile: and the name of the system`},
		},
		{
			name:    "no YAML at all",
			overlay: "profile: [fairgate\n",
			want:    []string{`tvb.yaml:`},
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.LoadText("fairgate", []byte(tt.overlay), "tvb.yaml", mapping.Link{})
			if err == nil {
				t.Fatal("it was loaded")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("%d problems, want %d:\n%v", len(lines), len(tt.want), err)
			}
			for i, want := range tt.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("problem %d:\n%s\nwant\n%s", i+1, lines[i], want)
				}
			}
		})
	}
}

func TestALinkIsRefused(t *testing.T) {
	t.Parallel()
	own := map[string]string{"clubNumber": clubNumber}
	rows := []struct {
		name   string
		system string
		link   mapping.Link
		want   string
	}{
		{name: "without the number of the club", system: "stv", want: "the link does not say its constant clubNumber"},
		{name: "with a range that is none", system: "stv", link: mapping.Link{Constants: own, Categories: []string{"09-01"}}, want: `"09-01" is no range of categories`},
		{name: "to a system without a profile", system: "clubdesk", want: `there is no profile for the system "clubdesk"; there are fairgate, stv`},
		{name: "to a shape that is no system", system: "fairgate-federation", want: `there is no profile for the system "fairgate-federation"`},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := mapping.LoadText(tt.system, nil, "", tt.link); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadReadsTheOverlayFromItsFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tvb.yaml")
	if _, err := mapping.Load("fairgate", file, mapping.Link{}); err == nil {
		t.Error("a file that is not there was loaded")
	}
	if err := os.WriteFile(file, []byte(beispiel), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := mapping.Load("fairgate", file, mapping.Link{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"basefields", "communication", "corr_address", "custom_fields", "membership", "status"}
	if diff := cmp.Diff(want, p.Select("contact")); diff != "" {
		t.Errorf("selected (-want +got):\n%s", diff)
	}
}

func TestCodesHaveYears(t *testing.T) {
	t.Parallel()
	p := load(t, "fairgate", `profile: fairgate
places: {category: membership.membership}
codes:
  category:
    "14": [{spellings: [Kitu], until: 2026-12-31}]
    "12": [{spellings: [Jugend], until: 2026-12-31}, {spellings: [Kitu, Jugend], from: 2027-01-01}]
`)
	doc := contact("membership", `{"membership": "Kitu"}`)
	for on, want := range map[string]string{"2026-12-31": "14", "2027-01-01": "12"} {
		taken, err := p.Take(doc, day(on))
		if err != nil {
			t.Fatal(err)
		}
		if got := find(t, taken, "affiliation", "").Fields["category"].Text(); got != want {
			t.Errorf("on %s Kitu is %q, want %q", on, got, want)
		}
	}
}

func TestHashFollowsTheSettings(t *testing.T) {
	t.Parallel()
	hash := func(overlay string, categories ...string) string {
		p, err := mapping.LoadText("fairgate", []byte(overlay), "tvb.yaml", mapping.Link{Categories: categories})
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash()
	}
	base := hash(beispiel, "01", "12")
	if hash(beispiel, "12", "01") != base {
		t.Error("the order of the categories changes the hash")
	}
	for name, other := range map[string]string{
		"a code less":     hash(strings.Replace(beispiel, `, "10": ["Passive"]`, "", 1), "01", "12"),
		"a category less": hash(beispiel, "01"),
		"no overlay":      hash("", "01", "12"),
		"another shape":   hash(verband, "01", "12"),
	} {
		if other == base {
			t.Errorf("%s does not change the hash", name)
		}
	}
}
