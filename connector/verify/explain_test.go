package verify_test

import (
	stdcmp "cmp"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/verify"
	"passerelle/internal/record"
)

// The differences that the explanations are tried on.
func phone(w *world)       { w.federation.docs["members/m1"].set("phoneMobile", "+41791111111") }
func street(w *world)      { w.club.docs["contact/1"].set("corr_address.street", "Irrweg 13") }
func endedAtClub(w *world) { w.club.docs["contact/1"].set("custom_fields.103", "2026-03-01") }
func resigned(w *world)    { w.club.docs["contact/1"].set("custom_fields.104", []string{}) }
func newcomer(w *world)    { w.club.docs["contact/2"] = contact("2") }
func memberLost(w *world)  { delete(w.federation.docs, "members/m1") }
func baseless(w *world)    { *w.base("function") = port.Base{} }
func elected(w *world) {
	w.club.docs["contact/1"].set("custom_fields.104", []string{"Leiter", "Präsidentin"})
}

// about adds an open question, of the kind both-changed where none is given: about the document of a side, else about the
// person of the world; about the whole record where no field is given.
func about(kind string, side record.Side, ref string, k record.Kind, identity string, fields ...record.Field) func(*world) {
	return func(w *world) {
		q := more(&w.batch.Questions)
		q.ID, q.State, q.Record, q.Identity, q.Fields = "q", "open", k, identity, fields
		switch side {
		case record.Club:
			q.Club = ref
		case record.Federation:
			q.Federation = ref
		default:
			q.Person = 1
		}
		setText(&q.Kind, stdcmp.Or(kind, "both-changed"))
	}
}

func setText[T ~string](to *T, text string) { *to = T(text) }

// answered lets the question stand answered.
func answered(fn func(*world)) func(*world) {
	return func(w *world) {
		fn(w)
		w.batch.Questions[0].State = "answered"
	}
}

// remember adds a refusal of a text.
func remember(key, text string) func(*world) {
	return func(w *world) {
		sum := sha256.Sum256([]byte(text))
		w.batch.Refusals = map[string]*port.Refusal{key: {Reason: "no", Value: hex.EncodeToString(sum[:8])}}
	}
}

func holds(side record.Side, ref string, k record.Kind, op record.Op, fields ...record.Field) func(*world) {
	return func(w *world) { w.hold(side, ref, k, op, fields...) }
}

func journal(in port.Intent) func(*world) {
	return func(w *world) {
		in.ID = "i"
		w.batch.Intents = map[string]*port.Intent{"i": &in}
	}
}

func missing(side record.Side, ref string) func(*world) {
	return func(w *world) {
		w.batch.Sights = map[record.Side]map[string]*port.Sight{side: {ref: {Missing: time.Date(2026, 3, 14, 0, 0, 0, 0, time.UTC)}}}
	}
}

func state(s port.PairState) func(*world) { return func(w *world) { w.person.State = s } }

func TestExplained(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	var (
		conflict   = verify.Explained{Conflict: 1}
		waiting    = verify.Explained{Waiting: 1}
		held       = verify.Explained{Held: 1}
		refused    = verify.Explained{Refused: 1}
		parked     = verify.Explained{Parked: 1}
		outOfScope = verify.Explained{OutOfScope: 1}

		phoneDiffers    = verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.phoneMobile"}
		streetDiffers   = verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.street"}
		endDiffers      = verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation"}
		exitDiffers     = verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation.exitDate"}
		functionDiffers = verify.Difference{Club: "contact/1#custom_fields.104/Leiter", Federation: "functions/f1", Field: "function"}
		electedDiffers  = verify.Difference{Club: "contact/1#custom_fields.104/Präsidentin", Federation: "members/m1", Field: "function"}
		deliveryDiffers = verify.Difference{Club: "contact/1#custom_fields.105", Federation: "subscriptions/s1", Field: "subscription.delivery"}
		newDiffers      = verify.Difference{Club: "contact/2", Field: "member"}
		lostDiffers     = verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member"}
	)
	readOnlyClub := func(w *world) {
		w.club.account.CanWrite = false
		w.base("member").Agree("phoneMobile", record.Of("+41791234567"), nil)
	}
	digital := func(w *world) { w.federation.docs["subscriptions/s1"].set("delivery", "digital") }
	rows := []struct {
		name   string
		differ func(*world)
		entry  func(*world)
		names  verify.Difference // without the entry
		want   verify.Explained  // with it
	}{
		{"a question about the person and the field", phone, about("", "", "", "member", "", "phoneMobile"), phoneDiffers, conflict},
		{"a question by the club's document", phone, about("", record.Club, "contact/1", "member", "", "phoneMobile"), phoneDiffers, conflict},
		{"a question by the federation's document", phone, about("", record.Federation, "members/m1", "member", "", "phoneMobile"), phoneDiffers, conflict},
		{"an answered question", phone, answered(about("", "", "", "member", "", "phoneMobile")), phoneDiffers, conflict},
		{"a question about a field of the same group", street, about("", "", "", "member", "", "city"), streetDiffers, conflict},
		{"a question about the person as a whole", phone, about("left-scope", "", "", "affiliation", ""), phoneDiffers, conflict},
		{"a question about the end", endedAtClub, about("ended-and-changed", "", "", "affiliation", ""), endDiffers, conflict},
		{"a question about a function", resigned, about("ended-and-changed", "", "", "function", "LEI|"), functionDiffers, conflict},
		{"a question about a delivery", digital, about("", "", "", "subscription", "GYMLIVE", "delivery"), deliveryDiffers, conflict},
		{"a candidate", newcomer, about("match", record.Club, "contact/2", "member", ""), newDiffers, conflict},
		{"a newcomer who lacks what is required", newcomer, about("incomplete", record.Club, "contact/2", "affiliation", "", "category"), newDiffers, conflict},
		{"a question of kind refused", phone, about("refused", "", "", "member", "", "phoneMobile"), phoneDiffers, refused},
		{"a question about a refused end", endedAtClub, about("refused", "", "", "affiliation", "", "exitDate"), endDiffers, refused},
		{"a refusal of the club's value", phone, remember("contact/1 federation member  phoneMobile", "+41791234567"), phoneDiffers, refused},
		{"a refusal of the federation's value", phone, remember("members/m1 club member  phoneMobile", "+41791111111"), phoneDiffers, refused},
		{"a refusal of a value of the same group", street, remember("contact/1 federation member  city", "Bern"), streetDiffers, refused},
		{"a refusal of the end", endedAtClub, remember("contact/1 federation affiliation  exitDate", "2026-03-01"), endDiffers, refused},
		{
			"a refusal of an end without a day",
			func(w *world) { w.club.docs["contact/1"].set("status", "archived") },
			remember("contact/1 federation affiliation  exitDate", "2026-03-15"), endDiffers, refused,
		},
		{"a refusal of what a newcomer needs", newcomer, remember("contact/2 federation member  lastName", "Muster"), newDiffers, refused},
		{"a held change of the field", phone, holds(record.Federation, "members/m1", "member", record.Update, "phoneMobile"), phoneDiffers, held},
		{"a held change of the field on the other side", phone, holds(record.Club, "contact/1", "member", record.Clear, "phoneMobile"), phoneDiffers, held},
		{"a held end", endedAtClub, holds(record.Federation, "affiliations/a1", "affiliation", record.End), endDiffers, held},
		{"a held return", endedAtClub, holds(record.Club, "contact/1", "affiliation", record.Update, "exitDate"), endDiffers, held},
		{"a held end of a function", resigned, holds(record.Federation, "functions/f1", "function", record.End), functionDiffers, held},
		{"a held creation of a function", elected, holds(record.Federation, "contact/1", "function", record.Create), electedDiffers, held},
		{"a held creation of a person", newcomer, holds(record.Federation, "contact/2", "member", record.Create, "lastName"), newDiffers, held},
		{"a held request for a person", newcomer, holds(record.Federation, "contact/2", "affiliation", record.Ask, "category"), newDiffers, held},
		{"a parked person", phone, state(port.Parked), phoneDiffers, parked},
		{"a person who is asked for", memberLost, state(port.Asked), lostDiffers, waiting},
		{"a request about the person without a record", phone, journal(port.Intent{Person: 1, Side: record.Federation}), phoneDiffers, waiting},
		{"a request about the document without a record", phone, journal(port.Intent{Side: record.Federation, Document: "members/m1"}), phoneDiffers, waiting},
		{"a creation without a record", newcomer, journal(port.Intent{Side: record.Federation, Origin: "contact/2"}), newDiffers, waiting},
		{"a document that one listing has lacked", memberLost, missing(record.Federation, "members/m1"), lostDiffers, waiting},
		{"another document of a lost member that one listing has lacked", memberLost, missing(record.Federation, "affiliations/a1"), lostDiffers, waiting},
		{
			"a function that one listing has lacked", func(w *world) { delete(w.federation.docs, "functions/f1") },
			missing(record.Federation, "functions/f1"), functionDiffers, waiting,
		},
		{"a key that may only read", phone, readOnlyClub, phoneDiffers, waiting},
		{"a closed window", newcomer, func(w *world) { w.federation.account.WindowClosed = true }, newDiffers, waiting},
		{
			"a key that may only read, where nothing was agreed",
			func(w *world) { w.club.docs["contact/1"].set("communication.mobile", "") },
			func(w *world) { w.club.account.CanWrite = false }, phoneDiffers, waiting,
		},
		{"a closed window, on the side that is to be ended", endedAtClub, func(w *world) { w.federation.account.WindowClosed = true }, endDiffers, waiting},
		{
			"an end that lies ahead, which the club takes only when it comes", func(w *world) { w.club.docs["contact/1"].set("custom_fields.103", "2026-12-31") },
			func(w *world) {
				w.club.docs["contact/1"].set("custom_fields.103", "")
				w.federation.docs["affiliations/a1"].set("exitDate", "2026-12-31")
			}, exitDiffers, waiting,
		},
		{
			"a person who has become a company", endedAtClub, func(w *world) { w.club.docs["contact/1"].set("basefields.contact_type", "company") },
			endDiffers, outOfScope,
		},
		{
			"a person out of scope on one side", endedAtClub, func(w *world) {
				w.club.docs["contact/1"].set("custom_fields.103", "")
				w.club.docs["contact/1"].set("membership.membership", "Freund")
			}, endDiffers, outOfScope,
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, with := range []bool{false, true} {
				w := newWorld()
				tt.differ(w)
				want := unexplained(tt.names)
				if with {
					tt.entry(w)
					want = inStep()
					want.Equal, want.Explained = 0, tt.want
				}
				if w.person.State != port.Linked {
					want.Pairs = 0
				}
				if len(w.club.docs) > 1 {
					want.Equal, want.Unpaired[record.Club] = 1, 1
				}
				if diff := cmp.Diff(want, w.verify(t, read)); diff != "" {
					t.Errorf("with the entry %t: report (-want +got):\n%s", with, diff)
				}
			}
		})
	}
}

func TestEntriesThatExplainNothing(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	rows := []struct {
		name   string
		differ func(*world)
		entry  func(*world)
	}{
		{"a closed question", phone, func(w *world) {
			about("", "", "", "member", "", "phoneMobile")(w)
			w.batch.Questions[0].State = "closed"
		}},
		{"a question about what was set back", phone, about("not-yours", "", "", "member", "", "phoneMobile")},
		{"a question about another field", phone, about("", "", "", "member", "", "street")},
		{"a question about a field of that name elsewhere", phone, about("", "", "", "affiliation", "", "phoneMobile")},
		{"a question about another document", phone, about("", record.Club, "contact/2", "member", "", "phoneMobile")},
		{"a question about another function", resigned, about("", "", "", "function", "PRA|VST")},
		{"a question about a function", phone, about("", "", "", "function", "LEI|")},
		{"a question about a field, of somebody who has ended", endedAtClub, about("unreadable", "", "", "member", "", "phoneMobile")},
		{"a question about a field that nobody requires, of a newcomer", newcomer, about("unreadable", record.Club, "contact/2", "member", "", "phoneMobile")},
		{"a refusal of another value", phone, remember("contact/1 federation member  phoneMobile", "+41792222222")},
		{"a refusal of an end on another day", endedAtClub, remember("contact/1 federation affiliation  exitDate", "2026-03-02")},
		{"a refusal of a value that nobody requires, of a newcomer", newcomer, remember("contact/2 federation member  phoneMobile", "+41791234567")},
		{"a held change of another field", phone, holds(record.Federation, "members/m1", "member", record.Update, "street")},
		{"a held change of another person", phone, holds(record.Federation, "members/m2", "member", record.Update, "phoneMobile")},
		{"a held end, for a field that is not of the end", phone, holds(record.Federation, "members/m1", "member", record.End)},
		{"a held change of a field, for an end", endedAtClub, holds(record.Federation, "affiliations/a1", "affiliation", record.Update, "category")},
		{"a held creation on the wrong side", newcomer, holds(record.Club, "contact/2", "member", record.Create)},
		{"a request about somebody else", phone, journal(port.Intent{Person: 2, Side: record.Federation, Document: "members/m2", Origin: "contact/2"})},
		{"a document of somebody else that listings lack", memberLost, missing(record.Federation, "members/m2")},
		{"a function that listings lack, of a lost member", memberLost, missing(record.Federation, "functions/f1")},
		{"a document that the other side lacks", memberLost, missing(record.Club, "members/m1")},
		{"a key that may only read, on the side that changed", phone, func(w *world) {
			w.federation.account.CanWrite = false
			w.base("member").Agree("phoneMobile", record.Of("+41791234567"), nil)
		}},
		{"a key that may only read, of a side from which the member vanished", memberLost, func(w *world) { w.federation.account.CanWrite = false }},
		{"an end ahead at the club, which the federation takes at once", func(*world) {}, func(w *world) {
			w.club.docs["contact/1"].set("custom_fields.103", "2026-12-31")
		}},
		{"a closed window, of a side that would have to read what cannot be read", func(w *world) {
			w.club.docs["contact/1"].set("communication.mobile", "intern 23")
			w.base("member").Agree("phoneMobile", record.Of("+41791234567"), nil)
		}, func(w *world) { w.federation.account.WindowClosed = true }},
		{"a key that may only read, of the side that has ended", endedAtClub, func(w *world) { w.club.account.CanWrite = false }},
		{"a closed window, for a document that cannot be read", func(w *world) {
			w.club.docs["contact/2"], w.club.raw["contact/2"] = body{}, "{}"
		}, func(w *world) { w.federation.account.WindowClosed = true }},
		{"a question about a field, of a record without base", baseless, about("", "", "", "function", "LEI|", "endDate")},
		{"a held end, of a record without base", baseless, holds(record.Federation, "functions/f1", "function", record.End)},
		{"an end ahead that both sides show, for the entry", func(w *world) {
			w.club.docs["contact/1"].set("custom_fields.103", "2026-12-31")
			w.club.docs["contact/1"].set("membership.first_joining_date", "2020-01-02")
		}, func(w *world) { w.federation.docs["affiliations/a1"].set("exitDate", "2026-12-31") }},
		{"an end ahead, for a field of another kind", phone, func(w *world) {
			w.club.docs["contact/1"].set("custom_fields.103", "2026-12-31")
			w.federation.docs["affiliations/a1"].set("exitDate", "2026-12-31")
		}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			tt.differ(w)
			tt.entry(w)
			got := w.verify(t, read)
			if got.Unexplained != 1 || len(got.Differences) != 1 || got.Explained != (verify.Explained{}) {
				t.Errorf("report: got %+v, want one difference, unexplained", got)
			}
		})
	}
}

// A question comes before a held change, and a parked person before both.
func TestOneExplanationEach(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	w := newWorld()
	phone(w)
	journal(port.Intent{Person: 1, Side: record.Federation})(w)
	steps := []struct {
		name string
		add  func(*world)
		want verify.Explained
	}{
		{"the journal alone", func(*world) {}, verify.Explained{Waiting: 1}},
		{"a held change too", holds(record.Federation, "members/m1", "member", record.Update, "phoneMobile"), verify.Explained{Held: 1}},
		{"a question too", about("", "", "", "member", "", "phoneMobile"), verify.Explained{Conflict: 1}},
		{"a refusal too", remember("contact/1 federation member  phoneMobile", "+41791234567"), verify.Explained{Refused: 1}},
		{"parked", state(port.Parked), verify.Explained{Parked: 1}},
	}
	for _, tt := range steps { // each on top of the last
		tt.add(w)
		if diff := cmp.Diff(tt.want, w.verify(t, read).Explained); diff != "" {
			t.Errorf("%s: explained (-want +got):\n%s", tt.name, diff)
		}
	}
}
