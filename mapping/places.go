package mapping

import (
	"slices"
	"strings"

	"passerelle/internal/record"
)

// A spot is what stands at a place of a document: a field of a kind, or something that no field holds.
type spot struct {
	kind  record.Kind
	field record.Field
}

// A use is a path and what uses it.
type use struct {
	at   string
	spot spot
}

// uses lists every path that the wire kind reads or writes.
func (w *wire) uses() []use {
	list := []use{{w.id.String(), spot{}}}
	add := func(p path, s spot) {
		if p != nil {
			list = append(list, use{p.String(), s})
		}
	}
	for _, s := range []*scope{&w.scope} {
		for _, c := range append(s.all, s.any...) {
			add(c.path, spot{})
		}
	}
	if w.only != nil {
		add(w.only.path, spot{})
	}
	for _, h := range w.holds {
		kind := h.def.Name
		for i, p := range h.identity {
			add(p, spot{kind, h.def.Identity[i]})
		}
		add(h.parent, spot{})
		add(h.life.path, spot{})
		add(h.life.end, spot{})
		for _, f := range h.fields {
			for _, p := range f.reads {
				add(p, spot{kind, f.def.Name})
			}
		}
		if h.place != nil && len(h.def.Identity) > 0 {
			add(h.place, spot{kind, h.def.Identity[0]})
		}
		for _, i := range h.identities {
			add(i.field.reads[0], spot{kind, i.field.def.Name})
		}
	}
	return list
}

// places returns what stands at each path, a field before anything else.
func (w *wire) places() map[string]spot {
	at := map[string]spot{}
	for _, u := range w.uses() {
		if at[u.at].field == "" {
			at[u.at] = u.spot
		}
	}
	return at
}

// collisions returns pairs of paths of which one is the other or lies within it, though different things use them. A field
// may hold what a life or a scope reads.
func (w *wire) collisions() [][2]string {
	var pairs [][2]string
	list := w.uses()
	for i, a := range list {
		for _, b := range list[:i] {
			same := a.at == b.at && (a.spot == b.spot || (a.spot.field == "") != (b.spot.field == "") && a.at != w.id.String())
			nested := strings.HasPrefix(a.at, b.at+".") || strings.HasPrefix(b.at, a.at+".")
			if (a.at == b.at && !same) || nested {
				pairs = append(pairs, [2]string{a.at, b.at})
			}
		}
	}
	return pairs
}

// Uses reports whether the profile uses a place of a wire kind's documents, or something in it or around it.
func (p *Profile) Uses(wireKind, place string) bool {
	w := p.wire(wireKind)
	return w != nil && slices.ContainsFunc(w.uses(), func(u use) bool {
		return u.at == place || strings.HasPrefix(u.at, place+".") || strings.HasPrefix(place, u.at+".")
	})
}

// FieldAt returns the field that stands at a place of a wire kind's documents, as a refusal names it: the dotted path, or
// one with slashes and indexes ("affiliations/0/category"). The part of an identity is named by its own name.
func (p *Profile) FieldAt(wireKind, place string) (record.Kind, record.Field, bool) {
	steps := strings.FieldsFunc(place, func(r rune) bool { return strings.ContainsRune("./[]", r) })
	// A number is the name of a custom field before it is an index.
	if s, ok := p.spotAt(wireKind, strings.Join(steps, ".")); ok {
		return s.kind, s.field, true
	}
	steps = slices.DeleteFunc(steps, func(step string) bool { return digits(step) == step })
	s, ok := p.spotAt(wireKind, strings.Join(steps, "."))
	return s.kind, s.field, ok
}

func (p *Profile) spotAt(wireKind, at string) (spot, bool) {
	for _, w := range p.wires {
		inside := at
		if w.kind != wireKind {
			array := w.insideOf(wireKind)
			if !strings.HasPrefix(at, array+".") || array == "" {
				continue
			}
			inside = strings.TrimPrefix(at, array+".")
		}
		for place, s := range w.places() {
			if s.field != "" && (inside == place || strings.HasPrefix(inside, place+".")) {
				return s, true
			}
		}
	}
	return spot{}, false
}

// insideOf returns the array in which documents of this wire kind are created inside another one, "" when they are not.
func (w *wire) insideOf(wireKind string) string {
	for _, h := range w.holds {
		if h.together != nil && h.together.wire == wireKind {
			return h.together.array.String()
		}
	}
	return ""
}
