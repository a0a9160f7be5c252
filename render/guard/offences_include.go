package guard

import (
	"cmp"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// Include is what an object includes, in either way that HTTPProxy has.
type Include struct {
	Namespace, Name string // the namespace is the object's own where it names none
	Conditions      []contour.MatchCondition
	TCP             bool
}

// String is the include as offences have it: with its prefix as Contour merges it.
func (in Include) String() string {
	if in.TCP {
		return "include " + in.Namespace + "/" + in.Name + " by TCP"
	}
	return "include " + in.Namespace + "/" + in.Name + " at " + cmp.Or(prefixOf(in.Conditions), "/")
}

func prefixOf(conditions []contour.MatchCondition) string {
	prefix := ""
	for _, c := range conditions {
		prefix += c.Prefix
	}
	return joined(prefix)
}

// PathRegex is the regex that a condition asks of :path; "" if it asks for something else. Of
// several operators Contour takes the first in its own order, and a regex last.
func PathRegex(c contour.MatchCondition) string {
	h := c.Header
	if h == nil || !strings.EqualFold(h.Name, ":path") || h.Present || h.NotPresent || h.Contains+h.NotContains+h.Exact+h.NotExact != "" {
		return ""
	}
	return h.Regex
}

// Includes are all of an object, also those of TCP.
func Includes(p *contour.HTTPProxy) []Include {
	var out []Include
	for _, in := range p.Spec.Includes {
		out = append(out, Include{in.Namespace, in.Name, in.Conditions, false})
	}
	if tcp := p.Spec.TCPProxy; tcp != nil {
		for _, in := range []*contour.TCPProxyInclude{tcp.Include, tcp.IncludesDeprecated} {
			if in != nil {
				out = append(out, Include{in.Namespace, in.Name, nil, true})
			}
		}
	}
	for i := range out {
		if out[i].Namespace == "" {
			out[i].Namespace = p.Namespace
		}
	}
	return out
}

func (c *check) include(p *contour.HTTPProxy, in Include) {
	switch {
	case c.Namespace != c.Root && c.Namespace != c.Borders.Fanout:
		c.add("include-place", in.String())
	case p.Spec.VirtualHost != nil:
		if in.Namespace != c.Borders.Fanout {
			c.add("include-target", in.String())
		}
	default:
		if m := c.Mount(in.Namespace, in.Name); m == nil || m.Fanout != c.Name || in.TCP && !m.whole() || !in.TCP && !m.holds(in.Conditions) {
			c.add("include-target", in.String())
		}
	}
}

// holds says whether an include's conditions confine it to the claim, and leave alone what is
// given to others below it.
func (m *Mount) holds(conditions []contour.MatchCondition) bool {
	for _, c := range conditions {
		if re := PathRegex(c); re != "" && slices.Contains(m.Paths, re) {
			return true
		}
	}
	prefix := prefixOf(conditions)
	if slices.ContainsFunc(m.Given, func(g Given) bool {
		return (g.Kind == ownership.Prefix || g.Kind == ownership.StringPrefix) && g.takes(prefix)
	}) { // others are asked first
		return false
	}
	return m.within(prefix)
}

// whole says whether the plan gives all of the host to the object but for what it gives to
// others. TLS that is relayed has no paths.
func (m *Mount) whole() bool {
	return m.Path == "/" && (m.Kind == ownership.Prefix || m.Kind == ownership.StringPrefix)
}

// within says whether all that an include takes by a prefix alone is the claim's. A prefix takes
// whatever begins with it, /loginfoo for /login; and where a route replaces it, Contour serves it
// without its slash at the end, too.
func (m *Mount) within(prefix string) bool {
	bare := strings.TrimSuffix(prefix, "/")
	switch m.Kind {
	case ownership.Prefix:
		return m.Path == "/" || strings.HasPrefix(bare, m.Path+"/")
	case ownership.StringPrefix:
		return strings.HasPrefix(bare, m.Path)
	}
	return false
}

// joined is a path as Contour merges it: slashes in a row are one.
func joined(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
