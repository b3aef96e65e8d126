package connector_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/conflicts"
	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/record"
	"passerelle/internal/simulation"
)

// linked returns a bench with two systems in step that have been linked, and nothing asked of them since.
func linked(tb testing.TB, members int) *bench {
	tb.Helper()
	b := newBench(tb, simulation.Config{Seed: 7, Members: members, InStep: true})
	if r := b.run(); r.Held != nil || r.Stopped != nil || r.Linked == 0 {
		tb.Fatalf("a club in step was not linked: %s", text(r))
	}
	b.forget()
	return b
}

// forget empties the request logs of both systems.
func (b *bench) forget() {
	b.world.ClubSystem.ResetRequests()
	b.world.FederationSystem.ResetRequests()
}

// sent returns what was written to a system since the logs were emptied, as the system's own log has it.
func (b *bench) sent(side record.Side) []string {
	var ops []string
	add := func(op, method string) {
		if method != http.MethodGet && op != fairgatetest.OpToken && op != "batch" {
			ops = append(ops, op)
		}
	}
	if side == record.Club {
		for _, q := range b.world.ClubSystem.Requests() {
			add(q.Op, q.Method)
		}
		return ops
	}
	for _, q := range b.world.FederationSystem.Requests() {
		add(q.Op, q.Method)
	}
	return ops
}

// untouched fails the test when anything was written to either system since the logs were emptied.
func (b *bench) untouched() {
	b.tb.Helper()
	for _, side := range record.Sides() {
		if ops := b.sent(side); len(ops) > 0 {
			b.tb.Errorf("the %s was written to: %v", side, ops)
		}
	}
}

// flows fails the test when a run stopped or holds something.
func (b *bench) flows(r connector.Report) {
	b.tb.Helper()
	if r.Held != nil || r.Stopped != nil || r.Failed != 0 {
		b.tb.Fatalf("the run did not flow: %s", text(r))
	}
}

// once fails the test when somebody stands twice on a side, or lacks on one.
func (b *bench) once() {
	b.tb.Helper()
	if twice := b.world.Twice(); len(twice) > 0 {
		b.tb.Errorf("%d people stand twice, the first is M%d", len(twice), twice[0].N)
	}
	if missing := b.world.Missing(); len(missing) > 0 {
		b.tb.Errorf("%d people lack on a side, the first is M%d", len(missing), missing[0].N)
	}
}

// contact returns the ID of somebody's only contact.
func (b *bench) contact(n int) string {
	b.tb.Helper()
	seen := b.world.Person(n)
	if len(seen.Club) != 1 {
		b.tb.Fatalf("M%d stands %d times at the club", n, len(seen.Club))
	}
	return strings.TrimPrefix(seen.Club[0].Ref, "contact/")
}

// member returns the ID of somebody's only member at the federation.
func (b *bench) member(n int) string {
	b.tb.Helper()
	seen := b.world.Person(n)
	if len(seen.Federation) != 1 {
		b.tb.Fatalf("M%d stands %d times at the federation", n, len(seen.Federation))
	}
	return strings.TrimPrefix(seen.Federation[0].Ref, "members/")
}

// atClub edits somebody's contact as the secretary does.
func (b *bench) atClub(n int, change func(*fairgatetest.Contact)) {
	b.tb.Helper()
	b.world.ClubSystem.Edit(b.contact(n), change)
}

// atFederation edits somebody's member as staff do.
func (b *bench) atFederation(n int, change func(*stvtest.Member)) {
	b.tb.Helper()
	if err := b.world.FederationSystem.EditMember(b.member(n), change); err != nil {
		b.tb.Fatal(err)
	}
}

// affiliation returns somebody's affiliation with our club.
func (b *bench) affiliation(n int) stvtest.Affiliation {
	b.tb.Helper()
	id := b.member(n)
	for _, a := range b.world.FederationSystem.Affiliations() {
		if a.MemberID == id && a.ClubNumber == simulation.ClubNumber {
			return a
		}
	}
	b.tb.Fatalf("M%d has no affiliation", n)
	return stvtest.Affiliation{}
}

// mobile gives somebody another mobile phone on a side, the canonical text of which it returns.
func (b *bench) mobile(side record.Side, n int, digits string) string {
	b.tb.Helper()
	if side == record.Club {
		b.atClub(n, func(c *fairgatetest.Contact) { c.Communication.Mobile = "0" + digits })
	} else {
		b.atFederation(n, func(m *stvtest.Member) { m.PhoneMobile = "+41" + digits })
	}
	return "+41" + digits
}

// holds returns what a side holds in a field of somebody, "" for nothing.
func (b *bench) holds(side record.Side, n int, field string) string {
	b.tb.Helper()
	seen := b.world.Person(n)
	sightings := seen.Club
	if side == record.Federation {
		sightings = seen.Federation
	}
	if len(sightings) != 1 {
		b.tb.Fatalf("M%d stands %d times at the %s", n, len(sightings), side)
	}
	return sightings[0].Fields[field]
}

// both checks what the two sides hold in a field of somebody.
func (b *bench) both(n int, field, club, federation string) {
	b.tb.Helper()
	if got := b.holds(record.Club, n, field); got != club {
		b.tb.Errorf("M%d: %s at the club: got %q, want %q", n, field, got, club)
	}
	if got := b.holds(record.Federation, n, field); got != federation {
		b.tb.Errorf("M%d: %s at the federation: got %q, want %q", n, field, got, federation)
	}
}

// people returns n adult members to whom nothing strange applies: in no other club, without function, subscription or a shared
// address, with a mobile phone and an e-mail; never one of the three oldest pairs.
func (b *bench) people(n int) []int {
	b.tb.Helper()
	var out []int
	for _, p := range b.world.People.People[:b.world.People.Members] {
		plain := p.OtherClub == "" && len(p.Functions)+len(p.Subscriptions) == 0 && p.Form != "one address for two" && p.Form != "twins"
		adult := slices.Contains([]string{"01", "02", "04", "05"}, p.Category)
		if p.N > 8 && plain && adult && p.Email != "" && p.PhoneMobile != "" && len(out) < n {
			out = append(out, p.N)
		}
	}
	if len(out) < n {
		b.tb.Fatalf("the club has %d plain members, not %d", len(out), n)
	}
	return out
}

// queue returns the questions of a kind in the states, oldest first.
func (b *bench) queue(kind conflicts.Kind, states ...conflicts.State) []conflicts.Question {
	b.tb.Helper()
	all, err := b.link.Questions(b.tb.Context(), states...)
	if err != nil {
		b.tb.Fatal(err)
	}
	return slices.DeleteFunc(all, func(q conflicts.Question) bool { return q.Kind != kind })
}

// question returns the only open question of a kind.
func (b *bench) question(kind conflicts.Kind) conflicts.Question {
	b.tb.Helper()
	open := b.queue(kind, conflicts.Open)
	if len(open) != 1 {
		b.tb.Fatalf("%d questions of kind %s are open, not one: %s", len(open), kind, b.kinds())
	}
	return open[0]
}

// kinds tells what is open.
func (b *bench) kinds() string {
	var words []string
	all, err := b.link.Questions(b.tb.Context(), conflicts.Open)
	if err != nil {
		b.tb.Fatal(err)
	}
	for _, q := range all {
		words = append(words, string(q.Kind)+" "+q.Club+" "+q.Federation+" "+string(q.Record)+": "+q.Reason)
	}
	return strings.Join(words, "; ")
}

// decide answers a question.
func (b *bench) decide(id string, a conflicts.Answer) {
	b.tb.Helper()
	a.By = "admin"
	if _, err := b.link.Decide(b.tb.Context(), id, a); err != nil {
		b.tb.Fatal(err)
	}
}

// held returns the plan that waits.
func (b *bench) held() port.Plan {
	b.tb.Helper()
	plan, err := b.link.Held(b.tb.Context())
	if err != nil {
		b.tb.Fatal(err)
	}
	return plan
}

// ids returns the IDs of a plan's changes, sorted.
func ids(items []port.PlannedItem) []string {
	set := map[string]bool{}
	for i := range items {
		set[items[i].ID] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// applied returns how much a run wrote, on both sides.
func applied(r connector.Report) int {
	return r.Applied[record.Club].Total() + r.Applied[record.Federation].Total()
}

func dryRun() connector.Options { return connector.Options{DryRun: true} }

// wrongAnswer is an answer that no question takes.
func wrongAnswer() conflicts.Answer { return conflicts.Answer{Verb: "perhaps"} }
