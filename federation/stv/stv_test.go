package stv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/federation/stv"
	"passerelle/internal/httpx"
)

func TestNewSaysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	good := stv.Config{
		URL: "https://federation.example/", Club: home, Token: bearing(token), HTTP: httpx.New(httpx.Config{Now: noon}), Now: noon,
		Select: selected(),
	}
	tests := map[string]struct {
		spoil func(*stv.Config)
		want  []string
	}{
		"nothing is wrong":                   {func(*stv.Config) {}, nil},
		"no token is for the first request":  {func(c *stv.Config) { c.Token = bearing("") }, nil},
		"the largest page":                   {func(c *stv.Config) { c.PageSize = 1000 }, nil},
		"no address":                         {func(c *stv.Config) { c.URL = "" }, []string{"url:"}},
		"plain text over the net":            {func(c *stv.Config) { c.URL = "http://federation.example" }, []string{"url:"}},
		"an address with a query":            {func(c *stv.Config) { c.URL += "?a=b" }, []string{"url:"}},
		"nobody to ask for a token":          {func(c *stv.Config) { c.Token = nil }, []string{"token"}},
		"a page larger than there is":        {func(c *stv.Config) { c.PageSize = 1001 }, []string{"page size:"}},
		"a page of less than nothing":        {func(c *stv.Config) { c.PageSize = -1 }, []string{"page size:"}},
		"a kind that there is not":           {func(c *stv.Config) { c.Select = map[string][]string{"clubs": nil} }, []string{`"clubs"`}},
		"a name that smuggles an option":     {func(c *stv.Config) { c.Select = map[string][]string{"members": {"id&$top"}} }, []string{"members", `"id&$top"`}},
		"everything is wrong, and all shown": {func(c *stv.Config) { *c = stv.Config{PageSize: -1} }, []string{"url:", "club:", "clock", "page size:"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := good
			tt.spoil(&c)
			_, err := stv.New(c)
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("error = %v, want one about %q", err, tt.want)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not speak of %q", err, part)
				}
			}
			if err != nil && strings.Contains(err.Error(), token) {
				t.Error("the token is in the error")
			}
		})
	}
}

func TestAPrintedSystemDoesNotShowItsToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(form, h.System), token) {
			t.Errorf("the token is in %s", form)
		}
	}
}

func TestKindsComeMembersFirst(t *testing.T) {
	t.Parallel()
	want := []string{"members", "affiliations", "functions", "subscriptions"}
	if diff := cmp.Diff(want, newHouse(t).Kinds()); diff != "" {
		t.Error(diff)
	}
}

func TestTheDescriptionIsNotShared(t *testing.T) {
	t.Parallel()
	stv.OpenAPI()[0] = 'X'
	if got := string(stv.OpenAPI()[:14]); got != "openapi: 3.1.0" {
		t.Errorf("the description begins with %q", got)
	}
}
