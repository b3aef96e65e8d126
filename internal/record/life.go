package record

// A Stage is where a record stands in its life on one side, before any of its fields matter (DESIGN decision 4).
type Stage string

// The stages of a life. The zero Stage is Unknown.
const (
	Unknown Stage = ""        // could not be read, or is hidden: skip it and leave the base alone
	Present Stage = "present" // there and in scope
	Leaving Stage = "leaving" // there, with an end that lies ahead
	Ended   Stage = "ended"   // there, its end reached
	Gone    Stage = "gone"    // proven not to be there any more
	Outside Stage = "outside" // there, but out of scope: its data stay where they are
)

// A Life is the stage of a record and the day of its end, where one is known.
type Life struct {
	Stage Stage `json:"stage,omitempty"`
	On    Date  `json:"on,omitzero"`
}

// Active reports whether the record takes part: present, or leaving with its end still ahead.
func (l Life) Active() bool { return l.Stage == Present || l.Stage == Leaving }

// Over reports whether the record has come to its end: ended or gone.
func (l Life) Over() bool { return l.Stage == Ended || l.Stage == Gone }

// LifeUntil returns the life of a record in scope with this end (none: present) as it stands today: an end that lies ahead
// is leaving; one that is reached, the day itself included, is ended.
func LifeUntil(end, today Date) Life {
	switch {
	case end.IsZero():
		return Life{Stage: Present}
	case today.Before(end):
		return Life{Stage: Leaving, On: end}
	default:
		return Life{Stage: Ended, On: end}
	}
}
