package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"passerelle/internal/record"
)

// laws holds the profile to the two laws of the package comment, with documents that follow from the profile alone. The
// error says which field loses what, all at once.
func (p *Profile) laws() error {
	var broken []error
	for _, w := range p.wires {
		for _, h := range w.holds {
			for _, f := range h.fields {
				broken = append(broken, p.fieldLaws(w, f))
			}
			broken = append(broken, p.endLaw(w, h))
			for _, identity := range h.placed() {
				broken = append(broken, p.childLaws(w, h, identity))
			}
		}
	}
	return errors.Join(broken...)
}

// placed returns the identities that an overlay has placed.
func (h *holding) placed() []string {
	var all []string
	for _, c := range h.choices {
		all = append(all, c.identity)
	}
	for _, i := range h.identities {
		all = append(all, i.identity)
	}
	return all
}

// fieldLaws writes every sample of a field into an empty document, reads it back, and empties it again.
func (p *Profile) fieldLaws(w *wire, f *field) error {
	if len(f.writes) == 0 {
		return nil
	}
	for _, s := range f.samples() {
		loses := func(why string) error {
			return fmt.Errorf("%s: %s.%s loses information: %s", p.system, f.kind, f.def.Name, why)
		}
		change := record.Change{Kind: f.kind, Op: record.Update, Set: map[record.Field]record.Value{f.def.Name: record.Of(s.text)}}
		doc, err := p.after(w, w.blank(), change, s.day)
		if err != nil {
			return err
		}
		if got := p.valueIn(w, doc, f, s.day); got != record.Of(f.lose(s.text)) {
			return loses(fmt.Sprintf("what is written for the sample %q is not what is read back", s.text))
		}
		if again, err := p.after(w, doc, change, s.day); err != nil || string(again.Body) != string(doc.Body) {
			return loses(fmt.Sprintf("writing the sample %q twice changes what was written", s.text))
		}
		if f.required == "always" {
			continue
		}
		change.Set[f.def.Name] = record.Empty()
		if doc, err = p.after(w, doc, change, s.day); err != nil {
			return err
		}
		if got := p.valueIn(w, doc, f, s.day); !got.IsEmpty() && f.empty != "out" {
			return loses("what is emptied is not read back as empty")
		}
	}
	return nil
}

// endLaw ends a record and looks whether it has ended.
func (p *Profile) endLaw(w *wire, h *holding) error {
	if h.at != "root" || h.life.follows != "" || (h.life.archive == "" && (h.end() == nil || len(h.end().writes) == 0)) {
		return nil
	}
	day := sampleDay()
	doc, err := p.after(w, w.blank(), record.Change{Kind: h.def.Name, Op: record.End, On: day}, day)
	if err != nil {
		return err
	}
	root, err := parse(doc.Body)
	if err != nil {
		return err
	}
	if h.stage(root, p.env(w, root, day)).Stage != record.Ended {
		return fmt.Errorf("%s: %s cannot be ended: what is written as its end is not read as one", p.system, h.def.Name)
	}
	return nil
}

// childLaws makes a child in an empty document, looks for it, ends it, and looks again.
func (p *Profile) childLaws(w *wire, h *holding, identity string) error {
	set := map[record.Field]record.Value{}
	if h.at == "map" {
		i := slices.IndexFunc(h.identities, func(i identified) bool { return i.identity == identity })
		if i < 0 || len(h.identities[i].field.codes) == 0 {
			return nil
		}
		set[h.value] = record.Of(h.identities[i].field.codes[0].code)
	}
	doc, day := w.blank(), sampleDay()
	for _, op := range []record.Op{record.Create, record.End} {
		var err error
		if doc, err = p.after(w, doc, record.Change{Kind: h.def.Name, Identity: identity, Op: op, Set: set}, day); err != nil {
			return err
		}
		taken, err := p.Take(doc, day)
		if err != nil {
			return err
		}
		there := slices.ContainsFunc(taken.Records, func(r record.Record) bool {
			return r.Kind == h.def.Name && r.Identity == identity && (h.at != "map" || r.Fields[h.value] == set[h.value])
		})
		if there != (op == record.Create) {
			return fmt.Errorf("%s: %s %s loses information: after %s it is not read back", p.system, h.def.Name, identity, op)
		}
	}
	return nil
}

// blank returns a document in which everything that the profile reads is there and empty, of a person in scope.
func (w *wire) blank() record.Document {
	d := newDraft(map[string]any{})
	for _, h := range w.holds {
		for _, f := range h.fields {
			for _, at := range f.reads {
				d.set(at, nil)
			}
		}
		if h.place != nil {
			d.set(h.place, []any{})
		}
		for _, i := range h.identities {
			d.set(i.field.reads[0], nil)
		}
		for _, at := range h.identity {
			d.set(at, "A1")
		}
		if h.life.path != nil {
			d.set(h.life.path, append(h.life.present, "present")[0])
		}
		if h.parent != nil {
			d.set(h.parent, "1")
		}
	}
	if w.only != nil {
		d.set(w.only.path, w.only.values[0])
	}
	for _, c := range slices.Concat(w.scope.all, w.scope.any) {
		if len(c.values) > 0 && !c.not {
			d.set(c.path, c.values[0])
		}
	}
	d.set(w.id, "1")
	return record.Document{Kind: w.kind, Ref: w.kind + "/1", Body: encoded(d.root)}
}

// after returns the document as it stands when the server has carried out a change, top-level members replaced whole.
func (p *Profile) after(w *wire, doc record.Document, change record.Change, day record.Date) (record.Document, error) {
	write, err := p.Fold(doc, []record.Change{change}, day, nil)
	if err != nil || write.Body == nil {
		return doc, err
	}
	root, err := parse(doc.Body)
	if err != nil {
		return doc, err
	}
	given, err := parse(write.Body)
	if err != nil {
		return doc, err
	}
	maps.Copy(root, given)
	return record.Document{Kind: w.kind, Ref: doc.Ref, Body: encoded(root)}, nil
}

func encoded(root map[string]any) []byte {
	body, err := json.Marshal(root)
	if err != nil {
		panic("mapping: a parsed document that cannot be written: " + err.Error())
	}
	return body
}

func (p *Profile) valueIn(w *wire, doc record.Document, f *field, day record.Date) record.Value {
	root, err := parse(doc.Body)
	if err != nil {
		return record.NotCarried()
	}
	return f.read(root, p.env(w, root, day)).value
}

// A sample is a canonical value, and a day on which it can be written.
type sample struct {
	text string
	day  record.Date
}

func sampleDay() record.Date { return record.Date{Year: 2026, Month: 1, Day: 31} }

// samples returns canonical values of the field's type that this side has a word for; of a field with codes, every code in
// each of its spans of years.
func (f *field) samples() []sample {
	var all []sample
	for _, c := range f.codes {
		s := sample{c.code, sampleDay()}
		switch {
		case !c.from.IsZero():
			s.day = c.from
		case !c.until.IsZero():
			s.day = c.until
		}
		all = append(all, s)
	}
	if len(all) > 0 {
		return all
	}
	for _, text := range typeSamples(f.def.Type) {
		if f.express(record.Of(text), sampleDay()) == "" {
			all = append(all, sample{text, sampleDay()})
		}
	}
	return all
}

func typeSamples(t record.Type) []string {
	switch t {
	case record.Text, record.Name:
		return []string{"Zoë d'Äß-Ñandú", "7B", "Im langen Loh 12, Haus zur Rosskastanie, c/o Turnverein"}
	case record.CivilDate:
		return []string{"2010-02-28", "1931-12-01"}
	case record.Phone:
		return []string{"+41797335842", "+4915123456789"}
	case record.Email:
		return []string{"a.b@example.org"}
	case record.Country:
		return []string{"CH", "LI"}
	case record.Language:
		return []string{"de", "it"}
	case record.Sex:
		return []string{"M", "F"}
	case record.Code:
		return []string{"01", "print"}
	case record.Number:
		return []string{"1", "20"}
	case record.MemberNumber:
		return []string{"012345", "654321"}
	case record.YesNo:
		return []string{"yes", "no"}
	default:
		return nil
	}
}
