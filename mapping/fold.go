package mapping

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"passerelle/internal/record"
)

// Fold folds changes into a document as it was just read and returns the one request that makes them: a change that carries
// every touched top-level member whole, with only the mapped paths changed, or the deletion of a record that has not begun.
// Arrays keep the elements that are not ours. Body is nil when the document says all that already.
//
// alternative names the fields whose place was refused as not unique: they are written to their other place. Fields that
// have no place on this side, or none that may be written (Shape says which), are left out. An error says that a change
// does not belong to the document or holds a value that this side has no word for (Express); nothing is to be sent then.
func (p *Profile) Fold(doc record.Document, changes []record.Change, today record.Date, alternative map[record.Field]bool) (record.Write, error) {
	w, root, err := p.open(doc)
	if err != nil {
		return record.Write{}, err
	}
	d := newDraft(root)
	f := folder{draft: d, env: p.env(w, root, today), alternative: alternative}
	f.birthDate = f.birthDateOf(w, changes)
	write := record.Write{Op: record.ChangeDocument, Kind: doc.Kind, Ref: doc.Ref, Version: doc.Version}
	for i := range changes {
		c := &changes[i]
		h := w.holding(c.Kind)
		if h == nil {
			return record.Write{}, fmt.Errorf("fold %s: it holds no %s", doc.Ref, c.Kind)
		}
		if issues := h.express(c, today); len(issues) > 0 {
			return record.Write{}, fmt.Errorf("fold %s: %s: %v cannot be written here", doc.Ref, c.Kind, slices.Sorted(maps.Keys(issues)))
		}
		if c.Op == record.End && h.unbegun(root, f.env) {
			write.Op = record.DeleteDocument
			return write, nil
		}
		if err := f.fold(h, c); err != nil {
			return record.Write{}, fmt.Errorf("fold %s: %w", doc.Ref, err)
		}
	}
	write.Body, err = d.body()
	return write, err
}

// holding returns where the documents hold a kind, nil when they do not.
func (w *wire) holding(k record.Kind) *holding {
	for _, h := range w.holds {
		if h.def.Name == k {
			return h
		}
	}
	return nil
}

// A folder puts changes into one document.
type folder struct {
	draft       *draft
	env         env
	alternative map[record.Field]bool
	birthDate   record.Value // of the member, where it is known
}

// birthDateOf returns the birth date that the member will have.
func (f *folder) birthDateOf(w *wire, changes []record.Change) record.Value {
	for _, c := range changes {
		if v := c.Set["birthDate"]; v.HasText() {
			return v
		}
	}
	for _, h := range w.holds {
		if born := h.field("birthDate"); born != nil {
			return born.read(f.draft.root, f.env).value
		}
	}
	return record.NotCarried()
}

func (f *folder) fold(h *holding, c *record.Change) error {
	switch h.at {
	case "array":
		return f.choose(h, c)
	case "map":
		return f.place(h, c)
	}
	revives := f.revives(h, c)
	f.fields(h.fields, c.Set)
	switch {
	case c.Op == record.End:
		f.end(h, c.On)
	case revives:
		f.draft.set(h.life.path, h.life.revive)
	}
	return nil
}

// fields writes the fields of a change, in the order of the schema.
func (f *folder) fields(fields []*field, set map[record.Field]record.Value) {
	for _, to := range fields {
		v, ok := set[to.def.Name]
		if !ok {
			continue
		}
		holds := to.or != nil && applies(to.when, f.birthDate, f.env.today)
		to.write(f.draft, v, f.env, f.alternative[to.def.Name], holds)
	}
}

// end writes the end of a record: its day where that has a place, else the mark; nothing where the life follows another's.
func (f *folder) end(h *holding, on record.Date) {
	if on.IsZero() {
		on = f.env.today
	}
	switch to := h.end(); {
	case h.life.follows != "":
	case to != nil && len(to.writes) > 0:
		to.write(f.draft, record.Of(on.String()), f.env, false, false)
	case h.life.archive != "" && !h.over(f.draft.root):
		f.draft.set(h.life.path, h.life.archive)
	}
}

// over reports whether the mark of the end is set.
func (h *holding) over(root map[string]any) bool {
	if h.life.path == nil {
		return false
	}
	raw, _ := h.life.path.get(root)
	text, _ := scalar(raw)
	return slices.Contains(h.life.ended, clean(text))
}

// revives reports whether a change takes back an end: it says so, makes the record anew, or empties the day on which it
// ended.
func (f *folder) revives(h *holding, c *record.Change) bool {
	if h.life.revive == "" || !h.over(f.draft.root) {
		return false
	}
	end := h.end()
	return c.Return || c.Op == record.Create ||
		end != nil && c.Set[end.def.Name].IsEmpty() && end.read(f.draft.root, f.env).value.HasText()
}

// unbegun reports whether the record is to be deleted rather than ended: its start lies ahead.
func (h *holding) unbegun(root map[string]any, e env) bool {
	start := h.field("startDate")
	if !h.life.unbegun || start == nil {
		return false
	}
	day, err := record.ParseDate(start.read(root, e).value.Text())
	return err == nil && e.today.Before(day)
}

// choose adds a choice to a place of several or takes it away.
func (f *folder) choose(h *holding, c *record.Change) error {
	i := slices.IndexFunc(h.choices, func(known choice) bool { return known.identity == c.Identity })
	if i < 0 {
		return fmt.Errorf("%s: no choice means this one", c.Kind)
	}
	chosen, _ := h.elements(f.draft.root)
	is := func(element any) bool { return h.is(element, h.choices[i]) }
	switch there := slices.ContainsFunc(chosen, is); {
	case c.Op == record.End && there:
		f.draft.set(h.place, append([]any{}, slices.DeleteFunc(slices.Clone(chosen), is)...))
	case c.Op == record.Create && !there:
		f.draft.set(h.place, append(slices.Clone(chosen), h.element(h.choices[i])))
	}
	return nil
}

// element returns what is added to the place for a choice.
func (h *holding) element(c choice) any {
	if h.key == "" {
		return c.text
	}
	if digits(c.text) == c.text {
		return map[string]any{h.key: json.Number(c.text)}
	}
	return map[string]any{h.key: c.text}
}

// place writes or empties the place of a record that has one of its own.
func (f *folder) place(h *holding, c *record.Change) error {
	for _, i := range h.identities {
		if i.identity != c.Identity {
			continue
		}
		v, ok := c.Set[h.value]
		if c.Op == record.End {
			v, ok = record.Empty(), true
		}
		if c.Op == record.Create && !v.HasText() {
			return fmt.Errorf("%s: %s is missing, of which it consists here", c.Kind, h.value)
		}
		if ok {
			i.field.write(f.draft, v, f.env, false, false)
		}
		return nil
	}
	return fmt.Errorf("%s: no place means this one", c.Kind)
}
