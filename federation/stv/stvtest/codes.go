package stvtest

import (
	"net/http"
	"slices"
	"strings"
)

// The names of the code tables, which are their operations as well.
const (
	categories    = "categories"
	functionCodes = "functionCodes"
	publications  = "publications"
)

// newCodes returns the code tables of a configuration by name.
func newCodes(c Config) map[string][]Code {
	tables := map[string][]Code{
		categories: c.Categories, functionCodes: c.FunctionCodes, publications: c.Publications,
	}
	if c.Categories == nil {
		tables[categories] = defaultCategories()
	}
	if c.FunctionCodes == nil {
		tables[functionCodes] = []Code{
			code("PRA", "Präsidium", "Présidence", "Presidenza"),
			code("KAS", "Kasse", "Caisse", "Cassa"),
			code("LEI", "Leitung", "Monitariat", "Monitore"),
			code("TEC", "Technik", "Technique", "Tecnica"),
		}
	}
	if c.Publications == nil {
		tables[publications] = []Code{
			code("GYMLIVE", "GYMlive", "GYMlive", "GYMlive"),
			code("STVAKTUELL", "STV aktuell", "FSG actuel", "FSG attuale"),
		}
	}
	return tables
}

func code(c, de, fr, it string) Code {
	return Code{Code: c, Name: Names{De: de, Fr: fr, It: it}, ValidFrom: "2016-01-01"}
}

// defaultCategories are those of WIRE.md 1; the French and Italian names are ours.
func defaultCategories() []Code {
	return []Code{
		code("01", "Aktive Turner", "Gymnastes actifs", "Ginnasti attivi"),
		code("02", "Männer", "Hommes", "Uomini"),
		code("03", "Senioren", "Seniors", "Seniori"),
		code("04", "Aktive Turnerin", "Gymnastes actives", "Ginnaste attive"),
		code("05", "Frauen", "Dames", "Donne"),
		code("06", "Seniorin", "Seniores", "Seniore"),
		code("07", "Turnendes Ehrenmitglied", "Membre d'honneur gymnaste", "Membro onorario attivo"),
		code("08", "Turner Lizenz anderer Sportverband", "Gymnaste licencié ailleurs", "Ginnasta con altra licenza"),
		code("09", "Turnerin Lizenz anderer Sportverband", "Gymnaste licenciée ailleurs", "Ginnasta con altra licenza"),
		code("10", "Passivmitglied", "Membre passif", "Membro passivo"),
		code("11", "Nichtturnendes Ehrenmitglied", "Membre d'honneur", "Membro onorario"),
		code("12", "Knaben/Jugend", "Garçons/Jeunesse", "Ragazzi/Gioventù"),
		code("13", "Mädchen/Jugend", "Filles/Jeunesse", "Ragazze/Gioventù"),
		code("14", "Kinderturnen", "Gymnastique enfantine", "Ginnastica infantile"),
		code("15", "Muki/Vaki/Elki", "Parents-enfants", "Genitore-bambino"),
		code("28", "Erwachsene, andere Beitragsstufe", "Adultes, autre tarif", "Adulti, altra tariffa"),
		code("29", "Jugend, andere Beitragsstufe", "Jeunesse, autre tarif", "Gioventù, altra tariffa"),
	}
}

// codeTable answers GET of a code table.
func (s *Server) codeTable(c *call) (answer, error) {
	if c.query != "" {
		return answer{}, badRequest("UnknownOption", "a code table takes no options", "")
	}
	rows := []map[string]any{}
	for _, row := range s.codes[c.route.op] {
		var validTo any
		if row.ValidTo != "" {
			validTo = row.ValidTo
		}
		rows = append(rows, map[string]any{
			"code": row.Code, "name": row.Name, "validFrom": row.ValidFrom, "validTo": validTo,
		})
	}
	return answer{status: http.StatusOK, body: map[string]any{"value": rows}}, nil
}

// valid says whether the table has the code on the day.
func (s *Server) valid(table, code, day string) bool {
	return slices.ContainsFunc(s.codes[table], func(c Code) bool {
		return c.Code == code && c.ValidFrom <= day && (c.ValidTo == "" || day <= c.ValidTo)
	})
}

// youngestAdult is the first year of age, counted by year of birth, that is not youth.
const youngestAdult = 17

// audience is whom a category is for: a sex, or "" for both, and the ages in years by year of birth.
type audience struct {
	gender   string
	from, to int
}

// audienceOf returns whom the category is for (WIRE.md 1, "The server enforces").
func audienceOf(category string) audience {
	const oldest = 200
	a := audience{from: 0, to: oldest}
	switch category {
	case "01", "02", "03", "08", "12":
		a.gender = "M"
	case "04", "05", "06", "09", "13":
		a.gender = "F"
	}
	switch {
	case category >= "01" && category <= "09", category == "28":
		a.from = youngestAdult
	case category >= "12" && category <= "15", category == "29":
		a.to = youngestAdult - 1
	}
	return a
}

// checkCategory returns what speaks against the member in the category today.
func (s *Server) checkCategory(m *Member, category, target string) []problem {
	today := s.today()
	switch {
	case category == "":
		return nil // already refused as missing.
	case !s.valid(categories, category, today):
		return []problem{{"UnknownCode", "there is no such category this year", target}}
	}
	a := audienceOf(category)
	if m.Gender != "" && a.gender != "" && a.gender != m.Gender {
		return []problem{{"CategoryMismatch", "the category is not for this sex", target}}
	}
	born, _, _ := strings.Cut(m.BirthDate, "-")
	if age := atoi(today[:4]) - atoi(born); born != "" && (age < a.from || age > a.to) {
		return []problem{{"CategoryMismatch", "the category is not for this year of birth", target}}
	}
	return nil
}
