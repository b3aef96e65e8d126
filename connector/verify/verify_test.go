package verify_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/port"
	"passerelle/connector/porttest"
	"passerelle/connector/verify"
	"passerelle/internal/record"
)

func TestNoDifference(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	rows := []struct {
		name   string
		change func(*world)
	}{
		{"a link in step", func(*world) {}},
		{"a document that is listed twice", func(w *world) { w.federation.twice = true }},
		{"the same value in another spelling", func(w *world) {
			w.club.docs["contact/1"].set("communication.mobile", "079 123 45 67")
			w.club.docs["contact/1"].set("custom_fields.101", 12345)
		}},
		{"a field that one side does not carry", func(w *world) { delete(w.club.docs["contact/1"], "corr_address") }},
		{"a side's own spelling of what is agreed", func(w *world) {
			w.federation.docs["members/m1"].set("street", "WEG 1")
			w.base("member").Agree("street", record.Of("Weg 1"), map[record.Side]record.Value{record.Federation: record.Of("WEG 1")})
		}},
		{"functions that the club's document hides", func(w *world) {
			custom, _ := w.club.docs["contact/1"]["custom_fields"].(body)
			delete(custom, "104")
		}},
		{"a function that the club has no word for", func(w *world) {
			w.federation.docs["functions/f9"] = body{
				"id": "f9", "memberId": "m1", "clubNumber": clubNumber, "functionCode": "XYZ", "organ": "", "startDate": "2024-01-01", "endDate": nil,
			}
		}},
		{"a function that ended on both sides", func(w *world) {
			w.club.docs["contact/1"].set("custom_fields.104", []string{})
			w.federation.docs["functions/f1"].set("endDate", "2026-03-15")
		}},
		{"a function that ended before it was known", func(w *world) {
			w.federation.docs["functions/f0"] = body{
				"id": "f0", "memberId": "m1", "clubNumber": clubNumber, "functionCode": "PRA", "organ": "VST", "startDate": "2010-01-01", "endDate": "2012-01-01",
			}
		}},
		{"an older function of the same kind", func(w *world) {
			for _, n := range []string{"e1", "g1"} { // before and behind the one that takes part
				w.federation.docs["functions/"+n] = body{
					"id": n, "memberId": "m1", "clubNumber": clubNumber, "functionCode": "LEI", "organ": "", "startDate": "2010-01-01", "endDate": "2012-01-01",
				}
			}
		}},
		{"a function of the member at another club", func(w *world) {
			w.federation.docs["functions/f8"] = body{
				"id": "f8", "memberId": "m1", "clubNumber": "1.01.05.0000.00-0", "functionCode": "PRA", "organ": "VST", "startDate": "2024-01-01", "endDate": nil,
			}
		}},
		{"a person who has left on both sides, with what is left behind", func(w *world) {
			w.club.docs["contact/1"].set("status", "archived")
			w.club.docs["contact/1"].set("corr_address.street", "Neuweg 2")
			w.club.docs["contact/1"].set("custom_fields.104", []string{"Präsidentin"})
			w.federation.docs["affiliations/a1"].set("exitDate", "2026-01-31")
		}},
		{"a person who is gone after the end", func(w *world) {
			for _, k := range []record.Kind{"member", "affiliation"} {
				w.base(k).Life = map[record.Side]record.Stage{record.Club: record.Ended, record.Federation: record.Gone}
			}
			clear(w.club.docs)
			clear(w.federation.docs)
		}},
		{"people out of scope, and people who left before they were known", func(w *world) {
			for id, change := range map[string]func(body){
				"2": func(b body) { b.set("membership.membership", "Freund") },
				"3": func(b body) { b.set("membership.membership", "Passive") },
				"4": func(b body) { b.set("basefields.contact_type", "company") },
				"5": func(b body) { b.set("status", "archived") },
			} {
				b := contact(id)
				change(b)
				w.club.docs["contact/"+id] = b
			}
			w.enrol("2")
			w.federation.docs["affiliations/a2"].set("clubNumber", "1.01.05.0000.00-0")
			w.enrol("3")
			w.federation.docs["affiliations/a3"].set("exitDate", "2025-12-31")
		}},
		{"an exit ahead that both sides show", func(w *world) {
			w.club.docs["contact/1"].set("custom_fields.103", "2026-12-31")
			w.federation.docs["affiliations/a1"].set("exitDate", "2026-12-31")
		}},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			tt.change(w)
			if diff := cmp.Diff(inStep(), w.verify(t, read)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

// unexplained is the report of a world in which just these differ, in one pair.
func unexplained(differences ...verify.Difference) verify.Report {
	r := inStep()
	r.Equal, r.Unexplained, r.Differences = 0, len(differences), differences
	return r
}

func TestPlantedValuesAreFound(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	at := map[record.Side]string{record.Club: "contact/1", record.Federation: "members/m1"}
	leader, gymlive := "contact/1#custom_fields.104/Leiter", "contact/1#custom_fields.105"
	rows := []struct {
		doc, path string
		value     any
		want      verify.Difference
	}{
		{"contact/1", "custom_fields.101", "054321", verify.Difference{Field: "member.memberNumber"}},
		{"contact/1", "basefields.last_name", "Beispiel", verify.Difference{Field: "member.lastName"}},
		{"contact/1", "basefields.first_name", "Anne", verify.Difference{Field: "member.firstName"}},
		{"contact/1", "basefields.birthday", "1990-04-02", verify.Difference{Field: "member.birthDate"}},
		{"contact/1", "basefields.gender", "male", verify.Difference{Field: "member.gender"}},
		{"contact/1", "basefields.correspondence_language", "fr", verify.Difference{Field: "member.language"}},
		{"contact/1", "corr_address.street", "Irrweg 13", verify.Difference{Field: "member.street"}},
		{"contact/1", "corr_address.postale_code", "3001", verify.Difference{Field: "member.postalCode"}},
		{"contact/1", "corr_address.city", "", verify.Difference{Field: "member.city"}},
		{"contact/1", "communication.primary_email", "anne@example.org", verify.Difference{Field: "member.email"}},
		{"contact/1", "communication.mobile", "", verify.Difference{Field: "member.phoneMobile"}},
		{"contact/1", "communication.mobile", "intern 23, abends", verify.Difference{Field: "member.phoneMobile"}},
		{"contact/1", "membership.membership", "Knaben", verify.Difference{Federation: "affiliations/a1", Field: "affiliation.category"}},
		{"contact/1", "membership.first_joining_date", "2020-01-02", verify.Difference{Federation: "affiliations/a1", Field: "affiliation.entryDate"}},
		{"contact/1", "status", "archived", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"contact/1", "custom_fields.103", "2026-03-15", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"contact/1", "custom_fields.103", "2026-03-16", verify.Difference{Federation: "affiliations/a1", Field: "affiliation.exitDate"}},
		{"contact/1", "custom_fields.104", []string{}, verify.Difference{Club: leader, Federation: "functions/f1", Field: "function"}},
		{"contact/1", "custom_fields.104", []string{"Leiter", "Präsidentin"}, verify.Difference{Club: "contact/1#custom_fields.104/Präsidentin", Field: "function"}},
		{"contact/1", "custom_fields.105", "", verify.Difference{Club: gymlive, Federation: "subscriptions/s1", Field: "subscription"}},
		{"contact/1", "custom_fields.105", "Digital", verify.Difference{Club: gymlive, Federation: "subscriptions/s1", Field: "subscription.delivery"}},
		{"members/m1", "memberNumber", "054321", verify.Difference{Field: "member.memberNumber"}},
		{"members/m1", "street", "Irrweg 13", verify.Difference{Field: "member.street"}},
		{"members/m1", "country", "DE", verify.Difference{Field: "member.country"}},
		{"members/m1", "status", "dormant", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"members/m1", "phoneMobile", nil, verify.Difference{Field: "member.phoneMobile"}},
		{"affiliations/a1", "category", "12", verify.Difference{Federation: "affiliations/a1", Field: "affiliation.category"}},
		{"affiliations/a1", "exitDate", "2026-03-15", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"affiliations/a1", "status", "left", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"affiliations/a1", "status", "dormant", verify.Difference{Federation: "affiliations/a1", Field: "affiliation"}},
		{"functions/f1", "endDate", "2026-03-15", verify.Difference{Club: leader, Federation: "functions/f1", Field: "function"}},
		{"subscriptions/s1", "delivery", "digital", verify.Difference{Club: gymlive, Federation: "subscriptions/s1", Field: "subscription.delivery"}},
		{"subscriptions/s1", "endDate", "2026-01-01", verify.Difference{Club: gymlive, Federation: "subscriptions/s1", Field: "subscription"}},
	}
	for _, tt := range rows {
		text, err := json.Marshal(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(tt.doc+" "+tt.path+" "+string(text), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			side := w.federation
			if _, club := w.club.docs[tt.doc]; club {
				side = w.club
			}
			side.docs[tt.doc].set(tt.path, tt.value)
			if tt.want.Club == "" {
				tt.want.Club = at[record.Club]
			}
			if tt.want.Federation == "" {
				tt.want.Federation = at[record.Federation]
			}
			if diff := cmp.Diff(unexplained(tt.want), w.verify(t, read)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMissingAndUnreadableAreFound(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	unpaired := func(side record.Side, d verify.Difference) verify.Report {
		r := unexplained(d)
		r.Equal, r.Unpaired[side] = 1, 1
		return r
	}
	readable := func(r verify.Report) verify.Report { r.Equal = 1; return r }
	rows := []struct {
		name   string
		change func(*world)
		want   verify.Report
	}{
		{
			"a contact of the ledger that is not there", func(w *world) { clear(w.club.docs) },
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member"}),
		},
		{
			"a member of the ledger who is not there", func(w *world) { delete(w.federation.docs, "members/m1") },
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member"}),
		},
		{
			"a member who vanished without an end, of someone who had ended at the club", func(w *world) {
				w.club.docs["contact/1"].set("status", "archived")
				w.base("member").Life[record.Club], w.base("affiliation").Life[record.Club] = record.Ended, record.Ended
				delete(w.federation.docs, "members/m1")
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member"}),
		},
		{
			"someone whose status the club hides, and who has left the federation", func(w *world) {
				delete(w.club.docs["contact/1"], "status")
				w.federation.docs["affiliations/a1"].set("status", "left")
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation"}),
		},
		{
			"someone of a status that nobody knows, and who has left the club", func(w *world) {
				w.club.docs["contact/1"].set("status", "archived")
				w.federation.docs["affiliations/a1"].set("status", "dormant")
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation"}),
		},
		{
			"a function of which the base knows one side only", func(w *world) { delete(w.base("function").Life, record.Federation) },
			unexplained(verify.Difference{Club: "contact/1#custom_fields.104/Leiter", Federation: "functions/f1", Field: "function.base"}),
		},
		{
			"an affiliation of the ledger that is not there", func(w *world) { delete(w.federation.docs, "affiliations/a1") },
			unexplained(verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation"}),
		},
		{
			"a person whom no side has any more", func(w *world) { clear(w.club.docs); clear(w.federation.docs) },
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member"}),
		},
		{
			"a function of the ledger that is not there", func(w *world) { delete(w.federation.docs, "functions/f1") },
			unexplained(verify.Difference{Club: "contact/1#custom_fields.104/Leiter", Federation: "functions/f1", Field: "function"}),
		},
		{
			"someone whom only the club has", func(w *world) { w.club.docs["contact/2"] = contact("2") },
			unpaired(record.Club, verify.Difference{Club: "contact/2", Field: "member"}),
		},
		{
			"someone whom only the federation has", func(w *world) { w.enrol("2") },
			unpaired(record.Federation, verify.Difference{Federation: "members/m2", Field: "member"}),
		},
		{
			"an affiliation whose member nobody shows", func(w *world) { w.enrol("2"); delete(w.federation.docs, "members/m2") },
			unpaired(record.Federation, verify.Difference{Federation: "members/m2", Field: "member"}),
		},
		{
			"a document of the ledger that has not the form of its kind", func(w *world) { w.federation.raw["members/m1"] = "[]" },
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "document"}),
		},
		{
			"a document of nobody's that has not the form of its kind",
			func(w *world) { w.club.docs["contact/2"], w.club.raw["contact/2"] = body{}, "{}" },
			readable(unexplained(verify.Difference{Club: "contact/2", Field: "document"})),
		},
		{
			"a linked person without base", func(w *world) { *w.base("member"), *w.base("affiliation") = port.Base{}, port.Base{} },
			unexplained(
				verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.base"},
				verify.Difference{Club: "contact/1", Federation: "affiliations/a1", Field: "affiliation.base"},
			),
		},
		{
			"a function on both sides that the ledger does not have", func(w *world) { w.drop("function") },
			unexplained(verify.Difference{Club: "contact/1#custom_fields.104/Leiter", Federation: "functions/f1", Field: "function.base"}),
		},
		{
			"an own spelling that is not what the side holds any more", func(w *world) {
				w.federation.docs["members/m1"].set("street", "WEG 2")
				w.base("member").Agree("street", record.Of("Weg 1"), map[record.Side]record.Value{record.Federation: record.Of("WEG 1")})
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.street"}),
		},
		{
			"an own spelling of what the other side does not hold any more", func(w *world) {
				w.club.docs["contact/1"].set("corr_address.street", "Weg 2")
				w.federation.docs["members/m1"].set("street", "WEG 1")
				w.base("member").Agree("street", record.Of("Weg 1"), map[record.Side]record.Value{record.Federation: record.Of("WEG 1")})
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.street"}),
		},
		{
			"nothing as the spelling of something", func(w *world) {
				w.federation.docs["members/m1"].set("street", nil)
				w.base("member").Agree("street", record.Of("Weg 1"), map[record.Side]record.Value{record.Federation: record.Empty()})
			},
			unexplained(verify.Difference{Club: "contact/1", Federation: "members/m1", Field: "member.street"}),
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			tt.change(w)
			if diff := cmp.Diff(tt.want, w.verify(t, read)); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNothingIsReportedOfAPart(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	failed := errors.New("it failed")
	rows := []struct {
		name   string
		change func(*world)
		want   string
	}{
		{"a check that fails", func(w *world) { w.club.checkErr = failed }, "verify: club: check: it failed"},
		{"a listing that fails", func(w *world) { w.federation.listErr = failed }, "verify: federation: list members: it failed"},
		{
			"the listing of another organisation",
			func(w *world) { w.club.tamper = func(c *port.Certificate) { c.Organisation = "tvx" } },
			"verify: club: list contact: the listing belongs to another organisation",
		},
		{
			"a listing without its end", func(w *world) { w.club.tamper = func(c *port.Certificate) { c.Closed = false } },
			"verify: club: list contact: the listing breaks off before its end",
		},
		{
			"a total that changes", func(w *world) { w.club.tamper = func(c *port.Certificate) { c.Last = 2 } },
			"verify: club: list contact: the total changed from 1 to 2 while it was listed",
		},
		{
			"fewer documents than the total", func(w *world) { w.club.tamper = func(c *port.Certificate) { c.First, c.Last = 2, 2 } },
			"verify: club: list contact: the listing shows 1 of 2",
		},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			tt.change(w)
			report, err := verify.Run(t.Context(), w.config(t, read))
			if err == nil || err.Error() != tt.want {
				t.Errorf("error: got %v, want %s", err, tt.want)
			}
			if diff := cmp.Diff(verify.Report{}, report); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
	for _, call := range []string{"EachPerson", "EachSight", "Questions", "Held", "Refusals", "Pending"} {
		t.Run("a ledger that fails at "+call, func(t *testing.T) {
			t.Parallel()
			cfg := newWorld().config(t, read)
			cfg.Store = porttest.Tap{Store: cfg.Store, Before: func(c string) error {
				if c == call {
					return failed
				}
				return nil
			}}
			report, err := verify.Run(t.Context(), cfg)
			if !errors.Is(err, failed) || !strings.HasPrefix(err.Error(), "verify: ledger: ") {
				t.Errorf("error: got %v, want it failed, of the ledger", err)
			}
			if diff := cmp.Diff(verify.Report{}, report); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReportAsJSON(t *testing.T) {
	t.Parallel()
	read := profiles(t)
	w := newWorld()
	w.federation.docs["members/m1"].set("phoneMobile", "+41791111111")
	got, err := json.Marshal(w.verify(t, read))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"link":"tv-beispiel","pairs":1,"equal":0,"unpaired":{"club":0,"federation":0},` +
		`"explained":{"conflict":0,"waiting":0,"held":0,"refused":0,"parked":0,"outOfScope":0},"unexplained":1,` +
		`"differences":[{"club":"contact/1","federation":"members/m1","field":"member.phoneMobile"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}
