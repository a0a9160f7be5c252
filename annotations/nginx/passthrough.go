package nginx

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

const passthrough = "ssl-passthrough"

// relayedOr takes ssl-passthrough from what stays opaque, if the controller relays TLS.
func (o *object) relayedOr(relays bool) {
	if relays {
		o.opaque = slices.DeleteFunc(o.opaque, func(q intent.Opaque) bool { return q.Key == Prefix+passthrough })
	}
}

// relay has TLS of a host relayed where ssl-passthrough asks for it. The Ingress decides that
// made the server, which is the first of the host and no canary. The controller looks for the
// name that a client asks for (SNI) among the hosts as they are written, so that no client asks
// for a wildcard, and aliases are served by nginx. It relays to the Service that has the first
// location "/", whatever that answers over http; where no rule has one, to no address at all,
// so that no connection comes about. Of a Service that is not there nginx serves the host.
func (c *controller) relay(srv *server, h *intent.Host) {
	if !c.opts.Passthrough || srv.host == "" {
		return
	}
	c.undecided(srv)
	if !srv.first.values.flag(passthrough, false) {
		return
	}
	asked := srv.first.values.origins(passthrough)
	if strings.HasPrefix(srv.host, "*") {
		c.note(asked, "no client asks for the name "+srv.host+", and the controller looks for no other: nginx serves the host")
		c.find("relays-nothing", ledger.Warning, asked[0], "ssl-passthrough does nothing for "+srv.host+": the controller compares names as they are written, and nginx ends TLS", "name the hosts")
		return
	}
	at := srv.locations[slices.IndexFunc(srv.locations, func(l *location) bool { return l.path == "/" })]
	up := c.upstreams[at.upstream]
	switch {
	case at.implicit:
		h.TLS = nil
		h.Origins = append(slices.Clip(h.Origins), asked...)
		c.find("relays-nowhere", ledger.Warning, asked[0], "TLS of "+srv.host+" is relayed to the Service of the path /, and no rule has that path: connections by https fail, today and afterwards",
			"add the path /, or take ssl-passthrough away")
		return
	case up == nil || up.backend.Unresolved != "" && !c.found(up.backend):
		c.note(asked, "the controller knows no Service that the path / leads to: nginx serves the host")
		c.find("relays-nothing", ledger.Warning, asked[0], "ssl-passthrough does nothing for "+srv.host+": the Service of the path / is not there, and nginx ends TLS", "add the Service, or take ssl-passthrough away")
		return
	case up.backend.Unresolved != "":
		h.TLS = nil
		c.close(h, srv.first, up.backend.Unresolved)
		return
	}
	c.relayTo(srv, h, up.backend, asked)
}

// found says whether the Service of a backend was seen.
func (c *controller) found(b intent.Backend) bool {
	return !c.missing("Service", b.Namespace, b.Service)
}

// close keeps all routes of a host back that relays TLS to a port that nobody knows.
func (c *controller) close(h *intent.Host, o *object, why string) {
	v := o.values[passthrough]
	q := o.opaqueOf(v, "hands TLS connections to the Service of /: "+why)
	for i := range h.Routes {
		behind(&h.Routes[i], []intent.Opaque{q})
	}
}

// undecided notes of the other Ingresses of a host that their word does not count.
func (c *controller) undecided(srv *server) {
	for _, o := range c.objects {
		if o.key() == srv.first.key() || !o.values.flag(passthrough, false) || !o.speaksOf(srv.host) {
			continue
		}
		c.note(o.values.origins(passthrough), "Ingress "+srv.first.key()+" is the first of "+srv.host+", and decides whether its TLS is relayed")
	}
}

// speaksOf says whether an Ingress has a rule for a host.
func (o *object) speaksOf(host string) bool {
	return slices.ContainsFunc(o.Rules, func(r manifest.Rule) bool { return r.Host.Value == host })
}

// relayTo relays TLS of a host to a Service, and tells what that means for what requests are
// asked: nothing of it holds but over plain http.
func (c *controller) relayTo(srv *server, h *intent.Host, to intent.Backend, asked []ledger.Origin) {
	t := &intent.TLS{Passthrough: &intent.Backend{Namespace: to.Namespace, Service: to.Service, Port: to.Port, Weight: 1}, Origins: slices.Clip(asked)}
	if h.TLS != nil {
		t.Origins = append(t.Origins, h.TLS.Origins...)
		if is := h.TLS.Issuance; is != nil {
			c.find("issuer-relayed", ledger.Warning, asked[0], "cert-manager keeps Secret "+h.TLS.Secret+" for this Ingress only, and the application behind ssl-passthrough may use it",
				"write a Certificate for it before the Ingress goes, if the application does")
		}
	}
	h.TLS = t
	service := to.Namespace + "/" + to.Service + ":" + to.Port
	if keys := guarding(h.Routes); len(keys) > 0 {
		c.find("tls-relayed", ledger.Warning, asked[0], "TLS of "+srv.host+" is relayed to "+service+": "+strings.Join(keys, ", ")+" holds over plain http only, today and afterwards",
			"let the application see to it, or end TLS before it")
		return
	}
	c.find("tls-relayed", ledger.Info, asked[0], "TLS of "+srv.host+" is relayed to "+service+", which shows the certificate: the paths of the host count for plain http only, today and afterwards", "nothing, if it is meant")
}

// guarding are the keys of what refuses requests on some of the routes, sorted.
func guarding(rs []intent.Route) []string {
	var keys []string
	for _, r := range rs {
		for _, q := range r.Opaque {
			if q.Security {
				keys = append(keys, strings.TrimPrefix(q.Key, Prefix))
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
