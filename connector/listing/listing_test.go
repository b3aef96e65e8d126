package listing_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/connector/listing"
	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// A system lists its documents one to a page, and vouches for them with its certificate.
type system struct {
	port.System

	docs        map[string][]record.Document // by wire kind
	certificate port.Certificate             // of members; the other kinds are whole
	err         error
}

func (*system) Kinds() []string { return []string{"members", "affiliations"} }

func (s *system) List(_ context.Context, kind string, page func([]record.Document) error) (port.Certificate, error) {
	for i := range s.docs[kind] {
		if err := page(s.docs[kind][i : i+1]); err != nil {
			return port.Certificate{}, err
		}
	}
	if kind == "members" {
		return s.certificate, s.err
	}
	n := len(s.docs[kind])
	return port.Certificate{Organisation: "ours", First: n, Last: n, Closed: true}, nil
}

func newSystem() *system {
	doc := func(kind, id, body string) record.Document {
		return record.Document{Kind: kind, Ref: kind + "/" + id, Body: []byte(body)}
	}
	return &system{
		docs: map[string][]record.Document{
			"members": {
				doc("members", "m1", `{"id":"m1","lastName":"Muster","status":"active"}`),
				doc("members", "m2", `no JSON`),
			},
			"affiliations": {doc("affiliations", "a1", `{"id":"a1","memberId":"m1","clubNumber":"ours","category":"01","status":"active"}`)},
		},
		certificate: port.Certificate{Organisation: "ours", First: 2, Last: 2, Closed: true},
	}
}

func read(tb testing.TB, s *system, progress func(string, int)) (*listing.Listing, error) {
	tb.Helper()
	profile, err := mapping.Load("stv", "", mapping.Link{Constants: map[string]string{"clubNumber": "ours"}})
	if err != nil {
		tb.Fatal(err)
	}
	today := record.Date{Year: 2026, Month: 11, Day: 27}
	return listing.Read(tb.Context(), s, port.Account{Organisation: "ours"}, profile, today, progress)
}

func TestRead(t *testing.T) {
	t.Parallel()
	var steps []string
	l, err := read(t, newSystem(), func(kind string, n int) { steps = append(steps, kind+" "+strings.Repeat("|", n)) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"members |", "members ||", "affiliations |"}, steps); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if len(l.Taken) != 2 || l.Taken["members/m1"].Records[0].Value("lastName") != record.Of("Muster") {
		t.Errorf("%d documents were taken apart, want two with the member", len(l.Taken))
	}
	if diff := cmp.Diff(map[string]bool{"members/m2": true}, l.Unread); diff != "" {
		t.Errorf("unread (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string][]string{"members/m1": {"affiliations/a1"}}, l.Children); diff != "" {
		t.Errorf("children (-want +got):\n%s", diff)
	}
}

// A listing is whole or an error.
func TestReadOfAPart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		broken     func(*system)
	}{
		{"another organisation's", "belongs to another organisation", func(s *system) { s.certificate.Organisation = "theirs" }},
		{"a chain that does not close", "breaks off", func(s *system) { s.certificate.Closed = false }},
		{"a total that moves", "from 3 to 2", func(s *system) { s.certificate.First = 3 }},
		{"fewer than the total", "shows 2 of 3", func(s *system) { s.certificate.First, s.certificate.Last = 3, 3 }},
		{"one shown twice is one", "shows 2 of 3", func(s *system) {
			s.docs["members"] = append(s.docs["members"], s.docs["members"][0])
			s.certificate.First, s.certificate.Last = 3, 3
		}},
		{"an error of the system", "it is away", func(s *system) { s.err = errors.New("it is away") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSystem()
			tt.broken(s)
			if l, err := read(t, s, nil); err == nil || l != nil || !strings.Contains(err.Error(), "list members: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v and %v, want an error with %q", l, err, tt.want)
			}
		})
	}
}
