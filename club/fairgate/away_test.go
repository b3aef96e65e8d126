package fairgate_test

import (
	"testing"
	"time"

	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/faults"
)

// TestAHostThatAskedToBeLeftAlone is sent nothing, and the error of what was not sent says until when.
func TestAHostThatAskedToBeLeftAlone(t *testing.T) {
	t.Parallel()
	c := open(t)
	ref := c.populate(1)[0]
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpRead, Kind: faults.TooMany, Delay: 20 * time.Minute, Times: 1})
	if _, err := c.Read(t.Context(), ref); err == nil {
		t.Fatal("the fault was not met")
	}
	sent := len(c.sim.Requests())
	_, err := c.Read(t.Context(), ref)
	if e := port.As(err); e.Next != port.Again || !e.Until.Equal(c.clock.Now().Add(20*time.Minute)) {
		t.Errorf("%v, until %s; want again after 20 minutes", err, e.Until)
	}
	if now := len(c.sim.Requests()); now != sent {
		t.Errorf("%d requests were sent all the same", now-sent)
	}
}
