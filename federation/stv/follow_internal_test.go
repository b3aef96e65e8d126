package stv

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzFollow reads anything as a link to the next page: the token goes nowhere but to the same list at the same host, and
// a refusal does not quote the link.
func FuzzFollow(f *testing.F) {
	for _, link := range []string{
		"?$skiptoken=2", "https://stv.example/odata/members?$skip=200", "//evil.example/odata/members", "https://stv.example@evil.example/odata/members",
		"http://stv.example/odata/members", "/odata/other", "https://%zz", "https:///odata/members", "https://STV.example/odata/members#x",
	} {
		f.Add(link)
	}
	at, err := url.Parse("https://stv.example/odata/members?$top=200")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		next, err := follow(at, link)
		if err != nil {
			if len(link) > 20 && strings.Contains(err.Error(), link) {
				t.Errorf("the refusal quotes the link: %v", err)
			}
			return
		}
		again, err := url.Parse(next.String())
		if err != nil || again.Scheme != "https" || !strings.EqualFold(again.Host, "stv.example") || again.Path != "/odata/members" || again.User != nil {
			t.Errorf("%q leads to %q (%v)", link, next, err)
		}
	})
}
