package nginx

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/nginx/snippet"
)

// writtenByTargets are headers that data planes write themselves before they choose a route.
var writtenByTargets = []string{"x_forwarded_for", "x_forwarded_proto", "x_forwarded_client_cert", "x_request_id", "x_envoy_"}

// unaskable is why no target has a condition, or "".
func (p *spot) unaskable(c snippet.Cond, answers bool) string {
	kind, name, _ := strings.Cut(c.Var, "_")
	switch {
	case c.Var == "uri", c.Var == "document_uri":
		return p.unasked(c)
	case c.Var == "request_uri":
		return fmt.Sprintf("not carried over with a condition on $%s: ask for $uri, or give the path a rule of its own in the Ingress", c.Var)
	case kind == "http" && (name == "host" || slices.ContainsFunc(writtenByTargets, func(h string) bool { return strings.HasPrefix(name, h) })):
		return fmt.Sprintf("not carried over with a condition on $%s, which Envoy writes itself before it chooses a route: decide it in the application", c.Var)
	case kind == "arg" && answers:
		return fmt.Sprintf("not carried over with a condition on $%s: nginx finds an argument whatever the case of its name, and Envoy does not, so that others would come through: ask for a header", c.Var)
	case !sayable(c):
		return fmt.Sprintf("not carried over, since no condition of HTTPProxy asks this of $%s: compare it with a text, or decide it in the application", c.Var)
	}
	return ""
}

// sayable says whether targets have a condition: one that is there and is a text, begins with
// one, holds one or matches a pattern, and of headers also one that is or holds something else.
func sayable(c snippet.Cond) bool {
	m := intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}}
	if possible, err := narrow(&m, c); err != nil || !possible {
		return false
	}
	switch {
	case m.Path.Value != "/":
		return m.Path.Kind == intent.ExactPath || m.Path.Kind == intent.StringPrefix
	case len(m.Methods) > 0:
		return true
	case len(m.Headers) > 0:
		h := m.Headers[0]
		if h.Name == ":scheme" {
			return h.Op == intent.Is && (h.Value == "http" || h.Value == "https")
		}
		return positive(h) || h.Op == intent.IsNot || h.Op == intent.NotHas
	case len(m.Cookies) > 0:
		k := m.Cookies[0]
		return k.Op == intent.Is && k.Value != "" || nonEmpty(k) || k.Value == filledPattern && k.Op == intent.Matches
	case len(m.Query) > 0:
		return positive(m.Query[0]) || nonEmpty(m.Query[0])
	}
	return false
}

// positive says whether a condition asks for something that is there, and not empty.
func positive(c intent.Cond) bool {
	switch c.Op {
	case intent.Is, intent.HasPrefix, intent.Contains:
		return c.Value != ""
	case intent.Matches:
		re, err := regexp.Compile(`\A(?:` + c.Value + `)\z`)
		return err == nil && !re.MatchString("")
	}
	return false
}

// nonEmpty says whether a condition asks for anything but nothing.
func nonEmpty(c intent.Cond) bool { return c.Op == intent.IsNot && c.Value == "" }
