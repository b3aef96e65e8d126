package propose

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"passerelle/mapping"
)

//go:embed spellings.yaml
var spellings []byte

// names tells what a text means by itself: a category by its code or a name, a delivery by its word.
type names struct {
	category map[string]map[string]bool // a folded name to the codes it is a name of
	parts    map[string][]map[string]bool
	codes    map[string]bool
	delivery map[string]string
}

// namesOf adds the federation's table to the spellings that are known without it.
func namesOf(table []Code) (names, error) {
	var file struct {
		Category map[string][]string `yaml:"category"`
		Delivery map[string][]string `yaml:"delivery"`
	}
	if err := yaml.Unmarshal(spellings, &file); err != nil {
		return names{}, fmt.Errorf("spellings.yaml: %w", err)
	}
	n := names{category: map[string]map[string]bool{}, parts: map[string][]map[string]bool{}, codes: map[string]bool{}, delivery: map[string]string{}}
	for _, row := range table {
		n.codes[row.Code] = true
		n.add(row.Code, row.Names)
	}
	for code, known := range file.Category {
		if len(table) > 0 && !n.codes[code] {
			continue // the federation has it no longer
		}
		n.add(code, known)
	}
	for word, known := range file.Delivery {
		for _, name := range known {
			n.delivery[mapping.FoldName(name)] = word
		}
	}
	return n, nil
}

func (n *names) add(code string, known []string) {
	n.codes[code] = true
	for _, name := range known {
		folded := mapping.FoldName(name)
		if n.category[folded] == nil {
			n.category[folded] = map[string]bool{}
		}
		n.category[folded][code] = true
		if parts := partsOf(name); len(parts) > 1 {
			n.parts[code] = append(n.parts[code], parts)
		}
	}
}

// partsOf returns the folded parts of a name like Muki/Vaki.
func partsOf(name string) map[string]bool {
	parts := map[string]bool{}
	for part := range strings.SplitSeq(name, "/") {
		parts[mapping.FoldName(part)] = true
	}
	return parts
}

// codeOf returns the category that a text is the code or the name of, "" where it is none or the name of several.
func (n *names) codeOf(text string) string {
	if regexp.MustCompile(`^[0-9]{1,2}$`).MatchString(text) {
		if code := strings.Repeat("0", 2-len(text)) + text; n.codes[code] {
			return code
		}
		return ""
	}
	if codes := n.category[mapping.FoldName(text)]; len(codes) > 0 {
		return only(codes)
	}
	codes := map[string]bool{}
	for code, all := range n.parts {
		for _, parts := range all {
			if within(partsOf(text), parts) {
				codes[code] = true
			}
		}
	}
	return only(codes)
}

func within(some, all map[string]bool) bool {
	for part := range some {
		if !all[part] {
			return false
		}
	}
	return true
}

// only returns the one element of a set, "" where there are none or several.
func only(set map[string]bool) string {
	if len(set) != 1 {
		return ""
	}
	for one := range set {
		return one
	}
	return ""
}
