package guard

import (
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/translate/ownership"
)

// target is what an object includes, in either way that HTTPProxy has.
type target struct {
	namespace, name string
	conditions      []contour.MatchCondition
	tcp             bool
}

func (t target) String() string { return "include " + t.namespace + "/" + t.name }

// includes are all of an object, also those of TCP.
func includes(p *contour.HTTPProxy) []target {
	var out []target
	for _, in := range p.Spec.Includes {
		out = append(out, target{in.Namespace, in.Name, in.Conditions, false})
	}
	if tcp := p.Spec.TCPProxy; tcp != nil {
		for _, in := range []*contour.TCPProxyInclude{tcp.Include, tcp.IncludesDeprecated} {
			if in != nil {
				out = append(out, target{in.Namespace, in.Name, nil, true})
			}
		}
	}
	for i := range out {
		if out[i].namespace == "" {
			out[i].namespace = p.Namespace
		}
	}
	return out
}

func (c *check) include(p *contour.HTTPProxy, in target) {
	switch {
	case c.Namespace != c.Root && c.Namespace != c.Borders.Fanout:
		c.add("include-place", in.String())
	case p.Spec.VirtualHost != nil:
		if in.namespace != c.Borders.Fanout {
			c.add("include-target", in.String())
		}
	default:
		if m := c.mount(in.namespace, in.name); m == nil || in.tcp || m.Fanout != c.Name || !m.holds(in.conditions) {
			c.add("include-target", in.String())
		}
	}
}

// holds says whether an include's conditions confine it to the claim.
func (m *Mount) holds(conditions []contour.MatchCondition) bool {
	prefix := ""
	for _, c := range conditions {
		prefix += c.Prefix
		if c.Header != nil && strings.EqualFold(c.Header.Name, ":path") && c.Header.Regex != "" && slices.Contains(m.Paths, c.Header.Regex) {
			return true
		}
	}
	prefix = joined(prefix)
	switch m.Kind {
	case ownership.Prefix:
		return m.Path == "/" || prefix == m.Path || strings.HasPrefix(prefix, m.Path+"/")
	case ownership.StringPrefix:
		return strings.HasPrefix(prefix, m.Path)
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
