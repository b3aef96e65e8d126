package simulation

import (
	"slices"
	"strings"

	"passerelle/club/fairgate/fairgatetest"
)

// How the club's secretary types what the federation knows by codes. Reading and writing of each place stand together.

// roleID is the executive board's id of a function, in the federation shape.
func roleID(code string) int {
	return 10 + slices.IndexFunc(choices(), func(c choice) bool { return c.code == code })
}

func setCategory(c *fairgatetest.Contact, federationShape bool, category string) {
	c.Membership.Membership = membershipOf(category)
	if federationShape {
		c.FederationData.FederationMembership = membershipOf(category)
	}
}

func categoryAtClub(c fairgatetest.Contact, federationShape bool) string {
	if federationShape {
		return categoryOf(c.FederationData.FederationMembership)
	}
	return categoryOf(c.Membership.Membership)
}

// setFunctions makes the contact hold exactly these functions, and leaves the choices that are none.
func setFunctions(c *fairgatetest.Contact, federationShape bool, codes []string) {
	var texts []string
	var board []fairgatetest.Role
	for _, f := range choices() {
		if slices.Contains(codes, f.code) {
			texts = append(texts, f.text)
			board = append(board, fairgatetest.Role{RoleID: roleID(f.code), RoleName: f.text})
		}
	}
	if federationShape {
		c.ClubAssignments.Primary.ExecutiveBoard = board
		return
	}
	if slices.Contains(chosen(*c), privateChoice) {
		texts = append(texts, privateChoice)
	}
	setChosen(c, texts)
}

// addPrivateChoice adds a choice that is no function, in a field that has functions as well.
func addPrivateChoice(c *fairgatetest.Contact) { setChosen(c, append(chosen(*c), privateChoice)) }

// functionsAtClub returns the codes of the functions that the contact holds.
func functionsAtClub(c fairgatetest.Contact, federationShape bool) []string {
	texts := chosen(c)
	if federationShape {
		texts = nil
		for _, role := range c.ClubAssignments.Primary.ExecutiveBoard {
			texts = append(texts, role.RoleName)
		}
	}
	var codes []string
	for _, f := range choices() {
		if f.code != "" && slices.Contains(texts, f.text) {
			codes = append(codes, f.code)
		}
	}
	return codes
}

// chosen returns what is chosen in the field of functions.
func chosen(c fairgatetest.Contact) []string {
	texts, ok := c.CustomFields[functionsPlace].([]string)
	if !ok {
		return nil
	}
	return slices.Clone(texts)
}

func setChosen(c *fairgatetest.Contact, texts []string) { setCustom(c, functionsPlace, texts) }

// setCustom sets a custom field of a contact that may have had none so far.
func setCustom(c *fairgatetest.Contact, field string, value any) {
	if c.CustomFields == nil {
		c.CustomFields = make(map[string]any)
	}
	c.CustomFields[field] = value
}

// custom returns a custom field of one text, "" for none.
func custom(c fairgatetest.Contact, field string) string {
	text, ok := c.CustomFields[field].(string)
	if !ok {
		return ""
	}
	return text
}

// setSubscription notes how a publication comes; an empty delivery ends it.
func setSubscription(c *fairgatetest.Contact, publication, delivered string) {
	for _, p := range publications() {
		if p.publication != publication {
			continue
		}
		setCustom(c, p.field, "")
		for _, d := range deliveries() {
			if d.word == delivered {
				setCustom(c, p.field, d.text)
			}
		}
	}
}

// subscriptionAtClub returns how a publication comes, "" if it does not.
func subscriptionAtClub(c fairgatetest.Contact, p publicationPlace) string {
	for _, d := range deliveries() {
		if d.text == custom(c, p.field) {
			return d.word
		}
	}
	return ""
}

func setNumber(c *fairgatetest.Contact, federationShape bool, number string) {
	if federationShape {
		c.FederationData.FederationContactID = number
		return
	}
	setCustom(c, numberPlace, number)
}

// numberAtClub returns the federation number that the contact carries with its leading zero, "" for none.
func numberAtClub(c fairgatetest.Contact, federationShape bool) string {
	number := custom(c, numberPlace)
	if federationShape {
		number = c.FederationData.FederationContactID
	}
	if number == "" {
		return ""
	}
	return strings.Repeat("0", max(0, 6-len(number))) + number
}
