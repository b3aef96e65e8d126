package population

import (
	"fmt"
	"time"
)

// Date is a civil date written YYYY-MM-DD, "" for none. Dates compare as strings do.
type Date string

// DateOf returns the civil date of t in its own time zone.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Year returns the date's year.
func (d Date) Year() int { return d.time().Year() }

// Add returns the date so many years, months and days later, a day that does not exist counted on as [time.Time.AddDate] does.
func (d Date) Add(years, months, days int) Date {
	return DateOf(d.time().AddDate(years, months, days))
}

// Age returns how many birthdays somebody born on d has had up to and including the day on.
func (d Date) Age(on Date) int {
	born, day := d.time(), on.time()
	age := day.Year() - born.Year()
	if day.Month() < born.Month() || day.Month() == born.Month() && day.Day() < born.Day() {
		age--
	}
	return age
}

func (d Date) time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		panic(fmt.Sprintf("population: %q is not a date", string(d)))
	}
	return t
}
