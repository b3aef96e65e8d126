package porttest_test

import (
	"testing"

	"passerelle/connector/port"
	"passerelle/connector/porttest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	porttest.Store(t, func(testing.TB) port.Store { return &porttest.Memory{} })
}

func TestTap(t *testing.T) {
	t.Parallel()
	t.Run("one that lets everything pass is a store", func(t *testing.T) {
		t.Parallel()
		porttest.Store(t, func(testing.TB) port.Store { return porttest.Tap{Store: &porttest.Memory{}} })
	})
}
