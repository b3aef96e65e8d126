package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// ErrPerson is returned for a person that the ledger does not know. Its text says how a person is named.
var ErrPerson = errors.New("the ledger knows nobody by this")

// digits is what a reference without a kind is made of, and a federation number.
const digits = "0123456789"

// person returns the person of the ledger that is named by a document of the club ("contact/123" or "123"), by one of the
// federation ("members/<id>"), or by the federation number ("012345" or "12345"); never by what people are called. Errors:
// ErrPerson.
func (l *Link) person(ctx context.Context, who string) (port.Person, error) {
	var found []port.Person
	add := func(p port.Person, err error) error {
		switch {
		case errors.Is(err, port.ErrNone):
		case err != nil:
			return fmt.Errorf("ledger: person: %w", err)
		case len(found) == 0 || found[0].ID != p.ID:
			found = append(found, p)
		}
		return nil
	}
	for side, ref := range l.documents(who) {
		if err := add(l.cfg.Store.PersonOf(ctx, side, ref)); err != nil {
			return port.Person{}, err
		}
	}
	if number, err := mapping.Canonical(record.MemberNumber, who); err == nil && number.HasText() {
		ids, err := l.cfg.Store.Numbered(ctx, number.Text())
		if err != nil {
			return port.Person{}, fmt.Errorf("ledger: number: %w", err)
		}
		for _, id := range ids {
			if err := add(l.cfg.Store.Person(ctx, id)); err != nil {
				return port.Person{}, err
			}
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return port.Person{}, fmt.Errorf("it is the document of one person and the number of another: %w; name %s or %s",
			ErrPerson, named(&found[0]), named(&found[1]))
	}
	return port.Person{}, fmt.Errorf("%w: name a person by the club's document (contact/123, or 123), by the federation's (members/…), "+
		"or by the federation number (012345); who is not linked is in no history, and perhaps in passerelle conflicts list %s", ErrPerson, l.cfg.ID)
}

func named(p *port.Person) string {
	if ref := first(p.Documents(record.Club)); ref != "" {
		return ref
	}
	return first(p.Documents(record.Federation))
}

// documents returns the documents that a reference can mean. Without its kind it is the club's.
func (l *Link) documents(who string) map[record.Side]string {
	if strings.Contains(who, "/") {
		return map[record.Side]string{record.Club: who, record.Federation: who}
	}
	kinds := l.cfg.Sides[record.Club].System.Kinds()
	if who == "" || strings.Trim(who, digits) != "" || len(kinds) == 0 {
		return nil
	}
	return map[record.Side]string{record.Club: kinds[0] + "/" + who}
}
