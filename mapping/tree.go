package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// A path leads from the root of a document to a value in it, one member name per step.
type path []string

func parsePath(text string) path { return strings.Split(text, ".") }

func (p path) String() string { return strings.Join(p, ".") }

// get returns what stands at the path. It reports false when the path does not lead to a member that is there: a missing
// or null object on the way hides what is in it.
func (p path) get(root map[string]any) (any, bool) {
	for _, name := range p[:len(p)-1] {
		inner, ok := root[name].(map[string]any)
		if !ok {
			return nil, false
		}
		root = inner
	}
	value, ok := root[p[len(p)-1]]
	return value, ok
}

// A draft is a document that is being changed, and which of its top-level members were touched.
type draft struct {
	root    map[string]any
	touched map[string]bool
}

func newDraft(root map[string]any) *draft { return &draft{root: root, touched: map[string]bool{}} }

// set puts a value at a path and makes the objects on the way that are not there.
func (d *draft) set(p path, value any) {
	d.touched[p[0]] = true
	at := d.root
	for _, name := range p[:len(p)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[name] = inner
		}
		at = inner
	}
	at[p[len(p)-1]] = value
}

// remove takes the member at a path away.
func (d *draft) remove(p path) {
	d.touched[p[0]] = true
	at := d.root
	for _, name := range p[:len(p)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			return
		}
		at = inner
	}
	delete(at, p[len(p)-1])
}

// body returns the touched members, each whole, as JSON; nil when nothing was touched.
func (d *draft) body() ([]byte, error) {
	if len(d.touched) == 0 {
		return nil, nil
	}
	members := map[string]any{}
	for name := range d.touched {
		if value, ok := d.root[name]; ok {
			members[name] = value
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(members); err != nil {
		return nil, errors.New("the document cannot be written as JSON")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// parse reads a JSON object, its numbers as they are spelled. The errors hold nothing of the body.
func parse(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var root map[string]any
	if err := decoder.Decode(&root); err != nil || root == nil {
		return nil, errors.New("the body is no JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the body holds more than one JSON object")
	}
	return root, nil
}

// scalar returns a JSON value as a text, and false for one that is none: an object, or a list with something in it.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case []any:
		return "", len(v) == 0
	default:
		return "", false
	}
}
