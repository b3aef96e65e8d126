package record

// A Schema lists the kinds of a domain, a person's own kind first, children in the order in which they are written.
type Schema struct {
	Domain string
	Kinds  []KindDef
}

// A KindDef defines a kind. Identity names the fields that tell the children of one person apart; the member itself, and
// whatever a person has only once, has none. Leads marks the kind whose life is the person's life (DESIGN, Kinds: a member
// follows its affiliation).
type KindDef struct {
	Name     Kind
	Leads    bool
	Identity []Field
	Fields   []FieldDef
}

// A FieldDef defines a field of a kind. Fields that name the same Group move or wait together. Derived names the side that
// gives the value and is never written to; it is empty for a field that people edit. End marks the field that holds the
// day of the record's end.
type FieldDef struct {
	Name     Field
	Type     Type
	Group    string
	Derived  Side
	Personal bool
	End      bool
}

// A Type is the form of a field's canonical text.
type Type string

// The types, each with its canonical text.
const (
	Text         Type = "text"         // NFC, spaces collapsed and trimmed
	Name         Type = "name"         // as text
	CivilDate    Type = "date"         // YYYY-MM-DD
	Phone        Type = "phone"        // E.164
	Email        Type = "email"        // as text, in lower case as a whole: the federation stores it so
	Country      Type = "country"      // ISO 3166 alpha-2
	Language     Type = "language"     // ISO 639-1
	Sex          Type = "sex"          // M or F
	Code         Type = "code"         // a code of the federation's tables
	Number       Type = "number"       // decimal digits without leading zeros
	MemberNumber Type = "memberNumber" // six digits, with leading zeros (WIRE.md 1)
	YesNo        Type = "yesno"        // yes or no
)

// Kind returns the definition of a kind, and nil for one that the domain does not have.
func (s *Schema) Kind(k Kind) *KindDef {
	for i := range s.Kinds {
		if s.Kinds[i].Name == k {
			return &s.Kinds[i]
		}
	}
	return nil
}

// Lead returns the kind whose life is the person's: the one marked so, else the person's own.
func (s *Schema) Lead() Kind {
	for i := range s.Kinds {
		if s.Kinds[i].Leads {
			return s.Kinds[i].Name
		}
	}
	return s.Kinds[0].Name
}

// Field returns the definition of a field, and nil for one that the kind does not have.
func (k *KindDef) Field(f Field) *FieldDef {
	for i := range k.Fields {
		if k.Fields[i].Name == f {
			return &k.Fields[i]
		}
	}
	return nil
}

// End returns the field that holds the day of the record's end, and "" when the kind has none.
func (k *KindDef) End() Field {
	for i := range k.Fields {
		if k.Fields[i].End {
			return k.Fields[i].Name
		}
	}
	return ""
}

// Units returns the fields in the units in which they are merged: each group as one, every other field by itself, in the
// order of the definition.
func (k *KindDef) Units() [][]Field {
	var units [][]Field
	at := map[string]int{}
	for _, f := range k.Fields {
		if i, ok := at[f.Group]; ok && f.Group != "" {
			units[i] = append(units[i], f.Name)
			continue
		}
		at[f.Group] = len(units)
		units = append(units, []Field{f.Name})
	}
	return units
}

// A Shape is what one side can hold, as its profile says it: the question of what may be planned for it at all.
type Shape struct {
	// Writable holds, per kind, the fields that have a place on this side which may be written, on a create included.
	Writable map[Kind]map[Field]bool
	// Required holds, per kind, the fields without which a create is refused and which no default fills.
	Required map[Kind][]Field
	// Children tells, per kind, whether a child with this identity has a place on this side.
	Children func(Kind, string) bool
	// EndAhead tells whether the side takes an end that lies ahead (WIRE.md 2: Fairgate refuses it).
	EndAhead bool
	// Together lists the kinds that are created in one document with the member; all others wait until the member is there.
	Together map[Kind]bool
}
