package fairgate_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/club/fairgate"
	"passerelle/club/fairgate/fairgatetest"
	"passerelle/connector/port"
	"passerelle/internal/faults"
	"passerelle/internal/record"
)

// wrongly is what comes of each method when one operation answers with a fault, and how often that was asked. The token
// is in hand already, except for Check.
type wrongly struct {
	token, list, read, create, change port.Next
	asked                             int // requests of a read; of a write, where that is not the same: written
	written                           int
}

func TestEveryFaultOfEveryRequest(t *testing.T) {
	t.Parallel()
	const (
		again, look, stop, token = port.Again, port.Look, port.Stop, port.Token
		four                     = 4 // a first attempt and three more
	)
	tests := map[faults.Kind]wrongly{
		faults.CutBefore:    {again, again, again, look, look, four, 1},
		faults.CutAfter:     {again, again, again, look, look, four, 1},
		faults.Unauthorized: {token, token, token, token, token, 2, 2},
		faults.Forbidden:    {token, stop, look, port.Wait, port.Wait, 1, 1},
		faults.TooMany:      {again, again, again, again, again, four, four},
		faults.TooManyBare:  {again, again, again, again, again, four, four},
		faults.ServerError:  {again, again, again, look, look, 1, 1},
		faults.Unavailable:  {again, again, again, look, look, four, 1},
		faults.HTML:         {stop, stop, look, look, look, 1, 1},
		faults.HTMLAfter:    {stop, stop, look, look, look, 1, 1},
		faults.ErrorAfter:   {again, again, again, look, look, 1, 1},
		faults.Truncated:    {stop, stop, look, look, look, 1, 1},
		faults.Empty:        {stop, stop, look, look, look, 1, 1},
		// Applied by a list alone; the certificate shows them.
		faults.LostNext: {fine, fine, fine, fine, fine, 1, 1},
		faults.LostRows: {fine, fine, fine, fine, fine, 1, 1},
	}
	for _, kind := range faults.Kinds() {
		if _, ok := tests[kind]; !ok && kind != faults.Delay { // which only an end of the context ends
			t.Errorf("%s is not in the table", kind)
		}
	}
	for kind, tt := range tests {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			c := open(t)
			ref := c.populate(1)[0]
			for op, ask := range map[string]struct {
				want  port.Next
				asked int
				do    func() error
			}{
				fairgatetest.OpToken:  {tt.token, tokenAttempts(kind), func() error { _, err := c.Check(t.Context()); return err }},
				fairgatetest.OpList:   {tt.list, tt.asked, func() error { return c.list(t.Context()) }},
				fairgatetest.OpRead:   {tt.read, tt.asked, func() error { _, err := c.Read(t.Context(), ref); return err }},
				fairgatetest.OpCreate: {tt.create, tt.written, func() error { _, err := c.Write(t.Context(), create(beat)); return err }},
				fairgatetest.OpChange: {tt.change, tt.written, func() error {
					_, err := c.Write(t.Context(), change(ref, `{"status":"members"}`))
					return err
				}},
			} {
				c.sim.Faults().Clear()
				c.began(t)
				c.config.HTTP.Close() // on a used connection, Go itself repeats a read that is cut
				before := c.sim.Contacts()
				c.sim.Faults().Add(faults.Rule{Op: op, Kind: kind})
				err := ask.do()
				if next(err) != ask.want {
					t.Errorf("%s: next = %q, want %q (%v)", op, next(err), ask.want, err)
				}
				if got := c.asked(op); got != ask.asked {
					t.Errorf("%s: %d requests, want %d", op, got, ask.asked)
				}
				if changed := !cmp.Equal(before, c.sim.Contacts()); changed && next(err) != look && err != nil {
					t.Errorf("%s: next = %q, and the write took effect", op, next(err))
				}
				sound(t, op, err)
			}
		})
	}
}

// tokenAttempts is how often a token is asked for that is answered so: a refusal is not repeated, an exchange is a write.
func tokenAttempts(kind faults.Kind) int {
	if kind == faults.TooMany || kind == faults.TooManyBare {
		return 4
	}
	return 1
}

// sound holds an error to what an admin can make of it.
func sound(t *testing.T, op string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	e := port.As(err)
	if e.Reason == "" || strings.ContainsAny(e.Reason, "\n") {
		t.Errorf("%s: the reason is %q", op, e.Reason)
	}
	if (e.Next == port.Stop || e.Next == port.Token || e.Next == port.Wait) && e.Advice == "" {
		t.Errorf("%s: %q, and no advice", op, e.Reason)
	}
}

func TestTooManySaysUntilWhen(t *testing.T) {
	t.Parallel()
	c := open(t).began(t)
	c.sim.Faults().Add(faults.Rule{Op: fairgatetest.OpCreate, Kind: faults.TooMany, Delay: time.Hour})
	_, err := c.Write(t.Context(), create(beat))
	e := port.As(err)
	if e == nil || e.Next != port.Again || !e.Until.Equal(c.clock.Now().Add(time.Hour)) || c.asked(fairgatetest.OpCreate) != 1 {
		t.Errorf("got %#v after %d requests, want again in an hour after 1", e, c.asked(fairgatetest.OpCreate))
	}
}

func TestAnEndedContext(t *testing.T) {
	t.Parallel()
	calls := map[string]struct {
		op   string
		want port.Next
		do   func(ctx context.Context, c *club) error
	}{
		"check": {fairgatetest.OpToken, port.Again, func(ctx context.Context, c *club) error { _, err := c.Check(ctx); return err }},
		"list":  {fairgatetest.OpList, port.Again, func(ctx context.Context, c *club) error { return c.list(ctx) }},
		"read":  {fairgatetest.OpRead, port.Again, func(ctx context.Context, c *club) error { _, err := c.Read(ctx, "contact/1"); return err }},
		"create": {fairgatetest.OpCreate, port.Look, func(ctx context.Context, c *club) error {
			_, err := c.Write(ctx, create(beat))
			return err
		}},
		"change": {fairgatetest.OpChange, port.Look, func(ctx context.Context, c *club) error {
			_, err := c.Write(ctx, change("contact/1", beat))
			return err
		}},
	}
	for name, tt := range calls {
		t.Run(name+", while Fairgate takes its time", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan time.Time)
			c := open(t, func(s *settings) {
				s.sim.After = func(time.Duration) <-chan time.Time { cancel(); return over }
			}).began(t)
			t.Cleanup(func() { close(over) }) // a server sees that a client left when it has read what that sent
			c.sim.Faults().Add(faults.Rule{Op: tt.op, Kind: faults.Delay, Delay: time.Hour})
			err := tt.do(ctx, c)
			if next(err) != tt.want || !errors.Is(err, context.Canceled) {
				t.Errorf("next = %q, want %q and the cause (%v)", next(err), tt.want, err)
			}
		})
		t.Run(name+", before anything was sent", func(t *testing.T) {
			t.Parallel()
			c := open(t).began(t)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := tt.do(ctx, c)
			if next(err) != port.Again || len(c.sim.Requests()) != 0 {
				t.Errorf("next = %q after %d requests, want again after none (%v)", next(err), len(c.sim.Requests()), err)
			}
		})
	}
}

func TestAHostThatCannotBeReached(t *testing.T) {
	t.Parallel()
	down := false
	c := open(t, func(s *settings) {
		s.http.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if down {
				return nil, errors.New("no route")
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}
	})
	c.began(t)
	down = true
	c.config.HTTP.Close() // connections kept from before
	_, read := c.Read(t.Context(), "contact/1")
	_, created := c.Write(t.Context(), create(beat))
	_, changed := c.Write(t.Context(), change("contact/1", beat))
	_, checked := c.Check(t.Context())
	for name, err := range map[string]error{"list": c.list(t.Context()), "read": read, "create": created, "change": changed, "check": checked} {
		if next(err) != port.Again {
			t.Errorf("%s: next = %q, want again (%v)", name, next(err), err)
		}
	}
}

func TestNothingIsGivenAway(t *testing.T) {
	t.Parallel()
	const mark = "Geheimrätin"
	c := open(t, func(s *settings) { s.sim.Keys = map[string]fairgatetest.Right{mark: fairgatetest.Read} })
	c.key = mark
	id := c.sim.Add(person(mark, mark, mark+"@example.org"))
	c.began(t)
	body := `{"basefields":{"first_name":"` + mark + `"},"` + mark + `":"` + mark + `"}`
	var texts []string
	note := func(err error) {
		e := port.As(err)
		texts = append(texts, fmt.Sprintf("%v %+v %#v", err, e, e))
	}
	for _, kind := range append(faults.Kinds(), "none") {
		if kind == faults.Delay {
			continue
		}
		c.sim.Faults().Clear()
		c.sim.Faults().Add(faults.Rule{Kind: kind, After: 1})
		_, err := c.Check(t.Context())
		note(err)
		note(c.list(t.Context()))
		_, err = c.Read(t.Context(), "contact/"+id)
		note(err)
		_, err = c.Write(t.Context(), create(body))
		note(err)
		_, err = c.Write(t.Context(), change("contact/"+id, body))
		note(err)
	}
	texts = append(texts, fmt.Sprintf("%v %+v %#v", c.System, c.System, c.System), fmt.Sprintf("%+v %#v", c.config, c.config))
	for _, text := range texts {
		if strings.Contains(text, mark) || strings.Contains(text, "eyJ") { // how a token begins
			t.Errorf("a value or a secret in %s", text)
		}
	}
}

func TestAConfigurationSaysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	whole := open(t).config
	tests := map[string]struct {
		spoil func(*fairgate.Config)
		want  string // part of the error; empty: none
	}{
		"nothing":                         {func(*fairgate.Config) {}, ""},
		"a slash at the end":              {func(c *fairgate.Config) { c.URL += "/" }, ""},
		"no address":                      {func(c *fairgate.Config) { c.URL = "" }, "url"},
		"an address in the clear":         {func(c *fairgate.Config) { c.URL = "http://fairgate.example" }, "url"},
		"an address with a query":         {func(c *fairgate.Config) { c.URL += "?a=b" }, "url"},
		"no organisation":                 {func(c *fairgate.Config) { c.Organisation = "" }, "organisation"},
		"an organisation that leads away": {func(c *fairgate.Config) { c.Organisation = ".." }, "organisation"},
		"no key":                          {func(c *fairgate.Config) { c.Key = nil }, "key"},
		"no client":                       {func(c *fairgate.Config) { c.HTTP = nil }, "client"},
		"no clock":                        {func(c *fairgate.Config) { c.Now = nil }, "clock"},
		"a path without a contact":        {func(c *fairgate.Config) { c.Assumed.Change = "/contacts" }, "{id}"},
		"a path that is none":             {func(c *fairgate.Config) { c.Assumed.Create = "contacts" }, "slash"},
		"two things":                      {func(c *fairgate.Config) { c.Organisation, c.URL = "", "" }, "organisation"},
		"two things, the other":           {func(c *fairgate.Config) { c.Organisation, c.URL = "", "" }, "url"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := whole
			tt.spoil(&c)
			s, err := fairgate.New(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Fatalf("error = %v, want one with %q", err, tt.want)
			}
			if err != nil {
				return
			}
			if _, err := s.List(t.Context(), "contact", func([]record.Document) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheDescriptionIsTheCallersToChange(t *testing.T) {
	t.Parallel()
	clear(fairgate.OpenAPI())
	if !strings.HasPrefix(string(fairgate.OpenAPI()), "openapi: 3.1") {
		t.Error("a caller changed the description of the API")
	}
}
