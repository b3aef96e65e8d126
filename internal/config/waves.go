package config

import (
	"regexp"
	"time"

	"go.yaml.in/yaml/v3"
)

// waves reads the mass changes that are expected.
func (r *reader) waves(n *yaml.Node) []Wave {
	var waves []Wave
	r.list(n, "waves", func(element *yaml.Node) {
		var w Wave
		r.mapping(element, "a wave",
			key{"month", true, func(n *yaml.Node) { r.monthOf(n, &w) }},
			key{"born", true, func(n *yaml.Node) { r.year(n, "born", &w.Born) }},
			key{"moves", true, func(n *yaml.Node) { w.Moves = r.moves(n) }},
		)
		waves = append(waves, w)
	})
	return waves
}

func (r *reader) monthOf(n *yaml.Node, w *Wave) {
	text, ok := r.text(n, "month")
	if !ok {
		return
	}
	at, err := time.Parse("2006-01", text)
	if err != nil {
		r.problem(n.Line, "month must be a month of a year like 2026-01: a wave is over with it")
		return
	}
	w.Year, w.Month = at.Year(), at.Month()
}

// moves reads which category follows on which.
func (r *reader) moves(n *yaml.Node) map[string]string {
	code := regexp.MustCompile(`\A\d\d\z`)
	moves := map[string]string{}
	r.entries(n, "moves", func(k, value *yaml.Node) {
		to, ok := r.text(value, "moves")
		switch {
		case !ok:
		case !code.MatchString(k.Value) || !code.MatchString(to):
			r.problem(k.Line, `moves: %q: %q must be two categories of two digits each, like "12": "01"`, k.Value, to)
		case k.Value == to:
			r.problem(k.Line, "moves: %q goes to itself", to)
		default:
			moves[k.Value] = to
		}
	})
	if len(moves) == 0 && (isNull(n) || n.Kind == yaml.MappingNode) && len(n.Content) == 0 {
		r.problem(n.Line, "moves is empty: nobody would move")
	}
	return moves
}
