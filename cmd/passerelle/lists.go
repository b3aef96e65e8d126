package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/connector"
	"passerelle/connector/port"
	"passerelle/internal/record"
)

// A list is everything that a side shows, read once: for connect, which looks at it and keeps nothing.
type list struct {
	account port.Account
	docs    []record.Document
}

// wholeList reads a whole side, and returns it only with the proof that it is whole (DESIGN decision 9).
func wholeList(ctx context.Context, end connector.End, progress func(read int)) (list, error) {
	account, err := end.System.Check(ctx)
	if err != nil {
		return list{}, err
	}
	if account.Organisation != end.Organisation {
		return list{}, errors.New("its secret is another organisation's")
	}
	l := list{account: account}
	for _, kind := range end.System.Kinds() {
		seen := map[string]bool{}
		certificate, err := end.System.List(ctx, kind, func(page []record.Document) error {
			for _, doc := range page {
				if !seen[doc.Ref] {
					doc.Body = slices.Clone(doc.Body)
					seen[doc.Ref], l.docs = true, append(l.docs, doc)
				}
			}
			progress(len(l.docs))
			return nil
		})
		if err == nil {
			err = certificate.Whole(end.Organisation, len(seen))
		}
		if err != nil {
			return list{}, fmt.Errorf("list %s: %w", kind, err)
		}
	}
	return l, nil
}
