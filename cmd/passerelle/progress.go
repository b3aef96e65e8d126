package main

import (
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// A bar shows on a terminal how far a run is. On anything else it shows nothing.
type bar struct {
	mu    sync.Mutex
	shown *progressbar.ProgressBar
	step  string
	read  map[string]int // both sides are read at once
}

// newBar returns a bar on out, nil where nobody watches.
func newBar(out io.Writer) *bar {
	if !isTerminal(out) {
		return nil
	}
	return &bar{read: map[string]int{}, shown: progressbar.NewOptions(
		-1, progressbar.OptionSetWriter(out), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30), progressbar.OptionShowCount(),
		progressbar.OptionSetSpinnerChangeInterval(0), // or a goroutine of its own would draw on after the end
	)}
}

// progress is told how far a run is; of a total that is not known, what was read so far.
func (b *bar) progress(step string, done, total int) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if total == 0 {
		b.read[step] = done
		var all []string
		sum := 0
		for _, s := range slices.Sorted(maps.Keys(b.read)) {
			all = append(all, s+" "+strconv.Itoa(b.read[s]))
			sum += b.read[s]
		}
		b.shown.Describe(strings.Join(all, ", "))
		_ = b.shown.Set(sum) // as below
		return
	}
	if b.step != step {
		b.step = step
		clear(b.read)
		_ = b.shown.Clear() // as below
		b.shown.Reset()
		b.shown.ChangeMax(total)
		b.shown.Describe(step)
	}
	_ = b.shown.Set(done) // as below
}

// close takes the bar away.
func (b *bar) close() {
	if b != nil {
		_ = b.shown.Clear() // a bar that cannot be drawn stops nothing
	}
}
