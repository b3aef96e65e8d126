package match

import (
	_ "embed"
	"strings"
	"sync"

	"passerelle/mapping"
)

//go:embed nicknames.txt
var nicknameTable string

// nicknames returns, by loosened nickname, the loosened names that it may stand for.
var nicknames = sync.OnceValue(func() map[string][]string { return readNicknames(nicknameTable) }) //nolint:gochecknoglobals // read once, never changed

// readNicknames reads lines of the form "Verena: Vreni Vroni". An empty line and one that begins with # say nothing.
func readNicknames(table string) map[string][]string {
	of := map[string][]string{}
	for line := range strings.Lines(table) {
		full, nicks, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(full, "#") {
			continue
		}
		root := loosened(mapping.FoldName(full))
		for nick := range strings.FieldsSeq(nicks) {
			if short := loosened(mapping.FoldName(nick)); short != root {
				of[short] = distinct(append(of[short], root))
			}
		}
	}
	return of
}
