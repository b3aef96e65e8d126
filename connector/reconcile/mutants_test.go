package reconcile_test

// The teeth of these tests. Each of these mistakes was made in the code on purpose, one at a time, and made a test fail;
// whoever alters the decision makes the ones nearby again. Those that would cost most are in internal/mutants, where
// `make mutants` makes them.
//
//   - an end beats an edit in silence
//   - an edit beats an end in silence
//   - a child's end beats its edit
//   - a return is taken for an end of the other side
//   - who left the scope is ended
//   - a child out of scope is ended
//   - whom the base knows and nothing shows is created again
//   - a hidden person is decided
//   - a hidden child is decided
//   - an unreadable value is no edit
//   - what a side derives counts as an edit
//   - empty overwrites a value at the first link
//   - not carried is read as empty
//   - two values without a base are settled by the owner
//   - two values without a base are settled by the policy
//   - a side's own spelling is a change
//   - a change by who does not own the field wins
//   - a derived value is written to the side that gives it
//   - part of a mixed group is written over the owner's
//   - an unreadable value does not block its group
//   - fields of a group go one by one
//   - not yours is not said
//   - a refusal does not stand
//   - a refusal stands for every value
//   - a refusal stands whatever its context
//   - a refused answer is dropped in silence
//   - an end ahead is sent at once
//   - an end goes without its group
//   - a read-only place is written
//   - a typed value is written over what cannot be seen
//   - a typed value goes to one side only
//   - an answer is applied to changed values
//   - an answer that was not offered is carried out
//   - what is gone can be brought back
//   - an answer about a life holds for other values
//   - the questions of a hidden child dissolve
//   - the base takes what was meant and not what is held
//   - the base takes a typed value that one side lacks
//   - a value that a side kept is recorded as written
//   - a value that a side emptied is its spelling
//   - what both sides hold alike is not adopted
//   - a base adopts what only one side holds
//   - an ended person never comes to rest
//   - a leaving one goes out of sight
//   - what cannot be read goes out of sight
//   - a child is created before its parent
//   - an incomplete person is created in part
//   - a refused field is sent on a create
//   - a word that is not known is sent on a create
//   - who ended before being paired is created
//   - an end comes a day late
//   - a refused end is sent again
//   - a change's ID does not know what was there before
//   - of two refusals any one is told
//
// And in what the decision stands on (conflicts, connector/port, internal/record):
//
//   - an answer outlives its values in the queue
//   - what was set back is forgotten unseen
//   - a quiet cycle stores
//   - groups with two rules are let through
//   - a pair of which one side was seen has met
//   - a copy shares the spellings
//   - an end today lies ahead
//   - empty is read back as not carried
