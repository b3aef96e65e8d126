package stv_test

import (
	"testing"
	"time"

	"passerelle/connector/port"
	"passerelle/internal/faults"
)

// TestAHostThatAskedToBeLeftAlone is sent nothing, and the error of what was not sent says until when.
func TestAHostThatAskedToBeLeftAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Faults().Add(faults.Rule{Op: "club", Kind: faults.TooMany, Delay: 20 * time.Minute, Times: 1})
	if _, err := h.Check(t.Context()); err == nil {
		t.Fatal("the fault was not met")
	}
	sent := len(h.Requests())
	_, err := h.Check(t.Context())
	if e := port.As(err); e.Next != port.Again || !e.Until.Equal(noon().Add(20*time.Minute)) {
		t.Errorf("%v, until %s; want again after 20 minutes", err, e.Until)
	}
	if now := len(h.Requests()); now != sent {
		t.Errorf("%d requests were sent all the same", now-sent)
	}
}
