// Package config reads the configuration, one YAML file, and reports everything that is wrong with it at once.
//
// It is strict: a key that it does not know, a key given twice and a value of the wrong form are problems, each with
// file and line. What a value refers to (which systems there are, which fields a policy may name, what stands in a
// profile) is checked by those who know.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Config is the whole file, with every default filled in.
type Config struct {
	// State is the folder of ledgers and sealed secrets, resolved against the configuration's folder.
	State string
	// Listen is the host:port of the console; port 0 lets the system choose. Default: 127.0.0.1:8470.
	Listen string
	Log    Log
	Keep   Keep
	// Links is never empty, and no two have the same ID.
	Links []Link
}

// Log says what is logged, and how.
type Log struct {
	// Level is debug, info, warn or error. Default: info.
	Level string
	// Format is console or json. Default: console.
	Format string
}

// Keep says how long the ledgers remember what is over.
type Keep struct {
	// History is for how long what was written, and closed questions, are kept. Default: 3 years.
	History Period
}

// A Period is a number of calendar years or days.
type Period struct{ Years, Days int }

// Before returns the time that lies the period before now.
func (p Period) Before(now time.Time) time.Time { return now.AddDate(-p.Years, 0, -p.Days) }

// A Link is one club kept in step with its federation.
type Link struct {
	// ID names the link on the command line and in file names: [a-z0-9-]+.
	ID         string
	Club       Club
	Federation Federation
	// Poll is the time between two cycles, before jitter. Default: 15 minutes.
	Poll time.Duration
	// Full is when the daily sweep of everything begins, in Europe/Zurich. Default: 03:00.
	Full  TimeOfDay
	Scope Scope
	// Policy overrides the built-in policy for single fields, by `record.field`. Default: nil.
	Policy map[string]Rule
	Guards Guards
	// Waves are mass changes of category that are expected. Default: nil.
	Waves []Wave
	// Tariff is the file with the fee of each category (LoadTariff), resolved against the configuration's folder; empty
	// means none.
	Tariff string
}

// Club is the side of the club's own software.
type Club struct {
	// System names the software, such as fairgate.
	System string
	// URL is https, or http to this machine; to another only with Insecure.
	URL string
	// Insecure accepts plain http in URL. Default: false.
	Insecure bool
	// Organisation is the club's identifier in its software.
	Organisation string
	// Profile is the file that overlays the system's built-in profile, resolved against the configuration's folder;
	// empty means none.
	Profile string
}

// Federation is the side of the federation's database.
type Federation struct {
	// System names the database, such as stv.
	System string
	// URL is https, or http to this machine; to another only with Insecure.
	URL string
	// Insecure accepts plain http in URL. Default: false.
	Insecure bool
	// Club is the club's number in the form X.XX.XX.XXXX.XX-X (WIRE.md 1).
	Club string
}

// A TimeOfDay is a minute of the day on a wall clock.
type TimeOfDay struct {
	Hour   int
	Minute int
}

// Scope says which members take part.
type Scope struct {
	// Categories holds federation category codes, two digits each, ascending, every code once: ranges are written out.
	// Default: 01 to 09, 12, 13, 28, 29.
	Categories []string
}

// A Rule is one field's override of the policy. An empty part leaves the built-in policy's.
type Rule struct {
	// Owner is both, club, federation or derived.
	Owner string
	// Both says what happens when both sides changed the field: ask, club or federation. With an Owner it stands
	// beside `both` only.
	Both string
}

// Guards hold a plan that changes more than is usual.
type Guards struct {
	// Ends counts memberships ended. Default: 3, 1 %.
	Ends Limit
	// Clears counts values emptied. Default: 5, 2 %.
	Clears Limit
	// Categories counts changes of fee category. Default: 5, 2 %.
	Categories Limit
	// Changes counts all changes. Default: 20, 10 %.
	Changes Limit
	// Pinned names people without whom a listing does not count. Default: nil.
	Pinned []string
}

// A Wave is a mass change of category that is expected in one month of one year, and at no other time.
type Wave struct {
	Year  int
	Month time.Month
	// Born is the year of birth of those who move.
	Born int
	// Moves says which category follows on which. It is never empty.
	Moves map[string]string
}

// A Limit is passed when the number is greater than max(Count, ceil(Percent × pairs)).
type Limit struct {
	Count   int
	Percent int
}

// An InvalidError is everything that is wrong with a file.
type InvalidError struct {
	// Problems are in the order of their lines.
	Problems []Problem
}

// A Problem is one thing to mend.
type Problem struct {
	File string
	Line int
	// Text says what is wrong and what would be right.
	Text string
}

// Error returns one line per problem, each `file:line: text`.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	}
	return strings.Join(lines, "\n")
}

// Load reads the configuration at path and fills in the defaults. The error is an [InvalidError] with all
// there is to mend, beside a Config with what could be read all the same, or says that the file cannot be read.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	r := reader{file: path, folder: filepath.Dir(path)}
	c := r.config(text)
	if problems := r.inOrder(); len(problems) > 0 {
		return c, &InvalidError{Problems: problems}
	}
	return c, nil
}

func defaults() Config {
	return Config{
		Listen: "127.0.0.1:8470",
		Log:    Log{Level: "info", Format: "console"},
		Keep:   Keep{History: Period{Years: 3}},
	}
}

func linkDefaults() Link {
	return Link{
		Poll:  15 * time.Minute,
		Full:  TimeOfDay{Hour: 3},
		Scope: Scope{Categories: []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "12", "13", "28", "29"}},
		Guards: Guards{
			Ends:       Limit{Count: 3, Percent: 1},
			Clears:     Limit{Count: 5, Percent: 2},
			Categories: Limit{Count: 5, Percent: 2},
			Changes:    Limit{Count: 20, Percent: 10},
		},
	}
}
