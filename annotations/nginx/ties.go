package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// Ties are the names by which the meaning of an Ingress hangs together with that of others.
// Ingresses that have no name in common, not over any number of others either, can be
// interpreted apart, but for two things: a canary on a host that no ordinary Ingress makes
// a server of goes to the default server "", and a host without a certificate of its own
// takes the entry of the wildcard one label up (see CertificateOf).
type Ties struct {
	Dropped   bool     // the controller leaves the Ingress out: it has no ties
	Canary    bool     // else it makes a server of each host of its rules
	Hosts     []string // hosts of its rules
	Servers   []string // these and further names of servers: aliases, from-to-www; "" is the default one
	Upstreams []string // as the controller names them
	Aliases   []string // those of Servers that aliases make
}

// TiesOf reads the ties of an Ingress that the controller serves (see Options.Serves). One
// that may be left out, as the Secrets are that it names, has ties.
func TiesOf(ing *manifest.Ingress, opts Options) Ties {
	o := readObject(ing, opts.settings(), takesNone)
	t := Ties{Canary: o.canary != nil}
	t.Dropped = o.dropped != "" || t.Canary && hasHostWithoutHTTP(ing)
	if t.Dropped {
		return t
	}
	upstream := func(b manifest.Backend) {
		if b.Service != "" {
			t.Upstreams = append(t.Upstreams, upstreamName(ing.Namespace, b))
		}
	}
	if b := ing.DefaultBackend; b != nil && b.Service != "" {
		upstream(*b)
		if t.Canary || len(ing.Rules) == 0 {
			t.Servers = append(t.Servers, "")
		}
	}
	for _, rule := range ing.Rules {
		t.Hosts = append(t.Hosts, rule.Host.Value)
		if o.redir.www && rule.Host.Value != "" {
			t.Servers = append(t.Servers, otherWWW(rule.Host.Value))
		}
		for _, p := range rule.Paths {
			upstream(p.Backend)
		}
	}
	for _, alias := range o.aliases {
		t.Aliases = append(t.Aliases, aliasName(alias))
		t.Servers = append(t.Servers, alias)
	}
	t.Hosts, t.Aliases = distinctSorted(t.Hosts), distinctSorted(t.Aliases)
	t.Servers, t.Upstreams = distinctSorted(slices.Concat(t.Servers, t.Hosts, t.Aliases)), distinctSorted(t.Upstreams)
	return t
}

func distinctSorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// otherWWW is a host with "www." in front, or without it.
func otherWWW(host string) string {
	if bare, found := strings.CutPrefix(host, "www."); found {
		return bare
	}
	return "www." + host
}

// CertificateOf is the wildcard host whose certificate entry counts for a host that has none
// of its own, or "".
func CertificateOf(host string) string {
	if _, rest, ok := strings.Cut(host, "."); ok && !strings.HasPrefix(host, "~") {
		return "*." + rest
	}
	return ""
}
