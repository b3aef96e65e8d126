package connector

import (
	"time"

	"passerelle/conflicts"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A Report is what one run did, as `sync --json` prints it (DESIGN, The outside of the program).
type Report struct {
	Link      string                              `json:"link"`
	Run       uint64                              `json:"run"`
	Counted   bool                                `json:"counted"` // the run changed something, so that Run is its own number
	Read      map[record.Side]map[record.Kind]int `json:"read"`
	Linked    int                                 `json:"linked"`
	Planned   map[record.Side]Counts              `json:"planned"`
	Applied   map[record.Side]Counts              `json:"applied"`
	Adopted   int                                 `json:"adopted"` // fields that both sides held alike already
	Unknown   int                                 `json:"unknown"` // requests of which only reading tells whether they took effect
	Failed    int                                 `json:"failed"`
	Waiting   int                                 `json:"waiting"`
	Approved  int                                 `json:"approved"` // approved changes that this run carried
	Conflicts Queue                               `json:"conflicts"`
	Held      *Held                               `json:"held"`
	Stopped   *Stopped                            `json:"stopped"`
	Requests  map[record.Side]Requests            `json:"requests"`
	Cut       Cut                                 `json:"cut,omitempty"`  // what the run was at when it was told to end
	Left      int                                 `json:"left,omitempty"` // approved changes that it has not got to
	// Errors counts what the systems answered instead of doing what they were asked, by what to do next.
	Errors map[record.Side]map[port.Next]int `json:"-"`
}

// Cut is what a run was at when it was told to end, before it had done everything; "" when it came to its end.
type Cut string

// A run that is told to end while it reads remembers nothing of it. One that writes finishes the write it is at.
const (
	CutReading Cut = "reading"
	CutWriting Cut = "writing"
)

// Counts counts changes by what they do.
type Counts struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Clear  int `json:"clear"`
	End    int `json:"end"`
	Ask    int `json:"ask"`
}

// A Queue counts questions.
type Queue struct {
	Opened int                    `json:"opened"`
	Open   int                    `json:"open"`
	ByKind map[conflicts.Kind]int `json:"byKind"`
}

// Held says that changes wait for approval, and why.
type Held struct {
	Plan    string   `json:"plan"`
	Changes int      `json:"changes"`
	Persons int      `json:"persons"`
	Reasons []string `json:"reasons"`
}

// Stopped says that a run stopped, on which side, why, and what to do next.
type Stopped struct {
	Side   record.Side `json:"side"`
	Reason string      `json:"reason"`
	Next   string      `json:"next"`
	// Until is when the side lets itself be asked again, where it said so: an hour ahead at the most.
	Until  time.Time `json:"until,omitzero"`
	Secret bool      `json:"-"` // the secret is missing, expired, refused or another club's
}

// Requests counts requests to a system.
type Requests struct {
	Read  int `json:"read"`
	Write int `json:"write"`
}

// Total returns the number of changes of every kind.
func (c Counts) Total() int { return c.Create + c.Update + c.Clear + c.End + c.Ask }

// with returns the counts with one more of a kind.
func (c Counts) with(op record.Op) Counts {
	switch op {
	case record.Create:
		c.Create++
	case record.Update:
		c.Update++
	case record.Clear:
		c.Clear++
	case record.End:
		c.End++
	case record.Ask:
		c.Ask++
	}
	return c
}
