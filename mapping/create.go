package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/record"
)

// A Created is a request that creates a document. Defaulted holds the values that the profile filled in because nobody
// gave any. They are no data: what is read back of them says nothing about the person.
type Created struct {
	Write     record.Write
	Defaulted map[record.Kind]map[record.Field]record.Value
}

// Create returns the one request that creates a document: the member with the kinds that go together with it, or one child
// whose Parent is the member's document, or an affiliation that is asked for (its Set holds the member's number and birth
// date besides its own fields). Empty values are left out.
//
// A change of the member that is no creation only tells what is known of the member to whom a child is added; a default
// that is the member's (a subscription's language) is taken from it.
//
// alternative is that of Fold. An error says that a value cannot be written here (Express), unless a default takes its
// place, or that a change does not go together with the first.
func (p *Profile) Create(changes []record.Change, today record.Date, alternative map[record.Field]bool) (Created, error) {
	var first *record.Change
	for i := range changes {
		if changes[i].Op == record.Create || changes[i].Op == record.Ask {
			first = &changes[i]
			break
		}
	}
	if first == nil {
		return Created{}, errors.New("create: there is nothing to create")
	}
	main := p.holding(first.Kind)
	if main == nil || main.at != "root" {
		return Created{}, fmt.Errorf("create: %s is no document of its own in %s", first.Kind, p.system)
	}
	c := &creator{
		profile: p, main: main.wire, changes: changes,
		created: Created{
			Write:     record.Write{Op: record.CreateDocument, Kind: main.wire.kind},
			Defaulted: map[record.Kind]map[record.Field]record.Value{},
		},
	}
	c.folder = folder{draft: newDraft(map[string]any{}), env: env{canon: p.canon, today: today, region: home}, alternative: alternative}
	c.folder.birthDate = c.member("birthDate")
	for _, o := range main.wire.constants {
		c.folder.draft.set(o.path, o.value)
	}
	for i := range changes {
		if err := c.add(&changes[i]); err != nil {
			return Created{}, fmt.Errorf("create: %s: %w", changes[i].Kind, err)
		}
	}
	var err error
	c.created.Write.Body, err = c.folder.draft.body()
	return c.created, err
}

// A creator makes one new document.
type creator struct {
	profile *Profile
	main    *wire
	changes []record.Change
	folder  folder
	created Created
}

// member returns what the changes say of the member.
func (c *creator) member(f record.Field) record.Value {
	for _, change := range c.changes {
		if change.Kind == c.profile.domain.schema.Kinds[0].Name {
			return change.Set[f]
		}
	}
	return record.NotCarried()
}

// add puts one change into the document.
func (c *creator) add(change *record.Change) error {
	if change.Op != record.Create && change.Op != record.Ask {
		return nil
	}
	h := c.profile.holding(change.Kind)
	switch {
	case h == nil:
		return fmt.Errorf("it has no place in %s", c.profile.system)
	case h.wire != c.main && (h.together == nil || h.together.wire != c.main.kind):
		return fmt.Errorf("it is not created together with the document of %s", c.main.kind)
	}
	values, err := c.fill(h, change)
	if err != nil {
		return err
	}
	switch {
	case h.wire != c.main:
		return c.inside(h, values)
	case h.at != "root":
		return c.folder.fold(h, &record.Change{Kind: change.Kind, Identity: change.Identity, Op: record.Create, Set: values})
	}
	if err := c.references(h, change); err != nil {
		return err
	}
	c.folder.fields(h.fields, values)
	return nil
}

// fill returns the values to write: those of the change that say something, and a default where there is none that this
// side has a word for.
func (c *creator) fill(h *holding, change *record.Change) (map[record.Field]record.Value, error) {
	values := map[record.Field]record.Value{}
	for f, v := range change.Set {
		if v.HasText() {
			values[f] = v
		}
	}
	issues := h.express(change, c.folder.env.today)
	for f := range issues {
		delete(values, f)
	}
	for _, o := range h.onCreate {
		if o.path != nil {
			c.folder.draft.set(o.path, o.value)
			continue
		}
		v := c.defaulted(o)
		if _, given := values[o.field]; given || !v.HasText() {
			continue
		}
		if f := h.field(o.field); f == nil || f.express(v, c.folder.env.today) != "" {
			continue
		}
		values[o.field] = v
		delete(issues, o.field)
		if c.created.Defaulted[change.Kind] == nil {
			c.created.Defaulted[change.Kind] = map[record.Field]record.Value{}
		}
		c.created.Defaulted[change.Kind][o.field] = v
	}
	if len(issues) > 0 {
		return nil, fmt.Errorf("%v cannot be written here", slices.Sorted(maps.Keys(issues)))
	}
	return values, nil
}

func (c *creator) defaulted(o onCreate) record.Value {
	switch {
	case o.today:
		return record.Of(c.folder.env.today.String())
	case o.member != "":
		return c.member(o.member)
	default:
		if said, ok := c.profile.said[o.constant]; ok {
			return record.Of(said)
		}
		return record.Of(o.value)
	}
}

// inside puts a child into the array that the document creates it from.
func (c *creator) inside(h *holding, values map[record.Field]record.Value) error {
	child := folder{draft: newDraft(map[string]any{}), env: c.folder.env}
	for f := range values {
		if !slices.Contains(h.together.fields, f) {
			delete(values, f)
		}
	}
	child.fields(h.fields, values)
	before, _ := h.together.array.get(c.folder.draft.root)
	list, _ := before.([]any) // nothing there is an empty list
	c.folder.draft.set(h.together.array, append(list, any(child.draft.root)))
	return nil
}

// references writes what ties a child to its member, and what tells it apart from the member's others.
func (c *creator) references(h *holding, change *record.Change) error {
	d := c.folder.draft
	if change.Op == record.Ask {
		if len(h.ask) == 0 {
			return fmt.Errorf("nobody is asked for it in %s", c.profile.system)
		}
		for f, at := range h.ask {
			v := change.Set[f]
			if !v.HasText() {
				return fmt.Errorf("%s is missing, without which nobody can be asked for", f)
			}
			d.set(at, v.Text())
		}
		return nil
	}
	if h.parent != nil {
		id, ok := strings.CutPrefix(change.Parent, h.prefix)
		if !ok || id == "" {
			return fmt.Errorf("it has no parent under %s", h.prefix)
		}
		d.set(h.parent, id)
	}
	parts := strings.Split(change.Identity, "|")
	for i, at := range h.identity {
		if i < len(parts) && parts[i] != "" {
			d.set(at, parts[i])
		}
	}
	return nil
}
