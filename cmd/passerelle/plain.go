package main

import (
	"net/url"

	"github.com/rs/zerolog"

	"passerelle/internal/config"
)

// plainHosts returns the hosts that the configuration allows plain http to.
func plainHosts(c config.Config) []string {
	var hosts []string
	for _, l := range c.Links {
		for _, side := range insecureSides(l) {
			hosts = append(hosts, side.host)
		}
	}
	return hosts
}

// warnOfPlain says which sides everybody on the way can listen to.
func warnOfPlain(c config.Config, log zerolog.Logger) {
	for _, l := range c.Links {
		for _, side := range insecureSides(l) {
			log.Warn().Str("link", l.ID).Str("side", side.name).Str("host", side.host).
				Msg("insecure: the token and every member go over the network as plain text; use https")
		}
	}
}

// An insecureSide is a side of a link that is asked over plain http because the configuration says so.
type insecureSide struct{ name, host string }

func insecureSides(l config.Link) []insecureSide {
	var sides []insecureSide
	add := func(name, address string, insecure bool) {
		u, err := url.Parse(address)
		if insecure && err == nil && u.Scheme == "http" {
			sides = append(sides, insecureSide{name, u.Host})
		}
	}
	add("club", l.Club.URL, l.Club.Insecure)
	add("federation", l.Federation.URL, l.Federation.Insecure)
	return sides
}
