package connector_test

import (
	"strings"
	"testing"
	"time"

	"passerelle/connector"
	"passerelle/internal/record"
)

// TestAnotherInterfaceIsNoticed has both sides change to the same value at once, again and again; or minutes apart, as
// somebody does who types everything twice.
func TestAnotherInterfaceIsNoticed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		apart time.Duration
		want  [3]bool // warned of after the first, the second and the third time
	}{
		{"within a minute", 50 * time.Second, [3]bool{false, false, true}},
		{"minutes apart", 2 * time.Minute, [3]bool{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := linked(t, 34)
			b.run()
			for i, n := range b.people(3) {
				phone := b.mobile(record.Club, n, "79000111"+string(rune('1'+i)))
				b.clock.Add(tt.apart)
				b.mobile(record.Federation, n, phone[3:])
				b.run()
				s := b.status()
				warned := strings.Contains(strings.Join(s.Warnings, "\n"), "another interface")
				if warned != tt.want[i] {
					t.Errorf("after %d times: warned of it: %t, want %t", i+1, warned, tt.want[i])
				}
				if warned && s.State != connector.Waits {
					t.Errorf("state %s, want one that waits for a person", s.State)
				}
			}
			b.clock.Add(31 * 24 * time.Hour)
			if s := b.status(); len(s.Warnings) > 0 {
				t.Errorf("a month later: %v", s.Warnings)
			}
		})
	}
}

// TestOurOwnWritesAreNoEcho has one side's edits reach the other by us.
func TestOurOwnWritesAreNoEcho(t *testing.T) {
	t.Parallel()
	b := linked(t, 34)
	b.run()
	for i, n := range b.people(4) {
		b.mobile(record.Club, n, "79000111"+string(rune('1'+i)))
		b.run()
		b.run()
	}
	if s := b.status(); len(s.Warnings) > 0 {
		t.Errorf("warned of %v", s.Warnings)
	}
}
