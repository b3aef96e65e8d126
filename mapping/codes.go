package mapping

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"passerelle/internal/record"
)

// A codeFile is how one code is spelled: a list of spellings, or one list for each span of years:
//
//	"12": [Knaben, Jugend]
//	"14": [{spellings: [Kinderturnen], until: 2026-12-31}, {spellings: [Kitu], from: 2027-01-01}]
type codeFile struct {
	years []span
}

// A span is how a code is spelled from one day to another, both included; a zero day is open.
type span struct {
	line        int
	spellings   words
	from, until record.Date
}

// UnmarshalYAML reads either form.
func (c *codeFile) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.SequenceNode || len(node.Content) == 0 || node.Content[0].Kind != yaml.MappingNode {
		s := span{line: node.Line}
		if err := node.Decode(&s.spellings); err != nil {
			return err
		}
		c.years = []span{s}
		return s.check(node.Line)
	}
	for _, entry := range node.Content {
		s, err := spanOf(entry)
		if err != nil {
			return err
		}
		c.years = append(c.years, s)
	}
	return nil
}

// spanOf reads one span key by key: a decoder that is started inside another one does not refuse unknown keys.
func spanOf(node *yaml.Node) (span, error) {
	s := span{line: node.Line}
	if node.Kind != yaml.MappingNode {
		return s, lineError(node.Line, "spellings with years are expected here")
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		var err error
		switch key.Value {
		case "spellings":
			err = value.Decode(&s.spellings)
		case "from":
			s.from, err = record.ParseDate(value.Value)
		case "until":
			s.until, err = record.ParseDate(value.Value)
		default:
			return s, lineError(key.Line, fmt.Sprintf("field %s not found in type span", key.Value))
		}
		if err != nil {
			return s, lineError(value.Line, fmt.Sprintf("%s: %v", key.Value, err))
		}
	}
	return s, s.check(node.Line)
}

func (s *span) check(line int) error {
	for _, w := range s.spellings {
		if clean(w.text) != "" {
			return nil
		}
	}
	return lineError(line, "a code has no spelling")
}

// lineError is an error that the YAML library collects with its own.
func lineError(line int, what string) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", line, what)}}
}
