package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func (r *reader) word(n *yaml.Node, name string, into *string) {
	if text, ok := r.text(n, name); ok {
		*into = text
	}
}

func (r *reader) oneOf(n *yaml.Node, name string, into *string, allowed ...string) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	if !slices.Contains(allowed, text) {
		r.problem(n.Line, "%s must be one of %s", name, strings.Join(allowed, ", "))
		return
	}
	*into = text
}

func (r *reader) matching(n *yaml.Node, name string, into *string, pattern, form string) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	if !regexp.MustCompile(`\A(?:` + pattern + `)\z`).MatchString(text) {
		r.problem(n.Line, "%s must be %s", name, form)
		return
	}
	*into = text
}

// url accepts what an HTTP client of the program accepts. The problem does not repeat the text, which may hold a
// secret, pasted by mistake.
// insecure returns what side n says about plain http; not a word is false.
func (r *reader) insecure(n *yaml.Node, name string) bool {
	if n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, value := resolved(n.Content[i]), resolved(n.Content[i+1])
		if k.Value != "insecure" {
			continue
		}
		if value.Tag != "!!bool" {
			r.problem(value.Line, "insecure of the %s must be true or false", name)
		}
		return value.Tag == "!!bool" && strings.EqualFold(value.Value, "true")
	}
	return false
}

func (r *reader) url(n *yaml.Node, name string, into *string, insecure bool) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		r.problem(n.Line, "%s must be an address like https://host", name)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		r.problem(n.Line, "%s must be an address without user, password, ? and #", name)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname()) && !insecure):
		r.problem(n.Line, "%s must begin with https:// (http:// is for this machine only)", name)
	default:
		*into = strings.TrimRight(text, "/")
	}
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (r *reader) hostPort(n *yaml.Node, name string, into *string) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		r.problem(n.Line, "%s must be an address and a port like 127.0.0.1:8470", name)
		return
	}
	*into = text
}

func (r *reader) duration(n *yaml.Node, name string, into *time.Duration) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		r.problem(n.Line, "%s must be a time with its unit, like 15m or 1h30m", name)
		return
	}
	*into = d
}

// longestPeriod bounds a period, in digits: what is longer than that is a slip of the finger.
const longestPeriod = 4

func (r *reader) period(n *yaml.Node, name string, into *Period) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	digits, unit := strings.TrimRight(text, "dy"), strings.TrimLeft(text, "0123456789")
	count, err := strconv.Atoi(digits)
	if err != nil || count <= 0 || len(digits) > longestPeriod || len(digits)+len(unit) != len(text) || unit != "d" && unit != "y" {
		r.problem(n.Line, "%s must be a number of years or days, like 3y or 400d", name)
		return
	}
	if *into = (Period{Days: count}); unit == "y" {
		*into = Period{Years: count}
	}
}

func (r *reader) timeOfDay(n *yaml.Node, name string, into *TimeOfDay) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		r.problem(n.Line, "%s must be a time of day like 03:00", name)
		return
	}
	*into = TimeOfDay{Hour: t.Hour(), Minute: t.Minute()}
}

func (r *reader) number(n *yaml.Node, name string, into *int) {
	text, ok := r.text(n, name)
	if !ok {
		return
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		r.problem(n.Line, "%s must be a whole number, 0 or more", name)
		return
	}
	*into = number
}

// categories reads codes of two digits and ranges of them, and returns every code once, ascending.
func (r *reader) categories(n *yaml.Node) []string {
	form := regexp.MustCompile(`\A(\d\d)(?:-(\d\d))?\z`)
	var codes []string
	r.list(n, "categories", func(element *yaml.Node) {
		text, ok := r.text(element, "categories")
		if !ok {
			return
		}
		parts := form.FindStringSubmatch(text)
		if parts == nil {
			r.problem(element.Line, `categories: %q must be two digits, or a range like "01-09"`, text)
			return
		}
		from, to := parts[1], parts[1]
		if parts[2] != "" {
			to = parts[2]
		}
		if from > to {
			r.problem(element.Line, "categories: the range %s ends before it begins", text)
		}
		codes = append(codes, codesBetween(from, to)...)
	})
	if len(codes) == 0 && (isNull(n) || n.Kind == yaml.SequenceNode) && len(n.Content) == 0 {
		r.problem(n.Line, "categories is empty: nobody would take part")
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func codesBetween(from, to string) []string {
	var codes []string
	for i := range 100 {
		if code := fmt.Sprintf("%02d", i); from <= code && code <= to {
			codes = append(codes, code)
		}
	}
	return codes
}
