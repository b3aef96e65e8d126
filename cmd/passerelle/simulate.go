package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/internal/faults"
	"passerelle/internal/simulation"
)

// A simulated is what simulate is told.
type simulated struct {
	club, federation, control string // where to listen
	members                   int
	seed                      uint64
	federationShape           bool
	years                     bool // the two lists have been kept apart for years
	faults                    []string
	write                     string // the folder for the configuration
}

func (a *app) simulateCommand() *cobra.Command {
	var s simulated
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Serve the two systems, simulated, with invented people",
		Long: `Serves a club's software and the federation's database, simulated, with the same invented people, until Ctrl-C. It
prints where they are, the secrets that they take, and the configuration of a link between them; --write puts the
configuration into a folder.

--fault breaks answers on purpose: an operation (or * for all), a kind of fault, and settings. The address of the
knobs takes further ones, one a line, at POST /_simulate/faults.

Operations: token, contacts.list|read|create|change|delete, club, batch, categories, functionCodes, publications, and
members|affiliations|functions|subscriptions with .list, .read, .create, .change, the last two with .delete.
Kinds of faults: ` + kindsOfFaults(faults.Kinds()) + `.
Kinds that leave an answer legal and untrue: ` + kindsOfFaults(faults.QuietKinds()) + `.
Settings: ` + strings.Join(faults.Settings(), ", ") + `.
The first "after" requests pass, the next "times" are hit (without it, all). "delay" is how long a delay waits, and what
too-many and unavailable ask for. "percent" is the share of rows that lost-rows, double-rows and hidden-rows take (without
it, all), "fields" what hidden-fields hides.

What happened to the data of a system, and how it behaves from now on, is told to the same address, one act a line, at
POST /_simulate/staff. SIDE is club or federation:

  ` + strings.Join(simulation.StaffUsage(), "\n  "),
		Example: `  passerelle simulate --write try &
  cd try
  echo ` + simulation.AccessKey + ` | passerelle connect ` + simulation.LinkID + ` club
  echo ` + simulation.Token + ` | passerelle connect ` + simulation.LinkID + ` federation
  passerelle sync

  passerelle simulate --members 1000 --fault "members.list truncated after=2 times=1"
  curl --data "federation renumber" http://127.0.0.1:PORT/_simulate/staff`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := a.untilInterrupted(cmd.Context())
			defer stop()
			return a.simulate(ctx, s)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.club, "club-listen", "127.0.0.1:0", "`ADDRESS` of the club's software")
	flags.StringVar(&s.federation, "federation-listen", "127.0.0.1:0", "`ADDRESS` of the federation's database")
	flags.StringVar(&s.control, "control-listen", "127.0.0.1:0", "`ADDRESS` of the knobs")
	flags.IntVar(&s.members, "members", 300, "how many `MEMBERS` the club has")
	flags.Uint64Var(&s.seed, "seed", 1, "the `NUMBER` that the people are drawn from: the same number, the same people")
	flags.BoolVar(&s.federationShape, "federation-shape", false, "the club's contacts have federation_data, as those of clubs of a federation at Fairgate do")
	flags.BoolVar(&s.years, "years", false, "the two lists were kept apart for years: a third of the people differ")
	flags.StringArrayVar(&s.faults, "fault", nil, "a `FAULT`; can be given several times")
	flags.StringVar(&s.write, "write", "", "write the configuration into this `FOLDER`")
	return cmd
}

func kindsOfFaults(kinds []faults.Kind) string {
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (a *app) simulate(ctx context.Context, s simulated) error {
	world, err := a.world(s)
	if err != nil {
		return err
	}
	listeners, err := a.listeners(ctx, s)
	if err != nil {
		return usage(err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := world.Serve(ctx, listeners)
	err = a.tellSimulated(world, served, s.write)
	if err != nil {
		stop()
	}
	return errors.Join(err, served.Wait())
}

// world makes the simulated world, with its faults.
func (a *app) world(s simulated) (*simulation.World, error) {
	if s.members < 1 {
		return nil, usage(errors.New("--members: a club has at least one"))
	}
	config := simulation.Config{Seed: s.seed, Members: s.members, Now: a.now, Years: s.years}
	if s.federationShape {
		config.Shape = fairgatetest.FederationShape
	}
	world := simulation.New(config)
	for _, text := range s.faults {
		rule, err := faults.Parse(text)
		if err == nil {
			err = world.AddFaults(rule)
		}
		if err != nil {
			return nil, usage(fmt.Errorf("--fault %q: %w", text, err))
		}
	}
	return world, nil
}

func (a *app) listeners(ctx context.Context, s simulated) (l simulation.Listeners, err error) {
	if l.Club, err = a.listen(ctx, "tcp", s.club); err != nil {
		return l, fmt.Errorf("--club-listen: %w", err)
	}
	if l.Federation, err = a.listen(ctx, "tcp", s.federation); err != nil {
		return l, errors.Join(fmt.Errorf("--federation-listen: %w", err), l.Club.Close())
	}
	if s.control == "" {
		return l, nil
	}
	if l.Control, err = a.listen(ctx, "tcp", s.control); err != nil {
		return l, errors.Join(fmt.Errorf("--control-listen: %w", err), l.Club.Close(), l.Federation.Close())
	}
	return l, nil
}

// usualListen is where the daemon of a configuration that simulate writes answers: the default, spelled out.
const usualListen = "127.0.0.1:8470"

// tellSimulated prints what it takes to link the world, and writes it into a folder.
func (a *app) tellSimulated(world *simulation.World, served *simulation.Served, folder string) error {
	config := world.ConfigYAML(served.ClubURL, served.FederationURL, usualListen)
	var text strings.Builder
	line := lines(&text)
	if folder != "" {
		if err := writeConfig(folder, config, world.Overlay()); err != nil {
			return err
		}
		line("# passerelle.yaml and %s are in %s", simulation.OverlayFile, folder)
	}
	line("# the club's software is at        %s, access key %s", served.ClubURL, simulation.AccessKey)
	line("# the federation's database is at  %s, token %s", served.FederationURL, simulation.Token)
	if served.ControlURL != "" {
		line("# the knobs are at                 %s/_simulate/faults and /_simulate/staff", served.ControlURL)
	}
	line("# --- passerelle.yaml\n%s", config)
	line("# --- %s\n%s", simulation.OverlayFile, world.Overlay())
	line("# serving until Ctrl-C")
	_, err := io.WriteString(a.stdout, text.String())
	return err
}

// writeConfig writes the configuration of a link and its overlay into a folder.
func writeConfig(folder, config, overlay string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "passerelle.yaml"), []byte(config), 0o600),
		os.WriteFile(filepath.Join(folder, simulation.OverlayFile), []byte(overlay), 0o600),
	)
}
