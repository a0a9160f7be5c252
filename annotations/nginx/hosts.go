package nginx

import (
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// hosts are the model's hosts: a server each, and one more for every alias and for every
// from-to-www redirect.
func (c *controller) hosts() []intent.Host {
	var hs []intent.Host
	taken := map[string]bool{}
	for _, srv := range c.sortedServers() {
		if srv.host == "" && srv.empty() {
			continue
		}
		taken[srv.host] = true
		hs = append(hs, c.host(srv, srv.host, srv.cert, srv.origins))
	}
	for _, srv := range c.sortedServers() { // of one name the first server in the file wins
		if h, ok := c.wwwHost(srv); ok && !taken[h.Name] {
			taken[h.Name] = true
			hs = append(hs, h)
		}
	}
	for _, srv := range c.sortedServers() {
		for _, alias := range srv.aliases {
			name := aliasName(alias)
			if c.servers[alias] != nil {
				c.note(srv.aliasFrom.values.origins("server-alias"), "the alias "+alias+" is a host of its own: the controller drops it")
				continue
			}
			if taken[name] {
				c.note(srv.aliasFrom.values.origins("server-alias"), "another host has the alias "+alias)
				continue
			}
			taken[name] = true
			hs = append(hs, c.aliasHost(srv, name))
		}
	}
	slices.SortFunc(hs, func(a, b intent.Host) int { return strings.Compare(a.Name, b.Name) })
	return hs
}

// empty says that nobody configured the server.
func (srv *server) empty() bool {
	return len(srv.locations) == 1 && srv.locations[0].implicit && srv.locations[0].object == nil
}

func (c *controller) sortedServers() []*server {
	all := make([]*server, 0, len(c.servers))
	for _, srv := range c.servers {
		all = append(all, srv)
	}
	slices.SortFunc(all, func(a, b *server) int { return strings.Compare(a.host, b.host) })
	return all
}

func (c *controller) host(srv *server, name string, own *certificate, origins []ledger.Origin) intent.Host {
	if name == "" { // the default server's certificate does not count as an entry for any host
		own = nil
	}
	cert := c.certificateOf(name, own)
	h := intent.Host{Name: name, TLS: c.tls(cert), Routes: c.routes(srv, cert), Carried: srv.carried, Origins: origins}
	if name == srv.host {
		c.relay(srv, &h)
	}
	if name == "" {
		h.Routes = append([]intent.Route{{
			Match:   intent.Match{Path: intent.Path{Kind: intent.StringPrefix, Value: "/healthz"}},
			Respond: &intent.Respond{Status: 200, Implicit: true},
		}}, h.Routes...)
	}
	return h
}

// aliasHost serves the server's routes under one more name; the certificate counts for it
// only if it covers the name.
func (c *controller) aliasHost(srv *server, name string) intent.Host {
	cert := srv.cert
	if cert != nil && (cert.secret == "" || !covers(cert.hosts, name)) {
		cert = nil
	}
	h := c.host(srv, name, cert, nil)
	h.AliasOf, h.Carried = srv.host, nil
	h.Origins = append(srv.aliasFrom.values.origins("server-alias"), srv.origins...)
	return h
}

// aliasName is the model's name of a server-alias. nginx's own wildcards span several
// labels, which only a regex says.
func aliasName(alias string) string {
	switch {
	case strings.HasPrefix(alias, "*."):
		return `~^.+` + regexp.QuoteMeta(alias[1:]) + `$`
	case strings.HasPrefix(alias, "."):
		return `~^(?:.+\.)?` + regexp.QuoteMeta(alias[1:]) + `$`
	case strings.HasSuffix(alias, ".*"):
		return `~^` + regexp.QuoteMeta(strings.TrimSuffix(alias, "*")) + `.+$`
	}
	return alias
}

// wwwHost is the extra server of from-to-www-redirect (spec item 19).
func (c *controller) wwwHost(srv *server) (intent.Host, bool) {
	if srv.www == nil || srv.host == "" {
		return intent.Host{}, false
	}
	asked := srv.www.values.origins("from-to-www-redirect")
	if strings.HasPrefix(srv.host, "*") {
		c.note(asked, "nginx refuses the name www."+srv.host) // which is told where the Ingress is read
		return intent.Host{}, false
	}
	from := otherWWW(srv.host)
	if c.servers[from] != nil {
		c.note(asked, "an Ingress has the host "+from+": the controller makes no redirect")
		return intent.Host{}, false
	}
	cert := srv.cert
	if cert != nil && !covers(cert.hosts, from) {
		cert = nil
	}
	return intent.Host{
		Name: from, TLS: c.tls(cert), Origins: append(slices.Clip(asked), srv.origins...),
		Routes: []intent.Route{{
			Match:    intent.Match{Path: intent.Path{Kind: intent.SegmentPrefix, Value: "/"}},
			Redirect: &intent.Redirect{Status: c.st.redirectStatus, Host: intent.Literal(srv.host), Port: "{port}", Path: "{uri-}"},
			Origins:  append(slices.Clip(asked), srv.www.Origin),
		}},
	}, true
}
