package stv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/record"
)

// A place is where a document is: its wire kind and its GUID. As a reference it is written "members/<guid>".
type place struct{ kind, id string }

func (p place) ref() string { return p.kind + "/" + p.id }

// placeOf reads a reference.
func (s *System) placeOf(ref string) (place, error) {
	kind, id, _ := strings.Cut(ref, "/")
	if !slices.Contains(s.Kinds(), kind) || !isGUID(id) {
		return place{}, mistake("this is no reference to a document of the federation")
	}
	return place{kind, id}, nil
}

// address returns the URL of a document.
func (s *System) address(p place) *url.URL {
	return s.base.JoinPath(p.kind + "(" + p.id + ")")
}

// stampProperty is when an entity was last changed, by the federation's clock, in whole seconds (WIRE.md 1). It is asked for
// in listings only, and is no part of a document: a stamp that moves by itself changes nobody (INCIDENTS 35).
const stampProperty = "lastModifiedDateTime"

// selection returns the option that names the properties to ask for, those that are mapped and others besides.
func (s *System) selection(kind string, besides ...string) url.Values {
	names := slices.Concat(s.selected[kind], besides)
	slices.Sort(names)
	return url.Values{"$select": {strings.Join(slices.Compact(names), ",")}}
}

// stampOf returns the stamp of an entity, zero where it has none that can be read.
func stampOf(entity []byte) time.Time {
	var stamped struct {
		At string `json:"lastModifiedDateTime"`
	}
	if json.Unmarshal(entity, &stamped) != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, stamped.At)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// document returns the entity in data as it came. It is an error without an id and a version: then it is none.
func document(kind string, data []byte) (record.Document, error) {
	var entity struct {
		ID   string `json:"id"`
		ETag string `json:"@odata.etag"`
	}
	if err := json.Unmarshal(data, &entity); err != nil || !isGUID(entity.ID) || entity.ETag == "" {
		return record.Document{}, errors.New("an entity without id or version")
	}
	return record.Document{Kind: kind, Ref: place{kind, entity.ID}.ref(), Version: entity.ETag, Body: data}, nil
}

// trimmed returns the entity in data with what was selected and nothing else. An answer to a write holds everything, and a
// read may have notes of the protocol; a document has the same bytes wherever it comes from.
func (s *System) trimmed(kind string, data []byte) (record.Document, error) {
	body, err := only(data, func(name string) bool {
		return name == "@odata.etag" || slices.Contains(s.selected[kind], name)
	})
	if err != nil {
		return record.Document{}, err
	}
	return document(kind, body)
}

// only returns a JSON object with the properties that keep lets through, in their order and their spelling.
func only(object []byte, keep func(name string) bool) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	out := []byte{'{'}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("read an entity: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, fmt.Errorf("read an entity: %w", err)
		}
		name, _ := key.(string) // the key of an object is never anything else
		if !keep(name) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, fmt.Errorf("read an entity: %w", err)
		}
		out = append(append(append(out, quoted...), ':'), value...)
	}
	return append(out, '}'), nil
}

// isGUID reports whether text is a GUID in its usual form, in small or capital letters.
func isGUID(text string) bool {
	for i, r := range text {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if r != '-' {
				return false
			}
		case !strings.ContainsRune("0123456789abcdefABCDEF", r):
			return false
		}
	}
	return len(text) == len("00000000-0000-0000-0000-000000000000")
}

// isName reports whether text can be the name of a property or of a refusal. Nothing else that the federation says is
// passed on: it might be a value.
func isName(text string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return text != "" && len(text) <= 60 && strings.Trim(text, letters) == ""
}

// isNumber reports whether text can be a member number.
func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
