// Package simulation is a small world to try a synchroniser in: a club's software and the federation, both as simulated
// servers with the same invented people, and the ground truth about them.
//
// A [World] starts as two systems that nobody has linked yet. Unless [Config].InStep says otherwise they have grown apart a
// little, in ways that [World.Apart] lists. [World.Edits] then does what people of both systems do in a few weeks, and
// [World.Plant] sneaks one difference in. What must be true afterwards is looked up in the two stores ([World.People],
// [World.Differences], [Edit.Check]), by code that shares nothing with an engine under test.
package simulation

import (
	"math/rand/v2"
	"sync"
	"time"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/federation/stv/stvtest"
	"passerelle/internal/population"
)

// Side is one of the two systems.
type Side string

// The two sides.
const (
	Club       Side = "club"
	Federation Side = "federation"
)

// Config says which world to make. Now is required.
type Config struct {
	// Seed and Members choose the people: see package population.
	Seed    uint64
	Members int
	// Mark is put into what people are called and where they can be found: see package population.
	Mark string
	// Now is the clock of both systems.
	Now func() time.Time
	// Shape and Merge are switches of the club's software; the zero values are its defaults.
	Shape fairgatetest.Shape
	Merge fairgatetest.Merge
	// InStep leaves out what has grown apart: both sides hold every member, and agree on everything that both can hold.
	InStep bool
	// Years has kept the club's list apart for years: besides what every world has grown apart in, names, birth dates and
	// numbers of the club are wrong or missing, so that about a third of the people differ.
	Years bool
	// Tune, if not nil, has the last word on the configuration of both simulators.
	Tune func(*fairgatetest.Config, *stvtest.Config)
}

// World is the two simulated systems and what is true about their people. Its methods are safe to use beside running
// requests, but not beside one another; [World.Staff] is safe beside itself.
type World struct {
	// People is the population. Who is unnumbered (see [World.Apart]) has no member number in it.
	People population.Population
	// ClubSystem and FederationSystem are the simulators, both http.Handlers.
	ClubSystem       *fairgatetest.Server
	FederationSystem *stvtest.Server

	config   Config
	zone     *time.Location
	apart    []Apart
	contacts map[int]string  // by N: the contact that was seeded, or added in an edit
	members  map[int]string  // by N: the member that was seeded
	desk     sync.Mutex      // of the staff: one at a time
	backups  map[Side]func() // what puts a system back to its backup
	taken    map[int]bool    // by N: grown apart, edited or planted already, so not the subject of another edit
}

// New makes a world. It panics where the configuration contradicts itself.
func New(c Config) *World {
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		panic(err) // The federation's simulator links the time zones in.
	}
	w := &World{
		config: c, zone: zone,
		contacts: make(map[int]string), members: make(map[int]string), taken: make(map[int]bool),
		backups: make(map[Side]func()),
	}
	w.People = population.Generate(population.Config{Seed: c.Seed, Members: c.Members, Mark: c.Mark, Today: w.Today()})
	clubConfig, federationConfig := w.clubConfig(), w.federationConfig()
	if c.Tune != nil {
		c.Tune(&clubConfig, &federationConfig)
	}
	w.ClubSystem, w.FederationSystem = fairgatetest.New(clubConfig), stvtest.New(federationConfig)
	if !c.InStep {
		w.apart = w.growApart(rand.New(rand.NewPCG(c.Seed, 0)))
	}
	if c.Years {
		w.drift(rand.New(rand.NewPCG(c.Seed, 1)))
	}
	for i := range w.People.People {
		w.seed(&w.People.People[i])
	}
	return w
}

// Today is the civil date in Switzerland by the world's clock.
func (w *World) Today() population.Date { return population.DateOf(w.config.Now().In(w.zone)) }

// M returns the person with the number n.
func (w *World) M(n int) population.Person { return w.People.M(n) }

func (w *World) federationShape() bool { return w.config.Shape == fairgatetest.FederationShape }

func (w *World) clubConfig() fairgatetest.Config {
	c := fairgatetest.Config{
		Organisation: Organisation, Keys: map[string]fairgatetest.Right{AccessKey: fairgatetest.Write},
		Now: w.config.Now, Seed: w.config.Seed, Shape: w.config.Shape, Merge: w.config.Merge,
		CustomFields: []fairgatetest.CustomField{
			{ID: numberPlace, Label: "STV-Nummer", Type: fairgatetest.CustomText},
			{ID: shirtPlace, Label: "T-Shirt", Type: fairgatetest.CustomText},
			{ID: exitPlace, Label: "Austritt", Type: fairgatetest.CustomDate, NoFuture: true},
			{ID: functionsPlace, Label: "Funktionen", Type: fairgatetest.CustomChoices},
		},
	}
	for _, f := range choices() {
		c.CustomFields[3].Choices = append(c.CustomFields[3].Choices, f.text)
		if f.code != "" {
			c.Roles = append(c.Roles, fairgatetest.Role{RoleID: roleID(f.code), RoleName: f.text})
		}
	}
	for _, p := range publications() {
		field := fairgatetest.CustomField{ID: p.field, Label: p.publication, Type: fairgatetest.CustomChoice}
		for _, d := range deliveries() {
			field.Choices = append(field.Choices, d.text)
		}
		c.CustomFields = append(c.CustomFields, field)
	}
	for _, m := range memberships() {
		c.Memberships = append(c.Memberships, m.names...)
	}
	return c
}

func (w *World) federationConfig() stvtest.Config {
	return stvtest.Config{
		Tokens: map[string]stvtest.Grant{Token: {Club: ClubNumber}},
		Clubs: []stvtest.Club{
			{Number: ClubNumber, Name: "TV Beispiel", Canton: "BE", Language: "de"},
			{Number: population.NeighbourClub, Name: "TV Nachbar", Canton: "BE", Language: "de"},
		},
		Now: w.config.Now, Seed: w.config.Seed,
	}
}
