package nginx

import (
	"cmp"
	"maps"
	"slices"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// pathKind is the controller's view of pathType: ImplementationSpecific and none at all
// are handled as Prefix.
type pathKind uint8

const (
	prefixPath pathKind = iota
	exactPath
)

func kindOf(pathType string) pathKind {
	if pathType == "Exact" {
		return exactPath
	}
	return prefixPath
}

// server is one server name; "" is the default server.
type server struct {
	host      string
	locations []*location
	first     *object // whose annotations the implicit "/" carries
	aliases   []string
	aliasFrom *object
	cert      *certificate
	www       *object // the Ingress whose location asked for from-to-www
	carried   []intent.Carried
	origins   []ledger.Origin
}

// lost says why a path is not served: another one has its host and path.
func (c *controller) lost(o *object, p manifest.Path, winner *object) {
	switch {
	case winner == nil:
		c.note(p.Origins, "the default server has this path already")
	case winner.key() == o.key():
		c.note(p.Origins, "an earlier rule of this Ingress has this host and path")
	case o.Created.IsZero() || winner.Created.IsZero():
		c.note(p.Origins, "Ingress "+winner.key()+" has this host and path, and stands before this one (no creationTimestamp tells which is older)")
		c.find("document-order", ledger.Warning, p.Origins[0], "Ingress "+winner.key()+" has this host and path too, and gets its requests because it stands first in the input",
			"check which of the two is older in the cluster: that one is served there")
	default:
		c.note(p.Origins, "the older Ingress "+winner.key()+" has this host and path")
	}
}

// carry takes annotations along; of one key the first Ingress's value counts.
func (srv *server) carry(cs []intent.Carried) {
	for _, c := range cs {
		if !slices.ContainsFunc(srv.carried, func(o intent.Carried) bool { return o.Key == c.Key }) {
			srv.carried = append(srv.carried, c)
		}
	}
}

// location is one location block.
type location struct {
	path     string
	kind     pathKind
	implicit bool   // "/" that no rule has claimed
	upstream string // "" is the controller's default backend, which answers 404
	object   *object
	losers   []*object // that would have it if the Ingress did not
	origins  []ledger.Origin
}

// createServers makes a server per host with its implicit "/", in the order of the
// Ingresses; canaries make none.
func (c *controller) createServers() {
	c.servers[""] = &server{locations: []*location{{path: "/", implicit: true}}, cert: &certificate{}}
	for _, o := range c.objects {
		if o.canary != nil {
			continue
		}
		def := ""
		var defOrigins []ledger.Origin
		if b := o.DefaultBackend; b != nil && b.Service != "" {
			def, defOrigins = upstreamName(o.Namespace, *b), b.Origins
			if loc := c.servers[""].locations[0]; loc.implicit && len(o.Rules) == 0 {
				loc.implicit, loc.upstream, loc.object, loc.origins = false, def, o.catchAll(), defOrigins
				c.servers[""].first = o
			}
		}
		for _, rule := range o.Rules {
			if c.servers[rule.Host.Value] == nil {
				c.servers[rule.Host.Value] = &server{host: rule.Host.Value, first: o, locations: []*location{
					{path: "/", implicit: true, upstream: def, object: o, origins: defOrigins},
				}}
			}
		}
	}
	c.configureServers()
}

// catchAll is the Ingress as it configures the default server's "/": without redirect and
// rewrite.
func (o *object) catchAll() *object {
	bare := *o
	bare.redir = redirectConfig{}
	bare.rewrite.target, bare.rewrite.regex, bare.rewrite.appRoot = "", false, ""
	bare.values = maps.Clone(o.values)
	for _, key := range []string{"rewrite-target", "use-regex", "app-root", "x-forwarded-prefix", "temporal-redirect",
		"temporal-redirect-code", "permanent-redirect", "permanent-redirect-code", "relative-redirects"} {
		delete(bare.values, key)
	}
	return &bare
}

// configureServers gives servers what the first Ingress that has it decides: aliases and
// the certificate.
func (c *controller) configureServers() {
	for _, o := range c.objects {
		if o.canary != nil {
			continue
		}
		for _, rule := range o.Rules {
			srv := c.servers[rule.Host.Value]
			srv.origins = append(append(srv.origins, rule.Origins...), o.foreign...)
			srv.carry(o.carried)
			if len(srv.aliases) == 0 && len(o.aliases) > 0 {
				srv.aliases, srv.aliasFrom = o.aliases, o
			}
			if srv.cert == nil && len(o.TLS) > 0 {
				srv.cert = c.chooseCertificate(rule.Host.Value, o)
			}
		}
	}
}

// addLocations adds the paths of all rules; of one path and kind on one host the first
// Ingress wins.
func (c *controller) addLocations() {
	for _, o := range c.objects {
		for _, rule := range o.Rules {
			srv := c.servers[rule.Host.Value]
			if srv == nil {
				srv = c.servers[""] // a canary's host that no other Ingress has
			}
			for _, p := range rule.Paths {
				c.addLocation(srv, o, p)
			}
		}
	}
}

func (c *controller) addLocation(srv *server, o *object, p manifest.Path) {
	if p.Backend.Service == "" {
		c.note(p.Origins, "the controller serves no backend but Services: the path goes to the default backend")
		return
	}
	name := upstreamName(o.Namespace, p.Backend)
	if c.upstreams[name].noServer {
		if o.canary == nil {
			c.note(p.Origins, "the controller drops this path: its Service was first named by the canary "+c.upstreams[name].creator.key())
		}
		return
	}
	loc := &location{path: rootIfEmpty(p.Path), kind: kindOf(p.Type), upstream: name, object: o, origins: p.Origins}
	i := slices.IndexFunc(srv.locations, func(l *location) bool { return l.path == loc.path })
	switch {
	case i < 0:
		srv.locations = append(srv.locations, loc)
	case srv.locations[i].kind != loc.kind: // only the first location of a path is looked at
		srv.locations = append(srv.locations, loc)
	case srv.locations[i].implicit:
		srv.locations[i] = loc
	default:
		srv.locations[i].losers = append(srv.locations[i].losers, o)
		c.lost(o, p, srv.locations[i].object)
		return
	}
	if o.redir.www {
		srv.www = cmp.Or(srv.www, o)
	}
}
