package stvtest_test

import (
	"maps"
	"net/http"
	"testing"

	"passerelle/federation/stv/stvtest"
)

func TestCreateMember(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.want(t, ask{method: http.MethodPost, path: "members", body: person(object{
		"lastName": "  von   Muster ", "email": "Vreni.Muster@Example.CH", "phoneMobile": "0797335842", "street": "",
	})}, http.StatusCreated)

	id, etag := text(got.body["id"]), text(got.body["@odata.etag"])
	want := object{
		"id": id, "@odata.etag": etag, "lastModifiedDateTime": "2026-03-10T09:00:00Z", "memberNumber": "098001",
		"lastName": "von Muster", "firstName": "Vreni", "birthDate": "1990-05-17", "gender": "F", "nationality": nil,
		"language": "de", "addressSupplement": nil, "street": nil, "postalCode": "3011", "city": "Bern", "country": "CH",
		"email": "vreni.muster@example.ch", "emailAlternative": nil, "phonePrivate": nil, "phoneMobile": "+41 79 733 58 42",
		"phoneBusiness": nil, "homeClubNumber": home, "status": "active", "entryDate": "2026-01-01", "exitDate": nil,
		"deceasedOn": nil,
	}
	inside, _ := got.body["affiliations"].([]any)
	delete(got.body, "affiliations")
	same(t, "the created member", want, got.body)
	if len(inside) != 1 {
		t.Fatalf("%d affiliations inside, want 1", len(inside))
	}
	tie, _ := inside[0].(object)
	same(t, "the affiliation inside", object{
		"id": tie["id"], "@odata.etag": tie["@odata.etag"], "lastModifiedDateTime": "2026-03-10T09:00:00Z", "memberId": id,
		"clubNumber": home, "category": "04", "primary": false, "entryDate": "2026-01-01", "exitDate": nil, "status": "active",
	}, tie)

	read := h.want(t, ask{path: "members(" + id + ")"}, http.StatusOK)
	same(t, "the member as read", want, read.body)
	same(t, "the etag of the read", etag, read.header.Get("ETag"))
	same(t, "the place", h.url+stvtest.Base+"/members("+id+")", got.header.Get("Location"))
	h.want(t, ask{path: "affiliations(" + text(tie["id"]) + ")"}, http.StatusOK)
}

func TestCreateMemberRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := func(o object) object { return person(object{"affiliations": []object{o}}) }
	for _, tt := range []struct {
		name   string
		body   any
		code   string
		target string
	}{
		{"a member without a last name", person(object{"lastName": nil}), "Required", "lastName"},
		{"a member without a first name", person(object{"firstName": nil}), "Required", "firstName"},
		{"a member without a birth date", person(object{"birthDate": nil}), "Required", "birthDate"},
		{"a member without a sex", person(object{"gender": nil}), "Required", "gender"},
		{"a member without a language", person(object{"language": nil}), "Required", "language"},
		{"a member without a postal code", person(object{"postalCode": nil}), "Required", "postalCode"},
		{"a member without a town", person(object{"city": nil}), "Required", "city"},
		{"a member without a country", person(object{"country": nil}), "Required", "country"},
		{"a required field that is blank", person(object{"lastName": "   "}), "Required", "lastName"},
		{"a number for a text", person(object{"lastName": 7}), "Type", "lastName"},
		{"a property that is not there", person(object{"nickName": "V"}), "UnknownProperty", "nickName"},
		{"a property in another case", person(object{"Street": "Hauptstrasse 1"}), "UnknownProperty", "Street"},
		{"a member number of one's own", person(object{"memberNumber": "012345"}), "NotWritable", "memberNumber"},
		{"a status", person(object{"status": "active"}), "NotWritable", "status"},
		{"an entry date on the member", person(object{"entryDate": "2026-01-01"}), "NotWritable", "entryDate"},
		{"a home club", person(object{"homeClubNumber": home}), "NotWritable", "homeClubNumber"},
		{"an id", person(object{"id": "4"}), "NotWritable", "id"},
		{"a stamp", person(object{"lastModifiedDateTime": "2026-01-01T00:00:00Z"}), "NotWritable", "lastModifiedDateTime"},
		{"a sex that is not known", person(object{"gender": "W"}), "Format", "gender"},
		{"a language that is not known", person(object{"language": "en"}), "Format", "language"},
		{"a date in another form", person(object{"birthDate": "17.05.1990"}), "Format", "birthDate"},
		{"a time for a date", person(object{"birthDate": "1990-05-17T00:00:00Z"}), "Format", "birthDate"},
		{"a day that is not there", person(object{"birthDate": "1990-02-30"}), "Format", "birthDate"},
		{"a death that is to come", person(object{"deceasedOn": "2026-03-11"}), "Format", "deceasedOn"},
		{"a country by name", person(object{"country": "Schweiz"}), "Format", "country"},
		{"a country that is not there", person(object{"country": "QX"}), "Format", "country"},
		{"a nationality in lower case", person(object{"nationality": "ch"}), "Format", "nationality"},
		{"a Swiss postal code of five digits", person(object{"postalCode": "30110"}), "Format", "postalCode"},
		{"an e-mail address without its host", person(object{"email": "vreni"}), "Format", "email"},
		{"an e-mail address with a name", person(object{"emailAlternative": "Vreni <v@example.ch>"}), "Format", "emailAlternative"},
		{"a telephone number with a remark", person(object{"phoneMobile": "intern 23, abends"}), "Format", "phoneMobile"},
		{"a telephone number that is too short", person(object{"phonePrivate": "031 311"}), "Format", "phonePrivate"},
		{"a body that is a list", "[]", "BadJSON", ""},
		{"a body that is null", "null", "BadJSON", ""},
		{"a body with more behind it", `{"lastName":"Muster"} {}`, "BadJSON", ""},
		{"no affiliation inside", person(object{"affiliations": nil}), "Required", "affiliations"},
		{"two affiliations inside", person(object{"affiliations": []object{{}, {}}}), "Required", "affiliations"},
		{"an affiliation that is a text", person(object{"affiliations": []string{"04"}}), "Type", "affiliations"},
		{"an affiliation without a category", first(object{"entryDate": "2026-01-01"}), "Required", "affiliations/category"},
		{"an affiliation without an entry date", first(object{"category": "04"}), "Required", "affiliations/entryDate"},
		{"an affiliation that names its member", first(object{"category": "04", "entryDate": "2026-01-01", "memberId": "4"}), "NotWritable", "affiliations/memberId"},
		{"a category for the other sex", first(object{"category": "01", "entryDate": "2026-01-01"}), "CategoryMismatch", "affiliations/category"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h.want(t, ask{method: http.MethodPost, path: "members", body: tt.body}, http.StatusBadRequest, tt.code, tt.target)
		})
	}
	t.Cleanup(func() {
		if got := len(h.Members()) + len(h.Affiliations()); got != 0 {
			t.Errorf("%d records after refusals alone, want none", got)
		}
	})
}

func TestCreateMemberNamesEachField(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	got := h.want(t, ask{method: http.MethodPost, path: "members", body: person(object{"gender": "W", "phoneMobile": "x", "shoe": 1})},
		http.StatusBadRequest, "Validation", "shoe")
	details, _ := got.error()["details"].([]any)
	var targets []string
	for _, d := range details {
		detail, _ := d.(object)
		targets = append(targets, text(detail["target"]))
	}
	same(t, "the fields in details", []string{"shoe", "gender", "phoneMobile"}, targets)
}

func TestCreateMemberForeignAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.want(t, ask{method: http.MethodPost, path: "members", body: person(object{"country": "DE", "postalCode": "79539"})}, http.StatusCreated)
}

func TestCreateMemberWhoIsThere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ours := h.AddMember(stvtest.Member{LastName: "Müller", FirstName: "Zoé", BirthDate: "1990-05-17"}, stvtest.Affiliation{ClubNumber: home, Category: "04"})
	theirs := h.AddMember(stvtest.Member{LastName: "Groß", FirstName: "Anna  Lena", BirthDate: "1990-05-17"}, stvtest.Affiliation{ClubNumber: neighbour, Category: "04"})
	for _, tt := range []struct {
		name        string
		last, first string
		born        string
		number      string // empty: created
	}{
		{"the same name and birth date", "Müller", "Zoé", "1990-05-17", ours.MemberNumber},
		{"the same name without marks and in capitals", "MULLER", "ZOE", "1990-05-17", ours.MemberNumber},
		{"the same name, its marks apart", "Mu\u0308ller", "Zoe\u0301", "1990-05-17", ours.MemberNumber},
		{"a member of another club", "Gross", "Anna Lena", "1990-05-17", theirs.MemberNumber},
		{"another birth date", "Müller", "Zoé", "1990-05-18", ""},
		{"another first name", "Müller", "Zora", "1990-05-17", ""},
		{"the names exchanged", "Zoé", "Müller", "1990-05-17", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := ask{method: http.MethodPost, path: "members", body: person(object{"lastName": tt.last, "firstName": tt.first, "birthDate": tt.born})}
			if tt.number == "" {
				h.want(t, a, http.StatusCreated)
				return
			}
			got := h.want(t, a, http.StatusConflict, "MemberExists")
			same(t, "the member number", tt.number, text(got.error()["memberNumber"]))
		})
	}
}

func TestChangeMember(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		body  object
		want  object // what differs afterwards
		stays bool   // stamp and etag
	}{
		{"a value", object{"street": "Gasse 2"}, object{"street": "Gasse 2"}, false},
		{"null clears", object{"email": nil}, object{"email": nil}, false},
		{"an empty text clears", object{"email": ""}, object{"email": nil}, false},
		{"a value is rewritten", object{"phoneMobile": "079 733 58 43"}, object{"phoneMobile": "+41 79 733 58 43"}, false},
		{"a foreign number keeps its country", object{"phoneMobile": "0049 30 901820"}, object{"phoneMobile": "+49 30 901820"}, false},
		{"nothing at all", object{}, object{}, true},
		{"the same value", object{"street": "Gasse 1"}, object{}, true},
		{"the same value spelled otherwise", object{"email": "VRENI@example.ch", "phoneMobile": "0797335842", "street": " Gasse  1"}, object{}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			m := h.seed("Muster", home)
			if err := h.EditMember(m.ID, func(m *stvtest.Member) {
				m.Street, m.Email, m.PhoneMobile = "Gasse 1", "vreni@example.ch", "+41 79 733 58 42"
			}); err != nil {
				t.Fatal(err)
			}
			path := "members(" + m.ID + ")"
			before := h.want(t, ask{path: path}, http.StatusOK)
			h.clock.Add(90 * 1e9)
			got := h.want(t, ask{method: http.MethodPatch, path: path, body: tt.body, match: before.header.Get("ETag")}, http.StatusOK)

			want := before.body
			maps.Copy(want, tt.want)
			if !tt.stays {
				if got.body["@odata.etag"] == want["@odata.etag"] {
					t.Error("the etag did not move")
				}
				want["@odata.etag"], want["lastModifiedDateTime"] = got.body["@odata.etag"], "2026-03-10T09:01:30Z"
			}
			same(t, "the answer", want, got.body)
			same(t, "the member as read afterwards", want, h.do(t, ask{path: path}).body)
		})
	}
}

func TestChangeMemberRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	etag := h.member(t, m.ID).ETag
	for _, tt := range []struct {
		name   string
		body   object
		code   string
		target string
	}{
		{"clearing a required field", object{"lastName": nil}, "Required", "lastName"},
		{"the number", object{"memberNumber": m.MemberNumber}, "NotWritable", "memberNumber"},
		{"an exit on the member", object{"exitDate": "2026-01-01"}, "NotWritable", "exitDate"},
		{"affiliations inside", object{"affiliations": []object{}}, "UnknownProperty", "affiliations"},
		{"a postal code of another country", object{"postalCode": "79539"}, "Format", "postalCode"},
		{"a birth to come", object{"birthDate": "2026-03-11"}, "Format", "birthDate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h.want(t, ask{method: http.MethodPatch, path: "members(" + m.ID + ")", body: tt.body, match: etag}, http.StatusBadRequest, tt.code, tt.target)
			same(t, "the etag", etag, h.member(t, m.ID).ETag)
		})
	}
}

func TestChangePreconditions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	m := h.seed("Muster", home)
	path := "members(" + m.ID + ")"
	old := h.member(t, m.ID).ETag
	if err := h.EditMember(m.ID, func(m *stvtest.Member) { m.City = "Thun" }); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		a     ask
		where int
		code  string
	}{
		{"without If-Match", ask{}, http.StatusPreconditionRequired, "PreconditionRequired"},
		{"with any version", ask{match: "*"}, http.StatusBadRequest, "BadPrecondition"},
		{"with an old version", ask{match: old}, http.StatusPreconditionFailed, "PreconditionFailed"},
		{"with an invented version", ask{match: `W/"x"`}, http.StatusPreconditionFailed, "PreconditionFailed"},
		{"as a form", ask{match: old, kind: "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType, "UnsupportedMediaType"},
		{"with an option", ask{match: old, path: path + "?$select=city"}, http.StatusBadRequest, "UnknownOption"},
		{"of a member who is not there", ask{match: old, path: "members(00000000-0000-4000-8000-000000000000)"}, http.StatusNotFound, "NotFound"},
		{"with a reading token", ask{match: old, token: reader}, http.StatusForbidden, "ReadOnly"},
		{"of another club's member", ask{match: old, token: other}, http.StatusNotFound, "NotFound"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.a.method, tt.a.body = http.MethodPatch, object{"city": "Biel"}
			if tt.a.path == "" {
				tt.a.path = path
			}
			h.want(t, tt.a, tt.where, tt.code)
			same(t, "the town", "Thun", h.member(t, m.ID).City)
		})
	}
}
