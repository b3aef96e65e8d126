package record

// An Op is what a change does to a record.
type Op string

// What a change can do. There is no delete: a person is ended, and a profile says how (DESIGN decision 8).
const (
	Create Op = "create"
	Update Op = "update"
	Clear  Op = "clear" // an update after which every field it touches is empty
	End    Op = "end"
	Ask    Op = "ask" // request the affiliation of someone whom the federation already knows (WIRE.md 1, create)
)

// A Change is what one side is to hold in one record, in canonical values. Set holds the fields to write, On the day of an
// End; Return says that the change takes back an end, however the side writes one. Ref is the record to change; for a Create or an Ask it is zero, and Parent names the member's document where the
// member stands in another one.
type Change struct {
	Kind     Kind
	Identity string
	Ref      Ref
	Parent   string
	Op       Op
	Set      map[Field]Value
	On       Date
	Return   bool
}
