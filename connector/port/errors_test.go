package port_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"passerelle/connector/port"
)

func TestErrorSaysWhatHappened(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		err  port.Error
		want string
	}{
		{"a reason", port.Error{Reason: "it is closed"}, "it is closed"},
		{"the places named", port.Error{Reason: "refused", Fields: []string{"city", "street"}}, "refused (city, street)"},
		{"the cause", port.Error{Reason: "refused", Fields: []string{"city"}, Err: context.Canceled}, "refused (city): context canceled"},
	}
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAs(t *testing.T) {
	t.Parallel()
	if got := port.As(nil); got != nil {
		t.Errorf("of no error: got %v", got)
	}
	said := &port.Error{Next: port.Ask, Reason: "refused", Err: context.Canceled}
	if got := port.As(fmt.Errorf("write: %w", said)); got != said {
		t.Errorf("of an answer, wrapped: got %v, want the answer itself", got)
	}
	if !errors.Is(said, context.Canceled) {
		t.Error("the cause is not found")
	}
	cut := errors.New("cut off")
	got := port.As(cut)
	if got.Next != port.Look || !errors.Is(got, cut) {
		t.Errorf("of an error of which nothing is known: got %q with %v, want look with its cause", got.Next, got.Err)
	}
}
