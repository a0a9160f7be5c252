package httpproxy

import (
	"maps"
	"slices"
	"strings"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// keyFQDN is where a root names its host.
const keyFQDN = "spec.virtualhost.fqdn"

// sites are all host names that anything speaks of; "" stands for those that are not
// there.
type sites map[string]*site

// site is one host name with all that speaks of it.
type site struct {
	name         string
	root         *contour.HTTPProxy // nil: none that Contour serves
	nothing      string             // why the root serves nothing but 503, if faults are isolated
	noTLS        string             // why it is not served over https, as it asks for
	relay        *intent.Backend    // where its tcpproxy leads; nil: nowhere
	noRelay      string             // why that leads to no Service
	paths        []*flat            // of Ingresses, by their namespaces and names
	certificates []certificate      // by Ingresses, in the same order
	origins      []ledger.Origin    // of the rules of Ingresses
}

func (s sites) at(host string) *site {
	if s[host] == nil {
		s[host] = &site{name: host}
	}
	return s[host]
}

// model has a host for every site with a route. Contour makes no virtual host of one
// without, so that the next wider name answers.
func (d *decoder) model(all sites) intent.Model {
	m := intent.Model{Paths: intent.Normalized}
	secureOnly := map[string]bool{} // hosts that the listener of http does not know
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		routes := d.tables(s)
		if len(routes) == 0 && !s.relaysTCP() {
			continue
		}
		m.Hosts = append(m.Hosts, d.host(s, routes))
		secureOnly[name] = !slices.ContainsFunc(routes, func(f *flat) bool { return f.on&onHTTP != 0 })
	}
	if m.Host("") != nil {
		m.Hosts = belowWildcards(m.Hosts, secureOnly)
	}
	for i := range m.Hosts {
		if secureOnly[m.Hosts[i].Name] {
			m.Hosts[i].Routes = append(m.Hosts[i].Routes, overHTTP(nextWider(m, m.Hosts[i].Name, secureOnly))...)
		}
	}
	return m
}

// relaysTCP says whether what comes by https is no HTTP to Contour.
func (s *site) relaysTCP() bool { return s.root != nil && s.root.Spec.TCPProxy != nil }

// enforcesTLS says whether the routes of the root redirect to https, unless they permit
// http. Passthrough alone does so, and puts them on https if an Ingress has a certificate.
func (s *site) enforcesTLS() bool { return s.root != nil && s.root.Spec.VirtualHost.TLS != nil }

// terminates says whether the root has a certificate.
func (s *site) terminates() bool {
	return s.enforcesTLS() && s.root.Spec.VirtualHost.TLS.SecretName != ""
}

// tables are the routes of a site with the listeners that they are on, sorted. Contour adds
// those of Ingresses first: of equal conditions the HTTPProxy's route stays. They are on
// https only if an Ingress gives the host a certificate; that of the root comes too late
// for them.
func (d *decoder) tables(s *site) []*flat {
	var own []*flat
	if s.root != nil {
		own = d.routes(s.root, nil, nil)
		if s.nothing != "" {
			own = []*flat{d.down(s.root, nil, s.nothing)}
		}
	}
	on := onHTTP
	if (s.terminates() || s.noTLS != "" || s.enforcesTLS() && len(s.certificates) > 0) && !s.relaysTCP() {
		on = onBoth
	}
	for _, f := range own {
		f.on = on
	}
	var routes []*flat
	if len(s.paths) == 0 {
		routes = lastOfEqual(own, nil)
	} else {
		if len(s.certificates) == 0 || s.relaysTCP() {
			for _, f := range s.paths {
				f.on &= onHTTP
			}
		}
		routes = d.merged(s, slices.Concat(s.paths, own))
	}
	slices.SortStableFunc(routes, compareRoutes)
	return routes
}

// host is one virtual host with its routes in Envoy's order. The root's certificate
// overwrites that of an Ingress.
func (d *decoder) host(s *site, routes []*flat) intent.Host {
	h := intent.Host{Name: s.name}
	secure := slices.ContainsFunc(routes, func(f *flat) bool { return f.on&onHTTPS != 0 })
	var unsaid []intent.Opaque // on the routes of https
	switch {
	case s.root != nil && s.noTLS != "":
		h.TLS = &intent.TLS{MinVersion: s.root.Spec.VirtualHost.TLS.MinimumProtocolVersion, Why: s.noTLS}
	case s.terminates():
		tls := s.root.Spec.VirtualHost.TLS
		h.TLS = &intent.TLS{Secret: tls.SecretName, MinVersion: tls.MinimumProtocolVersion}
		if !strings.Contains(tls.SecretName, "/") {
			h.TLS.Secret = s.root.Namespace + "/" + tls.SecretName
		}
	case s.relay != nil && s.enforcesTLS():
		h.TLS = &intent.TLS{Passthrough: s.relay}
	case secure:
		h.TLS, unsaid = d.certificate(s)
	}
	if s.root != nil {
		h.Origins = append(h.Origins, ledger.New(ledger.Place{Object: objectName(s.root.Namespace, s.root.Name), Key: keyFQDN}))
	}
	h.Origins = append(h.Origins, s.origins...)
	h.Routes = make([]intent.Route, 0, len(routes))
	for _, f := range routes {
		r := f.intent(s)
		if f.on&onHTTPS != 0 {
			r.Opaque = append(r.Opaque, unsaid...)
		}
		if h.TLS != nil && f.on != onBoth {
			r = over(r, f.on)
		}
		h.Routes = append(h.Routes, r)
	}
	return h
}

// certificate is the one that the Ingresses of a site give it.
func (d *decoder) certificate(s *site) (*intent.TLS, []intent.Opaque) {
	last := s.certificates[len(s.certificates)-1]
	for _, c := range s.certificates {
		if c.object != last.object && !c.same(last) {
			d.conflict(c.object, last.object, "the certificate or the TLS versions of the host "+s.name)
		}
	}
	if last.maxVersion == "1.3" {
		return &last.tls, nil
	}
	at := ledger.New(ledger.Place{Object: last.object, Key: keyMaxVersion})
	return &last.tls, []intent.Opaque{{Key: at.Key, Value: last.maxVersion, Reason: "https ends at TLS " + last.maxVersion, Origin: at}}
}
