package stv

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/httpx"
	"passerelle/internal/record"
)

// Check asks the federation which club the token is good for, and for its code tables: "category", "functionCode" and
// "publication". A token of another club is an error with Next Token, whatever it may do there.
func (s *System) Check(ctx context.Context) (port.Account, error) {
	account, err := s.check(ctx)
	s.checked.Store(err == nil)
	return account, err
}

func (s *System) check(ctx context.Context) (port.Account, error) {
	account, err := s.account(ctx)
	if err != nil {
		return port.Account{}, fmt.Errorf("ask which club the token is for: %w", err)
	}
	account.Codes = map[string][]port.Code{}
	for _, t := range []struct{ name, path string }{
		{"category", "categories"}, {"functionCode", "functionCodes"}, {"publication", "publications"},
	} {
		if account.Codes[t.name], err = s.codes(ctx, t.path); err != nil {
			return port.Account{}, fmt.Errorf("read the code table %s: %w", t.path, err)
		}
	}
	return account, nil
}

// account asks who we are.
func (s *System) account(ctx context.Context) (port.Account, error) {
	answer, err := s.get(ctx, "club")
	if err != nil {
		return port.Account{}, err
	}
	if answer.Status == http.StatusForbidden {
		// Some servers take a bad token for a guest's (WIRE.md 4).
		return port.Account{}, &port.Error{Next: port.Token, Reason: "the federation does not say which club the token is for", Advice: connect}
	}
	var club struct {
		ClubNumber   string     `json:"clubNumber"`
		Name         string     `json:"name"`
		Language     string     `json:"language"`
		TokenExpires *time.Time `json:"tokenExpires"`
		Rights       []string   `json:"rights"`
		WriteWindow  string     `json:"writeWindow"`
	}
	if err := read(answer, &club); err != nil {
		return port.Account{}, err
	}
	switch {
	case club.ClubNumber == "" || club.Rights == nil:
		return port.Account{}, foreign(answer.Status, port.Stop)
	case club.ClubNumber != s.club:
		return port.Account{}, &port.Error{
			Next:   port.Token,
			Reason: "this token is for another club",
			Advice: "copy the token of club " + s.club + " from the federation's database and " + connect,
		}
	}
	account := port.Account{
		Organisation: club.ClubNumber,
		Name:         club.Name,
		Language:     club.Language,
		CanWrite:     slices.Contains(club.Rights, "write"),
		WindowClosed: club.WriteWindow != "open",
	}
	if club.TokenExpires != nil {
		account.Expires = *club.TokenExpires
	}
	return account, nil
}

// codes reads a code table.
func (s *System) codes(ctx context.Context, path string) ([]port.Code, error) {
	answer, err := s.get(ctx, path)
	if err != nil {
		return nil, err
	}
	var table struct {
		Value []struct {
			Code      string            `json:"code"`
			Name      map[string]string `json:"name"`
			ValidFrom record.Date       `json:"validFrom"`
			ValidTo   record.Date       `json:"validTo"`
		} `json:"value"`
	}
	if err := read(answer, &table); err != nil {
		return nil, err
	}
	if table.Value == nil {
		return nil, foreign(answer.Status, port.Stop)
	}
	codes := make([]port.Code, 0, len(table.Value))
	for _, row := range table.Value {
		if row.Code == "" {
			return nil, foreign(answer.Status, port.Stop)
		}
		codes = append(codes, port.Code{Code: row.Code, Names: row.Name, From: row.ValidFrom, Until: row.ValidTo})
	}
	return codes, nil
}

// read takes in the JSON of an answer without which there is no run. An error has Next Stop.
func read(a httpx.Response, into any) error {
	if a.Status != http.StatusOK {
		return notListed(a)
	}
	if !httpx.IsJSON(a) || json.Unmarshal(a.Body, into) != nil {
		return foreign(a.Status, port.Stop)
	}
	return nil
}
