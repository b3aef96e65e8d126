package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/record"
	"passerelle/mapping"
	"passerelle/mapping/propose"
)

// proposed says which places of the club's software only the club can name, and where they seem to be: as a file beside the
// configuration where the link has no profile, else in words.
func (a *app) proposed(s *setting, lists map[record.Side]list) (string, error) {
	in := proposalInput(s, lists, a.now())
	p, err := propose.Overlay(in)
	if err != nil {
		return "", err
	}
	if s.Club.Profile != "" {
		return tellMissing(s.Club.Profile, &p), nil
	}
	path := filepath.Join(filepath.Dir(a.configPath), s.ID+"-profile.yaml")
	return writeProposal(path, s, in, &p)
}

// proposalInput puts together what a proposal rests on. A side that was not read has no documents.
func proposalInput(s *setting, lists map[record.Side]list, now time.Time) propose.Input {
	in := propose.Input{
		Club:       propose.Side{Profile: s.sides[record.Club].Profile, Documents: lists[record.Club].docs},
		Federation: propose.Side{Profile: s.sides[record.Federation].Profile, Documents: lists[record.Federation].docs},
		Codes:      map[string][]propose.Code{}, Today: record.DateOf(now.In(zurich())),
	}
	for table, rows := range lists[record.Federation].account.Codes {
		for i := range rows {
			if row := &rows[i]; row.Is(row.Code, in.Today) {
				in.Codes[table] = append(in.Codes[table], propose.Code{Code: row.Code, Names: namesOf(row)})
			}
		}
	}
	return in
}

// namesOf returns the names of a code, in the order of their languages.
func namesOf(c *port.Code) []string {
	var names []string
	for _, language := range sortedKeys(c.Names) {
		names = append(names, c.Names[language])
	}
	return names
}

// writeProposal writes a proposal where there is none. What somebody may have touched is never written over: only what connect
// itself wrote before the federation could be asked makes room for what it knows now.
func writeProposal(path string, s *setting, in propose.Input, p *propose.Proposal) (string, error) {
	text := []byte(p.Text())
	fit := mapping.Link{Constants: map[string]string{"clubNumber": s.Federation.Club}, Categories: s.Scope.Categories}
	if _, err := mapping.LoadText(s.Club.System, text, filepath.Base(path), fit); err != nil {
		return "", fmt.Errorf("the proposal is no profile, which is a fault of the program: report it: %w", err)
	}
	guess := len(in.Federation.Documents) == 0
	there, err := os.ReadFile(filepath.Clean(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", err
	default:
		in.Federation.Documents, in.Codes = nil, nil
		alone, err := propose.Overlay(in)
		if err != nil {
			return "", err
		}
		if string(there) != alone.Text() || alone.Text() == string(text) {
			return tellKept(path, there, text)
		}
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Sprintf("What only your club can name was looked for; it could not be written (%v).\nPut this into a file, and name it as profile of the link's club:\n\n%s",
			err, text), nil
	}
	return tellWritten(path, s.ID, p, guess), nil
}

// tellWritten says what was written, and what to do with it. A guess is made without the federation, which would make most of it sure:
// a link that names the guess as its profile already would get no better one.
func tellWritten(path, link string, p *propose.Proposal, guess bool) string {
	var text strings.Builder
	line := lines(&text)
	line("What only your club can name was looked for in the contacts of %d people. Written to %s:", p.People, path)
	for _, summary := range p.Summary() {
		line("  %s", summary)
	}
	if guess {
		line("Connect the federation first, before you change anything: with its lists this becomes surer, and is written anew:")
		line("  passerelle connect %s federation", link)
	}
	line("Next: look at every line of it; what begins with # takes no effect. Then add it to the club of the link %s in the", link)
	line("configuration, and run passerelle config check:")
	line("  profile: %s", filepath.Base(path))
	return text.String()
}

// tellKept says that a file that is there was left alone, and where it says something else than what connect would write.
func tellKept(path string, there, proposal []byte) (string, error) {
	var text strings.Builder
	line := lines(&text)
	differences, err := propose.Differences(there, proposal)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	line("%s is there already and was left as it is.", path)
	if len(differences) > 0 {
		line("What connect would write now differs from it; remove it and connect again to have it written anew:")
	}
	for _, d := range differences {
		line("  %s", d)
	}
	line("It takes effect when the configuration has it at the link's club: profile: %s", filepath.Base(path))
	return text.String(), nil
}

// tellMissing says what the profile of a link has no place for, what that makes impossible, and where a place seems to be.
func tellMissing(profile string, p *propose.Proposal) string {
	var text strings.Builder
	line := lines(&text)
	for _, gap := range p.Missing() {
		line("%s: %s", profile, gap)
	}
	if found := slices.Clone(p.Summary()); len(found) > 0 && p.People > 0 {
		line("Places that %s does not name, and where they seem to be:", profile)
		for _, f := range found {
			line("  %s", f)
		}
	}
	return text.String()
}
