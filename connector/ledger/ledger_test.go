package ledger_test

import (
	"path/filepath"
	"testing"

	"passerelle/connector/ledger"
	"passerelle/connector/port"
	"passerelle/connector/porttest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	porttest.Store(t, func(tb testing.TB) port.Store {
		tb.Helper()
		l, err := ledger.Open(tb.Context(), filepath.Join(tb.TempDir(), "x.ledger"), ledger.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			if err := l.Close(); err != nil {
				tb.Error(err)
			}
		})
		return l
	})
}
