package population

// plain are last names as most members have them; a few carry umlauts or accents anyway.
func plain(language string) []string {
	switch language {
	case "fr":
		return french(language)
	case "it":
		return []string{"Bernasconi", "Bianchi", "Cattaneo", "Crivelli", "Ferrari", "Galli", "Lepori", "Pedrazzini", "Quadri", "Rezzonico", "Rossi", "Solcà"}
	default:
		return []string{
			"Aebischer", "Ammann", "Bachmann", "Baumgartner", "Brunner", "Bühler", "Christen", "Egger", "Eichenberger", "Fankhauser",
			"Frei", "Gerber", "Graf", "Gruber", "Hofer", "Huber", "Imhof", "Käser", "Keller", "Küng", "Lehmann", "Lüthi", "Meier",
			"Moser", "Näf", "Niederberger", "Odermatt", "Pfister", "Rüegg", "Schmid", "Stalder", "Suter", "Tobler", "Ulrich", "Vogt",
			"Wagner", "Wyss", "Zaugg", "Zimmermann", "Zwahlen",
		}
	}
}

func umlaut(string) []string {
	return []string{"Bärtschi", "Böhlen", "Gämperle", "Hösli", "Kälin", "Läderach", "Müller", "Rüttimann", "Schönbächler", "Zürcher"}
}

func french(string) []string {
	return []string{"Bérard", "Châtelain", "Crausaz", "Dufour", "Emery", "Fournier", "Genoud", "Jaquet", "Monnier", "Noël", "Péclat", "Rochat"}
}

func apostrophe(string) []string {
	return []string{"D'Angelo", "D'Onofrio", "Dell'Acqua", "Dall'Olio", "L’Abate", "O'Brien"}
}

func sharp(string) []string { return []string{"Großmann", "Strauß", "Weiß", "Weißhaupt"} }

func particle(string) []string {
	return []string{"de Preux", "von Allmen", "von Rotz", "Van der Linden", "zur Gilgen"}
}

// firstNames by sex and language.
func firstNames(gender, language string) []string {
	switch gender + " " + language {
	case "F fr":
		return []string{"Anne-Lise", "Chloé", "Élodie", "Hélène", "Inès", "Jeanne", "Léa", "Manon", "Marie-Claude", "Noémie", "Sylvie", "Zoé"}
	case "M fr":
		return []string{"Benoît", "Cédric", "Didier", "Étienne", "François", "Gaël", "Jean-Luc", "Loïc", "Mathieu", "Noé", "Pascal", "Théo"}
	case "F it":
		return []string{"Alessia", "Chiara", "Elena", "Federica", "Giulia", "Ilaria", "Lucia", "Marta", "Nicoletta", "Silvia"}
	case "M it":
		return []string{"Andrea", "Dario", "Enea", "Fabrizio", "Gioele", "Luca", "Matteo", "Niccolò", "Paolo", "Simone"}
	case "F de":
		return []string{
			"Andrea", "Anna", "Barbara", "Bettina", "Corinne", "Céline", "Dörte", "Elisabeth", "Flurina", "Franziska", "Gabriela",
			"Hannah", "Jasmin", "Käthi", "Laura", "Lena", "Livia", "Margrit", "Nadja", "Nora", "Petra", "Regula", "Sarah", "Simone",
			"Ursina", "Vreni", "Yvonne",
		}
	default:
		return []string{
			"Adrian", "Andreas", "Beat", "Björn", "Christian", "Daniel", "Dominik", "Fabian", "Florian", "Götz", "Hans-Peter",
			"Jakob", "Jonas", "Jürg", "Kevin", "Levin", "Lukas", "Marco", "Matthias", "Nils", "Noah", "Patrick", "Reto", "Simon",
			"Stefan", "Thomas", "Tim", "Urs", "Yannick",
		}
	}
}

// town is a real postal code with its place, in which only invented streets lie.
type town struct{ code, city string }

func towns(language string) []town {
	switch language {
	case "fr":
		return []town{{"1003", "Lausanne"}, {"1700", "Fribourg"}, {"2000", "Neuchâtel"}, {"2800", "Delémont"}}
	case "it":
		return []town{{"6500", "Bellinzona"}, {"6600", "Locarno"}, {"6900", "Lugano"}}
	default:
		return []town{{"3011", "Bern"}, {"4500", "Solothurn"}, {"5000", "Aarau"}, {"6300", "Zug"}, {"8200", "Schaffhausen"}, {"8400", "Winterthur"}, {"8610", "Uster"}, {"9000", "St. Gallen"}}
	}
}

// streets are named after what is done in a gymnastics hall, so that nobody can live there.
func streets(language string) []string {
	switch language {
	case "fr":
		return []string{"Allée du Cheval-d'Arçons", "Chemin de la Roulade", "Rue du Saut-Périlleux", "Sentier de l'Échauffement"}
	case "it":
		return []string{"Via del Salto Mortale", "Via della Capriola", "Vicolo degli Anelli"}
	default:
		return []string{"Barrengasse", "Flickflackweg", "Handstandstrasse", "Purzelbaumweg", "Reckstrasse", "Schwebebalkenweg", "Sprossenwandstrasse", "Überschlagweg"}
	}
}
