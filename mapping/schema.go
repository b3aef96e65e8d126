package mapping

import (
	"embed"
	"fmt"

	"passerelle/internal/record"
)

//go:generate go test -run ^TestFields$ -count=1 . -args update

//go:embed kinds/*.yaml profiles/*.yaml
var shipped embed.FS

// A domainFile is kinds/<domain>.yaml.
type domainFile struct {
	Domain string            `yaml:"domain"`
	Forms  map[string]string `yaml:"forms"`
	Kinds  []struct {
		Name     string   `yaml:"name"`
		Leads    bool     `yaml:"leads"`
		Without  string   `yaml:"without"`
		Identity []string `yaml:"identity"`
		Fields   []struct {
			Name     string `yaml:"name"`
			Type     string `yaml:"type"`
			Group    string `yaml:"group"`
			Derived  string `yaml:"derived"`
			Personal bool   `yaml:"personal"`
			End      bool   `yaml:"end"`
			Without  string `yaml:"without"`
		} `yaml:"fields"`
	} `yaml:"kinds"`
}

// A domain is a schema and what belongs to it besides: the forms of codes, and what is impossible without a place, by
// "kind" or "kind.field".
type domain struct {
	schema  *record.Schema
	forms   map[string]string
	without map[string]string
}

// Schema returns the kinds and fields of a domain. The only one so far is "club" (DESIGN, Kinds). The fields that tell
// children apart are not among a kind's Fields: they stand in a record's Identity. An error says that there is no such domain.
func Schema(name string) (*record.Schema, error) {
	d, err := loadDomain(name)
	if err != nil {
		return nil, err
	}
	return d.schema, nil
}

func loadDomain(name string) (*domain, error) {
	text, err := shipped.ReadFile("kinds/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("there is no domain %q", name)
	}
	var file domainFile
	p := &problems{file: name + ".yaml"}
	p.decode(text, &file)
	if err := p.err(); err != nil {
		return nil, err
	}
	d := &domain{schema: &record.Schema{Domain: file.Domain}, forms: file.Forms, without: map[string]string{}}
	for _, k := range file.Kinds {
		def := record.KindDef{Name: record.Kind(k.Name), Leads: k.Leads}
		d.without[k.Name] = k.Without
		for _, name := range k.Identity {
			def.Identity = append(def.Identity, record.Field(name))
		}
		for _, f := range k.Fields {
			def.Fields = append(def.Fields, record.FieldDef{
				Name: record.Field(f.Name), Type: record.Type(f.Type), Group: f.Group,
				Derived: record.Side(f.Derived), Personal: f.Personal, End: f.End,
			})
			d.without[k.Name+"."+f.Name] = f.Without
		}
		d.schema.Kinds = append(d.schema.Kinds, def)
	}
	return d, nil
}
