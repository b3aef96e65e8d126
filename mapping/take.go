package mapping

import (
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// Take takes a document apart into its records, the member first, as they stand on the day today. It returns an error, and
// nothing is known then, when the body is not the JSON of its kind or when what names the record is missing.
//
// A document of another club holds no record. One that is none of our persons at all, a company, is a member record outside
// the scope without fields.
func (p *Profile) Take(doc record.Document, today record.Date) (record.Taken, error) {
	w, root, err := p.open(doc)
	if err != nil {
		return record.Taken{}, err
	}
	e := p.env(w, root, today)
	if w.only != nil {
		switch w.only.judge(nil, root, e) {
		case no:
			return record.Taken{}, nil
		case hidden:
			return record.Taken{}, fmt.Errorf("take %s: it does not say whose it is", doc.Ref)
		case yes:
		}
	}
	switch w.scope.judge(nil, root, e) {
	case no:
		return record.Taken{Records: []record.Record{w.bare(doc, record.Outside)}}, nil
	case hidden:
		return record.Taken{Records: []record.Record{w.bare(doc, record.Unknown)}}, nil
	case yes:
	}
	return w.take(doc, root, e)
}

// open reads the body of a document and checks that it is the one that its reference names.
func (p *Profile) open(doc record.Document) (*wire, map[string]any, error) {
	w := p.wire(doc.Kind)
	if w == nil {
		return nil, nil, fmt.Errorf("take %s: the profile %s knows no documents of the kind %q", doc.Ref, p.system, doc.Kind)
	}
	root, err := parse(doc.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("take %s: %w", doc.Ref, err)
	}
	raw, _ := w.id.get(root)
	id, isScalar := scalar(raw)
	switch {
	case !isScalar || id == "":
		return nil, nil, fmt.Errorf("take %s: there is no %s in it", doc.Ref, w.id)
	case doc.Ref != w.kind+"/"+id:
		return nil, nil, fmt.Errorf("take %s: its %s is that of another document", doc.Ref, w.id)
	}
	return w, root, nil
}

// env returns what reading the document depends on. Phone numbers are dialled in the country where the person lives.
func (p *Profile) env(w *wire, root map[string]any, today record.Date) env {
	e := env{canon: p.canon, today: today, region: home}
	for _, h := range w.holds {
		for _, f := range h.fields {
			if f.def.Type == record.Country && f.def.Name == "country" {
				if r := f.read(root, e); r.value.HasText() {
					e.region = r.value.Text()
				}
			}
		}
	}
	return e
}

// bare is the record of a document of which only the stage is known.
func (w *wire) bare(doc record.Document, stage record.Stage) record.Record {
	return record.Record{Kind: w.holds[0].def.Name, Ref: record.Ref{Document: doc.Ref}, Life: record.Life{Stage: stage}}
}

func (w *wire) take(doc record.Document, root map[string]any, e env) (record.Taken, error) {
	taken := record.Taken{Covers: map[record.Kind]map[string]bool{}}
	for _, h := range w.holds {
		var err error
		switch h.at {
		case "array":
			h.takeChoices(&taken, doc, root)
		case "map":
			h.takePlaces(&taken, doc, root, e)
		default:
			err = h.takeRoot(&taken, doc, root, e)
		}
		if err != nil {
			return record.Taken{}, err
		}
	}
	return taken, nil
}

func (h *holding) takeRoot(taken *record.Taken, doc record.Document, root map[string]any, e env) error {
	r := record.Record{Kind: h.def.Name, Ref: record.Ref{Document: doc.Ref}, Life: h.stage(root, e)}
	if h.life.follows != "" {
		for _, other := range h.wire.holds {
			if other.def.Name == h.life.follows {
				r.Life = other.stage(root, e)
			}
		}
	}
	parts, err := texts(h.identity, root)
	if err != nil {
		return fmt.Errorf("take %s: %w", doc.Ref, err)
	}
	r.Identity = record.Identity(parts...)
	switch {
	case h.parent != nil:
		parent, err := texts([]path{h.parent}, root)
		if err != nil || parent[0] == "" {
			return fmt.Errorf("take %s: there is no %s in it", doc.Ref, h.parent)
		}
		r.Parent = h.prefix + parent[0]
	case h != h.wire.holds[0]:
		r.Parent = doc.Ref
	}
	r.Fields, r.Issues = h.read(root, e)
	taken.Records = append(taken.Records, r)
	cover(taken, h.def.Name, r.Identity)
	return nil
}

// read returns the fields at the root. A code that decides on the scope is no question when no table names it: it is
// the name of something that is the side's own.
func (h *holding) read(root map[string]any, e env) (map[record.Field]record.Value, map[record.Field]record.Issue) {
	values := map[record.Field]record.Value{}
	issues := map[record.Field]record.Issue{}
	for _, f := range h.fields {
		r := f.read(root, e)
		switch {
		case r.value.Carried():
			values[f.def.Name] = r.value
		case r.issue == record.UnknownCode && h.scope.names(f.def.Name):
		case r.issue != "":
			issues[f.def.Name] = r.issue
		}
	}
	return values, issues
}

func (s *scope) names(f record.Field) bool {
	looks := func(c condition) bool { return c.path == nil && c.field == f }
	return slices.ContainsFunc(s.all, looks) || slices.ContainsFunc(s.any, looks)
}

// texts returns the texts at paths that have to be there.
func texts(paths []path, root map[string]any) ([]string, error) {
	var all []string
	for _, p := range paths {
		raw, ok := p.get(root)
		text, isScalar := scalar(raw)
		if !ok || !isScalar {
			return nil, fmt.Errorf("there is no %s in it", p)
		}
		all = append(all, strings.ReplaceAll(clean(text), "|", "/"))
	}
	return all, nil
}

// takeChoices reads a place of several choices: each that has a name is a record. The place proves what it does not hold.
func (h *holding) takeChoices(taken *record.Taken, doc record.Document, root map[string]any) {
	chosen, ok := h.elements(root)
	if !ok {
		return
	}
	for _, c := range h.choices {
		cover(taken, h.def.Name, c.identity)
		if slices.ContainsFunc(chosen, func(element any) bool { return h.is(element, c) }) {
			taken.Records = append(taken.Records, record.Record{
				Kind: h.def.Name, Identity: c.identity, Parent: doc.Ref, Life: record.Life{Stage: record.Present},
				Ref: record.Ref{Document: doc.Ref, Key: h.keyOf(c)}, Fields: map[record.Field]record.Value{},
			})
		}
	}
}

// elements returns what is chosen, false where the place is not in the document. A single text is one choice.
func (h *holding) elements(root map[string]any) ([]any, bool) {
	if h.place == nil {
		return nil, false
	}
	raw, ok := h.place.get(root)
	switch v := raw.(type) {
	case []any:
		return v, ok
	case nil:
		return nil, ok
	case string:
		if clean(v) == "" {
			return nil, ok
		}
		return []any{v}, ok
	default:
		return nil, false
	}
}

func (h *holding) keyOf(c choice) string {
	if h.key == "" {
		return h.place.String() + "/" + c.text
	}
	return h.place.String() + "/" + h.key + "=" + c.text
}

// is reports whether an element is a choice.
func (h *holding) is(element any, c choice) bool {
	if h.key != "" {
		member, ok := element.(map[string]any)
		if !ok {
			return false
		}
		element = member[h.key]
	}
	text, ok := scalar(element)
	return ok && clean(text) == c.text
}

// takePlaces reads the places that hold one record each.
func (h *holding) takePlaces(taken *record.Taken, doc record.Document, root map[string]any, e env) {
	for _, i := range h.identities {
		r := i.field.read(root, e)
		if !r.value.Carried() && r.issue == "" {
			continue
		}
		cover(taken, h.def.Name, i.identity)
		if r.value.IsEmpty() {
			continue
		}
		child := record.Record{
			Kind: h.def.Name, Identity: i.identity, Parent: doc.Ref, Life: record.Life{Stage: record.Present},
			Ref: record.Ref{Document: doc.Ref, Key: i.field.reads[0].String()}, Fields: map[record.Field]record.Value{},
		}
		if r.issue != "" {
			child.Issues = map[record.Field]record.Issue{h.value: r.issue}
		} else {
			child.Fields[h.value] = r.value
		}
		taken.Records = append(taken.Records, child)
	}
}

// cover says that the document would have shown the record if there were one.
func cover(taken *record.Taken, k record.Kind, identity string) {
	if taken.Covers[k] == nil {
		taken.Covers[k] = map[string]bool{}
	}
	taken.Covers[k][identity] = true
}
