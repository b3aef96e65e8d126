package record

// A Write is one request that a system is asked to carry out. Ref and Version are empty for a create.
type Write struct {
	Op      WriteOp
	Kind    string // the wire kind
	Ref     string
	Version string
	Body    []byte
}

// A WriteOp is what a request does to a document.
type WriteOp string

// The three requests. A delete is how a system may want the end of a child; no person is ever deleted.
const (
	CreateDocument WriteOp = "create"
	ChangeDocument WriteOp = "change"
	DeleteDocument WriteOp = "delete"
)
