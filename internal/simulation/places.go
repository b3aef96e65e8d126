package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What a user of the simulated world copies out of its two systems. None of it opens anything but a simulator.
const (
	// LinkID is the link's name in [World.ConfigYAML].
	LinkID = "tv-beispiel"
	// Organisation and AccessKey are the club's at its software.
	Organisation = "tvb"
	AccessKey    = "simulated-access-key"
	// ClubNumber and Token are the club's at the federation.
	ClubNumber = "1.01.05.4521.00-0"
	Token      = "simulated-federation-token"
	// OverlayFile is the name under which the configuration expects [World.Overlay].
	OverlayFile = "tvb.yaml"
)

// The custom fields that the club has made for what its software has no place for.
const (
	numberPlace    = "101" // the federation number, text
	shirtPlace     = "102" // a text that no federation wants to know
	exitPlace      = "103" // the exit date, which may not lie ahead
	functionsPlace = "104" // several choices
	gymlivePlace   = "105" // a choice
	aktuellPlace   = "106" // a choice
)

// membershipName is how the club names the membership of a federation category.
type membershipName struct {
	code string
	// names: the first is written, the others are met in old contacts.
	names []string
}

// memberships lists the club's memberships. WIRE.md 1 has the categories and the spellings.
func memberships() []membershipName {
	return []membershipName{
		{"01", []string{"Aktive Turner"}},
		{"02", []string{"Männer"}},
		{"03", []string{"Senioren"}},
		{"04", []string{"Aktive Turnerin"}},
		{"05", []string{"Frauen"}},
		{"06", []string{"Seniorin"}},
		{"07", []string{"Turnendes Ehrenmitglied", "Ehrenmitg. turnend"}},
		{"08", []string{"Turner Lizenz anderer Sportverband"}},
		{"09", []string{"Turnerin Lizenz anderer Sportverband"}},
		{"10", []string{"Passivmitglied"}},
		{"11", []string{"Nichtturnendes Ehrenmitglied", "Ehrenmitg. nturnend"}},
		{"12", []string{"Knaben", "Jugend männlich"}},
		{"13", []string{"Mädchen", "Jugend weiblich"}},
		{"14", []string{"Kitu (Kinder)"}},
		{"15", []string{"Muki/Vaki"}},
	}
}

// membershipOf returns the name in which a category is written, "" for none.
func membershipOf(category string) string {
	for _, m := range memberships() {
		if m.code == category {
			return m.names[0]
		}
	}
	return ""
}

// categoryOf returns the category of a membership by any of its names, "" for a name that stands for none.
func categoryOf(membership string) string {
	for _, m := range memberships() {
		if slices.Contains(m.names, membership) {
			return m.code
		}
	}
	return ""
}

// choice is a function as the club names it: a choice of its custom field.
type choice struct{ text, code, organ string }

// choices lists the functions that the club has a word for, and in the last row a word that is no function at all: it must
// survive whatever is written beside it.
func choices() []choice {
	return []choice{
		{"Leiter", "LEI", ""},
		{"Präsidentin", "PRA", "VST"},
		{"Kassier", "KAS", ""},
		{"Technischer Leiter", "TEC", ""},
		{privateChoice, "", ""},
	}
}

// privateChoice is the club's own affair.
const privateChoice = "Festwirt"

// delivery is how a publication comes: the federation's word, and the club's choice.
type delivery struct{ word, text string }

func deliveries() []delivery { return []delivery{{"print", "Papier"}, {"digital", "Digital"}} }

// publicationPlace is the custom field of a publication.
type publicationPlace struct{ publication, field string }

func publications() []publicationPlace {
	return []publicationPlace{{"GYMLIVE", gymlivePlace}, {"STVAKTUELL", aktuellPlace}}
}

// Overlay returns the profile that the club's admin would write for this world, to be stored as [OverlayFile]: where the
// club keeps what its software has no place for, and how it names categories, functions and deliveries.
func (w *World) Overlay() string {
	var y strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&y, format+"\n", args...) }
	if w.federationShape() {
		line("profile: fairgate-federation")
	} else {
		line("profile: fairgate")
	}
	line("places:")
	if !w.federationShape() {
		line("  memberNumber: custom_fields.%s", numberPlace)
		line("  category: membership.membership")
	}
	line("  exitDate: custom_fields.%s", exitPlace)
	line("functions:")
	if !w.federationShape() {
		line("  place: custom_fields.%s", functionsPlace)
	}
	line("  choices:")
	for _, c := range choices() {
		chosen := c.text
		if w.federationShape() {
			chosen = strconv.Itoa(roleID(c.code))
		}
		if c.code != "" {
			line("    %q: {function: %s, organ: %q}", chosen, c.code, c.organ)
		}
	}
	line("subscriptions:")
	for _, p := range publications() {
		line("  - publication: %s", p.publication)
		line("    place: custom_fields.%s", p.field)
		line("    values:")
		for _, d := range deliveries() {
			line("      %q: %s", d.text, d.word)
		}
	}
	line("codes:")
	line("  category:")
	for _, m := range memberships() {
		line("    %q: [%s]", m.code, quoted(m.names))
	}
	return y.String()
}

func quoted(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

// ConfigYAML returns the configuration of the one link of this world, whose overlay lies beside it as [OverlayFile]. listen is
// where its daemon answers.
func (w *World) ConfigYAML(clubURL, federationURL, listen string) string {
	return fmt.Sprintf(`state: state
listen: %s
links:
  - id: %s
    club:       {system: fairgate, url: %q, organisation: %s, profile: %s}
    federation: {system: stv, url: %q, club: %s}
`, listen, LinkID, clubURL, Organisation, OverlayFile, federationURL, ClubNumber)
}
