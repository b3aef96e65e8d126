package main

import (
	"cmp"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// A build is what the program is made of.
type build struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Revision string `json:"revision"`
	Modified bool   `json:"modified"`
}

func (a *app) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Example: `  passerelle version
  passerelle version --json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if a.json {
				return a.printJSON(b)
			}
			var text strings.Builder
			line := lines(&text)
			line("passerelle %s, revision %s, built with %s", b.Version, b.Revision, b.Go)
			if b.Modified {
				line("built from files that differ from that revision")
			}
			_, err := io.WriteString(a.stdout, text.String())
			return err
		},
	}
	a.takesJSON(cmd)
	return cmd
}

// thisBuild returns what the linker and Go have noted of the build.
func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Revision: "unknown"}
	if noted, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, noted.Main.Version)
		for _, s := range noted.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	b.Version = cmp.Or(b.Version, "unknown")
	return b
}
