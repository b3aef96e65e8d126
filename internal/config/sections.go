package config

import (
	"path/filepath"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// config reads the whole file.
func (r *reader) config(text []byte) Config {
	c := defaults()
	root := r.document(text)
	if root == nil {
		return c
	}
	r.mapping(root, "the configuration",
		key{"state", true, func(n *yaml.Node) { r.path(n, "state", &c.State) }},
		key{"listen", false, func(n *yaml.Node) { r.hostPort(n, "listen", &c.Listen) }},
		key{"log", false, func(n *yaml.Node) {
			r.mapping(n, "log",
				key{"level", false, func(n *yaml.Node) { r.oneOf(n, "level", &c.Log.Level, "debug", "info", "warn", "error") }},
				key{"format", false, func(n *yaml.Node) { r.oneOf(n, "format", &c.Log.Format, "console", "json") }},
			)
		}},
		key{"keep", false, func(n *yaml.Node) {
			r.mapping(n, "keep", key{"history", false, func(n *yaml.Node) { r.period(n, "history", &c.Keep.History) }})
		}},
		key{"links", true, func(n *yaml.Node) { c.Links = r.links(n) }},
	)
	return c
}

func (r *reader) links(n *yaml.Node) []Link {
	var links []Link
	first := map[string]int{}
	r.list(n, "links", func(element *yaml.Node) {
		l := r.link(element)
		line, twice := first[l.ID]
		if twice && l.ID != "" {
			r.problem(element.Line, "another link has the id %q, in line %d", l.ID, line)
		} else {
			first[l.ID] = element.Line
		}
		links = append(links, l)
	})
	if isNull(n) || (n.Kind == yaml.SequenceNode && len(links) == 0) {
		r.problem(n.Line, "links needs at least one link")
	}
	return links
}

func (r *reader) link(n *yaml.Node) Link {
	l := linkDefaults()
	r.mapping(n, "a link",
		key{"id", true, func(n *yaml.Node) { r.matching(n, "id", &l.ID, `[a-z0-9-]+`, "small letters, digits and hyphens") }},
		key{"club", true, func(n *yaml.Node) {
			l.Club.Insecure = r.insecure(n, "club")
			r.mapping(n, "club",
				key{"insecure", false, func(*yaml.Node) {}}, // read before the address, wherever it stands
				key{"system", true, func(n *yaml.Node) { r.word(n, "system", &l.Club.System) }},
				key{"url", true, func(n *yaml.Node) { r.url(n, "url", &l.Club.URL, l.Club.Insecure) }},
				key{"organisation", true, func(n *yaml.Node) { r.word(n, "organisation", &l.Club.Organisation) }},
				key{"profile", false, func(n *yaml.Node) { r.path(n, "profile", &l.Club.Profile) }},
			)
		}},
		key{"federation", true, func(n *yaml.Node) {
			l.Federation.Insecure = r.insecure(n, "federation")
			r.mapping(n, "federation",
				key{"insecure", false, func(*yaml.Node) {}},
				key{"system", true, func(n *yaml.Node) { r.word(n, "system", &l.Federation.System) }},
				key{"url", true, func(n *yaml.Node) { r.url(n, "url", &l.Federation.URL, l.Federation.Insecure) }},
				key{"club", true, func(n *yaml.Node) {
					r.matching(n, "club", &l.Federation.Club, `\d\.\d{2}\.\d{2}\.\d{4}\.\d{2}-\d`, "a club number like 1.01.05.4521.00-0")
				}},
			)
		}},
		key{"poll", false, func(n *yaml.Node) { r.duration(n, "poll", &l.Poll) }},
		key{"full", false, func(n *yaml.Node) { r.timeOfDay(n, "full", &l.Full) }},
		key{"scope", false, func(n *yaml.Node) {
			r.mapping(n, "scope", key{"categories", false, func(n *yaml.Node) { l.Scope.Categories = r.categories(n) }})
		}},
		key{"policy", false, func(n *yaml.Node) { l.Policy = r.policy(n) }},
		key{"guards", false, func(n *yaml.Node) { r.guards(n, &l.Guards) }},
		key{"waves", false, func(n *yaml.Node) { l.Waves = r.waves(n) }},
		key{"tariff", false, func(n *yaml.Node) { r.path(n, "tariff", &l.Tariff) }},
	)
	return l
}

func (r *reader) policy(n *yaml.Node) map[string]Rule {
	field := regexp.MustCompile(`^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$`)
	var policy map[string]Rule
	r.entries(n, "policy", func(k, value *yaml.Node) {
		if !field.MatchString(k.Value) {
			r.problem(k.Line, "policy: %q must be a record and a field, like member.email", k.Value)
			return
		}
		var rule Rule
		before := len(r.problems)
		r.mapping(value, "policy for "+k.Value,
			key{"owner", false, func(n *yaml.Node) { r.oneOf(n, "owner", &rule.Owner, "both", "club", "federation", "derived") }},
			key{"both", false, func(n *yaml.Node) { r.oneOf(n, "both", &rule.Both, "ask", "club", "federation") }},
		)
		switch {
		case len(r.problems) > before:
			rule = Rule{} // what it says is not known
		case rule == Rule{}:
			r.problem(k.Line, "policy for %s says nothing: give it an owner", k.Value)
		case rule.Both != "" && rule.Owner != "" && rule.Owner != "both":
			r.problem(k.Line, "policy for %s: when both changed it only matters if the owner is both, not %s", k.Value, rule.Owner)
			rule = Rule{}
		}
		if policy == nil {
			policy = map[string]Rule{}
		}
		policy[k.Value] = rule
	})
	return policy
}

func (r *reader) guards(n *yaml.Node, g *Guards) {
	limit := func(name string, l *Limit) key {
		return key{name, false, func(n *yaml.Node) {
			r.mapping(n, name,
				key{"count", false, func(n *yaml.Node) { r.number(n, "count", &l.Count) }},
				key{"percent", false, func(n *yaml.Node) { r.number(n, "percent", &l.Percent) }},
			)
		}}
	}
	r.mapping(n, "guards",
		limit("ends", &g.Ends),
		limit("clears", &g.Clears),
		limit("categories", &g.Categories),
		limit("changes", &g.Changes),
		key{"pinned", false, func(n *yaml.Node) {
			r.list(n, "pinned", func(element *yaml.Node) {
				if text, ok := r.text(element, "pinned"); ok {
					g.Pinned = append(g.Pinned, text)
				}
			})
		}},
	)
}

func (r *reader) path(n *yaml.Node, name string, into *string) {
	text, ok := r.text(n, name)
	if ok && !filepath.IsAbs(text) {
		text = filepath.Join(r.folder, text)
	}
	*into = text
}
