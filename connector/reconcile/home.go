package reconcile

import (
	"passerelle/conflicts"
	"passerelle/internal/record"
)

// homeClub is the field by which the federation says whose somebody's personal data are.
const homeClub record.Field = "homeClubNumber"

// Rule returns who leads in a field of this person: what the policy says, but for a member whose home club is another one.
// That club looks after the personal data; ours has its own affiliation and functions to say (INCIDENTS N14).
func (in *Input) Rule(kind record.Kind, field record.Field) conflicts.Rule {
	rule := in.Policy.Of(kind, field)
	if rule.Owner != conflicts.OwnerDerived && kind == in.Schema.Kinds[0].Name && in.elsewhere() {
		return conflicts.Rule{Owner: conflicts.OwnerFederation}
	}
	return rule
}

// elsewhere reports whether the federation says that the person's home club is not ours.
func (in *Input) elsewhere() bool {
	if in.Home == "" || len(in.Subjects) == 0 || in.Subjects[0].FederationRecord == nil {
		return false
	}
	home := in.Subjects[0].FederationRecord.Value(homeClub)
	return home.HasText() && home.Text() != in.Home
}
