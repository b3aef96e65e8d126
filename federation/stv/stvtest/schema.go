package stvtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// entity is a *Member, *Affiliation, *Function or *Subscription.
type entity interface{ meta() *Meta }

func (m *Meta) meta() *Meta { return m }

// field is one property of an entity set, as its struct tags describe it.
type field struct {
	name     string
	index    []int
	form     string // the word of the rule tag that says how the text must look; empty is any text
	kind     reflect.Kind
	required bool
	derived  bool // set by the federation
	key      bool // given when the entity is created, never changed
}

// set describes one of the four entity sets.
type set struct {
	name      string
	fields    []field
	deletable bool
}

// The names of the entity sets.
const (
	members       = "members"
	affiliations  = "affiliations"
	functions     = "functions"
	subscriptions = "subscriptions"
)

func newSets() map[string]*set {
	return map[string]*set{
		members:       {name: members, fields: fieldsOf(&Member{})},
		affiliations:  {name: affiliations, fields: fieldsOf(&Affiliation{})},
		functions:     {name: functions, fields: fieldsOf(&Function{}), deletable: true},
		subscriptions: {name: subscriptions, fields: fieldsOf(&Subscription{}), deletable: true},
	}
}

// fieldsOf reads the json and rule tags of an entity.
func fieldsOf(e entity) []field {
	var fields []field
	for _, sf := range reflect.VisibleFields(reflect.TypeOf(e).Elem()) {
		name := sf.Tag.Get("json")
		if name == "" || name == "-" {
			continue
		}
		f := field{name: name, index: sf.Index, kind: sf.Type.Kind()}
		for word := range strings.SplitSeq(sf.Tag.Get("rule"), ",") {
			switch word {
			case "required":
				f.required = true
			case "derived":
				f.derived = true
			case "key":
				f.key = true
			default:
				f.form = word
			}
		}
		fields = append(fields, f)
	}
	return fields
}

// field returns the property of that name.
func (t *set) field(name string) (field, bool) {
	i := slices.IndexFunc(t.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return t.fields[i], true
}

// get returns the property as it is served: nil where it is empty.
func (f field) get(e entity) any {
	v := reflect.ValueOf(e).Elem().FieldByIndex(f.index).Interface()
	switch v := v.(type) {
	case time.Time:
		return stamp(v)
	case string:
		if v == "" {
			return nil
		}
	case int:
		if v == 0 {
			return nil
		}
	}
	return v
}

// put stores a value of the property's own type; nil empties it.
func (f field) put(e entity, value any) {
	v := reflect.ValueOf(e).Elem().FieldByIndex(f.index)
	if value == nil {
		v.SetZero()
		return
	}
	v.Set(reflect.ValueOf(value))
}

// render returns the entity as JSON members: id and etag, and the properties that keep lets through.
func (t *set) render(e entity, keep func(name string) bool) map[string]any {
	out := map[string]any{"id": e.meta().ID, "@odata.etag": e.meta().ETag}
	for _, f := range t.fields {
		if keep(f.name) {
			out[f.name] = f.get(e)
		}
	}
	return out
}

func everything(string) bool { return true }

// clone returns a copy of e to work on.
func clone(e entity) entity {
	switch e := e.(type) {
	case *Member:
		c := *e
		return &c
	case *Affiliation:
		c := *e
		return &c
	case *Function:
		c := *e
		return &c
	case *Subscription:
		c := *e
		return &c
	default:
		panic(fmt.Sprintf("stvtest: no such entity: %T", e))
	}
}

// stamp writes a time as the contract does: UTC, whole seconds.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
