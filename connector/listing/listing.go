// Package listing reads a side from end to end and takes it apart, for those who look at a link from outside: the second
// opinion and the report before the first link.
//
// Beyond what a certificate proves it shares no code with the engine's own reading, which keeps only what differs (DESIGN decision
// 14): whoever checks the engine does not check it with its own eyes. A listing holds the whole membership and is whole or an error.
package listing

import (
	"context"
	"fmt"

	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
)

// A Listing is everything that one side shows, taken apart, by the reference of the document.
type Listing struct {
	Account  port.Account
	Taken    map[string]record.Taken
	Unread   map[string]bool     // has not the form of its kind
	Children map[string][]string // the documents that name another document as that of their member
}

// Read lists every kind of a side as it stands on the day today. account is what the system's Check has just said: whose
// documents these have to be. progress, which may be nil, is told after each page how many documents of a wire kind have come. The
// error is the system's, or says why the listing is not whole; there is no listing then.
func Read(
	ctx context.Context, system port.System, account port.Account, profile *mapping.Profile, today record.Date,
	progress func(kind string, read int),
) (*Listing, error) {
	l := &Listing{
		Account: account, Taken: map[string]record.Taken{}, Unread: map[string]bool{}, Children: map[string][]string{},
	}
	for _, kind := range system.Kinds() {
		seen := map[string]bool{}
		certificate, err := system.List(ctx, kind, func(page []record.Document) error {
			for _, doc := range page {
				seen[doc.Ref] = true
				l.take(doc, profile, today)
			}
			if progress != nil {
				progress(kind, len(seen))
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
		if err := certificate.Whole(account.Organisation, len(seen)); err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
	}
	return l, nil
}

func (l *Listing) take(doc record.Document, profile *mapping.Profile, today record.Date) {
	taken, err := profile.Take(doc, today)
	if err != nil {
		l.Unread[doc.Ref] = true
		return
	}
	l.Taken[doc.Ref] = taken
	for i := range taken.Records {
		if parent := taken.Records[i].Parent; parent != "" && parent != doc.Ref {
			l.Children[parent] = append(l.Children[parent], doc.Ref)
		}
	}
}
