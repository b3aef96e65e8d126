package mapping

// A profileFile is profiles/<system>.yaml: the whole vocabulary of a profile.
type profileFile struct {
	Profile   word `yaml:"profile"`
	Domain    word `yaml:"domain"`
	Empty     word `yaml:"empty"`    // how empty is written: "null", text (""), or out (the member is left out)
	EndAhead  bool `yaml:"endAhead"` // the system takes an end that lies ahead
	Constants map[word]struct {
		Default string `yaml:"default"` // a constant without a default has to come from the link
	} `yaml:"constants"`
	Wire []wireFile `yaml:"wire"`
}

// A wireFile says what one wire kind holds.
type wireFile struct {
	Kind      word           `yaml:"kind"`
	ID        word           `yaml:"id"`        // the path of the document's own identifier
	Only      *conditionFile `yaml:"only"`      // documents that fail it hold nothing of ours
	Scope     scopeFile      `yaml:"scope"`     // documents that fail it are outside, none of their data is read
	Constants []onCreateFile `yaml:"constants"` // written when a document is created
	Holds     []holdingFile  `yaml:"holds"`
}

// A holdingFile says how records of one kind stand in a document: at its root, as the elements of an array, or each at a
// place of its own ("map").
type holdingFile struct {
	Kind     word               `yaml:"kind"`
	At       word               `yaml:"at"` // root (the default), array or map; array and map are placed by an overlay
	Value    word               `yaml:"value"`
	Assumed  bool               `yaml:"assumed"`
	Parent   *parentFile        `yaml:"parent"`
	Together *togetherFile      `yaml:"together"`
	Ask      map[word]word      `yaml:"ask"` // a field of the member to its path, when an affiliation is asked for
	Identity map[word]word      `yaml:"identity"`
	Life     lifeFile           `yaml:"life"`
	Scope    scopeFile          `yaml:"scope"`
	Fields   map[word]fieldFile `yaml:"fields"`
	OnCreate []onCreateFile     `yaml:"onCreate"`
}

// A parentFile is a reference: the path that holds the identifier of the member's document.
type parentFile struct {
	Path word `yaml:"path"`
	Wire word `yaml:"wire"`
}

// A togetherFile says that a child is created inside the document of another wire kind, with these fields only.
type togetherFile struct {
	Wire   word  `yaml:"wire"`
	Array  word  `yaml:"array"`
	Fields words `yaml:"fields"`
}

// A lifeFile says how the stage of a record is read, and how its end is written where its end field has no place.
type lifeFile struct {
	Follows word  `yaml:"follows"` // the kind in the same document whose life this one shares
	Path    word  `yaml:"path"`
	Present words `yaml:"present"` // without it: every text that is not an end
	Ended   words `yaml:"ended"`
	End     word  `yaml:"end"`     // the path of the end, where no field holds it
	Archive word  `yaml:"archive"` // what is written to path to end the record
	Revive  word  `yaml:"revive"`  // what is written to path to take that back
	Unbegun word  `yaml:"unbegun"` // delete: a record that has not begun is deleted instead of ended
}

// A scopeFile lists conditions of which all, or any, hold for what is in scope.
type scopeFile struct {
	All []conditionFile `yaml:"all"`
	Any []conditionFile `yaml:"any"`
}

// A conditionFile compares a path or a field with values. Link names the list of the link that takes the values' place.
type conditionFile struct {
	Path     word  `yaml:"path"`
	Field    word  `yaml:"field"`
	In       words `yaml:"in"`
	NotIn    words `yaml:"notIn"`
	Link     word  `yaml:"link"`
	Constant word  `yaml:"constant"`
}

// An onCreateFile fills a field, or a path that no field has, when a document is created.
type onCreateFile struct {
	Path     word `yaml:"path"`
	Field    word `yaml:"field"`
	Value    word `yaml:"value"`
	Constant word `yaml:"constant"` // of the link
	Member   word `yaml:"member"`   // a field of the member
	Today    bool `yaml:"today"`
}

// A fieldFile says where a field stands and how it is spelled there.
type fieldFile struct {
	Read     words             `yaml:"read"`   // the first path that holds something wins
	Write    words             `yaml:"write"`  // never, where read, or paths; without it, the only path read
	Or       *orFile           `yaml:"or"`     // the place to write to when the first is refused as not unique
	As       word              `yaml:"as"`     // text (the default), number or boolean: the JSON type that is written
	Absent   word              `yaml:"absent"` // hidden (the default), skip or empty: what an absent path means
	Empty    word              `yaml:"empty"`  // as in the profile, for this field
	Codes    map[word]codeFile `yaml:"codes"`
	Required word              `yaml:"required"` // create or always
	Unique   bool              `yaml:"unique"`
	Longest  int               `yaml:"longest"` // in characters
	Lossy    words             `yaml:"lossy"`   // lower, cut: what the system does to what it is given
	Assumed  bool              `yaml:"assumed"`
}

// An orFile is the place that is used instead, for those to whom a named condition applies.
type orFile struct {
	Path word `yaml:"path"`
	When word `yaml:"when"` // the name of a Go function: child
}
