package fairgatetest

import (
	"encoding/json"
	"fmt"
	"time"
)

// Contact is one contact as the organisation's secretary sees it (WIRE.md 2). Texts are as typed, dates are
// YYYY-MM-DD, the empty string is none. On the wire the same members are served in the forms and with the omissions
// that [Config] asks for.
type Contact struct {
	Basefields      Basefields      `json:"basefields"`
	Status          string          `json:"status"` // active, archived, ffm or members
	Membership      Membership      `json:"membership"`
	FederationData  FederationData  `json:"federation_data"`
	CorrAddress     Address         `json:"corr_address"`
	InvoiceAddress  Address         `json:"invoice_address"`
	Communication   Communication   `json:"communication"`
	ClubAssignments ClubAssignments `json:"club_assignments"`
	// CustomFields are the values by the field's ID: []string for a CustomChoices field, string for the others.
	CustomFields map[string]any `json:"custom_fields,omitempty"`
}

// Basefields are who the contact is.
type Basefields struct {
	ContactID              string    `json:"contact_id"` // digits, given by the server
	FirstName              string    `json:"first_name"`
	LastName               string    `json:"last_name"`
	CompanyName            string    `json:"company_name"`
	ContactType            string    `json:"contact_type"` // singleperson or company
	Salutation             string    `json:"salutation"`   // formal or informal
	CorrespondenceLanguage string    `json:"correspondence_language"`
	Gender                 string    `json:"gender"` // male or female
	Birthday               string    `json:"birthday"`
	LastUpdate             time.Time `json:"last_update"` // whole seconds, given by the server
}

// Membership is the contact's membership of the club.
type Membership struct {
	Membership       string `json:"membership"` // one of Config.Memberships
	FirstJoiningDate string `json:"first_joining_date"`
}

// FederationData is the contact's membership of the federation.
type FederationData struct {
	FederationContactID        string `json:"federation_contact_id"` // digits
	FederationMembership       string `json:"federation_membership"` // one of Config.Memberships
	FederationFirstJoiningDate string `json:"federation_first_joining_date"`
}

// Address is a postal address.
type Address struct {
	AliasName     string `json:"alias_name"`
	Street        string `json:"street"`
	City          string `json:"city"`
	State         string `json:"state"`
	PostaleCode   string `json:"postale_code"` // spelled so on the wire
	Country       string `json:"country"`
	PostOfficeBox string `json:"post_office_box"`
}

// Communication is how the contact is reached. PrimaryEmail is unique in the organisation, in whatever case.
type Communication struct {
	PrimaryEmail           string `json:"primary_email"`
	Mobile                 string `json:"mobile"`
	Handy2                 string `json:"handy2"`
	EmailParent1           string `json:"email_parent_1"`
	EmailParent2           string `json:"email_parent_2"`
	Website                string `json:"website"`
	CorrespondenceLanguage string `json:"correspondence_language"`
}

// ClubAssignments are the clubs that the contact belongs to, as a federation sees them.
type ClubAssignments struct {
	Primary   Assignment   `json:"primary"`
	Secondary []Assignment `json:"secondary,omitempty"`
}

// Assignment is the contact's place in one club.
type Assignment struct {
	OrganizationID int    `json:"organization_id"`
	Organization   string `json:"organization"`
	Membership     string `json:"membership"` // one of Config.Memberships
	ExecutiveBoard []Role `json:"executive_board,omitempty"`
}

// Role is a seat on a club's executive board.
type Role struct {
	RoleID   int    `json:"role_id"`
	RoleName string `json:"role_name"`
}

// normal returns a deep copy of c in which equal contacts are equal values: nothing empty is kept in maps and slices.
func (c Contact) normal() Contact {
	var n Contact
	// Both directions are total on what a Contact can hold; a custom value of another type is the test's mistake.
	if err := json.Unmarshal(c.encoded(), &n); err != nil {
		panic(fmt.Sprintf("fairgatetest: contact: %v", err))
	}
	for id, value := range n.CustomFields {
		switch v := value.(type) {
		case nil:
			delete(n.CustomFields, id)
		case string:
			if v == "" {
				delete(n.CustomFields, id)
			}
		case []any:
			n.CustomFields[id] = texts(v)
			if len(v) == 0 {
				delete(n.CustomFields, id)
			}
		default:
			panic(fmt.Sprintf("fairgatetest: contact: custom field %s holds a %T", id, value))
		}
	}
	if len(n.CustomFields) == 0 {
		n.CustomFields = nil
	}
	return n
}

// sameAs reports whether both contacts say the same, their stamps aside. Both are normal.
func (c Contact) sameAs(other Contact) bool {
	c.Basefields.LastUpdate, other.Basefields.LastUpdate = time.Time{}, time.Time{}
	return string(c.encoded()) == string(other.encoded())
}

// sameButCustom reports whether the contacts differ in custom fields only. Both are normal.
func (c Contact) sameButCustom(other Contact) bool {
	c.CustomFields, other.CustomFields = nil, nil
	return c.sameAs(other)
}

// document returns the contact as a tree of JSON values, which a change is merged into.
func (c Contact) document() map[string]any {
	var doc map[string]any
	if err := json.Unmarshal(c.encoded(), &doc); err != nil {
		panic(fmt.Sprintf("fairgatetest: contact: %v", err))
	}
	return doc
}

// contactOf is the inverse of document.
func contactOf(doc map[string]any) Contact {
	text, err := json.Marshal(doc)
	var c Contact
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		// What reaches this point has passed the check of every field.
		panic(fmt.Sprintf("fairgatetest: a checked contact cannot be kept: %v", err))
	}
	return c.normal()
}

func (c Contact) encoded() []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("fairgatetest: contact: %v", err))
	}
	return text
}

func texts(values []any) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		list = append(list, fmt.Sprint(v))
	}
	return list
}
