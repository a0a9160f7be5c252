package guard

import (
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

// String is the include as offences have it.
func (in Include) String() string { return "include " + in.Namespace + "/" + in.Name }

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
		if m := c.mount(in.Namespace, in.Name); m == nil || in.TCP || m.Fanout != c.Name || !m.holds(in.Conditions) {
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
