package mapping

import (
	"errors"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"

	"passerelle/internal/record"
)

// canonicaliser is the version of the rules in this file. It enters the hash of every profile: whoever changes a rule so
// that a text gets another canonical form raises it, and the plan that follows is held (DESIGN decision 12).
const canonicaliser = "1"

// home is the region in which a phone number without a country prefix is read where no country is known.
const home = "CH"

// errForm is returned for a text that has no canonical form in its type. It never holds the text: values are personal.
var errForm = errors.New("the text does not have the form of its field")

// Canonical returns the canonical value of what a person typed for a field of type t: Empty for nothing, an error for a text
// that has no canonical form. The error never holds the text.
func Canonical(t record.Type, text string) (record.Value, error) {
	return newCanon().value(t, text)
}

// Canonical does what the function Canonical does, for many texts: what it looks up it looks up once.
func (p *Profile) Canonical(t record.Type, text string) (record.Value, error) {
	return p.canon.value(t, text)
}

func (c *canon) value(t record.Type, text string) (record.Value, error) {
	canonical, err := c.text(t, text, home)
	if err != nil {
		return record.NotCarried(), err
	}
	return record.Of(canonical), nil
}

// A canon brings texts into their canonical form. The names of the countries are looked up when the first one is met.
type canon struct {
	countries func() map[string]string
}

func newCanon() *canon { return &canon{countries: sync.OnceValue(countryNames)} }

// countryNames returns the alpha-2 code of each country by its folded name in German, French, Italian and English.
func countryNames() map[string]string {
	names := map[string]string{}
	tongues := []language.Tag{language.English, language.Italian, language.French, language.German}
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			region, err := language.ParseRegion(code)
			if err != nil || !region.IsCountry() || region.String() != code {
				continue
			}
			for _, tongue := range tongues {
				names[FoldName(display.Regions(tongue).Name(region))] = code
			}
		}
	}
	return names
}

// text returns the canonical text of type t, "" for nothing. Phone numbers are read as dialled in region.
func (c *canon) text(t record.Type, text, region string) (string, error) {
	text = clean(text)
	if text == "" {
		return "", nil
	}
	switch t {
	case record.Text, record.Name, record.Code:
		return text, nil
	case record.CivilDate:
		return civilDate(text)
	case record.Phone:
		return phone(text, region)
	case record.Email:
		return email(text)
	case record.Country:
		return c.country(text)
	case record.Language:
		return tongue(text)
	case record.Sex:
		return oneOf(text, map[string][]string{"M": {"m", "1", "male"}, "F": {"f", "2", "female", "w"}})
	case record.Number:
		return number(text)
	case record.MemberNumber:
		return memberNumber(text)
	case record.YesNo:
		return oneOf(text, map[string][]string{"yes": {"yes", "true", "1", "ja", "oui"}, "no": {"no", "false", "0", "nein", "non"}})
	default:
		return "", errForm
	}
}

// clean returns a text in NFC with its spaces collapsed and trimmed; a non-breaking space is a space.
func clean(text string) string { return norm.NFC.String(strings.Join(strings.Fields(text), " ")) }

// civilDate reads a date, also as Swiss people type it, and a time as the date of its own offset, so that no conversion
// shifts a day (INCIDENTS 33). Year 1 is how the database behind the federation writes none.
func civilDate(text string) (string, error) {
	for _, layout := range []string{
		time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2.1.2006", "2.1.2006 15:04:05",
	} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if t.Year() <= 1 {
			return "", nil
		}
		return record.DateOf(t).String(), nil
	}
	return "", errForm
}

// phone reads a number as dialled in region, where the person lives, or at home, where the club is. A text that is one number
// there and another one here is neither: nobody is given a wrong number on a guess.
func phone(text, region string) (string, error) {
	if strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("+0123456789 ()-–./'", r) }) >= 0 {
		return "", errForm // words beside a number, an extension: the number alone would lose them
	}
	there, here := dialled(text, region), dialled(text, home)
	switch {
	case there == "" && here == "", there != "" && here != "" && there != here:
		return "", errForm
	case there == "":
		return here, nil
	default:
		return there, nil
	}
}

// dialled returns the number, "+41…", that a text means in a region, "" when it means none.
func dialled(text, region string) string {
	n, err := phonenumbers.Parse(text, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return ""
	}
	// Digits after the end of the number are a second number, which would be lost.
	if !strings.HasSuffix(digits(text), phonenumbers.GetNationalSignificantNumber(n)) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// email returns an address in lower case as a whole: the federation stores it so, and no server in use tells two people
// apart by the case of their address.
func email(text string) (string, error) {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return "", errForm
	}
	lower := strings.ToLower(text)
	if _, host, _ := strings.Cut(lower, "@"); !strings.Contains(host, ".") {
		return "", errForm
	}
	return lower, nil
}

func (c *canon) country(text string) (string, error) {
	if code := strings.ToUpper(text); len(code) == 2 || len(code) == 3 {
		if region, err := language.ParseRegion(code); err == nil && region.IsCountry() && len(region.String()) == 2 {
			return region.Canonicalize().String(), nil
		}
	}
	if code, ok := c.countries()[FoldName(text)]; ok {
		return code, nil
	}
	return "", errForm
}

// tongue reads a language code; de-CH is de.
func tongue(text string) (string, error) {
	tag, err := language.Parse(strings.ReplaceAll(text, "_", "-"))
	if err != nil {
		return "", errForm
	}
	base, confidence := tag.Base()
	if confidence != language.Exact || len(base.String()) != 2 {
		return "", errForm
	}
	return base.String(), nil
}

func number(text string) (string, error) {
	if digits(text) != text {
		return "", errForm
	}
	if text = strings.TrimLeft(text, "0"); text == "" {
		return "0", nil
	}
	return text, nil
}

// memberNumber reads a number of up to six digits and gives back the leading zeros that a spreadsheet or a number field
// took away (WIRE.md 1, 2). Zero is how a number field says none.
func memberNumber(text string) (string, error) {
	const width = 6
	text, err := number(text)
	switch {
	case err != nil || len(text) > width:
		return "", errForm
	case text == "0":
		return "", nil
	default:
		return strings.Repeat("0", width-len(text)) + text, nil
	}
}

func oneOf(text string, spellings map[string][]string) (string, error) {
	for value, spelled := range spellings {
		if slices.Contains(spelled, strings.ToLower(text)) {
			return value, nil
		}
	}
	return "", errForm
}

// FoldName returns the form of a name in which names are compared: letters and digits only, case-folded, without marks, ß as
// ss. It follows the German rule that ä is ae, ö is oe and ü is ue, so that Müller and Mueller are one name and Muller is
// another; other languages lose only their marks.
func FoldName(text string) string {
	text = cases.Fold().String(norm.NFC.String(text))
	text = strings.NewReplacer(
		"ä", "ae", "ö", "oe", "ü", "ue", "æ", "ae", "œ", "oe", "ø", "oe", "ł", "l", "đ", "d", "ð", "d", "ı", "i",
	).Replace(text)
	return strings.Map(foldRune, norm.NFKD.String(text))
}

// foldRune drops what is neither a letter nor a digit; the marks that a decomposition split off are neither.
func foldRune(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}
