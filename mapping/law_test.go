package mapping

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"passerelle/internal/record"
)

// lawful loads a profile for the tests that look inside it.
func lawful(tb testing.TB, system, overlay string) *Profile {
	tb.Helper()
	p, err := LoadText(system, []byte(overlay), "tvb.yaml", Link{Constants: map[string]string{"clubNumber": "1.01.05.4521.00-0"}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

const clubOverlay = `profile: fairgate
places:
  memberNumber: custom_fields.101
  category: membership.membership
  exitDate: custom_fields.103
  phonePrivate: custom_fields.106
  nationality: custom_fields.107
functions:
  place: custom_fields.104
  choices: {"Leiter": {function: LEI}, "Präsidentin": {function: PRA, organ: VST}}
subscriptions:
  - {publication: GYMLIVE, place: custom_fields.105, values: {"Papier": print, "Digital": digital}}
codes:
  category: {"01": ["Aktive Turner", "Aktive"], "12": ["Knaben"]}
`

const federationOverlay = `profile: fairgate-federation
functions:
  choices: {"12": {function: PRA, organ: VST}, "13": {function: KAS, organ: VST}}
codes:
  category: {"01": ["Aktive Turner", "Aktive"], "12": ["Knaben"]}
`

func profiles(tb testing.TB) map[string]*Profile {
	tb.Helper()
	return map[string]*Profile{
		"stv":                 lawful(tb, "stv", ""),
		"fairgate":            lawful(tb, "fairgate", clubOverlay),
		"fairgate-federation": lawful(tb, "fairgate", federationOverlay),
	}
}

// A profile in which one field is wrong is refused, with the field and what it loses.
func TestALossyProfileIsRefused(t *testing.T) {
	t.Parallel()
	const frame = `profile: test
domain: club
empty: "null"
wire:
  - kind: people
    id: id
    holds:
      - kind: member
        fields:
          %
`
	rows := []struct {
		name  string
		field string
		want  string
	}{
		{name: "a field that is written where it is not read", field: "city: {read: city, write: town}", want: "member.city loses information: what is written for the sample"},
		{name: "two codes with one spelling", field: "gender: {read: sex, codes: {M: [x], F: [x]}}", want: `member.gender loses information: what is written for the sample "M"`},
		{name: "a spelling that no reader knows", field: "language: {read: lang, as: boolean}", want: "member.language loses information"},
		{name: "a second place that is never read", field: "email: {read: a, write: where read, or: {path: b, when: child}}", want: "what goes to the other place of email would not be read back"},
		{name: "a name of a condition that there is not", field: "email: {read: [a, b], write: where read, or: {path: b, when: adult}}", want: `"adult" is not known here; write one of child`},
		{name: "two places of which none is written", field: "email: {read: [a, b]}", want: "the field email is read from several paths; say under write which of them is written"},
		{name: "a field of no kind", field: "shoeSize: {read: a}", want: `test.yaml:10: the kind member has no field "shoeSize"; correct its name`},
		{name: "a word outside the vocabulary", field: "city: {raed: a}", want: `test.yaml:10: unknown key "raed"; remove it or correct its spelling`},
		{name: "an expression", field: "city: {read: a, as: upper}", want: `test.yaml:10: "upper" is not known here; write one of text, number, boolean`},
		{name: "a field that is nowhere", field: "city: {required: always}", want: "the field city is read from nowhere"},

		{name: "a field that is right", field: "city: {read: a}"},
		{name: "a loss that is declared", field: "city: {read: a, longest: 10, lossy: [cut, lower]}"},
		{name: "a field that is left out when empty", field: "city: {read: a, empty: out}"},
		{name: "absent is empty", field: "city: {read: a, absent: empty, empty: out}"},
		{name: "a field that is written to two places", field: "city: {read: a, write: [a, b]}"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := assemble([]layer{{"test.yaml", []byte(strings.Replace(frame, "%", tt.field, 1))}}, Link{})
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestAnEndThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	const profile = `profile: test
domain: club
empty: "null"
wire:
  - kind: people
    id: id
    holds:
      - kind: affiliation
        life: {path: status, ended: [archived], archive: gone}
        fields: {category: {read: category}}
`
	_, err := assemble([]layer{{"test.yaml", []byte(profile)}}, Link{})
	if err == nil || !strings.Contains(err.Error(), "affiliation cannot be ended") {
		t.Errorf("error %v, want that the affiliation cannot be ended", err)
	}
}

// drawDocument draws a document of a wire kind: each place absent, empty, or with something in it that may be readable.
func drawDocument(t *rapid.T, w *wire) record.Document {
	d := newDraft(map[string]any{})
	texts := []any{
		nil, "", " ", "x", "Mu\u0308ller ", "M\u00fcller\u00a0Huber", "12345", "012345", "F", "male", "de", "FR", "en", "CH", "Suisse", "079 733 58 42",
		"intern 23", "A@Example.org", "01", "aktive", "Knaben", "print", "Papier", "2010-02-28", "31.12.2026", "2020-02-03T04:05:06+14:00",
		true, false,
		map[string]any{"a": "b"},
		[]any{},
		"active", "archived", "singleperson", "company",
	}
	for _, u := range w.uses() {
		if rapid.Bool().Draw(t, "there "+u.at) {
			d.set(parsePath(u.at), rapid.SampledFrom(texts).Draw(t, u.at))
		}
	}
	for _, h := range w.holds {
		if h.place == nil {
			continue
		}
		elements := []any{"Leiter", "Präsidentin", "Fahnenträger", map[string]any{"role_id": "12"}, map[string]any{"role_id": "99"}, nil}
		d.set(h.place, rapid.SliceOf(rapid.SampledFrom(elements)).Draw(t, "choices"))
	}
	if w.only != nil {
		d.set(w.only.path, w.only.values[0])
	}
	d.set(w.id, "1")
	return record.Document{Kind: w.kind, Ref: w.kind + "/1", Body: encoded(d.root)}
}

// drawChanges draws changes that a side has a word for, of records that a blank document could hold.
func drawChanges(t *rapid.T, w *wire, day record.Date) []record.Change {
	var changes []record.Change
	for _, h := range w.holds {
		if h.at != "root" {
			continue
		}
		c := record.Change{Kind: h.def.Name, Op: record.Update, Set: map[record.Field]record.Value{}}
		for _, f := range h.fields {
			if len(f.writes) == 0 || !rapid.Bool().Draw(t, "set "+string(f.def.Name)) {
				continue
			}
			v := record.Of(rapid.SampledFrom(f.samples()).Draw(t, string(f.def.Name)).text)
			if f.required == "" && rapid.IntRange(0, 3).Draw(t, "clear "+string(f.def.Name)) == 0 {
				v = record.Empty()
			}
			if f.express(v, day) == "" {
				c.Set[f.def.Name] = v
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// write(read(d)) = d: what was read is written as nothing at all.
func TestWritingWhatWasReadChangesNothing(t *testing.T) {
	t.Parallel()
	for name, p := range profiles(t) {
		for _, w := range p.wires {
			t.Run(name+" "+w.kind, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) {
					doc := drawDocument(t, w)
					taken, err := p.Take(doc, sampleDay())
					if err != nil {
						return
					}
					write, err := p.Fold(doc, echo(p, taken), sampleDay(), nil)
					if err != nil || write.Body != nil {
						t.Fatalf("%s\nwrites %s, %v", doc.Body, write.Body, err)
					}
				})
			})
		}
	}
}

// echo returns changes that write what was read.
func echo(p *Profile, taken record.Taken) []record.Change {
	var changes []record.Change
	for _, r := range taken.Records {
		op := record.Update
		if p.Inside(r.Kind) && r.Ref.Key != "" {
			op = record.Create
		}
		c := record.Change{Kind: r.Kind, Identity: r.Identity, Ref: r.Ref, Parent: r.Parent, Op: op, Set: map[record.Field]record.Value{}}
		maps.Copy(c.Set, r.Fields)
		for f := range r.Issues {
			if op == record.Create && f == "delivery" {
				c.Op = record.Update
			}
		}
		changes = append(changes, c)
	}
	return changes
}

// read(write(x, d)) = canon(x), whatever stood there before, and nothing that is not ours is touched.
func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	for name, p := range profiles(t) {
		for _, w := range p.wires {
			t.Run(name+" "+w.kind, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) { writeAndReadBack(t, p, w) })
			})
		}
	}
}

func writeAndReadBack(t *rapid.T, p *Profile, w *wire) {
	doc, day := drawDocument(t, w), sampleDay()
	for _, c := range drawChanges(t, w, day) {
		after, err := p.after(w, doc, c, day)
		if err != nil {
			t.Fatal(err)
		}
		root, err := parse(after.Body)
		if err != nil {
			t.Fatal(err)
		}
		e := p.env(w, root, day)
		for f, want := range c.Set {
			at := w.holding(c.Kind).field(f)
			got := at.read(root, e)
			if want.IsEmpty() && len(at.reads) > 1 {
				continue // an emptied place lets the next one through
			}
			if hiddenBefore(at, root) {
				continue
			}
			if got.value != want {
				t.Fatalf("%s\n%s.%s: wrote %q, read %q %s\n%s", doc.Body, c.Kind, f, want.Text(), got.value.Text(), got.issue, after.Body)
			}
		}
	}
}

// hiddenBefore reports whether a place that is absent hides the field in this document.
func hiddenBefore(f *field, root map[string]any) bool {
	_, ok := f.reads[0].get(root)
	return !ok && f.absent == "hidden"
}

// FuzzTake reads anything as a document: what is taken folds back into it without a change, and no error quotes a value, for
// which a mark stands in place of every hash.
func FuzzTake(f *testing.F) {
	f.Add("members", []byte(`{"id": "#", "birthDate": "#"`))
	f.Add("affiliations", []byte(`{"id": "1", "memberId": ["#"], "category": {"#": "#"}}`))
	f.Add("contact", []byte(`{"basefields": {"contact_id": "#", "birthday": "#"}, "custom_fields": {"104": {"#": "#"}}}`))
	f.Add("contact", []byte(`{"basefields": "#"}`))
	f.Add("members", []byte(`{"id": "1", "status": "active", "phoneMobile": "079 733 58 42"}`))
	f.Add("affiliations", []byte(`{"id": "1", "memberId": "m", "clubNumber": "1.01.05.4521.00-0", "category": "01", "status": "left"}`))
	f.Add("contact", []byte(`{"basefields": {"contact_id": 1, "contact_type": "singleperson"}, "status": "", "custom_fields": {"104": ["Leiter", "x"], "105": "Papier"}}`))
	all := profiles(f)
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		const mark = "Qzx@mark"
		body = bytes.ReplaceAll(body, []byte("#"), []byte(mark))
		for _, p := range all {
			doc := record.Document{Kind: kind, Ref: kind + "/1", Body: body}
			taken, err := p.Take(doc, sampleDay())
			if err != nil && strings.Contains(err.Error(), mark) && !strings.Contains(kind, mark) {
				t.Errorf("the error quotes the document: %v", err)
			}
			if err != nil || len(taken.Records) == 0 || len(taken.Covers) == 0 {
				continue
			}
			write, err := p.Fold(doc, echo(p, taken), sampleDay(), nil)
			if err != nil && strings.Contains(err.Error(), mark) && !strings.Contains(kind, mark) {
				t.Errorf("the error of a write quotes the document: %v", err)
			}
			if err != nil || write.Body != nil {
				t.Errorf("writes %s, %v", write.Body, err)
			}
		}
	})
}

func FuzzOverlay(f *testing.F) {
	f.Add([]byte(clubOverlay))
	f.Add([]byte(federationOverlay))
	f.Add([]byte("profile: fairgate\nplaces: {a.b: c}\ncodes: {category: {\"01\": [{from: 2027-01-01}]}}\n"))
	f.Fuzz(func(t *testing.T, overlay []byte) {
		p, err := LoadText("fairgate", overlay, "tvb.yaml", Link{})
		if (p == nil) != (err != nil) {
			t.Errorf("profile %v, error %v, want one of them", p != nil, err)
		}
	})
}
