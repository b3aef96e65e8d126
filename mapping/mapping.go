// Package mapping turns the documents of a system into records and back, from data alone.
//
// A profile (profiles/*.yaml, one per system) says where in a document each field of a domain stands (kinds/*.yaml), how it
// is spelled there, and how the life of a record is read and its end written. What only one club knows about its own
// system, its overlay adds: custom fields and the names of its memberships. There are no expressions in a profile. What
// needs one is a Go function with a name (see conditions in field.go).
//
// Two laws are checked whenever a profile is loaded, and again by the tests: what is written is what is read, and writing
// what was read changes nothing, so that an untouched spelling is never rewritten (DESIGN decision 2).
//
// Records are described in internal/record. A value in a document that is absent, hidden or cannot be mapped is not
// carried, and never becomes empty. A profile is immutable after it is loaded and may be used by several goroutines.
package mapping

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// A Link is what the configuration of one link adds to a profile.
type Link struct {
	// Constants are the values that a profile asks for by name: clubNumber, the club's number at the federation, and
	// clubLanguage, the language of a new member for whom none is known (de when it is missing).
	Constants map[string]string
	// Categories are the codes in scope, each a code or a range of codes ("01-09"). Without any, those of the profile.
	Categories []string
}

// A Profile maps the documents of one system for one link.
type Profile struct {
	system    string
	domain    *domain
	hash      string
	canon     *canon
	constants map[string]string
	endAhead  bool
	wires     []*wire
	said      map[string]string
}

// With returns the profile with other values for constants that only defaults of a creation use, as a system says them of
// itself: clubLanguage. Empty values are left out. The hash is the same: this is no change of settings.
func (p *Profile) With(constants map[string]string) *Profile {
	out := *p
	out.said = maps.Clone(constants)
	maps.DeleteFunc(out.said, func(_, value string) bool { return value == "" })
	return &out
}

// Systems returns the names of the systems that have a profile, sorted.
func Systems() []string { return []string{"fairgate", "stv"} }

// Load reads the profile of a system, lays the overlay at a path over it ("" for none), and fits it to a link. The error
// lists every problem at once, one a line, each as "file:line: what; what to do".
func Load(system, overlay string, link Link) (*Profile, error) {
	if overlay == "" {
		return LoadText(system, nil, "", link)
	}
	text, err := os.ReadFile(filepath.Clean(overlay))
	if err != nil {
		return nil, fmt.Errorf("overlay of the profile %s: %w", system, err)
	}
	return LoadText(system, text, overlay, link)
}

// LoadText does what Load does, with the overlay as a text and the name that its problems are reported under.
func LoadText(system string, overlay []byte, overlayName string, link Link) (*Profile, error) {
	if !slices.Contains(Systems(), system) {
		return nil, fmt.Errorf("there is no profile for the system %q; there are %s", system, strings.Join(Systems(), ", "))
	}
	layers, err := layersOf(system, overlay, overlayName)
	if err != nil {
		return nil, err
	}
	return assemble(layers, link)
}

// assemble makes a profile of its layers and holds it to the laws.
func assemble(layers []layer, link Link) (*Profile, error) {
	p, err := compile(layers[0], link)
	if err != nil {
		return nil, err
	}
	for _, l := range layers[1:] {
		if err := p.overlay(l); err != nil {
			return nil, err
		}
	}
	if err := p.complete(layers[len(layers)-1]); err != nil {
		return nil, err
	}
	if err := p.laws(); err != nil {
		return nil, err
	}
	p.hash = hashOf(layers, link)
	return p, nil
}

// A layer is one file that a profile is made of.
type layer struct {
	name string
	text []byte
}

// layersOf returns the profile of the system, the built-in overlay that the link's overlay stands on, if it names one, and
// the link's overlay.
func layersOf(system string, overlay []byte, overlayName string) ([]layer, error) {
	base, err := shippedProfile(system)
	if err != nil {
		return nil, err
	}
	layers := []layer{base}
	if len(overlay) == 0 {
		return layers, nil
	}
	file, err := readOverlay(layer{overlayName, overlay})
	if err != nil {
		return nil, err
	}
	switch below := file.Profile.text; {
	case below == system:
	case slices.Contains(shapes(system), below):
		shape, err := shippedProfile(below)
		if err != nil {
			return nil, err
		}
		layers = append(layers, shape)
	default:
		p := &problems{file: overlayName}
		p.add(file.Profile.line, fmt.Sprintf("the overlay is not one of %s, but of %q", system, below),
			"write profile: "+strings.Join(append([]string{system}, shapes(system)...), " or profile: "))
		return nil, p.err()
	}
	return append(layers, layer{overlayName, overlay}), nil
}

// shapes returns the built-in overlays of a system's profile, for the shapes of a document that it is known to serve.
func shapes(system string) []string {
	if system == "fairgate" {
		return []string{"fairgate-federation"}
	}
	return nil
}

func shippedProfile(name string) (layer, error) {
	text, err := shipped.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return layer{}, fmt.Errorf("there is no profile %q", name)
	}
	return layer{name + ".yaml", text}, nil
}

// System returns the name of the profile's system.
func (p *Profile) System() string { return p.system }

// Hash returns a digest of everything that decides how documents are read and written: profile, overlay, link and the rules
// of the canonical forms. Another hash means that the settings have changed.
func (p *Profile) Hash() string { return p.hash }

func hashOf(layers []layer, link Link) string {
	sum := sha256.New()
	write := func(part any) {
		text, err := json.Marshal(part)
		if err != nil {
			panic("mapping: texts that cannot be written as JSON: " + err.Error())
		}
		_, _ = sum.Write(text) // a hash never fails
	}
	write(canonicaliser)
	for _, l := range layers {
		write(l.text)
	}
	for _, name := range slices.Sorted(maps.Keys(link.Constants)) {
		write([]string{name, link.Constants[name]})
	}
	write(slices.Sorted(slices.Values(link.Categories)))
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// wire returns how documents of a wire kind are mapped, nil for a kind that the profile does not know.
func (p *Profile) wire(kind string) *wire {
	for _, w := range p.wires {
		if w.kind == kind {
			return w
		}
	}
	return nil
}

// holding returns where records of a kind are held, nil when the system has no place for them.
func (p *Profile) holding(k record.Kind) *holding {
	for _, w := range p.wires {
		for _, h := range w.holds {
			if h.def.Name == k {
				return h
			}
		}
	}
	return nil
}

// Select returns the top-level members of a wire kind's documents that the profile reads, sorted: what to ask for, and
// nothing else (DESIGN decision 17). The reference that every document has is among them.
func (p *Profile) Select(wireKind string) []string {
	names := map[string]bool{}
	w := p.wire(wireKind)
	if w == nil {
		return nil
	}
	for at := range w.places() {
		name, _, _ := strings.Cut(at, ".")
		names[name] = true
	}
	return slices.SortedFunc(maps.Keys(names), cmp.Compare[string])
}

// complete checks what only the whole of all layers can tell.
func (p *Profile) complete(last layer) error {
	o := &problems{file: last.name}
	for _, w := range p.wires {
		for _, h := range w.holds {
			for _, f := range h.fields {
				named := h.scope.names(f.def.Name) && f.def.Type == record.Code
				if named && len(f.codes) == 0 && !f.assumed {
					o.add(0, fmt.Sprintf("the field %s has a place, and no spelling of its codes is named", f.def.Name),
						"name them under codes: "+string(f.def.Name))
				}
			}
		}
	}
	return o.err()
}
